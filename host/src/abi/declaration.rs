//! The declarations of a library, read once when it is loaded.

use super::instance::field_offset;
use super::memory::{element, string};
use super::read::constant;
use crate::class::{Class, MethodDeclaration, PropertyDeclaration, Qualifier};
use crate::engine::catalogue::{Catalogue, Declared, Entries};
use omi::{Name, Type};
use omi_sys::*;
use std::collections::HashMap;
use std::ffi::c_char;
use std::ptr;
use std::sync::Arc;

/// How deep a class may lie below its root, which also ends a ring of superclasses.
const MOST_ANCESTORS: usize = 64;

/// What a library declares: for the engine as owned classes, for reading instances as shapes, and the declarations
/// themselves for building instances.
#[derive(Default)]
pub(crate) struct Declarations {
    pub(super) catalogue: Arc<Catalogue>,
    shapes: HashMap<usize, Shape>,
    classes: Vec<(Name, *const MI_ClassDecl)>,
}

// SAFETY: the pointers are to constant data of the library, which stays loaded as long as the process runs.
unsafe impl Send for Declarations {}
// SAFETY: as above.
unsafe impl Sync for Declarations {}

/// How the instances of a class or the parameters of a method lie in memory.
pub(super) struct Shape {
    pub(super) class_name: Name,
    pub(super) fields: Vec<ShapeField>,
}

/// One field of a [`Shape`].
pub(super) struct ShapeField {
    pub(super) name: Name,
    pub(super) kind: Type,
    pub(super) flags: u32,
    /// `None` when the declared place is not inside the instance, as that of a streamed parameter.
    pub(super) offset: Option<usize>,
}

impl Declarations {
    /// Reads the schema and the dynamic provider of a module. What is NULL or has an unknown type is left out and
    /// reported to the log.
    ///
    /// # Safety
    /// `module` follows mi.h: every pointer is NULL or valid, and counts are right. It must stay so for good.
    pub(super) unsafe fn read(module: &MI_Module, library: &str) -> Self {
        let mut declarations = Self::default();
        // SAFETY: the caller says so.
        let (schema, dynamic) = unsafe { (module.schemaDecl.as_ref(), module.dynamicProviderFT.as_ref()) };
        let (decls, count) = schema.map_or((ptr::null(), 0), |schema| (schema.classDecls, schema.numClassDecls));
        let mut catalogue = Catalogue::default();
        catalogue.dynamic = dynamic.map(entries);
        for index in 0..count {
            // SAFETY: the caller says so.
            match unsafe { element(decls, index) } {
                // SAFETY: as above.
                Some(decl) => catalogue.add(unsafe { declarations.add(decl) }),
                None => log::warn!("{library}: class declaration {index} is NULL"),
            }
        }
        declarations.catalogue = Arc::new(catalogue);
        declarations
    }

    /// # Safety
    /// As for [`read`](Self::read).
    unsafe fn add(&mut self, decl: &MI_ClassDecl) -> Declared {
        // SAFETY: the caller says so. A method declaration begins like a class declaration, as hosts rely on.
        unsafe {
            let class = Arc::new(class(decl));
            self.add_shape(ptr::from_ref(decl).cast());
            for method in list::<MI_MethodDecl>(decl.methods, decl.numMethods) {
                self.add_shape(ptr::from_ref(method).cast());
            }
            self.classes.push((class.name.clone(), decl));
            let provider = decl.providerFT.as_ref().map(entries);
            Declared { class, provider }
        }
    }

    /// # Safety
    /// `decl` is the beginning of a declaration that follows mi.h.
    unsafe fn add_shape(&mut self, decl: *const MI_ObjectDecl) {
        // SAFETY: the caller says so.
        self.shapes.insert(decl as usize, unsafe { Shape::of(&*decl) });
    }

    /// The shape of a class or method of this library.
    pub(super) fn shape(&self, decl: *const MI_ObjectDecl) -> Option<&Shape> {
        self.shapes.get(&(decl as usize))
    }

    /// The declaration of a class, found without regard to ASCII case.
    pub(super) fn class(&self, name: &str) -> Option<*const MI_ClassDecl> {
        self.classes.iter().find(|(class, _)| class.eq_ignore_ascii_case(name)).map(|(_, decl)| *decl)
    }
}

fn entries(provider: &MI_ProviderFT) -> Entries {
    Entries { get: provider.GetInstance.is_some(), enumerate: provider.EnumerateInstances.is_some() }
}

impl Shape {
    /// The shape of a class or a method: their declarations begin alike, and so do those of properties and parameters.
    ///
    /// # Safety
    /// `decl` follows mi.h as [`Declarations::read`] says it, for the time of the call.
    pub(super) unsafe fn of(decl: &MI_ObjectDecl) -> Self {
        // SAFETY: the caller says so.
        unsafe {
            let fields = list(decl.properties.cast::<*const MI_ParameterDecl>(), decl.numProperties);
            let fields = fields.filter_map(|it| {
                let kind = Type::from_code(it.type_)?;
                let offset = field_offset(it.offset, kind, decl.size);
                Some(ShapeField { name: name(it.name), kind, flags: it.flags, offset })
            });
            Self { class_name: name(decl.name), fields: fields.collect() }
        }
    }
}

/// The elements of a list in a declaration that are not NULL.
///
/// # Safety
/// `array` is NULL or has `count` elements, each NULL or valid for `'a`.
unsafe fn list<'a, T: 'a>(array: *const *const T, count: u32) -> impl Iterator<Item = &'a T> {
    // SAFETY: the caller says so.
    (0..count).filter_map(move |index| unsafe { element(array, index) })
}

/// # Safety
/// `text` is NULL or a C string.
unsafe fn name(text: *const c_char) -> Name {
    // SAFETY: passed on.
    unsafe { string(text) }.unwrap_or_default().into()
}

/// # Safety
/// `text` is NULL or a C string.
unsafe fn optional_name(text: *const c_char) -> Option<Name> {
    // SAFETY: passed on.
    unsafe { string(text) }.map(Name::from)
}

// SAFETY of the following: as `Declarations::read` says it, pointers are NULL or valid and counts are right.

unsafe fn class(decl: &MI_ClassDecl) -> Class {
    // SAFETY: see above.
    unsafe {
        Class {
            name: name(decl.name),
            ancestors: ancestors(decl),
            flags: decl.flags,
            qualifiers: qualifiers(decl.qualifiers, decl.numQualifiers),
            properties: list::<MI_PropertyDecl>(decl.properties, decl.numProperties)
                .filter_map(|it| property(it))
                .collect(),
            methods: list::<MI_MethodDecl>(decl.methods, decl.numMethods).map(|it| method(it)).collect(),
        }
    }
}

unsafe fn ancestors(decl: &MI_ClassDecl) -> Vec<Name> {
    let mut names = Vec::new();
    let mut at = decl;
    while names.len() < MOST_ANCESTORS {
        // SAFETY: see above.
        match unsafe { (at.superClassDecl.as_ref(), optional_name(at.superClass)) } {
            (Some(parent), _) => {
                // SAFETY: see above.
                names.push(unsafe { name(parent.name) });
                at = parent;
            }
            (None, Some(parent)) => {
                names.push(parent);
                break;
            }
            (None, None) => break,
        }
    }
    names
}

unsafe fn property(decl: &MI_PropertyDecl) -> Option<PropertyDeclaration> {
    let kind = Type::from_code(decl.type_)?;
    // SAFETY: see above.
    unsafe {
        Some(PropertyDeclaration {
            name: name(decl.name),
            flags: decl.flags,
            qualifiers: qualifiers(decl.qualifiers, decl.numQualifiers),
            kind,
            class_name: optional_name(decl.className),
            subscript: decl.subscript,
            origin: optional_name(decl.origin),
            propagator: optional_name(decl.propagator),
            default: constant(decl.value.cast(), kind),
        })
    }
}

/// # Safety
/// `decl` follows mi.h.
pub(super) unsafe fn method(decl: &MI_MethodDecl) -> MethodDeclaration {
    // SAFETY: see above.
    unsafe {
        let parameters = list::<MI_ParameterDecl>(decl.parameters, decl.numParameters);
        let parameters = parameters.filter_map(|it| parameter(it)).filter(|it| !is_return_value(&it.name));
        MethodDeclaration {
            name: name(decl.name),
            flags: decl.flags,
            qualifiers: qualifiers(decl.qualifiers, decl.numQualifiers),
            returns: Type::from_code(decl.returnType).unwrap_or(Type::Uint32),
            parameters: parameters.collect(),
            origin: optional_name(decl.origin),
            propagator: optional_name(decl.propagator),
        }
    }
}

/// Whether a parameter is the return value, which the declarations list with the parameters.
fn is_return_value(name: &str) -> bool {
    name.eq_ignore_ascii_case(crate::engine::RETURN_VALUE_INSIDE)
}

unsafe fn parameter(decl: &MI_ParameterDecl) -> Option<PropertyDeclaration> {
    let kind = Type::from_code(decl.type_)?;
    // SAFETY: see above.
    unsafe {
        Some(PropertyDeclaration {
            name: name(decl.name),
            flags: decl.flags,
            qualifiers: qualifiers(decl.qualifiers, decl.numQualifiers),
            kind,
            class_name: optional_name(decl.className),
            subscript: decl.subscript,
            origin: None,
            propagator: None,
            default: None,
        })
    }
}

unsafe fn qualifiers(array: *const *const MI_Qualifier, count: u32) -> Vec<Qualifier> {
    // SAFETY: see above.
    unsafe {
        let qualifiers = list::<MI_Qualifier>(array, count).filter_map(|it| {
            let kind = Type::from_code(it.type_)?;
            let value = constant(it.value.cast(), kind);
            Some(Qualifier { name: name(it.name), flavor: it.flavor, kind, value })
        });
        qualifiers.collect()
    }
}

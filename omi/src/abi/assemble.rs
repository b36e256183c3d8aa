//! From constant class descriptions to the declaration structures that a host reads.
//!
//! The structures are made once, when the module is loaded, and live as long as the process: a host keeps pointers to
//! them after it unloaded the module. The rules (hash codes, flags, inherited elements, back pointers, layout) are those
//! of omigen, because a host reads instances from memory through these numbers.

use super::constant::{literal, packed};
use super::entry::method::missing_method;
use super::layout::Layout;
use crate::decl::{ClassSpec, MethodSpec, ParameterSpec, PropertySpec, Qualifiers, text};
use crate::flags;
use omi_sys::*;
use std::collections::HashMap;
use std::ffi::CStr;
use std::ptr;

/// What a module serves: a class, its function table and its method entries.
pub struct Registration {
    /// The class.
    pub class: &'static ClassSpec,
    /// The provider's functions.
    pub functions: &'static MI_ProviderFT,
    /// The entry of each method that the provider implements, by name.
    pub methods: &'static [(&'static str, MI_MethodDecl_Invoke)],
}

/// The declarations of a module.
pub(crate) struct Declarations {
    pub(crate) schema: &'static MI_SchemaDecl,
    classes: HashMap<*const ClassSpec, &'static MI_ClassDecl>,
}

impl Declarations {
    /// Declares the registered classes, all of `schema`, and the ancestors of both.
    pub(crate) fn assemble(schema: &[&'static ClassSpec], registrations: &[Registration]) -> Self {
        // The schema is referred to by every class that it lists, so it is filled in last.
        let schema_decl: *mut MI_SchemaDecl = Box::leak(Box::new(MI_SchemaDecl {
            qualifierDecls: ptr::null(),
            numQualifierDecls: 0,
            classDecls: ptr::null(),
            numClassDecls: 0,
        }));
        let mut assembly = Assembly {
            schema: schema_decl,
            registrations,
            classes: HashMap::new(),
            order: Vec::new(),
            properties: HashMap::new(),
            qualifiers: HashMap::new(),
        };
        for class in schema.iter().copied().chain(registrations.iter().map(|it| it.class)) {
            assembly.class(class);
        }
        let Assembly { classes, order, .. } = assembly;
        let class_count = count(order.len());
        // SAFETY: the schema was leaked above; nothing else refers to it as a Rust reference yet.
        let schema = unsafe {
            (*schema_decl).classDecls = Vec::leak(order).as_ptr().cast();
            (*schema_decl).numClassDecls = class_count;
            &*schema_decl
        };
        Self { schema, classes }
    }

    /// The declaration of a class of this module.
    pub(crate) fn class(&self, class: &'static ClassSpec) -> Option<&'static MI_ClassDecl> {
        self.classes.get(&ptr::from_ref(class)).copied()
    }
}

struct Assembly<'a> {
    schema: *const MI_SchemaDecl,
    registrations: &'a [Registration],
    classes: HashMap<*const ClassSpec, &'static MI_ClassDecl>,
    order: Vec<*const MI_ClassDecl>,
    /// A property that a class inherits unchanged stands at the same place in it, so one declaration does for both.
    properties: HashMap<(*const PropertySpec, u32), *const MI_PropertyDecl>,
    qualifiers: HashMap<Qualifiers, List<MI_Qualifier>>,
}

/// A list as declarations have it.
struct List<T> {
    items: *const *const T,
    count: u32,
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

impl<T> List<T> {
    fn leak(items: Vec<*const T>) -> Self {
        Self { count: count(items.len()), items: Vec::leak(items).as_ptr() }
    }
}

impl Assembly<'_> {
    fn class(&mut self, spec: &'static ClassSpec) -> &'static MI_ClassDecl {
        if let Some(done) = self.classes.get(&ptr::from_ref(spec)) {
            return done;
        }
        let superclass = spec.superclass.map(|superclass| self.class(superclass));
        let registration = self.registrations.iter().find(|it| ptr::eq(it.class, spec));
        let qualifiers = self.qualifiers(spec.qualifiers);
        let mut layout = Layout::new();
        let properties = spec.properties.iter().map(|property| self.property(property, &mut layout)).collect();
        let properties = List::leak(properties);
        let methods = List::leak(spec.methods.iter().map(|method| self.method(method, registration)).collect());
        let class: &'static MI_ClassDecl = Box::leak(Box::new(MI_ClassDecl {
            flags: spec.flags | flags::CLASS,
            code: hash_code(spec.name),
            name: spec.name.as_ptr(),
            qualifiers: qualifiers.items,
            numQualifiers: qualifiers.count,
            properties: properties.items,
            numProperties: properties.count,
            size: layout.size(),
            superClass: superclass.map_or(ptr::null(), |it| it.name),
            superClassDecl: superclass.map_or(ptr::null(), ptr::from_ref),
            methods: methods.items,
            numMethods: methods.count,
            schema: self.schema,
            providerFT: registration.map_or(ptr::null(), |it| ptr::from_ref(it.functions)),
            owningClass: ptr::null_mut(),
        }));
        self.classes.insert(ptr::from_ref(spec), class);
        self.order.push(class);
        class
    }

    fn method(&mut self, spec: &'static MethodSpec, registration: Option<&Registration>) -> *const MI_MethodDecl {
        let qualifiers = self.qualifiers(spec.qualifiers);
        let mut layout = Layout::new();
        let mut parameters = vec![self.return_value(spec, &mut layout)];
        parameters.extend(spec.parameters.iter().map(|parameter| self.parameter(parameter, &mut layout)));
        let parameters = List::leak(parameters);
        let function = registration.and_then(|it| {
            let entry = it.methods.iter().find(|(name, _)| name.eq_ignore_ascii_case(text(spec.name)));
            entry.map_or(Some(missing_method as _), |(_, function)| *function)
        });
        Box::leak(Box::new(MI_MethodDecl {
            flags: spec.flags | flags::METHOD,
            code: hash_code(spec.name),
            name: spec.name.as_ptr(),
            qualifiers: qualifiers.items,
            numQualifiers: qualifiers.count,
            parameters: parameters.items,
            numParameters: parameters.count,
            size: layout.size(),
            returnType: spec.returns.code(),
            origin: spec.origin.as_ptr(),
            propagator: spec.propagator.as_ptr(),
            schema: self.schema,
            function,
        }))
    }

    /// `MIReturn` is parameter 0 of every method. What qualifies the method qualifies it, ValueMap for example.
    fn return_value(&mut self, method: &'static MethodSpec, layout: &mut Layout) -> *const MI_ParameterDecl {
        let class_name = method.qualifiers.get("EmbeddedInstance").and_then(|qualifier| qualifier.texts().next());
        let spec = ParameterSpec {
            name: c"MIReturn",
            flags: flags::OUT,
            qualifiers: method.qualifiers,
            kind: method.returns,
            class_name,
            subscript: 0,
        };
        self.parameter(&spec, layout)
    }

    fn parameter(&mut self, spec: &ParameterSpec, layout: &mut Layout) -> *const MI_ParameterDecl {
        let qualifiers = self.qualifiers(spec.qualifiers);
        Box::leak(Box::new(MI_ParameterDecl {
            flags: spec.flags | flags::PARAMETER,
            code: hash_code(spec.name),
            name: spec.name.as_ptr(),
            qualifiers: qualifiers.items,
            numQualifiers: qualifiers.count,
            type_: spec.kind.code(),
            className: spec.class_name.map_or(ptr::null(), CStr::as_ptr),
            subscript: spec.subscript,
            offset: layout.place(spec.kind),
        }))
    }

    fn property(&mut self, spec: &'static PropertySpec, layout: &mut Layout) -> *const MI_PropertyDecl {
        let offset = layout.place(spec.kind);
        if let Some(done) = self.properties.get(&(ptr::from_ref(spec), offset)) {
            return *done;
        }
        let qualifiers = self.qualifiers(spec.qualifiers);
        let declaration: *const MI_PropertyDecl = Box::leak(Box::new(MI_PropertyDecl {
            flags: spec.flags | flags::PROPERTY,
            code: hash_code(spec.name),
            name: spec.name.as_ptr(),
            qualifiers: qualifiers.items,
            numQualifiers: qualifiers.count,
            type_: spec.kind.code(),
            className: spec.class_name.map_or(ptr::null(), CStr::as_ptr),
            subscript: spec.subscript,
            offset,
            origin: spec.origin.as_ptr(),
            propagator: spec.propagator.as_ptr(),
            value: spec.default.as_ref().map_or(ptr::null(), literal),
        }));
        self.properties.insert((ptr::from_ref(spec), offset), declaration);
        declaration
    }

    fn qualifiers(&mut self, qualifiers: Qualifiers) -> List<MI_Qualifier> {
        let unpack = || {
            let declarations = qualifiers.iter().map(|spec| -> *const MI_Qualifier {
                Box::leak(Box::new(MI_Qualifier {
                    name: spec.name.as_ptr(),
                    type_: spec.kind.code(),
                    flavor: spec.flavor,
                    value: packed(spec),
                }))
            });
            List::leak(declarations.collect())
        };
        *self.qualifiers.entry(qualifiers).or_insert_with(unpack)
    }
}

/// The hash code by which hosts find names: first and last byte in lower case, and the length.
fn hash_code(name: &CStr) -> u32 {
    let bytes = name.to_bytes();
    let lower = |byte: Option<&u8>| u32::from(byte.map_or(0, u8::to_ascii_lowercase));
    lower(bytes.first()) << 16 | lower(bytes.last()) << 8 | count(bytes.len())
}

/// Counts in declarations are 32 bits wide; nothing that a MOF file declares comes near.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_codes_are_those_of_omi() {
        assert_eq!(hash_code(c"Id"), 0x0069_6402);
        assert_eq!(hash_code(c"Name"), 0x006E_6504);
        assert_eq!(hash_code(c"Value"), 0x0076_6505);
        assert_eq!(hash_code(c"Mini_Item"), 0x006D_6D09);
    }
}

//! Classes for those who ask a session for them: declarations in C form, made from the host's own form of a class.

use super::build::{self, c_text};
use super::declaration::{self, Declarations};
use super::dynamic::{self, HEADER, SLOT};
use super::value::OwnedValue;
use crate::class::{Class, MethodDeclaration, PropertyDeclaration, Qualifier};
use crate::engine::{Host, RETURN_VALUE_INSIDE};
use omi::{Error, Result, Type, Value};
use omi_sys::*;
use std::any::Any;
use std::ffi::{CString, c_char, c_void};
use std::ptr;
use std::sync::Arc;

/// A class as C code sees it, for as long as this lives.
pub(super) struct OwnedClass(*mut MI_Class);

// SAFETY: it belongs to no thread, and nobody writes to it.
unsafe impl Send for OwnedClass {}
// SAFETY: as above.
unsafe impl Sync for OwnedClass {}

impl OwnedClass {
    pub(super) fn as_ptr(&self) -> *const MI_Class {
        self.0
    }
}

impl Drop for OwnedClass {
    fn drop(&mut self) {
        // SAFETY: made by `class`, and whoever needs it longer has a clone.
        unsafe { super::class::release(self.0) };
    }
}

/// All that a declaration consists of.
pub(super) struct Blueprint {
    decl: *const MI_ClassDecl,
    namespace: CString,
    /// Kept alive; pointers lead into them.
    parts: Vec<Arc<dyn Any>>,
}

// SAFETY: nothing in it changes once it is made, and nothing belongs to a thread.
unsafe impl Send for Blueprint {}
// SAFETY: as above.
unsafe impl Sync for Blueprint {}

impl Blueprint {
    pub(super) fn namespace(&self) -> *const c_char {
        self.namespace.as_ptr()
    }
}

/// The class with its superclasses, of which a name alone is made where only names are wanted.
///
/// # Errors
/// INVALID_PARAMETER when a name has a NUL character.
pub(super) fn class(host: &Host, namespace: &str, class: &Class, names_only: bool) -> Result<OwnedClass> {
    let mut made = Blueprint { decl: ptr::null(), namespace: c_text(namespace)?, parts: Vec::new() };
    if names_only {
        made.decl = made.name_only(class)?;
    } else {
        for ancestor in class.ancestors.iter().rev() {
            // A root that nobody declares, as in partial schemas, is no parent to show.
            if let Ok(parent) = host.class(namespace, ancestor) {
                made.decl = made.declare(&parent)?;
            }
        }
        made.decl = made.declare(class)?;
    }
    Ok(OwnedClass(super::class::of_blueprint(made.decl, Arc::new(made))))
}

/// A class of a method's parameters, the return value among them.
///
/// # Errors
/// INVALID_PARAMETER when a name has a NUL character.
///
/// # Safety
/// `decl` follows mi.h.
pub(super) unsafe fn parameters(decl: &MI_MethodDecl) -> Result<*mut MI_Class> {
    // SAFETY: passed on.
    let method = unsafe { declaration::method(decl) };
    let mut class = Class::named(method.name.clone());
    class.properties.push(return_value(method.returns));
    class.properties.extend(method.parameters);
    let mut made = Blueprint { decl: ptr::null(), namespace: CString::default(), parts: Vec::new() };
    made.decl = made.declare(&class)?;
    Ok(super::class::of_blueprint(made.decl, Arc::new(made)))
}

fn return_value(kind: Type) -> PropertyDeclaration {
    PropertyDeclaration {
        name: RETURN_VALUE_INSIDE.into(),
        flags: MI_FLAG_PARAMETER | MI_FLAG_OUT,
        qualifiers: Vec::new(),
        kind,
        class_name: None,
        subscript: 0,
        origin: None,
        propagator: None,
        default: None,
    }
}

impl Blueprint {
    fn keep<T: 'static>(&mut self, part: T) -> *const T {
        let part = Arc::new(part);
        let at = Arc::as_ptr(&part);
        self.parts.push(part);
        at
    }

    fn text(&mut self, text: &str) -> Result<*const c_char> {
        let text = self.keep(c_text(text)?);
        // SAFETY: it was just made, and is kept.
        Ok(unsafe { (*text).as_ptr() })
    }

    fn optional_text(&mut self, text: Option<&str>) -> Result<*const c_char> {
        text.map_or(Ok(ptr::null()), |text| self.text(text))
    }

    fn list<T: 'static>(&mut self, items: Vec<*const T>) -> Result<(*const *const T, u32)> {
        let count = u32::try_from(items.len()).map_err(|_| Error::failed("a class has too many elements"))?;
        let items = self.keep(items);
        // SAFETY: it was just made, and is kept.
        Ok((unsafe { (*items).as_ptr() }, count))
    }

    fn value(&mut self, value: Option<&Value>) -> Result<*const c_void> {
        let Some(value) = value else { return Ok(ptr::null()) };
        let owned = build::owned(value.kind(), value, &Declarations::default())?;
        let held: *const (MI_Value, OwnedValue) = self.keep((owned.borrow(), owned));
        // SAFETY: it was just made, and is kept. Every member of the union begins where it begins.
        Ok(unsafe { &raw const (*held).0 }.cast())
    }

    fn name_only(&mut self, class: &Class) -> Result<*const MI_ClassDecl> {
        let name = c_text(&class.name)?;
        let mut decl = dynamic::declaration(class.flags | MI_FLAG_CLASS, &name);
        decl.name = self.text(&class.name)?;
        decl.superClass = self.optional_text(class.ancestors.first().map(AsRef::as_ref))?;
        Ok(self.keep(decl))
    }

    /// A class below the one that was declared last.
    fn declare(&mut self, class: &Class) -> Result<*const MI_ClassDecl> {
        let parent = self.decl;
        let mut decl = dynamic::declaration(class.flags | MI_FLAG_CLASS, &c_text(&class.name)?);
        decl.name = self.text(&class.name)?;
        decl.superClass = self.optional_text(class.ancestors.first().map(AsRef::as_ref))?;
        decl.superClassDecl = parent;
        (decl.qualifiers, decl.numQualifiers) = self.qualifiers(&class.qualifiers)?;
        let properties = class.properties.iter().enumerate();
        let properties = properties.map(|(place, it)| self.property(it, place)).collect::<Result<_>>()?;
        (decl.properties, decl.numProperties) = self.list(properties)?;
        decl.size = offset(class.properties.len())?;
        let methods = class.methods.iter().map(|it| self.method(it)).collect::<Result<_>>()?;
        (decl.methods, decl.numMethods) = self.list(methods)?;
        Ok(self.keep(decl))
    }

    fn property(&mut self, property: &PropertyDeclaration, place: usize) -> Result<*const MI_PropertyDecl> {
        let (qualifiers, count) = self.qualifiers(&property.qualifiers)?;
        let decl = MI_PropertyDecl {
            flags: property.flags,
            code: dynamic::code(&c_text(&property.name)?),
            name: self.text(&property.name)?,
            qualifiers,
            numQualifiers: count,
            type_: property.kind.code(),
            className: self.optional_text(property.class_name.as_deref())?,
            subscript: property.subscript,
            offset: offset(place)?,
            origin: self.optional_text(property.origin.as_deref())?,
            propagator: self.optional_text(property.propagator.as_deref())?,
            value: self.value(property.default.as_ref())?,
        };
        Ok(self.keep(decl))
    }

    fn method(&mut self, method: &MethodDeclaration) -> Result<*const MI_MethodDecl> {
        let returns = return_value(method.returns);
        let parameters = std::iter::once(&returns).chain(&method.parameters).enumerate();
        // A parameter's declaration is the beginning of a property's.
        let parameters = parameters.map(|(place, it)| Ok(self.property(it, place)?.cast::<MI_ParameterDecl>()));
        let parameters = parameters.collect::<Result<_>>()?;
        let (parameters, count) = self.list(parameters)?;
        let (qualifiers, qualifier_count) = self.qualifiers(&method.qualifiers)?;
        let decl = MI_MethodDecl {
            flags: method.flags,
            code: dynamic::code(&c_text(&method.name)?),
            name: self.text(&method.name)?,
            qualifiers,
            numQualifiers: qualifier_count,
            parameters,
            numParameters: count,
            size: offset(method.parameters.len() + 1)?,
            returnType: method.returns.code(),
            origin: self.optional_text(method.origin.as_deref())?,
            propagator: self.optional_text(method.propagator.as_deref())?,
            schema: ptr::null(),
            function: None,
        };
        Ok(self.keep(decl))
    }

    fn qualifiers(&mut self, qualifiers: &[Qualifier]) -> Result<(*const *const MI_Qualifier, u32)> {
        let made = qualifiers.iter().map(|it| {
            let (name, value) = (self.text(&it.name)?, self.value(it.value.as_ref())?);
            Ok(self.keep(MI_Qualifier { name, type_: it.kind.code(), flavor: it.flavor, value }))
        });
        let made = made.collect::<Result<_>>()?;
        self.list(made)
    }
}

/// Where the field of an element would lie.
fn offset(place: usize) -> Result<u32> {
    u32::try_from(HEADER + place * SLOT).map_err(|_| Error::failed("a class has too many elements"))
}

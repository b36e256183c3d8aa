//! What is read back of the declarations that [`assemble`](super::assemble) made.

use crate::{Type, flags};
use omi_sys::*;
use std::ffi::CStr;

/// The declaration of a class, to be kept by a provider.
#[derive(Clone, Copy)]
pub(crate) struct ClassRef(&'static MI_ClassDecl);

/// The declaration of a method.
#[derive(Clone, Copy)]
pub(crate) struct MethodRef(&'static MI_MethodDecl);

// SAFETY: a declaration is written once, when the module is loaded, and only read from then on.
unsafe impl Send for ClassRef {}
// SAFETY: as above.
unsafe impl Sync for ClassRef {}
// SAFETY: as above.
unsafe impl Send for MethodRef {}
// SAFETY: as above.
unsafe impl Sync for MethodRef {}

impl ClassRef {
    pub(super) fn new(declaration: &'static MI_ClassDecl) -> Self {
        Self(declaration)
    }

    pub(crate) fn get(self) -> &'static MI_ClassDecl {
        self.0
    }

    pub(crate) fn name(self) -> &'static str {
        text(self.0.name)
    }

    pub(crate) fn elements(self) -> Elements {
        // SAFETY: `assemble` made the list, and never frees it; a property's declaration begins with what a parameter's has.
        let items = unsafe { list(self.0.properties.cast(), self.0.numProperties) };
        Elements { owner: self.0.name, items }
    }

    /// The method of this name, without regard to ASCII case.
    pub(crate) fn method(self, name: &str) -> Option<MethodRef> {
        methods(self.0).iter().find(|method| is_named(method.name, name)).copied().map(MethodRef)
    }
}

impl MethodRef {
    pub(crate) fn get(self) -> &'static MI_MethodDecl {
        self.0
    }

    /// The return value and the parameters.
    pub(crate) fn elements(self) -> Elements {
        Elements { owner: self.0.name, items: parameters(self.0) }
    }
}

/// The properties of a class, or the return value and the parameters of a method.
#[derive(Clone, Copy)]
pub(crate) struct Elements {
    owner: *const MI_Char,
    items: &'static [&'static MI_ParameterDecl],
}

/// One of them.
#[derive(Clone, Copy)]
pub(crate) struct Element(&'static MI_ParameterDecl);

impl Elements {
    /// The name of the class or the method.
    pub(crate) fn owner(self) -> &'static str {
        text(self.owner)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Element> {
        self.items.iter().copied().map(Element)
    }

    pub(crate) fn get(self, place: usize) -> Option<Element> {
        self.items.get(place).copied().map(Element)
    }

    /// The place of the named one, found without regard to ASCII case.
    pub(crate) fn position(self, name: &str) -> Option<usize> {
        self.items.iter().position(|item| is_named(item.name, name))
    }

    pub(crate) fn keys(self) -> impl Iterator<Item = Element> {
        self.iter().filter(|element| element.is_key())
    }
}

impl Element {
    pub(crate) fn name(self) -> &'static str {
        text(self.0.name)
    }

    pub(crate) fn is_key(self) -> bool {
        self.0.flags & flags::KEY != 0
    }

    pub(crate) fn kind(self) -> Type {
        // Declarations are assembled of types that there are.
        Type::from_code(self.0.type_).unwrap_or(Type::String)
    }
}

/// All properties of a class that this module declares.
pub(super) fn properties(class: &'static MI_ClassDecl) -> &'static [&'static MI_PropertyDecl] {
    // SAFETY: `assemble` made the list, and never frees it.
    unsafe { list(class.properties, class.numProperties) }
}

/// All methods of a class that this module declares.
pub(super) fn methods(class: &'static MI_ClassDecl) -> &'static [&'static MI_MethodDecl] {
    // SAFETY: `assemble` made the list, and never frees it.
    unsafe { list(class.methods, class.numMethods) }
}

/// The return value and all parameters of a method that this module declares.
pub(super) fn parameters(method: &'static MI_MethodDecl) -> &'static [&'static MI_ParameterDecl] {
    // SAFETY: `assemble` made the list, and never frees it.
    unsafe { list(method.parameters, method.numParameters) }
}

/// The qualifiers of an element that this module declares.
pub(super) fn qualifiers(items: *const *const MI_Qualifier, count: u32) -> &'static [&'static MI_Qualifier] {
    // SAFETY: only called with the lists of declarations, which `assemble` made and never frees.
    unsafe { list(items, count) }
}

/// # Safety
/// `items` are `count` pointers to declarations that live as long as the process.
unsafe fn list<T>(items: *const *const T, count: u32) -> &'static [&'static T] {
    // SAFETY: by the caller's promise; the list of nothing has an address too.
    unsafe { std::slice::from_raw_parts(items.cast(), count as usize) }
}

/// Whether a declared name is this one, without regard to ASCII case.
pub(super) fn is_named(declared: *const MI_Char, name: &str) -> bool {
    c_text(declared).to_bytes().eq_ignore_ascii_case(name.as_bytes())
}

fn text(declared: *const MI_Char) -> &'static str {
    c_text(declared).to_str().unwrap_or_default()
}

/// Only called with the names of declarations.
fn c_text(declared: *const MI_Char) -> &'static CStr {
    // SAFETY: declarations are made of names that live as long as the process.
    unsafe { CStr::from_ptr(declared) }
}

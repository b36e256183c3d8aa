//! Classes that the other side sends, read by their declarations.

use crate::abi::read;
use crate::declaration::{Class, MethodDeclaration, PropertyDeclaration, Qualifier};
use crate::{Name, Type, Value};
use omi_sys::*;
use std::ffi::{c_char, c_void};

/// How deep a class may lie below its root, which also ends a ring of superclasses.
const MOST_ANCESTORS: usize = 64;

/// The class; `None` when it is NULL or has no declaration.
///
/// # Safety
/// `class` is NULL or a live class.
pub(super) unsafe fn read(class: *const MI_Class) -> Option<Class> {
    // SAFETY: the declaration of a live class is NULL or follows mi.h: pointers are NULL or valid, and counts are right.
    // That is all that the functions below ask for.
    unsafe {
        let declaration = class.as_ref()?.classDecl.as_ref()?;
        Some(Class {
            name: name(declaration.name)?,
            ancestors: ancestors(declaration),
            flags: declaration.flags,
            qualifiers: qualifiers(declaration.qualifiers, declaration.numQualifiers),
            properties: list(declaration.properties, declaration.numProperties).filter_map(|it| property(it)).collect(),
            methods: list(declaration.methods, declaration.numMethods).filter_map(|it| method(it)).collect(),
        })
    }
}

unsafe fn ancestors(declaration: &MI_ClassDecl) -> Vec<Name> {
    let mut names = Vec::new();
    let mut at = Some(declaration);
    while let Some(class) = at.take()
        && names.len() < MOST_ANCESTORS
    {
        // SAFETY: see `read`.
        unsafe {
            at = class.superClassDecl.as_ref();
            let parent = at.map_or(class.superClass, |parent| parent.name);
            names.extend(name(parent).filter(|name| !name.is_empty()));
        }
    }
    names
}

unsafe fn property(it: &MI_PropertyDecl) -> Option<PropertyDeclaration> {
    let kind = Type::from_code(it.type_)?;
    // SAFETY: see `read`.
    unsafe {
        Some(PropertyDeclaration {
            name: name(it.name)?,
            flags: it.flags,
            qualifiers: qualifiers(it.qualifiers, it.numQualifiers),
            kind,
            class_name: name(it.className),
            subscript: it.subscript,
            origin: name(it.origin),
            propagator: name(it.propagator),
            default: constant(it.value, kind),
        })
    }
}

unsafe fn method(it: &MI_MethodDecl) -> Option<MethodDeclaration> {
    // SAFETY: see `read`.
    unsafe {
        let parameters = list(it.parameters, it.numParameters).filter_map(|it| parameter(it));
        Some(MethodDeclaration {
            name: name(it.name)?,
            flags: it.flags,
            qualifiers: qualifiers(it.qualifiers, it.numQualifiers),
            returns: Type::from_code(it.returnType)?,
            parameters: parameters.filter(|it| !it.name.eq_ignore_ascii_case("MIReturn")).collect(),
            origin: name(it.origin),
            propagator: name(it.propagator),
        })
    }
}

unsafe fn parameter(it: &MI_ParameterDecl) -> Option<PropertyDeclaration> {
    // SAFETY: see `read`.
    unsafe {
        Some(PropertyDeclaration {
            name: name(it.name)?,
            flags: it.flags,
            qualifiers: qualifiers(it.qualifiers, it.numQualifiers),
            kind: Type::from_code(it.type_)?,
            class_name: name(it.className),
            subscript: it.subscript,
            origin: None,
            propagator: None,
            default: None,
        })
    }
}

unsafe fn qualifiers(items: *const *const MI_Qualifier, count: u32) -> Vec<Qualifier> {
    // SAFETY: see `read`.
    unsafe {
        let qualifier = |it: &MI_Qualifier| {
            let kind = Type::from_code(it.type_)?;
            Some(Qualifier { name: name(it.name)?, flavor: it.flavor, kind, value: constant(it.value, kind) })
        };
        list(items, count).filter_map(qualifier).collect()
    }
}

/// The elements of a list that are not NULL.
unsafe fn list<'a, T: 'a>(items: *const *const T, count: u32) -> impl Iterator<Item = &'a T> {
    let count = if items.is_null() { 0 } else { count as usize };
    // SAFETY: see `read`.
    (0..count).filter_map(move |index| unsafe { (*items.add(index)).as_ref() })
}

unsafe fn name(text: *const c_char) -> Option<Name> {
    // SAFETY: see `read`.
    unsafe { read::text(text) }.map(Name::from)
}

/// A default or the value of a qualifier: as large as its type, not as an `MI_Value`, so it is copied into one.
unsafe fn constant(value: *const c_void, kind: Type) -> Option<Value> {
    if value.is_null() {
        return None;
    }
    let mut whole = read::no_value();
    // SAFETY: see `read`. The constant has the size of its member of the union, and all members begin at the same place.
    unsafe {
        std::ptr::copy_nonoverlapping(value.cast::<u8>(), (&raw mut whole).cast(), read::size(kind));
        read::value(kind, &whole)
    }
}

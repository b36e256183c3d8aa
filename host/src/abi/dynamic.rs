//! Dynamic instances: a declaration that grows with every element, and the fields that it describes.
//!
//! A field is a slot of 40 bytes, which fits every type. The first slots lie behind the header, so that even a reader
//! that knows nothing of dynamic instances finds them; when they are used up, the fields move to a larger struct.

use super::field::field_size;
use super::instance::{self, is_ours};
use super::memory::{Outcome, allocate, release};
use super::table::INSTANCE_FT;
use omi::Type;
use omi_sys::*;
use std::ffi::{CStr, CString};
use std::ptr;

pub(super) const SLOT: usize = 40;
const FIRST_SLOTS: usize = 32;
pub(super) const HEADER: usize = size_of::<MI_Instance>();
const ON_HEAP: isize = 1;

/// The declaration of a dynamic instance.
pub(super) struct Dynamic {
    decl: MI_ClassDecl,
    /// `decl` points to it.
    name: CString,
    /// Owned; `pointers` point into them.
    elements: Vec<*mut Element>,
    /// `decl` points to them.
    pointers: Vec<*const MI_PropertyDecl>,
    slots: usize,
}

impl Drop for Dynamic {
    fn drop(&mut self) {
        for element in &self.elements {
            // SAFETY: made by `append`, and nobody uses the declaration any more.
            drop(unsafe { Box::from_raw(*element) });
        }
    }
}

struct Element {
    decl: MI_PropertyDecl,
    name: CString,
}

/// The declaration of an instance of ours, when it is a dynamic one.
///
/// # Safety
/// `head` is a valid instance; nobody adds elements to it for `'a`.
pub(super) unsafe fn of<'a>(head: &MI_Instance) -> Option<&'a Dynamic> {
    // SAFETY: in an instance of ours the word is 0 or such a pointer.
    if is_ours(head) { unsafe { (head.reserved[0] as *const Dynamic).as_ref() } } else { None }
}

/// An instance without elements. The name must be a CIM name, else INVALID_PARAMETER.
pub(super) fn new(class: &CStr, flags: u32) -> Outcome<*mut MI_Instance> {
    if !is_cim_name(class.to_bytes()) {
        return Err(MI_RESULT_INVALID_PARAMETER);
    }
    let instance: *mut MI_Instance = allocate(HEADER + FIRST_SLOTS * SLOT)?.cast();
    let kinds = [MI_FLAG_ASSOCIATION, MI_FLAG_INDICATION, MI_FLAG_METHOD, MI_FLAG_CLASS];
    let kind = kinds.into_iter().find(|kind| flags & kind != 0).unwrap_or(MI_FLAG_CLASS);
    let dynamic = Box::into_raw(Box::new(Dynamic {
        decl: declaration(kind, class),
        name: class.to_owned(),
        elements: Vec::new(),
        pointers: Vec::new(),
        slots: FIRST_SLOTS,
    }));
    // SAFETY: both were just allocated. The declaration's name points into the CString's buffer, which stays in place.
    unsafe {
        (*dynamic).decl.name = (*dynamic).name.as_ptr();
        (*instance).ft = &raw const INSTANCE_FT;
        (*instance).classDecl = &raw const (*dynamic).decl;
        (*instance).reserved = [dynamic as isize, instance as isize, ON_HEAP, 0];
    }
    Ok(instance)
}

/// An instance with the elements of another, all NULL.
pub(super) fn new_like(other: &Dynamic) -> Outcome<*mut MI_Instance> {
    let copy = new(&other.name, other.decl.flags)?;
    for element in &other.elements {
        // SAFETY: `other` owns its elements.
        let element = unsafe { &**element };
        let kind = Type::from_code(element.decl.type_).ok_or(MI_RESULT_FAILED);
        // SAFETY: an instance that was just made.
        let appended = kind.and_then(|kind| unsafe { append(copy, &element.name, kind, element.decl.flags) });
        if let Err(code) = appended {
            // SAFETY: as above, and nobody else has it.
            unsafe { instance::delete(copy) };
            return Err(code);
        }
    }
    Ok(copy)
}

/// Appends a NULL element and returns its place.
///
/// # Safety
/// `instance` is a dynamic instance of ours that nobody else uses meanwhile.
pub(super) unsafe fn append(instance: *mut MI_Instance, name: &CStr, kind: Type, flags: u32) -> Outcome<u32> {
    // SAFETY: the caller says so; in a dynamic instance of ours the word is this pointer.
    unsafe {
        let dynamic = (*instance).reserved[0] as *mut Dynamic;
        let place = (*dynamic).elements.len();
        if place == (*dynamic).slots {
            grow(instance, &mut *dynamic)?;
        }
        debug_assert!(field_size(kind) <= SLOT);
        let element = Box::new(Element { decl: property(kind, flags, place), name: name.to_owned() });
        let element = Box::into_raw(element);
        (*element).decl.name = (*element).name.as_ptr();
        (*dynamic).pointers.push(&raw const (*element).decl);
        (*dynamic).elements.push(element);
        (*dynamic).decl.properties = (*dynamic).pointers.as_ptr();
        // A name too many for 32 bits would need more memory than there is.
        (*dynamic).decl.numProperties = (place + 1) as u32;
        (*dynamic).decl.size = (HEADER + (place + 1) * SLOT) as u32;
        Ok(place as u32)
    }
}

/// Moves the fields to a struct with twice the slots.
///
/// # Safety
/// `instance` is the dynamic instance that `dynamic` describes.
unsafe fn grow(instance: *mut MI_Instance, dynamic: &mut Dynamic) -> Outcome {
    let larger: *mut MI_Instance = allocate(HEADER + 2 * dynamic.slots * SLOT)?.cast();
    // SAFETY: the struct of the fields has a header and `slots` slots, and the new one has room for them.
    unsafe {
        let fields = (*instance).reserved[1] as *mut MI_Instance;
        ptr::copy_nonoverlapping(fields.cast::<u8>(), larger.cast(), HEADER + dynamic.slots * SLOT);
        (*larger).reserved[1] = larger as isize;
        (*instance).reserved[1] = larger as isize;
        if fields != instance {
            release(fields);
        }
    }
    dynamic.slots *= 2;
    Ok(())
}

/// Frees declaration and moved fields; a static instance has none. The fields own nothing any more.
///
/// # Safety
/// `instance` is an instance of ours that nobody else uses.
pub(super) unsafe fn drop_elements(instance: *mut MI_Instance) {
    // SAFETY: the caller says so; see the words' meaning in the module `instance`.
    unsafe {
        let [dynamic, fields, ..] = (*instance).reserved;
        if dynamic != 0 {
            drop(Box::from_raw(dynamic as *mut Dynamic));
        }
        if fields != 0 && fields != instance as isize {
            release(fields as *const MI_Instance);
        }
        (*instance).reserved[0] = 0;
        (*instance).reserved[1] = 0;
    }
}

/// DSP0004 names: letters, digits and underscores, not starting with a digit.
pub(super) fn is_cim_name(name: &[u8]) -> bool {
    let first = name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    first && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// The hash code by which readers compare names before they compare letters.
pub(super) fn code(name: &CStr) -> u32 {
    let name = name.to_bytes();
    let lower = |byte: Option<&u8>| byte.map_or(0, |byte| u32::from(byte.to_ascii_lowercase()));
    (lower(name.first()) << 16) | (lower(name.last()) << 8) | name.len() as u32
}

/// The declaration of a class without elements, whose name the caller fills in.
pub(super) fn declaration(flags: u32, name: &CStr) -> MI_ClassDecl {
    MI_ClassDecl {
        flags,
        code: code(name),
        name: ptr::null(),
        qualifiers: ptr::null(),
        numQualifiers: 0,
        properties: ptr::null(),
        numProperties: 0,
        size: HEADER as u32,
        superClass: ptr::null(),
        superClassDecl: ptr::null(),
        methods: ptr::null(),
        numMethods: 0,
        schema: ptr::null(),
        providerFT: ptr::null(),
        owningClass: ptr::null_mut(),
    }
}

fn property(kind: Type, flags: u32, place: usize) -> MI_PropertyDecl {
    MI_PropertyDecl {
        flags,
        code: 0,
        name: ptr::null(),
        qualifiers: ptr::null(),
        numQualifiers: 0,
        type_: kind.code(),
        className: ptr::null(),
        subscript: 0,
        offset: (HEADER + place * SLOT) as u32,
        origin: ptr::null(),
        propagator: ptr::null(),
        value: ptr::null(),
    }
}

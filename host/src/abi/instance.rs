//! Instances in memory, as OMI lays them out.
//!
//! The struct of `classDecl->size` bytes is all there is: C setters write into it and readers go by the declared
//! offsets. The private words of the header are used as follows.
//!
//! | word | static instance | dynamic instance |
//! |---|---|---|
//! | `reserved[0]` | 0 | the [`Dynamic`](super::dynamic::Dynamic) that describes its elements |
//! | `reserved[1]` | 0 | the struct that has the fields, which `AddElement` may move; OMI has it in the same place |
//! | `reserved[2]` | 1 when the struct is ours to free | the same |
//!
//! A static instance has nothing that a byte copy would break: the C++ runtime copies inputs that way.

use super::dynamic;
use super::field::{Field, field_size};
use super::memory::{Outcome, allocate, bytes, copy_text, element, release};
use super::table::INSTANCE_FT;
use omi::Type;
use omi_sys::*;
use std::ptr;

const ON_HEAP: isize = 1;

/// Where the fields of an instance are and how they are declared.
pub(super) struct Located<'a> {
    base: *mut u8,
    /// Of a class or, for parameters, of a method: both begin like this.
    pub(super) decl: &'a MI_ObjectDecl,
}

/// A declared field of an instance.
pub(super) struct LocatedField<'a> {
    /// Of a property or a parameter: a property begins like a parameter.
    pub(super) decl: &'a MI_ParameterDecl,
    pub(super) kind: Type,
    pub(super) field: Field,
}

/// Whether the instance's functions are those of this host.
pub(super) fn is_ours(head: &MI_Instance) -> bool {
    ptr::eq(head.ft, &raw const INSTANCE_FT)
}

/// Finds the fields. INVALID_PARAMETER without an instance or without a declaration.
///
/// # Safety
/// `instance` is NULL or an instance in OMI's layout, unchanged by others for `'a`, its declaration included.
pub(super) unsafe fn locate<'a>(instance: *const MI_Instance) -> Outcome<Located<'a>> {
    // SAFETY: the caller says that both are valid when they are not NULL; `reserved[1]` is NULL or such an instance.
    unsafe {
        let head = instance.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let fields = if head.reserved[1] == 0 { instance } else { head.reserved[1] as *const MI_Instance };
        let decl = (*fields).classDecl.cast::<MI_ObjectDecl>().as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?;
        Ok(Located { base: fields.cast_mut().cast(), decl })
    }
}

impl<'a> Located<'a> {
    pub(super) fn count(&self) -> u32 {
        if self.decl.properties.is_null() { 0 } else { self.decl.numProperties }
    }

    fn properties(&self) -> *const *const MI_ParameterDecl {
        self.decl.properties.cast()
    }

    /// The field of a property; INVALID_PARAMETER when there is none, or its declaration is no use.
    pub(super) fn field(&self, index: u32) -> Outcome<LocatedField<'a>> {
        if index >= self.count() {
            return Err(MI_RESULT_INVALID_PARAMETER);
        }
        // SAFETY: a declaration has as many properties as it says.
        let decl = unsafe { element(self.properties(), index) }.ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let kind = Type::from_code(decl.type_).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let offset = field_offset(decl.offset, kind, self.decl.size).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        // SAFETY: the field lies inside the instance's struct and behind its header.
        let field = unsafe { Field::at(self.base.add(offset), kind) };
        Ok(LocatedField { decl, kind, field })
    }

    /// The place of a named property, found without regard to ASCII case; NO_SUCH_PROPERTY when there is none.
    pub(super) fn find(&self, name: &[u8]) -> Outcome<u32> {
        let same = |index: &u32| {
            // SAFETY: a declaration has as many properties as it says, and their names are C strings.
            let decl = unsafe { element(self.properties(), *index) };
            // SAFETY: as above.
            decl.and_then(|decl| unsafe { bytes(decl.name) })
                .is_some_and(|declared| declared.to_bytes().eq_ignore_ascii_case(name))
        };
        (0..self.count()).find(same).ok_or(MI_RESULT_NO_SUCH_PROPERTY)
    }

    fn fields(&self) -> impl Iterator<Item = LocatedField<'a>> {
        (0..self.count()).filter_map(|index| self.field(index).ok())
    }
}

/// The offset of a field, when all of it lies inside the instance's struct and behind its header.
pub(super) fn field_offset(offset: u32, kind: Type, size: u32) -> Option<usize> {
    let offset = offset as usize;
    let end = offset.checked_add(field_size(kind))?;
    (offset >= size_of::<MI_Instance>() && end <= size as usize).then_some(offset)
}

/// Bytes of an instance, header included, also when the declaration says less.
fn size_of_class(decl: &MI_ObjectDecl) -> usize {
    (decl.size as usize).max(size_of::<MI_Instance>())
}

/// Makes an empty static instance in memory of the caller.
///
/// # Safety
/// `decl` lives as long as the instance; `instance` is valid for writing `decl->size` bytes.
pub(super) unsafe fn construct(decl: *const MI_ClassDecl, instance: *mut MI_Instance) -> Outcome {
    // SAFETY: the caller says so.
    let class = unsafe { decl.cast::<MI_ObjectDecl>().as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)?;
    if instance.is_null() {
        return Err(MI_RESULT_INVALID_PARAMETER);
    }
    // SAFETY: the caller provides this much memory.
    unsafe {
        ptr::write_bytes(instance.cast::<u8>(), 0, size_of_class(class));
        (*instance).ft = &raw const INSTANCE_FT;
        (*instance).classDecl = decl;
    }
    Ok(())
}

/// Makes an empty static instance on the heap.
///
/// # Safety
/// `decl` is NULL or lives as long as the instance.
pub(super) unsafe fn new(decl: *const MI_ClassDecl) -> Outcome<*mut MI_Instance> {
    // SAFETY: the caller says so.
    let class = unsafe { decl.cast::<MI_ObjectDecl>().as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)?;
    let instance: *mut MI_Instance = allocate(size_of_class(class))?.cast();
    // SAFETY: the block has the size of the class.
    unsafe {
        construct(decl, instance)?;
        (*instance).reserved[2] = ON_HEAP;
    }
    Ok(instance)
}

/// A deep copy on the heap. An instance of another host's table is copied by that table.
///
/// # Safety
/// `source` is NULL or a valid instance.
pub(super) unsafe fn clone(source: *const MI_Instance) -> Outcome<*mut MI_Instance> {
    // SAFETY: the caller says so.
    unsafe {
        let head = source.as_ref().ok_or(MI_RESULT_FAILED)?;
        if !head.ft.is_null() && !is_ours(head) {
            let clone = (*head.ft).Clone.ok_or(MI_RESULT_NOT_SUPPORTED)?;
            let mut copy = ptr::null_mut();
            return match clone(source, &mut copy) {
                MI_RESULT_OK if !copy.is_null() => Ok(copy),
                MI_RESULT_OK => Err(MI_RESULT_FAILED),
                code => Err(code),
            };
        }
        let from = locate(source)?;
        let copy = match dynamic::of(head) {
            Some(dynamic) => dynamic::new_like(dynamic)?,
            None => new(head.classDecl)?,
        };
        let filled = fill(copy, head, &from);
        if filled.is_err() {
            delete(copy);
        }
        filled.map(|()| copy)
    }
}

/// # Safety
/// `copy` is an empty instance with the declaration of `from`, whose header is `head`.
unsafe fn fill(copy: *mut MI_Instance, head: &MI_Instance, from: &Located<'_>) -> Outcome {
    // SAFETY: the caller says so; every field's value is valid when it exists.
    unsafe {
        set_header_text(copy, HeaderText::NameSpace, head.nameSpace)?;
        set_header_text(copy, HeaderText::ServerName, head.serverName)?;
        let to = locate(copy)?;
        for index in 0..from.count() {
            if let (Ok(source), Ok(target)) = (from.field(index), to.field(index))
                && source.field.exists()
            {
                target.field.set(&source.field.value(), 0)?;
            }
        }
    }
    Ok(())
}

/// Frees what an instance owns, but not its struct.
///
/// # Safety
/// `instance` is an instance of ours, and nobody uses its contents any more.
pub(super) unsafe fn destruct(instance: *mut MI_Instance) -> Outcome {
    // SAFETY: the caller says so.
    unsafe {
        for located in locate(instance)?.fields() {
            located.field.clear();
        }
        release((*instance).nameSpace);
        release((*instance).serverName);
        dynamic::drop_elements(instance);
        (*instance).nameSpace = ptr::null();
        (*instance).serverName = ptr::null();
        // A second Destruct, or a Delete of what is on a stack, finds nothing to free.
        (*instance).classDecl = ptr::null();
    }
    Ok(())
}

/// Frees an instance of [`new`], [`clone`] or [`dynamic::new`].
///
/// # Safety
/// `instance` is an instance of ours, and nobody uses it any more.
pub(super) unsafe fn delete(instance: *mut MI_Instance) {
    // SAFETY: the caller says so; only structs of our own are marked as on the heap.
    unsafe {
        let on_heap = (*instance).reserved[2] == ON_HEAP;
        // What is left without a declaration is an empty struct.
        let _ = destruct(instance);
        if on_heap {
            release(instance);
        }
    }
}

/// Frees an instance that an instance owns, whoever made it. One without functions was put there by the provider, which
/// alone knows how it is freed.
///
/// # Safety
/// `instance` is NULL or a valid instance that nobody uses any more.
pub(super) unsafe fn delete_any(instance: *mut MI_Instance) {
    // SAFETY: the caller says so.
    unsafe {
        let Some(head) = instance.as_ref() else { return };
        if is_ours(head) {
            delete(instance);
        } else if let Some(delete) = head.ft.as_ref().and_then(|ft| ft.Delete) {
            let _ = delete(instance);
        }
    }
}

/// The texts of the header.
#[derive(Clone, Copy)]
pub(super) enum HeaderText {
    NameSpace,
    ServerName,
}

/// Replaces a text of the header by a copy; NULL clears it.
///
/// # Safety
/// `instance` is an instance of ours, `text` NULL or a C string.
pub(super) unsafe fn set_header_text(instance: *mut MI_Instance, which: HeaderText, text: *const MI_Char) -> Outcome {
    // SAFETY: the caller says so. The struct of a dynamic instance is another one after it moved, and readers of the
    // layout look at its header.
    unsafe {
        let copy: *const MI_Char = copy_text(text)?;
        let place = |head: *mut MI_Instance| match which {
            HeaderText::NameSpace => &raw mut (*head).nameSpace,
            HeaderText::ServerName => &raw mut (*head).serverName,
        };
        release(*place(instance));
        *place(instance) = copy;
        let fields = (*instance).reserved[1] as *mut MI_Instance;
        if !fields.is_null() {
            *place(fields) = copy;
        }
    }
    Ok(())
}

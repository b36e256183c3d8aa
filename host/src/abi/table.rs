//! The function table of instances, `MI_InstanceFT`.

use super::instance::{self, HeaderText, Located, is_ours, locate, set_header_text};
use super::memory::{Outcome, bytes, guard, put, put_if_wanted};
use super::{class, dynamic};
use omi::Type;
use omi_sys::*;

/// What `MI_Instance.ft` points to.
pub(super) static INSTANCE_FT: MI_InstanceFT = MI_InstanceFT {
    Clone: Some(clone),
    Destruct: Some(destruct),
    Delete: Some(delete),
    IsA: Some(is_a),
    GetClassName: Some(get_class_name),
    SetNameSpace: Some(set_name_space),
    GetNameSpace: Some(get_name_space),
    GetElementCount: Some(get_element_count),
    AddElement: Some(add_element),
    SetElement: Some(set_element),
    SetElementAt: Some(set_element_at),
    GetElement: Some(get_element),
    GetElementAt: Some(get_element_at),
    ClearElement: Some(clear_element),
    ClearElementAt: Some(clear_element_at),
    GetServerName: Some(get_server_name),
    SetServerName: Some(set_server_name),
    GetClass: Some(get_class),
};

/// The flags of a value, as opposed to those of its declaration.
const VALUE_FLAGS: u32 = MI_FLAG_NULL | MI_FLAG_BORROW | MI_FLAG_ADOPT | MI_FLAG_NOT_MODIFIED;

// Every function below is called by a provider through `INSTANCE_FT` with an instance of ours, or a byte copy of a
// static one. As C has it, pointers are NULL or valid for their purpose; that is all that the SAFETY lines rest on.

/// Checks that an instance that is about to be changed is ours.
unsafe fn ours(instance: *const MI_Instance) -> Outcome {
    // SAFETY: NULL or valid.
    match unsafe { instance.as_ref() } {
        Some(head) if is_ours(head) => Ok(()),
        _ => Err(MI_RESULT_INVALID_PARAMETER),
    }
}

/// The place of a named element; INVALID_PARAMETER without a name.
unsafe fn find(located: &Located<'_>, name: *const MI_Char) -> Outcome<u32> {
    // SAFETY: NULL or a C string.
    located.find(unsafe { bytes(name) }.ok_or(MI_RESULT_INVALID_PARAMETER)?.to_bytes())
}

unsafe extern "C" fn clone(self_: *const MI_Instance, new_instance: *mut *mut MI_Instance) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(new_instance, std::ptr::null_mut())?;
        ours(self_)?;
        put(new_instance, instance::clone(self_)?)
    })
}

unsafe extern "C" fn destruct(self_: *mut MI_Instance) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        ours(self_)?;
        instance::destruct(self_)
    })
}

unsafe extern "C" fn delete(self_: *mut MI_Instance) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        ours(self_)?;
        instance::delete(self_);
        Ok(())
    })
}

unsafe extern "C" fn is_a(
    self_: *const MI_Instance,
    class_decl: *const MI_ClassDecl,
    flag: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: NULL or valid; superclasses are declarations of the same library.
    guard(|| unsafe {
        put(flag, MI_FALSE)?;
        if class_decl.is_null() {
            return Err(MI_RESULT_INVALID_PARAMETER);
        }
        // The declaration of a method ends before it could have a superclass.
        let is_class = locate(self_)?.decl.flags & MI_FLAG_METHOD == 0;
        let mut at = (*self_).classDecl;
        while at != class_decl {
            at = if is_class { (*at).superClassDecl } else { std::ptr::null() };
            if at.is_null() {
                return Ok(());
            }
        }
        put(flag, MI_TRUE)
    })
}

unsafe extern "C" fn get_class_name(self_: *const MI_Instance, class_name: *mut *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(class_name, std::ptr::null())?;
        put(class_name, locate(self_)?.decl.name)
    })
}

unsafe extern "C" fn set_name_space(self_: *mut MI_Instance, name_space: *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        ours(self_)?;
        set_header_text(self_, HeaderText::NameSpace, name_space)
    })
}

unsafe extern "C" fn get_name_space(self_: *const MI_Instance, name_space: *mut *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(name_space, std::ptr::null())?;
        put(name_space, self_.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?.nameSpace)
    })
}

unsafe extern "C" fn set_server_name(self_: *mut MI_Instance, name: *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        ours(self_)?;
        set_header_text(self_, HeaderText::ServerName, name)
    })
}

unsafe extern "C" fn get_server_name(self_: *const MI_Instance, name: *mut *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(name, std::ptr::null())?;
        put(name, self_.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?.serverName)
    })
}

unsafe extern "C" fn get_element_count(self_: *const MI_Instance, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(count, 0)?;
        put(count, locate(self_)?.count())
    })
}

unsafe extern "C" fn add_element(
    self_: *mut MI_Instance,
    name: *const MI_Char,
    value: *const MI_Value,
    type_: MI_Type,
    flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        ours(self_)?;
        if dynamic::of(&*self_).is_none() {
            return Err(MI_RESULT_FAILED);
        }
        let name = bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let kind = Type::from_code(type_.0).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        if !dynamic::is_cim_name(name.to_bytes()) {
            return Err(MI_RESULT_INVALID_PARAMETER);
        }
        if locate(self_)?.find(name.to_bytes()).is_ok() {
            return Err(MI_RESULT_ALREADY_EXISTS);
        }
        let place = dynamic::append(self_, name, kind, flags & !VALUE_FLAGS)?;
        locate(self_)?.field(place)?.field.set(value, flags)
    })
}

unsafe extern "C" fn set_element(
    self_: *mut MI_Instance,
    name: *const MI_Char,
    value: *const MI_Value,
    type_: MI_Type,
    flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let located = locate(self_)?;
        set(&located, find(&located, name)?, value, type_, flags)
    })
}

unsafe extern "C" fn set_element_at(
    self_: *mut MI_Instance,
    index: MI_Uint32,
    value: *const MI_Value,
    type_: MI_Type,
    flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { set(&locate(self_)?, index, value, type_, flags) })
}

unsafe fn set(located: &Located<'_>, index: u32, value: *const MI_Value, type_: MI_Type, flags: u32) -> Outcome {
    let located = located.field(index)?;
    if located.kind.code() != type_.0 {
        return Err(MI_RESULT_TYPE_MISMATCH);
    }
    // SAFETY: NULL or a value of the given type, which is the field's.
    unsafe { located.field.set(value, flags) }
}

unsafe extern "C" fn get_element(
    self_: *const MI_Instance,
    name: *const MI_Char,
    value: *mut MI_Value,
    type_: *mut MI_Type,
    flags: *mut MI_Uint32,
    index: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let located = locate(self_)?;
        let place = find(&located, name)?;
        put_if_wanted(index, place);
        get(&located, place, value, type_, flags)
    })
}

unsafe extern "C" fn get_element_at(
    self_: *const MI_Instance,
    index: MI_Uint32,
    name: *mut *const MI_Char,
    value: *mut MI_Value,
    type_: *mut MI_Type,
    flags: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let located = locate(self_)?;
        put_if_wanted(name, located.field(index)?.decl.name);
        get(&located, index, value, type_, flags)
    })
}

unsafe fn get(
    located: &Located<'_>,
    index: u32,
    value: *mut MI_Value,
    type_: *mut MI_Type,
    flags: *mut MI_Uint32,
) -> Outcome {
    let located = located.field(index)?;
    let null = if located.field.exists() { 0 } else { MI_FLAG_NULL };
    let unmodified = if located.field.is_modified() { 0 } else { MI_FLAG_NOT_MODIFIED };
    // SAFETY: NULL or valid.
    unsafe {
        put_if_wanted(value, located.field.value());
        put_if_wanted(type_, MI_Type(located.kind.code()));
        put_if_wanted(flags, located.decl.flags | null | unmodified);
    }
    Ok(())
}

unsafe extern "C" fn clear_element(self_: *mut MI_Instance, name: *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let located = locate(self_)?;
        located.field(find(&located, name)?)?.field.clear();
        Ok(())
    })
}

unsafe extern "C" fn clear_element_at(self_: *mut MI_Instance, index: MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        locate(self_)?.field(index)?.field.clear();
        Ok(())
    })
}

unsafe extern "C" fn get_class(self_: *const MI_Instance, instance_class: *mut *mut MI_Class) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(instance_class, std::ptr::null_mut())?;
        put(instance_class, class::new_of(self_)?)
    })
}

//! Views into a declaration: qualifier sets and parameter sets.

use crate::abi::memory::{Outcome, bytes, element, guard, put, put_if_wanted};
use crate::abi::value::{load, zero};
use omi::Type;
use omi_sys::*;
use std::ptr;

static QUALIFIER_SET_FT: MI_QualifierSetFT = MI_QualifierSetFT {
    GetQualifierCount: Some(get_qualifier_count),
    GetQualifierAt: Some(get_qualifier_at),
    GetQualifier: Some(get_qualifier),
};

static PARAMETER_SET_FT: MI_ParameterSetFT = MI_ParameterSetFT {
    GetMethodReturnType: Some(get_method_return_type),
    GetParameterCount: Some(get_parameter_count),
    GetParameterAt: Some(get_parameter_at),
    GetParameter: Some(get_parameter),
};

// As in `table`: pointers are NULL or valid for their purpose, and the objects are ours.

/// The place of the named one among `count` declarations whose names `name_at` tells.
pub(super) unsafe fn find(
    name: *const MI_Char,
    count: u32,
    otherwise: MI_Result,
    name_at: impl Fn(u32) -> *const MI_Char,
) -> Outcome<u32> {
    // SAFETY: NULL or C strings.
    unsafe {
        let name = bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?.to_bytes();
        let same = |index: &u32| bytes(name_at(*index)).is_some_and(|it| it.to_bytes().eq_ignore_ascii_case(name));
        (0..count).find(same).ok_or(otherwise)
    }
}

/// A constant of a declaration; zero when it is NULL or of no known type.
pub(super) unsafe fn constant(value: *const std::ffi::c_void, code: u32) -> MI_Value {
    match Type::from_code(code) {
        // SAFETY: a declaration's constant has the declared type.
        Some(kind) if !value.is_null() => unsafe { load(value.cast(), kind) },
        _ => zero(),
    }
}

pub(super) fn qualifiers(list: *const *const MI_Qualifier, count: u32) -> MI_QualifierSet {
    let count = if list.is_null() { 0 } else { count };
    MI_QualifierSet { reserved1: count.into(), reserved2: list as isize, ft: &raw const QUALIFIER_SET_FT }
}

unsafe extern "C" fn get_qualifier_count(self_: *const MI_QualifierSet, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid. `qualifiers` made the number from a u32.
    guard(|| unsafe { put(count, self_.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?.reserved1 as u32) })
}

unsafe extern "C" fn get_qualifier_at(
    self_: *const MI_QualifierSet,
    index: MI_Uint32,
    name: *mut *const MI_Char,
    qualifier_type: *mut MI_Type,
    qualifier_flags: *mut MI_Uint32,
    qualifier_value: *mut MI_Value,
) -> MI_Result {
    // SAFETY: NULL or valid; `qualifiers` stored the list and its length.
    guard(|| unsafe {
        let set = self_.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let list = set.reserved2 as *const *const MI_Qualifier;
        let qualifier = (u64::from(index) < set.reserved1).then(|| element(list, index)).flatten();
        let qualifier = qualifier.ok_or(MI_RESULT_INVALID_PARAMETER)?;
        put_if_wanted(name, qualifier.name);
        put_if_wanted(qualifier_type, MI_Type(qualifier.type_));
        put_if_wanted(qualifier_flags, qualifier.flavor);
        put_if_wanted(qualifier_value, constant(qualifier.value, qualifier.type_));
        Ok(())
    })
}

unsafe extern "C" fn get_qualifier(
    self_: *const MI_QualifierSet,
    name: *const MI_Char,
    qualifier_type: *mut MI_Type,
    qualifier_flags: *mut MI_Uint32,
    qualifier_value: *mut MI_Value,
    index: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid; `qualifiers` stored the list and its length.
    guard(|| unsafe {
        let set = self_.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let list = set.reserved2 as *const *const MI_Qualifier;
        let name_at = |place| element(list, place).map_or(ptr::null(), |qualifier| qualifier.name);
        let place = find(name, set.reserved1 as u32, MI_RESULT_NOT_FOUND, name_at)?;
        put_if_wanted(index, place);
        match get_qualifier_at(self_, place, ptr::null_mut(), qualifier_type, qualifier_flags, qualifier_value) {
            MI_RESULT_OK => Ok(()),
            code => Err(code),
        }
    })
}

pub(super) fn parameters(method: &MI_MethodDecl) -> MI_ParameterSet {
    MI_ParameterSet { reserved1: 0, reserved2: ptr::from_ref(method) as isize, ft: &raw const PARAMETER_SET_FT }
}

unsafe fn method<'a>(set: *const MI_ParameterSet) -> Outcome<&'a MI_MethodDecl> {
    // SAFETY: NULL or a set of `parameters`, which stored the declaration.
    unsafe { set.as_ref().and_then(|set| (set.reserved2 as *const MI_MethodDecl).as_ref()) }
        .ok_or(MI_RESULT_INVALID_PARAMETER)
}

unsafe extern "C" fn get_method_return_type(
    self_: *const MI_ParameterSet,
    return_type: *mut MI_Type,
    qualifier_set: *mut MI_QualifierSet,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let method = method(self_)?;
        put_if_wanted(return_type, MI_Type(method.returnType));
        put_if_wanted(qualifier_set, qualifiers(ptr::null(), 0));
        Ok(())
    })
}

/// The parameters of a method begin behind `MIReturn`, which the declaration lists first.
const RETURN_VALUES: u32 = 1;

unsafe extern "C" fn get_parameter_count(self_: *const MI_ParameterSet, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { put(count, method(self_)?.numParameters.saturating_sub(RETURN_VALUES)) })
}

unsafe extern "C" fn get_parameter_at(
    self_: *const MI_ParameterSet,
    index: MI_Uint32,
    name: *mut *const MI_Char,
    parameter_type: *mut MI_Type,
    reference_class: *mut *mut MI_Char,
    qualifier_set: *mut MI_QualifierSet,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let method = method(self_)?;
        let place = index.checked_add(RETURN_VALUES).filter(|place| *place < method.numParameters);
        let parameter = place.and_then(|place| element(method.parameters, place));
        let parameter: &MI_ParameterDecl = parameter.ok_or(MI_RESULT_INVALID_PARAMETER)?;
        put_if_wanted(name, parameter.name);
        put_if_wanted(parameter_type, MI_Type(parameter.type_));
        put_if_wanted(reference_class, parameter.className.cast_mut());
        put_if_wanted(qualifier_set, qualifiers(parameter.qualifiers, parameter.numQualifiers));
        Ok(())
    })
}

unsafe extern "C" fn get_parameter(
    self_: *const MI_ParameterSet,
    name: *const MI_Char,
    parameter_type: *mut MI_Type,
    reference_class: *mut *mut MI_Char,
    qualifier_set: *mut MI_QualifierSet,
    index: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let method = method(self_)?;
        let count = method.numParameters.saturating_sub(RETURN_VALUES);
        let name_at = |place| element(method.parameters, place + RETURN_VALUES).map_or(ptr::null(), |it| it.name);
        let place = find(name, count, MI_RESULT_NOT_FOUND, name_at)?;
        put_if_wanted(index, place);
        match get_parameter_at(self_, place, ptr::null_mut(), parameter_type, reference_class, qualifier_set) {
            MI_RESULT_OK => Ok(()),
            code => Err(code),
        }
    })
}

//! Instances of the test host: a header, and behind it an [`Instance`].

use crate::abi::read;
use crate::value::ValueRef;
use crate::{Instance, Property, Type, Value};
use omi_sys::*;
use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

/// What stands behind a header, by its first reserved word.
struct Body {
    instance: Instance,
    /// What the host has lent out of the instance.
    lent: Vec<Box<dyn Any>>,
}

static TABLE: MI_InstanceFT = MI_InstanceFT {
    Clone: None,
    Destruct: Some(destruct),
    Delete: Some(delete),
    IsA: None,
    GetClassName: Some(class_name),
    SetNameSpace: Some(set_namespace),
    GetNameSpace: Some(namespace),
    GetElementCount: Some(count),
    AddElement: Some(add),
    SetElement: None,
    SetElementAt: Some(set_at),
    GetElement: None,
    GetElementAt: Some(get_at),
    ClearElement: None,
    ClearElementAt: None,
    GetServerName: None,
    SetServerName: None,
    GetClass: None,
};

fn header(instance: Instance) -> MI_Instance {
    let body = Box::into_raw(Box::new(Body { instance, lent: Vec::new() }));
    MI_Instance {
        ft: &TABLE,
        classDecl: ptr::null(),
        serverName: ptr::null(),
        nameSpace: ptr::null(),
        reserved: [body.expose_provenance().cast_signed(), 0, 0, 0],
    }
}

fn body<'a>(instance: *const MI_Instance) -> &'a mut Body {
    // SAFETY: every instance of this host was made by `header` and is used by one thread at a time.
    unsafe { &mut *ptr::with_exposed_provenance_mut::<Body>((*instance).reserved[0].cast_unsigned()) }
}

/// An empty instance in memory of the caller.
pub(super) unsafe fn construct(
    name: *const MI_Char,
    elements: impl Iterator<Item = (*const MI_Char, u32, u32)>,
    memory: *mut MI_Instance,
) {
    // SAFETY: declarations have names, and the memory has room for a header.
    unsafe {
        let mut instance = Instance::new(read::text(name).unwrap());
        for (name, kind, flags) in elements {
            let (name, kind) = (read::text(name).unwrap().into(), Type::from_code(kind).unwrap());
            instance.push(Property { name, kind, flags, value: None });
        }
        memory.write(header(instance));
    }
}

/// An instance on the heap.
pub(super) fn new(instance: Instance) -> *mut MI_Instance {
    Box::into_raw(Box::new(header(instance)))
}

/// The instance behind a header.
pub(super) fn contents(instance: *const MI_Instance) -> Instance {
    body(instance).instance.clone()
}

unsafe extern "C" fn destruct(instance: *mut MI_Instance) -> MI_Result {
    // SAFETY: as for `body`; the caller uses the instance no more.
    drop(unsafe { Box::from_raw(body(instance)) });
    MI_RESULT_OK
}

unsafe extern "C" fn delete(instance: *mut MI_Instance) -> MI_Result {
    // SAFETY: `new` made it.
    unsafe {
        let _ = destruct(instance);
        drop(Box::from_raw(instance));
    }
    MI_RESULT_OK
}

fn lend_text(body: &mut Body, text: &str) -> *mut c_char {
    let text = CString::new(text).unwrap();
    let pointer = text.as_ptr().cast_mut();
    body.lent.push(Box::new(text));
    pointer
}

unsafe extern "C" fn class_name(instance: *const MI_Instance, name: *mut *const MI_Char) -> MI_Result {
    let text = body(instance).instance.class_name().to_owned();
    // SAFETY: the caller's out-parameter.
    unsafe { *name = lend_text(body(instance), &text) };
    MI_RESULT_OK
}

unsafe extern "C" fn set_namespace(instance: *mut MI_Instance, namespace: *const MI_Char) -> MI_Result {
    // SAFETY: NULL or a text.
    body(instance).instance.set_namespace(unsafe { read::text(namespace) }.map(Into::into));
    MI_RESULT_OK
}

unsafe extern "C" fn namespace(instance: *const MI_Instance, namespace: *mut *const MI_Char) -> MI_Result {
    let text = body(instance).instance.namespace().map(str::to_owned);
    // SAFETY: the caller's out-parameter.
    unsafe { *namespace = text.map_or(ptr::null(), |text| lend_text(body(instance), &text).cast_const()) };
    MI_RESULT_OK
}

unsafe extern "C" fn count(instance: *const MI_Instance, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: the caller's out-parameter.
    unsafe { *count = body(instance).instance.properties().len() as u32 };
    MI_RESULT_OK
}

unsafe extern "C" fn add(
    instance: *mut MI_Instance,
    name: *const MI_Char,
    value: *const MI_Value,
    kind: MI_Type,
    flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: the caller's arguments.
    unsafe {
        let kind = Type::from_code(kind.0).unwrap();
        let value = value.as_ref().and_then(|value| read::value(kind, value));
        let (name, flags) = (read::text(name).unwrap().into(), flags & !MI_FLAG_NULL);
        body(instance).instance.push(Property { name, kind, flags, value });
    }
    MI_RESULT_OK
}

unsafe extern "C" fn set_at(
    instance: *mut MI_Instance,
    index: MI_Uint32,
    value: *const MI_Value,
    kind: MI_Type,
    _flags: MI_Uint32,
) -> MI_Result {
    let body = body(instance);
    let mut properties = body.instance.properties().to_vec();
    let property = &mut properties[index as usize];
    if property.kind.code() != kind.0 {
        return MI_RESULT_TYPE_MISMATCH;
    }
    // SAFETY: the caller's value is of this type.
    property.value = unsafe { read::value(property.kind, &*value) };
    let mut changed = Instance::new(body.instance.class_name());
    changed.set_namespace(body.instance.namespace().map(Into::into));
    properties.into_iter().for_each(|property| changed.push(property));
    body.instance = changed;
    MI_RESULT_OK
}

unsafe extern "C" fn get_at(
    instance: *const MI_Instance,
    index: MI_Uint32,
    name: *mut *const MI_Char,
    value: *mut MI_Value,
    kind: *mut MI_Type,
    flags: *mut MI_Uint32,
) -> MI_Result {
    let property = body(instance).instance.properties()[index as usize].clone();
    // SAFETY: the caller's out-parameters.
    unsafe {
        *name = lend_text(body(instance), &property.name);
        *kind = MI_Type(property.kind.code());
        *flags = property.flags | if property.value.is_none() { MI_FLAG_NULL } else { 0 };
        if let Some(lent) = property.value {
            *value = lend(body(instance), lent);
        }
    }
    MI_RESULT_OK
}

/// The value as a host hands it out: borrowed from the instance.
fn lend(body: &mut Body, value: Value) -> MI_Value {
    let value = Box::new(value);
    let mut lent = read::no_value();
    match value.as_ref().as_ref() {
        ValueRef::String(text) => lent.string = lend_text(body, text),
        ValueRef::Reference(it) | ValueRef::Instance(it) => lent.instance = lend_instance(body, it),
        ValueRef::StringArray(items) => {
            let items = items.iter().map(|it| lend_text(body, it)).collect();
            lent.array = lend_array::<*mut c_char>(body, items);
        }
        ValueRef::ReferenceArray(items) | ValueRef::InstanceArray(items) => {
            let items = items.iter().map(|it| lend_instance(body, it)).collect();
            lent.array = lend_array::<*mut MI_Instance>(body, items);
        }
        // Numbers and their arrays have no pointers in them, so what is written for one call serves for all.
        plain if !value.kind().is_array() => {
            lent = crate::abi::write::with_value(&super::host::Nothing, plain, |value| *value).unwrap();
        }
        plain => {
            lent = crate::abi::write::with_value(&super::host::Nothing, plain, |value| {
                // SAFETY: the array lives for this call.
                let array = unsafe { value.array };
                let bytes = array.size as usize * element_size(plain);
                // SAFETY: as above; MI_Datetime, the largest element, needs no more than the alignment of u64.
                let copy = unsafe { copy_of(array.data, bytes) };
                let data = copy.as_ptr().cast_mut().cast();
                body.lent.push(Box::new(copy));
                MI_Value { array: MI_Array { data, size: array.size } }
            })
            .unwrap();
        }
    }
    body.lent.push(value);
    lent
}

fn element_size(array: ValueRef<'_>) -> usize {
    match array {
        ValueRef::BooleanArray(_) | ValueRef::Uint8Array(_) | ValueRef::Sint8Array(_) => 1,
        ValueRef::Uint16Array(_) | ValueRef::Sint16Array(_) | ValueRef::Char16Array(_) => 2,
        ValueRef::Uint32Array(_) | ValueRef::Sint32Array(_) | ValueRef::Real32Array(_) => 4,
        ValueRef::DatetimeArray(_) => size_of::<MI_Datetime>(),
        _ => 8,
    }
}

unsafe fn copy_of(data: *const c_void, bytes: usize) -> Vec<u64> {
    let mut copy = vec![0_u64; bytes.div_ceil(8)];
    if bytes > 0 {
        // SAFETY: by the caller's promise `data` has so many bytes.
        unsafe { ptr::copy_nonoverlapping(data.cast::<u8>(), copy.as_mut_ptr().cast(), bytes) };
    }
    copy
}

fn lend_array<T: 'static>(body: &mut Body, items: Vec<T>) -> MI_Array {
    let array = MI_Array { data: items.as_ptr().cast_mut().cast(), size: items.len() as u32 };
    body.lent.push(Box::new(items));
    array
}

/// An instance that goes with the one that lends it.
struct Lent(*mut MI_Instance);

impl Drop for Lent {
    fn drop(&mut self) {
        // SAFETY: `lend_instance` made it.
        let _ = unsafe { delete(self.0) };
    }
}

fn lend_instance(body: &mut Body, instance: &Instance) -> *mut MI_Instance {
    let pointer = new(instance.clone());
    body.lent.push(Box::new(Lent(pointer)));
    pointer
}

/// The name in a declaration.
pub(super) fn name(text: *const MI_Char) -> String {
    // SAFETY: declarations have names.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned()
}

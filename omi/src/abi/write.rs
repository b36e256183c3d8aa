//! Rust values to host memory.

use super::context::Context;
use super::maker::Maker;
use super::relay::Ready;
use crate::value::ValueRef;
use crate::{Datetime, Error, Instance, Interval, Property, Result, ResultCode, Type, flags};
use omi_sys::*;
use std::ffi::{CStr, CString, c_char};
use std::ptr::{self, NonNull};

/// The text as MI carries it. A NUL cannot be inside an MI string, so it becomes U+FFFD.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default())
}

/// Calls `with` with the text as MI carries it. A short one, as most are, costs no allocation: an instance has many.
fn with_text<R>(text: &str, with: impl FnOnce(*const c_char) -> R) -> R {
    const SHORT: usize = 64;
    if text.len() < SHORT && !text.as_bytes().contains(&0) {
        let mut buffer = [0_u8; SHORT];
        buffer[..text.len()].copy_from_slice(text.as_bytes());
        with(buffer.as_ptr().cast())
    } else {
        with(c_string(text).as_ptr())
    }
}

/// The texts as MI carries them, one behind the other, and where each begins.
fn joined(texts: &[String]) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = Vec::with_capacity(texts.iter().map(|text| text.len() + 1).sum());
    let place = |text: &String| {
        let place = bytes.len();
        if text.as_bytes().contains(&0) {
            bytes.extend(c_string(text).as_bytes());
        } else {
            bytes.extend(text.as_bytes());
        }
        bytes.push(0);
        place
    };
    let places = texts.iter().map(place).collect();
    (bytes, places)
}

/// Calls `with` with the value in MI form, which lives as long as that call.
pub(crate) fn with_value<R>(maker: &dyn Maker, value: ValueRef<'_>, with: impl FnOnce(&MI_Value) -> R) -> Result<R> {
    Ok(match value {
        ValueRef::Boolean(it) => with(&MI_Value { boolean: it.into() }),
        ValueRef::Uint8(it) => with(&MI_Value { uint8: it }),
        ValueRef::Sint8(it) => with(&MI_Value { sint8: it }),
        ValueRef::Uint16(it) => with(&MI_Value { uint16: it }),
        ValueRef::Sint16(it) => with(&MI_Value { sint16: it }),
        ValueRef::Uint32(it) => with(&MI_Value { uint32: it }),
        ValueRef::Sint32(it) => with(&MI_Value { sint32: it }),
        ValueRef::Uint64(it) => with(&MI_Value { uint64: it }),
        ValueRef::Sint64(it) => with(&MI_Value { sint64: it }),
        ValueRef::Real32(it) => with(&MI_Value { real32: it }),
        ValueRef::Real64(it) => with(&MI_Value { real64: it }),
        ValueRef::Char16(it) => with(&MI_Value { char16: it.0 }),
        ValueRef::Datetime(it) => with(&MI_Value { datetime: datetime(it) }),
        ValueRef::String(it) => with_text(it, |text| with(&MI_Value { string: text.cast_mut() })),
        ValueRef::Reference(it) | ValueRef::Instance(it) => {
            let instance = HostInstance::dynamic(maker, it, flags::CLASS)?;
            with(&MI_Value { instance: instance.as_ptr() })
        }
        ValueRef::BooleanArray(items) => with(&array(items)),
        ValueRef::Uint8Array(items) => with(&array(items)),
        ValueRef::Sint8Array(items) => with(&array(items)),
        ValueRef::Uint16Array(items) => with(&array(items)),
        ValueRef::Sint16Array(items) => with(&array(items)),
        ValueRef::Uint32Array(items) => with(&array(items)),
        ValueRef::Sint32Array(items) => with(&array(items)),
        ValueRef::Uint64Array(items) => with(&array(items)),
        ValueRef::Sint64Array(items) => with(&array(items)),
        ValueRef::Real32Array(items) => with(&array(items)),
        ValueRef::Real64Array(items) => with(&array(items)),
        ValueRef::Char16Array(items) => with(&array(&items.iter().map(|it| it.0).collect::<Vec<u16>>())),
        ValueRef::DatetimeArray(items) => with(&array(&items.iter().copied().map(datetime).collect::<Vec<_>>())),
        ValueRef::StringArray(items) => {
            let (texts, places) = joined(items);
            let pointers: Vec<*const u8> = places.into_iter().map(|place| texts[place..].as_ptr()).collect();
            with(&array(&pointers))
        }
        ValueRef::ReferenceArray(items) | ValueRef::InstanceArray(items) => {
            let instances = items
                .iter()
                .map(|it| HostInstance::dynamic(maker, it, flags::CLASS))
                .collect::<Result<Vec<HostInstance>>>()?;
            let pointers: Vec<*mut MI_Instance> = instances.iter().map(HostInstance::as_ptr).collect();
            with(&array(&pointers))
        }
    })
}

/// An array that borrows `items`. omiserver fails on a pointer with length 0, so an empty array has none.
fn array<T>(items: &[T]) -> MI_Value {
    let data = if items.is_empty() { ptr::null_mut() } else { items.as_ptr().cast_mut().cast() };
    // An MI array counts its elements in 32 bits; longer ones cannot be carried and are cut.
    let size = u32::try_from(items.len()).unwrap_or(u32::MAX);
    MI_Value { array: MI_Array { data, size } }
}

pub(crate) fn datetime(value: Datetime) -> MI_Datetime {
    match value {
        Datetime::Timestamp(it) => MI_Datetime {
            isTimestamp: 1,
            u: MI_DatetimeUnion {
                timestamp: MI_Timestamp {
                    year: it.year,
                    month: it.month,
                    day: it.day,
                    hour: it.hour,
                    minute: it.minute,
                    second: it.second,
                    microseconds: it.microseconds,
                    utc: it.utc,
                },
            },
        },
        Datetime::Interval(it) => MI_Datetime { isTimestamp: 0, u: MI_DatetimeUnion { interval: interval(it) } },
    }
}

pub(crate) fn interval(it: Interval) -> MI_Interval {
    MI_Interval {
        days: it.days,
        hours: it.hours,
        minutes: it.minutes,
        seconds: it.seconds,
        microseconds: it.microseconds,
        __padding1: 0,
        __padding2: 0,
        __padding3: 0,
    }
}

/// Sets the element at a place of an instance with a static declaration. The host copies the value.
///
/// # Safety
/// `instance` is a live instance of the host.
pub(crate) unsafe fn set_element_at(
    maker: &dyn Maker,
    instance: *mut MI_Instance,
    index: u32,
    kind: Type,
    value: ValueRef<'_>,
) -> Result<()> {
    let result = with_value(maker, value, |value| {
        // SAFETY: a live instance has a table; the value lives for the call and is copied by the host.
        unsafe {
            match (*instance).ft.as_ref().and_then(|table| table.SetElementAt) {
                Some(set) => set(instance, index, value, MI_Type(kind.code()), 0),
                None => MI_RESULT_NOT_SUPPORTED,
            }
        }
    })?;
    match ResultCode(result.0) {
        ResultCode::OK => Ok(()),
        code => Err(Error::new(code, format!("the host refused element {index} ({kind}): {}", code.description()))),
    }
}

/// `AddElement` and `SetElement` of an instance's table.
type TakeElement = unsafe extern "C" fn(*mut MI_Instance, *const MI_Char, *const MI_Value, MI_Type, u32) -> MI_Result;

/// An instance on the host's heap, deleted when this value goes.
pub(crate) struct HostInstance(NonNull<MI_Instance>);

// SAFETY: the value alone owns the instance, and hosts let any thread use and delete it.
unsafe impl Send for HostInstance {}

impl HostInstance {
    /// An instance whose elements are those of `instance` and nothing else. `kind` is `flags::CLASS` or what else it
    /// is an instance of.
    pub(crate) fn dynamic(maker: &dyn Maker, instance: &Instance, kind: u32) -> Result<Self> {
        let target = Self(maker.new_dynamic_instance(&c_string(instance.class_name()), kind)?);
        if let Some(namespace) = instance.namespace() {
            target.set_namespace(&c_string(namespace));
        }
        for property in instance.properties() {
            let keep = property.flags & !(flags::BORROW | flags::NULL | flags::NOT_MODIFIED);
            target.element(maker, instance, property, &property.name, |table| table.AddElement, keep)?;
        }
        Ok(target)
    }

    /// An instance of a declared class with the elements of `instance`, which the class must declare too.
    pub(crate) fn declared(context: &Context, class: &'static MI_ClassDecl, instance: &Instance) -> Result<Self> {
        let target = Self(context.new_instance(class)?);
        target.set_elements(context, instance, |name| name)?;
        Ok(target)
    }

    /// Parameters of a declared method with the elements of `parameters`; `ReturnValue` is the return value.
    pub(crate) fn parameters(context: &Context, method: &'static MI_MethodDecl, parameters: &Instance) -> Result<Self> {
        let target = Self(context.new_parameters(method)?);
        target.set_elements(context, parameters, |name| if name == "ReturnValue" { "MIReturn" } else { name })?;
        Ok(target)
    }

    /// Sets declared elements by their names.
    fn set_elements(&self, context: &Context, instance: &Instance, declared_name: fn(&str) -> &str) -> Result<()> {
        let given = instance.properties().iter().filter(|property| property.value.is_some());
        for property in given {
            self.element(context, instance, property, declared_name(&property.name), |table| table.SetElement, 0)?;
        }
        Ok(())
    }

    pub(crate) fn set_namespace(&self, namespace: &CStr) {
        // SAFETY: the instance is live.
        unsafe { set_namespace(self.as_ptr(), namespace) };
    }

    /// Hands a property of `instance` to a function of the instance's table that takes elements, under this name.
    fn element(
        &self,
        maker: &dyn Maker,
        instance: &Instance,
        property: &Property,
        name: &str,
        function: impl Fn(&MI_InstanceFT) -> Option<TakeElement>,
        element_flags: u32,
    ) -> Result<()> {
        let c_name = c_string(name);
        let take = |value: *const MI_Value, extra: u32| {
            let kind = MI_Type(property.kind.code());
            // SAFETY: the instance is live; name and value live for the call and are copied.
            unsafe {
                match (*self.as_ptr()).ft.as_ref().and_then(&function) {
                    Some(take) => take(self.as_ptr(), c_name.as_ptr(), value, kind, element_flags | extra),
                    None => MI_RESULT_NOT_SUPPORTED,
                }
            }
        };
        let result = match &property.value {
            Some(value) => with_value(maker, value.as_ref(), |value| take(value, 0))?,
            None => take(ptr::null(), flags::NULL),
        };
        match ResultCode(result.0) {
            ResultCode::OK => Ok(()),
            code => {
                let (class, reason) = (instance.class_name(), code.description());
                Err(Error::new(code, format!("the host refused {class}.{name}: {reason}")))
            }
        }
    }

    pub(crate) fn as_ptr(&self) -> *mut MI_Instance {
        self.0.as_ptr()
    }

    /// Posts the instance.
    pub(crate) fn post(self, context: &Context) -> Result<()> {
        match context.relay() {
            Some(relay) => relay.post(context, Ready::Host(self)),
            None => context.raw().post_instance(self.as_ptr()),
        }
    }
}

impl Drop for HostInstance {
    fn drop(&mut self) {
        // SAFETY: the instance is live and was made by the host's New function, so Delete frees it.
        unsafe {
            if let Some(delete) = self.0.as_ref().ft.as_ref().and_then(|table| table.Delete) {
                let _ = delete(self.0.as_ptr());
            }
        }
    }
}

/// Sets the namespace; a host without that call sends the instance without one.
///
/// # Safety
/// `instance` is a live instance of the host.
pub(crate) unsafe fn set_namespace(instance: *mut MI_Instance, namespace: &CStr) {
    // SAFETY: a live instance has a table; the host copies the text.
    unsafe {
        if let Some(set) = (*instance).ft.as_ref().and_then(|table| table.SetNameSpace) {
            let _ = set(instance, namespace.as_ptr());
        }
    }
}

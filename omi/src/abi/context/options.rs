//! Locale and options of a request.

use super::{Context, support};
use crate::abi::read;
use crate::abi::write::c_string;
use crate::dialogue::Support;
use crate::{Property, Value};
use omi_sys::*;
use std::ffi::{CString, c_char};
use std::ptr;

impl Context {
    /// The locale of the given kind, if the host knows it.
    pub(crate) fn locale(&self, kind: MI_LocaleType) -> Option<String> {
        let (result, mut buffer) = self.get_locale(kind);
        if result != MI_RESULT_OK {
            return None;
        }
        *buffer.last_mut()? = 0;
        // SAFETY: the buffer ends with the NUL that was just written, and nothing else writes it.
        unsafe { read::text(buffer.as_ptr()) }.filter(|text| !text.is_empty())
    }

    /// Whether the host has the call, whether or not it knows a locale.
    pub(crate) fn locale_support(&self) -> Support {
        let (result, _) = self.get_locale(MI_LOCALE_TYPE_REQUESTED_UI);
        if result == MI_RESULT_NOT_SUPPORTED { Support::Unsupported } else { Support::Done }
    }

    fn get_locale(&self, kind: MI_LocaleType) -> (MI_Result, [c_char; MI_MAX_LOCALE_SIZE]) {
        let mut buffer = [0; MI_MAX_LOCALE_SIZE];
        (call!(self, GetLocale, kind, buffer.as_mut_ptr()), buffer)
    }

    /// The number of options that came with the request.
    pub(crate) fn option_count(&self) -> u32 {
        let mut count = 0;
        let result = call!(self, GetCustomOptionCount, &mut count);
        if result == MI_RESULT_OK { count } else { 0 }
    }

    /// The option at a place below [`option_count`](Self::option_count).
    pub(crate) fn option_at(&self, index: u32) -> Option<Property> {
        let mut name: *const c_char = ptr::null();
        let mut kind = MI_STRING;
        let mut value = read::no_value();
        if call!(self, GetCustomOptionAt, index, &mut name, &mut kind, &mut value) != MI_RESULT_OK {
            return None;
        }
        // SAFETY: the host reported success, so name and value are set and borrowed from the request.
        unsafe { read::property(name, kind, &value, 0) }.map(unwrapped)
    }

    /// The named option; `None` when it is absent.
    pub(crate) fn option(&self, name: &str) -> Option<Property> {
        let name = CString::new(name).ok()?;
        let mut kind = MI_STRING;
        let mut value = read::no_value();
        if call!(self, GetCustomOption, name.as_ptr(), &mut kind, &mut value) != MI_RESULT_OK {
            return None;
        }
        // SAFETY: the host reported success, so kind and value are set and borrowed from the request.
        unsafe { read::property(name.as_ptr(), kind, &value, 0) }.map(unwrapped)
    }

    /// The named option as text; `None` when it is absent or no string.
    pub(crate) fn option_text(&self, name: &str) -> Option<String> {
        let c_name = CString::new(name).ok()?;
        let mut value: *const c_char = ptr::null();
        if call!(self, GetStringOption, c_name.as_ptr(), &mut value) == MI_RESULT_OK {
            // SAFETY: the host reported success, so the text is set and borrowed from the request.
            return unsafe { read::text(value) };
        }
        match self.option(name)?.value? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The named option as a number. Over WS-Man every option is text, so text that is a number counts.
    pub(crate) fn option_number(&self, name: &str) -> Option<u32> {
        let c_name = CString::new(name).ok()?;
        let mut value = 0;
        if call!(self, GetNumberOption, c_name.as_ptr(), &mut value) == MI_RESULT_OK {
            return Some(value);
        }
        if let Some(text) = self.option_text(name) {
            return text.trim().parse().ok();
        }
        match self.option(name)?.value? {
            Value::Uint32(number) => Some(number),
            _ => None,
        }
    }

    /// Sets an option of the request.
    pub(crate) fn set_option(&self, name: &str, value: &str) -> Support {
        let (name, value) = (c_string(name), c_string(value));
        support(call!(self, SetStringOption, name.as_ptr(), value.as_ptr()))
    }
}

/// The option as its sender meant it: libmi wraps the value of a custom option in an instance, which omiserver hands on.
fn unwrapped(mut option: Property) -> Property {
    if let Some(Value::Instance(wrapped)) = &option.value
        && wrapped.class_name() == "_OMI_CustomOptionValue"
        && let Some(value) = wrapped.get("value").cloned()
    {
        option.kind = value.kind();
        option.value = Some(value);
    }
    option
}

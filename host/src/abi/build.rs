//! From owned instances to instances in memory, in the layout of the provider's own declarations.

use super::declaration::Declarations;
use super::dynamic;
use super::field::Field;
use super::instance::{self, locate};
use super::memory::{allocate, copy_text};
use super::value::{OwnedValue, text_block, zero};
use crate::engine::fits;
use omi::{Datetime, Error, Instance, Name, Property, Result, ResultCode, Type, Value};
use omi_sys::*;
use std::ffi::CString;
use std::ptr;

/// An instance on the heap that a provider is given.
pub(super) struct OwnedInstance(*mut MI_Instance);

// SAFETY: nothing in an instance belongs to a thread.
unsafe impl Send for OwnedInstance {}
// SAFETY: shared only as a pointer for the provider; a C provider does not write to its input in two threads at once.
unsafe impl Sync for OwnedInstance {}

impl OwnedInstance {
    /// An instance for a library: of its own class, or a dynamic one of a class that it does not declare.
    ///
    /// # Errors
    /// INVALID_CLASS, NO_SUCH_PROPERTY, TYPE_MISMATCH, or FAILED without memory.
    pub(super) fn of(source: &Instance, declarations: &Declarations) -> Result<Self> {
        match declarations.class(source.class_name()) {
            Some(_) => Self::of_class(source, declarations),
            None => Self::of_unknown_class(source, declarations),
        }
    }

    /// An instance of a class of the library. Elements of `source` that the class lacks are an error.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    fn of_class(source: &Instance, declarations: &Declarations) -> Result<Self> {
        let name = source.class_name();
        let decl = declarations.class(name).ok_or_else(|| unknown_class(name))?;
        // SAFETY: a declaration of the library.
        unsafe { Self::with_declaration(decl, source, declarations) }
    }

    /// An instance for a library that may declare only an ancestor of its class: it is of that class then, and has
    /// its elements only. Without any it is dynamic.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    pub(super) fn of_nearest(source: &Instance, ancestors: &[Name], declarations: &Declarations) -> Result<Self> {
        match ancestors.iter().find_map(|name| declarations.catalogue.class(name)) {
            Some(class) if declarations.class(source.class_name()).is_none() => {
                let mut based = Instance::new(class.name.clone());
                let known = source.properties().iter().filter(|it| class.property(&it.name).is_some());
                known.for_each(|it| based.push(it.clone()));
                Self::of_class(&based, declarations)
            }
            _ => Self::of(source, declarations),
        }
    }

    /// The parameters of a method.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    ///
    /// # Safety
    /// `method` is a declaration of the library.
    pub(super) unsafe fn of_method(
        method: *const MI_MethodDecl,
        source: &Instance,
        declarations: &Declarations,
    ) -> Result<Self> {
        // SAFETY: a method declaration begins like a class declaration, and an instance needs no more of it.
        unsafe { Self::with_declaration(method.cast(), source, declarations) }
    }

    unsafe fn with_declaration(
        decl: *const MI_ClassDecl,
        source: &Instance,
        declarations: &Declarations,
    ) -> Result<Self> {
        // SAFETY: the callers pass declarations of the library, which stays loaded.
        let built = Self(unsafe { instance::new(decl) }.map_err(out_of_memory)?);
        built.fill(source, declarations)?;
        Ok(built)
    }

    /// An instance for those who know no declaration of its class: all its elements, and its namespace.
    ///
    /// # Errors
    /// INVALID_CLASS, INVALID_PARAMETER for what C cannot spell, FAILED without memory.
    pub(super) fn dynamic(source: &Instance) -> Result<Self> {
        let built = Self::of_unknown_class(source, &Declarations::default())?;
        if let Some(namespace) = source.namespace() {
            let namespace = c_text(namespace)?;
            // SAFETY: an instance that was just made, and a C string.
            unsafe { instance::set_header_text(built.0, instance::HeaderText::NameSpace, namespace.as_ptr()) }
                .map_err(out_of_memory)?;
        }
        Ok(built)
    }

    /// An instance of a class that the library does not declare, which may be referred to.
    fn of_unknown_class(source: &Instance, declarations: &Declarations) -> Result<Self> {
        let class = c_text(source.class_name())?;
        let built = Self(dynamic::new(&class, MI_FLAG_CLASS).map_err(|_| unknown_class(source.class_name()))?);
        for Property { name, kind, flags, .. } in source.properties() {
            // SAFETY: a dynamic instance that nobody else has.
            unsafe { dynamic::append(built.0, &c_text(name)?, *kind, *flags) }.map_err(out_of_memory)?;
        }
        built.fill(source, declarations)?;
        Ok(built)
    }

    fn fill(&self, source: &Instance, declarations: &Declarations) -> Result<()> {
        // SAFETY: an instance that was just made.
        let located = unsafe { locate(self.0) }.map_err(out_of_memory)?;
        for Property { name, value, .. } in source.properties() {
            let place = located.find(name.as_bytes()).and_then(|index| located.field(index));
            let place = place.map_err(|_| {
                let class = source.class_name();
                Error::new(ResultCode::NO_SUCH_PROPERTY, format!("{class} has no element {name:?}"))
            })?;
            if let Some(value) = value {
                store(place.field, place.kind, value, declarations)
                    .map_err(|error| Error::new(error.code(), format!("{}.{name}: {error}", source.class_name())))?;
            }
        }
        Ok(())
    }

    /// What the provider is given; valid as long as this.
    pub(super) fn as_ptr(&self) -> *const MI_Instance {
        self.0
    }

    fn into_raw(self) -> *mut MI_Instance {
        std::mem::ManuallyDrop::new(self).0
    }
}

impl Drop for OwnedInstance {
    fn drop(&mut self) {
        // SAFETY: this owned the instance.
        unsafe { instance::delete(self.0) };
    }
}

fn store(field: Field, kind: Type, value: &Value, declarations: &Declarations) -> Result<()> {
    if !fits(value.kind(), kind) {
        return Err(Error::type_mismatch(format!("a {} value is given, but {kind} is expected", value.kind())));
    }
    field.adopt(owned(kind, value, declarations)?);
    Ok(())
}

/// A value that owns what it points to.
///
/// # Errors
/// INVALID_PARAMETER for text with a NUL character, INVALID_CLASS and others for instances.
pub(super) fn owned(kind: Type, value: &Value, declarations: &Declarations) -> Result<OwnedValue> {
    let mut made = zero();
    match value {
        Value::Boolean(it) => made.boolean = (*it).into(),
        Value::Uint8(it) => made.uint8 = *it,
        Value::Sint8(it) => made.sint8 = *it,
        Value::Uint16(it) => made.uint16 = *it,
        Value::Sint16(it) => made.sint16 = *it,
        Value::Uint32(it) => made.uint32 = *it,
        Value::Sint32(it) => made.sint32 = *it,
        Value::Uint64(it) => made.uint64 = *it,
        Value::Sint64(it) => made.sint64 = *it,
        Value::Real32(it) => made.real32 = *it,
        Value::Real64(it) => made.real64 = *it,
        Value::Char16(it) => made.char16 = it.0,
        Value::Datetime(it) => made.datetime = datetime(*it),
        Value::String(it) => made.string = text(it)?,
        Value::Reference(it) | Value::Instance(it) => made.instance = OwnedInstance::of(it, declarations)?.into_raw(),
        Value::BooleanArray(items) => made.array = array(items, |it| MI_Boolean::from(*it))?,
        Value::Uint8Array(items) => made.array = array(items, |it| *it)?,
        Value::Sint8Array(items) => made.array = array(items, |it| *it)?,
        Value::Uint16Array(items) => made.array = array(items, |it| *it)?,
        Value::Sint16Array(items) => made.array = array(items, |it| *it)?,
        Value::Uint32Array(items) => made.array = array(items, |it| *it)?,
        Value::Sint32Array(items) => made.array = array(items, |it| *it)?,
        Value::Uint64Array(items) => made.array = array(items, |it| *it)?,
        Value::Sint64Array(items) => made.array = array(items, |it| *it)?,
        Value::Real32Array(items) => made.array = array(items, |it| *it)?,
        Value::Real64Array(items) => made.array = array(items, |it| *it)?,
        Value::Char16Array(items) => made.array = array(items, |it| it.0)?,
        Value::DatetimeArray(items) => made.array = array(items, |it| datetime(*it))?,
        Value::StringArray(items) => made.stringa = texts(items)?,
        Value::ReferenceArray(items) | Value::InstanceArray(items) => made.array = instances(items, declarations)?,
    }
    // SAFETY: everything was allocated just now, as `value::copy` does it.
    Ok(unsafe { OwnedValue::adopt(kind, made) })
}

fn array<T, C>(items: &[T], convert: impl Fn(&T) -> C) -> Result<MI_Array> {
    if items.is_empty() {
        return Ok(MI_Array { data: ptr::null_mut(), size: 0 });
    }
    let size = count(items)?;
    let data: *mut C = allocate(items.len() * size_of::<C>()).map_err(out_of_memory)?.cast();
    for (index, item) in items.iter().enumerate() {
        // SAFETY: the block was sized for all elements; malloc aligns it for every C type.
        unsafe { data.add(index).write(convert(item)) };
    }
    Ok(MI_Array { data: data.cast(), size })
}

fn text(text: &str) -> Result<*mut MI_Char> {
    // SAFETY: a C string.
    unsafe { copy_text(c_text(text)?.as_ptr()) }.map_err(out_of_memory)
}

fn texts(items: &[String]) -> Result<MI_StringA> {
    if items.is_empty() {
        return Ok(MI_StringA { data: ptr::null_mut(), size: 0 });
    }
    let texts = items.iter().map(|item| c_text(item)).collect::<Result<Vec<_>>>()?;
    let bytes: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes_with_nul()).collect();
    Ok(MI_StringA { data: text_block(&bytes).map_err(out_of_memory)?, size: count(items)? })
}

fn instances(items: &[Instance], declarations: &Declarations) -> Result<MI_Array> {
    let built = items.iter().map(|item| OwnedInstance::of(item, declarations)).collect::<Result<Vec<_>>>()?;
    let pointers = array(&built, OwnedInstance::as_ptr)?;
    // The array owns them now.
    built.into_iter().for_each(std::mem::forget);
    Ok(pointers)
}

fn datetime(value: Datetime) -> MI_Datetime {
    match value {
        Datetime::Timestamp(at) => MI_Datetime {
            isTimestamp: 1,
            u: MI_DatetimeUnion {
                timestamp: MI_Timestamp {
                    year: at.year,
                    month: at.month,
                    day: at.day,
                    hour: at.hour,
                    minute: at.minute,
                    second: at.second,
                    microseconds: at.microseconds,
                    utc: at.utc,
                },
            },
        },
        Datetime::Interval(length) => MI_Datetime {
            isTimestamp: 0,
            u: MI_DatetimeUnion {
                interval: MI_Interval {
                    days: length.days,
                    hours: length.hours,
                    minutes: length.minutes,
                    seconds: length.seconds,
                    microseconds: length.microseconds,
                    __padding1: 0,
                    __padding2: 0,
                    __padding3: 0,
                },
            },
        },
    }
}

fn count<T>(items: &[T]) -> Result<u32> {
    u32::try_from(items.len()).map_err(|_| Error::invalid_parameter("an array has more than 4294967295 elements"))
}

pub(super) fn c_text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::invalid_parameter(format!("{text:?} contains a NUL character")))
}

fn unknown_class(name: &str) -> Error {
    Error::new(ResultCode::INVALID_CLASS, format!("the provider library does not declare a class {name:?}"))
}

fn out_of_memory(_: MI_Result) -> Error {
    Error::failed("there is not enough memory for the request")
}

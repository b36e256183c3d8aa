//! From instances in memory to owned ones.
//!
//! Providers post four kinds. Static and dynamic instances of ours, and static ones that the C++ runtime makes without
//! functions, are read by their layout. An instance with another host's functions (the C++ runtime's dynamic ones) is
//! read through these.

use super::declaration::{Declarations, Shape, ShapeField};
use super::instance::is_ours;
use super::memory::{Outcome, string};
use super::value::{load, value_size};
use omi::{Char16, Datetime, Instance, Interval, Name, Property, Timestamp, Type, Value, flags};
use omi_sys::*;
use std::ptr;
use std::sync::OnceLock;

/// How deep instances may be embedded in each other, which also ends a ring.
const MOST_DEPTH: usize = 16;

/// The owned form of an instance. INVALID_PARAMETER for NULL and for one without a class.
///
/// # Safety
/// `instance` is NULL or a valid instance of one of the four kinds.
pub(super) unsafe fn instance(instance: *const MI_Instance, declarations: &Declarations) -> Outcome<Instance> {
    // SAFETY: passed on.
    unsafe { Reader { declarations, selection: None, depth: 0 }.instance(instance) }
}

/// As [`instance`], without fields that nobody needs; most instances of a class are read by the same selection.
///
/// # Safety
/// As for [`instance`].
pub(super) unsafe fn selected(
    instance: *const MI_Instance,
    declarations: &Declarations,
    selection: &Selection,
) -> Outcome<Instance> {
    // SAFETY: passed on.
    unsafe { Reader { declarations, selection: Some(selection), depth: 0 }.instance(instance) }
}

/// Which properties are needed, by their places in the class whose instance was read first. Instances of other classes
/// are read whole.
pub(super) struct Selection {
    names: Vec<String>,
    places: OnceLock<(usize, Vec<bool>)>,
}

impl Selection {
    /// These properties and the keys.
    pub(super) fn new(names: Vec<String>) -> Self {
        Self { names, places: OnceLock::new() }
    }

    fn places(&self, decl: *const MI_ObjectDecl, shape: &Shape) -> Option<&[bool]> {
        let needs = |field: &ShapeField| {
            field.flags & flags::KEY != 0 || self.names.iter().any(|name| name.eq_ignore_ascii_case(&field.name))
        };
        let (first, places) =
            self.places.get_or_init(|| (decl as usize, shape.fields.iter().map(needs).collect::<Vec<bool>>()));
        (*first == decl as usize).then_some(places)
    }
}

/// The value of a constant in a declaration; `None` for NULL.
///
/// # Safety
/// `at` is NULL or points to a value of this type.
pub(super) unsafe fn constant(at: *const u8, kind: Type) -> Option<Value> {
    if at.is_null() {
        return None;
    }
    // SAFETY: the caller says so. Constants have no instances, so no declarations are needed.
    unsafe { Reader { declarations: &Declarations::default(), selection: None, depth: 0 }.value(&load(at, kind), kind) }
}

/// The owned form of a value; `None` for NULL.
///
/// # Safety
/// `value` is of this type.
pub(super) unsafe fn value(value: Option<&MI_Value>, kind: Type, declarations: &Declarations) -> Option<Value> {
    // SAFETY: passed on.
    unsafe { Reader { declarations, selection: None, depth: 0 }.value(value?, kind) }
}

struct Reader<'a> {
    declarations: &'a Declarations,
    selection: Option<&'a Selection>,
    depth: usize,
}

// SAFETY of the methods: the caller of the functions above vouches for what the pointers lead to.
impl Reader<'_> {
    unsafe fn instance(&self, instance: *const MI_Instance) -> Outcome<Instance> {
        // SAFETY: see above.
        let head = unsafe { instance.as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)?;
        if self.depth > MOST_DEPTH {
            return Err(MI_RESULT_INVALID_PARAMETER);
        }
        // SAFETY: see above.
        unsafe {
            match head.ft.as_ref() {
                Some(functions) if !is_ours(head) => self.foreign(instance, functions),
                _ => self.by_layout(instance, head),
            }
        }
    }

    unsafe fn by_layout(&self, instance: *const MI_Instance, head: &MI_Instance) -> Outcome<Instance> {
        let fields = if head.reserved[1] == 0 { instance } else { head.reserved[1] as *const MI_Instance };
        // SAFETY: see above.
        unsafe {
            let decl = (*fields).classDecl.cast::<MI_ObjectDecl>();
            let base = fields.cast::<u8>();
            let mut read = match self.declarations.shape(decl) {
                Some(shape) => self.fields(base, shape, self.selection.and_then(|it| it.places(decl, shape))),
                None => {
                    let shape = Shape::of(decl.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?);
                    self.declarations.catalogue.conform(self.fields(base, &shape, None))
                }
            };
            if !head.nameSpace.is_null() {
                read.set_namespace(string(head.nameSpace).map(Name::from));
            }
            Ok(read)
        }
    }

    /// The fields of the given places; all of them for `None`.
    unsafe fn fields(&self, base: *const u8, shape: &Shape, places: Option<&[bool]>) -> Instance {
        let count = places.map_or(shape.fields.len(), |places| places.iter().filter(|it| **it).count());
        let mut read = Instance::with_capacity(shape.class_name.clone(), count);
        for (place, field) in shape.fields.iter().enumerate() {
            if places.is_some_and(|places| !places[place]) {
                continue;
            }
            // SAFETY: a shape has only offsets of whole fields inside the instance.
            let value = field.offset.and_then(|offset| unsafe {
                let at = base.add(offset);
                let exists = *at.add(value_size(field.kind)) != 0;
                if exists { self.value(&load(at, field.kind), field.kind) } else { None }
            });
            read.push(Property { name: field.name.clone(), kind: field.kind, flags: field.flags, value });
        }
        read
    }

    unsafe fn foreign(&self, instance: *const MI_Instance, functions: &MI_InstanceFT) -> Outcome<Instance> {
        let (Some(class_name), Some(count), Some(at)) =
            (functions.GetClassName, functions.GetElementCount, functions.GetElementAt)
        else {
            return Err(MI_RESULT_INVALID_PARAMETER);
        };
        // SAFETY: the functions are those of this instance.
        unsafe {
            let (mut name, mut elements) = (ptr::null(), 0);
            check(class_name(instance, &mut name))?;
            check(count(instance, &mut elements))?;
            let mut read = Instance::new(string(name).ok_or(MI_RESULT_INVALID_PARAMETER)?);
            for index in 0..elements {
                let (mut name, mut kind, mut flags) = (ptr::null(), MI_BOOLEAN, 0);
                let mut value = super::value::zero();
                check(at(instance, index, &mut name, &mut value, &mut kind, &mut flags))?;
                let kind = Type::from_code(kind.0).ok_or(MI_RESULT_INVALID_PARAMETER)?;
                let value = if flags & MI_FLAG_NULL == 0 { self.value(&value, kind) } else { None };
                let flags = flags & !(MI_FLAG_NULL | MI_FLAG_NOT_MODIFIED);
                read.push(Property { name: string(name).unwrap_or_default().into(), kind, flags, value });
            }
            read.set_namespace(string((*instance).nameSpace).map(Name::from));
            Ok(self.declarations.catalogue.conform(read))
        }
    }

    unsafe fn value(&self, value: &MI_Value, kind: Type) -> Option<Value> {
        // SAFETY: the type says which member is valid.
        unsafe {
            Some(match kind {
                Type::Boolean => Value::Boolean(value.boolean != 0),
                Type::Uint8 => Value::Uint8(value.uint8),
                Type::Sint8 => Value::Sint8(value.sint8),
                Type::Uint16 => Value::Uint16(value.uint16),
                Type::Sint16 => Value::Sint16(value.sint16),
                Type::Uint32 => Value::Uint32(value.uint32),
                Type::Sint32 => Value::Sint32(value.sint32),
                Type::Uint64 => Value::Uint64(value.uint64),
                Type::Sint64 => Value::Sint64(value.sint64),
                Type::Real32 => Value::Real32(value.real32),
                Type::Real64 => Value::Real64(value.real64),
                Type::Char16 => Value::Char16(Char16(value.char16)),
                Type::Datetime => Value::Datetime(datetime(value.datetime)),
                Type::String => Value::String(string(value.string)?),
                Type::Reference => Value::Reference(Box::new(self.embedded(value.reference)?)),
                Type::Instance => Value::Instance(Box::new(self.embedded(value.instance)?)),
                Type::BooleanArray => Value::BooleanArray(items(value.array, |it: MI_Boolean| it != 0)),
                Type::Uint8Array => Value::Uint8Array(items(value.array, |it| it)),
                Type::Sint8Array => Value::Sint8Array(items(value.array, |it| it)),
                Type::Uint16Array => Value::Uint16Array(items(value.array, |it| it)),
                Type::Sint16Array => Value::Sint16Array(items(value.array, |it| it)),
                Type::Uint32Array => Value::Uint32Array(items(value.array, |it| it)),
                Type::Sint32Array => Value::Sint32Array(items(value.array, |it| it)),
                Type::Uint64Array => Value::Uint64Array(items(value.array, |it| it)),
                Type::Sint64Array => Value::Sint64Array(items(value.array, |it| it)),
                Type::Real32Array => Value::Real32Array(items(value.array, |it| it)),
                Type::Real64Array => Value::Real64Array(items(value.array, |it| it)),
                Type::Char16Array => Value::Char16Array(items(value.array, Char16)),
                Type::DatetimeArray => Value::DatetimeArray(items(value.array, datetime)),
                Type::StringArray => Value::StringArray(items(value.array, |it| string(it).unwrap_or_default())),
                Type::ReferenceArray => Value::ReferenceArray(self.all_embedded(value.array)),
                Type::InstanceArray => Value::InstanceArray(self.all_embedded(value.array)),
            })
        }
    }

    unsafe fn embedded(&self, instance: *const MI_Instance) -> Option<Instance> {
        // SAFETY: see above.
        unsafe { Reader { declarations: self.declarations, selection: None, depth: self.depth + 1 }.instance(instance) }
            .ok()
    }

    unsafe fn all_embedded(&self, array: MI_Array) -> Vec<Instance> {
        // SAFETY: see above.
        unsafe { items(array, |it: *const MI_Instance| self.embedded(it)) }.into_iter().flatten().collect()
    }
}

/// The elements of an array; none when its data is NULL.
///
/// # Safety
/// `array` has `size` elements of type `C`.
unsafe fn items<C, R>(array: MI_Array, convert: impl Fn(C) -> R) -> Vec<R> {
    if array.data.is_null() {
        return Vec::new();
    }
    let data = array.data.cast::<C>();
    // SAFETY: the caller says so. C code may align arrays of bytes that it casts less than Rust wants it.
    (0..array.size as usize).map(|index| convert(unsafe { data.add(index).read_unaligned() })).collect()
}

fn datetime(value: MI_Datetime) -> Datetime {
    // SAFETY: both members of the union are plain integers, so any bytes are valid.
    unsafe {
        if value.isTimestamp != 0 {
            let MI_Timestamp { year, month, day, hour, minute, second, microseconds, utc } = value.u.timestamp;
            Datetime::Timestamp(Timestamp { year, month, day, hour, minute, second, microseconds, utc })
        } else {
            let MI_Interval { days, hours, minutes, seconds, microseconds, .. } = value.u.interval;
            Datetime::Interval(Interval { days, hours, minutes, seconds, microseconds })
        }
    }
}

fn check(code: MI_Result) -> Outcome {
    if code == MI_RESULT_OK { Ok(()) } else { Err(code) }
}

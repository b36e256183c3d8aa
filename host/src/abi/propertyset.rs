//! The function table of property sets, `MI_PropertySetFT`.

use super::memory::{Outcome, bytes, guard, put};
use omi_sys::*;
use std::ffi::{CStr, CString};
use std::ptr;

/// What `MI_PropertySet.ft` points to.
pub(super) static PROPERTY_SET_FT: MI_PropertySetFT = MI_PropertySetFT {
    GetElementCount: Some(get_element_count),
    ContainsElement: Some(contains_element),
    AddElement: Some(add_element),
    GetElementAt: Some(get_element_at),
    Clear: Some(clear),
    Destruct: Some(destruct),
    Delete: Some(delete),
    Clone: Some(clone),
};

/// In `reserved[0]`: the provider made the set and deletes it.
const CLONED: isize = 1;

/// A property set: the header that providers see, and behind it the names.
#[repr(C)]
pub(super) struct PropertySet {
    head: MI_PropertySet,
    names: Vec<CString>,
}

impl PropertySet {
    /// A set of these names. One that C cannot spell names no property and is left out.
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Box<Self> {
        Self::of(names.into_iter().filter_map(|name| CString::new(name).ok()).collect())
    }

    fn of(names: Vec<CString>) -> Box<Self> {
        Box::new(Self { head: MI_PropertySet { ft: &raw const PROPERTY_SET_FT, reserved: [0; 3] }, names })
    }

    /// What providers are given; valid as long as this.
    pub(super) fn as_ptr(&self) -> *const MI_PropertySet {
        ptr::from_ref(self).cast()
    }

    fn contains(&self, name: &CStr) -> bool {
        self.names.iter().any(|it| it.to_bytes().eq_ignore_ascii_case(name.to_bytes()))
    }
}

// As in `table`: pointers are NULL or valid, and a property set with this table is a `PropertySet`.

unsafe fn set<'a>(self_: *const MI_PropertySet) -> Outcome<&'a PropertySet> {
    // SAFETY: as said above.
    unsafe { self_.cast::<PropertySet>().as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)
}

unsafe fn set_mut<'a>(self_: *mut MI_PropertySet) -> Outcome<&'a mut PropertySet> {
    // SAFETY: as said above; C code does not change a set in two threads at once.
    unsafe { self_.cast::<PropertySet>().as_mut() }.ok_or(MI_RESULT_INVALID_PARAMETER)
}

unsafe extern "C" fn get_element_count(self_: *const MI_PropertySet, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(count, 0)?;
        let names = set(self_)?.names.len();
        put(count, u32::try_from(names).map_err(|_| MI_RESULT_FAILED)?)
    })
}

unsafe extern "C" fn contains_element(
    self_: *const MI_PropertySet,
    name: *const MI_Char,
    flag: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(flag, MI_FALSE)?;
        let name = bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        put(flag, set(self_)?.contains(name).into())
    })
}

unsafe extern "C" fn add_element(self_: *mut MI_PropertySet, name: *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let name = bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let set = set_mut(self_)?;
        if set.contains(name) {
            return Err(MI_RESULT_ALREADY_EXISTS);
        }
        set.names.push(name.to_owned());
        Ok(())
    })
}

unsafe extern "C" fn get_element_at(
    self_: *const MI_PropertySet,
    index: MI_Uint32,
    name: *mut *const MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(name, ptr::null())?;
        let text = set(self_)?.names.get(index as usize).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        put(name, text.as_ptr())
    })
}

unsafe extern "C" fn clear(self_: *mut MI_PropertySet) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        set_mut(self_)?.names.clear();
        Ok(())
    })
}

/// The sets of this host are never made in memory of the provider, so there is nothing but names to free.
unsafe extern "C" fn destruct(self_: *mut MI_PropertySet) -> MI_Result {
    // SAFETY: passed on.
    unsafe { clear(self_) }
}

unsafe extern "C" fn delete(self_: *mut MI_PropertySet) -> MI_Result {
    // SAFETY: NULL or a set of `clone`, which is not used any more. The host marks no set of its own in this way.
    guard(|| unsafe {
        let set = set_mut(self_)?;
        if set.head.reserved[0] != CLONED {
            return Err(MI_RESULT_INVALID_PARAMETER);
        }
        drop(Box::from_raw(ptr::from_mut(set)));
        Ok(())
    })
}

unsafe extern "C" fn clone(self_: *const MI_PropertySet, new_set: *mut *mut MI_PropertySet) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(new_set, ptr::null_mut())?;
        let mut copy = PropertySet::of(set(self_)?.names.clone());
        copy.head.reserved[0] = CLONED;
        put(new_set, Box::into_raw(copy).cast())
    })
}

//! Filters and property sets: which instances and which properties a client wants.

use super::*;

/// Filter of an enumeration or subscription; owned by the host.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Filter {
    pub ft: *const MI_FilterFT,
    pub reserved: [isize; 3],
}

/// Operations on the filter of an enumeration or subscription.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_FilterFT {
    /// Whether the instance passes the filter.
    pub Evaluate: Option<
        unsafe extern "C" fn(
            self_: *const MI_Filter,
            instance: *const MI_Instance,
            result: *mut MI_Boolean,
        ) -> MI_Result,
    >,
    /// The filter as text, with its query language.
    pub GetExpression: Option<
        unsafe extern "C" fn(
            self_: *const MI_Filter,
            queryLang: *mut *const MI_Char,
            queryExpr: *mut *const MI_Char,
        ) -> MI_Result,
    >,
}

/// The properties that a client wants; owned by the host. A NULL pointer to it means all of them.
#[repr(C)]
#[derive(Debug)]
pub struct MI_PropertySet {
    pub ft: *const MI_PropertySetFT,
    pub reserved: [isize; 3],
}

/// Operations on a set of property names.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_PropertySetFT {
    pub GetElementCount: Option<unsafe extern "C" fn(self_: *const MI_PropertySet, count: *mut MI_Uint32) -> MI_Result>,
    pub ContainsElement: Option<
        unsafe extern "C" fn(self_: *const MI_PropertySet, name: *const MI_Char, flag: *mut MI_Boolean) -> MI_Result,
    >,
    pub AddElement: Option<unsafe extern "C" fn(self_: *mut MI_PropertySet, name: *const MI_Char) -> MI_Result>,
    pub GetElementAt: Option<
        unsafe extern "C" fn(self_: *const MI_PropertySet, index: MI_Uint32, name: *mut *const MI_Char) -> MI_Result,
    >,
    pub Clear: Option<unsafe extern "C" fn(self_: *mut MI_PropertySet) -> MI_Result>,
    pub Destruct: Option<unsafe extern "C" fn(self_: *mut MI_PropertySet) -> MI_Result>,
    pub Delete: Option<unsafe extern "C" fn(self_: *mut MI_PropertySet) -> MI_Result>,
    pub Clone: Option<
        unsafe extern "C" fn(self_: *const MI_PropertySet, newPropertySet: *mut *mut MI_PropertySet) -> MI_Result,
    >,
}

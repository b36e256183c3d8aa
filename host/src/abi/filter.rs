//! The function table of filters, `MI_FilterFT`.

use super::declaration::Declarations;
use super::memory::{Outcome, guard, put, put_if_wanted};
use super::read;
use omi::wql::Select;
use omi_sys::*;
use std::ffi::CString;
use std::ptr;
use std::sync::Arc;

/// What `MI_Filter.ft` points to.
pub(super) static FILTER_FT: MI_FilterFT =
    MI_FilterFT { Evaluate: Some(evaluate), GetExpression: Some(get_expression) };

/// A filter: the header that providers see, and behind it the query.
#[repr(C)]
pub(super) struct Filter {
    head: MI_Filter,
    select: Arc<Select>,
    text: CString,
    declarations: Arc<Declarations>,
}

impl Filter {
    /// `None` when C cannot spell the query; the host applies it anyhow.
    pub(super) fn new(select: Arc<Select>, declarations: Arc<Declarations>) -> Option<Box<Self>> {
        let text = CString::new(select.text()).ok()?;
        let head = MI_Filter { ft: &raw const FILTER_FT, reserved: [0; 3] };
        Some(Box::new(Self { head, select, text, declarations }))
    }

    /// What providers are given; valid as long as this.
    pub(super) fn as_ptr(&self) -> *const MI_Filter {
        ptr::from_ref(self).cast()
    }
}

// As in `table`: pointers are NULL or valid, and a filter with this table is a `Filter`.

unsafe fn filter<'a>(self_: *const MI_Filter) -> Outcome<&'a Filter> {
    // SAFETY: as said above.
    unsafe { self_.cast::<Filter>().as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)
}

unsafe extern "C" fn evaluate(
    self_: *const MI_Filter,
    instance: *const MI_Instance,
    result: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(result, MI_FALSE)?;
        let filter = filter(self_)?;
        let instance = read::instance(instance, &filter.declarations)?;
        let derives = |class: &str, base: &str| filter.declarations.catalogue.derives(class, base);
        put(result, filter.select.matches(&instance, &derives).into())
    })
}

unsafe extern "C" fn get_expression(
    self_: *const MI_Filter,
    query_lang: *mut *const MI_Char,
    query_expr: *mut *const MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put_if_wanted(query_lang, ptr::null());
        put_if_wanted(query_expr, ptr::null());
        let filter = filter(self_)?;
        put_if_wanted(query_lang, MI_QUERY_DIALECT_WQL.as_ptr());
        put_if_wanted(query_expr, filter.text.as_ptr());
        Ok(())
    })
}

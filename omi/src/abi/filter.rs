//! `MI_Filter`: the host's filter of an enumeration or a subscription.

use super::read;
use crate::filter::Filter;
use omi_sys::*;
use std::ffi::c_char;
use std::ptr::{self, NonNull};

/// A filter of a request whose final post has not happened yet.
pub(crate) struct HostFilter(NonNull<MI_Filter>);

// SAFETY: the host keeps the filter alive, for any thread, until the final post of its request.
unsafe impl Send for HostFilter {}
// SAFETY: a filter is only read.
unsafe impl Sync for HostFilter {}

impl HostFilter {
    /// `None` for NULL.
    ///
    /// # Safety
    /// `raw` is NULL or a filter that stays alive as long as the value.
    pub(crate) unsafe fn from_raw(raw: *const MI_Filter) -> Option<Self> {
        NonNull::new(raw.cast_mut()).map(Self)
    }

    fn table(&self) -> Option<&MI_FilterFT> {
        // SAFETY: the filter is alive, see `from_raw`, and so is its table.
        unsafe { self.0.as_ref().ft.as_ref() }
    }

    /// Language and text of the filter.
    pub(crate) fn read(&self) -> Option<Filter> {
        let mut language: *const c_char = ptr::null();
        let mut expression: *const c_char = ptr::null();
        let get = self.table()?.GetExpression?;
        // SAFETY: the slot belongs to this filter; the out-parameters are initialised.
        if unsafe { get(self.0.as_ptr(), &mut language, &mut expression) } != MI_RESULT_OK {
            return None;
        }
        // SAFETY: the host reported success, so the texts are set and borrowed from the live filter.
        let [language, expression] = unsafe { [read::text(language), read::text(expression)] };
        Some(Filter::new(language.unwrap_or_default(), expression?))
    }

    /// Whether the instance passes; `None` when the host cannot tell.
    ///
    /// # Safety
    /// `instance` is a live instance of the host.
    pub(crate) unsafe fn evaluate(&self, instance: *const MI_Instance) -> Option<bool> {
        let mut passes = MI_FALSE;
        let evaluate = self.table()?.Evaluate?;
        // SAFETY: the slot belongs to this filter; the out-parameter is initialised.
        let result = unsafe { evaluate(self.0.as_ptr(), instance, &mut passes) };
        (result == MI_RESULT_OK).then_some(passes != MI_FALSE)
    }
}

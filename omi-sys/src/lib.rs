//! The MI provider and client ABI of OMI's `mi.h`, raw: types, function tables and constants under the header's
//! names, and no behaviour.
//!
//! Differences from the C names: `self` is `self_`, `type` is `type_`, and the anonymous unions are
//! [`MI_DatetimeUnion`] and [`MI_CredentialsUnion`]. C enums are open codes such as [`MI_Result`], because a peer may
//! send a number that the header does not name. A function pointer is an `Option`; NULL is `None`.
//!
//! The types are written by hand and need no C tools to build. With the feature `bindgen` they are made from an
//! installed header at build time instead, under the same names; the `#define`s are common to both.

#![no_std]
#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals)]
#![allow(clippy::type_complexity)] // the header's slots are what they are

mod defines;
mod link;
mod null;
mod option_names;
mod strings;

#[cfg(not(feature = "bindgen"))]
mod types;
#[cfg(feature = "bindgen")]
mod types {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

pub use defines::*;
pub use link::*;
pub use null::*;
pub use option_names::*;
pub use strings::*;
pub use types::*;

#[cfg(target_pointer_width = "64")]
const _: () = {
    use core::mem::size_of;
    assert!(size_of::<MI_Value>() == 40);
    assert!(size_of::<MI_Instance>() == 64);
    assert!(size_of::<MI_ClassDecl>() == 104);
    assert!(size_of::<MI_MethodDecl>() == 88);
    assert!(size_of::<MI_PropertyDecl>() == 72);
    assert!(size_of::<MI_Module>() == 48);
    assert!(size_of::<MI_ProviderFT>() == 14 * 8);
    assert!(size_of::<MI_ContextFT>() == 31 * 8);
    assert!(size_of::<MI_InstanceFT>() == 18 * 8);
    assert!(size_of::<MI_PropertySetFT>() == 8 * 8);
    assert!(size_of::<MI_FilterFT>() == 2 * 8);
    assert!(size_of::<MI_SessionFT>() == 15 * 8);
};

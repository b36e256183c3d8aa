//! The symbols of libmi, the client library. A provider needs none of them.
//!
//! This crate does not link the library: a user either links it or looks the symbols up at run time.
//! `MI_Server_GetVersion` and `MI_Server_GetSystemName` of the header are not here: they are functions that OMI's
//! generator writes into each provider, and no library exports them.

use crate::{MI_Application, MI_Char, MI_ClientFT_V1, MI_Instance, MI_Result, MI_Uint32};

unsafe extern "C" {
    /// Initialises the client library and `application`, from which sessions are made.
    pub fn MI_Application_InitializeV1(
        flags: MI_Uint32,
        applicationID: *const MI_Char,
        extendedError: *mut *mut MI_Instance,
        application: *mut MI_Application,
    ) -> MI_Result;

    /// The tables of the client library.
    pub static mut mi_clientFT_V1: *const MI_ClientFT_V1;
}

pub use MI_Application_InitializeV1 as MI_Application_Initialize;
pub use mi_clientFT_V1 as mi_clientFT;

//! `MI_DestinationOptions`.

use super::error::check;
use super::session::lacking;
use crate::Result;
use crate::abi::write::c_string;
use crate::client::{Credentials, Destination};
use omi_sys::*;
use std::ptr;

/// Options of a session that the other side has made; deleted when this value goes.
pub(super) struct HostDestination(MI_DestinationOptions);

impl HostDestination {
    /// Who asks. Timeout and languages go with each operation.
    pub(super) fn of(application: &mut MI_Application, destination: &Destination) -> Result<Self> {
        // SAFETY: the table of an application is NULL or constant.
        let new = unsafe { application.ft.as_ref() }.and_then(|table| table.NewDestinationOptions);
        let new = new.ok_or_else(|| lacking("destination options"))?;
        let mut this = Self(MI_DESTINATIONOPTIONS_NULL);
        // SAFETY: the function belongs to the application; the out-parameter is initialised.
        check(unsafe { new(application, &mut this.0) }, "destination options cannot be made")?;
        if let Some(credentials) = &destination.credentials {
            this.add_credentials(credentials)?;
        }
        Ok(this)
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut MI_DestinationOptions {
        &mut self.0
    }

    fn table(&self) -> Option<&'static MI_DestinationOptionsFT> {
        // SAFETY: the table of options is NULL or constant.
        unsafe { self.0.ft.as_ref() }
    }

    fn add_credentials(&mut self, credentials: &Credentials) -> Result<()> {
        let add = self.table().and_then(|table| table.AddCredentials).ok_or_else(|| lacking("credentials"))?;
        let (user, password) = (c_string(&credentials.user), c_string(credentials.password.reveal()));
        let pair =
            MI_UsernamePasswordCreds { domain: ptr::null(), username: user.as_ptr(), password: password.as_ptr() };
        let credentials = MI_UserCredentials {
            authenticationType: MI_AUTH_TYPE_BASIC.as_ptr(),
            credentials: MI_CredentialsUnion { usernamePassword: pair },
        };
        let name = __MI_DESTINATIONOPTIONS_DESTINATION_CREDENTIALS;
        // SAFETY: the function belongs to these options; name and credentials live for the call and are copied.
        let result = unsafe { add(&mut self.0, name.as_ptr(), &credentials, 0) };
        check(result, "the credentials cannot be set")
    }
}

impl Drop for HostDestination {
    fn drop(&mut self) {
        if let Some(delete) = self.table().and_then(|table| table.Delete) {
            // SAFETY: the options were made by the other side and are not used any more; a session has copied them.
            unsafe { delete(&mut self.0) };
        }
    }
}

//! `MI_DestinationOptions`.

use super::error::check;
use super::session::lacking;
use crate::abi::write::{c_string, interval};
use crate::client::{Credentials, Destination, Place, Scheme, Trust};
use crate::{Error, Result};
use omi_sys::*;
use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};
use std::ptr;
use std::time::Duration;

/// How long a server may take where nobody says: libmi's own choice is a minute.
const NO_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// Where a session goes; its options are deleted when this value goes.
pub(super) struct HostDestination {
    host: Option<CString>,
    options: MI_DestinationOptions,
}

impl HostDestination {
    /// # Errors
    /// INVALID_PARAMETER for an address that is none, and for trust that libmi cannot check.
    pub(super) fn of(application: &mut MI_Application, destination: &Destination) -> Result<Self> {
        // SAFETY: the table of an application is NULL or constant.
        let new = unsafe { application.ft.as_ref() }.and_then(|table| table.NewDestinationOptions);
        let new = new.ok_or_else(|| lacking("destination options"))?;
        let mut this = Self { host: None, options: MI_DESTINATIONOPTIONS_NULL };
        // SAFETY: the function belongs to the application; the out-parameter is initialised.
        check(unsafe { new(application, &mut this.options) }, "destination options cannot be made")?;
        if destination.address.is_some() {
            let place = destination.place()?;
            this.set_place(&place, &destination.trust)?;
            this.host = Some(c_string(&place.host));
        }
        let timeout = destination.timeout.unwrap_or(NO_TIMEOUT);
        this.set_interval(__MI_DESTINATIONOPTIONS_TIMEOUT, &interval(timeout.into()))?;
        for (name, language) in [
            (__MI_DESTINATIONOPTIONS_UI_LOCALE, &destination.locale),
            (__MI_DESTINATIONOPTIONS_DATA_LOCALE, &destination.data_locale),
        ] {
            if let Some(language) = language {
                this.set_text(name, language)?;
            }
        }
        if let Some(credentials) = &destination.credentials {
            this.add_credentials(credentials)?;
        }
        Ok(this)
    }

    fn set_place(&mut self, place: &Place, trust: &Trust) -> Result<()> {
        let transport = match place.scheme {
            Scheme::Http => "HTTP",
            Scheme::Https => "HTTPS",
        };
        self.set_text(__MI_DESTINATIONOPTIONS_TRANSPORT, transport)?;
        self.set_number(__MI_DESTINATIONOPTIONS_DESTINATION_PORT, place.port.into())?;
        self.set_text(__MI_DESTINATIONOPTIONS_HTTP_URL_PREFIX, &place.path)?;
        match place.scheme {
            // Without this libmi encrypts by NTLM or Kerberos, and refuses Basic authentication.
            Scheme::Http => self.set_number(__MI_DESTINATIONOPTIONS_PACKET_PRIVACY, 0),
            Scheme::Https => match trusted(trust)? {
                Some(folder) => self.set_text(__MI_DESTINATIONOPTIONS_TRUSTED_CERTS_DIR, &folder.to_string_lossy()),
                None => Ok(()),
            },
        }
    }

    /// The name of the other computer, NULL for this one.
    pub(super) fn host(&self) -> *const MI_Char {
        self.host.as_ref().map_or(ptr::null(), |host| host.as_ptr())
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut MI_DestinationOptions {
        &mut self.options
    }

    fn table(&self) -> Option<&'static MI_DestinationOptionsFT> {
        // SAFETY: the table of options is NULL or constant.
        unsafe { self.options.ft.as_ref() }
    }

    fn set_text(&mut self, name: &CStr, value: &str) -> Result<()> {
        let value = c_string(value);
        let set = self.table().and_then(|table| table.SetString).ok_or_else(|| lacking("options of this kind"))?;
        // SAFETY: the function belongs to these options; name and value live for the call and are copied.
        let result = unsafe { set(&mut self.options, name.as_ptr(), value.as_ptr(), 0) };
        check(result, &format!("the option {name:?} cannot be set"))
    }

    fn set_number(&mut self, name: &CStr, value: u32) -> Result<()> {
        let set = self.table().and_then(|table| table.SetNumber).ok_or_else(|| lacking("options of this kind"))?;
        // SAFETY: as above.
        let result = unsafe { set(&mut self.options, name.as_ptr(), value, 0) };
        check(result, &format!("the option {name:?} cannot be set"))
    }

    fn set_interval(&mut self, name: &CStr, value: &MI_Interval) -> Result<()> {
        let set = self.table().and_then(|table| table.SetInterval).ok_or_else(|| lacking("options of this kind"))?;
        // SAFETY: as above.
        let result = unsafe { set(&mut self.options, name.as_ptr(), value, 0) };
        check(result, &format!("the option {name:?} cannot be set"))
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
        let result = unsafe { add(&mut self.options, name.as_ptr(), &credentials, 0) };
        check(result, "the credentials cannot be set")
    }
}

impl Drop for HostDestination {
    fn drop(&mut self) {
        if let Some(delete) = self.table().and_then(|table| table.Delete) {
            // SAFETY: the options were made by the other side and are not used any more; a session has copied them.
            unsafe { delete(&mut self.options) };
        }
    }
}

/// The folder of certificates that are trusted; `None` for any.
fn trusted(trust: &Trust) -> Result<Option<PathBuf>> {
    match trust {
        Trust::Anything => Ok(None),
        Trust::System => {
            let folder = std::env::var_os("SSL_CERT_DIR").map_or_else(|| "/etc/ssl/certs".into(), PathBuf::from);
            folder_of_certificates(&folder)
        }
        Trust::Authority(folder) => folder_of_certificates(folder),
    }
}

fn folder_of_certificates(folder: &Path) -> Result<Option<PathBuf>> {
    if folder.is_dir() {
        return Ok(Some(folder.to_path_buf()));
    }
    let text = format!(
        "{} is no folder: libmi takes trusted certificates from a folder whose files are named by `openssl rehash`",
        folder.display()
    );
    Err(Error::invalid_parameter(text))
}

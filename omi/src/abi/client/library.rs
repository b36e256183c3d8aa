//! libmi, found at run time.

use super::connection::HostConnection;
use super::destination::HostDestination;
use super::error::{check, reported};
use super::opening::hearing;
use super::session::{HostSession, lacking};
use crate::client::{Destination, SessionListener};
use crate::{Error, Result, ResultCode};
use libloading::os::unix::{Library as Loaded, RTLD_LOCAL, RTLD_NOW};
use omi_sys::*;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Mutex, PoisonError};

type Initialize =
    unsafe extern "C" fn(MI_Uint32, *const MI_Char, *mut *mut MI_Instance, *mut MI_Application) -> MI_Result;

/// A client library with an application of this process. Both stay until the process ends: the library has a thread of its
/// own, and its start and end are not made for several applications at once.
pub(crate) struct Library {
    application: MI_Application,
}

// SAFETY: the handle is constant, and MI lets the functions of an application be called on any thread.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

static LIBRARIES: Mutex<Vec<(PathBuf, &'static Library)>> = Mutex::new(Vec::new());

impl Library {
    /// The first of the files that is a client library.
    ///
    /// # Errors
    /// NOT_FOUND, with what is wrong with each.
    pub(crate) fn load(files: &[&Path]) -> Result<&'static Self> {
        let mut libraries = LIBRARIES.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reasons = Vec::new();
        for file in files {
            if let Some((_, library)) = libraries.iter().find(|(known, _)| known == file) {
                return Ok(library);
            }
            match Self::start(file) {
                Ok(library) => {
                    let library = Box::leak(Box::new(library));
                    libraries.push((file.to_path_buf(), library));
                    return Ok(library);
                }
                Err(reason) => reasons.push(reason),
            }
        }
        let text = format!("OMI's client library cannot be used: {}", reasons.join("; "));
        Err(Error::new(ResultCode::NOT_FOUND, text))
    }

    fn start(file: &Path) -> Result<Self, String> {
        let initialize = find(file).map_err(|error| {
            // The error itself names only the call; what the loader says is its source.
            let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            let name = file.display().to_string();
            if reason.starts_with(&name) { reason } else { format!("{name}: {reason}") }
        })?;
        let mut application = MI_APPLICATION_NULL;
        // SAFETY: the function is what its name says; a NULL name and no place for an error instance are allowed.
        let result = unsafe { initialize(0, ptr::null(), ptr::null_mut(), &mut application) };
        let what = format!("{}: MI_Application_Initialize", file.display());
        check(result, &what).map_err(|error| error.to_string())?;
        Ok(Self { application })
    }

    /// Opens a session with the server on this computer.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub(crate) fn connect(&self, destination: &Destination, listener: &dyn SessionListener) -> Result<HostConnection> {
        let session = self.open(destination, listener)?;
        // SAFETY: it was just opened.
        let session = unsafe { HostSession::of(session, true)? };
        Ok(HostConnection::new(session, destination))
    }

    fn open(&self, destination: &Destination, listener: &dyn SessionListener) -> Result<MI_Session> {
        let MI_Application { reserved1, reserved2, ft } = self.application;
        let mut application = MI_Application { reserved1, reserved2, ft };
        // SAFETY: the table of an application is NULL or constant.
        let new = unsafe { ft.as_ref() }.and_then(|table| table.NewSession).ok_or_else(|| lacking("sessions"))?;
        let mut options = HostDestination::of(&mut application, destination)?;
        let options = options.as_mut_ptr();
        let (mut session, mut details) = (MI_SESSION_NULL, ptr::null_mut());
        let result = hearing(listener, |callbacks| {
            // SAFETY: the options live for the call and are copied; the out-parameters are initialised. Neither protocol nor
            // host means the server on this computer.
            unsafe { new(&mut application, ptr::null(), ptr::null(), options, callbacks, &mut details, &mut session) }
        });
        if result == MI_RESULT_OK {
            return Ok(session);
        }
        if details.is_null() {
            check(result, "libmi opens no session")?;
        }
        // SAFETY: the error instance is ours to delete.
        unsafe {
            let error = reported(details);
            if let Some(delete) = (*details).ft.as_ref().and_then(|table| table.Delete) {
                let _ = delete(details);
            }
            Err(error)
        }
    }
}

/// Opens a shared library and finds its one symbol. The library is never closed.
fn find(file: &Path) -> Result<Initialize, libloading::Error> {
    // SAFETY: whoever names a client library, or installs one, wants its code to run here.
    unsafe {
        let library = ManuallyDrop::new(Loaded::open(Some(file), RTLD_NOW | RTLD_LOCAL)?);
        Ok(*library.get::<Initialize>(b"MI_Application_InitializeV1\0")?)
    }
}

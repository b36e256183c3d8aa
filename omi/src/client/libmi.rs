//! OMI's client library as a transport.

use super::{Connection, Destination, SessionListener, Transport};
use crate::abi::client::Library;
use crate::{Error, Result};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// OMI's client library, `libmi.so`, found at run time: nothing is linked.
///
/// Sessions go to omiserver on this computer, by its Unix socket: as the user that runs this process, or as another one with
/// its password. A session connects with its first operation.
///
/// ```no_run
/// use omi::client::{Application, Destination, LibMi, OperationOptions};
///
/// # fn main() -> omi::Result<()> {
/// let session = Application::new(LibMi::load()?).session(&Destination::local())?;
/// let identity = session.enumerate("root/omi", "OMI_Identify", &OperationOptions::default()).one()?;
/// println!("{:?}", identity.text("ProductName"));
/// # Ok(())
/// # }
/// ```
///
/// The library stays loaded, with its thread, until the process ends. It and omiserver set limits:
/// - There are no messages, progress, questions, reported errors or streamed parameters, and no enumeration of classes.
/// - A class comes with its properties alone: without methods and the names of its ancestors.
/// - Nothing is cancelled but a subscription: an operation ends here at once, but its provider goes on.
///
/// libmi has a WS-Man client as well, which is not used here: its acknowledgements race with its own thread, so that results
/// get lost or the process crashes, all values are texts, and it does not compare the name in a certificate with that of the
/// server. `omi_host::client::WsMan` reaches the same servers.
#[derive(Clone)]
pub struct LibMi {
    library: &'static Library,
}

impl LibMi {
    /// Loads the library that the loader finds, in the folders of `LD_LIBRARY_PATH` for example, or else OMI's own.
    ///
    /// # Errors
    /// NOT_FOUND, with all places that were looked at and what is wrong with each.
    pub fn load() -> Result<Self> {
        Library::load(&["libmi.so".as_ref(), "/opt/omi/lib/libmi.so".as_ref()]).map(|library| Self { library })
    }

    /// Loads the library from a file.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that can be used, with what is wrong.
    pub fn open(file: impl AsRef<Path>) -> Result<Self> {
        Library::load(&[file.as_ref()]).map(|library| Self { library })
    }
}

impl Transport for LibMi {
    fn connect(&self, destination: &Destination, listener: &dyn SessionListener) -> Result<Arc<dyn Connection>> {
        if let Some(address) = &destination.address {
            let text = format!("libmi reaches this computer alone, not {address:?}; use omi_host::client::WsMan");
            return Err(Error::not_supported(text));
        }
        Ok(Arc::new(self.library.connect(destination, listener)?))
    }
}

impl fmt::Debug for LibMi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LibMi")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResultCode;

    #[test]
    fn a_library_that_is_not_there_is_named() {
        let error = LibMi::open("/nowhere/libmi.so").unwrap_err();
        assert_eq!(error.code(), ResultCode::NOT_FOUND);
        assert!(error.message().contains("/nowhere/libmi.so: cannot open shared object file"), "{error}");
    }

    #[test]
    fn a_library_that_is_another_one_is_named() {
        let error = LibMi::open("libc.so.6").unwrap_err();
        assert_eq!(error.code(), ResultCode::NOT_FOUND);
        assert!(
            error.message().contains("libc.so.6: ") && error.message().contains("MI_Application_InitializeV1"),
            "{error}"
        );
    }
}

//! Where provider libraries come from, and their entry point.

use omi::Name;
use omi_sys::{MI_Module, MI_Server};
use std::fmt;
use std::mem::ManuallyDrop;
use std::os::raw::c_int;
use std::path::{Path, PathBuf};

/// The `MI_Main` of a provider that is linked into this program.
pub type Main = unsafe extern "C" fn(*mut MI_Server) -> *mut MI_Module;

/// Where a provider library comes from.
#[derive(Clone)]
pub(crate) enum Source {
    /// A shared library.
    File(PathBuf),
    /// A part of this program, under a name for messages.
    Linked(Name, Main),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Linked(name, _) => f.write_str(name),
        }
    }
}

impl Source {
    /// The name in messages of the library's providers: without its directory.
    pub(super) fn short_name(&self) -> String {
        match self {
            Self::File(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            Self::Linked(name, _) => name.to_string(),
        }
    }
}

/// Opens a shared library and finds its `MI_Main`. The library is never closed.
pub(super) fn find_main(path: &Path) -> std::result::Result<Main, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    let flags: c_int = RTLD_NOW | RTLD_LOCAL;
    // SAFETY: whoever registers a provider library wants its code to run here.
    unsafe {
        let library = ManuallyDrop::new(Library::open(Some(path), flags)?);
        Ok(*library.get::<Main>(b"MI_Main\0")?)
    }
}

/// What the loader says; the error itself names only the call.
pub(super) fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

//! `MI_Server`: what a library is given when it is loaded.

use super::context::CONTEXT_FT;
use super::filter::FILTER_FT;
use super::memory::{guard, put};
use super::propertyset::PROPERTY_SET_FT;
use super::table::INSTANCE_FT;
use omi_sys::*;
use std::ffi::{CString, c_char, c_void};
use std::ptr;
use std::sync::OnceLock;

/// The newest MI version that this host speaks, that of the unmodified header.
pub(super) const VERSION: u32 = MI_MAKE_VERSION(1, 1, 0);

/// OMI's own providers step back from `serverFT` to a private block and look for this number first.
const PRIVATE_MAGIC: u32 = 0xF197_68D7;

/// The server's functions with the private block in front of them.
#[repr(C)]
struct ServerFunctions {
    magic: u32,
    find_symbol: unsafe extern "C" fn(*const c_char) -> *mut c_void,
    functions: MI_ServerFT,
}

static FUNCTIONS: ServerFunctions = ServerFunctions {
    magic: PRIVATE_MAGIC,
    find_symbol,
    functions: MI_ServerFT { GetVersion: Some(get_version), GetSystemName: Some(get_system_name) },
};

const _: () = assert!(std::mem::offset_of!(ServerFunctions, functions) == 16);

/// The argument of `MI_Main`. Libraries keep it, so it lives as long as the process.
pub(super) fn server() -> *mut MI_Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::new).0
}

struct Server(*mut MI_Server);

// SAFETY: nobody writes to it, and what it points to is constant.
unsafe impl Send for Server {}
// SAFETY: as above.
unsafe impl Sync for Server {}

impl Server {
    fn new() -> Self {
        let functions = (&raw const FUNCTIONS).wrapping_byte_add(std::mem::offset_of!(ServerFunctions, functions));
        Self(Box::into_raw(Box::new(MI_Server {
            serverFT: functions.cast(),
            contextFT: &raw const CONTEXT_FT,
            instanceFT: &raw const INSTANCE_FT,
            propertySetFT: &raw const PROPERTY_SET_FT,
            filterFT: &raw const FILTER_FT,
        })))
    }
}

/// This host has no private functions to find.
unsafe extern "C" fn find_symbol(_name: *const c_char) -> *mut c_void {
    ptr::null_mut()
}

unsafe extern "C" fn get_version(version: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid, as C callers have it.
    guard(|| unsafe { put(version, VERSION) })
}

unsafe extern "C" fn get_system_name(system_name: *mut *const MI_Char) -> MI_Result {
    static NAME: OnceLock<CString> = OnceLock::new();
    guard(|| {
        let name = NAME.get_or_init(|| {
            let name = nix::unistd::gethostname().unwrap_or_default();
            CString::new(name.into_encoded_bytes()).unwrap_or_default()
        });
        // SAFETY: NULL or valid, as C callers have it.
        unsafe { put(system_name, name.as_ptr()) }
    })
}

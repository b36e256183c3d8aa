//! What passes between a server and a provider library when the library is loaded.

use super::*;

/// The argument of `MI_Main`: the server's function tables. OMI leaves the last two NULL.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Server {
    pub serverFT: *const MI_ServerFT,
    pub contextFT: *const MI_ContextFT,
    pub instanceFT: *const MI_InstanceFT,
    pub propertySetFT: *const MI_PropertySetFT,
    pub filterFT: *const MI_FilterFT,
}

/// What a provider library may ask the server that loaded it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ServerFT {
    /// MI version of the server, encoded as by `MI_MAKE_VERSION`.
    pub GetVersion: Option<unsafe extern "C" fn(version: *mut MI_Uint32) -> MI_Result>,
    /// Host name; the string belongs to the server.
    pub GetSystemName: Option<unsafe extern "C" fn(systemName: *mut *const MI_Char) -> MI_Result>,
}

/// Type of the symbol `MI_Main`, the only symbol that a provider library exports.
pub type MI_MainFunction = Option<unsafe extern "C" fn(server: *mut MI_Server) -> *mut MI_Module>;

/// What `MI_Main` returns: versions, class declarations and entry points of a provider library.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Module {
    /// MI version that the library was built for; a server refuses one above its own.
    pub version: MI_Uint32,
    /// Version of the tool that generated the declarations.
    pub generatorVersion: MI_Uint32,
    /// `MI_MODULE_FLAG_*` bits.
    pub flags: MI_Uint32,
    /// Size of `MI_Char` in bytes: 1.
    pub charSize: MI_Uint32,
    pub schemaDecl: *mut MI_SchemaDecl,
    pub Load: MI_Module_Load,
    pub Unload: MI_Module_Unload,
    /// Provider for classes without a declaration, or NULL. OMI never uses it.
    pub dynamicProviderFT: *const MI_ProviderFT,
}

/// Called once after the library is loaded; must post a result on the context.
pub type MI_Module_Load = Option<unsafe extern "C" fn(self_: *mut *mut MI_Module_Self, context: *mut MI_Context)>;

/// Called once before the library is unloaded; must post a result on the context.
pub type MI_Module_Unload = Option<unsafe extern "C" fn(self_: *mut MI_Module_Self, context: *mut MI_Context)>;

/// The module's own state, opaque to the server.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Module_Self {
    _private: [u8; 0],
}

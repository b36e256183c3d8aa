//! Instances.

use super::*;

/// Head of every instance; the fields of the declared properties follow at their offsets.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Instance {
    pub ft: *const MI_InstanceFT,
    pub classDecl: *const MI_ClassDecl,
    pub serverName: *const MI_Char,
    pub nameSpace: *const MI_Char,
    /// For the host that made the instance.
    pub reserved: [isize; 4],
}

/// Operations on an instance.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_InstanceFT {
    /// Deep copy; free it with `Delete`.
    pub Clone: Option<unsafe extern "C" fn(self_: *const MI_Instance, newInstance: *mut *mut MI_Instance) -> MI_Result>,
    /// Frees the contents of a constructed instance, not its memory.
    pub Destruct: Option<unsafe extern "C" fn(self_: *mut MI_Instance) -> MI_Result>,
    /// Frees an allocated instance.
    pub Delete: Option<unsafe extern "C" fn(self_: *mut MI_Instance) -> MI_Result>,
    /// Whether the instance is of the class or of a subclass.
    pub IsA: Option<
        unsafe extern "C" fn(
            self_: *const MI_Instance,
            classDecl: *const MI_ClassDecl,
            flag: *mut MI_Boolean,
        ) -> MI_Result,
    >,
    pub GetClassName:
        Option<unsafe extern "C" fn(self_: *const MI_Instance, className: *mut *const MI_Char) -> MI_Result>,
    pub SetNameSpace: Option<unsafe extern "C" fn(self_: *mut MI_Instance, nameSpace: *const MI_Char) -> MI_Result>,
    pub GetNameSpace:
        Option<unsafe extern "C" fn(self_: *const MI_Instance, nameSpace: *mut *const MI_Char) -> MI_Result>,
    pub GetElementCount: Option<unsafe extern "C" fn(self_: *const MI_Instance, count: *mut MI_Uint32) -> MI_Result>,
    /// Adds an element to a dynamic instance.
    pub AddElement: Option<
        unsafe extern "C" fn(
            self_: *mut MI_Instance,
            name: *const MI_Char,
            value: *const MI_Value,
            type_: MI_Type,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    /// Sets an element by name. A NULL value makes it null; `MI_FLAG_BORROW` stores the pointer without a copy.
    pub SetElement: Option<
        unsafe extern "C" fn(
            self_: *mut MI_Instance,
            name: *const MI_Char,
            value: *const MI_Value,
            type_: MI_Type,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    /// Sets an element by position.
    pub SetElementAt: Option<
        unsafe extern "C" fn(
            self_: *mut MI_Instance,
            index: MI_Uint32,
            value: *const MI_Value,
            type_: MI_Type,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    /// Reads an element by name; the value stays owned by the instance. Each out pointer may be NULL.
    pub GetElement: Option<
        unsafe extern "C" fn(
            self_: *const MI_Instance,
            name: *const MI_Char,
            value: *mut MI_Value,
            type_: *mut MI_Type,
            flags: *mut MI_Uint32,
            index: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    /// Reads an element by position.
    pub GetElementAt: Option<
        unsafe extern "C" fn(
            self_: *const MI_Instance,
            index: MI_Uint32,
            name: *mut *const MI_Char,
            value: *mut MI_Value,
            type_: *mut MI_Type,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    /// Makes an element null.
    pub ClearElement: Option<unsafe extern "C" fn(self_: *mut MI_Instance, name: *const MI_Char) -> MI_Result>,
    pub ClearElementAt: Option<unsafe extern "C" fn(self_: *mut MI_Instance, index: MI_Uint32) -> MI_Result>,
    /// Name of the server that sent the instance; may be NULL.
    pub GetServerName: Option<unsafe extern "C" fn(self_: *const MI_Instance, name: *mut *const MI_Char) -> MI_Result>,
    pub SetServerName: Option<unsafe extern "C" fn(self_: *mut MI_Instance, name: *const MI_Char) -> MI_Result>,
    /// The class as a live object; free it with its own `Delete`.
    pub GetClass:
        Option<unsafe extern "C" fn(self_: *const MI_Instance, instanceClass: *mut *mut MI_Class) -> MI_Result>,
}

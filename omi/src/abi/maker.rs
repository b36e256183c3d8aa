//! What makes instances: the context of a request, or that of lifecycle indications, or the application of a client.

use crate::Result;
use omi_sys::*;
use std::ffi::CStr;
use std::ptr::NonNull;

/// Makes instances in memory that the host knows how to read.
pub(crate) trait Maker {
    /// Initialises the caller's memory of `class.size` bytes as an instance of the class.
    fn construct_instance(&self, class: *const MI_ClassDecl, memory: *mut MI_Instance) -> Result<()>;

    /// Initialises the caller's memory of `method.size` bytes as the parameters of the method.
    fn construct_parameters(&self, method: *const MI_MethodDecl, memory: *mut MI_Instance) -> Result<()>;

    /// An instance on the host's heap, without elements. `flags` say what it is an instance of: a class, an
    /// association, an indication or the parameters of a method.
    fn new_dynamic_instance(&self, class_name: &CStr, flags: u32) -> Result<NonNull<MI_Instance>>;
}

//! Classes and instances as text.

use core::ffi::c_void;

use super::*;

/// Writes classes and instances in one format.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Serializer {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
}

/// Writing of classes and instances as text.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_SerializerFT {
    pub Close: Option<unsafe extern "C" fn(serializer: *mut MI_Serializer) -> MI_Result>,
    pub SerializeClass: Option<
        unsafe extern "C" fn(
            serializer: *mut MI_Serializer,
            flags: MI_Uint32,
            classObject: *const MI_Class,
            clientBuffer: *mut MI_Uint8,
            clientBufferLength: MI_Uint32,
            clientBufferNeeded: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub SerializeInstance: Option<
        unsafe extern "C" fn(
            serializer: *mut MI_Serializer,
            flags: MI_Uint32,
            instanceObject: *const MI_Instance,
            clientBuffer: *mut MI_Uint8,
            clientBufferLength: MI_Uint32,
            clientBufferNeeded: *mut MI_Uint32,
        ) -> MI_Result,
    >,
}

/// Reads classes and instances of one format.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Deserializer {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
}

/// Reading of classes and instances from text.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_DeserializerFT {
    pub Close: Option<unsafe extern "C" fn(deserializer: *mut MI_Deserializer) -> MI_Result>,
    pub DeserializeClass: Option<
        unsafe extern "C" fn(
            deserializer: *mut MI_Deserializer,
            flags: MI_Uint32,
            serializedBuffer: *mut MI_Uint8,
            serializedBufferLength: MI_Uint32,
            parentClass: *mut MI_Class,
            serverName: *const MI_Char,
            namespaceName: *const MI_Char,
            classObjectNeeded: MI_Deserializer_ClassObjectNeeded,
            classObjectNeededContext: *mut c_void,
            serializedBufferRead: *mut MI_Uint32,
            classObject: *mut *mut MI_Class,
            cimErrorDetails: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub Class_GetClassName: Option<
        unsafe extern "C" fn(
            deserializer: *mut MI_Deserializer,
            serializedBuffer: *mut MI_Uint8,
            serializedBufferLength: MI_Uint32,
            className: *mut MI_Char,
            classNameLength: *mut MI_Uint32,
            cimErrorDetails: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub Class_GetParentClassName: Option<
        unsafe extern "C" fn(
            deserializer: *mut MI_Deserializer,
            serializedBuffer: *mut MI_Uint8,
            serializedBufferLength: MI_Uint32,
            parentClassName: *mut MI_Char,
            parentClassNameLength: *mut MI_Uint32,
            cimErrorDetails: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub DeserializeInstance: Option<
        unsafe extern "C" fn(
            deserializer: *mut MI_Deserializer,
            flags: MI_Uint32,
            serializedBuffer: *mut MI_Uint8,
            serializedBufferLength: MI_Uint32,
            classObjects: *mut *mut MI_Class,
            numberClassObjects: MI_Uint32,
            classObjectNeeded: MI_Deserializer_ClassObjectNeeded,
            classObjectNeededContext: *mut c_void,
            serializedBufferRead: *mut MI_Uint32,
            instanceObject: *mut *mut MI_Instance,
            cimErrorDetails: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub Instance_GetClassName: Option<
        unsafe extern "C" fn(
            deserializer: *mut MI_Deserializer,
            serializedBuffer: *mut MI_Uint8,
            serializedBufferLength: MI_Uint32,
            className: *mut MI_Char,
            classNameLength: *mut MI_Uint32,
            cimErrorDetails: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
}

/// Asked for a class that the text refers to.
pub type MI_Deserializer_ClassObjectNeeded = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        serverName: *const MI_Char,
        namespaceName: *const MI_Char,
        className: *const MI_Char,
        requestedClassObject: *mut *mut MI_Class,
    ) -> MI_Result,
>;

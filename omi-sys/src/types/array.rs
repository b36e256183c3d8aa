//! Arrays: a pointer to `size` elements. The `Const` twins are for declarations and borrowed data.

use core::ffi::c_void;

use super::*;

/// Defines one array type per row, from the type of its `data` pointer.
macro_rules! arrays {
    ($($name:ident: $data:ty;)*) => {$(
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            pub data: $data,
            pub size: MI_Uint32,
        }
    )*};
}

arrays! {
    MI_BooleanA: *mut MI_Boolean;
    MI_Uint8A: *mut MI_Uint8;
    MI_Sint8A: *mut MI_Sint8;
    MI_Uint16A: *mut MI_Uint16;
    MI_Sint16A: *mut MI_Sint16;
    MI_Uint32A: *mut MI_Uint32;
    MI_Sint32A: *mut MI_Sint32;
    MI_Uint64A: *mut MI_Uint64;
    MI_Sint64A: *mut MI_Sint64;
    MI_Real32A: *mut MI_Real32;
    MI_Real64A: *mut MI_Real64;
    MI_Char16A: *mut MI_Char16;
    MI_DatetimeA: *mut MI_Datetime;
    MI_StringA: *mut *mut MI_Char;
    MI_ReferenceA: *mut *mut MI_Instance;
    MI_InstanceA: *mut *mut MI_Instance;
    MI_Array: *mut c_void;
}

arrays! {
    MI_ConstBooleanA: *const MI_Boolean;
    MI_ConstUint8A: *const MI_Uint8;
    MI_ConstSint8A: *const MI_Sint8;
    MI_ConstUint16A: *const MI_Uint16;
    MI_ConstSint16A: *const MI_Sint16;
    MI_ConstUint32A: *const MI_Uint32;
    MI_ConstSint32A: *const MI_Sint32;
    MI_ConstUint64A: *const MI_Uint64;
    MI_ConstSint64A: *const MI_Sint64;
    MI_ConstReal32A: *const MI_Real32;
    MI_ConstReal64A: *const MI_Real64;
    MI_ConstChar16A: *const MI_Char16;
    MI_ConstDatetimeA: *const MI_Datetime;
    MI_ConstStringA: *const *const MI_Char;
    MI_ConstReferenceA: *const *const MI_Instance;
    MI_ConstInstanceA: *const *const MI_Instance;
}

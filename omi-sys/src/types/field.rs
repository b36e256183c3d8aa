//! Fields of static instances: a value, whether it exists (is not null), and the host's flags.

use super::*;

/// Defines one field type per row, from the type of its `value`.
macro_rules! fields {
    ($($name:ident: $value:ty;)*) => {$(
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $name {
            pub value: $value,
            pub exists: MI_Boolean,
            pub flags: MI_Uint8,
        }
    )*};
}

fields! {
    MI_BooleanField: MI_Boolean;
    MI_Sint8Field: MI_Sint8;
    MI_Uint8Field: MI_Uint8;
    MI_Sint16Field: MI_Sint16;
    MI_Uint16Field: MI_Uint16;
    MI_Sint32Field: MI_Sint32;
    MI_Uint32Field: MI_Uint32;
    MI_Sint64Field: MI_Sint64;
    MI_Uint64Field: MI_Uint64;
    MI_Real32Field: MI_Real32;
    MI_Real64Field: MI_Real64;
    MI_Char16Field: MI_Char16;
    MI_DatetimeField: MI_Datetime;
    MI_StringField: *mut MI_Char;
    MI_ReferenceField: *mut MI_Instance;
    MI_InstanceField: *mut MI_Instance;
}

fields! {
    MI_BooleanAField: MI_BooleanA;
    MI_Uint8AField: MI_Uint8A;
    MI_Sint8AField: MI_Sint8A;
    MI_Uint16AField: MI_Uint16A;
    MI_Sint16AField: MI_Sint16A;
    MI_Uint32AField: MI_Uint32A;
    MI_Sint32AField: MI_Sint32A;
    MI_Uint64AField: MI_Uint64A;
    MI_Sint64AField: MI_Sint64A;
    MI_Real32AField: MI_Real32A;
    MI_Real64AField: MI_Real64A;
    MI_Char16AField: MI_Char16A;
    MI_DatetimeAField: MI_DatetimeA;
    MI_StringAField: MI_StringA;
    MI_ReferenceAField: MI_ReferenceA;
    MI_InstanceAField: MI_InstanceA;
    MI_ArrayField: MI_Array;
}

fields! {
    MI_ConstBooleanField: MI_Boolean;
    MI_ConstSint8Field: MI_Sint8;
    MI_ConstUint8Field: MI_Uint8;
    MI_ConstSint16Field: MI_Sint16;
    MI_ConstUint16Field: MI_Uint16;
    MI_ConstSint32Field: MI_Sint32;
    MI_ConstUint32Field: MI_Uint32;
    MI_ConstSint64Field: MI_Sint64;
    MI_ConstUint64Field: MI_Uint64;
    MI_ConstReal32Field: MI_Real32;
    MI_ConstReal64Field: MI_Real64;
    MI_ConstChar16Field: MI_Char16;
    MI_ConstDatetimeField: MI_Datetime;
    MI_ConstStringField: *const MI_Char;
    MI_ConstReferenceField: *const MI_Instance;
    MI_ConstInstanceField: *const MI_Instance;
}

fields! {
    MI_ConstBooleanAField: MI_ConstBooleanA;
    MI_ConstUint8AField: MI_ConstUint8A;
    MI_ConstSint8AField: MI_ConstSint8A;
    MI_ConstUint16AField: MI_ConstUint16A;
    MI_ConstSint16AField: MI_ConstSint16A;
    MI_ConstUint32AField: MI_ConstUint32A;
    MI_ConstSint32AField: MI_ConstSint32A;
    MI_ConstUint64AField: MI_ConstUint64A;
    MI_ConstSint64AField: MI_ConstSint64A;
    MI_ConstReal32AField: MI_ConstReal32A;
    MI_ConstReal64AField: MI_ConstReal64A;
    MI_ConstChar16AField: MI_ConstChar16A;
    MI_ConstDatetimeAField: MI_ConstDatetimeA;
    MI_ConstStringAField: MI_ConstStringA;
    MI_ConstReferenceAField: MI_ConstReferenceA;
    MI_ConstInstanceAField: MI_ConstInstanceA;
}

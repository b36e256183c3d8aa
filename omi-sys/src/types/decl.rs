//! Declarations: what a provider library says about its classes. All lists are arrays of pointers.

use core::ffi::c_void;

use super::*;

/// All declarations of a provider library.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_SchemaDecl {
    pub qualifierDecls: *const *const MI_QualifierDecl,
    pub numQualifierDecls: MI_Uint32,
    pub classDecls: *const *const MI_ClassDecl,
    pub numClassDecls: MI_Uint32,
}

/// The members that class and method declarations share.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ObjectDecl {
    pub flags: MI_Uint32,
    pub code: MI_Uint32,
    pub name: *const MI_Char,
    pub qualifiers: *const *const MI_Qualifier,
    pub numQualifiers: MI_Uint32,
    pub properties: *const *const MI_PropertyDecl,
    pub numProperties: MI_Uint32,
    pub size: MI_Uint32,
}

/// Declaration of a class.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ClassDecl {
    /// `MI_FLAG_CLASS`, with `MI_FLAG_ASSOCIATION`, `MI_FLAG_INDICATION` and the like.
    pub flags: MI_Uint32,
    /// Hash of the name: lower-case first byte << 16, lower-case last byte << 8, length.
    pub code: MI_Uint32,
    pub name: *const MI_Char,
    pub qualifiers: *const *const MI_Qualifier,
    pub numQualifiers: MI_Uint32,
    /// All properties, inherited ones included.
    pub properties: *const *const MI_PropertyDecl,
    pub numProperties: MI_Uint32,
    /// Bytes of an instance, the `MI_Instance` header included.
    pub size: MI_Uint32,
    /// Name of the superclass, or NULL.
    pub superClass: *const MI_Char,
    /// Declaration of the superclass, or NULL.
    pub superClassDecl: *const MI_ClassDecl,
    pub methods: *const *const MI_MethodDecl,
    pub numMethods: MI_Uint32,
    /// The schema that this class belongs to; embedded and referenced classes are looked up there.
    pub schema: *const MI_SchemaDecl,
    /// The provider of this class, or NULL for a class that is only declared.
    pub providerFT: *const MI_ProviderFT,
    /// NULL for static declarations; hosts use it for declarations that they create themselves.
    pub owningClass: *mut MI_Class,
}

/// The members that parameter, property and method declarations share.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_FeatureDecl {
    pub flags: MI_Uint32,
    pub code: MI_Uint32,
    pub name: *const MI_Char,
    pub qualifiers: *const *const MI_Qualifier,
    pub numQualifiers: MI_Uint32,
}

/// Declaration of a property; its first members are those of `MI_ParameterDecl`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_PropertyDecl {
    pub flags: MI_Uint32,
    pub code: MI_Uint32,
    pub name: *const MI_Char,
    pub qualifiers: *const *const MI_Qualifier,
    pub numQualifiers: MI_Uint32,
    pub type_: MI_Uint32,
    /// Class of a reference or embedded instance, or NULL.
    pub className: *const MI_Char,
    /// Length of a fixed-size array, else 0.
    pub subscript: MI_Uint32,
    /// Byte offset of the field from the start of the instance.
    pub offset: MI_Uint32,
    /// Name of the class that first declared the property.
    pub origin: *const MI_Char,
    /// Name of the nearest class that declares or overrides the property.
    pub propagator: *const MI_Char,
    /// Default value, or NULL.
    pub value: *const c_void,
}

/// Declaration of a method; its first members are those of `MI_ClassDecl`, with parameters for properties.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_MethodDecl {
    pub flags: MI_Uint32,
    pub code: MI_Uint32,
    pub name: *const MI_Char,
    pub qualifiers: *const *const MI_Qualifier,
    pub numQualifiers: MI_Uint32,
    /// The first one is `MIReturn`, the return value.
    pub parameters: *const *const MI_ParameterDecl,
    pub numParameters: MI_Uint32,
    /// Bytes of a parameters instance, the `MI_Instance` header included.
    pub size: MI_Uint32,
    pub returnType: MI_Uint32,
    pub origin: *const MI_Char,
    pub propagator: *const MI_Char,
    pub schema: *const MI_SchemaDecl,
    /// The entry that the server calls for this method.
    pub function: MI_MethodDecl_Invoke,
}

/// Implementation of one method; posts the result and the parameters instance on the context.
pub type MI_MethodDecl_Invoke = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        methodName: *const MI_Char,
        instanceName: *const MI_Instance,
        parameters: *const MI_Instance,
    ),
>;

/// Declaration of a method parameter.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ParameterDecl {
    pub flags: MI_Uint32,
    pub code: MI_Uint32,
    pub name: *const MI_Char,
    pub qualifiers: *const *const MI_Qualifier,
    pub numQualifiers: MI_Uint32,
    pub type_: MI_Uint32,
    /// Class of a reference or embedded instance, or NULL.
    pub className: *const MI_Char,
    /// Length of a fixed-size array, else 0.
    pub subscript: MI_Uint32,
    /// Byte offset of the field from the start of the parameters instance.
    pub offset: MI_Uint32,
}

/// Declaration of a qualifier type.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_QualifierDecl {
    pub name: *const MI_Char,
    pub type_: MI_Uint32,
    pub scope: MI_Uint32,
    pub flavor: MI_Uint32,
    pub subscript: MI_Uint32,
    pub value: *const c_void,
}

/// A qualifier with its value, on a class, property, method or parameter.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_Qualifier {
    pub name: *const MI_Char,
    pub type_: MI_Uint32,
    pub flavor: MI_Uint32,
    pub value: *const c_void,
}

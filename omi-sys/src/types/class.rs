//! Classes as live objects, with their qualifiers and method parameters.

use super::*;

/// A class as a live object, for example the result of a GetClass operation.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Class {
    pub ft: *const MI_ClassFT,
    pub classDecl: *const MI_ClassDecl,
    pub namespaceName: *const MI_Char,
    pub serverName: *const MI_Char,
    pub reserved: [isize; 4],
}

/// Operations on a class.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ClassFT {
    pub GetClassName: Option<unsafe extern "C" fn(self_: *const MI_Class, className: *mut *const MI_Char) -> MI_Result>,
    pub GetNameSpace: Option<unsafe extern "C" fn(self_: *const MI_Class, nameSpace: *mut *const MI_Char) -> MI_Result>,
    pub GetServerName:
        Option<unsafe extern "C" fn(self_: *const MI_Class, serverName: *mut *const MI_Char) -> MI_Result>,
    pub GetElementCount: Option<unsafe extern "C" fn(self_: *const MI_Class, count: *mut MI_Uint32) -> MI_Result>,
    pub GetElement: Option<
        unsafe extern "C" fn(
            self_: *const MI_Class,
            name: *const MI_Char,
            value: *mut MI_Value,
            valueExists: *mut MI_Boolean,
            type_: *mut MI_Type,
            referenceClass: *mut *mut MI_Char,
            qualifierSet: *mut MI_QualifierSet,
            flags: *mut MI_Uint32,
            index: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetElementAt: Option<
        unsafe extern "C" fn(
            self_: *const MI_Class,
            index: MI_Uint32,
            name: *mut *const MI_Char,
            value: *mut MI_Value,
            valueExists: *mut MI_Boolean,
            type_: *mut MI_Type,
            referenceClass: *mut *mut MI_Char,
            qualifierSet: *mut MI_QualifierSet,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetClassQualifierSet:
        Option<unsafe extern "C" fn(self_: *const MI_Class, qualifierSet: *mut MI_QualifierSet) -> MI_Result>,
    pub GetMethodCount: Option<unsafe extern "C" fn(self_: *const MI_Class, count: *mut MI_Uint32) -> MI_Result>,
    pub GetMethodAt: Option<
        unsafe extern "C" fn(
            self_: *const MI_Class,
            index: MI_Uint32,
            name: *mut *const MI_Char,
            qualifierSet: *mut MI_QualifierSet,
            parameterSet: *mut MI_ParameterSet,
        ) -> MI_Result,
    >,
    pub GetMethod: Option<
        unsafe extern "C" fn(
            self_: *const MI_Class,
            name: *const MI_Char,
            qualifierSet: *mut MI_QualifierSet,
            parameterSet: *mut MI_ParameterSet,
            index: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetParentClassName:
        Option<unsafe extern "C" fn(self_: *const MI_Class, name: *mut *const MI_Char) -> MI_Result>,
    pub GetParentClass:
        Option<unsafe extern "C" fn(self_: *const MI_Class, parentClass: *mut *mut MI_Class) -> MI_Result>,
    pub Delete: Option<unsafe extern "C" fn(self_: *mut MI_Class) -> MI_Result>,
    pub Clone: Option<unsafe extern "C" fn(self_: *const MI_Class, newClass: *mut *mut MI_Class) -> MI_Result>,
}

/// The qualifiers of a class, property, method or parameter; a view into its `MI_Class`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_QualifierSet {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
    pub ft: *const MI_QualifierSetFT,
}

/// Reading of qualifiers.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_QualifierSetFT {
    pub GetQualifierCount:
        Option<unsafe extern "C" fn(self_: *const MI_QualifierSet, count: *mut MI_Uint32) -> MI_Result>,
    pub GetQualifierAt: Option<
        unsafe extern "C" fn(
            self_: *const MI_QualifierSet,
            index: MI_Uint32,
            name: *mut *const MI_Char,
            qualifierType: *mut MI_Type,
            qualifierFlags: *mut MI_Uint32,
            qualifierValue: *mut MI_Value,
        ) -> MI_Result,
    >,
    pub GetQualifier: Option<
        unsafe extern "C" fn(
            self_: *const MI_QualifierSet,
            name: *const MI_Char,
            qualifierType: *mut MI_Type,
            qualifierFlags: *mut MI_Uint32,
            qualifierValue: *mut MI_Value,
            index: *mut MI_Uint32,
        ) -> MI_Result,
    >,
}

/// The parameters of a method; a view into its `MI_Class`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ParameterSet {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
    pub ft: *const MI_ParameterSetFT,
}

/// Reading of a method's parameters.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ParameterSetFT {
    pub GetMethodReturnType: Option<
        unsafe extern "C" fn(
            self_: *const MI_ParameterSet,
            returnType: *mut MI_Type,
            qualifierSet: *mut MI_QualifierSet,
        ) -> MI_Result,
    >,
    pub GetParameterCount:
        Option<unsafe extern "C" fn(self_: *const MI_ParameterSet, count: *mut MI_Uint32) -> MI_Result>,
    pub GetParameterAt: Option<
        unsafe extern "C" fn(
            self_: *const MI_ParameterSet,
            index: MI_Uint32,
            name: *mut *const MI_Char,
            parameterType: *mut MI_Type,
            referenceClass: *mut *mut MI_Char,
            qualifierSet: *mut MI_QualifierSet,
        ) -> MI_Result,
    >,
    pub GetParameter: Option<
        unsafe extern "C" fn(
            self_: *const MI_ParameterSet,
            name: *const MI_Char,
            parameterType: *mut MI_Type,
            referenceClass: *mut *mut MI_Char,
            qualifierSet: *mut MI_QualifierSet,
            index: *mut MI_Uint32,
        ) -> MI_Result,
    >,
}

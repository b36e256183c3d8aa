//! The application, from which a client makes everything else, and the tables of the client library.

use super::*;

/// One client library user; everything else of the client is made from it.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Application {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
    pub ft: *const MI_ApplicationFT,
}

/// What an application can create.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ApplicationFT {
    /// Ends the application; waits until its sessions are closed.
    pub Close: Option<unsafe extern "C" fn(application: *mut MI_Application) -> MI_Result>,
    /// Opens a session; `protocol` and `destination` NULL mean the local server.
    pub NewSession: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            protocol: *const MI_Char,
            destination: *const MI_Char,
            options: *mut MI_DestinationOptions,
            callbacks: *mut MI_SessionCallbacks,
            extendedError: *mut *mut MI_Instance,
            session: *mut MI_Session,
        ) -> MI_Result,
    >,
    /// Registers a provider that lives in this process.
    pub NewHostedProvider: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            namespaceName: *const MI_Char,
            providerName: *const MI_Char,
            mi_Main: MI_MainFunction,
            extendedError: *mut *mut MI_Instance,
            provider: *mut MI_HostedProvider,
        ) -> MI_Result,
    >,
    /// Allocates an instance, dynamic when `classRTTI` is NULL.
    pub NewInstance: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            className: *const MI_Char,
            classRTTI: *const MI_ClassDecl,
            instance: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub NewDestinationOptions: Option<
        unsafe extern "C" fn(application: *mut MI_Application, options: *mut MI_DestinationOptions) -> MI_Result,
    >,
    pub NewOperationOptions: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            customOptionsMustUnderstand: MI_Boolean,
            options: *mut MI_OperationOptions,
        ) -> MI_Result,
    >,
    pub NewSubscriptionDeliveryOptions: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            deliveryType: MI_SubscriptionDeliveryType,
            deliveryOptions: *mut MI_SubscriptionDeliveryOptions,
        ) -> MI_Result,
    >,
    pub NewSerializer: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            flags: MI_Uint32,
            format: *mut MI_Char,
            serializer: *mut MI_Serializer,
        ) -> MI_Result,
    >,
    pub NewDeserializer: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            flags: MI_Uint32,
            format: *mut MI_Char,
            deserializer: *mut MI_Deserializer,
        ) -> MI_Result,
    >,
    pub NewInstanceFromClass: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            className: *const MI_Char,
            classObject: *const MI_Class,
            instance: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub NewClass: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            classDecl: *const MI_ClassDecl,
            namespaceName: *const MI_Char,
            serverName: *const MI_Char,
            classObject: *mut *mut MI_Class,
        ) -> MI_Result,
    >,
}

/// A provider that a client process registered for itself.
#[repr(C)]
#[derive(Debug)]
pub struct MI_HostedProvider {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
    pub ft: *const MI_HostedProviderFT,
}

/// Operations on a hosted provider.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_HostedProviderFT {
    pub Close: Option<unsafe extern "C" fn(hostedProvider: *mut MI_HostedProvider) -> MI_Result>,
    pub GetApplication: Option<
        unsafe extern "C" fn(hostedProvider: *mut MI_HostedProvider, application: *mut MI_Application) -> MI_Result,
    >,
}

/// Conversions of error codes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_UtilitiesFT {
    pub MapErrorToMiErrorCategory:
        Option<unsafe extern "C" fn(errorType: *const MI_Char, error: MI_Uint32) -> MI_ErrorCategory>,
    pub CimErrorFromErrorCode: Option<
        unsafe extern "C" fn(
            error: MI_Uint32,
            errorType: *const MI_Char,
            errorMessage: *const MI_Char,
            cimError: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
}

/// All function tables of the client library.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ClientFT_V1 {
    pub applicationFT: *const MI_ApplicationFT,
    pub sessionFT: *const MI_SessionFT,
    pub operationFT: *const MI_OperationFT,
    pub hostedProviderFT: *const MI_HostedProviderFT,
    pub serializerFT: *const MI_SerializerFT,
    pub deserializerFT: *const MI_DeserializerFT,
    pub subscribeDeliveryOptionsFT: *const MI_SubscriptionDeliveryOptionsFT,
    pub destinationOptionsFT: *const MI_DestinationOptionsFT,
    pub operationOptionsFT: *const MI_OperationOptionsFT,
    pub utilitiesFT: *const MI_UtilitiesFT,
}

//! Options of sessions, operations and subscriptions, and credentials.

use super::*;

/// Credentials of one authentication type (`MI_AUTH_TYPE_*`).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MI_UserCredentials {
    pub authenticationType: *const MI_Char,
    pub credentials: MI_CredentialsUnion,
}

/// Account and password.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_UsernamePasswordCreds {
    pub domain: *const MI_Char,
    pub username: *const MI_Char,
    pub password: *const MI_Char,
}

/// Options of a session: transport, port, certificates, credentials.
#[repr(C)]
#[derive(Debug)]
pub struct MI_DestinationOptions {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
    pub ft: *const MI_DestinationOptionsFT,
}

/// Reading and setting of options of a session.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_DestinationOptionsFT {
    pub Delete: Option<unsafe extern "C" fn(options: *mut MI_DestinationOptions)>,
    pub SetString: Option<
        unsafe extern "C" fn(
            options: *mut MI_DestinationOptions,
            optionName: *const MI_Char,
            value: *const MI_Char,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub SetNumber: Option<
        unsafe extern "C" fn(
            options: *mut MI_DestinationOptions,
            optionName: *const MI_Char,
            value: MI_Uint32,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub AddCredentials: Option<
        unsafe extern "C" fn(
            options: *mut MI_DestinationOptions,
            optionName: *const MI_Char,
            credentials: *const MI_UserCredentials,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetString: Option<
        unsafe extern "C" fn(
            options: *const MI_DestinationOptions,
            optionName: *const MI_Char,
            value: *mut *const MI_Char,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetNumber: Option<
        unsafe extern "C" fn(
            options: *const MI_DestinationOptions,
            optionName: *const MI_Char,
            value: *mut MI_Uint32,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetOptionCount:
        Option<unsafe extern "C" fn(options: *const MI_DestinationOptions, count: *mut MI_Uint32) -> MI_Result>,
    pub GetOptionAt: Option<
        unsafe extern "C" fn(
            options: *const MI_DestinationOptions,
            index: MI_Uint32,
            optionName: *mut *const MI_Char,
            value: *mut MI_Value,
            type_: *mut MI_Type,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetOption: Option<
        unsafe extern "C" fn(
            options: *const MI_DestinationOptions,
            optionName: *const MI_Char,
            value: *mut MI_Value,
            type_: *mut MI_Type,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetCredentialsCount:
        Option<unsafe extern "C" fn(options: *const MI_DestinationOptions, count: *mut MI_Uint32) -> MI_Result>,
    pub GetCredentialsAt: Option<
        unsafe extern "C" fn(
            options: *const MI_DestinationOptions,
            index: MI_Uint32,
            optionName: *mut *const MI_Char,
            credentials: *mut MI_UserCredentials,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetCredentialsPasswordAt: Option<
        unsafe extern "C" fn(
            options: *const MI_DestinationOptions,
            index: MI_Uint32,
            optionName: *mut *const MI_Char,
            password: *mut MI_Char,
            bufferLength: MI_Uint32,
            passwordLength: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub Clone: Option<
        unsafe extern "C" fn(
            self_: *const MI_DestinationOptions,
            newDestinationOptions: *mut MI_DestinationOptions,
        ) -> MI_Result,
    >,
    pub SetInterval: Option<
        unsafe extern "C" fn(
            options: *mut MI_DestinationOptions,
            optionName: *const MI_Char,
            value: *const MI_Interval,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetInterval: Option<
        unsafe extern "C" fn(
            options: *const MI_DestinationOptions,
            optionName: *const MI_Char,
            value: *mut MI_Interval,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
}

/// Options of an operation: timeout, modes, custom options.
#[repr(C)]
#[derive(Debug)]
pub struct MI_OperationOptions {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
    pub ft: *const MI_OperationOptionsFT,
}

/// Reading and setting of options of an operation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_OperationOptionsFT {
    pub Delete: Option<unsafe extern "C" fn(options: *mut MI_OperationOptions)>,
    pub SetString: Option<
        unsafe extern "C" fn(
            options: *mut MI_OperationOptions,
            optionName: *const MI_Char,
            value: *const MI_Char,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub SetNumber: Option<
        unsafe extern "C" fn(
            options: *mut MI_OperationOptions,
            optionName: *const MI_Char,
            value: MI_Uint32,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub SetCustomOption: Option<
        unsafe extern "C" fn(
            options: *mut MI_OperationOptions,
            optionName: *const MI_Char,
            valueType: MI_Type,
            value: *const MI_Value,
            mustComply: MI_Boolean,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetString: Option<
        unsafe extern "C" fn(
            options: *const MI_OperationOptions,
            optionName: *const MI_Char,
            value: *mut *const MI_Char,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetNumber: Option<
        unsafe extern "C" fn(
            options: *const MI_OperationOptions,
            optionName: *const MI_Char,
            value: *mut MI_Uint32,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetOptionCount:
        Option<unsafe extern "C" fn(options: *const MI_OperationOptions, count: *mut MI_Uint32) -> MI_Result>,
    pub GetOptionAt: Option<
        unsafe extern "C" fn(
            options: *const MI_OperationOptions,
            index: MI_Uint32,
            optionName: *mut *const MI_Char,
            value: *mut MI_Value,
            type_: *mut MI_Type,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetOption: Option<
        unsafe extern "C" fn(
            options: *const MI_OperationOptions,
            optionName: *const MI_Char,
            value: *mut MI_Value,
            type_: *mut MI_Type,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetEnabledChannels: Option<
        unsafe extern "C" fn(
            options: *const MI_OperationOptions,
            optionName: *const MI_Char,
            channels: *mut MI_Uint32,
            bufferLength: MI_Uint32,
            channelCount: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub Clone: Option<
        unsafe extern "C" fn(
            self_: *const MI_OperationOptions,
            newOperationOptions: *mut MI_OperationOptions,
        ) -> MI_Result,
    >,
    pub SetInterval: Option<
        unsafe extern "C" fn(
            options: *mut MI_OperationOptions,
            optionName: *const MI_Char,
            value: *const MI_Interval,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetInterval: Option<
        unsafe extern "C" fn(
            options: *const MI_OperationOptions,
            optionName: *const MI_Char,
            value: *mut MI_Interval,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
}

/// Options of a subscription: delivery, heartbeat, bookmark.
#[repr(C)]
#[derive(Debug)]
pub struct MI_SubscriptionDeliveryOptions {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
    pub ft: *const MI_SubscriptionDeliveryOptionsFT,
}

/// Reading and setting of options of a subscription.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_SubscriptionDeliveryOptionsFT {
    pub SetString: Option<
        unsafe extern "C" fn(
            options: *mut MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            value: *const MI_Char,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub SetNumber: Option<
        unsafe extern "C" fn(
            options: *mut MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            value: MI_Uint32,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub SetDateTime: Option<
        unsafe extern "C" fn(
            options: *mut MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            value: *const MI_Datetime,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub SetInterval: Option<
        unsafe extern "C" fn(
            options: *mut MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            value: *const MI_Interval,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub AddCredentials: Option<
        unsafe extern "C" fn(
            options: *mut MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            credentials: *const MI_UserCredentials,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    pub Delete: Option<unsafe extern "C" fn(self_: *mut MI_SubscriptionDeliveryOptions) -> MI_Result>,
    pub GetString: Option<
        unsafe extern "C" fn(
            options: *const MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            value: *mut *const MI_Char,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetNumber: Option<
        unsafe extern "C" fn(
            options: *const MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            value: *mut MI_Uint32,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetDateTime: Option<
        unsafe extern "C" fn(
            options: *const MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            value: *mut MI_Datetime,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetInterval: Option<
        unsafe extern "C" fn(
            options: *const MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            value: *mut MI_Interval,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetOptionCount: Option<
        unsafe extern "C" fn(options: *const MI_SubscriptionDeliveryOptions, count: *mut MI_Uint32) -> MI_Result,
    >,
    pub GetOptionAt: Option<
        unsafe extern "C" fn(
            options: *const MI_SubscriptionDeliveryOptions,
            index: MI_Uint32,
            optionName: *mut *const MI_Char,
            value: *mut MI_Value,
            type_: *mut MI_Type,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetOption: Option<
        unsafe extern "C" fn(
            options: *const MI_SubscriptionDeliveryOptions,
            optionName: *const MI_Char,
            value: *mut MI_Value,
            type_: *mut MI_Type,
            index: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetCredentialsCount: Option<
        unsafe extern "C" fn(options: *const MI_SubscriptionDeliveryOptions, count: *mut MI_Uint32) -> MI_Result,
    >,
    pub GetCredentialsAt: Option<
        unsafe extern "C" fn(
            options: *const MI_SubscriptionDeliveryOptions,
            index: MI_Uint32,
            optionName: *mut *const MI_Char,
            credentials: *mut MI_UserCredentials,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub GetCredentialsPasswordAt: Option<
        unsafe extern "C" fn(
            options: *const MI_SubscriptionDeliveryOptions,
            index: MI_Uint32,
            optionName: *mut *const MI_Char,
            password: *mut MI_Char,
            bufferLength: MI_Uint32,
            passwordLength: *mut MI_Uint32,
            flags: *mut MI_Uint32,
        ) -> MI_Result,
    >,
    pub Clone: Option<
        unsafe extern "C" fn(
            self_: *const MI_SubscriptionDeliveryOptions,
            newSubscriptionDeliveryOptions: *mut MI_SubscriptionDeliveryOptions,
        ) -> MI_Result,
    >,
}

/// The two forms of credentials.
#[repr(C)]
#[derive(Clone, Copy)]
pub union MI_CredentialsUnion {
    pub usernamePassword: MI_UsernamePasswordCreds,
    /// For the certificate types.
    pub certificateThumbprint: *const MI_Char,
}

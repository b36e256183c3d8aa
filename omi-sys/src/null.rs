//! The initialisers of the header for objects and callbacks that are not in use.

use core::ptr::{null, null_mut};

use crate::*;

pub const MI_APPLICATION_NULL: MI_Application = MI_Application { reserved1: 0, reserved2: 0, ft: null() };
pub const MI_SESSION_NULL: MI_Session = MI_Session { reserved1: 0, reserved2: 0, ft: null() };
pub const MI_OPERATION_NULL: MI_Operation = MI_Operation { reserved1: 0, reserved2: 0, ft: null() };
pub const MI_HOSTEDPROVIDER_NULL: MI_HostedProvider = MI_HostedProvider { reserved1: 0, reserved2: 0, ft: null() };
pub const MI_DESTINATIONOPTIONS_NULL: MI_DestinationOptions =
    MI_DestinationOptions { reserved1: 0, reserved2: 0, ft: null() };
pub const MI_OPERATIONOPTIONS_NULL: MI_OperationOptions =
    MI_OperationOptions { reserved1: 0, reserved2: 0, ft: null() };
pub const MI_SUBSCRIPTIONDELIVERYOPTIONS_NULL: MI_SubscriptionDeliveryOptions =
    MI_SubscriptionDeliveryOptions { reserved1: 0, reserved2: 0, ft: null() };

pub const MI_SESSIONCALLBACKS_NULL: MI_SessionCallbacks =
    MI_SessionCallbacks { callbackContext: null_mut(), writeMessage: None, writeError: None };
pub const MI_OPERATIONCALLBACKS_NULL: MI_OperationCallbacks = MI_OperationCallbacks {
    callbackContext: null_mut(),
    promptUser: None,
    writeError: None,
    writeMessage: None,
    writeProgress: None,
    instanceResult: None,
    indicationResult: None,
    classResult: None,
    streamedParameterResult: None,
};

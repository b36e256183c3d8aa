//! Faults: what went wrong, in the terms of DSP0226 section 14, of MI and of Windows at once.

use omi::{Error, ResultCode};

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The request was wrong.
    Sender,
    /// The service or a provider failed.
    Receiver,
    /// A header that must be understood was not.
    MustUnderstand,
}

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Whose fault it is.
    pub role: Role,
    /// The subcode as a qualified name with a prefix of our envelopes; empty for MustUnderstand, which has none.
    pub subcode: &'static str,
    /// The name of the fault detail, without its URI; empty for none.
    pub detail: &'static str,
    /// The code in `f:WSManFault`: an `ERROR_WSMAN_*` number of Windows' wsmerror.h, or a Win32 error.
    pub windows_code: u32,
    /// The MI result in `OMI_Error`, for faults that the service itself finds.
    pub result: ResultCode,
}

/// The kinds of faults that this service raises.
#[allow(missing_docs)] // the names are those of DSP0226
pub mod kind {
    use super::{Kind, ResultCode, Role};

    const fn sender(subcode: &'static str, detail: &'static str, windows_code: u32, result: ResultCode) -> Kind {
        Kind { role: Role::Sender, subcode, detail, windows_code, result }
    }

    const fn receiver(subcode: &'static str, windows_code: u32, result: ResultCode) -> Kind {
        Kind { role: Role::Receiver, subcode, detail: "", windows_code, result }
    }

    const INVALID: ResultCode = ResultCode::INVALID_PARAMETER;

    pub const ACCESS_DENIED: &Kind = &sender("w:AccessDenied", "", 5, ResultCode::ACCESS_DENIED);
    pub const ACTION_NOT_SUPPORTED: &Kind = &sender("a:ActionNotSupported", "", 0x8033_8013, ResultCode::NOT_SUPPORTED);
    pub const ALREADY_EXISTS: &Kind = &sender("w:AlreadyExists", "", 183, ResultCode::ALREADY_EXISTS);
    pub const CANNOT_PROCESS_FILTER: &Kind =
        &sender("n:CannotProcessFilter", "", 0x8033_801A, ResultCode::INVALID_QUERY);
    pub const CONCURRENCY: &Kind = &sender("w:Concurrency", "", 0x8033_8032, ResultCode::SERVER_LIMITS_EXCEEDED);
    pub const DELIVERY_MODE_UNAVAILABLE: &Kind =
        &sender("e:DeliveryModeRequestedUnavailable", "", 0x8033_801E, ResultCode::NOT_SUPPORTED);
    pub const DESTINATION_UNREACHABLE: &Kind =
        &sender("a:DestinationUnreachable", "InvalidResourceURI", 0x8033_8000, ResultCode::NOT_FOUND);
    pub const ENCODING_LIMIT: &Kind =
        &sender("w:EncodingLimit", "MaxEnvelopeSize", 0x8033_8048, ResultCode::SERVER_LIMITS_EXCEEDED);
    pub const ENVELOPE_TOO_SMALL: &Kind = &sender("w:EncodingLimit", "MinimumEnvelopeLimit", 0x8033_807E, INVALID);
    pub const ENDPOINT_UNAVAILABLE: &Kind =
        &receiver("a:EndpointUnavailable", 0x8033_8014, ResultCode::SERVER_IS_SHUTTING_DOWN);
    pub const EVENT_FILTER_REQUIRED: &Kind =
        &sender("e:FilteringRequestedUnavailable", "FilteringRequired", 0x8033_8022, ResultCode::INVALID_QUERY);
    pub const EVENT_FILTER_UNAVAILABLE: &Kind =
        &sender("e:FilteringRequestedUnavailable", "", 0x8033_8022, ResultCode::QUERY_LANGUAGE_NOT_SUPPORTED);
    pub const FILTER_DIALECT_UNAVAILABLE: &Kind =
        &sender("n:FilterDialectRequestedUnavailable", "", 0x8033_8019, ResultCode::QUERY_LANGUAGE_NOT_SUPPORTED);
    pub const FILTERING_REQUIRED: &Kind =
        &sender("w:UnsupportedFeature", "FilteringRequired", 0x8033_804F, ResultCode::NOT_SUPPORTED);
    pub const INSUFFICIENT_SELECTORS: &Kind =
        &sender("w:InvalidSelectors", "InsufficientSelectors", 0x8033_805A, INVALID);
    pub const INTERNAL_ERROR: &Kind = &receiver("w:InternalError", 1359, ResultCode::FAILED);
    pub const INVALID_ENUMERATION_CONTEXT: &Kind =
        &sender("n:InvalidEnumerationContext", "", 0x8033_801B, ResultCode::INVALID_ENUMERATION_CONTEXT);
    pub const INVALID_EVENTING_MESSAGE: &Kind = &sender("e:InvalidMessage", "", 0x8033_8025, INVALID);
    pub const INVALID_HEARTBEAT: &Kind = &sender("e:InvalidMessage", "", 0x8033_80A4, INVALID);
    pub const INVALID_SUBSCRIPTION_TIME: &Kind = &sender("e:InvalidExpirationTime", "", 0x8033_801F, INVALID);
    pub const INVALID_EXPIRATION_TIME: &Kind = &sender("n:InvalidExpirationTime", "", 0x8033_8016, INVALID);
    pub const INVALID_HEADER: &Kind = &sender("a:InvalidMessageInformationHeader", "", 0x8033_800F, INVALID);
    pub const INVALID_NAME: &Kind =
        &sender("w:InvalidParameter", "InvalidName", 0x8033_8055, ResultCode::NO_SUCH_PROPERTY);
    pub const INVALID_OPTIONS: &Kind = &sender("w:InvalidOptions", "NotSupported", 0x8033_8051, INVALID);
    pub const INVALID_PARAMETER: &Kind = &sender("w:InvalidParameter", "", 0x8033_803A, INVALID);
    pub const INVALID_RESOURCE_URI: &Kind =
        &sender("a:DestinationUnreachable", "InvalidResourceURI", 0x8033_803B, INVALID);
    pub const HEADER_REQUIRED: &Kind = &sender("a:MessageInformationHeaderRequired", "", 0x8033_8011, INVALID);
    pub const MUST_UNDERSTAND: &Kind = &Kind {
        role: Role::MustUnderstand,
        subcode: "",
        detail: "",
        windows_code: 0x8033_8042,
        result: ResultCode::NOT_SUPPORTED,
    };
    pub const QUOTA_LIMIT: &Kind = &sender("w:QuotaLimit", "", 0x8033_803F, ResultCode::SERVER_LIMITS_EXCEEDED);
    pub const SCHEMA_VALIDATION: &Kind = &sender("w:SchemaValidationError", "", 0x8033_8041, INVALID);
    pub const SELECTOR_TYPE: &Kind =
        &sender("w:InvalidSelectors", "TypeMismatch", 0x8033_805C, ResultCode::TYPE_MISMATCH);
    pub const TIMED_OUT: &Kind = &receiver("w:TimedOut", 0x8033_8029, ResultCode::FAILED);
    pub const TYPE_MISMATCH: &Kind =
        &sender("w:InvalidParameter", "TypeMismatch", 0x8033_8054, ResultCode::TYPE_MISMATCH);
    pub const UNABLE_TO_RENEW: &Kind = &receiver("e:UnableToRenew", 0x8033_8024, ResultCode::NOT_FOUND);
    pub const UNEXPECTED_SELECTORS: &Kind =
        &sender("w:InvalidSelectors", "UnexpectedSelectors", 0x8033_803D, ResultCode::NO_SUCH_PROPERTY);
    pub const UNSUPPORTED_ADDRESSING: &Kind =
        &sender("w:UnsupportedFeature", "AddressingMode", 0x8033_8076, ResultCode::NOT_SUPPORTED);
    pub const UNSUPPORTED_FEATURE: &Kind = &sender("w:UnsupportedFeature", "", 0x8033_8042, ResultCode::NOT_SUPPORTED);
}

/// A fault on its way to a client.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The kind.
    pub kind: &'static Kind,
    /// What went wrong, with the names of what it was about. Has the MI result, and the CIM_Error of a provider.
    pub error: Error,
    /// The headers that were not understood: namespace URI and local name.
    pub not_understood: Vec<(String, String)>,
}

/// The outcome of everything that may fault.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    /// A fault that the service itself found. The text names what was wrong and what would be right.
    pub fn new(kind: &'static Kind, text: impl Into<String>) -> Self {
        Self { kind, error: Error::new(kind.result, text), not_understood: Vec::new() }
    }

    /// The fault for an error of the host or a provider.
    pub fn from_error(error: Error) -> Self {
        if crate::engine::is_timeout(&error) {
            // The engine's code for it is its own; clients know the one that MI has.
            return Self::new(kind::TIMED_OUT, error.message());
        }
        Self { kind: kind_of(error.code()), error, not_understood: Vec::new() }
    }

    /// Adds to the text which operation it was about, so that a message from deep inside can be placed.
    #[must_use]
    pub fn during(mut self, operation: &str) -> Self {
        let text = format!("{} ({operation})", self.error.message());
        let details = self.error.details().cloned();
        self.error = Error::new(self.error.code(), text);
        if let Some(details) = details {
            self.error = self.error.with_details(details);
        }
        self
    }

    /// The URI of the fault message's action.
    pub fn action(&self) -> &'static str {
        match self.kind.subcode.split(':').next() {
            Some("w") => "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
            Some("n") => "http://schemas.xmlsoap.org/ws/2004/09/enumeration/fault",
            Some("e") => "http://schemas.xmlsoap.org/ws/2004/08/eventing/fault",
            _ => "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault",
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::from_error(error)
    }
}

/// The kind of fault that an MI result is.
fn kind_of(code: ResultCode) -> &'static Kind {
    match code {
        ResultCode::ACCESS_DENIED => kind::ACCESS_DENIED,
        ResultCode::INVALID_NAMESPACE | ResultCode::INVALID_CLASS | ResultCode::NOT_FOUND => {
            kind::DESTINATION_UNREACHABLE
        }
        ResultCode::INVALID_PARAMETER | ResultCode::INVALID_OPERATION_TIMEOUT => kind::INVALID_PARAMETER,
        ResultCode::NO_SUCH_PROPERTY => kind::INVALID_NAME,
        ResultCode::TYPE_MISMATCH => kind::TYPE_MISMATCH,
        ResultCode::NOT_SUPPORTED => kind::UNSUPPORTED_FEATURE,
        ResultCode::METHOD_NOT_FOUND | ResultCode::METHOD_NOT_AVAILABLE => kind::ACTION_NOT_SUPPORTED,
        ResultCode::ALREADY_EXISTS => kind::ALREADY_EXISTS,
        ResultCode::INVALID_QUERY => kind::CANNOT_PROCESS_FILTER,
        ResultCode::QUERY_LANGUAGE_NOT_SUPPORTED => kind::FILTER_DIALECT_UNAVAILABLE,
        ResultCode::INVALID_ENUMERATION_CONTEXT => kind::INVALID_ENUMERATION_CONTEXT,
        ResultCode::SERVER_LIMITS_EXCEEDED => kind::QUOTA_LIMIT,
        ResultCode::SERVER_IS_SHUTTING_DOWN => kind::ENDPOINT_UNAVAILABLE,
        _ => kind::INTERNAL_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mi_results_become_the_faults_of_the_specification() {
        for (code, subcode) in [
            (ResultCode::NOT_FOUND, "a:DestinationUnreachable"),
            (ResultCode::ACCESS_DENIED, "w:AccessDenied"),
            (ResultCode::NOT_SUPPORTED, "w:UnsupportedFeature"),
            (ResultCode::INVALID_QUERY, "n:CannotProcessFilter"),
            (ResultCode::ALREADY_EXISTS, "w:AlreadyExists"),
            (ResultCode::FAILED, "w:InternalError"),
            (ResultCode(4711), "w:InternalError"),
        ] {
            assert_eq!(Fault::from_error(Error::from_code(code)).kind.subcode, subcode);
        }
    }

    #[test]
    fn the_text_says_which_operation_it_was() {
        let fault = Fault::from_error(Error::not_found("the instance does not exist")).during("Get of C.K=7 in root/x");
        assert_eq!(fault.error.message(), "the instance does not exist (Get of C.K=7 in root/x)");
    }
}

//! Errors: an MI result code, a text that a person can act on, and optionally a CIM_Error instance.
//!
//! The text names what was wrong and what would be right, because it is all that a person at the other end sees. A program
//! there looks at the code, and at the details where the provider gives some:
//!
//! ```
//! use omi::{Error, Instance, Result, ResultCode};
//!
//! fn open(percent: u32, owner: &str) -> Result<()> {
//!     if percent > 100 {
//!         return Err(Error::invalid_parameter(format!("Percent is {percent}; it must be 0 to 100")));
//!     }
//!     if owner != "root" {
//!         let details = Instance::new("CIM_Error").with("MessageID", "VALVE-7").with("ErrorSource", owner);
//!         return Err(Error::access_denied(format!("{owner} may not open the valve; root may")).with_details(details));
//!     }
//!     std::fs::write("/nowhere/valve", percent.to_string())?; // an I/O error keeps its meaning
//!     Ok(())
//! }
//!
//! assert_eq!(open(101, "root").unwrap_err().code(), ResultCode::INVALID_PARAMETER);
//! assert_eq!(open(50, "root").unwrap_err().code(), ResultCode::NOT_FOUND);
//! ```

use crate::Instance;
use std::fmt;

/// `Result` with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An `MI_Result` code. Open: a host or a provider may use numbers that mi.h does not define.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct ResultCode(pub u32);

macro_rules! result_codes {
    ($($name:ident $number:literal $text:literal,)*) => {
        #[allow(missing_docs)] // `description` says what each one means
        impl ResultCode {
            $(pub const $name: Self = Self($number);)*

            /// The name that mi.h gives this code, without its `MI_RESULT_` prefix; `None` for other numbers.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            /// What the code means, for an error that carries no text of its own.
            pub fn description(self) -> &'static str {
                match self.0 {
                    $($number => $text,)*
                    _ => "the provider ended the operation with a result code of its own",
                }
            }
        }
    };
}

result_codes! {
    OK 0 "success",
    FAILED 1 "the operation failed",
    ACCESS_DENIED 2 "access is denied",
    INVALID_NAMESPACE 3 "the namespace does not exist",
    INVALID_PARAMETER 4 "a parameter is not valid",
    INVALID_CLASS 5 "the class does not exist",
    NOT_FOUND 6 "the instance does not exist",
    NOT_SUPPORTED 7 "the operation is not supported",
    CLASS_HAS_CHILDREN 8 "the class has subclasses",
    CLASS_HAS_INSTANCES 9 "the class has instances",
    INVALID_SUPERCLASS 10 "the superclass does not exist",
    ALREADY_EXISTS 11 "the instance exists already",
    NO_SUCH_PROPERTY 12 "the property does not exist",
    TYPE_MISMATCH 13 "the value has the wrong type",
    QUERY_LANGUAGE_NOT_SUPPORTED 14 "the query language is not supported",
    INVALID_QUERY 15 "the query is not valid",
    METHOD_NOT_AVAILABLE 16 "the method is declared, but not available",
    METHOD_NOT_FOUND 17 "the method does not exist",
    NAMESPACE_NOT_EMPTY 20 "the namespace is not empty",
    INVALID_ENUMERATION_CONTEXT 21 "the enumeration context is not valid",
    INVALID_OPERATION_TIMEOUT 22 "the operation timeout is not valid",
    PULL_HAS_BEEN_ABANDONED 23 "the enumeration was abandoned",
    PULL_CANNOT_BE_ABANDONED 24 "the enumeration cannot be abandoned",
    FILTERED_ENUMERATION_NOT_SUPPORTED 25 "filtered enumeration is not supported",
    CONTINUATION_ON_ERROR_NOT_SUPPORTED 26 "continuation on error is not supported",
    SERVER_LIMITS_EXCEEDED 27 "a limit of the server is exceeded",
    SERVER_IS_SHUTTING_DOWN 28 "the server is shutting down",
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "MI result {}", self.0),
        }
    }
}

impl fmt::Debug for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Why an operation failed. It reaches the client whole: code, text and details.
///
/// As short as an address, because every result has room for it.
#[derive(Clone, PartialEq)]
pub struct Error(Box<Parts>);

#[derive(Clone, PartialEq)]
struct Parts {
    code: ResultCode,
    message: String,
    details: Option<Instance>,
}

impl Error {
    /// An error with a code and a text. The text names what was wrong and what would be right.
    pub fn new(code: ResultCode, message: impl Into<String>) -> Self {
        Self(Box::new(Parts { code, message: message.into(), details: None }))
    }

    /// An error with the code's standard text.
    pub fn from_code(code: ResultCode) -> Self {
        Self::new(code, code.description())
    }

    /// Adds a CIM_Error instance, which clients receive instead of one made from code and text.
    #[must_use]
    pub fn with_details(mut self, cim_error: Instance) -> Self {
        self.0.details = Some(cim_error);
        self
    }

    /// FAILED.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ResultCode::FAILED, message)
    }

    /// ACCESS_DENIED. Say who lacks which right.
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::new(ResultCode::ACCESS_DENIED, message)
    }

    /// INVALID_PARAMETER. Say which one and what is allowed.
    pub fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(ResultCode::INVALID_PARAMETER, message)
    }

    /// NOT_FOUND. Name class and key.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ResultCode::NOT_FOUND, message)
    }

    /// NOT_SUPPORTED. Say by what, and why.
    pub fn not_supported(message: impl Into<String>) -> Self {
        Self::new(ResultCode::NOT_SUPPORTED, message)
    }

    /// TYPE_MISMATCH. Name the element and both types.
    pub fn type_mismatch(message: impl Into<String>) -> Self {
        Self::new(ResultCode::TYPE_MISMATCH, message)
    }

    /// INVALID_QUERY. Say where in the query.
    pub fn invalid_query(message: impl Into<String>) -> Self {
        Self::new(ResultCode::INVALID_QUERY, message)
    }

    /// The MI result code.
    pub fn code(&self) -> ResultCode {
        self.0.code
    }

    /// The text.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The CIM_Error instance, if there is one.
    pub fn details(&self) -> Option<&Instance> {
        self.0.details.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { code, message, details } = &*self.0;
        let mut out = f.debug_struct("Error");
        out.field("code", code).field("message", message).field("details", details).finish()
    }
}

impl std::error::Error for Error {}

/// Keeps the kind of an I/O error: not found, access denied, or failed.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => ResultCode::NOT_FOUND,
            std::io::ErrorKind::PermissionDenied => ResultCode::ACCESS_DENIED,
            _ => ResultCode::FAILED,
        };
        Self::new(code, error.to_string())
    }
}

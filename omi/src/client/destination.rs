//! Where a session goes, as whom, and whom it trusts: what MI calls destination options.

use crate::Value;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// A computer to ask, and how.
///
/// ```
/// use omi::client::{Destination, Secret, Trust};
///
/// let this_computer = Destination::local();
/// let another = Destination::new("https://server.example:5986/wsman")
///     .basic("lumi", Secret::new("the password"))
///     .trust(Trust::Authority("/var/lib/lumi/certificate.pem".into()));
/// assert!(!format!("{another:?}").contains("the password"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Destination {
    /// The name or address of a computer, or a whole URL; `None` is this computer.
    pub address: Option<String>,
    /// How bytes travel; `None` is HTTPS, or what the URL says.
    pub scheme: Option<Scheme>,
    /// The TCP port; `None` is what the URL says, or else 5985 for HTTP and 5986 for HTTPS.
    pub port: Option<u16>,
    /// Who asks; `None` sends no credentials.
    pub credentials: Option<Credentials>,
    /// Which TLS certificates are good.
    pub trust: Trust,
    /// The timeout of operations that have none of their own.
    pub timeout: Option<Duration>,
    /// The language of messages where operations do not say, `en-US` for example (MI's UI locale).
    pub locale: Option<String>,
    /// The language of data where operations do not say.
    pub data_locale: Option<String>,
    /// Further options, by name. Transports send them to the provider
    /// with every operation.
    pub options: Vec<(String, Value)>,
}

impl Destination {
    /// This computer.
    pub fn local() -> Self {
        Self::default()
    }

    /// A computer by name, address or URL.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: Some(address.into()), ..Self::default() }
    }

    /// With a name and a password, sent as HTTP Basic authentication does it.
    #[must_use]
    pub fn basic(self, user: impl Into<String>, password: Secret) -> Self {
        Self { credentials: Some(Credentials { user: user.into(), password }), ..self }
    }

    /// With other certificates than those that the system trusts.
    #[must_use]
    pub fn trust(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// With a timeout for all operations; see [`OperationOptions::timeout`](super::OperationOptions::timeout).
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }
}

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP in clear text: for this computer, or where something else encrypts.
    Http,
    /// HTTP in TLS.
    Https,
}

/// A name and its password.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Which TLS certificates are good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those that this computer trusts: `SSL_CERT_FILE`, or the file that the distribution keeps.
    #[default]
    System,
    /// Those that the certificates in this PEM file sign, themselves included. A server's own certificate does.
    Authority(PathBuf),
    /// Any. Whoever stands between can read the password and all answers.
    Anything,
}

/// A text that must not be seen, such as a password. It is never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that must send or store it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

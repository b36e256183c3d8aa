//! Where a session goes, as whom, and whom it trusts: what MI calls destination options.

use crate::{Error, Result, Value};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
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

/// The parts of an address, as a transport needs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// How bytes travel.
    pub scheme: Scheme,
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The path of the service, `/wsman` by default.
    pub path: String,
}

impl Destination {
    /// Takes the address apart; without one, it is `localhost`.
    ///
    /// # Errors
    /// INVALID_PARAMETER for an address that is none, and for credentials that would cross a network in clear text.
    pub fn place(&self) -> Result<Place> {
        let address = self.address.as_deref().unwrap_or("localhost");
        let wrong = |reason: &str| {
            let expected = "expected the name of a computer, or https://HOST:5986/wsman";
            Error::invalid_parameter(format!("the address {address:?} {reason}; {expected}"))
        };
        let (scheme, rest) = match address.split_once("://") {
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(_) => return Err(wrong("is neither https nor http")),
            None => (Scheme::Https, address),
        };
        let scheme = self.scheme.unwrap_or(scheme);
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(Error::invalid_parameter("credentials do not belong in the URL; give them separately"));
        }
        let (host, port) = split(authority).ok_or_else(|| wrong("is not valid"))?;
        let is_local = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        if scheme == Scheme::Http && self.credentials.is_some() && !is_local {
            return Err(wrong("would carry the password in clear text; use https"));
        }
        let default_port = match scheme {
            Scheme::Https => 5986,
            Scheme::Http => 5985,
        };
        Ok(Place {
            scheme,
            host: host.to_owned(),
            port: self.port.or(port).unwrap_or(default_port),
            path: if path == "/" { "/wsman" } else { path }.to_owned(),
        })
    }
}

/// Host and port; the host without the brackets of an IPv6 address.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    if authority.parse::<Ipv6Addr>().is_ok() {
        return Some((authority, None));
    }
    let end = authority.find(']').unwrap_or(0);
    let (host, port) = match authority[end..].find(':') {
        Some(at) => (&authority[..end + at], Some(authority[end + at + 1..].parse().ok()?)),
        None => (authority, None),
    };
    let host = host.trim_matches(['[', ']']);
    let is_name = |it: char| it.is_ascii_alphanumeric() || ".-_:".contains(it);
    (!host.is_empty() && host.chars().all(is_name)).then_some((host, port))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn place(address: &str, port: Option<u16>, scheme: Option<Scheme>) -> String {
        let destination = Destination { address: Some(address.into()), port, scheme, ..Destination::default() };
        match destination.place() {
            Ok(Place { scheme, host, port, path }) => format!("{scheme:?} {host} {port} {path}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn names_addresses_and_urls_are_understood() {
        assert_eq!(place("server", None, None), "Https server 5986 /wsman");
        assert_eq!(place("server:1270", None, None), "Https server 1270 /wsman");
        assert_eq!(place("server", Some(1270), Some(Scheme::Http)), "Http server 1270 /wsman");
        assert_eq!(place("http://server/", None, None), "Http server 5985 /wsman");
        assert_eq!(place("https://server:1/path?x", Some(2), None), "Https server 2 /path?x");
        assert_eq!(place("::1", None, None), "Https ::1 5986 /wsman");
        assert_eq!(place("https://[::1]:7", None, None), "Https ::1 7 /wsman");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for address in ["", "ftp://server", "server:port", "two words", "https://:5986"] {
            assert!(place(address, None, None).contains("expected the name of a computer"), "{address}");
        }
        assert!(place("https://ada:hunter2@server", None, None).starts_with("credentials do not belong in the URL"));
    }

    #[test]
    fn passwords_do_not_cross_a_network_in_clear_text() {
        let with = |address| Destination::new(address).basic("ada", Secret::new("x")).place();
        assert!(with("http://192.0.2.1").unwrap_err().message().contains("clear text"));
        assert!(with("http://127.0.0.1").is_ok());
        assert!(Destination::new("http://192.0.2.1").place().is_ok());
    }
}

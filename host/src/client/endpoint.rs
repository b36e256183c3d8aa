//! A destination, checked and ready for connections.

use super::trust;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::header::HeaderValue;
use omi::client::{Credentials, Destination, Scheme};
use omi::{Error, Result};
use rustls::ClientConfig;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// Where to connect to, and what to say there.
pub(super) struct Endpoint {
    /// For messages and error texts; no password is in it.
    pub(super) url: String,
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of the header `Host`.
    pub(super) authority: String,
    pub(super) path: String,
    pub(super) tls: Option<Arc<ClientConfig>>,
    pub(super) authorization: Option<HeaderValue>,
    /// For error texts.
    pub(super) user: Option<String>,
}

impl Endpoint {
    /// # Errors
    /// INVALID_PARAMETER for an address that cannot be used, for credentials that would cross a network in clear text, and
    /// for a certificate file that cannot be read.
    pub(super) fn of(destination: &Destination) -> Result<Self> {
        let address = destination.address.as_deref().unwrap_or("localhost");
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
        let scheme = destination.scheme.unwrap_or(scheme);
        let (authority, path) = rest.find('/').map_or((rest, "/wsman"), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(Error::invalid_parameter("credentials do not belong in the URL; give them separately"));
        }
        let (host, port) = split(authority).ok_or_else(|| wrong("is not valid"))?;
        let is_local = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        if scheme == Scheme::Http && destination.credentials.is_some() && !is_local {
            return Err(wrong("would carry the password in clear text; use https"));
        }
        let (word, default_port, tls) = match scheme {
            Scheme::Https => ("https", 5986, Some(trust::config(&destination.trust)?)),
            Scheme::Http => ("http", 5985, None),
        };
        let port = destination.port.or(port).unwrap_or(default_port);
        let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let path = if path == "/" { "/wsman" } else { path };
        Ok(Self {
            url: format!("{word}://{authority}{path}"),
            host: host.to_owned(),
            port,
            authority,
            path: path.to_owned(),
            tls,
            authorization: destination.credentials.as_ref().map(basic).transpose()?,
            user: destination.credentials.as_ref().map(|it| it.user.clone()),
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

fn basic(credentials: &Credentials) -> Result<HeaderValue> {
    let pair = BASE64_STANDARD.encode(format!("{}:{}", credentials.user, credentials.password.reveal()));
    let mut value = HeaderValue::try_from(format!("Basic {pair}")).map_err(|error| Error::failed(error.to_string()))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use omi::client::{Secret, Trust};

    fn url(address: &str, port: Option<u16>, scheme: Option<Scheme>) -> String {
        let trust = Trust::Anything;
        let destination = Destination { address: Some(address.into()), port, scheme, trust, ..Destination::default() };
        Endpoint::of(&destination).map_or_else(|error| error.to_string(), |endpoint| endpoint.url)
    }

    #[test]
    fn names_addresses_and_urls_are_understood() {
        assert_eq!(url("server", None, None), "https://server:5986/wsman");
        assert_eq!(url("server:1270", None, None), "https://server:1270/wsman");
        assert_eq!(url("server", Some(1270), Some(Scheme::Http)), "http://server:1270/wsman");
        assert_eq!(url("http://server/", None, None), "http://server:5985/wsman");
        assert_eq!(url("https://server:1/path?x", Some(2), None), "https://server:2/path?x");
        assert_eq!(url("::1", None, None), "https://[::1]:5986/wsman");
        assert_eq!(url("https://[::1]:7", None, None), "https://[::1]:7/wsman");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for address in ["", "ftp://server", "server:port", "two words", "https://:5986"] {
            assert!(url(address, None, None).contains("expected the name of a computer"), "{address}");
        }
        assert!(url("https://ada:hunter2@server", None, None).starts_with("credentials do not belong in the URL"));
    }

    #[test]
    fn passwords_do_not_cross_a_network_in_clear_text() {
        let with = |address| Endpoint::of(&Destination::new(address).basic("ada", Secret::new("x")));
        assert!(with("http://192.0.2.1").err().unwrap().message().contains("clear text"));
        assert!(with("http://127.0.0.1").is_ok());
        assert!(Endpoint::of(&Destination::new("http://192.0.2.1")).is_ok());
    }
}

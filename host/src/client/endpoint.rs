//! A destination, checked and ready for connections.

use super::trust;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::header::HeaderValue;
use omi::client::{Credentials, Destination, Place, Scheme};
use omi::{Error, Result};
use rustls::ClientConfig;
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
    /// INVALID_PARAMETER for an address that cannot be used and for a certificate file that cannot be read.
    pub(super) fn of(destination: &Destination) -> Result<Self> {
        let Place { scheme, host, port, path } = destination.place()?;
        let (word, tls) = match scheme {
            Scheme::Https => ("https", Some(trust::config(&destination.trust)?)),
            Scheme::Http => ("http", None),
        };
        let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Ok(Self {
            url: format!("{word}://{authority}{path}"),
            host,
            port,
            authority,
            path,
            tls,
            authorization: destination.credentials.as_ref().map(basic).transpose()?,
            user: destination.credentials.as_ref().map(|it| it.user.clone()),
        })
    }
}

fn basic(credentials: &Credentials) -> Result<HeaderValue> {
    let pair = BASE64_STANDARD.encode(format!("{}:{}", credentials.user, credentials.password.reveal()));
    let mut value = HeaderValue::try_from(format!("Basic {pair}")).map_err(|error| Error::failed(error.to_string()))?;
    value.set_sensitive(true);
    Ok(value)
}

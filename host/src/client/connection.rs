//! The client's HTTP connection: kept open between requests, and opened again when the server closed it.

use super::ClientOptions;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use omi::{Error, Result};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;

/// A connection that opens itself.
pub(super) struct Connection {
    runtime: Runtime,
    url: Uri,
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    authorization: HeaderValue,
    timeout: Duration,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// The most bytes of an answer.
const LARGEST_ANSWER: usize = 64 << 20;
/// What the network may take on top of the operation's own timeout.
const SLACK: Duration = Duration::from_secs(10);

impl Connection {
    pub(super) fn new(options: &ClientOptions) -> Result<Self> {
        let wrong = |reason: &str| Error::invalid_parameter(format!("the URL {:?} {reason}", options.url));
        let url: Uri = options.url.parse().map_err(|_| wrong("is not valid; expected https://HOST:5986/wsman"))?;
        let host = url.host().ok_or_else(|| wrong("names no host"))?.trim_matches(['[', ']']).to_owned();
        let is_local = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        let (tls, default_port) = match url.scheme_str() {
            Some("https") => (Some(options.trust.config()?), 5986),
            Some("http") if is_local => (None, 5985),
            Some("http") => return Err(wrong("would carry the password in clear text; use https")),
            _ => return Err(wrong("is neither https nor http")),
        };
        let pair = BASE64_STANDARD.encode(format!("{}:{}", options.user, options.password.reveal()));
        let mut authorization =
            HeaderValue::try_from(format!("Basic {pair}")).map_err(|error| Error::failed(error.to_string()))?;
        authorization.set_sensitive(true);
        Ok(Self {
            runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?,
            port: url.port_u16().unwrap_or(default_port),
            url,
            host,
            tls,
            authorization,
            timeout: options.timeout.saturating_add(SLACK),
            sender: None,
        })
    }

    /// Sends a message; gives the status and the body of the answer.
    pub(super) fn post(&mut self, message: Vec<u8>) -> Result<(StatusCode, Bytes)> {
        let message = Bytes::from(message);
        let (kept, opener) = (self.sender.take().filter(|sender| !sender.is_closed()), &*self);
        let (sender, answer) = self.runtime.block_on(async {
            let exchange = async {
                let mut sender = match kept {
                    Some(sender) => sender,
                    None => opener.open().await?,
                };
                let answer = opener.send(&mut sender, message).await?;
                Ok((sender, answer))
            };
            tokio::time::timeout(opener.timeout, exchange)
                .await
                .unwrap_or_else(|_| Err(Error::failed(format!("{} did not answer in time", opener.url))))
        })?;
        self.sender = Some(sender);
        Ok(answer)
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>> {
        let failed = |error: std::io::Error| Error::failed(format!("connecting to {}: {error}", self.url));
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let Some(config) = &self.tls else { return self.start(stream).await };
        let name = ServerName::try_from(self.host.clone())
            .map_err(|error| Error::invalid_parameter(format!("{}: {error}", self.host)))?;
        let refused = |error: std::io::Error| {
            let hint = "a server of lumi is trusted by its own certificate.pem";
            Error::failed(format!("connecting to {}: {error} ({hint})", self.url))
        };
        let stream = TlsConnector::from(config.clone()).connect(name, stream).await.map_err(refused)?;
        self.start(stream).await
    }

    /// Speaks HTTP on a stream.
    async fn start(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<SendRequest<Full<Bytes>>> {
        let (sender, driver) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Error::failed(format!("connecting to {}: {error}", self.url)))?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                log::debug!("the connection ended: {error}");
            }
        });
        Ok(sender)
    }

    async fn send(&self, sender: &mut SendRequest<Full<Bytes>>, message: Bytes) -> Result<(StatusCode, Bytes)> {
        let failed = |reason: &dyn std::fmt::Display| Error::failed(format!("asking {}: {reason}", self.url));
        let host = self.url.authority().map_or(self.host.as_str(), |authority| authority.as_str());
        let path =
            self.url.path_and_query().map_or("/wsman", |path| if path == "/" { "/wsman" } else { path.as_str() });
        let request = Request::post(path)
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/soap+xml;charset=UTF-8")
            .header(AUTHORIZATION, self.authorization.clone())
            .body(Full::new(message))
            .map_err(|error| failed(&error))?;
        sender.ready().await.map_err(|error| failed(&error))?;
        let answer = sender.send_request(request).await.map_err(|error| failed(&error))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await.map_err(|error| failed(&error))?;
        Ok((status, body.to_bytes()))
    }
}

//! HTTP connections to one endpoint: kept open between requests, one for each request at work.

use super::endpoint::Endpoint;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use omi::{Error, Result};
use rustls::pki_types::ServerName;
use std::fmt::Display;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;

/// How long a connection may take to come about.
const CONNECTING: Duration = Duration::from_secs(20);
/// How much longer than the server is given its answer is waited for.
const SLACK: Duration = Duration::from_secs(10);
/// The most bytes of an answer.
const LARGEST_ANSWER: usize = 64 << 20;
/// How many pieces of an answer wait for their reader.
const PIECES: usize = 16;

/// The thread that moves bytes for all sessions of a transport.
pub(super) struct Network {
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
}

impl Network {
    pub(super) fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("wsman-client")
            .enable_all()
            .build()?;
        Ok(Self { runtime: Some(runtime) })
    }
}

impl Drop for Network {
    /// The last session may end anywhere, also in a task, where waiting is not allowed.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The connections of one session.
pub(super) struct Link {
    network: Arc<Network>,
    pub(super) endpoint: Endpoint,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

enum Piece {
    Status(StatusCode),
    Body(Bytes),
    End,
}

/// A request on its way, and its answer. Dropping it closes its connection, unless the answer is complete.
pub(super) struct Exchange {
    pieces: mpsc::Receiver<Result<Piece>>,
    task: Option<AbortHandle>,
    received: usize,
}

impl Link {
    pub(super) fn new(network: Arc<Network>, endpoint: Endpoint) -> Self {
        Self { network, endpoint, idle: Mutex::new(Vec::new()) }
    }

    /// Sends a message to a server that is given this time to answer.
    pub(super) fn post(self: &Arc<Self>, message: Vec<u8>, timeout: Duration) -> Exchange {
        let (sender, pieces) = mpsc::channel(PIECES);
        let link = self.clone();
        let task = self.network.runtime.as_ref().map(|runtime| {
            let run = async move {
                if let Err(error) = link.run(message.into(), &sender, timeout.saturating_add(SLACK)).await {
                    let _ = sender.send(Err(error)).await;
                }
            };
            runtime.spawn(run).abort_handle()
        });
        Exchange { pieces, task, received: 0 }
    }

    async fn run(&self, message: Bytes, pieces: &mpsc::Sender<Result<Piece>>, patience: Duration) -> Result<()> {
        let late = |_| self.failed("asking", &format!("nothing came within {patience:?}"));
        let (mut connection, answer) = tokio::time::timeout(patience, self.send(message)).await.map_err(late)??;
        let failed = |error: hyper::Error| self.failed("asking", &root_cause(&error));
        let mut wanted = pieces.send(Ok(Piece::Status(answer.status()))).await.is_ok();
        let mut body = answer.into_body();
        // How long the rest takes is not for the connection to judge: a user may be thinking about a question.
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(failed)?.into_data() {
                wanted = wanted && pieces.send(Ok(Piece::Body(data))).await.is_ok();
            }
        }
        if connection.ready().await.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        let _ = pieces.send(Ok(Piece::End)).await;
        Ok(())
    }

    /// Sends the request over a kept connection, or over a new one when the server closed that before it took the request.
    async fn send(&self, message: Bytes) -> Result<(SendRequest<Full<Bytes>>, hyper::Response<hyper::body::Incoming>)> {
        let mut request = self.request(message)?;
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let is_new = kept.is_none();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.open().await?,
            };
            match connection.try_send_request(request).await {
                Ok(answer) => return Ok((connection, answer)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) if !is_new => request = unsent,
                    _ => return Err(self.failed("asking", &root_cause(error.error()))),
                },
            }
        }
    }

    fn request(&self, message: Bytes) -> Result<Request<Full<Bytes>>> {
        let endpoint = &self.endpoint;
        let mut request = Request::post(&endpoint.path)
            .header(HOST, &endpoint.authority)
            .header(CONTENT_TYPE, "application/soap+xml;charset=UTF-8");
        if let Some(authorization) = &endpoint.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        request.body(Full::new(message)).map_err(|error| self.failed("asking", &error))
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>> {
        let opened = tokio::time::timeout(CONNECTING, self.connect()).await;
        opened.unwrap_or_else(|_| Err(self.failed("connecting to", &format!("no answer within {CONNECTING:?}"))))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>> {
        let endpoint = &self.endpoint;
        let failed = |error: io::Error| self.failed("connecting to", &error);
        let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let Some(config) = &endpoint.tls else { return self.speak(stream).await };
        let name = ServerName::try_from(endpoint.host.clone())
            .map_err(|error| Error::invalid_parameter(format!("{}: {error}", endpoint.host)))?;
        let refused = |error: io::Error| {
            let hint = "a server of lumi is trusted by its own certificate.pem";
            self.failed("connecting to", &format!("{error} ({hint})"))
        };
        let stream = TlsConnector::from(config.clone()).connect(name, stream).await.map_err(refused)?;
        self.speak(stream).await
    }

    /// Speaks HTTP on a stream.
    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<SendRequest<Full<Bytes>>> {
        let (sender, driver) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.failed("connecting to", &error))?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                log::debug!("the connection ended: {error}");
            }
        });
        Ok(sender)
    }

    fn failed(&self, doing: &str, reason: &dyn Display) -> Error {
        Error::failed(format!("{doing} {}: {reason}", self.endpoint.url))
    }
}

/// hyper's own text for a lost connection says little; what is below it says why.
fn root_cause(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl Exchange {
    /// What ends the exchange from another thread; its reader then gets an error.
    pub(super) fn abort_handle(&self) -> Option<AbortHandle> {
        self.task.clone()
    }

    /// Waits for the status of the answer.
    pub(super) fn status(&mut self) -> Result<StatusCode> {
        match self.next_piece()? {
            Piece::Status(status) => Ok(status),
            Piece::Body(_) | Piece::End => Err(given_up()),
        }
    }

    /// Waits for the next bytes of the answer's body; `None` at its end.
    pub(super) fn next_bytes(&mut self) -> Result<Option<Bytes>> {
        let Piece::Body(bytes) = self.next_piece()? else { return Ok(None) };
        self.received += bytes.len();
        if self.received > LARGEST_ANSWER {
            return Err(Error::failed(format!("the server's answer has more than {LARGEST_ANSWER} bytes")));
        }
        Ok(Some(bytes))
    }

    /// An aborted exchange just stops.
    fn next_piece(&mut self) -> Result<Piece> {
        self.pieces.blocking_recv().unwrap_or_else(|| Err(given_up()))
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn given_up() -> Error {
    Error::failed("the exchange with the server was given up")
}

//! Listeners and connections: limits and deadlines, TLS, and one task per connection.

use super::auth::{Authenticator, Connection};
use super::handler::handle;
use super::throttle::Throttle;
use crate::wsman::Service;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// What clients may take of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Requests at work at a time; more of them wait.
    pub requests: usize,
    /// Bytes of a request's headers. Kerberos tickets make them large.
    pub header: usize,
    /// Bytes of a request's body. DSC documents exceed a megabyte.
    pub body: usize,
    /// The time for a TLS handshake.
    pub handshake: Duration,
    /// The time until a new connection must have authenticated, slow headers and bodies included.
    pub unauthenticated: Duration,
    /// The time that a connection may be idle, or take to send a request's headers.
    pub idle: Duration,
    /// The time for a request's body.
    pub body_time: Duration,
    /// How long an operation runs on when the connection of the client that waits for it is closed.
    pub abandoned: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            requests: 64,
            header: 64 << 10,
            body: 16 << 20,
            handshake: Duration::from_secs(10),
            unauthenticated: Duration::from_secs(30),
            idle: Duration::from_secs(180),
            body_time: Duration::from_secs(60),
            abandoned: Duration::from_secs(5),
        }
    }
}

/// What all connections share.
pub struct Shared {
    pub(super) service: Service,
    pub(super) authenticators: Vec<Box<dyn Authenticator>>,
    pub(super) throttle: Throttle,
    pub(super) limits: Limits,
    pub(super) requests: Arc<Semaphore>,
    connections: Arc<Semaphore>,
}

impl Shared {
    /// A server without listeners.
    pub fn new(service: Service, authenticators: Vec<Box<dyn Authenticator>>, limits: Limits) -> Self {
        Self {
            service,
            authenticators,
            throttle: Throttle::default(),
            limits,
            requests: Arc::new(Semaphore::new(limits.requests)),
            connections: Arc::new(Semaphore::new(limits.connections)),
        }
    }

    /// The service that answers.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Waits until all connections are closed.
    pub async fn drained(&self) {
        let all = u32::try_from(self.limits.connections).unwrap_or(u32::MAX);
        let _ = self.connections.acquire_many(all).await;
    }
}

/// Accepts connections until the task is aborted. When `stop` becomes true, connections end after the request at hand.
pub async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>, stop: watch::Receiver<bool>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: give connections time to end.
                log::warn!("accepting a connection failed: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(permit) = shared.connections.clone().try_acquire_owned() else {
            log::warn!("a connection is refused: {} are open", shared.limits.connections);
            continue;
        };
        let (tls, shared, stop) = (tls.clone(), shared.clone(), stop.clone());
        tokio::spawn(async move {
            if let Err(error) = connect(stream, tls, shared, stop).await {
                log::debug!("a connection failed: {error}");
            }
            drop(permit);
        });
    }
}

async fn connect(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let connection = Connection::new(stream.peer_addr()?, stream.local_addr()?, tls.is_some());
    match tls {
        Some(acceptor) => {
            let stream = tokio::time::timeout(shared.limits.handshake, acceptor.accept(stream)).await??;
            converse(stream, connection, shared, stop).await;
        }
        None => converse(stream, connection, shared, stop).await,
    }
    Ok(())
}

/// Answers the requests of one connection, one after the other.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: Connection,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let limits = shared.limits;
    let connection = Arc::new(connection);
    let service = service_fn(|request| handle(shared.clone(), connection.clone(), request));
    let mut http = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_header_size(limits.header)
            .max_buf_size(limits.header.max(MINIMUM_BUFFER))
            // Head and body of an answer leave in one write.
            .writev(false)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut stop = pin!(stop.wait_for(|stop| *stop));
    let mut deadline = pin!(tokio::time::sleep(limits.unauthenticated));
    let (mut stopping, mut is_known) = (false, false);
    let outcome = poll_fn(|context| {
        if !stopping && stop.as_mut().poll(context).is_ready() {
            stopping = true;
            http.as_mut().graceful_shutdown();
        }
        if !is_known && deadline.as_mut().poll(context).is_ready() {
            is_known = true;
            if !connection.is_authenticated() {
                return Poll::Ready(Ok(()));
            }
        }
        http.as_mut().poll(context)
    })
    .await;
    if let Err(error) = outcome {
        log::debug!("{}: {error}", connection.peer);
    }
}

/// hyper refuses smaller buffers.
const MINIMUM_BUFFER: usize = 8192;

//! The server: a host behind WS-Man listeners, with its credentials and its certificate.

mod certificate;
mod state;

use crate::Host;
use crate::http::auth::Basic;
use crate::http::server::{Limits, Shared, listen};
use crate::http::tls;
use crate::wsman::service::{Backend, Service, Settings};
use omi::{Error, Result};
use state::State;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What to serve, and how.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Where to listen in clear text. Basic authentication is offered there to this machine alone.
    pub http: Vec<SocketAddr>,
    /// Where to listen with TLS.
    pub https: Vec<SocketAddr>,
    /// The folder with the credentials and the certificate; made at the first start.
    pub state: PathBuf,
    /// What clients may take of the server.
    pub limits: Limits,
    /// What the WS-Man service is set to.
    pub settings: Settings,
}

impl ServeOptions {
    /// No listeners yet, and the given state folder.
    pub fn new(state: impl Into<PathBuf>) -> Self {
        Self {
            http: Vec::new(),
            https: Vec::new(),
            state: state.into(),
            limits: Limits::default(),
            settings: Settings::default(),
        }
    }
}

/// Where a server listens: the addresses with the ports that the system chose for port 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// In clear text.
    pub http: Vec<SocketAddr>,
    /// With TLS.
    pub https: Vec<SocketAddr>,
    /// The file with `user:password` lines.
    pub credentials: PathBuf,
    /// The certificate, which clients may be told to trust. `None` without TLS.
    pub certificate: Option<PathBuf>,
}

/// A running server. Dropping it stops it without waiting for requests at work.
pub struct Server {
    runtime: Runtime,
    shared: Arc<Shared>,
    listeners: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    listening: Listening,
}

/// How long requests at work may take when the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// How often waiting enumerations are looked at.
const SWEEP: Duration = Duration::from_secs(15);

/// Serves until SIGINT or SIGTERM, then lets requests at work end. `ready` is called when all addresses are bound.
///
/// # Errors
/// Those of [`Server::start`].
pub fn serve(host: Host, options: &ServeOptions, ready: impl FnOnce(&Listening)) -> Result<()> {
    let server = Server::start(host, options)?;
    // Signals are awaited before anyone is told that the server is ready, so that none is missed.
    let signals = server.runtime.block_on(async {
        Ok::<_, std::io::Error>((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    })?;
    ready(server.listening());
    server.runtime.block_on(first_of(signals));
    log::info!("stopping");
    server.stop();
    Ok(())
}

async fn first_of((mut interrupt, mut terminate): (tokio::signal::unix::Signal, tokio::signal::unix::Signal)) {
    std::future::poll_fn(|context| {
        if interrupt.poll_recv(context).is_ready() {
            std::task::Poll::Ready(Some(()))
        } else {
            terminate.poll_recv(context)
        }
    })
    .await;
}

impl Server {
    /// Binds all addresses and starts to answer.
    ///
    /// # Errors
    /// INVALID_PARAMETER without an address; what is wrong with the state folder; an address that cannot be bound.
    pub fn start(backend: impl Backend, options: &ServeOptions) -> Result<Self> {
        if options.http.is_empty() && options.https.is_empty() {
            return Err(Error::invalid_parameter("no address to listen on: give at least one for http or https"));
        }
        let state = State::open(&options.state)?;
        let basic = Basic::new(state.credentials()?);
        let acceptor = match options.https.is_empty() {
            true => None,
            false => {
                let (chain, key) = state.certificate()?;
                Some(tls::acceptor(chain, key)?)
            }
        };
        let service = Service::new(backend, options.settings.clone());
        let shared = Arc::new(Shared::new(service, vec![Box::new(basic)], options.limits));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(options.limits.requests + 4)
            .thread_name("wsman")
            .enable_all()
            .build()?;
        let (stop, _) = watch::channel(false);
        let mut server = Self {
            listening: Listening {
                http: Vec::new(),
                https: Vec::new(),
                credentials: state.credentials_file(),
                certificate: acceptor.as_ref().map(|_| state.certificate_file()),
            },
            runtime,
            shared,
            listeners: Vec::new(),
            stop,
        };
        for address in &options.http {
            let bound = server.listen(*address, None)?;
            if !bound.ip().is_loopback() {
                log::warn!(
                    "http on {bound}: Basic authentication is not offered to other machines in clear text; use https"
                );
            }
            server.listening.http.push(bound);
        }
        for address in &options.https {
            let bound = server.listen(*address, acceptor.clone())?;
            server.listening.https.push(bound);
        }
        server.sweep();
        Ok(server)
    }

    /// Where it listens.
    pub fn listening(&self) -> &Listening {
        &self.listening
    }

    /// Stops listening, lets requests at work end, but not forever, and drops all enumerations.
    pub fn stop(self) {
        self.stop.send_replace(true);
        let shared = self.shared;
        let drained = self.runtime.block_on(async {
            for listener in self.listeners {
                listener.abort();
                // The address is free once the task is gone.
                let _ = listener.await;
            }
            tokio::time::timeout(GRACE, shared.drained()).await
        });
        if drained.is_err() {
            log::warn!("stopping although requests are still at work");
        }
        self.runtime.shutdown_background();
    }

    fn listen(&mut self, address: SocketAddr, acceptor: Option<TlsAcceptor>) -> Result<SocketAddr> {
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let unusable = |error: std::io::Error| {
            let hint = match error.kind() {
                ErrorKind::AddrInUse => "; stop what listens there, or choose another port (0 for any free one)",
                ErrorKind::PermissionDenied => "; ports below 1024 are for root",
                ErrorKind::AddrNotAvailable => "; this machine does not have that address",
                _ => "",
            };
            Error::failed(format!("cannot listen on {address} for {scheme}: {error}{hint}"))
        };
        let listener = self.runtime.block_on(TcpListener::bind(address)).map_err(unusable)?;
        let bound = listener.local_addr().map_err(unusable)?;
        log::info!("{scheme} on {bound}");
        let task = listen(listener, acceptor, self.shared.clone(), self.stop.subscribe());
        self.listeners.push(self.runtime.spawn(task));
        Ok(bound)
    }

    /// Drops enumerations that nobody comes back for.
    fn sweep(&self) {
        let shared = self.shared.clone();
        self.runtime.spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let shared = shared.clone();
                let _ = tokio::task::spawn_blocking(move || shared.service().expire_contexts()).await;
            }
        });
    }
}

//! Where instances and classes come from: providers in this process, or another computer.

use crate::args::{Common, Providers};
use crate::failure::Result;
use crate::remote;
use omi::{Error, Instance};
use omi_host::class::SharedClass;
use omi_host::client::Client;
use omi_host::operation::{Operation, Request};
use omi_host::{Host, HostBuilder, Reply};
use std::time::Duration;

/// The namespace of management classes, by convention and by default.
const DEFAULT_NAMESPACE: &str = "root/cimv2";

/// How many instances are taken at once, and how long a smaller number waits for more.
const BATCH: usize = 1000;
const PATIENCE: Duration = Duration::from_millis(100);

/// What answers the commands.
pub enum Source {
    /// Providers in this process.
    Local(Host),
    /// A WS-Management server.
    Remote(Box<Client>),
}

/// The results of an operation.
pub enum Replies {
    /// Those that providers post.
    Coming(Reply),
    /// Those that a server sent.
    Complete(Vec<Instance>),
}

impl Common {
    /// The namespace to work in.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE)
    }
}

impl Providers {
    /// Whether lumi's own are meant.
    pub fn is_empty(&self) -> bool {
        self.libraries.is_empty() && self.folders.is_empty()
    }
}

impl Source {
    /// What the command line names.
    ///
    /// # Errors
    /// When a provider cannot be loaded, a server cannot be asked, or the options do not go together.
    pub fn open(common: &Common) -> Result<Self> {
        if let Some(client) = remote::open(&common.remote, &common.providers)? {
            return Ok(Self::Remote(Box::new(client)));
        }
        let builder = match add_providers(Host::builder(), &common.providers, common.namespace())? {
            Some(builder) => builder,
            None => Host::builder().linked("lumi", lumi::MI_Main, &[DEFAULT_NAMESPACE]),
        };
        Ok(Self::Local(builder.build()?))
    }

    /// The namespaces, by name. Servers do not list theirs: it is the usual one.
    pub fn namespaces(&self) -> Vec<String> {
        match self {
            Self::Local(host) => host.namespaces().iter().map(ToString::to_string).collect(),
            Self::Remote(_) => vec![DEFAULT_NAMESPACE.to_owned()],
        }
    }

    /// All classes of a namespace, by name.
    ///
    /// # Errors
    /// INVALID_NAMESPACE, and what keeps a server from answering.
    pub fn classes(&mut self, namespace: &str) -> omi::Result<Vec<SharedClass>> {
        match self {
            Self::Local(host) => host.classes(namespace),
            Self::Remote(client) => client.classes(namespace),
        }
    }

    /// A class of a namespace.
    ///
    /// # Errors
    /// INVALID_NAMESPACE, INVALID_CLASS, and what keeps a server from answering.
    pub fn class(&mut self, namespace: &str, name: &str) -> omi::Result<SharedClass> {
        match self {
            Self::Local(host) => host.class(namespace, name),
            Self::Remote(client) => client.class(namespace, name),
        }
    }

    /// Starts an operation; a local one may take as long as it likes.
    ///
    /// # Errors
    /// What is wrong with the request; from a server any error.
    pub fn submit(&mut self, namespace: &str, operation: Operation) -> omi::Result<Replies> {
        match self {
            Self::Local(host) => host.submit(Request::local(namespace, operation)).map(Replies::Coming),
            Self::Remote(client) => remote::run(client, namespace, operation).map(Replies::Complete),
        }
    }
}

impl Replies {
    /// The next instances, and how the operation ended when none follow.
    pub fn next(&mut self) -> (Vec<Instance>, Option<omi::Result<()>>) {
        match self {
            Self::Coming(reply) => {
                let batch = reply.next(BATCH, PATIENCE);
                (batch.instances, batch.end)
            }
            Self::Complete(instances) => (std::mem::take(instances), Some(Ok(()))),
        }
    }

    /// The only instance.
    ///
    /// # Errors
    /// The operation's error, and FAILED when there are none or several.
    pub fn one(self) -> omi::Result<Instance> {
        match self {
            Self::Coming(reply) => reply.one(),
            Self::Complete(instances) => match <[Instance; 1]>::try_from(instances) {
                Ok([instance]) => Ok(instance),
                Err(others) => Err(Error::failed(format!("the server sent {} instances instead of one", others.len()))),
            },
        }
    }
}

/// Adds the providers of the command line, libraries in `namespace`. `None` if it names none.
///
/// # Errors
/// NOT_FOUND, naming the library, when there is no such file.
pub fn add_providers(builder: HostBuilder, named: &Providers, namespace: &str) -> omi::Result<Option<HostBuilder>> {
    if named.is_empty() {
        return Ok(None);
    }
    let mut builder = builder;
    for library in &named.libraries {
        // The loader looks for a name without a slash in the folders of the system.
        let path = library.canonicalize().map_err(|error| {
            Error::not_found(format!("cannot load the provider library {}: {error}", library.display()))
        })?;
        builder = builder.provider(&path, &[namespace]);
    }
    Ok(Some(named.folders.iter().fold(builder, |builder, folder| builder.register_dir(folder))))
}

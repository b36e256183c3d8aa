//! Where instances and classes come from: providers in this process, or another computer.

use crate::args::{Common, Providers};
use crate::failure::Result;
use omi::Instance;
use omi_host::class::SharedClass;
use omi_host::operation::{Operation, Principal, Request};
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
}

/// The results of an operation.
pub enum Replies {
    Local(Reply),
}

impl Common {
    /// The namespace to work in.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE)
    }
}

impl Source {
    /// What the command line names.
    ///
    /// # Errors
    /// When a provider cannot be loaded, or the options do not go together.
    pub fn open(common: &Common) -> Result<Self> {
        let builder = match add_providers(Host::builder(), &common.providers, common.namespace()) {
            Some(builder) => builder,
            None => Host::builder().linked("lumi", lumi::MI_Main, &[DEFAULT_NAMESPACE]),
        };
        Ok(Self::Local(builder.build()?))
    }

    /// The namespaces, by name.
    pub fn namespaces(&self) -> Vec<String> {
        match self {
            Self::Local(host) => host.namespaces().iter().map(ToString::to_string).collect(),
        }
    }

    /// All classes of a namespace, by name.
    pub fn classes(&self, namespace: &str) -> omi::Result<Vec<SharedClass>> {
        match self {
            Self::Local(host) => host.classes(namespace),
        }
    }

    /// A class of a namespace.
    pub fn class(&self, namespace: &str, name: &str) -> omi::Result<SharedClass> {
        match self {
            Self::Local(host) => host.class(namespace, name),
        }
    }

    /// Starts an operation, without a time limit.
    pub fn submit(&self, namespace: &str, operation: Operation) -> omi::Result<Replies> {
        let request = Request {
            principal: Principal::current_process(),
            namespace: namespace.into(),
            locale: None,
            data_locale: None,
            deadline: None,
            options: Vec::new(),
            operation,
        };
        match self {
            Self::Local(host) => host.submit(request).map(Replies::Local),
        }
    }
}

impl Replies {
    /// The next instances, and how the operation ended when none follow.
    pub fn next(&mut self) -> (Vec<Instance>, Option<omi::Result<()>>) {
        match self {
            Self::Local(reply) => {
                let batch = reply.next(BATCH, PATIENCE);
                (batch.instances, batch.end)
            }
        }
    }

    /// The only instance.
    pub fn one(self) -> omi::Result<Instance> {
        match self {
            Self::Local(reply) => reply.one(),
        }
    }
}

/// Adds the providers of the command line, libraries in `namespace`. `None` if it names none.
pub fn add_providers(builder: HostBuilder, providers: &Providers, namespace: &str) -> Option<HostBuilder> {
    if providers.libraries.is_empty() && providers.folders.is_empty() {
        return None;
    }
    let with_libraries = providers.libraries.iter().fold(builder, |builder, file| builder.provider(file, &[namespace]));
    Some(providers.folders.iter().fold(with_libraries, |builder, folder| builder.register_dir(folder)))
}

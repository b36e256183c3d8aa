//! Where instances and classes come from: providers in this process, or another computer.

use crate::args::{Common, Providers};
use crate::failure::Result;
use crate::{interrupt, remote};
use omi::client::{Application, Destination, OperationOptions, Session};
use omi::declaration::SharedClass;
use omi::{Error, Instance};
use omi_host::{Host, HostBuilder};

/// The namespace of management classes, by convention and by default.
const DEFAULT_NAMESPACE: &str = "root/cimv2";

/// What answers the commands.
pub struct Source {
    /// A session with it.
    pub session: Session,
    /// The namespaces, by name. Servers do not list theirs: it is the usual one.
    pub namespaces: Vec<String>,
}

/// The results of an operation.
pub type Replies = omi::client::Operation<Instance>;

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
        if let Some(session) = remote::open(&common.remote, &common.providers)? {
            return Ok(Self { session, namespaces: vec![DEFAULT_NAMESPACE.to_owned()] });
        }
        let builder = match add_providers(Host::builder(), &common.providers, common.namespace())? {
            Some(builder) => builder,
            None => Host::builder().linked("lumi", lumi::MI_Main, &[DEFAULT_NAMESPACE]),
        };
        let host = with_second_names(builder).build()?;
        let namespaces = host.namespaces().iter().map(ToString::to_string).collect();
        Ok(Self { session: Application::new(host).session(&Destination::local())?, namespaces })
    }

    /// All classes of a namespace, by name.
    ///
    /// # Errors
    /// INVALID_NAMESPACE, and what keeps a server from answering.
    pub fn classes(&self, namespace: &str) -> omi::Result<Vec<SharedClass>> {
        interrupt::cancels(self.session.classes(namespace, None, &OperationOptions::default())).collect()
    }

    /// A class of a namespace.
    ///
    /// # Errors
    /// INVALID_NAMESPACE, INVALID_CLASS, and what keeps a server from answering.
    pub fn class(&self, namespace: &str, name: &str) -> omi::Result<SharedClass> {
        interrupt::cancels(self.session.class(namespace, name, &OperationOptions::default())).one()
    }
}

/// The host with the names that clients on Windows use for namespaces.
pub fn with_second_names(builder: HostBuilder) -> HostBuilder {
    builder.second_name("root/Microsoft/DesiredStateConfiguration", "root/Microsoft/Windows/DesiredStateConfiguration")
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

//! A session as `omi::client` sees one.

use super::running::run;
use super::session::HostSession;
use crate::abi::context::Context;
use crate::client::{
    ClassOperation, Connection, CustomOption, Destination, Indication, InstanceOperation, Outlet, Parts, Request,
    Subscription,
};
use crate::declaration::SharedClass;
use crate::{Instance, Result, Value};
use std::sync::Arc;

/// A session with a host, or through libmi.
pub(crate) struct HostConnection {
    session: Arc<HostSession>,
    /// Those of the destination, which go with every operation.
    options: Vec<(String, Value)>,
}

impl HostConnection {
    /// With the host that asks for something by `context`.
    ///
    /// # Errors
    /// NOT_SUPPORTED where the host has no local sessions.
    pub(crate) fn local(context: &Context) -> Result<Self> {
        Ok(Self { session: Arc::new(HostSession::local(context)?), options: Vec::new() })
    }

    /// Through libmi.
    pub(super) fn new(session: HostSession, destination: &Destination) -> Self {
        Self { session: Arc::new(session), options: destination.options.clone() }
    }

    fn prepared<O>(&self, mut request: Request<O>) -> Request<O> {
        let options = self.options.iter().cloned();
        let options = options.map(|(name, value)| CustomOption { name, value, must_comply: false });
        request.options.custom.extend(options);
        request
    }
}

impl Connection for HostConnection {
    fn instances(&self, request: Request<InstanceOperation>, outlet: Outlet<Instance>) {
        let (session, request) = (self.session.clone(), self.prepared(request));
        let is_call = matches!(request.operation, InstanceOperation::Invoke { .. });
        let complete =
            move |result, parts: &Parts| if is_call { parts.complete(with_return_value(result)) } else { result };
        run(session, request, outlet, HostSession::start_instances, complete);
    }

    fn indications(&self, request: Request<Subscription>, outlet: Outlet<Indication>) {
        let (session, request) = (self.session.clone(), self.prepared(request));
        run(session, request, outlet, HostSession::start_indications, |result, _| result);
    }

    fn classes(&self, request: Request<ClassOperation>, outlet: Outlet<SharedClass>) {
        let (session, request) = (self.session.clone(), self.prepared(request));
        run(session, request, outlet, HostSession::start_classes, |result, _| result);
    }
}

/// The results of a method with the return value under the name that clients know it by.
fn with_return_value(results: Instance) -> Instance {
    let mut renamed = Instance::with_capacity(results.class_name(), results.properties().len());
    for mut property in results.into_properties() {
        if property.name.eq_ignore_ascii_case("MIReturn") {
            property.name = "ReturnValue".into();
        }
        renamed.push(property);
    }
    renamed
}

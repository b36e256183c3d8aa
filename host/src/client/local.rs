//! A host in this process as a transport of [`omi::client`].

use crate::operation::{Operation, Request};
use crate::{Host, Reply};
use omi::client::{
    self, ClassOperation, Connection, Destination, Indication, InstanceOperation, OperationOptions, Outlet,
    SessionListener, Subscription, Transport,
};
use omi::declaration::SharedClass;
use omi::wql::Select;
use omi::{Error, Instance, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many instances are taken at once, and how long a smaller number waits for more.
const BATCH: usize = 500;
const PATIENCE: Duration = Duration::from_millis(5);

/// Sessions with the host itself, as the user that runs this process.
impl Transport for Host {
    fn connect(&self, destination: &Destination, _: &dyn SessionListener) -> Result<Arc<dyn Connection>> {
        match &destination.address {
            None => Ok(Arc::new(self.clone())),
            Some(address) => {
                let text = format!("a host in this process reaches this computer alone, not {address:?}");
                Err(Error::invalid_parameter(text))
            }
        }
    }
}

// Each operation has a thread of its own, because submitting waits while a provider library is loaded.
impl Connection for Host {
    fn instances(&self, request: client::Request<InstanceOperation>, outlet: Outlet<Instance>) {
        let host = self.clone();
        outlet.run(move |outlet| {
            let client::Request { namespace, options, operation } = request;
            let Some(operation) = instance_operation(operation, &options)? else { return Ok(()) };
            let timeout = options.timeout;
            let reply = host.submit(local_request(namespace, options, operation))?;
            deliver(reply, timeout, outlet, |instances, _| instances)
        });
    }

    fn indications(&self, request: client::Request<Subscription>, outlet: Outlet<Indication>) {
        let host = self.clone();
        outlet.run(move |outlet| {
            let client::Request { namespace, options, operation: Subscription { query, bookmark, .. } } = request;
            let operation = Operation::Subscribe { query: Select::parse(&query)?, bookmark };
            let reply = host.submit(local_request(namespace, options, operation))?;
            deliver(reply, None, outlet, indications)
        });
    }

    fn classes(&self, request: client::Request<ClassOperation>, outlet: Outlet<SharedClass>) {
        let host = self.clone();
        outlet.run(move |outlet| {
            let namespace = &request.namespace;
            let found = match request.operation {
                ClassOperation::Get { class } => vec![host.class(namespace, &class)?],
                ClassOperation::Enumerate { base: None } => host.classes(namespace)?,
                ClassOperation::Enumerate { base: Some(base) } => {
                    let base = host.class(namespace, &base)?;
                    let mut classes = host.classes(namespace)?;
                    classes.retain(|class| class.is_a(&base.name) && class.name != base.name);
                    classes
                }
            };
            // A reader that went away wants no error either.
            let _ = outlet.post(found);
            Ok(())
        });
    }
}

fn local_request(namespace: String, options: OperationOptions, operation: Operation) -> Request {
    Request {
        locale: options.locale,
        data_locale: options.data_locale,
        options: options.custom.into_iter().map(|option| (option.name, option.value)).collect(),
        listener: options.listener,
        ..Request::local(namespace, operation)
    }
}

/// What the host is asked; nothing for a test of the connection.
fn instance_operation(operation: InstanceOperation, options: &OperationOptions) -> Result<Option<Operation>> {
    let OperationOptions { keys_only, depth, .. } = *options;
    let properties = options.properties.clone();
    Ok(Some(match operation {
        InstanceOperation::Enumerate { class } => Operation::Enumerate { class, depth, properties, keys_only },
        InstanceOperation::Query { query } => Operation::Query(Select::parse(&query)?),
        InstanceOperation::Get { key } => Operation::Get { key, properties },
        InstanceOperation::Create { instance } => Operation::Create { instance },
        InstanceOperation::Modify { instance } => Operation::Modify { instance, modified: properties },
        InstanceOperation::Delete { key } => Operation::Delete { key },
        InstanceOperation::Invoke { class, target, method, parameters } => {
            Operation::Invoke { class, target, method, parameters }
        }
        InstanceOperation::Associators { source, filter } => Operation::Associators {
            source,
            association: filter.association,
            result_class: filter.result_class,
            role: filter.role,
            result_role: filter.result_role,
            properties,
            keys_only,
        },
        InstanceOperation::References { source, filter } => {
            Operation::References { source, association: filter.association, role: filter.role, properties, keys_only }
        }
        InstanceOperation::TestConnection => return Ok(None),
    }))
}

/// Delivers results until the end, or until nobody wants them: then the reply is dropped, which cancels the operation.
fn deliver<T>(
    mut reply: Reply,
    timeout: Option<Duration>,
    outlet: &Outlet<T>,
    results: impl Fn(Vec<Instance>, Option<String>) -> Vec<T>,
) -> Result<()> {
    outlet.on_cancel(reply.canceller());
    loop {
        reply.set_deadline(timeout.and_then(|timeout| Instant::now().checked_add(timeout)));
        let batch = reply.next(BATCH, PATIENCE);
        if outlet.post(results(batch.instances, batch.bookmark)).is_err() {
            return Ok(());
        }
        if let Some(end) = batch.end {
            return end;
        }
    }
}

/// Of several indications that came at once, the last one has the bookmark.
fn indications(instances: Vec<Instance>, bookmark: Option<String>) -> Vec<Indication> {
    let mut indications: Vec<Indication> =
        instances.into_iter().map(|instance| Indication { instance, bookmark: None, machine: None }).collect();
    if let Some(last) = indications.last_mut() {
        last.bookmark = bookmark;
    }
    indications
}

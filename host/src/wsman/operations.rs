//! The operations on instances, classes and methods: one request, one answer.

use super::charset::Charset;
use super::classes::write_class;
use super::decode::{self, Declarations, Decoder};
use super::encode::Encoder;
use super::fault::{Fault, Result, kind};
use super::interactive::{self, Dialogue, Exchange, Line, Response};
use super::message::Message;
use super::ns::action;
use super::resource::{self, Resource};
use super::service::{Results, Service, octets};
use super::write::Envelope;
use super::{epr, ns};
use crate::class::{Class, MethodDeclaration, PropertyDeclaration, SharedClass};
use crate::operation::{Operation, Principal, Request};
use omi::class::object_path;
use omi::dialogue::Listener;
use omi::{Error, Instance, Name, flags};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One request on its way through the service.
pub(super) struct Call<'a> {
    pub(super) service: &'a Service,
    pub(super) principal: &'a Principal,
    pub(super) message: &'a Message<'a>,
    id: Option<&'a str>,
    charset: Charset,
    /// The way back to the client while the service works, where its carrier has one.
    exchange: Option<&'a Arc<Exchange>>,
    /// When the client gives up.
    pub(super) deadline: Instant,
}

/// Longer waits than this would overflow the clock.
pub(super) const LONGEST_TIMEOUT: Duration = Duration::from_secs(30 * 24 * 3600);

impl<'a> Call<'a> {
    pub(super) fn new(
        service: &'a Service,
        principal: &'a Principal,
        message: &'a Message<'a>,
        id: Option<&'a str>,
        charset: Charset,
        exchange: Option<&'a Arc<Exchange>>,
    ) -> Self {
        let timeout = message.timeout.unwrap_or(service.settings.default_timeout).min(LONGEST_TIMEOUT);
        Self { service, principal, message, id, charset, exchange, deadline: Instant::now() + timeout }
    }

    /// Answers the request; `None` is an answer without a body.
    pub(super) fn dispatch(&self) -> Result<Option<Envelope>> {
        let Some(action) = self.message.action.as_deref() else {
            return Err(Fault::new(kind::HEADER_REQUIRED, "the header a:Action is missing; it says what to do"));
        };
        match action {
            action::END => return Ok(None),
            action::CANCEL => {
                let id = self.message.operation_id.as_deref();
                self.service.conversations.cancel(self.principal, id);
                return Ok(None);
            }
            action::PULL => return self.pull().map(Some),
            action::RELEASE => return self.release().map(Some),
            action::RENEW => return self.renew().map(Some),
            action::GET_STATUS => return self.get_status().map(Some),
            action::UNSUBSCRIBE => return self.unsubscribe().map(Some),
            _ => {}
        }
        if action.ends_with(interactive::ACTION)
            && let Some(response) = Response::read(self.message.body)?
        {
            let id = self.message.operation_id.as_deref();
            return self.service.conversations.respond(self.principal, id, response).map(|()| None);
        }
        let answer = match (action, self.message.resource()?) {
            (action::ENUMERATE, resource) => self.enumerate(&resource)?,
            (action::SUBSCRIBE, resource) => self.subscribe(&resource)?,
            (action::GET, Resource::Schema) => self.get_class()?,
            (action, Resource::Class { name, namespace }) => {
                let namespace = self.namespace(namespace.as_deref());
                match action {
                    action::GET => self.get(&namespace, &name)?,
                    action::PUT => self.put(&namespace, &name)?,
                    action::CREATE => self.create(&namespace, &name)?,
                    action::DELETE => self.delete(&namespace, &name)?,
                    _ => match resource::method(action, &name) {
                        Some(method) => self.invoke(&namespace, &name, method)?,
                        None => return Err(unknown_action(action)),
                    },
                }
            }
            (action, _) => return Err(unknown_action(action)),
        };
        Ok(Some(answer))
    }

    /// The most bytes of the answer.
    pub(super) fn envelope_limit(&self) -> usize {
        let settings = &self.service.settings;
        let wanted = self.message.max_envelope.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        wanted.unwrap_or(settings.default_envelope).min(settings.largest_envelope)
    }

    /// An answer to the request's action: `Get` becomes `GetResponse`.
    pub(super) fn answer(&self) -> Envelope {
        let action = self.answer_action();
        let estimate = if self.message.wants_estimate { "<w:TotalItemsCountEstimate xsi:nil=\"true\"/>" } else { "" };
        Envelope::answer(&action, self.id, estimate, self.charset)
    }

    fn answer_action(&self) -> String {
        [self.message.action.as_deref().unwrap_or_default(), "Response"].concat()
    }

    /// The namespace of the selectors, of the resource URI, or the default.
    pub(super) fn namespace(&self, of_uri: Option<&str>) -> Name {
        let named = self.message.namespace.as_deref().or(of_uri).filter(|name| !name.is_empty());
        named.unwrap_or(&self.service.settings.default_namespace).into()
    }

    pub(super) fn class(&self, namespace: &str, name: &str) -> Result<SharedClass> {
        Ok(self.service.backend().class(namespace, name)?)
    }

    /// The way for events of the operation; `None` for clients that understand no answers of several messages.
    fn line(&self) -> Option<Line> {
        Some(Line {
            exchange: self.exchange?.clone(),
            action: self.answer_action(),
            relates_to: self.id.map(str::to_owned),
            operation: self.message.operation_id.clone()?,
            charset: self.charset,
            limit: self.envelope_limit(),
        })
    }

    /// Goes on with an operation that another request started.
    pub(super) fn resume(&self, results: &mut dyn Results) -> Result<()> {
        if let Some(exchange) = self.exchange {
            exchange.started(results.canceller());
        }
        self.line().map_or(Ok(()), |line| results.continue_over(line))
    }

    /// Starts an operation.
    pub(super) fn submit(&self, namespace: &Name, operation: Operation) -> Result<Box<dyn Results>> {
        let options = &self.message.options;
        let line = self.line().filter(|_| options.wishes.callbacks != 0);
        let dialogue = line.map(|line| {
            let id = line.operation.clone();
            let (uri, patience) = (self.resource_uri().to_owned(), self.service.settings.default_timeout);
            let dialogue = Dialogue::new(options.wishes, options.precise_arrays, uri, line, patience);
            (id, Arc::new(dialogue))
        });
        let open = match &dialogue {
            Some((id, dialogue)) => Some(self.service.conversations.open(self.principal, id, dialogue.clone())?),
            None => None,
        };
        let request = Request {
            principal: self.principal.clone(),
            namespace: namespace.clone(),
            locale: self.message.locale.clone(),
            data_locale: self.message.data_locale.clone(),
            deadline: Some(self.deadline),
            options: options.custom.clone(),
            listener: dialogue.map(|(_, dialogue)| dialogue as Arc<dyn Listener>),
            operation,
        };
        let results = self.service.backend().submit(request)?;
        if let Some(exchange) = self.exchange {
            exchange.started(results.canceller());
        }
        Ok(match open {
            Some(open) => open.keep(results),
            None => results,
        })
    }

    /// The resource URI without its query.
    fn resource_uri(&self) -> &str {
        let uri = self.message.resource_uri.as_deref().unwrap_or_default();
        uri.split('?').next().unwrap_or(uri)
    }

    /// Runs an operation to its end. `what` tells an error's reader which one it was.
    fn run(&self, namespace: &Name, operation: Operation, what: &str) -> Result<Vec<Instance>> {
        let outcome = self.submit(namespace, operation).and_then(|mut results| {
            let mut instances = Vec::new();
            loop {
                let batch = results.next(usize::MAX, Duration::MAX);
                instances.extend(batch.instances);
                if let Some(end) = batch.end {
                    return end.map(|()| instances).map_err(Fault::from_error);
                }
            }
        });
        outcome.map_err(|fault| fault.during(&format!("{what} in {namespace}")))
    }

    /// Calls back with a decoder that finds classes in the given namespace.
    fn decode<T>(&self, namespace: &str, read: impl FnOnce(Decoder<'_>) -> Result<T>) -> Result<T> {
        let backend = self.service.backend();
        read(Decoder { class: &|other, name| backend.class(other.unwrap_or(namespace), name).ok() })
    }

    /// Class and keys of the instance that the selectors name.
    fn key(&self, namespace: &str, class: &Class) -> Result<Instance> {
        let selectors = &self.message.selectors;
        if selectors.is_empty() && class.keys().next().is_some() {
            let keys: Vec<&str> = class.keys().map(|key| key.name.as_ref()).collect();
            let text = format!("{} needs selectors for its keys: {}", class.name, keys.join(", "));
            return Err(Fault::new(kind::INSUFFICIENT_SELECTORS, text));
        }
        self.decode(namespace, |decoder| decoder.key(&class.name, Some(class), selectors))
    }

    /// The instance in the body.
    fn body(&self, namespace: &str, class: &Class) -> Result<Instance> {
        let Some(node) = self.message.body else {
            let text = format!("the body is empty; an instance of {} is expected", class.name);
            return Err(Fault::new(kind::SCHEMA_VALIDATION, text));
        };
        let named = node.tag_name().name();
        if !named.eq_ignore_ascii_case(&class.name) {
            let text = format!("the body has {named}, but the resource URI names {}", class.name);
            return Err(Fault::new(kind::SCHEMA_VALIDATION, text));
        }
        self.decode(namespace, |decoder| decoder.instance(node, &class.name, Declarations::of(class)))
    }

    /// Writes an instance into an answer.
    fn answer_instance(&self, namespace: &str, instance: &Instance) -> Envelope {
        let mut envelope = self.answer();
        let octets = octets(self.service.backend(), namespace);
        self.encoder(namespace, &octets).instance(&mut envelope.body, instance);
        envelope
    }

    fn encoder<'e>(&self, namespace: &'e str, octets: &'e dyn Fn(&str, &str) -> bool) -> Encoder<'e> {
        let precise_arrays = self.message.options.precise_arrays;
        Encoder { namespace, precise_arrays, octets, ..Encoder::plain() }
    }

    fn get(&self, namespace: &Name, class: &str) -> Result<Envelope> {
        let class = self.class(namespace, class)?;
        let key = self.key(namespace, &class)?;
        let path = object_path(&key);
        let found = self.run(namespace, Operation::Get { key, properties: None }, &format!("Get of {path}"))?;
        match found.first() {
            Some(instance) => Ok(self.answer_instance(namespace, instance)),
            None => {
                Err(Fault::from_error(Error::not_found(format!("there is no instance {path} (Get in {namespace})"))))
            }
        }
    }

    fn put(&self, namespace: &Name, class: &str) -> Result<Envelope> {
        let class = self.class(namespace, class)?;
        let key = self.key(namespace, &class)?;
        let what = format!("Put of {}", object_path(&key));
        let body = self.body(namespace, &class)?;
        let mut instance = key;
        for property in body.into_properties() {
            // The selectors say which instance it is; what the body says of its keys does not change them.
            if instance.property(&property.name).is_none() {
                instance.push(property);
            }
        }
        let modified = self.message.options.modified.clone();
        let changed = self.run(namespace, Operation::Modify { instance, modified }, &what)?;
        Ok(match changed.first() {
            Some(instance) => self.answer_instance(namespace, instance),
            None => self.answer(),
        })
    }

    fn create(&self, namespace: &Name, class: &str) -> Result<Envelope> {
        let class = self.class(namespace, class)?;
        let instance = self.body(namespace, &class)?;
        let what = format!("Create of {}", object_path(&instance));
        let created = self.run(namespace, Operation::Create { instance: instance.clone() }, &what)?;
        let mut envelope = self.answer();
        let octets = octets(self.service.backend(), namespace);
        let created = created.first().unwrap_or(&instance);
        epr::resource_created(&mut envelope.body, created, &self.encoder(namespace, &octets));
        Ok(envelope)
    }

    fn delete(&self, namespace: &Name, class: &str) -> Result<Envelope> {
        let class = self.class(namespace, class)?;
        let key = self.key(namespace, &class)?;
        let what = format!("Delete of {}", object_path(&key));
        self.run(namespace, Operation::Delete { key }, &what)?;
        Ok(self.answer())
    }

    fn invoke(&self, namespace: &Name, class: &str, method: &str) -> Result<Envelope> {
        let class = self.class(namespace, class)?;
        let by_name = class.is_name_only().then(|| MethodDeclaration::named(method));
        let Some(method) = class.method(method).or(by_name.as_ref()) else {
            let names: Vec<&str> = class.methods.iter().map(|method| method.name.as_ref()).collect();
            let text = format!("{} has no method {method}; its methods: {}", class.name, names.join(", "));
            return Err(Fault::new(kind::ACTION_NOT_SUPPORTED, text));
        };
        // PowerShell sends the keys of the instance at hand for static methods too.
        let is_static = match by_name {
            Some(_) => self.message.selectors.is_empty(),
            None => method.is_static(),
        };
        let target = if is_static { None } else { Some(self.key(namespace, &class)?) };
        let parameters = self.parameters(namespace, method, by_name.is_none())?;
        let on = target.as_ref().map_or_else(|| class.name.to_string(), object_path);
        let operation =
            Operation::Invoke { class: class.name.to_string(), target, method: method.name.to_string(), parameters };
        let output = self.run(namespace, operation, &format!("{} of {on}", method.name))?;
        let output = output.into_iter().next().unwrap_or_else(|| Instance::new(method.name.clone()));

        let mut envelope = self.answer();
        let is_octets = |owner: &str, name: &str| match owner.eq_ignore_ascii_case(output.class_name()) {
            true => method.parameters.iter().any(|it| it.name.eq_ignore_ascii_case(name) && decode::is_octets(it)),
            false => octets(self.service.backend(), namespace)(owner, name),
        };
        let encoder = self.encoder(namespace, &is_octets);
        encoder.element(&mut envelope.body, &output, &format!("{}_OUTPUT", method.name), self.resource_uri());
        Ok(envelope)
    }

    /// The input parameters: the children of `Method_INPUT`.
    fn parameters(&self, namespace: &str, method: &MethodDeclaration, is_declared: bool) -> Result<Instance> {
        let Some(node) = self.message.body else { return Ok(Instance::new(method.name.clone())) };
        let expected = format!("{}_INPUT", method.name);
        let named = node.tag_name().name();
        if !named.eq_ignore_ascii_case(&expected) {
            let text = format!("the body has {named}, but {expected} is expected");
            return Err(Fault::new(kind::SCHEMA_VALIDATION, text));
        }
        // A parameter is an input unless it is declared as an output alone.
        let is_input = |it: &&PropertyDeclaration| it.flags & flags::IN != 0 || it.flags & flags::OUT == 0;
        let inputs: Vec<PropertyDeclaration> = method.parameters.iter().filter(is_input).cloned().collect();
        let declarations = Declarations { owner: &method.name, elements: is_declared.then_some(&inputs) };
        self.decode(namespace, |decoder| decoder.instance(node, &method.name, declarations))
    }

    fn get_class(&self) -> Result<Envelope> {
        let namespace = self.namespace(None);
        let Some(name) = self.class_name_selector().filter(|name| !name.is_empty()) else {
            let text = "the selector ClassName is missing; it names the class whose declaration is wanted";
            return Err(Fault::new(kind::INSUFFICIENT_SELECTORS, text));
        };
        let class = self.class(&namespace, name)?;
        let mut envelope = self.answer();
        write_class(&mut envelope.body, &class, &self.message.options);
        Ok(envelope)
    }

    /// The class that a request for declarations names.
    pub(super) fn class_name_selector(&self) -> Option<&'a str> {
        let selector = self.message.selectors.iter().find(|it| it.name.eq_ignore_ascii_case("ClassName"))?;
        match &selector.value {
            epr::SelectorValue::Text(name) => Some(name),
            epr::SelectorValue::Reference(_) => None,
        }
    }
}

fn unknown_action(action: &str) -> Fault {
    Fault::new(
        kind::ACTION_NOT_SUPPORTED,
        format!(
            "the action {action:?} is not known for this resource; a method is called by the action {}CLASS/METHOD",
            ns::CLASS_PREFIX
        ),
    )
}

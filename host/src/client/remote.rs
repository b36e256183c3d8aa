//! WS-Man as a transport of [`omi::client`].

use super::answer::{Page, page};
use super::call::{CLASS_OPTIONS, Call, Cancel, Classes, Message, body, parse, unexpected};
use super::connection::{Link, Network};
use super::endpoint::Endpoint;
use crate::wsman::decode::{Declarations, is_octets};
use crate::wsman::encode::Encoder;
use crate::wsman::ns::{self, action};
use crate::wsman::{class_reader, epr, write, xml};
use omi::client::{
    AssociationFilter, ClassOperation, Closed, Connection, Depth, Destination, Indication, InstanceOperation, Outlet,
    Parts, Request, SessionListener, Subscription, Transport, Trust,
};
use omi::declaration::{PropertyDeclaration, SharedClass};
use omi::dialogue::Channel;
use omi::wql::Select;
use omi::{Error, Instance, Result, ResultCode};
use roxmltree::Node;
use std::fmt::Write;
use std::sync::Arc;

/// How many items one answer may have.
const ITEMS: usize = 5000;

/// The WS-Man client: sessions with any WS-Management server that speaks CIM, ours, omiserver or Windows.
///
/// A session connects with its first operation. Each operation at work has a connection of its own, which later ones use
/// again. Credentials go by Basic authentication, in clear text to this computer alone.
pub struct WsMan {
    network: Arc<Network>,
}

impl WsMan {
    /// Starts the thread that moves bytes for all sessions.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new() -> Result<Self> {
        Ok(Self { network: Arc::new(Network::start()?) })
    }
}

impl Transport for WsMan {
    fn connect(&self, destination: &Destination, listener: &dyn SessionListener) -> Result<Arc<dyn Connection>> {
        let endpoint = Endpoint::of(destination)?;
        if endpoint.tls.is_some() && destination.trust == Trust::Anything {
            let text =
                format!("the certificate of {} is not checked: whoever stands between can read all", endpoint.url);
            listener.write_message(Channel::Warning, &text);
        }
        let link = Arc::new(Link::new(self.network.clone(), endpoint));
        let options = destination.options.clone();
        Ok(Arc::new(Remote { link, classes: Arc::default(), options }))
    }
}

/// A session.
struct Remote {
    link: Arc<Link>,
    classes: Arc<Classes>,
    /// Those of the destination, which go with every operation.
    options: Vec<(String, omi::Value)>,
}

impl Remote {
    /// Runs an operation on a thread of its own. Cancelling it ends the exchange that it waits for.
    fn run<O: Send + 'static, T: Send + 'static>(
        &self,
        request: Request<O>,
        outlet: Outlet<T>,
        run: impl FnOnce(&Call, O, &Outlet<T>) -> Result<()> + Send + 'static,
    ) {
        let Request { namespace, mut options, operation } = request;
        for (name, value) in &self.options {
            options = options.custom(name, value.clone());
        }
        let cancel = Arc::new(Cancel::default());
        let canceller = cancel.clone();
        outlet.on_cancel(move || canceller.cancel());
        let (link, classes) = (self.link.clone(), self.classes.clone());
        let (id, parts) = (write::message_id(), Parts::default());
        let call = Call { link, classes, cancel, namespace, options, id, parts };
        outlet.run(move |outlet| run(&call, operation, outlet));
    }
}

impl Connection for Remote {
    fn instances(&self, request: Request<InstanceOperation>, outlet: Outlet<Instance>) {
        self.run(request, outlet, |call, operation, outlet| call.instances(operation, outlet));
    }

    fn indications(&self, request: Request<Subscription>, outlet: Outlet<Indication>) {
        self.run(request, outlet, |call, subscription, outlet| call.subscribe(&subscription, outlet));
    }

    fn classes(&self, request: Request<ClassOperation>, outlet: Outlet<SharedClass>) {
        self.run(request, outlet, |call, operation, outlet| match operation {
            // Asked for anew: a client that asks for a class wants to know what it is like now.
            ClassOperation::Get { class } => give(outlet, call.fresh_class(&class)?),
            ClassOperation::Enumerate { base } => call.all_classes(base.as_deref().unwrap_or_default(), outlet),
        });
    }
}

/// Delivers the only result. A reader that went away wants no error either.
fn give<T>(outlet: &Outlet<T>, result: T) -> Result<()> {
    let _ = outlet.post([result]);
    Ok(())
}

impl Call {
    fn instances(&self, operation: InstanceOperation, outlet: &Outlet<Instance>) -> Result<()> {
        match operation {
            InstanceOperation::Enumerate { class } => self.enumerate(&class, outlet),
            InstanceOperation::Query { query } => self.list(ns::ALL_CLASSES, &wql(&query), outlet),
            InstanceOperation::Get { key } => give(outlet, self.get(&key)?),
            InstanceOperation::Create { instance } => give(outlet, self.create(&instance)?),
            InstanceOperation::Modify { instance } => match self.modify(&instance)? {
                Some(changed) => give(outlet, changed),
                None => Ok(()),
            },
            InstanceOperation::Delete { key } => self.on_key(action::DELETE, &key, "", "").map(drop),
            InstanceOperation::Invoke { class, target, method, parameters } => {
                give(outlet, self.invoke(&class, target.as_ref(), &method, &parameters)?)
            }
            InstanceOperation::Associators { source, filter } => {
                self.list(ns::ALL_CLASSES, &self.associators(&source, &filter)?, outlet)
            }
            InstanceOperation::References { source, filter } => {
                self.list(ns::ALL_CLASSES, &self.references(&source, &filter)?, outlet)
            }
            InstanceOperation::TestConnection => self.identify(),
        }
    }

    fn enumerate(&self, class: &str, outlet: &Outlet<Instance>) -> Result<()> {
        let mode = match self.options.depth {
            // WS-Man has no list of properties for an enumeration, but a query has.
            Depth::IncludeSubclassProperties => match &self.options.properties {
                Some(properties) => {
                    let select = Select::from_parts(class, Some(properties), None)?;
                    return self.list(ns::ALL_CLASSES, &wql(select.text()), outlet);
                }
                None => "",
            },
            Depth::ExcludeSubclassProperties => "<b:PolymorphismMode>ExcludeSubClassProperties</b:PolymorphismMode>",
            Depth::None => "<b:PolymorphismMode>None</b:PolymorphismMode>",
        };
        self.list(&epr::class_uri(class), mode, outlet)
    }

    /// Delivers the instances of an enumeration; `wish` stands in its body.
    fn list(&self, uri: &str, wish: &str, outlet: &Outlet<Instance>) -> Result<()> {
        let options = match self.options.keys_only {
            true => "<w:Option Name=\"wmi:__MI_OPERATIONOPTIONS_KEYONLY\" Type=\"xs:boolean\">true</w:Option>",
            false => "",
        };
        let headers = self.selectors(&Instance::new(""));
        let message = Message { uri, headers: &headers, options, ..Message::default() };
        self.pages(&message, wish, |items| {
            let instances: Vec<Instance> = items.into_iter().map(|item| self.instance(item)).collect::<Result<_>>()?;
            Ok(outlet.post(instances))
        })
    }

    /// The declaration of a class, asked for anew.
    fn fresh_class(&self, name: &str) -> Result<SharedClass> {
        self.forget_class(name);
        self.class(name)
    }

    fn all_classes(&self, base: &str, outlet: &Outlet<SharedClass>) -> Result<()> {
        let headers = self.selectors(&Instance::new("").with_key("ClassName", base));
        let message =
            Message { uri: ns::CLASS_SCHEMA, headers: &headers, options: CLASS_OPTIONS, ..Message::default() };
        self.pages(&message, "", |items| {
            let read = |item| Ok(Arc::new(class_reader::read_class(item).map_err(|fault| fault.error)?));
            let classes: Vec<SharedClass> = items.into_iter().map(read).collect::<Result<_>>()?;
            Ok(outlet.post(classes))
        })
    }

    /// Enumerates and pulls; `each` gets the items of every answer. An enumeration that does not come to its end is released.
    fn pages(
        &self,
        message: &Message<'_>,
        wish: &str,
        mut each: impl FnMut(Vec<Node<'_, '_>>) -> Result<Result<(), Closed>>,
    ) -> Result<()> {
        let start =
            format!("<n:Enumerate>{wish}<w:OptimizeEnumeration/><w:MaxElements>{ITEMS}</w:MaxElements></n:Enumerate>");
        let mut text = self.exchange(&Message { action: action::ENUMERATE, body: &start, ..*message })?;
        loop {
            let document = parse(&text)?;
            let Page { items, is_last, context } = page(body(&document)?)?;
            let taken = each(items);
            if is_last {
                return taken.map(drop);
            }
            if context.is_empty() {
                return Err(unexpected("neither an end of the sequence nor a context to go on"));
            }
            let mut pull = String::from("<n:Pull>");
            write::leaf(&mut pull, "n:EnumerationContext", &context);
            let _ = write!(pull, "<n:MaxElements>{ITEMS}</n:MaxElements></n:Pull>");
            let next = match taken {
                Ok(Ok(())) => self.exchange(&Message { action: action::PULL, body: &pull, ..*message }).map(Some),
                Ok(Err(Closed)) => Ok(None),
                Err(error) => Err(error),
            };
            match next {
                Ok(Some(next)) => text = next,
                other => {
                    let mut release = String::from("<n:Release>");
                    write::leaf(&mut release, "n:EnumerationContext", &context);
                    release.push_str("</n:Release>");
                    self.tell(&Message { action: action::RELEASE, body: &release, ..*message });
                    return other.map(drop);
                }
            }
        }
    }

    /// A request about one instance. `options` are `w:Option` elements.
    fn on_key(&self, action: &str, key: &Instance, options: &str, content: &str) -> Result<String> {
        let key = self.keyed(key)?;
        let uri = epr::class_uri(key.class_name());
        let headers = self.selectors(&key);
        self.exchange(&Message { action, uri: &uri, headers: &headers, options, body: content })
    }

    fn get(&self, key: &Instance) -> Result<Instance> {
        let text = self.on_key(action::GET, key, "", "")?;
        let document = parse(&text)?;
        self.instance(body(&document)?.ok_or_else(|| unexpected("an empty body instead of an instance"))?)
    }

    /// The answer to Create names the new instance by its keys.
    fn create(&self, instance: &Instance) -> Result<Instance> {
        let uri = epr::class_uri(instance.class_name());
        let headers = self.selectors(&Instance::new(""));
        let content = self.encoded(instance);
        let message = Message { action: action::CREATE, uri: &uri, headers: &headers, options: "", body: &content };
        let text = self.exchange(&message)?;
        let document = parse(&text)?;
        let created = body(&document)?.ok_or_else(|| unexpected("an empty body instead of a reference"))?;
        let reference = xml::child(created, ns::ADDRESSING, "EndpointReference").unwrap_or(created);
        let reference = epr::read(reference).map_err(|fault| fault.error)?;
        self.decoder(|decoder| decoder.reference(&reference).map_err(|fault| fault.error))
    }

    /// The instance as it is after the change, where the server sends it.
    fn modify(&self, instance: &Instance) -> Result<Option<Instance>> {
        let mut options = String::new();
        for name in self.options.properties.iter().flatten() {
            options.push_str("<w:Option Name=\"wmiarray:__MIInstanceModifiedPropertiesList\" Type=\"xs:string\">");
            write::text(&mut options, name);
            options.push_str("</w:Option>");
        }
        let text = self.on_key(action::PUT, instance, &options, &self.encoded(instance))?;
        let document = parse(&text)?;
        body(&document)?.map(|node| self.instance(node)).transpose()
    }

    fn invoke(&self, class: &str, target: Option<&Instance>, method: &str, parameters: &Instance) -> Result<Instance> {
        let class = self.class(class)?;
        let Some(declaration) = class.method(method) else {
            let text = format!("{} has no method {method}", class.name);
            return Err(Error::new(ResultCode::METHOD_NOT_FOUND, text));
        };
        let uri = epr::class_uri(&class.name);
        let octets = |_: &str, name: &str| {
            declaration.parameters.iter().any(|it| it.name.eq_ignore_ascii_case(name) && is_octets(it))
        };
        let mut input = String::new();
        let encoder = Encoder { namespace: &self.namespace, octets: &octets, ..Encoder::plain() };
        encoder.element(&mut input, parameters, &format!("{}_INPUT", declaration.name), &uri);
        let target = target.map_or_else(|| Ok(Instance::new("")), |target| self.keyed(target))?;
        let headers = self.selectors(&target);
        let action = format!("{uri}/{}", declaration.name);
        let message = Message { action: &action, uri: &uri, headers: &headers, options: "", body: &input };
        let text = self.exchange(&message)?;
        let document = parse(&text)?;
        let node = body(&document)?.ok_or_else(|| unexpected("an empty body instead of a method's output"))?;

        let mut elements = declaration.parameters.clone();
        elements.push(PropertyDeclaration {
            name: "ReturnValue".into(),
            flags: omi::flags::OUT,
            qualifiers: declaration.qualifiers.clone(),
            kind: declaration.returns,
            class_name: None,
            subscript: 0,
            origin: None,
            propagator: None,
            default: None,
        });
        let declarations = Declarations { owner: &declaration.name, elements: Some(&elements) };
        let output = self.decode(node, &declaration.name, declarations)?;
        Ok(self.parts.complete(output))
    }

    /// The filter of an Enumerate for associated instances (DSP0227 section 8.2).
    fn associators(&self, source: &Instance, filter: &AssociationFilter) -> Result<String> {
        let AssociationFilter { association, result_class, role, result_role } = filter;
        let parts = [
            ("b:AssociationClassName", association),
            ("b:Role", role),
            ("b:ResultClassName", result_class),
            ("b:ResultRole", result_role),
        ];
        self.association_filter("b:AssociatedInstances", source, &parts)
    }

    /// The filter of an Enumerate for the associations of an instance; its `ResultClassName` is their class.
    fn references(&self, source: &Instance, filter: &AssociationFilter) -> Result<String> {
        let parts = [("b:ResultClassName", &filter.association), ("b:Role", &filter.role)];
        self.association_filter("b:AssociationInstances", source, &parts)
    }

    fn association_filter(&self, kind: &str, source: &Instance, parts: &[(&str, &Option<String>)]) -> Result<String> {
        let mut out = format!("<w:Filter Dialect=\"{}\"><{kind}><b:Object>", ns::dialect::ASSOCIATION);
        epr::content(&mut out, &self.keyed(source)?, &self.namespace);
        out.push_str("</b:Object>");
        for (name, part) in parts {
            if let Some(part) = part {
                write::leaf(&mut out, name, part);
            }
        }
        for property in self.options.properties.iter().flatten() {
            write::leaf(&mut out, "b:IncludeResultProperty", property);
        }
        let _ = write!(out, "</{kind}></w:Filter>");
        Ok(out)
    }
}

/// A filter with a WQL query.
pub(super) fn wql(query: &str) -> String {
    let mut filter = format!("<w:Filter Dialect=\"{}\">", ns::dialect::WQL);
    write::text(&mut filter, query);
    filter.push_str("</w:Filter>");
    filter
}

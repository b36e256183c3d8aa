//! One operation over WS-Man: its envelopes, and the classes that tell what answers mean.

use super::answer::fault;
use super::connection::{Exchange, Link};
use super::dialogue;
use crate::wsman::decode::{Declarations, Decoder, is_octets};
use crate::wsman::encode::Encoder;
use crate::wsman::ns::{self, action};
use crate::wsman::write::{self, Envelope};
use crate::wsman::{charset, class_reader, epr, time, xml};
use hyper::StatusCode;
use omi::client::{OperationOptions, Parts};
use omi::declaration::SharedClass;
use omi::{Error, Instance, Property, Result, ResultCode, Type, flags, text};
use roxmltree::{Document, Node};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;

/// How many bytes one answer may have.
const ENVELOPE: usize = 4 << 20;
/// What is said to a server where the client has no limit; without it, servers have one of their own.
const NO_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// The classes that a session has asked for, by namespace and name; `None` for those that its server does not declare.
pub(super) type Classes = Mutex<HashMap<(String, String), Option<SharedClass>>>;

/// Cancels the exchange that an operation waits for, and all later ones.
#[derive(Default)]
pub(super) struct Cancel(Mutex<Cancelled>);

#[derive(Default)]
struct Cancelled {
    is: bool,
    waiting: Option<AbortHandle>,
}

impl Cancel {
    pub(super) fn cancel(&self) {
        let mut cancelled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cancelled.is = true;
        if let Some(exchange) = cancelled.waiting.take() {
            exchange.abort();
        }
    }

    fn watch(&self, exchange: &Exchange) {
        let mut cancelled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cancelled.waiting = exchange.abort_handle();
        if cancelled.is
            && let Some(exchange) = cancelled.waiting.take()
        {
            exchange.abort();
        }
    }
}

/// An operation on its way.
pub(super) struct Call {
    pub(super) link: Arc<Link>,
    pub(super) classes: Arc<Classes>,
    pub(super) cancel: Arc<Cancel>,
    pub(super) namespace: String,
    pub(super) options: OperationOptions,
    /// By which the server knows the operation in later messages.
    pub(super) id: String,
    /// What the listener left of streamed parameters.
    pub(super) parts: Parts,
}

/// What differs between the messages of operations.
#[derive(Default)]
pub(super) struct Message<'a> {
    pub(super) action: &'a str,
    pub(super) uri: &'a str,
    /// The header `w:SelectorSet`, and others.
    pub(super) headers: &'a str,
    /// `w:Option` elements of our own.
    pub(super) options: &'a str,
    /// The content of the body.
    pub(super) body: &'a str,
}

/// Class answers with everything that helps to read instances.
pub(super) const CLASS_OPTIONS: &str = "<w:Option Name=\"IncludeInheritanceHierarchy\" Type=\"xs:boolean\">true</w:Option>\
    <w:Option Name=\"IncludeInheritedElements\" Type=\"xs:boolean\">true</w:Option>\
    <w:Option Name=\"IncludeQualifiers\" Type=\"xs:boolean\">true</w:Option>";

impl Call {
    /// Sends a message and waits for the text of the answer.
    pub(super) fn exchange(&self, message: &Message<'_>) -> Result<String> {
        let mut exchange = self.link.post(self.envelope(message)?, self.timeout());
        self.cancel.watch(&exchange);
        let status = exchange.status()?;
        let bytes = match &self.options.listener {
            Some(listener) if status.is_success() => self.listen(&mut exchange, message, &**listener)?,
            _ => whole(&mut exchange)?,
        };
        self.answer(status, &bytes)
    }

    /// Asks who the server is.
    pub(super) fn identify(&self) -> Result<()> {
        let mut envelope = Envelope::new("", charset::Charset::Utf8);
        let _ = write!(envelope.body, "<i:Identify xmlns:i=\"{}\"/>", ns::IDENTITY);
        let mut exchange = self.link.post(envelope.finish(), self.timeout());
        self.cancel.watch(&exchange);
        let text = self.answer(exchange.status()?, &whole(&mut exchange)?)?;
        match body(&parse(&text)?)? {
            Some(node) if xml::is(node, ns::IDENTITY, "IdentifyResponse") => Ok(()),
            _ => Err(unexpected("something else than IdentifyResponse; this is no WS-Management service")),
        }
    }

    /// Sends a message that nobody waits for, not even who cancelled the operation. Servers forget what it is about anyway.
    pub(super) fn tell(&self, message: &Message<'_>) {
        let told = self.envelope(message).and_then(|envelope| {
            let mut exchange = self.link.post(envelope, Duration::ZERO);
            self.answer(exchange.status()?, &whole(&mut exchange)?)
        });
        if let Err(error) = told {
            log::debug!("{}: {error}", message.action);
        }
    }

    fn timeout(&self) -> Duration {
        self.options.timeout.unwrap_or(NO_TIMEOUT)
    }

    /// The text of an answer, or the error that it is.
    fn answer(&self, status: StatusCode, bytes: &[u8]) -> Result<String> {
        let endpoint = &self.link.endpoint;
        if status.as_u16() == 401 {
            let message = match &endpoint.user {
                Some(user) => format!("{} does not accept the user {user:?} with this password", endpoint.url),
                None => format!("{} wants to know who asks: a user and a password are needed", endpoint.url),
            };
            return Err(Error::access_denied(message));
        }
        let text = charset::decode(bytes, None).map_err(unexpected)?.0.into_owned();
        if status.is_success() {
            return Ok(text);
        }
        let found = parse(&text).ok().and_then(|document| fault(&document));
        Err(found.unwrap_or_else(|| {
            let code = if status.as_u16() == 403 { ResultCode::ACCESS_DENIED } else { ResultCode::FAILED };
            Error::new(code, format!("{} answers {status}: {}", endpoint.url, text.trim()))
        }))
    }

    fn envelope(&self, message: &Message<'_>) -> Result<Vec<u8>> {
        let mut all = String::new();
        write::leaf(&mut all, "a:To", &self.link.endpoint.url);
        let _ = write!(all, "<a:ReplyTo><a:Address>{}</a:Address></a:ReplyTo>", ns::ANONYMOUS);
        write::leaf(&mut all, "a:Action", message.action);
        write::leaf(&mut all, "a:MessageID", &write::message_id());
        write::leaf(&mut all, "w:ResourceURI", message.uri);
        let _ = write!(all, "<w:MaxEnvelopeSize>{ENVELOPE}</w:MaxEnvelopeSize><w:OperationTimeout>");
        time::write(&mut all, self.timeout().into());
        all.push_str("</w:OperationTimeout>");
        for (name, language) in [("w:Locale", &self.options.locale), ("m:DataLocale", &self.options.data_locale)] {
            if let Some(language) = language {
                let _ = write!(all, "<{name} s:mustUnderstand=\"false\" xml:lang=\"");
                write::attribute(&mut all, language);
                all.push_str("\"/>");
            }
        }
        if self.options.listener.is_some() {
            write::leaf(&mut all, "m:OperationID", &self.id);
        }
        self.option_set(&mut all, message.options)?;
        all.push_str(message.headers);
        let mut envelope = Envelope::new(&all, charset::Charset::Utf8);
        envelope.body.push_str(message.body);
        Ok(envelope.finish())
    }

    fn option_set(&self, out: &mut String, own: &str) -> Result<()> {
        let registration = dialogue::registration(&self.options);
        if own.is_empty() && registration.is_empty() && self.options.custom.is_empty() {
            return Ok(());
        }
        out.push_str("<w:OptionSet xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">");
        out.push_str(own);
        out.push_str(&registration);
        for option in &self.options.custom {
            let kind = xs_type(option.value.kind()).ok_or_else(|| {
                let text =
                    format!("the option {} is {}, but WS-Man carries simple values", option.name, option.value.kind());
                Error::type_mismatch(text)
            })?;
            out.push_str("<w:Option Name=\"");
            write::attribute(out, &option.name);
            let _ = write!(out, "\" Type=\"xs:{kind}\" MustComply=\"{}\">", option.must_comply);
            write::text(out, &text::display(&option.value));
            out.push_str("</w:Option>");
        }
        out.push_str("</w:OptionSet>");
        Ok(())
    }

    /// The header with the namespace and the keys of an instance.
    pub(super) fn selectors(&self, key: &Instance) -> String {
        let mut out = String::new();
        epr::selector_set(&mut out, key, &self.namespace);
        out
    }

    /// The instance with its keys marked as such, which tells selectors from other properties.
    pub(super) fn keyed(&self, instance: &Instance) -> Result<Instance> {
        if instance.properties().iter().any(Property::is_key) {
            return Ok(instance.clone());
        }
        let class = self.class(instance.class_name())?;
        let is_key = |name: &str| class.keys().any(|key| key.name.eq_ignore_ascii_case(name));
        let mut keyed = Instance::with_capacity(instance.class_name(), instance.properties().len());
        keyed.set_namespace(instance.namespace().map(Into::into));
        for property in instance.properties() {
            let mark = if is_key(&property.name) { flags::KEY } else { 0 };
            keyed.push(Property { flags: property.flags | mark, ..property.clone() });
        }
        Ok(keyed)
    }

    /// A class of the operation's namespace.
    pub(super) fn class(&self, name: &str) -> Result<SharedClass> {
        self.class_in(&self.namespace, name)
    }

    fn class_in(&self, namespace: &str, name: &str) -> Result<SharedClass> {
        let key = (namespace.to_ascii_lowercase(), name.to_ascii_lowercase());
        let known = |it: Option<SharedClass>| {
            it.ok_or_else(|| Error::new(ResultCode::INVALID_CLASS, format!("there is no class {name} in {namespace}")))
        };
        if let Some(class) = self.classes().get(&key) {
            return known(class.clone());
        }
        let asked = self.ask_class(namespace, name);
        let class = match asked {
            Ok(class) => Some(class),
            // No use to ask for it with every instance.
            Err(error) if matches!(error.code(), ResultCode::INVALID_CLASS | ResultCode::NOT_SUPPORTED) => {
                self.classes().insert(key, None);
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        self.classes().insert(key, class.clone());
        known(class)
    }

    /// Lets the class be asked for again.
    pub(super) fn forget_class(&self, name: &str) {
        self.classes().remove(&(self.namespace.to_ascii_lowercase(), name.to_ascii_lowercase()));
    }

    /// The same operation, with another timeout for what it asks next.
    pub(super) fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            link: self.link.clone(),
            classes: self.classes.clone(),
            cancel: self.cancel.clone(),
            namespace: self.namespace.clone(),
            options: self.options.clone().timeout(timeout),
            id: self.id.clone(),
            parts: Parts::default(),
        }
    }

    fn classes(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Option<SharedClass>>> {
        self.classes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask_class(&self, namespace: &str, name: &str) -> Result<SharedClass> {
        let wanted = Instance::new("").with_key("ClassName", name);
        let mut selectors = String::new();
        epr::selector_set(&mut selectors, &wanted, namespace);
        let text = self.exchange(&Message {
            action: action::GET,
            uri: ns::CLASS_SCHEMA,
            headers: &selectors,
            options: CLASS_OPTIONS,
            ..Message::default()
        })?;
        let document = parse(&text)?;
        let node = body(&document)?.ok_or_else(|| unexpected("an empty body instead of a class"))?;
        Ok(Arc::new(class_reader::read_class(node).map_err(|fault| fault.error)?))
    }

    /// Reads an instance by the declaration of its class, or, where the server declares none, by what its values look like.
    pub(super) fn instance(&self, node: Node<'_, '_>) -> Result<Instance> {
        let name = node.tag_name().name();
        let mut instance = match self.class(name) {
            Ok(class) => self.decode(node, &class.name, Declarations::of(&class))?,
            Err(error) if matches!(error.code(), ResultCode::INVALID_CLASS | ResultCode::NOT_SUPPORTED) => {
                self.decode(node, name, Declarations { owner: name, elements: None })?
            }
            Err(error) => return Err(error),
        };
        instance.set_namespace(Some(self.namespace.as_str().into()));
        Ok(instance)
    }

    /// Reads an instance with the given declarations.
    pub(super) fn decode(&self, node: Node<'_, '_>, name: &str, declarations: Declarations<'_>) -> Result<Instance> {
        self.decoder(|decoder| decoder.instance(node, name, declarations).map_err(|fault| fault.error))
    }

    /// Calls back with a decoder that knows the server's classes.
    pub(super) fn decoder<T>(&self, read: impl FnOnce(Decoder<'_>) -> Result<T>) -> Result<T> {
        read(Decoder { class: &|other, name| self.class_in(other.unwrap_or(&self.namespace), name).ok() })
    }

    /// An instance as XML.
    pub(super) fn encoded(&self, instance: &Instance) -> String {
        let octets =
            |class: &str, name: &str| self.class(class).is_ok_and(|class| class.property(name).is_some_and(is_octets));
        let mut out = String::new();
        let encoder = Encoder { namespace: &self.namespace, precise_arrays: true, octets: &octets, ..Encoder::plain() };
        encoder.instance(&mut out, instance);
        out
    }
}

/// All bytes of an answer.
fn whole(exchange: &mut Exchange) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(more) = exchange.next_bytes()? {
        bytes.extend_from_slice(&more);
    }
    Ok(bytes)
}

/// The name of a type in XML Schema; `None` for arrays and instances.
fn xs_type(kind: Type) -> Option<&'static str> {
    Some(match kind {
        Type::Boolean => "boolean",
        Type::Uint8 => "unsignedByte",
        Type::Sint8 => "byte",
        Type::Uint16 | Type::Char16 => "unsignedShort",
        Type::Sint16 => "short",
        Type::Uint32 => "unsignedInt",
        Type::Sint32 => "int",
        Type::Uint64 => "unsignedLong",
        Type::Sint64 => "long",
        Type::Real32 => "float",
        Type::Real64 => "double",
        Type::String | Type::Datetime => "string",
        _ => return None,
    })
}

pub(super) fn parse(text: &str) -> Result<Document<'_>> {
    xml::parse(text).map_err(unexpected)
}

/// The first element of the body.
pub(super) fn body<'a, 'i>(document: &'a Document<'i>) -> Result<Option<Node<'a, 'i>>> {
    let body = xml::child(document.root_element(), ns::SOAP, "Body");
    Ok(xml::elements(body.ok_or_else(|| unexpected("no SOAP envelope"))?).next())
}

pub(super) fn unexpected(what: impl std::fmt::Display) -> Error {
    Error::failed(format!("the server's answer cannot be used: {what}"))
}

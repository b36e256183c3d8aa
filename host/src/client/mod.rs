//! A WS-Man client that blocks: what the `lumi` command uses to ask other machines.
//!
//! Values are read with the class declarations of the server, which are asked for once per class.

mod answer;
mod connection;
mod local;
mod trust;

pub use trust::Trust;

use crate::class::SharedClass;
use crate::http::secret::Secret;
use crate::wsman::decode::{Declarations, Decoder, is_octets};
use crate::wsman::encode::Encoder;
use crate::wsman::ns::{self, action};
use crate::wsman::write::{self, Envelope};
use crate::wsman::{charset, class_reader, epr, time, xml};
use answer::{Page, fault, next_context, page};
use connection::Connection;
use omi::{Error, Instance, Result};
use roxmltree::{Document, Node};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// Which server to ask, as whom.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// `https://host:5986/wsman`, or `http://` on this machine.
    pub url: String,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Which certificates are good.
    pub trust: Trust,
    /// How long one request may take.
    pub timeout: Duration,
}

/// A session with a server: one connection, opened again when it breaks.
pub struct Client {
    connection: Connection,
    url: String,
    user: String,
    timeout: Duration,
    classes: HashMap<(String, String), Option<SharedClass>>,
}

/// How many items one answer may have.
const ITEMS: usize = 32_000;
/// How many bytes one answer may have.
const ENVELOPE: usize = 4 << 20;

impl Client {
    /// A client. Connects with its first request.
    ///
    /// # Errors
    /// INVALID_PARAMETER for a URL that is not `http` or `https`, for Basic credentials that would cross a network in clear
    /// text, and for a certificate file that cannot be used.
    pub fn new(options: &ClientOptions) -> Result<Self> {
        Ok(Self {
            connection: Connection::new(options)?,
            url: options.url.clone(),
            user: options.user.clone(),
            timeout: options.timeout,
            classes: HashMap::new(),
        })
    }

    /// All instances of a class.
    ///
    /// # Errors
    /// The server's error with its text and details, or why it could not be asked.
    pub fn enumerate(&mut self, namespace: &str, class: &str) -> Result<Vec<Instance>> {
        self.collect(namespace, &epr::class_uri(class), "")
    }

    /// The instances that a WQL query selects.
    ///
    /// # Errors
    /// As for [`enumerate`](Self::enumerate).
    pub fn query(&mut self, namespace: &str, query: &str) -> Result<Vec<Instance>> {
        let mut filter = format!("<w:Filter Dialect=\"{}\">", ns::dialect::WQL);
        write::text(&mut filter, query);
        filter.push_str("</w:Filter>");
        self.collect(namespace, ns::ALL_CLASSES, &filter)
    }

    /// One instance, by class and keys.
    ///
    /// # Errors
    /// As for [`enumerate`](Self::enumerate); NOT_FOUND when there is none.
    pub fn get(&mut self, namespace: &str, key: &Instance) -> Result<Instance> {
        let uri = epr::class_uri(key.class_name());
        let text = self.exchange(action::GET, &uri, &selectors(key, namespace), "")?;
        let document = parse(&text)?;
        let node = body(&document)?.ok_or_else(|| unexpected("an empty body instead of an instance"))?;
        self.instance(namespace, node)
    }

    /// Calls a method of a class, or of an instance when `target` has keys. The answer has `ReturnValue` and the output
    /// parameters.
    ///
    /// # Errors
    /// As for [`enumerate`](Self::enumerate); METHOD_NOT_FOUND when the class has no such method.
    pub fn invoke(
        &mut self,
        namespace: &str,
        target: &Instance,
        method: &str,
        parameters: &Instance,
    ) -> Result<Instance> {
        let class = self.class(namespace, target.class_name())?;
        let Some(declaration) = class.method(method) else {
            let text = format!("{} has no method {method}", class.name);
            return Err(Error::new(omi::ResultCode::METHOD_NOT_FOUND, text));
        };
        let uri = epr::class_uri(&class.name);
        let octets = |_: &str, name: &str| {
            declaration.parameters.iter().any(|it| it.name.eq_ignore_ascii_case(name) && is_octets(it))
        };
        let mut input = String::new();
        let encoder = Encoder { namespace, octets: &octets, ..Encoder::plain() };
        encoder.element(&mut input, parameters, &format!("{}_INPUT", declaration.name), &uri);
        let action = format!("{uri}/{}", declaration.name);
        let text = self.exchange(&action, &uri, &selectors(target, namespace), &input)?;
        let document = parse(&text)?;
        let node = body(&document)?.ok_or_else(|| unexpected("an empty body instead of a method's output"))?;

        let mut elements = declaration.parameters.clone();
        elements.push(crate::class::PropertyDeclaration {
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
        self.decode(namespace, node, &declaration.name, declarations)
    }

    /// The declaration of a class.
    ///
    /// # Errors
    /// As for [`enumerate`](Self::enumerate); INVALID_CLASS when there is none.
    pub fn class(&mut self, namespace: &str, name: &str) -> Result<SharedClass> {
        let key = (namespace.to_ascii_lowercase(), name.to_ascii_lowercase());
        if let Some(Some(class)) = self.classes.get(&key) {
            return Ok(class.clone());
        }
        let wanted = Instance::new("").with_key("ClassName", name);
        let headers = [selectors(&wanted, namespace).as_str(), CLASS_OPTIONS].concat();
        let text = self.exchange(action::GET, ns::CLASS_SCHEMA, &headers, "")?;
        let document = parse(&text)?;
        let node = body(&document)?.ok_or_else(|| unexpected("an empty body instead of a class"))?;
        let class = Arc::new(class_reader::read_class(node).map_err(|fault| fault.error)?);
        self.classes.insert(key, Some(class.clone()));
        Ok(class)
    }

    /// The declarations of all classes of a namespace.
    ///
    /// # Errors
    /// As for [`enumerate`](Self::enumerate).
    pub fn classes(&mut self, namespace: &str) -> Result<Vec<SharedClass>> {
        let wanted = Instance::new("").with_key("ClassName", "");
        let headers = [selectors(&wanted, namespace).as_str(), CLASS_OPTIONS].concat();
        let mut classes = Vec::new();
        self.pages(ns::CLASS_SCHEMA, &headers, "", |_, items| {
            for item in items {
                classes.push(Arc::new(class_reader::read_class(item).map_err(|fault| fault.error)?));
            }
            Ok(())
        })?;
        Ok(classes)
    }

    fn collect(&mut self, namespace: &str, uri: &str, filter: &str) -> Result<Vec<Instance>> {
        let headers = selectors(&Instance::new(""), namespace);
        let mut instances = Vec::new();
        self.pages(uri, &headers, filter, |client, items| {
            for item in items {
                instances.push(client.instance(namespace, item)?);
            }
            Ok(())
        })?;
        Ok(instances)
    }

    /// Enumerates and pulls to the end; `each` gets the items of every answer.
    fn pages(
        &mut self,
        uri: &str,
        headers: &str,
        filter: &str,
        mut each: impl FnMut(&mut Self, Vec<Node<'_, '_>>) -> Result<()>,
    ) -> Result<()> {
        let start = format!(
            "<n:Enumerate>{filter}<w:OptimizeEnumeration/><w:MaxElements>{ITEMS}</w:MaxElements></n:Enumerate>"
        );
        let mut text = self.exchange(action::ENUMERATE, uri, headers, &start)?;
        loop {
            let document = parse(&text)?;
            let Page { items, is_last, context } = page(body(&document)?)?;
            each(self, items)?;
            if is_last {
                return Ok(());
            }
            let pull = next_context(context, ITEMS)?;
            text = self.exchange(action::PULL, uri, headers, &pull)?;
        }
    }

    fn instance(&mut self, namespace: &str, node: Node<'_, '_>) -> Result<Instance> {
        let name = node.tag_name().name();
        let class = self.class(namespace, name)?;
        let mut instance = self.decode(namespace, node, &class.name, Declarations::of(&class))?;
        instance.set_namespace(Some(namespace.into()));
        Ok(instance)
    }

    /// Reads an instance. The classes of embedded instances are asked for first; those that the server does not declare are
    /// read by what their values look like.
    fn decode(
        &mut self,
        namespace: &str,
        node: Node<'_, '_>,
        name: &str,
        declarations: Declarations<'_>,
    ) -> Result<Instance> {
        for embedded in node.descendants().filter_map(crate::wsman::decode::type_name) {
            let key = (namespace.to_ascii_lowercase(), embedded.to_ascii_lowercase());
            if !self.classes.contains_key(&key)
                && !embedded.ends_with("_OUTPUT")
                && self.class(namespace, embedded).is_err()
            {
                self.classes.insert(key, None);
            }
        }
        let find = |other: Option<&str>, name: &str| {
            let key = (other.unwrap_or(namespace).to_ascii_lowercase(), name.to_ascii_lowercase());
            self.classes.get(&key).cloned().flatten()
        };
        Decoder { class: &find }.instance(node, name, declarations).map_err(|fault| fault.error)
    }

    /// Sends a message and gives the text of the answer.
    fn exchange(&mut self, action: &str, uri: &str, headers: &str, content: &str) -> Result<String> {
        let mut all = String::new();
        write::leaf(&mut all, "a:To", &self.url);
        let _ = write!(all, "<a:ReplyTo><a:Address>{}</a:Address></a:ReplyTo>", ns::ANONYMOUS);
        write::leaf(&mut all, "a:Action", action);
        write::leaf(&mut all, "a:MessageID", &write::message_id());
        write::leaf(&mut all, "w:ResourceURI", uri);
        let _ = write!(all, "<w:MaxEnvelopeSize>{ENVELOPE}</w:MaxEnvelopeSize><w:OperationTimeout>");
        time::write(&mut all, self.timeout.into());
        all.push_str("</w:OperationTimeout>");
        all.push_str(headers);
        let mut envelope = Envelope::new(&all, charset::Charset::Utf8);
        envelope.body.push_str(content);

        let (status, bytes) = self.connection.post(envelope.finish())?;
        let text = charset::decode(&bytes, None).map_err(unexpected)?.0.into_owned();
        if status.is_success() {
            return Ok(text);
        }
        if status.as_u16() == 401 {
            let message = format!("{} does not accept the user {:?} with this password", self.url, self.user);
            return Err(Error::access_denied(message));
        }
        let found = parse(&text).ok().and_then(|document| fault(&document));
        Err(found.unwrap_or_else(|| {
            let code = match status.as_u16() {
                403 => omi::ResultCode::ACCESS_DENIED,
                _ => omi::ResultCode::FAILED,
            };
            Error::new(code, format!("{} answers {status}: {}", self.url, text.trim()))
        }))
    }
}

/// Class answers with everything that helps to read instances.
const CLASS_OPTIONS: &str = "<w:OptionSet><w:Option Name=\"IncludeInheritanceHierarchy\" Type=\"xs:boolean\">true</w:Option>\
    <w:Option Name=\"IncludeInheritedElements\" Type=\"xs:boolean\">true</w:Option>\
    <w:Option Name=\"IncludeQualifiers\" Type=\"xs:boolean\">true</w:Option></w:OptionSet>";

fn selectors(key: &Instance, namespace: &str) -> String {
    let mut out = String::new();
    epr::selector_set(&mut out, key, namespace);
    out
}

fn parse(text: &str) -> Result<Document<'_>> {
    xml::parse(text).map_err(unexpected)
}

/// The first element of the body.
fn body<'a, 'i>(document: &'a Document<'i>) -> Result<Option<Node<'a, 'i>>> {
    let body = xml::child(document.root_element(), ns::SOAP, "Body");
    Ok(xml::elements(body.ok_or_else(|| unexpected("no SOAP envelope"))?).next())
}

fn unexpected(what: impl std::fmt::Display) -> Error {
    Error::failed(format!("the server's answer cannot be used: {what}"))
}

#[cfg(test)]
mod tests;

//! The envelope of a request: its headers, typed, and its body.

use super::epr::{self, Selector};
use super::fault::{Fault, Result, kind};
use super::options::{self, Options};
use super::resource::Resource;
use super::{ns, resource, time, xml};
use roxmltree::{Document, Node};
use std::time::Duration;

/// A request as it came.
#[derive(Debug)]
pub struct Message<'d> {
    /// The URI of the action; `None` for Identify, which has none.
    pub action: Option<String>,
    /// The resource URI, as the client spelled it.
    pub resource_uri: Option<String>,
    /// The namespace, where selectors or the URI name one.
    pub namespace: Option<String>,
    /// The selectors, without that of the namespace.
    pub selectors: Vec<Selector>,
    /// The options.
    pub options: Options,
    /// The most bytes that the answer may have.
    pub max_envelope: Option<u64>,
    /// How long the client waits.
    pub timeout: Option<Duration>,
    /// The language of messages.
    pub locale: Option<String>,
    /// The language of data.
    pub data_locale: Option<String>,
    /// The client's own name for the operation, where it understands answers of several messages.
    pub operation_id: Option<String>,
    /// Whether the client asks how many items there are.
    pub wants_estimate: bool,
    /// Where the client sent the request to.
    pub to: Option<String>,
    /// The id of the subscription that Renew, GetStatus and Unsubscribe are about.
    pub subscription: Option<String>,
    /// The first element of the body.
    pub body: Option<Node<'d, 'd>>,
}

/// DSP0226 R6.2-4: no client may ask for smaller envelopes.
const SMALLEST_ENVELOPE: u64 = 8192;

/// The header blocks that are understood, with their namespaces.
const UNDERSTOOD: [(&str, &[&str]); 4] = [
    (ns::ADDRESSING, &["To", "From", "ReplyTo", "FaultTo", "Action", "MessageID", "RelatesTo"]),
    (
        ns::WSMAN,
        &[
            "ResourceURI",
            "SelectorSet",
            "OptionSet",
            "MaxEnvelopeSize",
            "OperationTimeout",
            "Locale",
            "RequestTotalItemsCountEstimate",
            "RequestEPR",
        ],
    ),
    (ns::WINDOWS, &["DataLocale", "SessionId", "OperationID", "SequenceId", "ActivityId"]),
    (ns::EVENTING, &["Identifier"]),
];

/// The message id of a request, byte for byte, even where the rest of the envelope is wrong.
pub fn message_id(document: &Document<'_>) -> Option<String> {
    let header = xml::child(document.root_element(), ns::SOAP, "Header")?;
    let id = xml::child(header, ns::ADDRESSING, "MessageID")?;
    Some(xml::raw_text(id).into_owned())
}

/// Reads an envelope.
///
/// # Errors
/// The faults of SOAP, WS-Addressing and DSP0226 for headers that are wrong or not understood.
pub fn read<'d>(document: &'d Document<'d>) -> Result<Message<'d>> {
    let root = document.root_element();
    if !xml::is(root, ns::SOAP, "Envelope") {
        return Err(Fault::new(kind::SCHEMA_VALIDATION, format!("the message is no SOAP 1.2 envelope ({})", ns::SOAP)));
    }
    let body = xml::child(root, ns::SOAP, "Body")
        .ok_or_else(|| Fault::new(kind::SCHEMA_VALIDATION, "the envelope has no s:Body"))?;
    let mut message = Message {
        action: None,
        resource_uri: None,
        namespace: None,
        selectors: Vec::new(),
        options: Options::default(),
        max_envelope: None,
        timeout: None,
        locale: None,
        data_locale: None,
        operation_id: None,
        wants_estimate: false,
        to: None,
        subscription: None,
        body: xml::elements(body).next(),
    };
    if let Some(header) = xml::child(root, ns::SOAP, "Header") {
        check_understood(header)?;
        for block in xml::elements(header) {
            message.read_block(block)?;
        }
    }
    message.find_namespace()?;
    Ok(message)
}

/// Refuses headers that must be understood and are not.
fn check_understood(header: Node<'_, '_>) -> Result<()> {
    let strange: Vec<_> = xml::elements(header)
        .filter(|block| xml::is_true(block.attribute((ns::SOAP, "mustUnderstand"))))
        .map(|block| (block.tag_name().namespace().unwrap_or_default(), block.tag_name().name()))
        .filter(|(namespace, name)| !UNDERSTOOD.iter().any(|(known, names)| known == namespace && names.contains(name)))
        .collect();
    let Some((namespace, name)) = strange.first() else { return Ok(()) };
    let mut fault = Fault::new(kind::MUST_UNDERSTAND, format!("the header {{{namespace}}}{name} is not understood"));
    fault.not_understood = strange.iter().map(|(namespace, name)| ((*namespace).into(), (*name).into())).collect();
    Err(fault)
}

impl<'d> Message<'d> {
    fn read_block(&mut self, block: Node<'d, 'd>) -> Result<()> {
        let text = || xml::text(block).into_owned();
        let language = || block.attribute((ns::XML, "lang")).map(str::to_owned);
        match (block.tag_name().namespace().unwrap_or_default(), block.tag_name().name()) {
            (ns::ADDRESSING, "To") => self.to = Some(text()),
            (ns::EVENTING, "Identifier") => self.subscription = Some(text()),
            (ns::ADDRESSING, "Action") => self.action = Some(text()),
            (ns::ADDRESSING, "ReplyTo" | "FaultTo") => check_reply_to(block)?,
            (ns::WSMAN, "ResourceURI") => self.resource_uri = Some(text()),
            (ns::WSMAN, "SelectorSet") => self.selectors = epr::read_selectors(block)?,
            (ns::WSMAN, "OptionSet") => self.options = options::read(block)?,
            (ns::WSMAN, "MaxEnvelopeSize") => self.max_envelope = Some(envelope_size(&text())?),
            (ns::WSMAN, "OperationTimeout") => self.timeout = Some(timeout(&text())?),
            (ns::WSMAN, "Locale") => self.locale = language(),
            (ns::WSMAN, "RequestTotalItemsCountEstimate") => self.wants_estimate = true,
            (ns::WINDOWS, "DataLocale") => self.data_locale = language(),
            (ns::WINDOWS, "OperationID") => self.operation_id = Some(text()),
            _ => {}
        }
        Ok(())
    }

    /// The namespace is a selector, or stands in the query part of the resource URI. Other names there are keys, as
    /// `winrm get URI?Key=1` writes them.
    fn find_namespace(&mut self) -> Result<()> {
        let Some(uri) = &self.resource_uri else { return Ok(()) };
        for (name, value) in resource::query(uri) {
            if !self.selectors.iter().any(|selector| selector.name.eq_ignore_ascii_case(name)) {
                let value = epr::SelectorValue::Text(value.to_owned());
                self.selectors.push(Selector { name: name.to_owned(), value });
            }
        }
        self.namespace = epr::take_namespace(&mut self.selectors);
        Ok(())
    }

    /// What the request is about.
    ///
    /// # Errors
    /// A fault when there is no resource URI, or an unknown one.
    pub fn resource(&self) -> Result<Resource> {
        match &self.resource_uri {
            Some(uri) => Resource::parse(uri),
            None => Err(Fault::new(kind::HEADER_REQUIRED, "the header w:ResourceURI is missing; it names the class")),
        }
    }
}

fn check_reply_to(block: Node<'_, '_>) -> Result<()> {
    match xml::child(block, ns::ADDRESSING, "Address").map(|address| xml::text(address).into_owned()) {
        None => Ok(()),
        Some(address) if address == ns::ANONYMOUS => Ok(()),
        Some(address) => Err(Fault::new(
            kind::UNSUPPORTED_ADDRESSING,
            format!("answers go back on the same connection: the address must be {}, not {address:?}", ns::ANONYMOUS),
        )),
    }
}

fn envelope_size(text: &str) -> Result<u64> {
    match text.parse() {
        Ok(size) if size >= SMALLEST_ENVELOPE => Ok(size),
        Ok(size) => Err(Fault::new(
            kind::ENVELOPE_TOO_SMALL,
            format!("MaxEnvelopeSize is {size}, but at least {SMALLEST_ENVELOPE} is needed"),
        )),
        Err(_) => Err(Fault::new(kind::INVALID_HEADER, format!("MaxEnvelopeSize {text:?} is not a number of bytes"))),
    }
}

fn timeout(text: &str) -> Result<Duration> {
    time::parse_duration(text).ok_or_else(|| {
        Fault::new(kind::INVALID_HEADER, format!("OperationTimeout {text:?} is not a duration such as PT60S"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(headers: &str) -> String {
        format!(
            "<s:Envelope xmlns:s='{}' xmlns:a='{}' xmlns:w='{}'><s:Header>{headers}</s:Header><s:Body/></s:Envelope>",
            ns::SOAP,
            ns::ADDRESSING,
            ns::WSMAN
        )
    }

    fn fault(headers: &str) -> Fault {
        let text = envelope(headers);
        read(&xml::parse(&text).unwrap()).unwrap_err()
    }

    #[test]
    fn headers_are_found_by_namespace_and_trimmed() {
        let text = envelope(
            "<Action xmlns='http://schemas.xmlsoap.org/ws/2004/08/addressing'>\n urn:x </Action>\
             <w:SelectorSet><w:Selector Name='__CimNamespace'> root\\cimv2 </w:Selector><w:Selector Name='K'/></w:SelectorSet>\
             <w:ResourceURI>urn:r?Key=1</w:ResourceURI><w:OperationTimeout>PT60.000S</w:OperationTimeout>\
             <a:MessageID> uuid:a </a:MessageID>",
        );
        let document = xml::parse(&text).unwrap();
        let message = read(&document).unwrap();
        assert_eq!(message.action.as_deref(), Some("urn:x"));
        assert_eq!(message.namespace.as_deref(), Some("root/cimv2"));
        let names: Vec<_> = message.selectors.iter().map(|selector| selector.name.as_str()).collect();
        assert_eq!(names, ["K", "Key"]);
        assert_eq!(message.timeout, Some(Duration::from_secs(60)));
        assert_eq!(message_id(&document).as_deref(), Some(" uuid:a "));
    }

    #[test]
    fn a_strange_header_that_must_be_understood_is_refused() {
        for yes in ["true", "1"] {
            let fault = fault(&format!("<q:Foo xmlns:q='urn:x' s:mustUnderstand='{yes}'>1</q:Foo>"));
            assert_eq!(fault.kind, kind::MUST_UNDERSTAND);
            assert_eq!(fault.not_understood, [("urn:x".to_owned(), "Foo".to_owned())]);
        }
        let text = envelope("<q:Foo xmlns:q='urn:x' s:mustUnderstand='0'>1</q:Foo>");
        assert!(read(&xml::parse(&text).unwrap()).is_ok());
    }

    #[test]
    fn wrong_headers_are_named() {
        assert_eq!(fault("<w:MaxEnvelopeSize>4096</w:MaxEnvelopeSize>").kind, kind::ENVELOPE_TOO_SMALL);
        assert_eq!(fault("<w:OperationTimeout>2030-01-01T00:00:00Z</w:OperationTimeout>").kind, kind::INVALID_HEADER);
        let elsewhere = "<a:ReplyTo><a:Address>http://elsewhere</a:Address></a:ReplyTo>";
        assert_eq!(fault(elsewhere).kind, kind::UNSUPPORTED_ADDRESSING);
        let twice =
            "<w:SelectorSet><w:Selector Name='K'>1</w:Selector><w:Selector Name='k'>2</w:Selector></w:SelectorSet>";
        assert_eq!(fault(twice).kind, kind::UNEXPECTED_SELECTORS);
    }
}

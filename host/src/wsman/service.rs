//! The service: bytes of a request in, bytes of the answer out. Knows who asks, and nothing of HTTP.

use super::charset::{self, Charset};
use super::contexts::{ContextLimits, Contexts};
use super::enumeration::too_large;
use super::fault::{Fault, Result, kind};
use super::interactive::{self, Conversations, Exchange, Line};
use super::message::{self, Message};
use super::operations::Call;
use super::write::{self, Envelope};
use super::{decode, fault_detail, ns, xml};
use crate::class::SharedClass;
use crate::engine::{Batch, Canceller, Host, Reply};
use crate::operation::{Principal, Request};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where operations go: the host, or a stand-in for it.
pub trait Backend: Send + Sync + 'static {
    /// Starts an operation.
    ///
    /// # Errors
    /// What is wrong with the request itself.
    fn submit(&self, request: Request) -> omi::Result<Box<dyn Results>>;
    /// A class of a namespace.
    ///
    /// # Errors
    /// INVALID_NAMESPACE, INVALID_CLASS.
    fn class(&self, namespace: &str, name: &str) -> omi::Result<SharedClass>;
    /// All classes of a namespace.
    ///
    /// # Errors
    /// INVALID_NAMESPACE.
    fn classes(&self, namespace: &str) -> omi::Result<Vec<SharedClass>>;
}

/// The results of one operation, as [`Reply`] gives them. Dropping them cancels the operation.
pub trait Results: Send {
    /// Waits for results; see [`Reply::next`].
    fn next(&mut self, count: usize, patience: Duration) -> Batch;
    /// Takes results that come soon; see [`Reply::more`].
    fn more(&mut self, count: usize, patience: Duration) -> Batch;
    /// Replaces the deadline.
    fn set_deadline(&mut self, deadline: Option<Instant>);
    /// What cancels the operation; see [`Reply::canceller`].
    fn canceller(&self) -> Canceller;
    /// Tells the client what the provider says over another request than before.
    ///
    /// # Errors
    /// What is wrong with the request.
    fn continue_over(&mut self, line: Line) -> Result<()> {
        drop(line);
        Ok(())
    }
}

impl Backend for Host {
    fn submit(&self, request: Request) -> omi::Result<Box<dyn Results>> {
        Host::submit(self, request).map(|reply| Box::new(reply) as Box<dyn Results>)
    }
    fn class(&self, namespace: &str, name: &str) -> omi::Result<SharedClass> {
        Host::class(self, namespace, name)
    }
    fn classes(&self, namespace: &str) -> omi::Result<Vec<SharedClass>> {
        Host::classes(self, namespace)
    }
}

impl Results for Reply {
    fn next(&mut self, count: usize, patience: Duration) -> Batch {
        Reply::next(self, count, patience)
    }
    fn more(&mut self, count: usize, patience: Duration) -> Batch {
        Reply::more(self, count, patience)
    }
    fn set_deadline(&mut self, deadline: Option<Instant>) {
        Reply::set_deadline(self, deadline);
    }
    fn canceller(&self) -> Canceller {
        Reply::canceller(self)
    }
}

/// Says which properties of which classes are octet strings, by the declarations of a namespace.
pub(super) fn octets<'b>(backend: &'b dyn Backend, namespace: &'b str) -> impl Fn(&str, &str) -> bool + 'b {
    move |class, property| {
        let class = backend.class(namespace, class).ok();
        class.as_deref().and_then(|class| class.property(property)).is_some_and(decode::is_octets)
    }
}

/// What a service is set to.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace of requests that name none.
    pub default_namespace: String,
    /// How long an operation may take when the client does not say.
    pub default_timeout: Duration,
    /// The most bytes of an answer when the client does not say.
    pub default_envelope: usize,
    /// The most bytes of an answer, whatever the client says.
    pub largest_envelope: usize,
    /// The limits of enumeration contexts.
    pub contexts: ContextLimits,
    /// What Identify says of the vendor.
    pub vendor: String,
    /// What Identify says of the version.
    pub version: String,
    /// The URIs of the ways to authenticate that Identify lists.
    pub security_profiles: Vec<&'static str>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_namespace: "root/cimv2".to_owned(),
            default_timeout: Duration::from_secs(60),
            default_envelope: 512_000,
            largest_envelope: 16 << 20,
            contexts: ContextLimits::default(),
            vendor: "lumi".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            security_profiles: vec!["http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/basic"],
        }
    }
}

/// Answers WS-Man messages.
pub struct Service {
    backend: Box<dyn Backend>,
    pub(super) contexts: Contexts,
    pub(super) conversations: Arc<Conversations>,
    pub(super) settings: Settings,
}

/// An answer, ready for HTTP.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status: 200, 204 without a body, 500 for a fault, 400 for a message that is no SOAP envelope.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Service {
    /// A service for a backend.
    pub fn new(backend: impl Backend, settings: Settings) -> Self {
        let contexts = Contexts::new(settings.contexts);
        Self { backend: Box::new(backend), contexts, conversations: Arc::default(), settings }
    }

    /// Where operations go.
    pub(super) fn backend(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// Answers a message of a known client. `declared` is the charset that its `Content-Type` names. What providers say
    /// meanwhile goes to the log.
    pub fn answer(&self, principal: &Principal, bytes: &[u8], declared: Option<Charset>) -> Answer {
        self.work(principal, bytes, declared, None)
    }

    /// Answers a message as [`answer`](Self::answer) does, and sends what its client wants to be told through the exchange.
    /// When something went that way, the answer is the last message there.
    pub fn converse(
        &self,
        principal: &Principal,
        bytes: &[u8],
        declared: Option<Charset>,
        exchange: &Arc<Exchange>,
    ) -> Answer {
        let answer = self.work(principal, bytes, declared, Some(exchange));
        // Messages that are no operation come here without having finished it.
        exchange.finish();
        answer
    }

    fn work(
        &self,
        principal: &Principal,
        bytes: &[u8],
        declared: Option<Charset>,
        exchange: Option<&Arc<Exchange>>,
    ) -> Answer {
        let (text, charset) = match charset::decode(bytes, declared) {
            Ok(decoded) => decoded,
            Err(text) => return not_soap(text, declared.unwrap_or_default()),
        };
        let document = match xml::parse(&text) {
            Ok(document) => document,
            Err(text) => return not_soap(text, charset),
        };
        let id = message::message_id(&document);
        let id = id.as_deref();
        let message = match message::read(&document) {
            Ok(message) => message,
            Err(fault) => return answer_fault(500, &fault, id, charset),
        };
        let outcome = self.run(principal, &message, id, charset, exchange);
        let sent = exchange.map_or(0, |exchange| exchange.finish());
        let (status, mut envelope) = match outcome {
            Ok(Some(envelope)) => (200, envelope),
            Ok(None) => return Answer { status: 204, content_type: charset.content_type(), body: Vec::new() },
            Err(fault) => (500, fault_envelope(&fault, id, charset)),
        };
        if let Some(operation) = message.operation_id.as_deref().filter(|_| sent > 0) {
            envelope.add_headers(&interactive::headers(operation, sent + 1));
        }
        Answer { status, content_type: charset.content_type(), body: envelope.finish() }
    }

    /// Answers Identify for a client that did not authenticate, without saying what runs here. `None` for every other message.
    pub fn identify_anonymously(&self, bytes: &[u8], declared: Option<Charset>) -> Option<Answer> {
        let (text, charset) = charset::decode(bytes, declared).ok()?;
        let document = xml::parse(&text).ok()?;
        let message = message::read(&document).ok()?;
        is_identify(&message).then(|| ok(self.identify(charset, false), charset))
    }

    /// Drops the enumerations whose time is over. To be called now and then.
    pub fn expire_contexts(&self) {
        self.contexts.expire(Instant::now());
    }

    /// Runs one message and logs who asked for what and what came of it.
    fn run(
        &self,
        principal: &Principal,
        message: &Message<'_>,
        id: Option<&str>,
        charset: Charset,
        exchange: Option<&Arc<Exchange>>,
    ) -> Result<Option<Envelope>> {
        if is_identify(message) {
            return Ok(Some(self.identify(charset, true)));
        }
        let what = describe(message);
        let call = Call::new(self, principal, message, id, charset, exchange);
        let outcome = call.dispatch().and_then(|answer| match answer {
            Some(envelope) if envelope.size() > call.envelope_limit() => {
                Err(too_large(envelope.size(), call.envelope_limit()))
            }
            answer => Ok(answer),
        });
        match &outcome {
            Ok(_) => log::info!("{}: {what}: ok", principal.name()),
            Err(fault) => log::info!("{}: {what}: {}: {}", principal.name(), fault.kind.subcode, fault.error),
        }
        outcome
    }

    fn identify(&self, charset: Charset, with_product: bool) -> Envelope {
        // Identify has no addressing headers, and so has its answer.
        let mut envelope = Envelope::new("", charset);
        let out = &mut envelope.body;
        out.push_str("<i:IdentifyResponse xmlns:i=\"");
        out.push_str(ns::IDENTITY);
        out.push_str("\">");
        write::leaf(out, "i:ProtocolVersion", ns::WSMAN);
        if with_product {
            write::leaf(out, "i:ProductVendor", &self.settings.vendor);
            write::leaf(out, "i:ProductVersion", &self.settings.version);
        }
        out.push_str("<i:SecurityProfiles>");
        for profile in &self.settings.security_profiles {
            write::leaf(out, "i:SecurityProfileName", profile);
        }
        out.push_str("</i:SecurityProfiles><b:Capability_FaultIncludesCIMError/></i:IdentifyResponse>");
        envelope
    }
}

fn is_identify(message: &Message<'_>) -> bool {
    message.body.is_some_and(|body| xml::is(body, ns::IDENTITY, "Identify"))
}

/// The request in a few words, for the log.
fn describe(message: &Message<'_>) -> String {
    let last = |uri: &Option<String>| {
        let uri = uri.as_deref().unwrap_or("?");
        uri.rsplit('/').next().unwrap_or(uri).escape_debug().collect::<String>()
    };
    let namespace = message.namespace.as_deref().unwrap_or("-").escape_debug();
    format!("{} {} in {namespace}", last(&message.action), last(&message.resource_uri))
}

fn ok(envelope: Envelope, charset: Charset) -> Answer {
    Answer { status: 200, content_type: charset.content_type(), body: envelope.finish() }
}

/// The answer to what is no SOAP envelope at all.
fn not_soap(text: String, charset: Charset) -> Answer {
    answer_fault(400, &Fault::new(kind::SCHEMA_VALIDATION, text), None, charset)
}

/// A fault message with an HTTP status.
pub fn answer_fault(status: u16, fault: &Fault, relates_to: Option<&str>, charset: Charset) -> Answer {
    let envelope = fault_envelope(fault, relates_to, charset);
    Answer { status, content_type: charset.content_type(), body: envelope.finish() }
}

fn fault_envelope(fault: &Fault, relates_to: Option<&str>, charset: Charset) -> Envelope {
    let mut envelope = Envelope::answer(fault.action(), relates_to, &fault_detail::headers(fault), charset);
    fault_detail::body(&mut envelope.body, fault);
    envelope
}

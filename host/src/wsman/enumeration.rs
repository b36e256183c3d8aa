//! An enumeration that is being answered piece by piece.

use super::classes::write_class;
use super::encode::Encoder;
use super::fault::{Fault, Result, kind};
use super::options::Options;
use super::service::{Backend, Results, octets};
use super::write::Envelope;
use super::{epr, ns};
use crate::class::SharedClass;
use omi::{Instance, Name};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What an item is (DSP0226 section 8.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The instance.
    #[default]
    Object,
    /// A reference to it.
    Reference,
    /// Both.
    ObjectAndReference,
}

/// An enumeration in progress. Dropping it cancels it.
pub struct Enumeration {
    source: Source,
    mode: Mode,
    options: Options,
}

enum Source {
    Instances { namespace: Name, results: Box<dyn Results>, pending: VecDeque<Instance>, end: Option<omi::Result<()>> },
    Classes(VecDeque<SharedClass>),
}

/// How much one answer may take.
pub struct Portion {
    /// The most items.
    pub items: usize,
    /// The most bytes of the whole envelope.
    pub bytes: usize,
    /// When the client gives up.
    pub deadline: Instant,
}

/// After this time an answer goes out with what there is, so that slow providers are seen to work.
const PATIENCE: Duration = Duration::from_millis(500);
/// What an instance takes at least, to guess how many fit.
const SMALLEST_ITEM: usize = 128;
/// What the envelope takes after the items.
const CLOSING: usize = 512;

impl Enumeration {
    /// Of the results of an operation.
    pub fn of_instances(namespace: Name, mut results: Box<dyn Results>, mode: Mode, options: Options) -> Self {
        results.set_deadline(None);
        let source = Source::Instances { namespace, results, pending: VecDeque::new(), end: None };
        Self { source, mode, options }
    }

    /// Of class declarations.
    pub fn of_classes(classes: Vec<SharedClass>, mode: Mode, options: Options) -> Self {
        Self { source: Source::Classes(classes.into()), mode, options }
    }

    /// Appends the next items. True when nothing follows.
    ///
    /// # Errors
    /// The operation's error, once all instances before it are delivered; EncodingLimit when not even one item fits.
    pub fn fill(&mut self, envelope: &mut Envelope, portion: &Portion, backend: &dyn Backend) -> Result<bool> {
        let (mode, options) = (self.mode, &self.options);
        match &mut self.source {
            Source::Classes(classes) => {
                append(envelope, portion, classes, |out, class| write_class(out, class, options))?;
                Ok(classes.is_empty())
            }
            Source::Instances { namespace, results, pending, end } => {
                if pending.is_empty() && end.is_none() {
                    results.set_deadline(Some(portion.deadline));
                    let count = portion.items.min(portion.bytes / SMALLEST_ITEM);
                    let batch = results.next(count, PATIENCE);
                    // Until the next request it is the context that expires, not the operation.
                    results.set_deadline(None);
                    pending.extend(batch.instances);
                    *end = batch.end;
                }
                let octets = octets(backend, namespace);
                let precise_arrays = options.precise_arrays;
                let encoder = Encoder { namespace, precise_arrays, octets: &octets, ..Encoder::plain() };
                if pending.is_empty() {
                    return match end.take() {
                        Some(Err(error)) => Err(Fault::from_error(error)),
                        Some(Ok(())) => Ok(true),
                        None => Ok(false),
                    };
                }
                append(envelope, portion, pending, |out, instance| item(out, instance, mode, &encoder))?;
                Ok(pending.is_empty() && matches!(end, Some(Ok(()))))
            }
        }
    }
}

/// Appends items as long as they fit, and takes them out of the queue.
fn append<T>(
    envelope: &mut Envelope,
    portion: &Portion,
    queue: &mut VecDeque<T>,
    write: impl Fn(&mut String, &T),
) -> Result<()> {
    let mut size = envelope.size() + CLOSING;
    for count in 0..portion.items {
        let Some(next) = queue.front() else { break };
        let start = envelope.body.len();
        write(&mut envelope.body, next);
        size += envelope.charset.size(&envelope.body[start..]);
        if size > portion.bytes {
            envelope.body.truncate(start);
            return if count > 0 { Ok(()) } else { Err(too_large(size, portion.bytes)) };
        }
        queue.pop_front();
    }
    Ok(())
}

/// The fault for an answer that cannot be cut.
pub fn too_large(size: usize, limit: usize) -> Fault {
    Fault::new(
        kind::ENCODING_LIMIT,
        format!("the answer takes {size} bytes, but MaxEnvelopeSize allows only {limit}; ask with a larger one"),
    )
}

fn item(out: &mut String, instance: &Instance, mode: Mode, encoder: &Encoder<'_>) {
    match mode {
        Mode::Object => encoder.instance(out, instance),
        Mode::Reference => epr::write(out, instance, encoder.namespace),
        Mode::ObjectAndReference => {
            out.push_str("<w:Item>");
            encoder.instance(out, instance);
            epr::write(out, instance, encoder.namespace);
            out.push_str("</w:Item>");
        }
    }
}

impl Mode {
    /// The mode that `w:EnumerationMode` names; without one, bare instances.
    ///
    /// # Errors
    /// UnsupportedFeature for other words.
    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "" | "EnumerateObject" => Ok(Self::Object),
            "EnumerateEPR" => Ok(Self::Reference),
            "EnumerateObjectAndEPR" => Ok(Self::ObjectAndReference),
            other => Err(Fault::new(
                kind::UNSUPPORTED_FEATURE,
                format!(
                    "the enumeration mode {other:?} is not known; there are EnumerateObject, EnumerateEPR and \
                     EnumerateObjectAndEPR ({})",
                    ns::WSMAN
                ),
            )),
        }
    }
}

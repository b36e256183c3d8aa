//! An enumeration that is being answered piece by piece.

use super::classes::write_class;
use super::encode::Encoder;
use super::fault::{Fault, Result, kind};
use super::options::Options;
use super::service::{Backend, Results, octets};
use super::write::Envelope;
use super::{epr, ns};
use crate::class::SharedClass;
use crate::engine::Canceller;
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
/// So many instances are written while the provider makes the next.
const BATCH: usize = 128;
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

    /// What ends a wait for instances from another thread; `None` where nothing waits.
    pub fn canceller(&self) -> Option<Canceller> {
        match &self.source {
            Source::Instances { results, .. } => Some(results.canceller()),
            Source::Classes(_) => None,
        }
    }

    /// The results of the operation; `None` for class declarations.
    pub fn results(&mut self) -> Option<&mut dyn Results> {
        match &mut self.source {
            Source::Instances { results, .. } => Some(results.as_mut()),
            Source::Classes(_) => None,
        }
    }

    /// Appends the next items. True when nothing follows.
    ///
    /// # Errors
    /// The operation's error, once all instances before it are delivered; EncodingLimit when not even one item fits.
    pub fn fill(&mut self, envelope: &mut Envelope, portion: &Portion, backend: &dyn Backend) -> Result<bool> {
        let (mode, options) = (self.mode, &self.options);
        let mut room = Room::of(envelope, portion);
        match &mut self.source {
            Source::Classes(classes) => {
                room.append(envelope, classes, |out, class| write_class(out, class, options))?;
                Ok(classes.is_empty())
            }
            Source::Instances { namespace, results, pending, end } => {
                let octets = octets(backend, namespace);
                let precise_arrays = options.precise_arrays;
                let encoder = Encoder { namespace, precise_arrays, octets: &octets, ..Encoder::plain() };
                let impatient = portion.deadline.min(Instant::now() + PATIENCE);
                results.set_deadline(Some(portion.deadline));
                while room.items > 0 {
                    if pending.is_empty() && end.is_none() {
                        let patience = impatient.saturating_duration_since(Instant::now());
                        let count = room.items.min(BATCH);
                        let batch = if room.is_untouched {
                            results.next(count, patience)
                        } else {
                            results.more(count, patience)
                        };
                        pending.extend(batch.instances);
                        *end = batch.end;
                    }
                    room.append(envelope, pending, |out, instance| item(out, instance, mode, &encoder))?;
                    // Either nothing comes soon, or not everything fitted.
                    if room.is_untouched || !pending.is_empty() || end.is_some() || Instant::now() >= impatient {
                        break;
                    }
                }
                // Until the next request it is the context that expires, not the operation.
                results.set_deadline(None);
                match end {
                    Some(Err(error)) if room.is_untouched => Err(Fault::from_error(error.clone())),
                    Some(Ok(())) => Ok(pending.is_empty()),
                    _ => Ok(false),
                }
            }
        }
    }
}

/// What an answer can still take.
pub(super) struct Room {
    /// How many items more are wanted.
    pub(super) items: usize,
    bytes: usize,
    limit: usize,
    /// Whether there is no item yet.
    pub(super) is_untouched: bool,
}

impl Room {
    pub(super) fn of(envelope: &Envelope, portion: &Portion) -> Self {
        let bytes = portion.bytes.saturating_sub(envelope.size() + CLOSING);
        Self { items: portion.items, bytes, limit: portion.bytes, is_untouched: true }
    }

    /// Appends items as long as they fit, and takes them out of the queue.
    fn append<T>(
        &mut self,
        envelope: &mut Envelope,
        queue: &mut VecDeque<T>,
        write: impl Fn(&mut String, &T),
    ) -> Result<()> {
        while let Some(next) = queue.front().filter(|_| self.items > 0) {
            if !self.push(envelope, 0, |out| write(out, next))? {
                return Ok(());
            }
            queue.pop_front();
        }
        Ok(())
    }

    /// Appends one item that needs `extra` bytes elsewhere; false when only a later answer can take it.
    ///
    /// # Errors
    /// EncodingLimit when it fits in no answer of this size.
    pub(super) fn push(
        &mut self,
        envelope: &mut Envelope,
        extra: usize,
        write: impl FnOnce(&mut String),
    ) -> Result<bool> {
        let start = envelope.body.len();
        write(&mut envelope.body);
        let size = envelope.charset.size(&envelope.body[start..]) + extra;
        let Some(left) = self.bytes.checked_sub(size) else {
            envelope.body.truncate(start);
            let whole = envelope.size() + CLOSING + size;
            return if self.is_untouched { Err(too_large(whole, self.limit)) } else { Ok(false) };
        };
        (self.items, self.bytes, self.is_untouched) = (self.items - 1, left, false);
        Ok(true)
    }
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

//! A subscription whose events a client pulls (DSP0226 section 10.2.9.5).

use super::encode::Encoder;
use super::enumeration::{Portion, Room};
use super::fault::{Fault, Result};
use super::service::{Backend, Results, octets};
use super::write::{self, Envelope};
use crate::engine::Canceller;
use omi::{Instance, Name};
use std::time::{Duration, Instant};

/// What a bookmark says before the first event, and of sources that give none: all that the source still has.
pub(super) const EARLIEST: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/bookmark/earliest";

/// A subscription. Dropping it unsubscribes.
pub struct Subscription {
    namespace: Name,
    results: Box<dyn Results>,
    /// An event that did not fit in the answer before.
    pending: Option<(Instance, Option<String>)>,
    end: Option<omi::Result<()>>,
    /// How long a client waits for a sign of life.
    heartbeat: Option<Duration>,
    /// The bookmark of the last delivered event; `None` when the client wants none.
    bookmark: Option<String>,
    precise_arrays: bool,
}

/// What came of waiting for events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// At least one event.
    Events,
    /// None within the time.
    Nothing,
    /// The source ended the subscription, and all events are delivered.
    Ended,
}

impl Subscription {
    /// Of the results of a Subscribe.
    pub fn new(
        namespace: Name,
        mut results: Box<dyn Results>,
        heartbeat: Option<Duration>,
        bookmarks: bool,
        precise_arrays: bool,
    ) -> Self {
        // It is the context that expires, not the operation.
        results.set_deadline(None);
        let bookmark = bookmarks.then(|| EARLIEST.to_owned());
        Self { namespace, results, pending: None, end: None, heartbeat, bookmark, precise_arrays }
    }

    /// How long a client waits for a sign of life, where it asked for one.
    pub fn heartbeat(&self) -> Option<Duration> {
        self.heartbeat
    }

    /// What ends a wait for events from another thread.
    pub fn canceller(&self) -> Canceller {
        self.results.canceller()
    }

    /// The header with the bookmark of the last delivered event; empty when the client wants none.
    pub fn bookmark_header(&self) -> String {
        self.bookmark.as_deref().map_or_else(String::new, bookmark_header)
    }

    /// Waits for an event until the portion's deadline, and appends it with those that follow at once.
    ///
    /// # Errors
    /// The source's error, once all events before it are delivered; EncodingLimit when not even one event fits.
    pub fn fill(&mut self, envelope: &mut Envelope, portion: &Portion, backend: &dyn Backend) -> Result<Filled> {
        let octets = octets(backend, &self.namespace);
        let precise_arrays = self.precise_arrays;
        let encoder = Encoder { namespace: &self.namespace, precise_arrays, octets: &octets, ..Encoder::plain() };
        let mut room = Room::of(envelope, portion);
        while room.items > 0 {
            if self.pending.is_none() && self.end.is_none() {
                let patience = match room.is_untouched {
                    true => portion.deadline.saturating_duration_since(Instant::now()),
                    false => Duration::ZERO,
                };
                // One by one, since a batch tells only its last bookmark, and an answer may end before that.
                let batch = self.results.more(1, patience);
                self.pending = batch.instances.into_iter().next().map(|event| (event, batch.bookmark));
                self.end = batch.end;
            }
            let Some((event, bookmark)) = &self.pending else { break };
            let bookmark = self.bookmark.as_ref().map(|last| bookmark.as_ref().unwrap_or(last).clone());
            let header = bookmark.as_deref().map_or(0, |it| envelope.charset.size(&bookmark_header(it)));
            if !room.push(envelope, header, |out| encoder.instance(out, event))? {
                break;
            }
            (self.pending, self.bookmark) = (None, bookmark);
        }
        match &self.end {
            _ if self.pending.is_some() || !room.is_untouched => Ok(Filled::Events),
            Some(Ok(())) => Ok(Filled::Ended),
            Some(Err(error)) => Err(Fault::from_error(error.clone())),
            None => Ok(Filled::Nothing),
        }
    }
}

fn bookmark_header(bookmark: &str) -> String {
    let mut out = String::new();
    write::leaf(&mut out, "w:Bookmark", bookmark);
    out
}

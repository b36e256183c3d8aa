//! Pull and Release (DSP0226 sections 8.4 and 8.6), for enumerations and for subscriptions.

use super::contexts::{self, Held, Lease};
use super::enumerate::{item_count, time_span};
use super::enumeration::Portion;
use super::fault::{Fault, Result, kind};
use super::operations::{Call, LONGEST_TIMEOUT};
use super::subscription::{Filled, Subscription};
use super::write::{self, Envelope};
use super::{ns, xml};
use roxmltree::Node;
use std::time::Instant;

impl Call<'_> {
    /// Continues an enumeration, or waits for the events of a subscription.
    pub(super) fn pull(&self) -> Result<Envelope> {
        let body = self.body_named("Pull")?;
        let id = context_id(body)?;
        let mut portion = self.portion(item_count(xml::child(body, ns::ENUMERATION, "MaxElements"))?);
        let longest = time_span(xml::child(body, ns::ENUMERATION, "MaxTime"), kind::INVALID_EXPIRATION_TIME)?;
        if let Some(longest) = longest {
            portion.deadline = portion.deadline.min(Instant::now() + longest.min(LONGEST_TIMEOUT));
        }
        let (lease, mut held) = self.service.contexts.lease(self.principal, &id, Instant::now())?;
        if let Held::Enumeration(enumeration) = &mut held
            && let Some(results) = enumeration.results()
            && let Err(fault) = self.resume(results)
        {
            lease.give_back(held, Instant::now());
            return Err(fault);
        }
        let mut envelope = self.answer();
        envelope.body.push_str("<n:PullResponse>");
        let place = envelope.body.len();
        envelope.body.push_str("<n:Items>");
        let filled = match &mut held {
            Held::Enumeration(enumeration) => enumeration.fill(&mut envelope, &portion, self.service.backend()),
            Held::Subscription(subscription) => self.wait_for_events(&mut envelope, subscription, &portion, &lease),
        };
        envelope.body.push_str("</n:Items>");
        let header = match &held {
            Held::Subscription(subscription) => subscription.bookmark_header(),
            Held::Enumeration(_) => String::new(),
        };
        match filled {
            Ok(true) => envelope.body.push_str("<n:EndOfSequence/>"),
            Ok(false) => {
                lease.give_back(held, Instant::now());
                let mut head = String::new();
                write::leaf(&mut head, "n:EnumerationContext", &id);
                envelope.body.insert_str(place, &head);
            }
            Err(_) if lease.is_released() => return Err(contexts::unknown()),
            Err(fault) => {
                // The item stays for a client that asks again with more room, and a subscription outlives an idle Pull.
                let is_idle = matches!(held, Held::Subscription(_)) && fault.kind == kind::TIMED_OUT;
                if fault.kind == kind::ENCODING_LIMIT || is_idle {
                    lease.give_back(held, Instant::now());
                }
                return Err(fault);
            }
        }
        envelope.body.push_str("</n:PullResponse>");
        envelope.add_headers(&header);
        Ok(envelope)
    }

    /// Waits until events come, a heartbeat is due, the client gives up, or the subscription expires. True when the
    /// source has ended it.
    fn wait_for_events(
        &self,
        envelope: &mut Envelope,
        subscription: &mut Subscription,
        portion: &Portion,
        lease: &Lease<'_>,
    ) -> Result<bool> {
        let heartbeat = subscription.heartbeat().and_then(|interval| Instant::now().checked_add(interval));
        let limit = heartbeat.map_or(portion.deadline, |due| due.min(portion.deadline));
        loop {
            // Another request may renew the subscription meanwhile, or shorten it.
            let until = lease.until().ok_or_else(contexts::unknown)?;
            let portion = Portion { deadline: limit.min(until), ..*portion };
            match subscription.fill(envelope, &portion, self.service.backend())? {
                Filled::Events => return Ok(false),
                Filled::Ended => return Ok(true),
                Filled::Nothing => {}
            }
            let now = Instant::now();
            if lease.until().is_none_or(|until| until <= now) {
                return Err(contexts::unknown());
            }
            if now < limit {
                continue;
            }
            if heartbeat == Some(limit) {
                return Ok(false);
            }
            let text = "no event came in time; the subscription goes on, and the next Pull waits again";
            return Err(Fault::new(kind::TIMED_OUT, text));
        }
    }

    /// Gives an enumeration or a subscription up.
    pub(super) fn release(&self) -> Result<Envelope> {
        let id = context_id(self.body_named("Release")?)?;
        self.service.contexts.release(self.principal, &id, Instant::now())?;
        Ok(self.answer())
    }
}

fn context_id(body: Node<'_, '_>) -> Result<String> {
    xml::child(body, ns::ENUMERATION, "EnumerationContext")
        .map(|node| xml::text(node).into_owned())
        .ok_or_else(|| Fault::new(kind::INVALID_ENUMERATION_CONTEXT, "the body has no n:EnumerationContext"))
}

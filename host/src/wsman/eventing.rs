//! Subscribe, Renew, GetStatus and Unsubscribe (WS-Eventing, DSP0226 section 10). Events are pulled; see `pull.rs`.

use super::contexts::{Held, Lifetime};
use super::enumerate::time_span;
use super::fault::{Fault, Result, kind};
use super::operations::Call;
use super::resource::Resource;
use super::subscription::{EARLIEST, Subscription};
use super::write::{self, Envelope};
use super::{ns, time, xml};
use crate::operation::Operation;
use omi::Name;
use omi::wql::Select;
use roxmltree::Node;
use std::time::{Duration, Instant};

/// What MI providers know as the bookmark [`EARLIEST`] (`MI_SUBSCRIBE_BOOKMARK_OLDEST` of mi.h).
const OLDEST: &str = "MI_SUBSCRIBE_BOOKMARK_OLDEST";

impl Call<'_> {
    /// Starts a subscription.
    pub(super) fn subscribe(&self, resource: &Resource) -> Result<Envelope> {
        let body = self.event_body("Subscribe")?;
        let heartbeat = delivery(body)?;
        let wanted = expires(body)?;
        let (namespace, query) = self.indications(resource, body)?;
        let bookmarks = xml::child(body, ns::WSMAN, "SendBookmarks").is_some();
        let bookmark = xml::child(body, ns::WSMAN, "Bookmark").map(|node| xml::text(node).into_owned());
        let bookmark = bookmark.map(|it| if it == EARLIEST { OLDEST.to_owned() } else { it });

        let contexts = &self.service.contexts;
        contexts.check_quota(self.principal, Instant::now())?;
        let what = format!("subscription {:?} in {namespace}", query.text());
        let results =
            self.submit(&namespace, Operation::Subscribe { query, bookmark }).map_err(|fault| fault.during(&what))?;
        let precise_arrays = self.message.options.precise_arrays;
        let subscription = Subscription::new(namespace, results, heartbeat, bookmarks, precise_arrays);

        let now = Instant::now();
        let granted = contexts.subscription(wanted);
        // A client that wants signs of life and does not come for them is gone.
        let idle = heartbeat.map(|heartbeat| contexts.idle(None).max(heartbeat.saturating_mul(2)));
        let lifetime = Lifetime { until: Some(now + granted), idle };
        let id = contexts.open(self.principal, Held::Subscription(Box::new(subscription)), lifetime, now)?;
        let mut envelope = self.answer();
        self.write_subscription(&mut envelope.body, &id, granted);
        Ok(envelope)
    }

    fn write_subscription(&self, out: &mut String, id: &str, granted: Duration) {
        out.push_str("<e:SubscribeResponse><e:SubscriptionManager>");
        write::leaf(out, "a:Address", self.message.to.as_deref().unwrap_or(ns::ANONYMOUS));
        out.push_str("<a:ReferenceParameters>");
        write::leaf(out, "w:ResourceURI", self.message.resource_uri.as_deref().unwrap_or(ns::ALL_CLASSES));
        write::leaf(out, "e:Identifier", id);
        out.push_str("</a:ReferenceParameters></e:SubscriptionManager>");
        write_expires(out, granted);
        write::leaf(out, "n:EnumerationContext", id);
        out.push_str("</e:SubscribeResponse>");
    }

    /// Which indications are wanted: those of the filter, or all of the class in the resource URI.
    fn indications(&self, resource: &Resource, body: Node<'_, '_>) -> Result<(Name, Select)> {
        let filter =
            xml::child(body, ns::WSMAN, "Filter").or_else(|| xml::child(body, ns::EVENTING, "Filter")).map(query);
        match (resource, filter.transpose()?) {
            (Resource::Class { name, namespace }, None) => {
                Ok((self.namespace(namespace.as_deref()), Select::from_parts(name, None, None)?))
            }
            (Resource::Class { namespace, .. }, Some(query)) => Ok((self.namespace(namespace.as_deref()), query)),
            (Resource::AllClasses, Some(query)) => Ok((self.namespace(None), query)),
            (Resource::AllClasses, None) => {
                let text =
                    format!("a subscription to {} needs a WQL filter that names the indication class", ns::ALL_CLASSES);
                Err(Fault::new(kind::EVENT_FILTER_REQUIRED, text))
            }
            (Resource::Schema, _) => {
                Err(Fault::new(kind::ACTION_NOT_SUPPORTED, "changes of class declarations cannot be subscribed to"))
            }
        }
    }

    /// Lets a subscription last longer, or shorter.
    pub(super) fn renew(&self) -> Result<Envelope> {
        let body = self.event_body("Renew")?;
        let id = self.identifier(body)?;
        let contexts = &self.service.contexts;
        let granted = contexts.subscription(expires(body)?);
        let now = Instant::now();
        if !contexts.renew(self.principal, &id, now + granted, now) {
            return Err(unknown(kind::UNABLE_TO_RENEW));
        }
        Ok(self.answer_expires("e:RenewResponse", granted))
    }

    /// Says how long a subscription still lasts.
    pub(super) fn get_status(&self) -> Result<Envelope> {
        let id = self.identifier(self.event_body("GetStatus")?)?;
        let now = Instant::now();
        let until = self.service.contexts.subscribed_until(self.principal, &id, now);
        let until = until.ok_or_else(|| unknown(kind::INVALID_EVENTING_MESSAGE))?;
        Ok(self.answer_expires("e:GetStatusResponse", until.saturating_duration_since(now)))
    }

    /// Ends a subscription, also while a Pull waits in it.
    pub(super) fn unsubscribe(&self) -> Result<Envelope> {
        let id = self.identifier(self.event_body("Unsubscribe")?)?;
        let contexts = &self.service.contexts;
        let now = Instant::now();
        if contexts.subscribed_until(self.principal, &id, now).is_none() {
            return Err(unknown(kind::INVALID_EVENTING_MESSAGE));
        }
        contexts.release(self.principal, &id, now)?;
        Ok(self.answer())
    }

    fn answer_expires(&self, element: &str, length: Duration) -> Envelope {
        let mut inner = String::new();
        write_expires(&mut inner, length);
        let mut envelope = self.answer();
        envelope.body.push_str(&format!("<{element}>{inner}</{element}>"));
        envelope
    }

    fn event_body(&self, name: &str) -> Result<Node<'_, '_>> {
        self.message
            .body
            .filter(|body| xml::is(*body, ns::EVENTING, name))
            .ok_or_else(|| Fault::new(kind::SCHEMA_VALIDATION, format!("the body must be {name} of {}", ns::EVENTING)))
    }

    /// The id of a subscription: a header, as a reference parameter becomes one, or in the body.
    fn identifier(&self, body: Node<'_, '_>) -> Result<String> {
        let in_body = || xml::child(body, ns::EVENTING, "Identifier").map(|node| xml::text(node).into_owned());
        self.message.subscription.clone().or_else(in_body).ok_or_else(|| {
            let text = "the header e:Identifier is missing; it stands in the SubscriptionManager of SubscribeResponse";
            Fault::new(kind::INVALID_EVENTING_MESSAGE, text)
        })
    }
}

/// Checks the delivery mode and gives the interval of heartbeats.
fn delivery(body: Node<'_, '_>) -> Result<Option<Duration>> {
    let delivery = xml::child(body, ns::EVENTING, "Delivery");
    let mode = delivery.and_then(|node| node.attribute("Mode")).map(str::trim);
    if mode != Some(ns::PULL_DELIVERY) {
        let mode = mode.unwrap_or("Push, which is meant where none is named,");
        let text =
            format!("the delivery mode {mode} is not available; the client pulls its events: {}", ns::PULL_DELIVERY);
        return Err(Fault::new(kind::DELIVERY_MODE_UNAVAILABLE, text));
    }
    let Some(node) = delivery.and_then(|node| xml::child(node, ns::WSMAN, "Heartbeats")) else { return Ok(None) };
    let text = xml::text(node);
    match time::parse_duration(&text) {
        Some(interval) if !interval.is_zero() => Ok(Some(interval)),
        _ => {
            let text = format!("Heartbeats {text:?} is not a duration such as PT60S");
            Err(Fault::new(kind::INVALID_HEARTBEAT, text))
        }
    }
}

fn query(filter: Node<'_, '_>) -> Result<Select> {
    match filter.attribute("Dialect").map(str::trim) {
        Some(ns::dialect::WQL | ns::dialect::CQL) => Ok(Select::parse(&xml::text(filter))?),
        other => {
            let dialect = other.unwrap_or("(none)");
            let text =
                format!("the filter dialect {dialect} is not known for subscriptions; there is {}", ns::dialect::WQL);
            Err(Fault::new(kind::EVENT_FILTER_UNAVAILABLE, text))
        }
    }
}

fn expires(body: Node<'_, '_>) -> Result<Option<Duration>> {
    time_span(xml::child(body, ns::EVENTING, "Expires"), kind::INVALID_SUBSCRIPTION_TIME)
}

fn write_expires(out: &mut String, length: Duration) {
    out.push_str("<e:Expires>");
    time::write_seconds(out, length);
    out.push_str("</e:Expires>");
}

fn unknown(kind: &'static super::fault::Kind) -> Fault {
    Fault::new(kind, "the subscription is not known: it ended, expired, or was given up")
}

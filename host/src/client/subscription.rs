//! Subscriptions over WS-Man: indications that the client pulls (DSP0226 section 10.2.9.5).

use super::answer::{Page, page};
use super::call::{Call, Message, body, parse, unexpected};
use super::remote::wql;
use crate::wsman::ns::{self, action};
use crate::wsman::{time, write, xml};
use omi::client::{Closed, Indication, Outlet, Subscription, is_timeout};
use omi::{Instance, Result};
use roxmltree::{Document, Node};
use std::fmt::Write;
use std::time::Duration;

/// How often the server shall say that it is alive where the client does not say.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// How many indications one answer may have.
const ITEMS: usize = 1000;

/// What a server needs to know to end a subscription.
struct Manager {
    /// The headers that name it: resource URI, selectors, identifier.
    uri: String,
    headers: String,
}

impl Call {
    /// Subscribes, and delivers indications until nobody wants them or the server ends the subscription.
    pub(super) fn subscribe(&self, subscription: &Subscription, outlet: &Outlet<Indication>) -> Result<()> {
        let heartbeat = subscription.heartbeat.unwrap_or(HEARTBEAT);
        let headers = self.selectors(&Instance::new(""));
        let message = Message { uri: ns::ALL_CLASSES, headers: &headers, ..Message::default() };
        let content = subscribe(subscription, heartbeat);
        let text = self.exchange(&Message { action: action::SUBSCRIBE, body: &content, ..message })?;
        let (manager, mut context) = subscribed(&parse(&text)?)?;
        // A Pull is answered at the latest with a heartbeat; the second half is for the network.
        let patient = self.with_timeout(heartbeat.saturating_mul(2));
        let end = loop {
            let pulled = patient.pull(&message, &context, outlet);
            match pulled {
                Ok(Some(next)) => context = next,
                Ok(None) => break Ok(()),
                Err(error) if is_timeout(&error) && outlet.is_open() => {}
                Err(error) => break Err(error),
            }
        };
        let unsubscribe = Message {
            action: action::UNSUBSCRIBE,
            uri: &manager.uri,
            headers: &manager.headers,
            body: "<e:Unsubscribe/>",
            options: "",
        };
        self.tell(&unsubscribe);
        end
    }

    /// Delivers what comes next. The context to go on with; `None` at the end.
    fn pull(&self, message: &Message<'_>, context: &str, outlet: &Outlet<Indication>) -> Result<Option<String>> {
        let mut pull = String::from("<n:Pull>");
        write::leaf(&mut pull, "n:EnumerationContext", context);
        let _ = write!(pull, "<n:MaxElements>{ITEMS}</n:MaxElements></n:Pull>");
        let text = self.exchange(&Message { action: action::PULL, body: &pull, ..*message })?;
        let document = parse(&text)?;
        let Page { items, is_last, context: next } = page(body(&document)?)?;
        let mut indications: Vec<Indication> = Vec::with_capacity(items.len());
        for item in items {
            indications.push(Indication { instance: self.instance(item)?, bookmark: None, machine: None });
        }
        // The bookmark of an answer is that of its last indication.
        if let Some(last) = indications.last_mut() {
            last.bookmark = bookmark(&document);
        }
        if let Err(Closed) = outlet.post(indications) {
            return Ok(None);
        }
        Ok((!is_last).then(|| if next.is_empty() { context.to_owned() } else { next }))
    }
}

fn subscribe(subscription: &Subscription, heartbeat: Duration) -> String {
    let mut out = format!("<e:Subscribe><e:Delivery Mode=\"{}\"><w:Heartbeats>", ns::PULL_DELIVERY);
    time::write(&mut out, heartbeat.into());
    out.push_str("</w:Heartbeats></e:Delivery>");
    if let Some(expires) = subscription.expires {
        out.push_str("<e:Expires>");
        time::write(&mut out, expires.into());
        out.push_str("</e:Expires>");
    }
    out.push_str(&wql(&subscription.query));
    if let Some(bookmark) = &subscription.bookmark {
        write::leaf(&mut out, "w:Bookmark", bookmark);
    }
    out.push_str("<w:SendBookmarks/></e:Subscribe>");
    out
}

/// How to end the subscription, and the context to pull from.
fn subscribed(document: &Document<'_>) -> Result<(Manager, String)> {
    let response = body(document)?.ok_or_else(|| unexpected("an empty body instead of a subscription"))?;
    let missing = |what: &str| unexpected(format!("a subscription without {what}"));
    let manager = xml::child(response, ns::EVENTING, "SubscriptionManager").ok_or_else(|| missing("a manager"))?;
    let context =
        xml::child(response, ns::ENUMERATION, "EnumerationContext").ok_or_else(|| missing("a context to pull from"))?;
    // omiserver uses the name that WS-Addressing had for parameters in 2003.
    let parameters = xml::elements(manager)
        .find(|it| matches!(it.tag_name().name(), "ReferenceParameters" | "ReferenceProperties"))
        .ok_or_else(|| missing("reference parameters"))?;
    let text = |node: Node<'_, '_>| xml::text(node).into_owned();
    let identifier = xml::elements(parameters).find(|it| it.tag_name().name() == "Identifier").map(text);
    let uri = xml::elements(parameters).find(|it| it.tag_name().name() == "ResourceURI").map(text);
    let mut headers = String::new();
    write::leaf(&mut headers, "e:Identifier", &identifier.ok_or_else(|| missing("an identifier"))?);
    let manager = Manager { uri: uri.unwrap_or_else(|| ns::ALL_CLASSES.to_owned()), headers };
    Ok((manager, text(context)))
}

/// The bookmark in the header of an answer.
fn bookmark(document: &Document<'_>) -> Option<String> {
    let header = xml::child(document.root_element(), ns::SOAP, "Header")?;
    xml::child(header, ns::WSMAN, "Bookmark").map(|node| xml::text(node).into_owned())
}

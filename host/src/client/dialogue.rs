//! Listening to a provider over WS-Man: what the client registers for, and answers that have several messages.

use super::answer::fault;
use super::call::{Call, Message, body, parse};
use super::connection::Exchange;
use crate::wsman::charset;
use crate::wsman::interactive::{ACTION, Decision, Event, Response, Splitter, callbacks};
use omi::Result;
use omi::client::{CallbackMode, OperationOptions};
use omi::dialogue::Listener;
use std::fmt::Write;

/// The `w:Option` elements that register the listener of an operation; none without one (MS-WSMV section 2.2.10).
pub(super) fn registration(options: &OperationOptions) -> String {
    let mut out = String::new();
    if options.listener.is_none() {
        return out;
    }
    let mut wanted = callbacks::STREAMS | callbacks::PROGRESS;
    for (is_wanted, callback) in [
        (!options.channels.is_empty(), callbacks::MESSAGES),
        (options.errors != CallbackMode::Ignore, callbacks::ERRORS),
        (options.prompts != CallbackMode::Ignore, callbacks::QUESTIONS),
    ] {
        wanted |= if is_wanted { callback } else { 0 };
    }
    let mut option = |name: &str, value: u32| {
        let _ = write!(out, "<w:Option Name=\"{name}\" Type=\"xs:int\">{value}</w:Option>");
    };
    option("__MI_CallbackRegistration", wanted);
    for channel in &options.channels {
        option("wmiarray:__MI_OPERATIONOPTIONS_CHANNELVALUE", *channel as u32);
    }
    option("wmi:__MI_OPERATIONOPTIONS_WRITEERRORMODE", (options.errors == CallbackMode::Inquire).into());
    option("wmi:__MI_OPERATIONOPTIONS_PROMPTUSERMODE", (options.prompts == CallbackMode::Inquire).into());
    out
}

impl Call {
    /// Reads an answer in which events come before the message that counts, and gives the text of that.
    pub(super) fn listen(
        &self,
        exchange: &mut Exchange,
        message: &Message<'_>,
        listener: &dyn Listener,
    ) -> Result<Vec<u8>> {
        let mut splitter = Splitter::default();
        let mut last = None;
        while let Some(bytes) = exchange.next_bytes()? {
            splitter.push(&bytes);
            // A document is looked for only where one may end: looking costs as much as there is.
            while splitter.rest().trim_ascii_end().ends_with(b"Envelope>")
                && let Some(document) = splitter.next_document()
            {
                if !self.hear(&document, message, listener)? {
                    last = Some(document);
                }
            }
        }
        Ok(last.unwrap_or_else(|| splitter.rest().to_vec()))
    }

    /// Tells the listener of an event and answers for it. Whether the document is one.
    fn hear(&self, document: &[u8], message: &Message<'_>, listener: &dyn Listener) -> Result<bool> {
        let Ok((text, _)) = charset::decode(document, None) else { return Ok(false) };
        let document = parse(&text)?;
        // Behind events, a fault has the HTTP status of success.
        if let Some(error) = fault(&document) {
            return Err(error);
        }
        let event = match Event::read(body(&document)?).map_err(|fault| fault.error)? {
            None => return Ok(false),
            Some(Event::Stream { parameter, value }) => {
                if let Err(value) = listener.stream(&parameter, value) {
                    self.parts.keep(parameter, value);
                }
                return Ok(true);
            }
            Some(event) => event,
        };
        let to_error = matches!(event, Event::Error { .. });
        if let Some(yes) = event.tell(listener) {
            let mut content = String::new();
            Response { to_error, decision: Decision::once(yes) }.write(&mut content);
            self.tell(&Message { action: ACTION, body: &content, ..*message });
        }
        Ok(true)
    }
}

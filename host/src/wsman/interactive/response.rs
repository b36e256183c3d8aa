//! `i:InteractiveResponse`: what the user decided (MS-WSMV sections 2.2.4.48 and 2.2.5.14).

use super::NAMESPACE;
use crate::wsman::fault::{Fault, Result, kind};
use crate::wsman::{write, xml};
use roxmltree::Node;

/// The action of the request that carries a response (MS-WSMV section 2.2.2.5): a relative URI, as Windows sends it.
pub const ACTION: &str = "/InteractiveResponse";

/// What the user decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Not this one.
    No,
    /// This one.
    Yes,
    /// Neither this one nor any further one of the same importance in this operation.
    NoToAll,
    /// This one and all further ones of the same importance in this operation.
    YesToAll,
}

/// The response to a question, or to an error that asks whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// Whether it answers an error (`ErrorAction`) rather than a question (`Confirm`).
    pub to_error: bool,
    /// What the user decided.
    pub decision: Decision,
}

const DECISIONS: [(Decision, &str); 4] =
    [(Decision::No, "no"), (Decision::Yes, "yes"), (Decision::NoToAll, "noToAll"), (Decision::YesToAll, "yesToAll")];

impl Decision {
    /// The decision about one question alone.
    pub fn once(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    /// Whether the provider goes on.
    pub fn is_yes(self) -> bool {
        matches!(self, Self::Yes | Self::YesToAll)
    }

    /// Whether it holds for further questions too.
    pub fn is_for_all(self) -> bool {
        matches!(self, Self::NoToAll | Self::YesToAll)
    }

    fn word(self) -> &'static str {
        DECISIONS.iter().find(|(it, _)| *it == self).map_or("no", |(_, word)| word)
    }
}

impl Response {
    /// Appends the element `i:InteractiveResponse`.
    pub fn write(self, out: &mut String) {
        out.push_str("<i:InteractiveResponse xmlns:i=\"");
        out.push_str(NAMESPACE);
        out.push_str("\">");
        write::leaf(out, "i:EventType", if self.to_error { "ErrorAction" } else { "Confirm" });
        write::leaf(out, "i:Response", self.decision.word());
        out.push_str("</i:InteractiveResponse>");
    }

    /// Reads the first element of an envelope's body. `None` when it is no response.
    ///
    /// # Errors
    /// SchemaValidationError for a response to something else than a question or an error, and for an unknown decision.
    pub fn read(body: Option<Node<'_, '_>>) -> Result<Option<Self>> {
        let Some(node) = body.filter(|body| xml::is(*body, NAMESPACE, "InteractiveResponse")) else { return Ok(None) };
        let text = |name| xml::child(node, NAMESPACE, name).map(xml::text).unwrap_or_default();
        let to_error = match text("EventType").as_ref() {
            "Confirm" => false,
            "ErrorAction" => true,
            other => return Err(wrong(format!("i:EventType {other:?} must be Confirm or ErrorAction"))),
        };
        let word = text("Response");
        let decision = DECISIONS.iter().find(|(_, known)| *known == word);
        let (decision, _) =
            decision.ok_or_else(|| wrong(format!("i:Response {word:?} must be yes, no, yesToAll or noToAll")))?;
        Ok(Some(Self { to_error, decision: *decision }))
    }
}

fn wrong(text: String) -> Fault {
    Fault::new(kind::SCHEMA_VALIDATION, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_response_is_read_as_it_was_written() {
        for (decision, word) in DECISIONS {
            for to_error in [false, true] {
                let (response, mut out) = (Response { to_error, decision }, String::new());
                response.write(&mut out);
                assert!(out.contains(&format!("<i:Response>{word}</i:Response>")), "{out}");
                let document = xml::parse(&out).unwrap();
                assert_eq!(Response::read(Some(document.root_element())).unwrap(), Some(response));
            }
        }
    }

    #[test]
    fn a_response_that_decides_nothing_is_refused() {
        let mut out = String::new();
        Response { to_error: false, decision: Decision::Yes }.write(&mut out);
        for (right, wrong) in [(">yes<", ">maybe<"), (">Confirm<", ">Progress<")] {
            let text = out.replace(right, wrong);
            assert!(Response::read(Some(xml::parse(&text).unwrap().root_element())).is_err());
        }
    }
}

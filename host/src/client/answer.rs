//! What is in answers: pages of enumerations, and faults.

use super::call::unexpected;
use crate::wsman::{fault_detail, ns, xml};
use omi::client::TIMED_OUT;
use omi::{Error, Result, ResultCode};
use roxmltree::{Document, Node};

/// One answer to Enumerate or Pull.
pub(super) struct Page<'a, 'i> {
    pub(super) items: Vec<Node<'a, 'i>>,
    pub(super) is_last: bool,
    /// What the next Pull refers to.
    pub(super) context: String,
}

/// Reads the body of an answer to Enumerate or Pull.
pub(super) fn page<'a, 'i>(body: Option<Node<'a, 'i>>) -> Result<Page<'a, 'i>> {
    let body = body.ok_or_else(|| unexpected("an empty body instead of items"))?;
    let either = |name: &str| xml::child(body, ns::WSMAN, name).or_else(|| xml::child(body, ns::ENUMERATION, name));
    let context = xml::child(body, ns::ENUMERATION, "EnumerationContext");
    Ok(Page {
        items: either("Items").map(|items| xml::elements(items).collect()).unwrap_or_default(),
        is_last: either("EndOfSequence").is_some(),
        context: context.map(|node| xml::text(node).into_owned()).unwrap_or_default(),
    })
}

/// The error that a fault carries: the CIM_Error's code and details where there is one, and the text.
pub(super) fn fault(document: &Document<'_>) -> Option<Error> {
    let body = xml::child(document.root_element(), ns::SOAP, "Body")?;
    let fault = xml::child(body, ns::SOAP, "Fault")?;
    let reason = xml::child(fault, ns::SOAP, "Reason").and_then(|reason| xml::child(reason, ns::SOAP, "Text"));
    let text = reason.map(|text| xml::text(text).into_owned()).unwrap_or_default();
    let detailed =
        xml::child(fault, ns::SOAP, "Detail").and_then(|it| fault_detail::read_error(it, Some(text.clone())));
    let error = detailed.unwrap_or_else(|| match text.as_str() {
        "" => Error::from_code(ResultCode::FAILED),
        _ => Error::failed(text),
    });
    // WS-Man has a fault for it, CIM has no status code.
    Some(if is_timeout(fault) { Error::new(TIMED_OUT, error.message()) } else { error })
}

fn is_timeout(fault: Node<'_, '_>) -> bool {
    let subcode = xml::child(fault, ns::SOAP, "Code")
        .and_then(|code| xml::child(code, ns::SOAP, "Subcode"))
        .and_then(|subcode| xml::child(subcode, ns::SOAP, "Value"));
    subcode.is_some_and(|value| xml::text(value).rsplit(':').next() == Some("TimedOut"))
}

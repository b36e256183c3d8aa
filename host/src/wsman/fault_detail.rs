//! Faults as XML: `s:Fault` with the detail that PowerShell reads (a CIM_Error) and the one that pypsrp reads (WSManFault).

use super::decode::{Declarations, Decoder, type_name};
use super::encode::Encoder;
use super::fault::kind::DELIVERY_MODE_UNAVAILABLE;
use super::fault::{Fault, Role};
use super::{ns, write, xml};
use omi::{Error, Instance, Property, ResultCode, Type, Value};
use roxmltree::Node;
use std::fmt::Write;

/// The headers `s:NotUnderstood` that belong to a fault (SOAP 1.2 part 1 section 5.4.8).
pub fn headers(fault: &Fault) -> String {
    let mut out = String::new();
    for (namespace, name) in &fault.not_understood {
        out.push_str("<s:NotUnderstood qname=\"h:");
        write::attribute(&mut out, name);
        out.push_str("\" xmlns:h=\"");
        write::attribute(&mut out, namespace);
        out.push_str("\"/>");
    }
    out
}

/// Appends the body of a fault message.
pub fn body(out: &mut String, fault: &Fault) {
    let kind = fault.kind;
    let role = match kind.role {
        Role::Sender => "s:Sender",
        Role::Receiver => "s:Receiver",
        Role::MustUnderstand => "s:MustUnderstand",
    };
    let _ = write!(out, "<s:Fault><s:Code><s:Value>{role}</s:Value>");
    if !kind.subcode.is_empty() {
        let _ = write!(out, "<s:Subcode><s:Value>{}</s:Value></s:Subcode>", kind.subcode);
    }
    out.push_str("</s:Code><s:Reason><s:Text xml:lang=\"en-US\">");
    write::text(out, fault.error.message());
    out.push_str("</s:Text></s:Reason><s:Detail>");
    if !kind.detail.is_empty() {
        let _ = write!(out, "<w:FaultDetail>{}{}</w:FaultDetail>", ns::FAULT_DETAIL, kind.detail);
    }
    // WS-Eventing section 4.1 has the modes that there are in the detail.
    if kind == DELIVERY_MODE_UNAVAILABLE {
        write::leaf(out, "e:SupportedDeliveryMode", ns::PULL_DELIVERY);
    }
    cim_error(out, &fault.error);
    let _ = write!(out, "<f:WSManFault xmlns:f=\"{}\" Code=\"{}\"><f:Message>", ns::WINDOWS_FAULT, kind.windows_code);
    write::text(out, fault.error.message());
    out.push_str("</f:Message></f:WSManFault></s:Detail></s:Fault>");
}

/// Appends the CIM_Error that came with the error, or an OMI_Error made from code and text.
pub fn cim_error(out: &mut String, error: &Error) {
    let made;
    let details = match error.details() {
        Some(details) => details,
        None => {
            made = omi_error(error);
            &made
        }
    };
    let encoder = Encoder { typed: true, attributes: " b:IsCIM_Error=\"true\"", ..Encoder::plain() };
    encoder.instance(out, details);
}

/// The error whose CIM_Error is a child of this element. Its text is the given one, or else that of the CIM_Error.
pub fn read_error(parent: Node<'_, '_>, text: Option<String>) -> Option<Error> {
    let is_error = |node: &Node<'_, '_>| xml::is_true(node.attribute((ns::CIM_BINDING, "IsCIM_Error")));
    let node = xml::elements(parent).find(is_error)?;
    let class = type_name(node).unwrap_or(node.tag_name().name());
    let declarations = Declarations { owner: class, elements: None };
    let details = Decoder { class: &|_, _| None }.instance(node, class, declarations).ok()?;
    let code = match details.get("CIMStatusCode") {
        Some(Value::Uint32(code)) => ResultCode(*code),
        _ => ResultCode::FAILED,
    };
    let text = text.filter(|text| !text.is_empty()).or_else(|| details.text("Message").map(str::to_owned));
    Some(Error::new(code, text.unwrap_or_else(|| code.description().to_owned())).with_details(details))
}

/// The error as an instance of OMI_Error, with the properties that omiserver gives it.
fn omi_error(error: &Error) -> Instance {
    let code = error.code();
    let category = category(code);
    let mut instance = Instance::new("OMI_Error");
    let mut put = |name: &str, kind: Type, value: Option<Value>| {
        instance.push(Property { name: name.into(), kind, flags: 0, value });
    };
    let text = |text: &str| Some(Value::from(text));
    put("ErrorType", Type::Uint16, None);
    put("OtherErrorType", Type::String, None);
    put("OwningEntity", Type::String, text("OMI:CIMOM"));
    put("MessageID", Type::String, Some(Value::String(format!("OMI:MI_Result:{}", code.0))));
    put("Message", Type::String, text(error.message()));
    // CIM_Error.PerceivedSeverity 7 is "Fatal/NonRecoverable", as omiserver says.
    put("PerceivedSeverity", Type::Uint16, Some(Value::Uint16(7)));
    put("ProbableCause", Type::Uint16, Some(Value::Uint16(0)));
    put("ProbableCauseDescription", Type::String, text("Unknown"));
    put("RecommendedActions", Type::StringArray, None);
    put("ErrorSource", Type::String, None);
    put("ErrorSourceFormat", Type::Uint16, None);
    put("OtherErrorSourceFormat", Type::String, None);
    put("CIMStatusCode", Type::Uint32, Some(Value::Uint32(code.0)));
    put("CIMStatusCodeDescription", Type::String, None);
    put("OMI_Code", Type::Uint32, Some(Value::Uint32(code.0)));
    put("OMI_Category", Type::Uint16, Some(Value::Uint16(category)));
    put("OMI_Type", Type::String, text("MI"));
    put("OMI_ErrorMessage", Type::String, text(error.message()));
    instance
}

/// The `MI_ErrorCategory` of mi.h for a result, which PowerShell shows as the error's category.
fn category(code: ResultCode) -> u16 {
    match code {
        ResultCode::INVALID_PARAMETER | ResultCode::NO_SUCH_PROPERTY => 5,
        ResultCode::TYPE_MISMATCH => 9,
        ResultCode::INVALID_NAMESPACE | ResultCode::INVALID_CLASS | ResultCode::INVALID_SUPERCLASS => 10,
        ResultCode::NOT_SUPPORTED | ResultCode::METHOD_NOT_FOUND | ResultCode::METHOD_NOT_AVAILABLE => 11,
        ResultCode::NOT_FOUND => 13,
        ResultCode::INVALID_QUERY | ResultCode::QUERY_LANGUAGE_NOT_SUPPORTED => 16,
        ResultCode::ACCESS_DENIED => 18,
        ResultCode::ALREADY_EXISTS => 20,
        ResultCode::SERVER_LIMITS_EXCEEDED | ResultCode::SERVER_IS_SHUTTING_DOWN => 21,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wsman::fault::kind;

    fn written(fault: &Fault) -> String {
        let mut out = String::new();
        body(&mut out, fault);
        out.replace("><", ">\n<")
    }

    #[test]
    fn a_missing_instance() {
        let error = Error::not_found("Linux_Process.Handle=\"7\" does not exist");
        insta::assert_snapshot!(written(&Fault::from_error(error)));
    }

    #[test]
    fn a_provider_with_its_own_error_instance() {
        let details = Instance::new("Acme_Error").with("Message", "<broken>").with("CIMStatusCode", 1_u32);
        let fault = Fault::from_error(Error::failed("the pump is broken").with_details(details));
        insta::assert_snapshot!(written(&fault));
    }

    #[test]
    fn a_header_that_is_not_understood() {
        let mut fault = Fault::new(kind::MUST_UNDERSTAND, "the header {urn:x}Foo is not understood");
        fault.not_understood.push(("urn:x".to_owned(), "Foo".to_owned()));
        assert_eq!(headers(&fault), "<s:NotUnderstood qname=\"h:Foo\" xmlns:h=\"urn:x\"/>");
        assert!(written(&fault).starts_with("<s:Fault>\n<s:Code>\n<s:Value>s:MustUnderstand</s:Value>\n</s:Code>"));
    }
}

//! `i:InteractiveEvent`: one thing that a provider says (MS-WSMV sections 2.2.4.47 and 2.2.5.11 to 2.2.5.16).

use super::NAMESPACE;
use crate::class::PropertyDeclaration;
use crate::wsman::decode::{Declarations, Decoder};
use crate::wsman::encode::Encoder;
use crate::wsman::fault::{Fault, Result, kind};
use crate::wsman::{fault_detail, write, xml};
use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::{Error, Instance, Type, Value};
use roxmltree::Node;
use std::time::Duration;

/// One thing that a provider says.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A message.
    Message {
        /// For whom.
        channel: Channel,
        /// The text.
        text: String,
    },
    /// How far the operation is.
    Progress(Progress),
    /// An error that does not end the operation.
    Error {
        /// The error.
        error: Error,
        /// Whether the server waits for a response that says whether to go on.
        inquire: bool,
    },
    /// A question. The server waits for a response, unless the client chose the prompt mode "Report" and the question is
    /// not critical.
    Confirm {
        /// The question.
        text: String,
        /// Whether only the user can answer it, whatever the prompt mode.
        is_critical: bool,
    },
    /// Some elements of a streamed parameter.
    Stream {
        /// The parameter.
        parameter: String,
        /// The elements, as an array.
        value: Value,
    },
}

/// What stands for a percentage or a number of seconds that nobody knows: the schema wants both elements.
const UNKNOWN: u32 = u32::MAX;

// The sentence that PowerShell writes for its own cmdlets, around action and target.
const STEP_ACTION: &str = "Performing the operation \"";
const STEP_TARGET: &str = "\" on target \"";
const STEP_END: &str = "\".";

/// The ShouldProcess that became this text: on the wire it is a question like others, but clients that do not confirm each
/// step want to tell them apart.
fn step(text: &str) -> Option<Question> {
    let (action, target) = text.strip_prefix(STEP_ACTION)?.strip_suffix(STEP_END)?.split_once(STEP_TARGET)?;
    Some(Question::ShouldProcess { target: target.to_owned(), action: action.to_owned() })
}

impl Event {
    /// The event that puts a question to the user.
    pub fn question(question: &Question) -> Self {
        let (text, is_critical) = match question {
            Question::ShouldProcess { target, action } => {
                (format!("{STEP_ACTION}{action}{STEP_TARGET}{target}{STEP_END}"), false)
            }
            Question::Prompt(text) => (text.clone(), false),
            // mi.h has two prompt types for the three: a ShouldContinue is not to be answered for the user.
            Question::ShouldContinue(text) | Question::CriticalPrompt(text) => (text.clone(), true),
        };
        Self::Confirm { text, is_critical }
    }

    /// Appends the element `i:InteractiveEvent` to the body of an envelope of ours. `encoder` writes the elements of streamed
    /// parameters, `uri` is their XML namespace: the resource URI of the class.
    pub fn write(&self, out: &mut String, encoder: &Encoder<'_>, uri: &str) {
        out.push_str("<i:InteractiveEvent xmlns:i=\"");
        out.push_str(NAMESPACE);
        out.push_str("\"><i:EventType>");
        out.push_str(self.kind());
        out.push_str("</i:EventType>");
        match self {
            Self::Message { text, .. } => write::leaf(out, "i:Description", text),
            Self::Progress(progress) => write_progress(out, progress),
            Self::Error { error, inquire } => {
                out.push_str("<i:Description>");
                fault_detail::cim_error(out, error);
                out.push_str("</i:Description>");
                write::leaf(out, "i:ActionType", if *inquire { "Inquire" } else { "Report" });
            }
            Self::Confirm { text, is_critical } => {
                write::leaf(out, "i:Description", text);
                write::leaf(out, "i:PromptType", if *is_critical { "Critical" } else { "Normal" });
            }
            Self::Stream { parameter, value } => {
                write::leaf(out, "i:Name", parameter);
                write::leaf(out, "i:Type", &value.kind().code().to_string());
                out.push_str("<i:Value xmlns:p=\"");
                write::attribute(out, uri);
                out.push_str("\">");
                let carrier = Instance::new("").with(parameter.as_str(), value.clone());
                Encoder { typed: true, ..*encoder }.children(out, &carrier);
                out.push_str("</i:Value>");
            }
        }
        out.push_str("</i:InteractiveEvent>");
    }

    /// Reads the first element of an envelope's body. `None` when it is no event, but the answer itself.
    ///
    /// # Errors
    /// SchemaValidationError for an event that is not known or lacks what belongs to its kind.
    pub fn read(body: Option<Node<'_, '_>>) -> Result<Option<Self>> {
        let Some(node) = body.filter(|body| xml::is(*body, NAMESPACE, "InteractiveEvent")) else { return Ok(None) };
        let kind = text_of(node, "EventType")?;
        let message = |channel| text_of(node, "Description").map(|text| Self::Message { channel, text });
        let event = match kind.trim() {
            "Warning" => message(Channel::Warning)?,
            "Verbose" => message(Channel::Verbose)?,
            "Debug" => message(Channel::Debug)?,
            "Progress" => Self::Progress(read_progress(node)?),
            "ErrorAction" => Self::Error {
                error: fault_detail::read_error(element(node, "Description")?, None)
                    .ok_or_else(|| wrong("the event ErrorAction has no error in i:Description"))?,
                inquire: text_of(node, "ActionType")?.trim() == "Inquire",
            },
            "Confirm" => Self::Confirm {
                text: text_of(node, "Description")?,
                is_critical: text_of(node, "PromptType")?.trim() == "Critical",
            },
            "StreamingOutput" => read_stream(node)?,
            other => return Err(wrong(format!("the event {other:?} is not known"))),
        };
        Ok(Some(event))
    }

    /// Passes the event to a listener. Its decision, where the event asks for one.
    pub fn tell(self, listener: &dyn Listener) -> Option<bool> {
        match self {
            Self::Message { channel, text } => listener.message(channel, &text),
            Self::Progress(progress) => {
                listener.progress(&progress);
            }
            Self::Error { error, inquire } => {
                let go_on = listener.error(&error);
                return inquire.then_some(go_on);
            }
            Self::Confirm { text, is_critical: false } => {
                return Some(listener.ask(&step(&text).unwrap_or(Question::Prompt(text))));
            }
            Self::Confirm { text, is_critical: true } => return Some(listener.ask(&Question::CriticalPrompt(text))),
            // The server sends parts only to clients that take them.
            Self::Stream { parameter, value } => drop(listener.stream(&parameter, value)),
        }
        None
    }

    /// The value of `i:EventType`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Message { channel: Channel::Warning, .. } => "Warning",
            Self::Message { channel: Channel::Verbose, .. } => "Verbose",
            Self::Message { channel: Channel::Debug, .. } => "Debug",
            Self::Progress(_) => "Progress",
            Self::Error { .. } => "ErrorAction",
            Self::Confirm { .. } => "Confirm",
            Self::Stream { .. } => "StreamingOutput",
        }
    }
}

fn write_progress(out: &mut String, progress: &Progress) {
    let seconds = progress.remaining.map(|left| u32::try_from(left.as_secs()).unwrap_or(UNKNOWN));
    write::leaf(out, "i:Activity", &progress.activity);
    write::leaf(out, "i:CurrentOperation", &progress.operation);
    write::leaf(out, "i:StatusDescription", &progress.status);
    write::leaf(out, "i:PercentComplete", &progress.percent.unwrap_or(UNKNOWN).to_string());
    write::leaf(out, "i:SecondsRemaining", &seconds.unwrap_or(UNKNOWN).to_string());
}

fn read_progress(node: Node<'_, '_>) -> Result<Progress> {
    let number = |name| -> Result<Option<u32>> {
        let text = text_of(node, name)?;
        let number: u32 = text.trim().parse().map_err(|_| wrong(format!("i:{name} {text:?} is not an unsignedInt")))?;
        Ok(Some(number).filter(|number| *number != UNKNOWN))
    };
    Ok(Progress {
        activity: text_of(node, "Activity")?,
        operation: text_of(node, "CurrentOperation")?,
        status: text_of(node, "StatusDescription")?,
        percent: number("PercentComplete")?,
        remaining: number("SecondsRemaining")?.map(|seconds| Duration::from_secs(seconds.into())),
    })
}

fn read_stream(node: Node<'_, '_>) -> Result<Event> {
    let parameter = text_of(node, "Name")?.trim().to_owned();
    let code = text_of(node, "Type")?;
    let kind = code.trim().parse().ok().and_then(Type::from_code);
    // Windows gives the type of one element.
    let kind = kind.ok_or_else(|| wrong(format!("the type {code:?} of {parameter} is not known")))?.array();
    let declaration = PropertyDeclaration {
        name: parameter.as_str().into(),
        flags: 0,
        qualifiers: Vec::new(),
        kind,
        class_name: None,
        subscript: 0,
        origin: None,
        propagator: None,
        default: None,
    };
    let declarations = Declarations { owner: "the event", elements: Some(&[declaration]) };
    let decoder = Decoder { class: &|_, _| None };
    let carrier = decoder.instance(element(node, "Value")?, "", declarations)?;
    let value = carrier.get(&parameter).cloned().or_else(|| Value::from_elements(kind, Vec::new()));
    let value = value.ok_or_else(|| wrong(format!("the value of {parameter} is missing")))?;
    Ok(Event::Stream { parameter, value })
}

fn element<'a, 'i>(event: Node<'a, 'i>, name: &str) -> Result<Node<'a, 'i>> {
    xml::child(event, NAMESPACE, name).ok_or_else(|| wrong(format!("an interactive event has no i:{name}")))
}

fn text_of(event: Node<'_, '_>, name: &str) -> Result<String> {
    element(event, name).map(|node| xml::raw_text(node).into_owned())
}

fn wrong(text: impl Into<String>) -> Fault {
    Fault::new(kind::SCHEMA_VALIDATION, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wsman::charset::Charset;
    use crate::wsman::write::Envelope;
    use crate::wsman::{epr, ns};

    fn written(event: &Event) -> String {
        let mut envelope = Envelope::new("", Charset::Utf8);
        event.write(&mut envelope.body, &Encoder::plain(), &epr::class_uri("X_Thing"));
        String::from_utf8(envelope.finish()).unwrap()
    }

    fn read(envelope: &str) -> Result<Option<Event>> {
        let document = xml::parse(envelope).unwrap();
        let body = xml::child(document.root_element(), ns::SOAP, "Body").unwrap();
        Event::read(xml::elements(body).next())
    }

    fn examples() -> Vec<Event> {
        let details = Instance::new("X_Error").with("CIMStatusCode", 4_u32).with("Message", "no <paper>");
        let error = Error::new(omi::ResultCode::INVALID_PARAMETER, "no <paper>").with_details(details);
        vec![
            Event::Message { channel: Channel::Warning, text: " hot & smoking".to_owned() },
            Event::Progress(Progress {
                activity: "Copy".to_owned(),
                operation: "a file".to_owned(),
                status: String::new(),
                percent: Some(40),
                remaining: None,
            }),
            Event::Error { error, inquire: true },
            Event::question(&Question::ShouldProcess { target: "disk".to_owned(), action: "format".to_owned() }),
            Event::question(&Question::CriticalPrompt("Really?".to_owned())),
            Event::Stream { parameter: "Numbers".to_owned(), value: Value::Uint32Array(vec![1, 2]) },
            Event::Stream { parameter: "Names".to_owned(), value: Value::StringArray(vec!["a".to_owned()]) },
        ]
    }

    #[test]
    fn every_event_is_read_as_it_was_written() {
        for event in examples() {
            assert_eq!(read(&written(&event)).unwrap(), Some(event));
        }
    }

    #[test]
    fn events_are_written_as_ms_wsmv_describes_them() {
        let all: Vec<String> =
            examples().iter().map(|event| crate::wsman::tests::fake::pretty(&written(event))).collect();
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn the_event_of_the_specifications_example_is_understood() {
        // MS-WSMV section 4.11.2: a single element, with the type of one element.
        let value = "<i:EventType>StreamingOutput</i:EventType><i:Name>uValue</i:Name><i:Type>5</i:Type><i:Value>\
            <p:uValue xmlns:p='urn:x' xsi:type='cim:cimUnsignedInt'>1</p:uValue></i:Value>";
        let mut envelope = Envelope::new("", Charset::Utf8);
        envelope.body.push_str(&format!("<i:InteractiveEvent xmlns:i='{NAMESPACE}'>{value}</i:InteractiveEvent>"));
        let event = read(&String::from_utf8(envelope.finish()).unwrap()).unwrap();
        assert_eq!(event, Some(Event::Stream { parameter: "uValue".to_owned(), value: Value::Uint32Array(vec![1]) }));
    }

    #[test]
    fn a_step_to_confirm_is_told_from_other_questions() {
        let question = Question::ShouldProcess { target: "the \"disk\"".to_owned(), action: "format".to_owned() };
        let Event::Confirm { text, is_critical: false } = Event::question(&question) else { panic!("{question:?}") };
        assert_eq!(step(&text), Some(question));
        assert_eq!(step("Performing the operation?"), None);
    }

    #[test]
    fn an_event_that_lacks_something_is_an_error_and_another_body_is_the_answer() {
        let confirm = written(&Event::question(&Question::Prompt("?".to_owned())));
        let fault = read(&confirm.replace("PromptType", "Prompt")).unwrap_err();
        assert_eq!(fault.error.message(), "an interactive event has no i:PromptType");
        assert!(read(&confirm.replace(">Confirm<", ">NoSemantics<")).is_err());
        assert_eq!(read(&confirm.replace("InteractiveEvent", "X_Thing")).unwrap(), None);
        assert_eq!(Event::read(None).unwrap(), None);
    }
}

//! The provider in Microsoft's omiserver, asked by omicli, where OMI is installed. What each call of MI_Context does there is
//! in the table.

use crate::omicli::Answer;
use crate::omiserver::Omi;
use crate::{NAMESPACE, built};

/// An omiserver with the provider.
pub(crate) fn omiserver() -> Option<Omi> {
    let library = built::example("conformance")?;
    let mut omi = Omi::prepare()?;
    omi.omireg(NAMESPACE, &library);
    omi.start();
    Some(omi)
}

/// What omicli gives for these words.
fn ask(omi: &Omi, words: &[&str]) -> Answer {
    Answer::read(&omi.omicli(words.iter().copied()))
}

/// The words that call a method of Sample_Caller.
pub(crate) fn invocation<'a>(method: &'a str, parameters: &[(&'a str, &'a str)]) -> Vec<&'a str> {
    let mut words = vec!["iv", NAMESPACE, "{", "Sample_Caller", "Name", "x", "}", method, "{"];
    words.extend(parameters.iter().flat_map(|(name, value)| [*name, *value]));
    words.push("}");
    words
}

#[test]
fn what_omiserver_lacks_is_unsupported_and_no_method_fails_for_it() {
    let Some(omi) = omiserver() else { return };
    for (method, parameters) in [
        ("WriteMessage", &[("Text", "hot")][..]),
        ("WriteProgress", &[("Activity", "Copying")]),
        ("WriteStreamParameter", &[("Count", "2")]),
        ("WriteError", &[("Text", "locked")]),
        ("WriteError", &[("Text", "locked"), ("Details", "true")]),
        ("PromptUser", &[("Text", "sure?")]),
        ("ShouldProcess", &[("Target", "disk"), ("Action", "wipe")]),
        ("ShouldContinue", &[("Text", "sure?")]),
        ("RegisterCancel", &[]),
        ("SetStringOption", &[("Name", "Colour"), ("Value", "green")]),
    ] {
        let answer = ask(&omi, &invocation(method, parameters));
        assert_eq!(answer.values("ReturnValue").collect::<Vec<_>>(), ["Unsupported"], "{method}: {}", answer.text);
    }
    let answer = ask(&omi, &invocation("WriteStreamParameter", &[("Count", "2")]));
    assert!(answer.text.contains("line 0") && answer.text.contains("line 1"), "{}", answer.text);
    let answer = ask(&omi, &invocation("Canceled", &[]));
    assert_eq!(answer.values("ReturnValue").collect::<Vec<_>>(), ["false"], "{}", answer.text);
}

#[test]
fn the_provider_can_refuse_and_request_to_be_unloaded() {
    let Some(omi) = omiserver() else { return };
    let answer = ask(&omi, &invocation("RefuseUnload", &[]));
    for call in ["ReturnValue", "RequestUnload"] {
        assert_eq!(answer.values(call).collect::<Vec<_>>(), ["Done"], "{}", answer.text);
    }
}

#[test]
fn errors_keep_their_text_and_their_details() {
    let Some(omi) = omiserver() else { return };
    for details in ["false", "true"] {
        let answer = ask(&omi, &invocation("PostError", &[("Text", "locked"), ("Details", details)]));
        assert!(!answer.succeeded && answer.text.contains("locked"), "{}", answer.text);
        assert_eq!(answer.values("CIMStatusCode").collect::<Vec<_>>(), ["2"], "{}", answer.text);
        // The error with details is the provider's own CIM_Error, the other one is omiserver's.
        assert_eq!(answer.text.contains("instance of CIM_Error"), details == "true", "{}", answer.text);
    }
}

#[test]
fn lifecycle_posts_are_taken() {
    let Some(omi) = omiserver() else { return };
    let answer = ask(&omi, &invocation("PostLifecycle", &[]));
    assert_eq!(answer.values("ReturnValue").collect::<Vec<_>>(), ["Delivered"], "{}", answer.text);
}

#[test]
fn an_association_is_followed_from_both_ends() {
    let Some(omi) = omiserver() else { return };
    for (source, target) in [("Sample_Part", "Sample_Kinds"), ("Sample_Kinds", "Sample_Part")] {
        let name = ["{", source, "Id", "3", "}"];
        let associators = [&["a", "-ac", "Sample_PartOfKinds", NAMESPACE][..], &name].concat();
        let answer = ask(&omi, &associators);
        assert!(answer.text.contains(&format!("{NAMESPACE}:{target}\n")), "{}", answer.text);
        assert_eq!(answer.values("Id").collect::<Vec<_>>(), ["3"], "{}", answer.text);
        let references = [&["r", "-rc", "Sample_PartOfKinds", NAMESPACE][..], &name].concat();
        let answer = ask(&omi, &references);
        assert!(answer.text.contains(&format!("{NAMESPACE}:Sample_PartOfKinds\n")), "{}", answer.text);
    }
}

#[test]
fn instances_are_made_by_each_call_and_come_with_those_of_the_derived_class() {
    let Some(omi) = omiserver() else { return };
    let answer = ask(&omi, &["ei", NAMESPACE, "Sample_Part"]);
    let made_by: Vec<_> = answer.values("Text").collect();
    for call in ["ConstructInstance", "NewInstance", "NewDynamicInstance"] {
        assert!(made_by.contains(&call), "{}", answer.text);
    }
    assert_eq!(answer.values("Colour").collect::<Vec<_>>(), ["green"], "{}", answer.text);
}

#[test]
fn the_filter_of_a_query_reaches_the_provider() {
    let Some(omi) = omiserver() else { return };
    let query = "select * from Sample_Request where Name <> 'nobody'";
    let answer = ask(&omi, &["wql", NAMESPACE, query]);
    assert_eq!(answer.values("Expression").collect::<Vec<_>>(), [query], "{}", answer.text);
    assert_eq!(answer.values("NobodyPasses").collect::<Vec<_>>(), ["false"], "{}", answer.text);
}

//! The provider in Microsoft's omiserver, where OMI is installed.

use crate::omiserver::Omi;
use crate::{NAMESPACE, built, omicli};

/// Calls a method of Sample_Caller in omiserver.
fn call(omi: &Omi, method: &str, parameters: &[&str]) -> omicli::Answer {
    let target = ["iv", NAMESPACE, "{", "Sample_Caller", "Name", "x", "}", method];
    let braced = [&["{"], parameters, &["}"]].concat();
    omicli::Answer::read(&omi.omicli(target.into_iter().chain(braced)))
}

#[test]
fn omiserver_lacks_what_only_a_user_could_hear_or_answer_and_no_method_fails_for_it() {
    let Some(library) = built::example("conformance") else { return };
    let Some(mut omi) = Omi::prepare() else { return };
    omi.omireg(NAMESPACE, &library);
    omi.start();
    for (method, parameters) in [
        ("WriteMessage", &["Text", "hot"][..]),
        ("WriteProgress", &["Activity", "Copying"]),
        ("WriteStreamParameter", &["Count", "2"]),
        ("WriteError", &["Text", "locked"]),
        ("WriteError", &["Text", "locked", "Details", "true"]),
        ("PromptUser", &["Text", "sure?"]),
        ("ShouldProcess", &["Target", "disk", "Action", "wipe"]),
        ("ShouldContinue", &["Text", "sure?"]),
        ("RegisterCancel", &[]),
        ("SetStringOption", &["Name", "Colour", "Value", "green"]),
    ] {
        let answer = call(&omi, method, parameters);
        assert_eq!(answer.values("ReturnValue").collect::<Vec<_>>(), ["Unsupported"], "{method}: {}", answer.text);
    }
    let answer = call(&omi, "WriteStreamParameter", &["Count", "2"]);
    assert!(answer.text.contains("line 0") && answer.text.contains("line 1"), "{}", answer.text);
    let answer = call(&omi, "RefuseUnload", &[]);
    assert_eq!(answer.values("ReturnValue").collect::<Vec<_>>(), ["Done"], "{}", answer.text);
    let answer = call(&omi, "PostError", &["Text", "locked"]);
    assert!(!answer.succeeded && answer.text.contains("locked"), "{}", answer.text);
}

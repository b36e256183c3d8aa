//! A provider in C that uses every service of its context, and the listener that hears it.

use crate::cc::compile;
use crate::{NAMESPACE, request};
use libloading::Library;
use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::{Error, Instance, Value};
use omi_host::Host;
use omi_host::operation::{Operation, Request};
use omi_sys::*;
use std::mem::offset_of;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

impl Listener for Heard {
    fn message(&self, channel: Channel, text: &str) {
        self.note(format!("{channel:?} {text}"));
    }

    fn progress(&self, progress: &Progress) -> bool {
        let Progress { activity, operation, status, percent, remaining } = progress;
        self.note(format!("{activity}, {operation}, {status}, {percent:?}, {remaining:?}"));
        true
    }

    fn error(&self, error: &Error) -> bool {
        self.note(format!("{} {}", error.code().0, error.message()));
        true
    }

    /// Says no to the question whether to go on, so that answers are seen to arrive.
    fn ask(&self, question: &Question) -> bool {
        self.note(format!("{question:?}"));
        !matches!(question, Question::ShouldContinue(_))
    }
}

#[test]
fn a_c_provider_is_heard_and_answered() {
    let directory = tempfile::tempdir().unwrap();
    let Some(library) = compile("c/talker.c", directory.path(), &[]) else { return };
    let host = Host::builder().provider(&library, &[NAMESPACE]).build().unwrap();
    let heard = Arc::new(Heard::default());
    let invoke = Operation::Invoke {
        class: "T_Talker".into(),
        target: None,
        method: "Talk".into(),
        parameters: Instance::new("Talk"),
    };
    let request = Request { listener: Some(heard.clone()), ..request(invoke) };
    let result = host.submit(request).unwrap().one().unwrap();
    let expected = [
        "Warning careful",
        "work, step, well, Some(40), Some(5s)",
        "6 not there",
        "6 as an instance",
        "CriticalPrompt(\"really?\")",
        "ShouldProcess { target: \"disk\", action: \"format\" }",
        "ShouldContinue(\"go on?\")",
    ];
    assert_eq!(*heard.0.lock().unwrap(), expected);
    assert_eq!(result.get("ReturnValue"), Some(&Value::Uint32(16)), "so many calls gave what they should");
}

#[test]
fn the_header_of_the_c_provider_has_the_layout_of_omi_sys() {
    let directory = tempfile::tempdir().unwrap();
    let Some(library) = compile("c/talker.c", directory.path(), &[]) else { return };
    let expected = [
        size_of::<MI_Value>(),
        size_of::<MI_PropertyDecl>(),
        size_of::<MI_MethodDecl>(),
        size_of::<MI_ClassDecl>(),
        size_of::<MI_SchemaDecl>(),
        size_of::<MI_Module>(),
        size_of::<MI_Instance>(),
        size_of::<MI_Context>(),
        size_of::<MI_Session>(),
        size_of::<MI_Operation>(),
        size_of::<MI_ProviderFT>(),
        size_of::<MI_InstanceFT>(),
        size_of::<MI_ContextFT>(),
        size_of::<MI_SessionFT>(),
        size_of::<MI_OperationFT>(),
        offset_of!(MI_PropertyDecl, offset),
        offset_of!(MI_MethodDecl, function),
        offset_of!(MI_ClassDecl, providerFT),
        offset_of!(MI_Module, schemaDecl),
        offset_of!(MI_InstanceFT, AddElement),
        offset_of!(MI_InstanceFT, GetElement),
        offset_of!(MI_ContextFT, GetLocalSession),
        offset_of!(MI_ContextFT, WriteMessage),
        offset_of!(MI_ContextFT, PromptUser),
        offset_of!(MI_ContextFT, WriteError),
        offset_of!(MI_SessionFT, TestConnection),
        offset_of!(MI_OperationFT, GetInstance),
        offset_of!(MI_ProviderFT, EnumerateInstances),
        offset_of!(MI_Module, dynamicProviderFT),
    ];
    let library = unsafe { Library::new(library) }.unwrap();
    let layout: [u32; 29] = unsafe { **library.get::<*const [u32; 29]>(b"abi_layout\0").unwrap() };
    assert_eq!(layout.map(|it| it as usize), expected);
}

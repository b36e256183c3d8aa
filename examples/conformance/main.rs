//! A provider that uses all of MI: every call of MI_Context that a provider chooses (`caller.rs`), every operation on a
//! class with every CIM type (`kinds.rs`), an association (`parts.rs`), an indication, a method and an enumeration that
//! wait to be cancelled (`wait.rs`), a class that says what was asked (`request.rs`), and a method that asks the host
//! (`session.rs`). It tells what a host can do:
//!
//! `lumi invoke Sample_Caller.ShouldContinue Name=x Text='Go on?' --provider target/debug/examples/libconformance.so`

mod caller;
mod kinds;
mod parts;
mod request;
mod session;
mod wait;

include!(concat!(env!("OUT_DIR"), "/conformance.rs"));

use sample_caller::*;

omi::module! {
    SampleCaller => caller::Caller {
        WriteMessage, WriteProgress, WriteStreamParameter, WriteError, PromptUser, ShouldProcess, ShouldContinue,
        Canceled, RegisterCancel, GetLocale, SetStringOption, GetOption, GetOptions, RefuseUnload, PostError,
        PostLifecycle, Raise, ConstructParameters, caller::ByName, Wait, LastWait,
        GetLocalSession
    },
    SampleRaised => caller::Raised,
    SampleEndless => wait::Endless,
    SampleRequest => request::Requests,
    SamplePart => parts::Parts,
    SamplePaintedPart => parts::Parts,
    SampleKinds => kinds::Kinds { sample_kinds::Echo },
    SamplePartOfKinds => parts::Parts,
}

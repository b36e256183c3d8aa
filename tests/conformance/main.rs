//! The conformance provider (`examples/conformance`), which makes every call of MI: in our host, where each of them does
//! something, and in Microsoft's omiserver, which lacks many.

#[path = "../support/built.rs"]
mod built;
mod by_client;
mod by_python;
mod calls;
mod in_omiserver;
mod kinds_by_python;
#[path = "../support/omicli.rs"]
mod omicli;
#[path = "../support/omiserver.rs"]
mod omiserver;
mod ours;
#[path = "../support/pty.rs"]
mod pty;
#[path = "../support/python.rs"]
mod python;
#[path = "../support/run.rs"]
mod run;
#[path = "../support/serve.rs"]
mod serve;
#[path = "../support/skip.rs"]
mod skip;
mod table;
mod values;

/// The namespace of all tests.
const NAMESPACE: &str = "root/cimv2";

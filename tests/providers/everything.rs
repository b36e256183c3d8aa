//! A provider library without providers: what counts is what it declares.

include!(concat!(env!("OUT_DIR"), "/everything.rs"));

omi::module! { schema: CLASSES }

//! A provider library that panics, to show that its host and its clients live on.

use omi::{Enumerate, Get, Invoke, Query, Result, Sink, not_found};

include!(concat!(env!("OUT_DIR"), "/panicking.rs"));
use test_fragile::{Drop, DropOutput};

#[derive(Default)]
struct Things;

fn thing(name: &str) -> TestFragile {
    TestFragile { name: Some(name.to_owned()) }
}

impl Enumerate<TestFragile> for Things {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, TestFragile>) -> Result<()> {
        out.post(thing("whole"))?;
        out.post(thing("cracked"))
    }
}

impl Get<TestFragile> for Things {
    fn get(&self, key: TestFragile, _query: &Query<'_>) -> Result<TestFragile> {
        match key.name.as_deref().unwrap_or_default() {
            "whole" => Ok(thing("whole")),
            "cracked" => panic!("the cracked one broke"),
            name => Err(not_found::<TestFragile>(&[("Name", name)])),
        }
    }
}

impl Invoke<Drop> for Things {
    fn invoke(&self, _target: Option<TestFragile>, input: Drop, _query: &Query<'_>) -> Result<DropOutput> {
        panic!("{}", input.words.unwrap_or_default())
    }
}

omi::module! {
    TestFragile => Things { Drop },
}

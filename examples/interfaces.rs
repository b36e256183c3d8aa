//! The network interfaces of this computer. `docs/write-a-provider.md` makes a crate of it, step by step.

use omi::{Enumerate, Get, Query, Result, Sink, not_found};
use std::fs::{read_dir, read_to_string};

include!(concat!(env!("OUT_DIR"), "/interfaces.rs"));

const FOLDER: &str = "/sys/class/net";

#[derive(Default)]
struct Interfaces;

fn interface(name: &str) -> SampleInterface {
    let read = |file: &str| Some(read_to_string(format!("{FOLDER}/{name}/{file}")).ok()?.trim().to_owned());
    SampleInterface {
        name: Some(name.to_owned()),
        address: read("address"),
        mtu: read("mtu").and_then(|text| text.parse().ok()),
        received_bytes: read("statistics/rx_bytes").and_then(|text| text.parse().ok()),
    }
}

impl Enumerate<SampleInterface> for Interfaces {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, SampleInterface>) -> Result<()> {
        read_dir(FOLDER)?.try_for_each(|entry| out.post(interface(&entry?.file_name().to_string_lossy())))
    }
}

impl Get<SampleInterface> for Interfaces {
    fn get(&self, key: SampleInterface, _query: &Query<'_>) -> Result<SampleInterface> {
        let name = key.name.unwrap_or_default();
        let is_there = read_dir(FOLDER)?.flatten().any(|entry| entry.file_name() == *name);
        is_there.then(|| interface(&name)).ok_or_else(|| not_found::<SampleInterface>(&[("Name", &name)]))
    }
}

omi::module! { SampleInterface => Interfaces }

//! Linux_ProcessEndpoint: from a process to its sockets and back.

use super::socket::View;
use crate::classes::association::{self, Pairs, Plain, Take};
use crate::classes::process;
use crate::linux::Root;
use crate::linux::network::socket::{self, Protocol};
use crate::schema::linux_process_endpoint::Keys;
use crate::schema::{LinuxProcess, LinuxProcessEndpoint};
use omi::{Class, Instance, Result};
use std::collections::HashMap;

/// Serves Linux_ProcessEndpoint.
#[derive(Default)]
pub(crate) struct ProcessEndpoints {
    root: Root,
}

impl Pairs for ProcessEndpoints {
    const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

    fn each(&self, source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let process = source.filter(|source| source.class_name().eq_ignore_ascii_case(LinuxProcess::SPEC.name()));
        let only = process.and_then(|process| process.text("Handle")?.parse::<u32>().ok());
        let endpoint = source.filter(|_| process.is_none());
        let view = View::read(&self.root, true)?;
        // A process with many sockets is read once.
        let mut processes = HashMap::new();
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            for socket in socket::read(&self.root, protocol)? {
                let owners = view.owners(&socket).iter().filter(|pid| only.is_none_or(|only| **pid == only));
                let mut owners = owners.copied().peekable();
                if owners.peek().is_none() {
                    continue;
                }
                let dependent = match protocol {
                    Protocol::Tcp => view.tcp(&socket).to_instance()?,
                    Protocol::Udp => view.udp(&socket).to_instance()?,
                };
                if endpoint.is_some_and(|endpoint| !association::is(endpoint, &dependent)) {
                    continue;
                }
                for pid in owners {
                    let process = processes.entry(pid).or_insert_with(|| self.process(pid));
                    // One that ended meanwhile has no socket open any more.
                    if let Some(process) = process {
                        take([process.clone(), dependent.clone()])?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl ProcessEndpoints {
    fn process(&self, pid: u32) -> Option<Instance> {
        let process = process::whole(&self.root, pid).and_then(|process| process.to_instance());
        process.map_err(|error| log::debug!("process {pid} is left out: {error}")).ok()
    }
}

impl Plain for ProcessEndpoints {
    type Class = LinuxProcessEndpoint;

    fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxProcessEndpoint {
        LinuxProcessEndpoint::new(Keys { antecedent, dependent })
    }
}

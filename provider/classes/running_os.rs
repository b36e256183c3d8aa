//! Linux_RunningOS: from the computer to its operating system, and back.

use super::association::{self, Pairs, Take};
use super::{computer_system, operating_system};
use crate::linux::Root;
use crate::schema::LinuxRunningOs;
use crate::schema::linux_running_os::Keys;
use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Enumerate, Instance, Query, Result, Sink};

/// Serves Linux_RunningOS.
#[derive(Default)]
pub(crate) struct RunningOs {
    root: Root,
}

impl Pairs for RunningOs {
    const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

    fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let system = operating_system::instance(&self.root, true)?.to_instance()?;
        take([system, computer_system::instance(&self.root)?.to_instance()?])
    }
}

impl Associate<LinuxRunningOs> for RunningOs {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        association::associators(self, from, out)
    }

    fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, LinuxRunningOs>) -> Result<()> {
        association::references(self, from, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

impl Enumerate<LinuxRunningOs> for RunningOs {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxRunningOs>) -> Result<()> {
        association::all(self, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxRunningOs {
    LinuxRunningOs::new(Keys { antecedent, dependent })
}

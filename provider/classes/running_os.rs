//! Linux_RunningOS: from the computer to its operating system, and back.

use super::association::{Pairs, Plain, Take};
use super::{computer_system, operating_system};
use crate::linux::Root;
use crate::schema::LinuxRunningOs;
use crate::schema::linux_running_os::Keys;
use omi::{Class, Instance, Result};

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

impl Plain for RunningOs {
    type Class = LinuxRunningOs;

    fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxRunningOs {
        LinuxRunningOs::new(Keys { antecedent, dependent })
    }
}

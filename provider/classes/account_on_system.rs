//! Linux_AccountOnSystem: from the system to its users, and back.

use super::account::View;
use super::association::{Pairs, Plain, Take};
use super::computer_system;
use crate::linux::Root;
use crate::schema::LinuxAccountOnSystem;
use crate::schema::linux_account_on_system::Keys;
use omi::{Class, Instance, Result};

/// Serves Linux_AccountOnSystem.
#[derive(Default)]
pub(crate) struct AccountsOnSystem {
    root: Root,
}

impl Pairs for AccountsOnSystem {
    const ENDS: [&'static str; 2] = ["GroupComponent", "PartComponent"];

    fn each(&self, source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let system = computer_system::instance(&self.root)?.to_instance()?;
        // Who lists the associations sees no more than the keys of users.
        let view = View::read(&self.root, source.is_some())?;
        view.accounts.iter().try_for_each(|account| take([system.clone(), view.instance(account).to_instance()?]))
    }
}

impl Plain for AccountsOnSystem {
    type Class = LinuxAccountOnSystem;

    fn instance([group_component, part_component]: [Instance; 2]) -> LinuxAccountOnSystem {
        LinuxAccountOnSystem::new(Keys { group_component, part_component })
    }
}

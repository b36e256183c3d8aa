//! Linux_ProcessAccount: from a user to the user's processes, and from a process to its user.

use super::account::View;
use super::association::{Pairs, Plain, Take};
use super::process;
use crate::linux::Root;
use crate::linux::process::{Fields, Process};
use crate::schema::LinuxProcessAccount;
use crate::schema::linux_process_account::Keys;
use omi::{Class, Instance, Result};
use std::collections::HashMap;

/// Serves Linux_ProcessAccount.
#[derive(Default)]
pub(crate) struct ProcessAccounts {
    root: Root,
}

impl Pairs for ProcessAccounts {
    const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

    fn each(&self, source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        // Who lists the associations sees no more than the keys.
        let is_traversal = source.is_some();
        let view = View::read(&self.root, is_traversal)?;
        let asked = |key: &str| source.and_then(|source| source.text(key));
        // Of several users with one uid, such as root and toor, all own its processes.
        let mut accounts: HashMap<u32, Vec<Instance>> = HashMap::new();
        for account in view.accounts.iter().filter(|account| asked("Name").is_none_or(|name| name == account.name)) {
            accounts.entry(account.uid).or_default().push(view.instance(account).to_instance()?);
        }
        let pid = asked("Handle").and_then(|handle| handle.parse::<u32>().ok());
        let user_of = |process: &Process| Some(process.credentials.as_ref()?.real_user);
        process::those(&self.root, Fields::CREDENTIALS, is_traversal, pid, user_of, &mut |user, process| {
            let process = process.to_instance()?;
            let mut owners = accounts.get(&user).into_iter().flatten();
            owners.try_for_each(|account| take([account.clone(), process.clone()]))
        })
    }
}

impl Plain for ProcessAccounts {
    type Class = LinuxProcessAccount;

    fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxProcessAccount {
        LinuxProcessAccount::new(Keys { antecedent, dependent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::association;
    use crate::linux::testing::machine;

    fn pairs(source: Option<&Instance>) -> Vec<(String, String)> {
        let pairs = association::pairs(&ProcessAccounts { root: machine("debian12") }, source).unwrap();
        let text = |instance: &Instance, key| instance.text(key).unwrap().to_owned();
        pairs.iter().map(|[account, process]| (text(account, "Name"), text(process, "Handle"))).collect()
    }

    #[test]
    fn from_a_process_it_is_one_step_to_its_user_and_from_a_user_to_all_processes() {
        let all = pairs(None);
        let of_root: Vec<_> = all.iter().filter(|(user, _)| user == "root").cloned().collect();
        assert!(!of_root.is_empty());
        assert_eq!(pairs(Some(&Instance::new("Linux_Account").with_key("Name", "root"))), of_root);
        assert_eq!(pairs(Some(&Instance::new("Linux_Process").with_key("Handle", "1"))), [("root".into(), "1".into())]);
        assert_eq!(pairs(Some(&Instance::new("Linux_Process").with_key("Handle", "999999"))), []);
    }
}

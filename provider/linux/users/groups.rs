//! `/etc/group`: the local groups, see group(5).

use super::{Account, entries};
use crate::linux::{Result, Root};
use std::collections::{HashMap, HashSet};

const GROUP: &str = "/etc/group";

/// A local group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The name, not empty.
    pub name: String,
    /// The number of the group.
    pub gid: u32,
    /// The names that the group lists.
    pub members: Vec<String>,
}

/// Finds the members of groups, of which there may be thousands.
pub struct Members<'a> {
    by_name: HashMap<&'a str, &'a Account>,
    by_primary_group: HashMap<u32, Vec<&'a Account>>,
}

impl<'a> Members<'a> {
    /// Looks for members among these users.
    pub fn among(accounts: &'a [Account]) -> Self {
        let mut by_primary_group: HashMap<u32, Vec<&Account>> = HashMap::new();
        for account in accounts {
            by_primary_group.entry(account.gid).or_default().push(account);
        }
        Self { by_name: accounts.iter().map(|account| (&*account.name, account)).collect(), by_primary_group }
    }

    /// The members of a group, each once: those whose primary group it is, then those whose names it lists.
    pub fn of(&self, group: &Group) -> Vec<&'a Account> {
        let mut members = self.by_primary_group.get(&group.gid).cloned().unwrap_or_default();
        let mut known: HashSet<&str> = members.iter().map(|account| &*account.name).collect();
        let listed = group.members.iter().filter_map(|name| self.by_name.get(&**name));
        members.extend(listed.filter(|account| known.insert(&account.name)));
        members
    }
}

/// The local groups in the order of the file.
///
/// # Errors
/// [`Error::Io`](crate::linux::Error::Io) when the file cannot be read.
pub fn groups(root: &Root) -> Result<Vec<Group>> {
    Ok(entries(GROUP, &root.read_text(GROUP)?, parse, |group| &group.name))
}

fn parse(fields: &[&str]) -> Option<Group> {
    let [name, _password, gid, members] = *fields else { return None };
    let members = members.split(',').map(str::trim).filter(|member| !member.is_empty());
    Some(Group { name: name.to_owned(), gid: gid.parse().ok()?, members: members.map(str::to_owned).collect() })
}

//! Names of owners and groups.

use crate::linux::{Result, Root};
use nix::unistd::{Gid, Group, Uid, User};

const ACCOUNTS: &str = "/etc/passwd";
const GROUPS: &str = "/etc/group";
/// The number that means "leave it" to chown(2).
const NOBODY: u32 = u32::MAX;

/// The names of a machine's accounts and groups. Its files are asked first, then on the running machine its name service, which
/// may have to ask another machine.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    root: &'a Root,
}

impl<'a> Names<'a> {
    pub(crate) fn of(root: &'a Root) -> Self {
        Self { root }
    }

    /// The number of the account with the name, or that is written as a number; `None` when there is no such account.
    ///
    /// # Errors
    /// [`Error::Io`](crate::linux::Error::Io) when the accounts cannot be read.
    pub(crate) fn uid(&self, name: &str) -> Result<Option<u32>> {
        let asked = || User::from_name(name).ok().flatten().map(|user| user.uid.as_raw());
        self.number(ACCOUNTS, name, asked)
    }

    /// The number of the group; else as [`uid`](Self::uid).
    ///
    /// # Errors
    /// As [`uid`](Self::uid).
    pub(crate) fn gid(&self, name: &str) -> Result<Option<u32>> {
        let asked = || Group::from_name(name).ok().flatten().map(|group| group.gid.as_raw());
        self.number(GROUPS, name, asked)
    }

    /// The name of the account, or its number where it has none.
    ///
    /// # Errors
    /// As [`uid`](Self::uid).
    pub(crate) fn user(&self, uid: u32) -> Result<String> {
        self.name(ACCOUNTS, uid, || User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name))
    }

    /// The name of the group, or its number where it has none.
    ///
    /// # Errors
    /// As [`uid`](Self::uid).
    pub(crate) fn group(&self, gid: u32) -> Result<String> {
        self.name(GROUPS, gid, || Group::from_gid(Gid::from_raw(gid)).ok().flatten().map(|group| group.name))
    }

    fn number(&self, file: &str, name: &str, asked: impl FnOnce() -> Option<u32>) -> Result<Option<u32>> {
        let text = self.root.read_text_if_present(file)?.unwrap_or_default();
        let found = lines(&text).find(|(found, _)| *found == name).map(|(_, number)| number);
        let is_running = self.root.is_running_kernel();
        Ok(found
            .or_else(|| name.parse().ok().filter(|number| *number != NOBODY))
            .or_else(|| is_running.then(asked).flatten()))
    }

    fn name(&self, file: &str, number: u32, asked: impl FnOnce() -> Option<String>) -> Result<String> {
        let text = self.root.read_text_if_present(file)?.unwrap_or_default();
        let found = lines(&text).find(|(_, found)| *found == number).map(|(name, _)| name.to_owned());
        let is_running = self.root.is_running_kernel();
        Ok(found.or_else(|| is_running.then(asked).flatten()).unwrap_or_else(|| number.to_string()))
    }
}

/// Name and number: the first and the third field in both files.
fn lines(text: &str) -> impl Iterator<Item = (&str, u32)> {
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        Some((fields.next()?, fields.nth(1)?.parse().ok()?))
    })
}

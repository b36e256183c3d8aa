//! `/etc/passwd`: the local users, see passwd(5).

use super::{entries, filled};
use crate::linux::{Result, Root};

const PASSWD: &str = "/etc/passwd";

/// A local user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The login name, not empty.
    pub name: String,
    /// What stands in the place of the password: "x" where `/etc/shadow` has it. Never to be shown.
    pub(super) password: String,
    /// The number of the user.
    pub uid: u32,
    /// The number of the primary group.
    pub gid: u32,
    /// The comment: usually the full name. `None` if empty.
    pub comment: Option<String>,
    /// The home directory. `None` if empty.
    pub home: Option<String>,
    /// The login shell. `None` if empty, which means `/bin/sh`.
    pub shell: Option<String>,
}

/// The local users in the order of the file.
///
/// # Errors
/// [`Error::Io`](crate::linux::Error::Io) when the file cannot be read.
pub fn accounts(root: &Root) -> Result<Vec<Account>> {
    Ok(entries(PASSWD, &root.read_text(PASSWD)?, parse, |account| &account.name))
}

fn parse(fields: &[&str]) -> Option<Account> {
    let [name, password, uid, gid, comment, home, shell] = *fields else { return None };
    Some(Account {
        name: name.to_owned(),
        password: password.to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        comment: filled(comment),
        home: filled(home),
        shell: filled(shell),
    })
}

//! Groups made, changed and removed.

use super::super::{Account, Group};
use super::check_name;
use crate::linux::tool::Tool;
use crate::linux::{Error, Result, Root};
use std::collections::HashSet;

/// Makes a group.
///
/// # Errors
/// As [`create_account`], with the words of groupadd.
pub fn create_group(root: &Root, name: &str, gid: Option<u32>, is_system: bool) -> Result<()> {
    check_name(name)?;
    let mut args: Vec<String> = gid.into_iter().flat_map(|gid| ["-g".to_owned(), gid.to_string()]).collect();
    args.extend(is_system.then(|| "-r".to_owned()));
    Tool::new(root, "groupadd")?.args(args).args(["--", name]).output()?;
    Ok(())
}

/// Removes a group.
///
/// # Errors
/// [`Error::Tool`] with the words of groupdel.
pub fn delete_group(root: &Root, group: &Group) -> Result<()> {
    Tool::new(root, "groupdel")?.args(["--", &group.name]).output()?;
    Ok(())
}

/// Adds a user to those that a group lists, or takes it off.
///
/// # Errors
/// [`Error::Tool`] with the words of gpasswd.
pub fn set_member(root: &Root, group: &Group, account: &Account, is_member: bool) -> Result<()> {
    let option = if is_member { "-a" } else { "-d" };
    Tool::new(root, "gpasswd")?.args([option, &account.name, "--", &group.name]).output()?;
    Ok(())
}

/// Gives a group another number, also as the primary group of its users. Files keep the number that they have.
///
/// # Errors
/// [`Error::Tool`] with the words of groupmod.
pub fn change_group_id(root: &Root, group: &Group, gid: u32) -> Result<()> {
    Tool::new(root, "groupmod")?.args(["-g", &gid.to_string(), "--", &group.name]).output()?;
    Ok(())
}

/// Makes a group list exactly these users, in one step if all of them exist. gpasswd(1) refuses a list with a name that
/// is left over from a user of old; then the names are taken off and added one by one.
///
/// # Errors
/// [`Error::Failed`] with the words of gpasswd for each name that it refused.
pub fn set_members(root: &Root, group: &Group, names: &[String], users: &[Account]) -> Result<()> {
    let known: HashSet<&str> = users.iter().map(|user| &*user.name).collect();
    if names.iter().all(|name| known.contains(&**name)) {
        Tool::new(root, "gpasswd")?.args(["-M", &names.join(","), "--", &group.name]).output()?;
        return Ok(());
    }
    let gone = group.members.iter().filter(|name| !names.contains(name)).map(|name| ("-d", name));
    let new = names.iter().filter(|name| !group.members.contains(name)).map(|name| ("-a", name));
    let mut refused = Vec::new();
    for (option, name) in gone.chain(new) {
        let changed = Tool::new(root, "gpasswd")?.args([option, name, "--", &group.name]).output();
        refused.extend(changed.err().map(|error| format!("{name:?}: {error}")));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Failed { what: refused.join("; ") }) }
}

//! Makes, changes and removes local users and groups, by the programs of the shadow suite.
//!
//! Names and other texts are checked before any program runs, for what is written between colons in a line must hold
//! neither. Passwords go to chpasswd(8) by its standard input, and nowhere else.

mod groups;

pub use groups::{change_group_id, create_group, delete_group, set_member, set_members};

use super::{Account, Password, PasswordState};
use crate::linux::tool::Tool;
use crate::linux::{Error, Result, Root};
use std::time::SystemTime;

/// The longest name that utmp(5) and the programs here accept.
const LONGEST_NAME: usize = 32;

/// A user to be made.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    /// The login name.
    pub name: String,
    /// The comment, usually the full name.
    pub comment: Option<String>,
    /// The home directory.
    pub home: Option<String>,
    /// Whether the home directory is made.
    pub make_home: bool,
    /// The login shell.
    pub shell: Option<String>,
    /// The number of the user.
    pub uid: Option<u32>,
    /// The number of the primary group, which must exist.
    pub gid: Option<u32>,
    /// Whether it is for a service.
    pub is_system: bool,
    /// Whether a group of the same name is made, where `gid` is `None`.
    pub make_group: bool,
}

/// What to change of a user; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The comment; empty removes it.
    pub comment: Option<String>,
    /// The home directory.
    pub home: Option<String>,
    /// Whether the contents of the home directory move with it.
    pub move_home: bool,
    /// The login shell.
    pub shell: Option<String>,
    /// The number of the primary group, which must exist.
    pub gid: Option<u32>,
}

/// A password to be set. It has no `Debug`, so that it gets into no log.
pub enum NewPassword {
    /// The password itself.
    Plain(String),
    /// A hash as crypt(3) makes it; one behind an exclamation mark is locked.
    Hash(String),
}

/// Whether the programs are installed.
pub fn can_manage(root: &Root) -> bool {
    Tool::find(root, "useradd").is_some()
}

/// Checks that the process may change users: only root may.
///
/// # Errors
/// [`Error::PermissionDenied`], which says who may.
pub fn check_rights(deed: &str) -> Result<()> {
    let user = rustix::process::geteuid();
    if user.is_root() {
        return Ok(());
    }
    let reason = format!("only root may {deed}, and this process runs as user {}", user.as_raw());
    Err(Error::PermissionDenied { reason })
}

/// Makes a user, locked until a password is set.
///
/// # Errors
/// [`Error::InvalidInput`] for a text that cannot be, [`Error::Tool`] with the words of useradd.
pub fn create_account(root: &Root, new: &NewAccount) -> Result<()> {
    check_name(&new.name)?;
    let mut args = texts(&new.comment, &new.home, &new.shell)?;
    let mut option = |name: &str, number: Option<u32>| {
        args.extend(number.into_iter().flat_map(|number| [name.to_owned(), number.to_string()]));
    };
    option("-u", new.uid);
    option("-g", new.gid);
    args.push(if new.make_home { "-m" } else { "-M" }.to_owned());
    if new.gid.is_none() {
        args.push(if new.make_group { "-U" } else { "-N" }.to_owned());
    }
    if new.is_system {
        args.push("-r".to_owned());
    }
    Tool::new(root, "useradd")?.args(args).args(["--", &new.name]).output()?;
    Ok(())
}

/// Changes a user.
///
/// # Errors
/// As [`create_account`], with the words of usermod.
pub fn change_account(root: &Root, account: &Account, changes: &Changes) -> Result<()> {
    let mut args = texts(&changes.comment, &changes.home, &changes.shell)?;
    args.extend(changes.gid.into_iter().flat_map(|gid| ["-g".to_owned(), gid.to_string()]));
    args.extend((changes.move_home && changes.home.is_some()).then(|| "-m".to_owned()));
    if !args.is_empty() {
        Tool::new(root, "usermod")?.args(args).args(["--", &account.name]).output()?;
    }
    Ok(())
}

/// Removes a user, with `remove_home` also the home directory if it is the user's, and with `force` even if it is not or
/// the user is logged in.
///
/// # Errors
/// [`Error::Tool`] with the words of userdel. A home directory that cannot be removed is none.
pub fn delete_account(root: &Root, account: &Account, remove_home: bool, force: bool) -> Result<()> {
    /// What userdel ends with when only the home directory stayed, see userdel(8).
    const HOME_STAYED: i32 = 12;
    let options = [("-r", remove_home), ("-f", force)].into_iter().filter(|(_, wanted)| *wanted);
    let tool = Tool::new(root, "userdel")?.args(options.map(|(option, _)| option)).args(["--", &account.name]);
    let ended = tool.end()?;
    if ended.code() == Some(HOME_STAYED) {
        log::warn!("user {:?} is removed, and the home directory is not: {}", account.name, ended.error());
        return Ok(());
    }
    ended.success()
}

/// Sets the password of a user, which unlocks it.
///
/// # Errors
/// [`Error::InvalidInput`] when it holds a line feed or is empty, [`Error::Tool`] with the words of chpasswd.
pub fn set_password(root: &Root, account: &Account, password: &NewPassword) -> Result<()> {
    let (text, options): (&str, &[&str]) = match password {
        NewPassword::Plain(text) => (text, &[]),
        NewPassword::Hash(text) => (text, &["-e"]),
    };
    if text.is_empty() || text.contains(['\n', '\0']) {
        let what = "a password should have at least one character, and no line feed".to_owned();
        return Err(Error::InvalidInput { what });
    }
    if matches!(password, NewPassword::Hash(_)) && text.contains(|c: char| c == ':' || c.is_whitespace()) {
        let what = "the hash of a password should have neither colons nor blanks, as crypt(3) makes it".to_owned();
        return Err(Error::InvalidInput { what });
    }
    Tool::new(root, "chpasswd")?.args(options).input(format!("{}:{text}\n", account.name)).output()?;
    Ok(())
}

/// Locks or unlocks the password of a user.
///
/// # Errors
/// [`Error::InvalidInput`] when nothing would be left to log in with, [`Error::Tool`] with the words of usermod.
pub fn set_locked(root: &Root, account: &Account, password: Option<&Password>, locked: bool) -> Result<()> {
    let state = password.map(|password| password.state);
    if !locked && state == Some(PasswordState::Locked { with_password: false }) {
        let what = format!("{:?} has no password that could be unlocked; set one instead", account.name);
        return Err(Error::InvalidInput { what });
    }
    Tool::new(root, "usermod")?.args([if locked { "-L" } else { "-U" }, "--", &account.name]).output()?;
    Ok(())
}

/// Lets the user choose a new password at the next login, or counts the password as chosen today.
///
/// # Errors
/// [`Error::Tool`] with the words of chage.
pub fn set_must_change(root: &Root, account: &Account, must_change: bool) -> Result<()> {
    let today = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() / (24 * 60 * 60);
    let day = if must_change { 0 } else { today };
    Tool::new(root, "chage")?.args(["-d", &day.to_string(), "--", &account.name]).output()?;
    Ok(())
}

/// Whether `/etc/login.defs` says yes to something, `CREATE_HOME` for example. Where it does not say, it is no.
///
/// # Errors
/// The file cannot be read; that it is missing is none.
pub fn login_default(root: &Root, name: &str) -> Result<bool> {
    let text = root.read_text_if_present("/etc/login.defs")?.unwrap_or_default();
    let says_yes = |line: &str| {
        let mut words = line.split_whitespace();
        words.next() == Some(name) && words.next().is_some_and(|value| value.eq_ignore_ascii_case("yes"))
    };
    Ok(text.lines().any(says_yes))
}

/// A name that is not taken for an option, a number, a path or a pattern, nor breaks a line of `/etc/passwd`.
///
/// # Errors
/// [`Error::InvalidInput`], which says what a name is made of.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts_well && name.len() <= LONGEST_NAME && name.chars().all(fits) {
        return Ok(());
    }
    let what = format!(
        "{name:?} should be a name of up to {LONGEST_NAME} of the characters a to z, A to Z, 0 to 9, _, - and ., of which \
         the first is a letter or _"
    );
    Err(Error::InvalidInput { what })
}

/// The options of useradd and usermod for the fields of `/etc/passwd` that are texts.
fn texts(comment: &Option<String>, home: &Option<String>, shell: &Option<String>) -> Result<Vec<String>> {
    let mut args = Vec::new();
    for (option, text, is_path) in [("-c", comment, false), ("-d", home, true), ("-s", shell, true)] {
        let Some(text) = text else { continue };
        if text.contains(|c: char| c == ':' || c.is_control()) || is_path && !text.starts_with('/') {
            let right = if is_path { "a path from the root" } else { "a text" };
            let what = format!("{text:?} should be {right} without colons and control characters");
            return Err(Error::InvalidInput { what });
        }
        args.extend([option.to_owned(), text.clone()]);
    }
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;
    use crate::linux::users::accounts;

    /// The fixtures have no programs, so whatever is not refused before fails for the lack of them.
    fn refused(result: Result<()>) -> String {
        match result {
            Err(Error::InvalidInput { what }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_name_that_is_no_name_reaches_no_program() {
        let root = machine("debian12");
        for name in ["", "-r", "--root", "a b", "a:b", "a\nb", "1000", ".x", "../x", "näme", "a/b", &"x".repeat(33)] {
            let new = NewAccount { name: name.to_owned(), ..NewAccount::default() };
            assert!(refused(create_account(&root, &new)).contains("should be a name"), "{name:?}");
            assert!(refused(create_group(&root, name, None, false)).contains("should be a name"), "{name:?}");
        }
        for name in ["alice", "_apt", "Debian-exim", "svc.web", "a1"] {
            assert!(matches!(create_group(&root, name, None, false), Err(Error::Unsupported { .. })), "{name:?}");
        }
    }

    #[test]
    fn a_colon_or_line_feed_in_a_field_is_refused() {
        let root = machine("debian12");
        let new = NewAccount { name: "dora".into(), ..NewAccount::default() };
        let comment = NewAccount { comment: Some("Dora\nroot2:x:0:0::/:/bin/sh".into()), ..new.clone() };
        assert!(refused(create_account(&root, &comment)).contains("should be a text"));
        let home = NewAccount { home: Some("home/dora".into()), ..new };
        assert!(refused(create_account(&root, &home)).contains("a path from the root"));
    }

    #[test]
    fn a_password_that_would_set_another_one_too_is_refused_and_not_shown() {
        let root = machine("debian12");
        let alice = accounts(&root).unwrap().into_iter().find(|account| account.name == "alice").unwrap();
        let plain = NewPassword::Plain("secret\nroot:secret".into());
        assert!(!refused(set_password(&root, &alice, &plain)).contains("secret"));
        let hash = NewPassword::Hash("$6$secret:0".into());
        assert!(!refused(set_password(&root, &alice, &hash)).contains("secret"));
    }
}

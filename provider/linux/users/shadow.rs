//! `/etc/shadow`: the state and the age of passwords, see shadow(5). The hashes are looked at and dropped.

use super::{Account, entries};
use crate::linux::{Result, Root};
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

const SHADOW: &str = "/etc/shadow";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What tools write for "never": 99999 days are 273 years.
const NEVER: u32 = 99_999;

/// What stands in the place of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordState {
    /// The hash of a password.
    Set,
    /// Nothing: whoever knows the name can log in.
    Empty,
    /// Something that no password fits, such as `*`.
    None,
    /// A `!` in front of a hash or alone: the account is locked.
    Locked {
        /// Whether a password is set again when it is unlocked.
        with_password: bool,
    },
}

/// The state and the age of a user's password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password {
    /// What stands in its place.
    pub state: PasswordState,
    /// The day of the last change. `None` where aging is off, and where `must_change`.
    pub last_change: Option<SystemTime>,
    /// Whether the user has to change it at the next login.
    pub must_change: bool,
    /// How long it cannot be changed again after a change.
    pub minimum_age: Option<Duration>,
    /// The day on which it expires. `None` for never.
    pub expires: Option<SystemTime>,
    /// How long before that the user is warned.
    pub warning: Option<Duration>,
    /// How long after that it can still be changed. `None` for ever.
    pub inactivation: Option<Duration>,
    /// The day from which the account is disabled. `None` for never.
    pub account_expires: Option<SystemTime>,
}

impl Password {
    /// Whether a login is refused at `now` because the account is locked or has expired.
    pub fn is_disabled(&self, now: SystemTime) -> bool {
        matches!(self.state, PasswordState::Locked { .. }) || self.account_expires.is_some_and(|day| day <= now)
    }

    /// Whether the next login asks for a new password: because somebody wants it, or because the old one has expired.
    pub fn is_change_due(&self, now: SystemTime) -> bool {
        // It can be used on its last day.
        self.must_change || self.expires.and_then(|day| day.checked_add(DAY)).is_some_and(|end| end <= now)
    }

    /// The password of an account that `/etc/passwd` has itself, which knows no age.
    fn of_passwd(field: &str) -> Self {
        Self {
            state: state(field),
            last_change: None,
            must_change: false,
            minimum_age: None,
            expires: None,
            warning: None,
            inactivation: None,
            account_expires: None,
        }
    }
}

/// The passwords by user names, for those of the accounts of which something is known. Nothing is known where
/// `/etc/shadow` has the password and is missing or may not be read.
///
/// # Errors
/// [`Error::Io`](crate::linux::Error::Io) when the file cannot be read for another reason.
pub fn passwords(root: &Root, accounts: &[Account]) -> Result<HashMap<String, Password>> {
    let mut known = match root.read_text(SHADOW) {
        Ok(text) => entries(SHADOW, &text, parse, |(name, _)| name).into_iter().collect(),
        Err(error) if error.is_permission_denied() || error.is_not_found() => {
            log::debug!("{error}");
            HashMap::new()
        }
        Err(error) => return Err(error),
    };
    for account in accounts.iter().filter(|account| account.password != "x") {
        known.insert(account.name.clone(), Password::of_passwd(&account.password));
    }
    Ok(known)
}

/// Whether this hash is what stands in the place of the user's password, locked or not.
///
/// # Errors
/// [`Error::Io`](crate::linux::Error::Io) when `/etc/shadow` has it and cannot be read.
pub fn has_hash(root: &Root, account: &Account, hash: &str) -> Result<bool> {
    if account.password != "x" {
        return Ok(account.password.trim_start_matches('!') == hash);
    }
    let text = root.read_text(SHADOW)?;
    let field = text.lines().find_map(|line| line.strip_prefix(&*account.name)?.strip_prefix(':')?.split(':').next());
    Ok(field.is_some_and(|field| field.trim_start_matches('!') == hash))
}

fn parse(fields: &[&str]) -> Option<(String, Password)> {
    let [name, hash, last_change, minimum, maximum, warning, inactive, expire, ..] = *fields else { return None };
    let days = |field: &str| field.parse::<u32>().ok();
    let last_change = days(last_change);
    let maximum = days(maximum).filter(|days| *days < NEVER);
    let changed = last_change.filter(|days| *days > 0);
    let password = Password {
        state: state(hash),
        last_change: changed.and_then(date),
        must_change: last_change == Some(0),
        minimum_age: days(minimum).map(interval),
        expires: changed.zip(maximum).and_then(|(changed, maximum)| date(changed.checked_add(maximum)?)),
        warning: days(warning).map(interval),
        inactivation: days(inactive).map(interval),
        account_expires: days(expire).and_then(date),
    };
    Some((name.to_owned(), password))
}

/// A hash of crypt(3) has at least the 13 characters of DES; anything shorter fits no password.
fn state(field: &str) -> PasswordState {
    let is_hash = |text: &str| text.len() >= 13;
    match field.strip_prefix('!') {
        Some(rest) => PasswordState::Locked { with_password: is_hash(rest.trim_start_matches('!')) },
        None if field.is_empty() => PasswordState::Empty,
        None if is_hash(field) => PasswordState::Set,
        None => PasswordState::None,
    }
}

fn interval(days: u32) -> Duration {
    DAY.saturating_mul(days)
}

fn date(days: u32) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(interval(days))
}

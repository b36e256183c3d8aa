//! Linux_Account: the local users.

use super::{datetime, fits, host_name};
use crate::linux::Root;
use crate::linux::users::{self, Account, Password};
use crate::schema::LinuxAccount;
use crate::schema::linux_account::{EnabledState, Keys, PasswordState};
use omi::{Datetime, Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::collections::HashMap;
use std::time::SystemTime;

/// The properties that come from `/etc/shadow`.
const OF_SHADOW: &[&str] = &[
    "EnabledState",
    "UserPassword",
    "PasswordExpiration",
    "PasswordState",
    "PasswordLastChange",
    "PasswordMustChange",
    "PasswordPossibleChange",
    "PasswordExpirationWarning",
    "PasswordInactivation",
    "AccountExpiration",
];

/// Serves Linux_Account.
#[derive(Default)]
pub(crate) struct Accounts {
    pub(super) root: Root,
}

impl Enumerate<LinuxAccount> for Accounts {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxAccount>) -> Result<()> {
        let view = View::read(&self.root, query.wants_any(OF_SHADOW))?;
        view.accounts.iter().try_for_each(|account| out.post(view.instance(account)))
    }
}

impl Get<LinuxAccount> for Accounts {
    fn get(&self, key: LinuxAccount, query: &Query<'_>) -> Result<LinuxAccount> {
        let view = View::read(&self.root, query.wants_any(OF_SHADOW))?;
        Ok(view.instance(view.find(&key)?))
    }
}

/// The users of the machine, as one request sees them.
pub(super) struct View {
    host: String,
    pub(super) accounts: Vec<Account>,
    passwords: HashMap<String, Password>,
}

impl View {
    /// Reads the users, and what `/etc/shadow` knows of them only where it is wanted.
    pub(super) fn read(root: &Root, with_shadow: bool) -> Result<Self> {
        let accounts = users::accounts(root)?;
        let passwords = if with_shadow { users::passwords(root, &accounts)? } else { HashMap::new() };
        Ok(Self { host: host_name(root)?, accounts, passwords })
    }

    /// The user that the keys name.
    pub(super) fn find(&self, key: &LinuxAccount) -> Result<&Account> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_Account is found by its key Name, the login name such as root")
        })?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &self.host)
            && fits(&key.creation_class_name, "Linux_Account");
        let found = self.accounts.iter().find(|account| ours && account.name == name);
        found.ok_or_else(|| not_found::<LinuxAccount>(&[("Name", name)]))
    }

    pub(super) fn instance(&self, account: &Account) -> LinuxAccount {
        let keys = Keys { system_name: self.host.clone(), name: account.name.clone() };
        let mut instance = LinuxAccount {
            caption: Some(account.name.clone()),
            element_name: account.comment.clone(),
            enabled_state: None,
            user_id: Some(account.uid.to_string()),
            host: Some(vec![self.host.clone()]),
            primary_group_id: Some(account.gid),
            home_directory: account.home.clone(),
            login_shell: account.shell.clone(),
            ..LinuxAccount::new(keys)
        };
        if let Some(password) = self.passwords.get(&account.name) {
            set_password(&mut instance, password);
        }
        instance
    }
}

/// The properties that come from `/etc/shadow`.
fn set_password(instance: &mut LinuxAccount, password: &Password) {
    let (state, is_set) = match password.state {
        users::PasswordState::Set => (PasswordState::SET, true),
        users::PasswordState::Empty => (PasswordState::EMPTY, false),
        users::PasswordState::None => (PasswordState::NONE, false),
        users::PasswordState::Locked { with_password } => (PasswordState::LOCKED, with_password),
    };
    let is_disabled = password.is_disabled(SystemTime::now());
    instance.enabled_state = Some(if is_disabled { EnabledState::DISABLED } else { EnabledState::ENABLED });
    instance.user_password = is_set.then(Vec::new);
    instance.password_state = Some(state);
    instance.password_last_change = password.last_change.and_then(datetime);
    instance.password_must_change = Some(password.must_change);
    instance.password_possible_change = password.minimum_age.map(Datetime::from);
    instance.password_expiration = password.expires.and_then(datetime);
    instance.password_expiration_warning = password.warning.map(Datetime::from);
    instance.password_inactivation = password.inactivation.map(Datetime::from);
    instance.account_expiration = password.account_expires.and_then(datetime);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    pub(super) fn find(machine_name: &str, name: &str, with_shadow: bool) -> LinuxAccount {
        let view = View::read(&machine(machine_name), with_shadow).unwrap();
        let key = LinuxAccount { name: Some(name.to_owned()), ..LinuxAccount::default() };
        view.instance(view.find(&key).unwrap())
    }

    #[test]
    fn a_locked_user_is_disabled_and_the_password_behind_the_lock_is_told_by_an_empty_array() {
        let bob = find("debian12", "bob", true);
        assert_eq!(
            (bob.enabled_state, bob.password_state),
            (Some(EnabledState::DISABLED), Some(PasswordState::LOCKED))
        );
        assert_eq!(bob.user_password, Some(Vec::new()));
        let daemon = find("debian12", "daemon", true);
        assert_eq!((daemon.enabled_state, daemon.user_password), (Some(EnabledState::ENABLED), None));
    }

    #[test]
    fn an_account_that_has_expired_is_disabled() {
        let carol = find("debian12", "carol", true);
        assert_eq!(
            (carol.enabled_state, carol.password_state),
            (Some(EnabledState::DISABLED), Some(PasswordState::SET))
        );
        assert_eq!(carol.account_expiration.unwrap().to_string(), "20241004000000.000000+000");
        assert_eq!(carol.password_inactivation.unwrap().to_string(), "00000014000000.000000:000");
    }

    #[test]
    fn what_only_shadow_knows_is_null_without_it() {
        let alice = find("debian12", "alice", false);
        assert_eq!((alice.enabled_state, alice.password_state, alice.user_password), (None, None, None));
        assert_eq!((alice.user_id.as_deref(), alice.primary_group_id), (Some("1000"), Some(1000)));
    }

    #[test]
    fn no_instance_holds_any_part_of_a_hash() {
        for name in ["alice", "bob", "carol"] {
            assert!(!format!("{:?}", find("debian12", name, true)).contains("madeUp"));
        }
    }

    #[test]
    fn a_user_of_another_system_is_not_found() {
        let view = View::read(&machine("debian12"), false).unwrap();
        let key =
            LinuxAccount { system_name: Some("elsewhere".into()), name: Some("root".into()), ..Default::default() };
        assert_eq!(view.find(&key).unwrap_err().code(), omi::ResultCode::NOT_FOUND);
    }
}

//! nxUser: a local user.

mod desired;
#[cfg(test)]
mod manage_tests;
#[cfg(test)]
mod tests;

use super::pattern::fits;
use super::{Context, Difference, Done, Resource};
use crate::linux::Root;
use crate::linux::users::manage::{
    self, Changes, NewAccount, NewPassword, change_account, create_account, delete_account,
};
use crate::linux::users::{Account, Password, PasswordState, accounts, has_hash, passwords};
use crate::schema::MsftNxUserResource;
use desired::Desired;
use omi::{Error, Result};
use std::time::SystemTime;

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct User;

/// What fits no password, and does not lock the account either.
const NO_PASSWORD: &str = "*";

impl Resource for User {
    type Instance = MsftNxUserResource;

    fn get(&self, desired: &MsftNxUserResource, context: &Context<'_>) -> Result<MsftNxUserResource> {
        let name = desired.user_name.as_deref().unwrap_or_default();
        let absent =
            || MsftNxUserResource { user_name: Some(name.into()), ensure: Some("Absent".into()), ..Default::default() };
        Ok(Found::read(context.root, name)?.map_or_else(absent, |found| found.instance()))
    }

    fn test(&self, desired: &MsftNxUserResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let desired = Desired::new(desired, context.root)?;
        let found = Found::read(context.root, desired.name)?;
        match found {
            Some(found) if !desired.is_absent => found.differences(&desired, context.root),
            Some(_) => Ok(vec![Difference::new("Ensure", "Present", "Absent")]),
            None if desired.is_absent => Ok(Vec::new()),
            None => {
                desired.check_new()?;
                Ok(vec![Difference::new("Ensure", "Absent", "Present")])
            }
        }
    }

    fn set(&self, desired: &MsftNxUserResource, context: &Context<'_>) -> Result<Done> {
        manage::check_rights("change users")?;
        let desired = Desired::new(desired, context.root)?;
        context.check_canceled()?;
        match Found::read(context.root, desired.name)? {
            Some(found) if desired.is_absent => delete_account(context.root, &found.account, false, false)?,
            Some(found) => change(context.root, &desired, &found)?,
            None => create(context.root, &desired)?,
        }
        Ok(Done::default())
    }

    fn inventory(&self, filter: &MsftNxUserResource, context: &Context<'_>) -> Result<Vec<MsftNxUserResource>> {
        let accounts = accounts(context.root)?;
        let mut passwords = passwords(context.root, &accounts)?;
        let users = accounts.into_iter().map(|account| {
            let password = passwords.remove(&account.name);
            Found { account, password }.instance()
        });
        let fit = |pattern: &Option<String>, text: &Option<String>| {
            fits(pattern.as_deref(), text.as_deref().unwrap_or_default())
        };
        let all_fit = |user: &MsftNxUserResource| {
            fit(&filter.user_name, &user.user_name)
                && fit(&filter.full_name, &user.full_name)
                && fit(&filter.description, &user.description)
        };
        Ok(users.filter(all_fit).collect())
    }
}

/// A user that is there.
struct Found {
    account: Account,
    /// `None` where `/etc/shadow` does not say or may not be read.
    password: Option<Password>,
}

impl Found {
    fn read(root: &Root, name: &str) -> Result<Option<Self>> {
        let mut accounts = accounts(root)?;
        let Some(at) = accounts.iter().position(|account| account.name == name) else { return Ok(None) };
        let account = accounts.swap_remove(at);
        let password = passwords(root, std::slice::from_ref(&account))?.remove(name);
        Ok(Some(Self { account, password }))
    }

    fn instance(&self) -> MsftNxUserResource {
        let password = self.password.as_ref();
        let part = |index| Some(self.comment_part(index)).filter(|part| !part.is_empty()).map(str::to_owned);
        MsftNxUserResource {
            user_name: Some(self.account.name.clone()),
            ensure: Some("Present".into()),
            full_name: part(0),
            description: part(1),
            password: None,
            disabled: password.map(is_locked),
            password_change_required: password.map(|password| password.is_change_due(SystemTime::now())),
            home_directory: self.account.home.clone(),
            group_id: Some(self.account.gid.to_string()),
            user_id: Some(self.account.uid.to_string()),
        }
    }

    /// A part of the comment; empty where there is none.
    fn comment_part(&self, index: usize) -> &str {
        self.account.comment.as_deref().unwrap_or_default().split(',').nth(index).unwrap_or_default()
    }

    fn differences(&self, desired: &Desired<'_>, root: &Root) -> Result<Vec<Difference>> {
        let mut differences = Vec::new();
        let mut compare = |property, is: &str, wanted: Option<&str>| {
            let wanted = wanted.filter(|wanted| *wanted != is);
            differences.extend(wanted.map(|wanted| Difference::new(property, is, wanted)));
        };
        compare("FullName", self.comment_part(0), desired.full_name);
        compare("Description", self.comment_part(1), desired.description);
        let home = self.account.home.as_deref().unwrap_or_default();
        compare("HomeDirectory", desired::without_end(home), desired.home);
        compare("GroupID", &self.account.gid.to_string(), desired.gid.map(|gid| gid.to_string()).as_deref());
        if desired.has_password_state() {
            self.compare_password(desired, root, &mut differences)?;
        }
        Ok(differences)
    }

    fn compare_password(&self, desired: &Desired<'_>, root: &Root, differences: &mut Vec<Difference>) -> Result<()> {
        let password = self.known_password()?;
        let is_due = password.is_change_due(SystemTime::now());
        let has_chosen = self.has_chosen(desired, root)?;
        if let Some(hash) = desired.password.filter(|_| !has_chosen)
            && !has_hash(root, &self.account, hash)?
        {
            differences.push(Difference::secret("Password"));
        }
        let is_locked = is_locked(password);
        if let Some(disabled) = desired.disabled.filter(|disabled| *disabled != is_locked) {
            differences.push(Difference::new("Disabled", is_locked, disabled));
        }
        if let Some(must_change) = desired.must_change.filter(|must_change| *must_change != is_due && !has_chosen) {
            differences.push(Difference::new("PasswordChangeRequired", is_due, must_change));
        }
        Ok(())
    }

    /// Whether the user has changed the initial password, as was required.
    fn has_chosen(&self, desired: &Desired<'_>, root: &Root) -> Result<bool> {
        let (Some(hash), Some(true)) = (desired.password, desired.must_change) else { return Ok(false) };
        let password = self.known_password()?;
        let is_own = password.state == PasswordState::Set && !password.is_change_due(SystemTime::now());
        Ok(is_own && !has_hash(root, &self.account, hash)?)
    }

    fn known_password(&self) -> Result<&Password> {
        self.password.as_ref().ok_or_else(|| {
            let name = &self.account.name;
            Error::access_denied(format!(
                "nothing is known of the password of {name:?}: /etc/shadow lacks it, or only root may read it"
            ))
        })
    }
}

fn is_locked(password: &Password) -> bool {
    matches!(password.state, PasswordState::Locked { .. })
}

/// A comment with the parts that are desired; the others stay.
fn comment(now: &str, desired: &Desired<'_>) -> String {
    let mut parts: Vec<&str> = now.split(',').collect();
    for (index, part) in [desired.full_name, desired.description].into_iter().enumerate() {
        let Some(part) = part else { continue };
        if !part.is_empty() || index < parts.len() {
            parts.resize(parts.len().max(index + 1), "");
            parts[index] = part;
        }
    }
    let text = parts.join(",");
    if text.chars().all(|c| c == ',') { String::new() } else { text }
}

/// Makes the user; one that cannot be made as desired is removed again.
fn create(root: &Root, desired: &Desired<'_>) -> Result<()> {
    desired.check_new()?;
    let is_home_new = desired.home.is_some_and(|home| !root.exists(home));
    let new = NewAccount {
        name: desired.name.to_owned(),
        comment: Some(comment("", desired)).filter(|comment| !comment.is_empty()),
        home: desired.home.map(str::to_owned),
        make_home: desired.home.is_some() || manage::login_default(root, "CREATE_HOME")?,
        gid: desired.gid,
        make_group: manage::login_default(root, "USERGROUPS_ENAB")?,
        ..NewAccount::default()
    };
    create_account(root, &new)?;
    let missing = || Error::not_found("useradd made the user, and /etc/passwd does not have it");
    let found = Found::read(root, desired.name)?.ok_or_else(missing)?;
    set_password(root, desired, &found).inspect_err(|_| {
        if let Err(error) = delete_account(root, &found.account, is_home_new, false) {
            log::warn!("user {:?} could not be made as desired, nor be removed again: {error}", desired.name);
        }
    })
}

fn change(root: &Root, desired: &Desired<'_>, found: &Found) -> Result<()> {
    let differing = found.differences(desired, root)?;
    let differs = |property: &str| differing.iter().any(|difference| difference.property == property);
    let is_home_other = differs("HomeDirectory");
    let changes = Changes {
        comment: (differs("FullName") || differs("Description"))
            .then(|| comment(found.account.comment.as_deref().unwrap_or_default(), desired)),
        home: desired.home.filter(|_| is_home_other).map(str::to_owned),
        move_home: is_home_other,
        shell: None,
        gid: desired.gid.filter(|_| differs("GroupID")),
    };
    change_account(root, &found.account, &changes)?;
    set_password(root, desired, found)
}

/// Sets the password, locks or unlocks it, and lets it be changed, in this order: a step undoes what a later one did.
fn set_password(root: &Root, desired: &Desired<'_>, found: &Found) -> Result<()> {
    if !desired.has_password_state() {
        return Ok(());
    }
    let account = &found.account;
    let has_chosen = found.has_chosen(desired, root)?;
    let differing = found.differences(desired, root)?;
    let differs = |property: &str| differing.iter().any(|difference| difference.property == property);
    let state = found.known_password()?.state;
    // A new account is locked until it has a password.
    let is_locked = desired.disabled.unwrap_or(state == PasswordState::Locked { with_password: true });
    match desired.password {
        Some(hash) if differs("Password") => {
            let sign = if is_locked { "!" } else { "" };
            manage::set_password(root, account, &NewPassword::Hash(format!("{sign}{hash}")))?;
        }
        _ if !differs("Disabled") => {}
        _ if !is_locked && state == (PasswordState::Locked { with_password: false }) => {
            manage::set_password(root, account, &NewPassword::Hash(NO_PASSWORD.to_owned()))?;
        }
        _ => manage::set_locked(root, account, found.password.as_ref(), is_locked)?,
    }
    if let Some(must_change) = desired.must_change.filter(|_| !has_chosen) {
        // A password that was just set counts as chosen today.
        let password = Found::read(root, &account.name)?.and_then(|found| found.password);
        if password.is_none_or(|password| password.is_change_due(SystemTime::now()) != must_change) {
            manage::set_must_change(root, account, must_change)?;
        }
    }
    Ok(())
}

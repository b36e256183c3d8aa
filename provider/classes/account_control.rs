//! How a user of Linux_Account is changed: the methods, and Modify.

use super::account::{Accounts, View};
use super::deed::{Deed, perform};
use crate::linux::users::manage::{self, Changes, NewPassword};
use crate::linux::users::{self, Account};
use crate::linux::{self, Root};
use crate::schema::LinuxAccount;
use crate::schema::linux_account::request_state_change::{RequestedState, ReturnValue};
use crate::schema::linux_account::{
    ChangePassword, ChangePasswordOutput, DeleteUser, DeleteUserOutput, RequestStateChange, RequestStateChangeOutput,
    change_password, delete_user,
};
use omi::{Class, Datetime, Error, Invoke, Modify, Property, Query, Result};

/// The properties that Modify changes.
const CHANGEABLE: [&str; 4] = ["ElementName", "HomeDirectory", "LoginShell", "PrimaryGroupID"];

impl Invoke<DeleteUser> for Accounts {
    fn invoke(&self, target: Option<LinuxAccount>, input: DeleteUser, query: &Query<'_>) -> Result<DeleteUserOutput> {
        let view = View::read(&self.root, false)?;
        let account = self.target(&view, target)?;
        let remove_home = !input.dont_delete_home_directory.unwrap_or(false);
        let remove_group = !input.dont_delete_group.unwrap_or(false);
        perform(query, Deed::new("remove the user", &account.name), || {
            let groups = users::groups(&self.root)?;
            manage::delete_account(&self.root, account, remove_home, input.force.unwrap_or(false))?;
            settle_group(&self.root, account, &groups, &view.accounts, remove_group)
        })?;
        Ok(DeleteUserOutput { return_value: Some(delete_user::ReturnValue::OPERATION_COMPLETED_SUCCESSFULLY) })
    }
}

/// userdel removes the private group or not, as `/etc/login.defs` says; this makes it as the client wants it.
fn settle_group(
    root: &Root,
    account: &Account,
    before: &[users::Group],
    accounts: &[Account],
    remove: bool,
) -> linux::Result<()> {
    let is_private = |group: &&users::Group| {
        group.name == account.name
            && group.gid == account.gid
            && group.members.iter().all(|member| *member == account.name)
            && accounts.iter().all(|other| other.gid != group.gid || other.name == account.name)
    };
    let Some(private) = before.iter().find(is_private) else { return Ok(()) };
    let is_there = users::groups(root)?.iter().any(|group| group.name == private.name);
    match (remove, is_there) {
        (true, true) => manage::delete_group(root, private),
        (false, false) => manage::create_group(root, &private.name, Some(private.gid), false),
        _ => Ok(()),
    }
}

impl Invoke<ChangePassword> for Accounts {
    fn invoke(
        &self,
        target: Option<LinuxAccount>,
        input: ChangePassword,
        query: &Query<'_>,
    ) -> Result<ChangePasswordOutput> {
        let password = input.password.ok_or_else(|| {
            Error::invalid_parameter("ChangePassword needs the parameter Password, the new password itself")
        })?;
        let view = View::read(&self.root, false)?;
        give_password(&self.root, self.target(&view, target)?, &NewPassword::Plain(password), query)?;
        Ok(ChangePasswordOutput { return_value: Some(change_password::ReturnValue::OPERATION_COMPLETED_SUCCESSFULLY) })
    }
}

/// Sets the password of a user, of which nobody else is told.
pub(super) fn give_password(root: &Root, account: &Account, password: &NewPassword, query: &Query<'_>) -> Result<()> {
    perform(query, Deed::new("set the password of the user", &account.name), || {
        manage::set_password(root, account, password)
    })
    .map(|_| ())
}

impl Invoke<RequestStateChange> for Accounts {
    fn invoke(
        &self,
        target: Option<LinuxAccount>,
        input: RequestStateChange,
        query: &Query<'_>,
    ) -> Result<RequestStateChangeOutput> {
        let answer = |value| Ok(RequestStateChangeOutput { return_value: Some(value), job: None });
        if input.timeout_period.and_then(Datetime::to_duration).is_some_and(|time| !time.is_zero()) {
            return answer(ReturnValue::USE_OF_TIMEOUT_PARAMETER_NOT_SUPPORTED);
        }
        let (locked, action) = match input.requested_state {
            Some(RequestedState::ENABLED) => (false, "unlock the user"),
            Some(RequestedState::DISABLED) => (true, "lock the user"),
            _ => return answer(ReturnValue::NOT_SUPPORTED),
        };
        let view = View::read(&self.root, false)?;
        let account = self.target(&view, target)?;
        perform(query, Deed::new(action, &account.name), || {
            let passwords = users::passwords(&self.root, &view.accounts)?;
            manage::set_locked(&self.root, account, passwords.get(&account.name), locked)
        })?;
        answer(ReturnValue::COMPLETED_WITH_NO_ERROR)
    }
}

impl Modify<LinuxAccount> for Accounts {
    fn modify(&self, instance: LinuxAccount, query: &Query<'_>) -> Result<LinuxAccount> {
        let view = View::read(&self.root, true)?;
        let account = view.find(&instance)?;
        check_changes(&view.instance(account), &instance, query)?;
        let changed = |property: &str, value: Option<String>| {
            query
                .modifies(property)
                .then(|| value.unwrap_or_default())
                .filter(|text| property == "ElementName" || !text.is_empty())
        };
        let changes = Changes {
            comment: changed("ElementName", instance.element_name.clone()),
            home: changed("HomeDirectory", instance.home_directory.clone()),
            shell: changed("LoginShell", instance.login_shell.clone()),
            gid: instance.primary_group_id.filter(|_| query.modifies("PrimaryGroupID")),
            move_home: false,
        };
        perform(query, Deed::new("change the user", &account.name), || {
            manage::change_account(&self.root, account, &changes)
        })?;
        let view = View::read(&self.root, true)?;
        Ok(view.instance(view.find(&instance)?))
    }
}

/// Refuses to change what cannot be changed. A value that stays as it is may be given all the same.
fn check_changes(now: &LinuxAccount, wanted: &LinuxAccount, query: &Query<'_>) -> Result<()> {
    let (now, wanted) = (now.to_instance()?, wanted.to_instance()?);
    let is_refused = |property: &&Property| {
        !property.is_key()
            && query.modifies(&property.name)
            && !CHANGEABLE.iter().any(|name| property.name.eq_ignore_ascii_case(name))
            && now.get(&property.name) != property.value.as_ref()
    };
    match wanted.properties().iter().find(is_refused) {
        Some(property) => Err(Error::invalid_parameter(format!(
            "{} of Linux_Account cannot be changed so; those that can are {}",
            property.name,
            CHANGEABLE.join(", ")
        ))),
        None => Ok(()),
    }
}

impl Accounts {
    /// The user that a method is called on.
    fn target<'a>(&self, view: &'a View, target: Option<LinuxAccount>) -> Result<&'a Account> {
        let target = target.ok_or_else(|| {
            Error::invalid_parameter("the methods of Linux_Account need an instance: give the key Name")
        })?;
        view.find(&target)
    }
}

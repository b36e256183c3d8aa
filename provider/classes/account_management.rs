//! Linux_AccountManagementService: makes local users and groups.

use super::account_control::give_password;
use super::computer_system::check_is_this;
use super::deed::{Deed, perform};
use super::{account, fits, group, host_name};
use crate::linux::Root;
use crate::linux::users::manage::{self, NewAccount, NewPassword};
use crate::schema::linux_account_management_service::{
    CreateAccount, CreateAccountOutput, CreateGroup, CreateGroupOutput, Keys, create_account, create_group,
};
use crate::schema::{LinuxAccount, LinuxAccountManagementService, LinuxGroup};
use omi::{Class, Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};

/// Serves Linux_AccountManagementService.
#[derive(Default)]
pub(crate) struct AccountManagement {
    root: Root,
}

impl Enumerate<LinuxAccountManagementService> for AccountManagement {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxAccountManagementService>) -> Result<()> {
        out.post(self.instance()?)
    }
}

impl Get<LinuxAccountManagementService> for AccountManagement {
    fn get(&self, key: LinuxAccountManagementService, _query: &Query<'_>) -> Result<LinuxAccountManagementService> {
        let own = self.instance()?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, own.system_name.as_deref().unwrap_or_default())
            && fits(&key.creation_class_name, "Linux_AccountManagementService")
            && fits(&key.name, own.name.as_deref().unwrap_or_default());
        let asked = key.name.as_deref().unwrap_or("accounts");
        if ours { Ok(own) } else { Err(not_found::<LinuxAccountManagementService>(&[("Name", asked)])) }
    }
}

impl Invoke<CreateAccount> for AccountManagement {
    fn invoke(
        &self,
        _target: Option<LinuxAccountManagementService>,
        input: CreateAccount,
        query: &Query<'_>,
    ) -> Result<CreateAccountOutput> {
        use create_account::ReturnValue;
        check_is_this(&self.root, "System", input.system)?;
        let new = NewAccount {
            name: required(input.name, "CreateAccount")?,
            comment: input.gecos,
            home: input.home_directory,
            make_home: !input.dont_create_home.unwrap_or(input.system_account == Some(true)),
            shell: input.shell,
            uid: input.uid,
            gid: input.gid,
            is_system: input.system_account.unwrap_or(false),
            make_group: !input.dont_create_group.unwrap_or(false),
        };
        let is_plain = input.password_is_plain.unwrap_or(false);
        let password = input.password.map(|it| if is_plain { NewPassword::Plain(it) } else { NewPassword::Hash(it) });
        let made =
            perform(query, Deed::new("create the user", &new.name), || manage::create_account(&self.root, &new))?;
        if made.is_none() {
            return Ok(CreateAccountOutput {
                return_value: Some(ReturnValue::OPERATION_COMPLETED_SUCCESSFULLY),
                ..CreateAccountOutput::default()
            });
        }
        let key = LinuxAccount { name: Some(new.name), ..LinuxAccount::default() };
        let view = account::View::read(&self.root, false)?;
        let found = view.find(&key)?;
        let return_value = match password.map(|password| give_password(&self.root, found, &password, query)) {
            Some(Err(error)) => {
                query.warning(error.message());
                ReturnValue::UNABLE_TO_SET_PASSWORD_USER_CREATED
            }
            Some(Ok(_)) | None => ReturnValue::OPERATION_COMPLETED_SUCCESSFULLY,
        };
        let account = Some(view.instance(found).to_reference(query.namespace())?);
        Ok(CreateAccountOutput { return_value: Some(return_value), account })
    }
}

impl Invoke<CreateGroup> for AccountManagement {
    fn invoke(
        &self,
        _target: Option<LinuxAccountManagementService>,
        input: CreateGroup,
        query: &Query<'_>,
    ) -> Result<CreateGroupOutput> {
        check_is_this(&self.root, "System", input.system)?;
        let name = required(input.name, "CreateGroup")?;
        let is_system = input.system_account.unwrap_or(false);
        let make = || manage::create_group(&self.root, &name, input.gid, is_system);
        let made = perform(query, Deed::new("create the group", &name), make)?;
        let reference = |()| {
            let key = LinuxGroup { name: Some(name.clone()), ..LinuxGroup::default() };
            group::instance(group::find(&self.root, &key)?).to_reference(query.namespace())
        };
        let return_value = Some(create_group::ReturnValue::OPERATION_COMPLETED_SUCCESSFULLY);
        Ok(CreateGroupOutput { return_value, group: made.map(reference).transpose()? })
    }
}

impl AccountManagement {
    fn instance(&self) -> Result<LinuxAccountManagementService> {
        Ok(LinuxAccountManagementService {
            started: Some(manage::can_manage(&self.root)),
            ..LinuxAccountManagementService::new(Keys { system_name: host_name(&self.root)? })
        })
    }
}

fn required(name: Option<String>, method: &str) -> Result<String> {
    name.ok_or_else(|| Error::invalid_parameter(format!("{method} needs the parameter Name, such as alice")))
}

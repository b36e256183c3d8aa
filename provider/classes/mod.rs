//! How CIM says it: one file per class, from the facts of [`linux`](crate::linux) to the types of
//! [`schema`](crate::schema).

pub(crate) mod account;
pub(crate) mod account_control;
pub(crate) mod account_management;
pub(crate) mod account_on_system;
pub(crate) mod association;
pub(crate) mod baseboard;
pub(crate) mod based_on;
pub(crate) mod bios_element;
pub(crate) mod block_storage_statistics;
pub(crate) mod chassis;
pub(crate) mod command;
pub(crate) mod computer_system;
pub(crate) mod cron_job;
pub(crate) mod deed;
pub(crate) mod disk_drive;
pub(crate) mod disk_partition;
pub(crate) mod event;
pub(crate) mod file_system;
pub(crate) mod group;
pub(crate) mod hosted_file_system;
pub(crate) mod hosted_service;
pub(crate) mod installed_software;
pub(crate) mod journal_log;
pub(crate) mod journal_record;
mod journal_selection;
pub(crate) mod kernel_module;
pub(crate) mod load;
pub(crate) mod log_file;
pub(crate) mod logical_file;
pub(crate) mod logon_session;
pub(crate) mod member_of_group;
pub(crate) mod memory;
pub(crate) mod mounted_file_system;
pub(crate) mod network;
pub(crate) mod operating_system;
pub(crate) mod os_process;
pub(crate) mod physical_memory;
pub(crate) mod power_management;
pub(crate) mod pressure;
pub(crate) mod process;
pub(crate) mod process_account;
pub(crate) mod processor;
pub(crate) mod processor_statistics;
pub(crate) mod resides_on_extent;
pub(crate) mod running_os;
pub(crate) mod scx;
pub(crate) mod service;
pub(crate) mod service_process;
pub(crate) mod service_state_change;
pub(crate) mod software_file;
pub(crate) mod software_identity;
pub(crate) mod software_installation;
pub(crate) mod software_update;
pub(crate) mod storage_extent;
pub(crate) mod swap;
pub(crate) mod system_device;
pub(crate) mod time_service;
pub(crate) mod timer;

use crate::linux::command::Account;
use crate::linux::users::UserNames;
use crate::linux::{self, Root, computer, os};
use omi::{Datetime, Error, Query, Result, ResultCode};
use std::time::SystemTime;

/// An error of a reader or actor, with the MI result code that says the same.
impl From<linux::Error> for Error {
    fn from(error: linux::Error) -> Self {
        let code = match &error {
            linux::Error::InvalidInput { .. } => ResultCode::INVALID_PARAMETER,
            linux::Error::Unsupported { .. } => ResultCode::NOT_SUPPORTED,
            error if error.is_not_found() => ResultCode::NOT_FOUND,
            error if error.is_permission_denied() => ResultCode::ACCESS_DENIED,
            _ => ResultCode::FAILED,
        };
        Self::new(code, error.to_string())
    }
}

/// The option in which a host names the user who asks.
const USER: &str = "HTTP_USERNAME";

/// The user who asks, with whose rights things are done. Where the host does not say, that is the one who runs it.
pub(crate) fn requestor(query: &Query<'_>) -> Result<Account> {
    // A client may send an option of this name beside the host's.
    if query.options().filter(|option| option.name.eq_ignore_ascii_case(USER)).count() > 1 {
        return Err(Error::access_denied(format!("the request has more than one {USER}, so nobody knows who asks")));
    }
    Ok(match query.option_text(USER) {
        Some(name) => Account::named(&name)?,
        None => Account::own()?,
    })
}

/// Writes down who did what, and with which result: where the machine is changed, and where that was refused.
pub(crate) fn audit(query: &Query<'_>, deed: &str, result: &str) {
    let uid = nix::unistd::geteuid().as_raw();
    let mut names = UserNames::of_machine();
    let process = names.name(uid).map_or_else(|| format!("uid {uid}"), str::to_owned);
    let user = query.option_text(USER).unwrap_or_else(|| process.clone());
    log::info!(target: "audit", "user {user:?}, by a process of {process}: {deed}: {}", result.escape_debug());
}

/// Whether a key of a request can mean the instance at hand: one that the client left out can.
fn fits(asked: &Option<String>, own: &str) -> bool {
    asked.as_deref().is_none_or(|asked| asked.eq_ignore_ascii_case(own))
}

/// A point in time in UTC, as the classes give all times but the local one.
fn datetime(time: SystemTime) -> Option<Datetime> {
    Datetime::from_system_time(time)
}

/// The host name: a key of almost every class.
fn host_name(root: &Root) -> Result<String> {
    computer::host_name(root).ok_or_else(|| Error::failed("the kernel does not tell the host name"))
}

/// The name of the distribution: the key of the operating system, "Linux" where os-release has none.
fn os_name(root: &Root) -> Result<String> {
    Ok(os::release(root)?.name().unwrap_or("Linux").to_owned())
}

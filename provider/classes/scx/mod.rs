//! The compatibility set of namespace root/scx: the classes that management packs of System Center Operations Manager
//! read, from the same facts as the classes of root/cimv2.

pub(crate) mod agent;
mod command;
pub(crate) mod disk_drive;
pub(crate) mod disk_drive_statistics;
pub(crate) mod file_system;
pub(crate) mod file_system_statistics;
mod io;
pub(crate) mod log_file;
pub(crate) mod memory;
pub(crate) mod network;
pub(crate) mod operating_system;
pub(crate) mod process;
mod process_load;
pub(crate) mod process_statistics;
pub(crate) mod processor;
mod top;

use crate::linux::{Root, computer};
use omi::{Error, Result};

const COMPUTER_SYSTEM: &str = "SCX_ComputerSystem";
const OPERATING_SYSTEM: &str = "SCX_OperatingSystem";

/// The name of the operating system by which its readers know it, whatever the distribution is.
const OS_NAME: &str = "Linux Distribution";

/// The instance that is about all parts of one kind together.
const TOTAL: &str = "_Total";

/// The host name with its domain: a key of almost every class.
fn host_name(root: &Root) -> Result<String> {
    let host = super::host_name(root)?;
    Ok(match computer::domain_of(root, &host)? {
        Some(domain) if !host.contains('.') => format!("{host}.{domain}"),
        _ => host,
    })
}

/// Whether a parameter of a method asks that root does it.
fn is_elevated(name: &str, elevation: Option<&str>) -> Result<bool> {
    match elevation {
        None | Some("") => Ok(false),
        Some(sudo) if sudo.eq_ignore_ascii_case("sudo") => Ok(true),
        Some(other) => Err(Error::invalid_parameter(format!("{name} is {other:?}: it must be sudo or empty"))),
    }
}

/// What these classes call megabytes.
fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}

/// What these classes call kilobytes.
fn kibibytes(bytes: u64) -> u64 {
    bytes >> 10
}

/// The share in percent, rounded; `None` of nothing.
fn share(part: u64, whole: u64) -> Option<u8> {
    let percent = (u128::from(part) * 200 + u128::from(whole)).checked_div(2 * u128::from(whole))?;
    u8::try_from(percent.min(100)).ok()
}

/// The rest of a share.
fn rest(percent: u8) -> u8 {
    100_u8.saturating_sub(percent)
}

/// A share as whole percent.
fn whole(percent: f32) -> u8 {
    percent.round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn the_host_name_has_its_domain_once() {
        let name = |host: &[u8], hosts: &[u8]| {
            let (_dir, root) = machine_with(&[("/proc/sys/kernel/hostname", host), ("/etc/hosts", hosts)]);
            host_name(&root).unwrap()
        };
        assert_eq!(name(b"web\n", b"10.0.0.1 web.example.org web\n"), "web.example.org");
        assert_eq!(name(b"web.example.org\n", b""), "web.example.org");
        assert_eq!(name(b"web\n", b"127.0.0.1 localhost\n"), "web");
    }

    #[test]
    fn shares_are_rounded_and_never_of_nothing() {
        assert_eq!((share(1, 3), share(2, 3), share(5, 4)), (Some(33), Some(67), Some(100)));
        assert_eq!(share(0, 0), None);
    }
}

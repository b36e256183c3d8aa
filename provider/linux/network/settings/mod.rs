//! How an interface gets its addresses, in the files of those who give them: ifupdown, the network scripts of Red Hat,
//! NetworkManager and systemd-networkd.

mod ifcfg;
mod ifupdown;
mod network_manager;
mod networkd;
mod sections;
#[cfg(test)]
mod tests;

use crate::linux::edited_file::EditedFile;
use crate::linux::tool::Tool;
use crate::linux::{Error, Result, Root};
use std::net::IpAddr;

/// How an interface gets its address of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settings {
    /// By DHCP or by the announcements of routers.
    Automatic,
    /// As it is written here.
    Static {
        /// The addresses with the number of bits of their network.
        addresses: Vec<(IpAddr, u8)>,
        /// The router to all other networks.
        gateway: Option<IpAddr>,
    },
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Whether an address is of it.
    pub fn has(self, address: IpAddr) -> bool {
        address.is_ipv6() == (self == Self::V6)
    }
}

/// Who gives an interface its addresses, and the file that says which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeper {
    kind: Kind,
    file: String,
    interface: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ifupdown,
    Ifcfg,
    NetworkManager,
    Networkd,
}

impl Keeper {
    /// Finds out who it is: who has a file about the interface, or else who is there to have one.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when it is somebody who is not known here, or nobody.
    pub fn of(root: &Root, interface: &str) -> Result<Self> {
        let keeper = |kind, file| Ok(Self { kind, file, interface: interface.to_owned() });
        let unsupported = |what: String| Err(Error::Unsupported { what });
        let known = "; ifupdown, network scripts of Red Hat, NetworkManager and systemd-networkd are supported";
        // It writes the files of the others anew with each start.
        if !names(root, "/etc/netplan", ".yaml")?.is_empty() {
            return unsupported(format!(
                "netplan keeps the addresses of the interfaces, which is not supported here{known}"
            ));
        }
        if root.exists("/etc/sysconfig/network/config") {
            return unsupported(format!(
                "wicked keeps the addresses of the interfaces, which is not supported here{known}"
            ));
        }
        for folder in ["/etc/network/interfaces.d", ""] {
            let names = if folder.is_empty() { vec![ifupdown::FILE.to_owned()] } else { names(root, folder, "")? };
            for file in names {
                if ifupdown::is_about(&EditedFile::read(root, &file)?, interface) {
                    return keeper(Kind::Ifupdown, file);
                }
            }
        }
        let script = format!("/etc/sysconfig/network-scripts/ifcfg-{interface}");
        if root.exists(&script) {
            return keeper(Kind::Ifcfg, script);
        }
        for (kind, folder, end, section, key) in [
            (Kind::NetworkManager, network_manager::FOLDER, ".nmconnection", "connection", "interface-name"),
            (Kind::Networkd, networkd::FOLDER, ".network", "Match", "Name"),
        ] {
            for file in names(root, folder, end)? {
                let lines = EditedFile::read(root, &file)?;
                if sections::values(&lines, section, key).iter().any(|name| name == interface) {
                    return keeper(kind, file);
                }
            }
        }
        if root.exists(ifupdown::FILE) && Tool::find(root, "ifup").is_some() {
            keeper(Kind::Ifupdown, ifupdown::FILE.to_owned())
        } else if Tool::find(root, "nmcli").is_some() {
            keeper(Kind::NetworkManager, format!("{}/{interface}.nmconnection", network_manager::FOLDER))
        } else if Tool::find(root, "networkctl").is_some() {
            keeper(Kind::Networkd, format!("{}/10-{interface}.network", networkd::FOLDER))
        } else {
            unsupported(format!("nobody keeps the addresses of the interface {interface}{known}"))
        }
    }

    /// What is configured for a family; `None` when nothing is.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn settings(&self, root: &Root, family: Family) -> Result<Option<Settings>> {
        let file = EditedFile::read(root, &self.file)?;
        Ok(match self.kind {
            Kind::Ifupdown => ifupdown::settings(&file, &self.interface, family),
            Kind::Ifcfg => ifcfg::settings(&file, family),
            Kind::NetworkManager => network_manager::settings(&file, family),
            Kind::Networkd => networkd::settings(&file, family),
        })
    }

    /// Configures a family and lets the interface have it now. When that fails, the file is as it was, and so is the
    /// interface as far as the keeper makes it so.
    ///
    /// # Errors
    /// The file cannot be written, or the keeper does not do it.
    pub fn set(&self, root: &Root, family: Family, settings: Option<&Settings>) -> Result<()> {
        let old = EditedFile::read(root, &self.file)?;
        let mut file = old.clone();
        match self.kind {
            Kind::Ifupdown => ifupdown::set(&mut file, &self.interface, family, settings),
            Kind::Ifcfg => ifcfg::set(&mut file, &self.interface, family, settings),
            Kind::NetworkManager => network_manager::set(&mut file, &self.interface, family, settings),
            Kind::Networkd => networkd::set(&mut file, &self.interface, family, settings),
        }
        self.stop(root, &old)?;
        let done = file.write().and_then(|()| self.start(root));
        done.inspect_err(|_| {
            self.clear(root);
            if let Err(error) = old.put_back().and_then(|()| self.start(root)) {
                log::warn!("the interface {} is not as it was before: {error}", self.interface);
            }
        })
    }

    /// ifdown undoes what the old file says, so it comes before the new one.
    fn stop(&self, root: &Root, old: &EditedFile) -> Result<()> {
        match self.kind {
            Kind::Ifupdown if ifupdown::is_about(old, &self.interface) => run(root, "ifdown", &[&self.interface]),
            Kind::Ifupdown => Ok(()),
            Kind::Ifcfg if Tool::find(root, "ifup").is_some() => {
                // It fails for an interface that is down already; what counts is whether it comes up.
                if let Err(error) = run(root, "ifdown", &[&self.interface]) {
                    log::warn!("{error}");
                }
                Ok(())
            }
            Kind::Ifcfg => Ok(()),
            Kind::NetworkManager | Kind::Networkd => Ok(()),
        }
    }

    /// Takes away what an ifup that failed has done of it.
    fn clear(&self, root: &Root) {
        if self.kind == Kind::Ifupdown
            && let Err(error) = run(root, "ifdown", &["--force", &self.interface])
        {
            log::warn!("{error}");
        }
    }

    fn start(&self, root: &Root) -> Result<()> {
        let interface = self.interface.as_str();
        match self.kind {
            Kind::Ifupdown => {
                let is_left = ifupdown::is_about(&EditedFile::read(root, &self.file)?, interface);
                if is_left { run(root, "ifup", &[interface]) } else { Ok(()) }
            }
            Kind::Ifcfg if Tool::find(root, "ifup").is_some() => run(root, "ifup", &[interface]),
            Kind::Ifcfg | Kind::NetworkManager => {
                run(root, "nmcli", &["connection", "reload"])?;
                run(root, "nmcli", &["connection", "up", "ifname", interface])
            }
            Kind::Networkd => {
                run(root, "networkctl", &["reload"])?;
                run(root, "networkctl", &["reconfigure", interface])
            }
        }
    }
}

/// In a system that lies in a directory nothing runs that could be told, unless there is a program for it.
fn run(root: &Root, program: &'static str, arguments: &[&str]) -> Result<()> {
    if root.is_host() || Tool::is_executable(root, program) {
        Tool::new(root, program)?.args(arguments).output()?;
    }
    Ok(())
}

/// The paths of the files in a folder whose names end so, in the order of their names.
fn names(root: &Root, folder: &str, end: &str) -> Result<Vec<String>> {
    let mut names = root.names_if_present(folder)?.unwrap_or_default();
    names.retain(|name| name.ends_with(end) && !name.starts_with('.'));
    names.sort();
    Ok(names.into_iter().map(|name| format!("{folder}/{name}")).collect())
}

/// Reads `ADDRESS/LENGTH`; without a length it is that of a single address.
fn with_length(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr = address.trim().parse().ok()?;
    let length = match length {
        Some(length) => length.trim().parse().ok()?,
        None if address.is_ipv6() => 128,
        None => 32,
    };
    Some((address, length))
}

/// The first static address, with its length: what a file with one address per family holds.
fn first(settings: Option<&Settings>) -> Option<(IpAddr, u8)> {
    match settings {
        Some(Settings::Static { addresses, .. }) => addresses.first().copied(),
        _ => None,
    }
}

fn gateway(settings: Option<&Settings>) -> Option<IpAddr> {
    match settings {
        Some(Settings::Static { gateway, .. }) => *gateway,
        _ => None,
    }
}

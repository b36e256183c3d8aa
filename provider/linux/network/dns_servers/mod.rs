//! The DNS servers that the machine asks, in the file from which `/etc/resolv.conf` comes.

#[cfg(test)]
mod tests;

use crate::linux::edited_file::EditedFile;
use crate::linux::tool::Tool;
use crate::linux::{Error, Result, Root};
use std::fs;
use std::net::IpAddr;

const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Who writes `/etc/resolv.conf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// An administrator.
    Person,
    /// systemd-resolved.
    Resolved,
    /// NetworkManager.
    NetworkManager,
    /// netconfig of SUSE.
    Netconfig,
    /// resolvconf of Debian.
    Resolvconf,
}

/// Words by which a keeper is known in the target of a link, or in the comments at the begin of the file.
const MARKS: &[(&str, Keeper)] = &[
    ("systemd/resolve", Keeper::Resolved),
    ("systemd-resolved", Keeper::Resolved),
    ("NetworkManager", Keeper::NetworkManager),
    ("netconfig", Keeper::Netconfig),
    ("resolvconf", Keeper::Resolvconf),
];

/// Programs that write the file anew with each lease, and have no place for other servers.
const OTHERS: &[&str] = &["dhclient", "dhcpcd", "connman"];

impl Keeper {
    /// Finds out who it is.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when it is a program that is not known here.
    pub fn of(root: &Root) -> Result<Self> {
        let known = |text: &str| MARKS.iter().find(|(mark, _)| text.contains(mark)).map(|(_, keeper)| *keeper);
        if let Ok(target) = fs::read_link(root.path(RESOLV_CONF))
            && let Some(keeper) = known(&target.to_string_lossy())
        {
            return Ok(keeper);
        }
        let text = root.read_text_if_present(RESOLV_CONF)?.unwrap_or_default();
        let comments: String = text.lines().filter(|line| line.starts_with(['#', ';'])).collect();
        if let Some(other) = OTHERS.iter().find(|other| comments.contains(**other)) {
            let what = format!(
                "{RESOLV_CONF} is written by {other}, which is not supported here; systemd-resolved, NetworkManager, \
                 netconfig, resolvconf and files written by hand are"
            );
            return Err(Error::Unsupported { what });
        }
        Ok(known(&comments).unwrap_or(Self::Person))
    }

    fn file(self) -> &'static str {
        match self {
            Self::Person => RESOLV_CONF,
            Self::Resolved => "/etc/systemd/resolved.conf.d/zz-lumi.conf",
            Self::NetworkManager => "/etc/NetworkManager/conf.d/zz-lumi.conf",
            Self::Netconfig => "/etc/sysconfig/network/config",
            Self::Resolvconf => "/etc/resolvconf/resolv.conf.d/head",
        }
    }

    /// The servers that are configured, in the order in which they are asked, as they are written: one may have a port or
    /// a name behind its address.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn servers(self, root: &Root) -> Result<Vec<String>> {
        match self {
            Self::Person | Self::Resolvconf => Ok(of_lines(&EditedFile::read(root, self.file())?)),
            Self::Netconfig => Ok(of_netconfig(&EditedFile::read(root, self.file())?)),
            Self::Resolved => {
                let text = settings(root, "/etc/systemd/resolved.conf", "/etc/systemd/resolved.conf.d")?;
                Ok(of_resolved(&text))
            }
            Self::NetworkManager => {
                let folder = "/etc/NetworkManager/conf.d";
                let text = settings(root, "/etc/NetworkManager/NetworkManager.conf", folder)?;
                // Without servers for all domains, those of the connections are asked.
                let of_connections = || Ok(of_lines(&EditedFile::read(root, RESOLV_CONF)?));
                of_network_manager(&text).map_or_else(of_connections, Ok)
            }
        }
    }

    /// Configures these servers and no others, and lets the keeper know. When that fails, the file is as it was.
    ///
    /// # Errors
    /// The file cannot be written, or the keeper refuses it.
    pub fn set_servers(self, root: &Root, servers: &[String]) -> Result<()> {
        let mut file = EditedFile::read(root, self.file())?;
        let old = file.clone();
        let list = servers.join(" ");
        match self {
            Self::Person | Self::Resolvconf => {
                file.lines = with_lines(&file, servers);
            }
            Self::Netconfig => {
                let is_it = |line: &[u8]| line.starts_with(format!("{NETCONFIG}=").as_bytes());
                let line = format!("{NETCONFIG}=\"{list}\"").into_bytes();
                match file.lines.iter_mut().rfind(|old| is_it(old)) {
                    Some(old) => *old = line,
                    None => file.lines.push(line),
                }
            }
            // The first line forgets the servers of other files.
            Self::Resolved => file.set_text(&format!("[Resolve]\nDNS=\nDNS={list}")),
            Self::NetworkManager => {
                let list = servers.join(",");
                file.set_text(&format!("[global-dns]\n\n[global-dns-domain-*]\nservers={list}"));
            }
        }
        file.write()?;
        self.activate(root).inspect_err(|_| {
            if let Err(error) = old.put_back() {
                log::warn!("cannot put back {}: {error}", self.file());
            }
        })
    }

    /// Lets the keeper read its file again.
    fn activate(self, root: &Root) -> Result<()> {
        let (program, arguments): (&'static str, &[&str]) = match self {
            Self::Person => return Ok(()),
            Self::Resolved => ("systemctl", &["try-restart", "systemd-resolved.service"]),
            Self::NetworkManager => ("systemctl", &["reload", "NetworkManager.service"]),
            Self::Netconfig => ("netconfig", &["update", "-f"]),
            Self::Resolvconf => ("resolvconf", &["-u"]),
        };
        // Nothing runs in a system that lies in a directory; it reads the file when it starts.
        if !root.is_host() && !Tool::is_executable(root, program) {
            return Ok(());
        }
        Tool::new(root, program)?.args(arguments).output()?;
        Ok(())
    }
}

/// The address of a server, without a port, an interface or a name; `None` where it has none.
pub fn address(server: &str) -> Option<IpAddr> {
    let server = server.split(['#', '%']).next().unwrap_or_default();
    let without_port = || server.strip_prefix('[')?.split(']').next()?.parse().ok();
    let of_socket = || server.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip());
    server.parse().ok().or_else(without_port).or_else(of_socket)
}

fn of_lines(file: &EditedFile) -> Vec<String> {
    file.texts().filter_map(|line| name_server(&line).map(str::to_owned)).collect()
}

fn name_server(line: &str) -> Option<&str> {
    let mut words = line.split_ascii_whitespace();
    words.next().filter(|word| *word == "nameserver").and(words.next())
}

/// The lines with these servers where the first one was.
fn with_lines(file: &EditedFile, servers: &[String]) -> Vec<Vec<u8>> {
    let is_server: Vec<bool> = file.texts().map(|line| name_server(&line).is_some()).collect();
    let first = is_server.iter().position(|is_server| *is_server).unwrap_or(file.lines.len());
    let kept = |from: usize, to: usize| (from..to).filter(|at| !is_server[*at]).map(|at| file.lines[at].clone());
    let new = servers.iter().map(|server| format!("nameserver {server}").into_bytes());
    kept(0, first).chain(new).chain(kept(first, file.lines.len())).collect()
}

/// The variable of SUSE's file.
const NETCONFIG: &str = "NETCONFIG_DNS_STATIC_SERVERS";

fn of_netconfig(file: &EditedFile) -> Vec<String> {
    let value =
        |line: String| Some(line.strip_prefix(NETCONFIG)?.strip_prefix('=')?.trim_matches(['"', '\'']).to_owned());
    let last = file.texts().filter_map(value).last().unwrap_or_default();
    last.split_ascii_whitespace().map(str::to_owned).collect()
}

/// A main file and those of a folder, in the order in which they count.
fn settings(root: &Root, main: &str, folder: &str) -> Result<String> {
    let mut names = root.names_if_present(folder)?.unwrap_or_default();
    names.retain(|name| name.ends_with(".conf"));
    names.sort();
    let mut text = String::new();
    for path in [main.to_owned()].into_iter().chain(names.iter().map(|name| format!("{folder}/{name}"))) {
        text += &root.read_text_if_present(&path)?.unwrap_or_default();
        text.push('\n');
    }
    Ok(text)
}

/// The values of a key in a section, each with an equals sign, in their order.
fn values<'a>(text: &'a str, section: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let mut is_inside = false;
    text.lines().map(str::trim).filter_map(move |line| {
        if line.starts_with('[') {
            is_inside = line == section;
        }
        line.strip_prefix(key).filter(|_| is_inside)?.trim_start().strip_prefix('=').map(str::trim)
    })
}

/// Each line adds servers; an empty one forgets those before it.
fn of_resolved(text: &str) -> Vec<String> {
    let mut servers = Vec::new();
    for value in values(text, "[Resolve]", "DNS") {
        if value.is_empty() {
            servers.clear();
        }
        servers.extend(value.split_ascii_whitespace().map(str::to_owned));
    }
    servers
}

/// The last line counts.
fn of_network_manager(text: &str) -> Option<Vec<String>> {
    let last = values(text, "[global-dns-domain-*]", "servers").last()?;
    Some(last.split(',').map(str::trim).filter(|server| !server.is_empty()).map(str::to_owned).collect())
}

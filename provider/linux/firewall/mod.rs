//! Rules of the packet filter, which iptables(8), ip6tables(8) or ufw(8) change.
//!
//! A rule is known again by its name, which is its comment.

mod line;
#[cfg(test)]
pub(crate) mod manage_tests;
mod network;
mod rule;
mod ufw;

pub use network::Network;
pub(crate) use network::mask_length;
pub use rule::{Chain, Ports, Protocol, Rule, STATES};

use crate::linux::replace_file::{Attributes, replace};
use crate::linux::tool::Tool;
use crate::linux::{Result, Root};
use line::words;
use std::io::Write;

/// Where a new rule is put in its chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Position {
    /// Before all others.
    #[default]
    Top,
    /// Behind the first.
    AfterTop,
    /// Before the last.
    BeforeEnd,
    /// Behind all others.
    End,
}

/// Who keeps the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// Nobody but the kernel.
    Kernel(Filter),
    /// ufw.
    Ufw(Filter),
}

impl Keeper {
    /// The rules of a chain, in their order.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::linux::Error::Unsupported) when the program is not installed,
    /// [`Error::Tool`](crate::linux::Error::Tool) with its words.
    pub fn rules(self, root: &Root, chain: Chain) -> Result<Vec<Found>> {
        match self {
            Self::Kernel(filter) => filter.rules(root, chain),
            Self::Ufw(filter) => ufw::rules(root, filter, chain),
        }
    }

    /// Takes rules out of a chain and puts a new one in; when it fails everything is as it was.
    ///
    /// # Errors
    /// As [`rules`](Self::rules), and [`Error::Unsupported`](crate::linux::Error::Unsupported) when the keeper has no
    /// such rules.
    pub fn change(self, root: &Root, chain: Chain, old: &[&Found], new: Option<(&str, &Rule, Position)>) -> Result<()> {
        match self {
            Self::Kernel(filter) => filter.change(root, chain, old, new),
            Self::Ufw(filter) => ufw::change(root, filter, old, new),
        }
    }

    /// Keeps the rules for the next start. The answer is why they do not count now or then, if they do not.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn keep(self, root: &Root) -> Result<Option<&'static str>> {
        match self {
            Self::Kernel(filter) if filter.keep(root)? => Ok(None),
            Self::Kernel(_) => Ok(Some(
                "this holds until the machine starts anew: neither netfilter-persistent nor the service iptables is \
                 installed, which would keep it",
            )),
            Self::Ufw(_) if ufw::is_active(root)? => Ok(None),
            Self::Ufw(_) => Ok(Some("ufw is not active: its rules count once it is enabled")),
        }
    }
}

/// The filter of a family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// iptables.
    IPv4,
    /// ip6tables.
    IPv6,
}

/// A rule of a chain as the kernel has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// As iptables lists it.
    line: String,
    /// The comment; empty where there is none.
    pub name: String,
    /// What it says; `None` when it says more than a [`Rule`] can.
    pub rule: Option<Rule>,
}

impl Filter {
    fn program(self) -> &'static str {
        match self {
            Self::IPv4 => "iptables",
            Self::IPv6 => "ip6tables",
        }
    }

    fn restore(self) -> &'static str {
        match self {
            Self::IPv4 => "iptables-restore",
            Self::IPv6 => "ip6tables-restore",
        }
    }

    fn save(self) -> &'static str {
        match self {
            Self::IPv4 => "iptables-save",
            Self::IPv6 => "ip6tables-save",
        }
    }

    fn rules(self, root: &Root, chain: Chain) -> Result<Vec<Found>> {
        let listed = Tool::new(root, self.program())?.args(["-w", "-S", chain.name()]).output()?;
        let lines = listed.lines().filter(|line| line.starts_with("-A "));
        Ok(lines
            .map(|line| {
                let (rule, name) = Rule::parse(&words(line));
                Found { line: line.to_owned(), name, rule }
            })
            .collect())
    }

    /// Takes rules out of a chain and puts a new one in, in one step: nothing goes through in between, and when it fails
    /// everything is as it was.
    fn change(self, root: &Root, chain: Chain, old: &[&Found], new: Option<(&str, &Rule, Position)>) -> Result<()> {
        let count = self.rules(root, chain)?.len().saturating_sub(old.len());
        let mut script = "*filter\n".to_owned();
        for found in old {
            script += &found.line.replacen("-A ", "-D ", 1);
            script.push('\n');
        }
        if let Some((name, rule, position)) = new {
            let chain = chain.name();
            script += &match index(position, count) {
                Some(index) => format!("-I {chain} {index} "),
                None => format!("-A {chain} "),
            };
            script += &rule.text(name, self == Self::IPv6);
            script.push('\n');
        }
        script += "COMMIT\n";
        Tool::new(root, self.restore())?.args(["-w", "--noflush"]).input(script).output()?;
        Ok(())
    }

    /// Writes the rules of the kernel down where the machine reads them when it starts. False where nothing reads them.
    fn keep(self, root: &Root) -> Result<bool> {
        let Some(file) = self.file(root) else { return Ok(false) };
        let rules = Tool::new(root, self.save())?.output()?;
        let path = root.path(file);
        let attributes = Attributes::of(&path)?.unwrap_or_else(|| Attributes::new(0o600));
        replace(&path, &attributes, |new| new.write_all(rules.as_bytes()))?;
        Ok(true)
    }

    /// The file of netfilter-persistent, or that of the service iptables.
    fn file(self, root: &Root) -> Option<&'static str> {
        let (debian, redhat, service) = match self {
            Self::IPv4 => ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables", "iptables"),
            Self::IPv6 => ("/etc/iptables/rules.v6", "/etc/sysconfig/ip6tables", "ip6tables"),
        };
        if root.exists("/etc/iptables") && Tool::find(root, "netfilter-persistent").is_some() {
            return Some(debian);
        }
        let units = [format!("/usr/lib/systemd/system/{service}.service"), format!("/etc/init.d/{service}")];
        (root.exists("/etc/sysconfig") && units.iter().any(|unit| root.exists(unit))).then_some(redhat)
    }
}

/// The number that a new rule gets in a chain with so many; `None` behind all.
fn index(position: Position, count: usize) -> Option<usize> {
    match position {
        Position::Top => Some(1),
        Position::AfterTop if count > 1 => Some(2),
        Position::BeforeEnd if count > 0 => Some(count),
        Position::AfterTop | Position::BeforeEnd | Position::End => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_a_number_in_the_chain() {
        let all =
            |count| [Position::Top, Position::AfterTop, Position::BeforeEnd, Position::End].map(|it| index(it, count));
        assert_eq!(all(0), [Some(1), None, None, None]);
        assert_eq!(all(1), [Some(1), None, Some(1), None]);
        assert_eq!(all(3), [Some(1), Some(2), Some(3), None]);
    }
}

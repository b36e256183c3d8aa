//! What a rule says.

use super::Network;
use super::line::quoted;
use std::collections::BTreeSet;

/// A chain of the table filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chain {
    /// What comes to this machine.
    #[default]
    Input,
    /// What this machine sends.
    Output,
    /// What goes through.
    Forward,
}

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, or that of IPv6.
    Icmp,
}

/// Ports, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports(pub u16, pub u16);

/// The states of connections that a rule can ask for.
pub const STATES: [&str; 3] = ["ESTABLISHED", "RELATED", "NEW"];

/// A rule. What is `None` fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The chain.
    pub chain: Chain,
    /// The interface by which a packet came in or, in the chain Output, goes out.
    pub interface: Option<String>,
    /// The protocol.
    pub protocol: Option<Protocol>,
    /// Where a packet comes from.
    pub source: Option<Network>,
    /// Where it goes to.
    pub destination: Option<Network>,
    /// The ports that it comes from.
    pub source_ports: Option<Ports>,
    /// The ports that it goes to.
    pub destination_ports: Option<Ports>,
    /// States of its connection, of [`STATES`]; empty for any.
    pub states: BTreeSet<String>,
    /// Whether a packet that fits is accepted; else it is dropped.
    pub is_accepted: bool,
}

impl Chain {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "INPUT",
            Self::Output => "OUTPUT",
            Self::Forward => "FORWARD",
        }
    }
}

impl Rule {
    /// As iptables-restore(8) reads it behind the name of the chain.
    pub(super) fn text(&self, name: &str, is_ipv6: bool) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut option = |name: &str, value: Option<String>| {
            words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
        };
        option("-s", self.source.map(|network| network.to_string()));
        option("-d", self.destination.map(|network| network.to_string()));
        option(if self.chain == Chain::Output { "-o" } else { "-i" }, self.interface.as_deref().map(quoted));
        option("-p", self.protocol.map(|protocol| protocol.name(is_ipv6).to_owned()));
        option("--sport", self.source_ports.map(Ports::text));
        option("--dport", self.destination_ports.map(Ports::text));
        let states = self.states.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        option("-m conntrack --ctstate", Some(states).filter(|states| !states.is_empty()));
        option("-m comment --comment", Some(quoted(name)));
        option("-j", Some(if self.is_accepted { "ACCEPT" } else { "DROP" }.to_owned()));
        words.join(" ")
    }

    /// Reads the words of `-A CHAIN ...`: the rule, unless it says more, and its comment.
    pub(super) fn parse(words: &[String]) -> (Option<Self>, String) {
        let (mut rule, mut name, mut is_whole) = (Self::default(), String::new(), true);
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let Some(value) = words.next() else { return (None, name) };
            let network = || value.parse::<Network>().ok();
            is_whole &= match (word, value) {
                ("-A", chain) => set(&mut rule.chain, Chain::named(chain)),
                ("-s", _) => set(&mut rule.source, network().map(Some)),
                ("-d", _) => set(&mut rule.destination, network().map(Some)),
                ("-i" | "-o", interface) if rule.interface.is_none() => {
                    set(&mut rule.interface, Some(Some(interface.to_owned())))
                }
                ("-p", protocol) => set(&mut rule.protocol, Protocol::named(protocol).map(Some)),
                ("--sport", ports) => set(&mut rule.source_ports, Ports::parse(ports).map(Some)),
                ("--dport", ports) => set(&mut rule.destination_ports, Ports::parse(ports).map(Some)),
                ("--ctstate" | "--state", states) => {
                    set(&mut rule.states, Some(states.split(',').map(str::to_owned).collect()))
                }
                ("--comment", comment) => set(&mut name, Some(comment.to_owned())),
                ("-j", "ACCEPT") => set(&mut rule.is_accepted, Some(true)),
                ("-j", "DROP") | ("-m", "tcp" | "udp" | "icmp" | "icmp6" | "conntrack" | "state" | "comment") => true,
                _ => false,
            };
        }
        (is_whole.then_some(rule), name)
    }
}

/// Sets a part of the rule; false when its value is not known.
fn set<T>(part: &mut T, value: Option<T>) -> bool {
    value.map(|value| *part = value).is_some()
}

impl Chain {
    fn named(name: &str) -> Option<Self> {
        [Self::Input, Self::Output, Self::Forward].into_iter().find(|chain| chain.name() == name)
    }
}

impl Protocol {
    fn name(self, is_ipv6: bool) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp if is_ipv6 => "ipv6-icmp",
            Self::Icmp => "icmp",
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "tcp" => Some(Self::Tcp),
            "udp" => Some(Self::Udp),
            "icmp" | "ipv6-icmp" => Some(Self::Icmp),
            _ => None,
        }
    }
}

impl Ports {
    /// Reads a number, or two with a colon between them.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some(Self(first, last))
    }

    /// Writes it so.
    pub fn text(self) -> String {
        if self.0 == self.1 { self.0.to_string() } else { format!("{}:{}", self.0, self.1) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::words;
    use super::*;

    #[test]
    fn a_rule_is_read_back_as_it_was_written() {
        let rule = Rule {
            chain: Chain::Output,
            interface: Some("eth0".into()),
            protocol: Some(Protocol::Udp),
            source: "10.1.0.0/16".parse().ok(),
            destination: "192.0.2.1".parse().ok(),
            source_ports: Some(Ports(1024, 65535)),
            destination_ports: Some(Ports(53, 53)),
            states: ["NEW", "ESTABLISHED"].map(str::to_owned).into(),
            is_accepted: true,
        };
        let text = rule.text("the \"dns\"", false);
        assert_eq!(Rule::parse(&words(&format!("-A OUTPUT {text}"))), (Some(rule), "the \"dns\"".to_owned()));
        let dropped = Rule { chain: Chain::Forward, ..Rule::default() };
        assert_eq!(Rule::parse(&words("-A FORWARD -m comment --comment x -j DROP")), (Some(dropped), "x".to_owned()));
    }

    #[test]
    fn a_rule_that_says_more_is_not_taken_for_one_that_does_not() {
        for line in [
            "-A INPUT ! -s 10.0.0.0/8 -j ACCEPT",
            "-A INPUT -p tcp -m multiport --dports 22,80 -j ACCEPT",
            "-A INPUT -m limit --limit 3/min -j ACCEPT",
            "-A INPUT -j docker",
            "-A FORWARD -i eth0 -o eth1 -j ACCEPT",
            "-A INPUT -p sctp -j ACCEPT",
        ] {
            assert_eq!(Rule::parse(&words(line)).0, None, "{line}");
        }
    }

    #[test]
    fn ports_are_one_or_a_range() {
        assert_eq!(Ports::parse("80").map(Ports::text).as_deref(), Some("80"));
        assert_eq!(Ports::parse("80:90").map(Ports::text).as_deref(), Some("80:90"));
        for wrong in ["", "90:80", "65536", "-1", "80-90", "http"] {
            assert_eq!(Ports::parse(wrong), None, "{wrong}");
        }
    }
}

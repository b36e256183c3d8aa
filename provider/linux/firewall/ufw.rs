//! Rules that ufw(8) keeps, in `user.rules` and `user6.rules`: one line `### tuple ###` for each.

use super::{Chain, Filter, Found, Network, Ports, Position, Protocol, Rule};
use crate::linux::tool::Tool;
use crate::linux::{Error, Result, Root};

/// Where they lie; the second one in versions of old.
const FOLDERS: &[&str] = &["/etc/ufw", "/lib/ufw"];

/// The rules of a chain and a family.
pub(super) fn rules(root: &Root, filter: Filter, chain: Chain) -> Result<Vec<Found>> {
    let all = all(root, filter)?;
    let is_of_chain = |(of, _): &(Option<Chain>, Found)| *of == Some(chain);
    Ok(all.into_iter().filter(is_of_chain).map(|(_, found)| found).collect())
}

fn all(root: &Root, filter: Filter) -> Result<Vec<(Option<Chain>, Found)>> {
    if Tool::find(root, "ufw").is_none() {
        return Err(Error::Unsupported { what: "the program ufw is not installed".to_owned() });
    }
    let name = if filter == Filter::IPv6 { "user6.rules" } else { "user.rules" };
    for folder in FOLDERS {
        if let Some(text) = root.read_text_if_present(&format!("{folder}/{name}"))? {
            return Ok(text.lines().filter_map(parse).collect());
        }
    }
    Ok(Vec::new())
}

/// Takes rules out and puts a new one in. ufw takes two rules that differ in their action for one, so the old ones go
/// first; they come back when the new one fails.
pub(super) fn change(root: &Root, filter: Filter, old: &[&Found], new: Option<(&str, &Rule, Position)>) -> Result<()> {
    let mut known = Vec::new();
    for found in old {
        let what = || format!("ufw has a rule {:?} that says more than is understood here: {}", found.name, found.line);
        known.push((found.name.as_str(), found.rule.as_ref().ok_or_else(|| Error::Unsupported { what: what() })?));
    }
    let new = new.map(|(name, rule, position)| words(filter, rule).map(|words| (words, name, position))).transpose()?;
    for (_, rule) in &known {
        let (is_route, words) = words(filter, rule)?;
        let route = is_route.then_some("route");
        run(root, ["--force"].into_iter().chain(route).chain(["delete"]), &words)?;
    }
    let Some(((is_route, words), name, position)) = new else { return Ok(()) };
    let added = place(root, filter, position).and_then(|place| add(root, is_route, &place, &words, name));
    added.inspect_err(|_| {
        for (name, rule) in &known {
            let again = self::words(filter, rule).and_then(|(route, words)| add(root, route, &[], &words, name));
            if let Err(error) = again {
                log::warn!("the rule {name:?} of ufw is gone: {error}");
            }
        }
    })
}

/// The words that say where a new rule is put. The rules of IPv6 are numbered on from those of IPv4.
fn place(root: &Root, filter: Filter, position: Position) -> Result<Vec<String>> {
    let count = all(root, filter)?.len();
    let before = if filter == Filter::IPv6 { all(root, Filter::IPv4)?.len() } else { 0 };
    Ok(match super::index(position, count) {
        Some(1) => vec!["prepend".to_owned()],
        Some(index) => vec!["insert".to_owned(), (before + index).to_string()],
        None => Vec::new(),
    })
}

fn add(root: &Root, is_route: bool, place: &[String], words: &[String], name: &str) -> Result<()> {
    let route = is_route.then_some("route");
    let comment = ["comment".to_owned(), name.to_owned()];
    let first = route.into_iter().chain(place.iter().map(String::as_str));
    run(root, first, &[words, &comment[..]].concat())
}

fn run<'a>(root: &Root, first: impl Iterator<Item = &'a str>, rest: &[String]) -> Result<()> {
    Tool::new(root, "ufw")?.args(first).args(rest).output()?;
    Ok(())
}

/// Whether the rules count now.
pub(super) fn is_active(root: &Root) -> Result<bool> {
    Ok(Tool::new(root, "ufw")?.args(["status"]).output()?.contains("Status: active"))
}

/// A rule as ufw is told it, and whether it is one for what goes through.
fn words(filter: Filter, rule: &Rule) -> Result<(bool, Vec<String>)> {
    let unsupported =
        |what: &str| Err(Error::Unsupported { what: format!("ufw has no rules for {what}; Iptables has") });
    let protocol = match rule.protocol {
        Some(Protocol::Tcp) => "tcp",
        Some(Protocol::Udp) => "udp",
        Some(Protocol::Icmp) => return unsupported("Protocol \"icmp\""),
        None => "any",
    };
    if !rule.states.is_empty() {
        return unsupported("a State");
    }
    let any = if filter == Filter::IPv6 { "::/0" } else { "0.0.0.0/0" };
    let mut words = vec![if rule.is_accepted { "allow" } else { "deny" }.to_owned()];
    let way = if rule.chain == Chain::Output { "out" } else { "in" };
    if let Some(interface) = &rule.interface {
        words.extend([way, "on", interface].map(str::to_owned));
    } else if rule.chain != Chain::Forward {
        words.push(way.to_owned());
    }
    words.extend(["proto", protocol].map(str::to_owned));
    let ends = [("from", rule.source, rule.source_ports), ("to", rule.destination, rule.destination_ports)];
    for (side, network, ports) in ends {
        words.extend([side.to_owned(), network.map_or_else(|| any.to_owned(), |network| network.to_string())]);
        words.extend(ports.into_iter().flat_map(|ports| ["port".to_owned(), ports.text()]));
    }
    Ok((rule.chain == Chain::Forward, words))
}

/// Reads a line `### tuple ### ACTION PROTOCOL PORT TO PORT FROM DIRECTION comment=HEX`; some have applications before the
/// direction.
fn parse(line: &str) -> Option<(Option<Chain>, Found)> {
    let tuple = line.strip_prefix("### tuple ### ")?;
    let mut fields: Vec<&str> = tuple.split_whitespace().collect();
    let comment = fields.pop_if(|last| last.starts_with("comment=")).map(|it| &it["comment=".len()..]);
    let name = comment.and_then(text).unwrap_or_default();
    let direction = *fields.last()?;
    let is_route = fields[0].starts_with("route:");
    let chain = match direction {
        _ if is_route => Some(Chain::Forward),
        "in" => Some(Chain::Input),
        "out" => Some(Chain::Output),
        other if other.starts_with("in_") => Some(Chain::Input),
        other if other.starts_with("out_") => Some(Chain::Output),
        _ => None,
    };
    let rule = chain.and_then(|chain| rule(&fields, chain));
    Some((chain, Found { line: tuple.to_owned(), name, rule }))
}

fn rule(fields: &[&str], chain: Chain) -> Option<Rule> {
    let [action, protocol, port, to, source_port, from, direction] = *fields else { return None };
    let network = |text: &str| match text {
        "0.0.0.0/0" | "::/0" => Some(None),
        text => text.parse::<Network>().ok().map(Some),
    };
    let ports = |text: &str| if text == "any" { Some(None) } else { Ports::parse(text).map(Some) };
    let interface = match direction.split_once('_') {
        Some((_, interface)) if interface.contains('!') => return None,
        Some(("out", _)) if chain == Chain::Forward => return None,
        Some((_, interface)) => Some(interface.to_owned()),
        None => None,
    };
    Some(Rule {
        chain,
        interface,
        protocol: match protocol {
            "tcp" => Some(Protocol::Tcp),
            "udp" => Some(Protocol::Udp),
            "any" => None,
            _ => return None,
        },
        source: network(from)?,
        destination: network(to)?,
        source_ports: ports(source_port)?,
        destination_ports: ports(port)?,
        is_accepted: match action.trim_start_matches("route:") {
            "allow" => true,
            "deny" => false,
            _ => return None,
        },
        ..Rule::default()
    })
}

/// The text that is written in hexadecimal digits.
fn text(digits: &str) -> Option<String> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_ufw_is_understood() {
        let (chain, found) =
            parse("### tuple ### allow tcp 443 0.0.0.0/0 1024:2048 10.0.0.0/8 in_eth0 comment=746865202277656222")
                .unwrap();
        assert_eq!((chain, found.name.as_str()), (Some(Chain::Input), "the \"web\""));
        let rule = Rule {
            interface: Some("eth0".into()),
            protocol: Some(Protocol::Tcp),
            source: "10.0.0.0/8".parse().ok(),
            source_ports: Some(Ports(1024, 2048)),
            destination_ports: Some(Ports(443, 443)),
            is_accepted: true,
            ..Rule::default()
        };
        assert_eq!(found.rule, Some(rule.clone()));
        let said = words(Filter::IPv4, &rule).unwrap().1.join(" ");
        assert_eq!(said, "allow in on eth0 proto tcp from 10.0.0.0/8 port 1024:2048 to 0.0.0.0/0 port 443");
        let (chain, found) = parse("### tuple ### route:deny udp any 2001:db8::1 any ::/0 in").unwrap();
        assert_eq!((chain, found.name.as_str()), (Some(Chain::Forward), ""));
        assert!(found.rule.is_some_and(|rule| !rule.is_accepted && rule.destination.is_some()));
    }

    #[test]
    fn a_line_that_says_more_is_no_rule_that_is_known() {
        for line in [
            "### tuple ### allow any 22,80 0.0.0.0/0 any 0.0.0.0/0 in",
            "### tuple ### limit tcp 22 0.0.0.0/0 any 0.0.0.0/0 in",
            "### tuple ### allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 Apache - in",
            "### tuple ### route:allow any any 0.0.0.0/0 any 0.0.0.0/0 in_eth0!out_eth1",
        ] {
            assert_eq!(parse(line).unwrap().1.rule, None, "{line}");
        }
        assert_eq!(parse("-A ufw-user-input -p tcp --dport 22 -j ACCEPT"), None);
    }
}

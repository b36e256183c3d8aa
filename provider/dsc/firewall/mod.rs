//! nxFirewall: a rule of a packet filter.

mod desired;
#[cfg(test)]
mod manage_tests;
#[cfg(test)]
mod tests;

use super::{Context, Difference, Done, Resource};
use crate::linux::firewall::{Found, Rule};
use crate::linux::users::manage::check_rights;
use crate::schema::MsftNxFirewallResource;
use desired::Desired;
use omi::Result;

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Firewall;

impl Resource for Firewall {
    type Instance = MsftNxFirewallResource;

    fn get(&self, desired: &MsftNxFirewallResource, context: &Context<'_>) -> Result<MsftNxFirewallResource> {
        let wanted = Desired::new(desired, context.root)?;
        let rules = wanted.keeper.rules(context.root, wanted.rule.chain)?;
        let named = rules.iter().find(|found| found.name == wanted.name);
        Ok(instance(desired, named.and_then(|found| found.rule.as_ref()), named.is_some()))
    }

    fn test(&self, desired: &MsftNxFirewallResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let wanted = Desired::new(desired, context.root)?;
        let rules = wanted.keeper.rules(context.root, wanted.rule.chain)?;
        let old = wanted.entries(&rules);
        if wanted.is_absent {
            return Ok(if old.is_empty() { Vec::new() } else { vec![Difference::new("Ensure", "Present", "Absent")] });
        }
        Ok(match old.first() {
            None => vec![Difference::new("Ensure", "Absent", "Present")],
            Some(found) if old.len() == 1 => match &found.rule {
                Some(rule) => differences(rule, &wanted.rule),
                None => vec![Difference::new("Name", "a rule that says more", &wanted.name)],
            },
            Some(_) => vec![Difference::new("Name", format!("{} rules", old.len()), "one rule")],
        })
    }

    fn set(&self, desired: &MsftNxFirewallResource, context: &Context<'_>) -> Result<Done> {
        check_rights("change the packet filter")?;
        let wanted = Desired::new(desired, context.root)?;
        let chain = wanted.rule.chain;
        let rules = wanted.keeper.rules(context.root, chain)?;
        context.check_canceled()?;
        let new = (!wanted.is_absent).then_some((wanted.name.as_str(), &wanted.rule, wanted.position));
        wanted.keeper.change(context.root, chain, &wanted.entries(&rules), new)?;
        if let Some(why) = wanted.keeper.keep(context.root)? {
            context.warning(why);
        }
        Ok(Done::default())
    }
}

/// What is, in the terms of the resource.
fn instance(desired: &MsftNxFirewallResource, rule: Option<&Rule>, is_there: bool) -> MsftNxFirewallResource {
    let mut found = MsftNxFirewallResource {
        name: desired.name.clone(),
        firewall_type: desired.firewall_type.clone(),
        access: desired.access.clone(),
        direction: desired.direction.clone(),
        address_family: desired.address_family.clone(),
        ensure: Some(if is_there { "Present" } else { "Absent" }.into()),
        ..Default::default()
    };
    if let Some(rule) = rule {
        let parts = parts(rule);
        let part = |name: &str| {
            parts.iter().find(|(part, _)| *part == name).map(|(_, text)| text.clone()).filter(|text| !text.is_empty())
        };
        found.interface_name = part("InterfaceName");
        found.protocol = part("Protocol");
        found.access = part("Access");
        found.state = Some(rule.states.iter().cloned().collect::<Vec<_>>()).filter(|states| !states.is_empty());
        found.source_host = part("SourceHost");
        found.source_port = part("SourcePort");
        found.destination_host = part("DestinationHost");
        found.destination_port = part("DestinationPort");
    }
    found
}

/// The properties of a rule as texts; empty where everything fits.
fn parts(rule: &Rule) -> [(&'static str, String); 8] {
    use crate::linux::firewall::Protocol;
    let protocol = rule.protocol.map(|protocol| match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Icmp => "icmp",
    });
    let text = |value: Option<String>| value.unwrap_or_default();
    [
        ("InterfaceName", text(rule.interface.clone())),
        ("Protocol", protocol.unwrap_or_default().to_owned()),
        ("Access", if rule.is_accepted { "Allow" } else { "Block" }.to_owned()),
        ("State", rule.states.iter().cloned().collect::<Vec<_>>().join(", ")),
        ("SourceHost", text(rule.source.map(|network| network.to_string()))),
        ("SourcePort", text(rule.source_ports.map(|ports| ports.text()))),
        ("DestinationHost", text(rule.destination.map(|network| network.to_string()))),
        ("DestinationPort", text(rule.destination_ports.map(|ports| ports.text()))),
    ]
}

fn differences(is: &Rule, desired: &Rule) -> Vec<Difference> {
    let both = parts(is).into_iter().zip(parts(desired));
    both.filter(|(is, desired)| is != desired).map(|(is, desired)| Difference::new(is.0, is.1, desired.1)).collect()
}

impl Desired {
    /// The rules that are this one: those of its name and, where it shall be absent, those without a name that say the
    /// same, as DSC for Linux made them.
    fn entries<'a>(&self, rules: &'a [Found]) -> Vec<&'a Found> {
        let is_it = |found: &&Found| {
            found.name == self.name
                || self.is_absent && found.name.is_empty() && found.rule.as_ref() == Some(&self.rule)
        };
        rules.iter().filter(is_it).collect()
    }
}

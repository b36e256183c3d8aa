//! What is understood of a rule, without a packet filter.

use super::*;
use crate::dsc::testing::Machine;
use crate::linux::firewall::{Chain, Filter, Keeper, Ports, Position, Protocol};
use omi::ResultCode;

pub(super) fn rule() -> MsftNxFirewallResource {
    MsftNxFirewallResource {
        name: Some("web".into()),
        firewall_type: Some("Iptables".into()),
        access: Some("Allow".into()),
        ..Default::default()
    }
}

fn machine() -> Machine {
    Machine::with(&[("etc/services", b"# services\nhttps  443/tcp\nhttps 443/udp\nwww 80/tcp http # web\n")])
}

fn understood(given: &MsftNxFirewallResource) -> Desired {
    Desired::new(given, &machine().root).unwrap()
}

fn refused(given: MsftNxFirewallResource) -> String {
    let error = machine().test(&Firewall, &given).unwrap_err();
    assert_eq!(error.code(), ResultCode::INVALID_PARAMETER, "{error}");
    error.message().to_owned()
}

#[test]
fn a_rule_is_understood_with_its_defaults() {
    let plain = understood(&rule());
    assert_eq!((plain.keeper, plain.position, plain.is_absent), (Keeper::Kernel(Filter::IPv4), Position::Top, false));
    let wanted = Rule { protocol: Some(Protocol::Tcp), is_accepted: true, ..Rule::default() };
    assert_eq!(plain.rule, wanted, "on any interface");
    let full = understood(&MsftNxFirewallResource {
        access: Some("Block".into()),
        direction: Some("OUTPUT".into()),
        interface_name: Some("eth1".into()),
        protocol: Some("udp".into()),
        source_host: Some("10.1.2.3/255.0.0.0".into()),
        destination_host: Some("0.0.0.0/0".into()),
        source_port: Some("1024:2048".into()),
        destination_port: Some("https".into()),
        state: Some(vec!["NEW".into(), "ESTABLISHED".into(), "NEW".into()]),
        position: Some("before-end".into()),
        ..rule()
    });
    assert_eq!((full.rule.chain, full.position), (Chain::Output, Position::BeforeEnd));
    assert_eq!(full.rule.source.unwrap().to_string(), "10.0.0.0/8");
    assert_eq!(full.rule.destination, None);
    assert_eq!((full.rule.source_ports, full.rule.destination_ports), (Some(Ports(1024, 2048)), Some(Ports(443, 443))));
    assert_eq!(full.rule.states.into_iter().collect::<Vec<_>>(), ["ESTABLISHED", "NEW"]);
    assert!(!full.rule.is_accepted);
    let alias = understood(&MsftNxFirewallResource { destination_port: Some("http".into()), ..rule() });
    assert_eq!(alias.rule.destination_ports, Some(Ports(80, 80)));
}

#[test]
fn the_family_is_that_of_the_filter_and_of_the_hosts_and_whole_addresses_count() {
    let ip6tables = MsftNxFirewallResource { firewall_type: Some("Ip6tables".into()), ..rule() };
    assert_eq!(understood(&ip6tables).keeper, Keeper::Kernel(Filter::IPv6));
    for host in ["2001:db8::1", "2001:db8::/32"] {
        let of_host = understood(&MsftNxFirewallResource { source_host: Some(host.into()), ..rule() });
        assert_eq!(of_host.keeper, Keeper::Kernel(Filter::IPv6));
        assert!(of_host.rule.source.unwrap().to_string().starts_with(host), "{host}");
    }
    let family = MsftNxFirewallResource { address_family: Some("IPv6".into()), ..rule() };
    assert_eq!(understood(&family).keeper, Keeper::Kernel(Filter::IPv6));
    let ufw = MsftNxFirewallResource { firewall_type: Some("ufw".into()), ..family };
    assert_eq!(understood(&ufw).keeper, Keeper::Ufw(Filter::IPv6));
    let wrong = MsftNxFirewallResource { address_family: Some("IPv4".into()), ..ip6tables };
    assert!(refused(wrong).contains("AddressFamily \"IPv4\" does not fit FirewallType \"Ip6tables\""));
}

#[test]
fn each_part_of_a_rule_is_compared() {
    let is = understood(&rule()).rule;
    for (property, other) in [
        ("Protocol", MsftNxFirewallResource { protocol: Some("udp".into()), ..rule() }),
        ("Access", MsftNxFirewallResource { access: Some("Block".into()), ..rule() }),
        ("State", MsftNxFirewallResource { state: Some(vec!["NEW".into()]), ..rule() }),
        ("InterfaceName", MsftNxFirewallResource { interface_name: Some("eth0".into()), ..rule() }),
        ("SourceHost", MsftNxFirewallResource { source_host: Some("192.0.2.1".into()), ..rule() }),
        ("SourcePort", MsftNxFirewallResource { source_port: Some("80".into()), ..rule() }),
        ("DestinationHost", MsftNxFirewallResource { destination_host: Some("192.0.2.1".into()), ..rule() }),
        ("DestinationPort", MsftNxFirewallResource { destination_port: Some("80".into()), ..rule() }),
    ] {
        let found = differences(&is, &understood(&other).rule);
        assert_eq!(found.iter().map(|difference| difference.property).collect::<Vec<_>>(), [property]);
    }
    assert_eq!(differences(&is, &is), []);
}

#[test]
fn wrong_values_are_refused_by_name() {
    assert!(
        refused(MsftNxFirewallResource { name: Some("".into()), ..rule() }).contains("Name \"\" is no name of a rule")
    );
    assert!(refused(MsftNxFirewallResource { name: Some("a\n-F".into()), ..rule() }).contains("Name \"a\\n-F\""));
    let of = |host: &str| MsftNxFirewallResource { source_host: Some(host.into()), ..rule() };
    assert!(refused(of("10.0.0.0/33")).contains("SourceHost \"10.0.0.0/33\" is no address or network"));
    let family = MsftNxFirewallResource { address_family: Some("IPv4".into()), ..of("2001:db8::1") };
    assert!(refused(family).contains("SourceHost \"2001:db8::1\" is not of IPv4; 192.0.2.0/24 would be right"));
    let port = |port: &str| MsftNxFirewallResource { destination_port: Some(port.into()), ..rule() };
    assert!(refused(port("65536")).contains("DestinationPort \"65536\" is no port"));
    assert!(refused(port("telnot")).contains("DestinationPort \"telnot\" is no port"));
    let icmp = MsftNxFirewallResource { protocol: Some("icmp".into()), ..port("80") };
    assert!(refused(icmp).contains("Protocol \"icmp\" has no ports"));
    let interface = MsftNxFirewallResource { interface_name: Some("eth0 -j ACCEPT".into()), ..rule() };
    assert!(refused(interface).contains("InterfaceName \"eth0 -j ACCEPT\" is no name of an interface"));
    let access = MsftNxFirewallResource { access: Some("maybe".into()), ..rule() };
    assert!(refused(access).contains("Access cannot be \"maybe\"; allowed are Allow, Block"));
    assert!(refused(MsftNxFirewallResource { access: None, ..rule() }).contains("needs the property Access"));
}

#[test]
fn a_filter_that_is_not_supported_or_not_installed_is_named_for_absent_too() {
    for ensure in ["Present", "Absent"] {
        for filter in ["yast", "susefirewall2", "firewalld"] {
            let given = MsftNxFirewallResource {
                firewall_type: Some(filter.to_uppercase()),
                ensure: Some(ensure.into()),
                ..rule()
            };
            let error = machine().test(&Firewall, &given).unwrap_err();
            assert_eq!(error.code(), ResultCode::NOT_SUPPORTED);
            assert!(error.message().contains(&format!("FirewallType {filter:?} is not supported")), "{error}");
        }
        for (filter, program) in [("Iptables", "iptables"), ("Ip6tables", "ip6tables"), ("ufw", "ufw")] {
            let given =
                MsftNxFirewallResource { firewall_type: Some(filter.into()), ensure: Some(ensure.into()), ..rule() };
            let error = machine().test(&Firewall, &given).unwrap_err();
            assert_eq!(error.code(), ResultCode::NOT_SUPPORTED);
            assert!(error.message().contains(&format!("the program {program} is not installed")), "{error}");
        }
    }
}

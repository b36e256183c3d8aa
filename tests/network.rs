//! The network classes of the built library under our host, beside what `ip` and `ss` say: on this machine, and in a
//! network namespace with one of everything that this kernel can make.

#[path = "support/built.rs"]
mod built;
#[path = "support/skip.rs"]
mod skip;

use serde_json::Value;
use skip::skipped;
use std::collections::BTreeSet;
use std::fs;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::process::{Command, Output};
use std::sync::mpsc::TrySendError;
use std::time::Duration;

/// One of everything. What this kernel cannot make is left out.
const LAB: &str = r#"
    ip link set lo up
    ip link add uplink type veth peer name far
    ip link set uplink alias "to the data centre" up
    ip link set far up
    for kind in "vlan id 100" "macvlan mode bridge"; do ip link add link far name on-top type $kind && break; done
    ip link add br0 type bridge
    for kind in dummy ifb; do ip link add port1 master br0 type $kind && break; done
    ip tuntap add mode tun tun0
    ip addr add 192.0.2.10/24 broadcast + dev uplink
    ip addr add 192.0.2.11/24 dev uplink label uplink:1
    ip addr add 203.0.113.5/32 peer 203.0.113.9 dev far
    ip addr add 2001:db8::10/64 dev uplink nodad
    ip addr add 2001:db8::77/64 dev uplink nodad preferred_lft 0 valid_lft 7200
    ip route add default via 192.0.2.1 dev uplink metric 100 proto dhcp
    ip route add 198.51.100.0/24 nexthop via 192.0.2.1 dev uplink weight 2 nexthop via 192.0.2.2 dev uplink
    ip route add blackhole 10.66.0.0/16
    ip route add 10.9.0.0/16 via 192.0.2.1 dev uplink table 77 mtu 1300
    ip route add 172.16.0.0/12 via inet6 2001:db8::1 dev uplink proto bgp
    ip -6 route add default via 2001:db8::1 dev uplink
    ip neigh add 192.0.2.1 lladdr 02:00:00:00:aa:01 dev uplink nud permanent
    ip neigh add 2001:db8::1 lladdr 02:00:00:00:aa:06 dev uplink router nud permanent
    ip neigh add 192.0.2.7 dev uplink lladdr 02:00:00:00:aa:07 nud stale
"#;

/// Runs a shell script in which `get`, `associators` and `references` ask our library: on this machine, or in a network namespace of its own that
/// `setup` furnishes. Says so, and gives `None`, where that cannot be.
fn run(setup: Option<&str>, script: &str) -> Option<Output> {
    if Command::new("ip").arg("-V").output().is_err() {
        skipped("ip (of iproute2) is not installed");
        return None;
    }
    let words = ["get", "associators", "references"];
    let functions = words.map(|word| format!(r#"{word}() {{ "$LUMI" {word} "$@" --json --provider "$LIBRARY"; }}"#));
    let mut command = match setup {
        None => Command::new("sh"),
        Some(_) => {
            let mut command = Command::new("unshare");
            command.args(["--net", "--mount", "sh"]);
            if !Command::new("unshare").args(["--net", "--mount", "true"]).status().is_ok_and(|status| status.success())
            {
                skipped("this user cannot make a network namespace");
                return None;
            }
            command
        }
    };
    // In a new namespace, /sys still shows the old one.
    let setup =
        setup.map(|setup| format!("{{ mount -t sysfs none /sys; {setup}\n}} >/dev/null 2>&1")).unwrap_or_default();
    command.args(["-c", &format!("{}\n{setup}\n{script}", functions.join("\n"))]);
    command.env("LUMI", env!("CARGO_BIN_EXE_lumi")).env("LIBRARY", built::lumi()).env_remove("LUMI_LOG");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output)
}

/// The lists that the commands of a script print as JSON.
fn lists<const N: usize>(setup: Option<&str>, commands: [&str; N]) -> Option<[Vec<Value>; N]> {
    let output = run(setup, &commands.join("\n"))?;
    let lists = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Vec<Value>>();
    Some(lists.collect::<Result<Vec<_>, _>>().unwrap().try_into().unwrap())
}

/// Compares two sets, here and in the lab. Things change meanwhile, so the commands are repeated.
fn assert_same(commands: [&str; 2], ours: fn(&[Value]) -> BTreeSet<String>, theirs: fn(&[Value]) -> BTreeSet<String>) {
    for setup in [None, Some(LAB)] {
        let mut last = None;
        for _ in 0..5 {
            let Some([our_list, their_list]) = lists(setup, commands) else { return };
            let (ours, theirs) = (ours(&our_list), theirs(&their_list));
            if ours == theirs {
                assert!(setup.is_none() || ours.len() > 2, "the lab has some: {ours:?}");
                last = None;
                break;
            }
            last = Some((ours, theirs));
        }
        assert_eq!(last, None, "ours is on the left");
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("-")
}

/// Each thing of `list` that is a list itself, one after the other, with the thing that it belongs to.
fn inner<'a>(list: &'a [Value], name: &'a str) -> impl Iterator<Item = (&'a Value, &'a Value)> {
    list.iter().flat_map(move |outer| outer[name].as_array().into_iter().flatten().map(move |inner| (outer, inner)))
}

#[test]
fn cim_network_port_has_the_interfaces_of_ip_link() {
    assert_same(
        ["get CIM_NetworkPort", "ip -j -d link"],
        |ports| {
            let line = |port: &Value| {
                let [name, address, kind] = ["DeviceID", "HardwareAddress", "InterfaceKind"].map(|it| text(port, it));
                let [mtu, index, queue] =
                    ["ActiveMaximumTransmissionUnit", "InterfaceIndex", "QueueLength"].map(|it| &port[it]);
                let [on, alias] = [port["EnabledState"] != 3, port["InterfaceAlias"].is_string()];
                let master = text(port, "PartOf");
                format!("{name} {index} {address} {mtu} {kind} {queue} {master} {on} {alias}")
            };
            ports.iter().map(line).collect()
        },
        |links| {
            let line = |link: &Value| {
                let [name, address, master] = ["ifname", "address", "master"].map(|it| text(link, it));
                let kind = text(&link["linkinfo"], "info_kind");
                let [mtu, index, queue] = ["mtu", "ifindex", "txqlen"].map(|it| &link[it]);
                let on = link["flags"].as_array().unwrap().iter().any(|flag| flag == "UP");
                let alias = link["ifalias"].is_string();
                format!("{name} {index} {address} {mtu} {kind} {queue} {master} {on} {alias}")
            };
            links.iter().map(line).collect()
        },
    );
}

#[test]
fn cim_ethernet_port_has_those_that_are_ethernet_and_no_others() {
    assert_same(
        ["get CIM_EthernetPort", "ip -j link"],
        |ports| ports.iter().map(|port| text(port, "DeviceID").to_owned()).collect(),
        |links| {
            let ethernet = links.iter().filter(|link| link["link_type"] == "ether");
            ethernet.map(|link| text(link, "ifname").to_owned()).collect()
        },
    );
}

#[test]
fn cim_ip_protocol_endpoint_has_the_addresses_of_ip_addr() {
    assert_same(
        ["get CIM_IPProtocolEndpoint", "ip -j addr"],
        |endpoints| {
            let line = |endpoint: &Value| {
                let [interface, address, broadcast, peer, label] =
                    ["InterfaceName", "Address", "IPv4BroadcastAddress", "PeerAddress", "AddressLabel"]
                        .map(|it| text(endpoint, it));
                let [length, second] = [&endpoint["PrefixLength"], &endpoint["IsSecondary"]];
                let [old, second] = [&endpoint["IsDeprecated"], second].map(|it| it == true);
                format!("{interface} {address}/{length} {broadcast} {peer} {label} {old} {second}")
            };
            endpoints.iter().map(line).collect()
        },
        |links| {
            let line = |(link, address): (&Value, &Value)| {
                let interface = text(link, "ifname");
                // With a peer, the label and the like are those of the local address.
                let [local, peer, broadcast, label] =
                    ["local", "address", "broadcast", "label"].map(|it| text(address, it));
                let length = &address["prefixlen"];
                let [old, second] = ["deprecated", "secondary"].map(|it| address[it] == true);
                format!("{interface} {local}/{length} {broadcast} {peer} {label} {old} {second}")
            };
            inner(links, "addr_info").map(line).collect()
        },
    );
}

#[test]
fn cim_next_hop_route_has_the_routes_of_ip_route() {
    assert_same(
        ["get CIM_NextHopRoute", "ip -j route show table all"],
        |routes| {
            let line =
                |route: &Value| format!("{} {} {}", route["RoutingTable"], route["Metric"], text(route, "Caption"));
            routes.iter().map(line).collect()
        },
        |routes| routes.iter().flat_map(told_by_ip).collect(),
    );
}

/// A route of `ip -j route`, once for each next hop: table, metric and the words of `ip`.
fn told_by_ip(route: &Value) -> Vec<String> {
    let table = match route["table"].as_str() {
        None => "254",
        Some("local") => "255",
        Some(other) => other,
    };
    let metric = &route["metric"];
    let kind =
        route["type"].as_str().filter(|kind| *kind != "unicast").map(|kind| format!("{kind} ")).unwrap_or_default();
    let hop = |hop: &Value| {
        let gateway = hop["gateway"].as_str().map(|gateway| format!(" via {gateway}"));
        let via = || Some(format!(" via {} {}", hop["via"]["family"].as_str()?, hop["via"]["host"].as_str()?));
        let gateway = gateway.or_else(via).unwrap_or_default();
        let interface = hop["dev"].as_str().map(|interface| format!(" dev {interface}")).unwrap_or_default();
        format!("{table} {metric} {kind}{}{gateway}{interface}", text(route, "dst"))
    };
    match route["nexthops"].as_array() {
        Some(hops) => hops.iter().map(hop).collect(),
        None => vec![hop(route)],
    }
}

#[test]
fn linux_network_neighbor_has_the_neighbors_of_ip_neigh() {
    assert_same(
        ["get Linux_NetworkNeighbor", "ip -j neigh"],
        |neighbors| {
            let line = |it: &Value| {
                let [interface, address, hardware] =
                    ["InterfaceName", "Address", "HardwareAddress"].map(|name| text(it, name));
                format!("{interface} {address} {hardware} {}", it["IsRouter"])
            };
            neighbors.iter().map(line).collect()
        },
        |neighbors| {
            let line = |it: &Value| {
                let [interface, address, hardware] = ["dev", "dst", "lladdr"].map(|name| text(it, name));
                format!("{interface} {address} {hardware} {}", it.get("router").is_some())
            };
            neighbors.iter().map(line).collect()
        },
    );
}

#[test]
fn sockets_are_those_of_ss() {
    if Command::new("ss").arg("-V").output().is_err() {
        return skipped("ss (of iproute2) is not installed");
    }
    let _here = (TcpListener::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("[::1]:0").unwrap());
    for (class, flag) in [("CIM_TCPProtocolEndpoint", "-tane"), ("CIM_UDPProtocolEndpoint", "-uane")] {
        let mut last = None;
        for _ in 0..10 {
            let Some(output) = run(None, &format!("ss -H {flag}; echo; get {class}")) else { return };
            let output = String::from_utf8(output.stdout).unwrap();
            let (theirs, ours) = output.split_once("\n[").unwrap();
            let ours: Vec<Value> = serde_json::from_str(&format!("[{ours}")).unwrap();
            let line = |it: &Value| {
                format!("{} {} {}", it["PortNumber"], it["SocketInode"].as_u64().unwrap_or(0), it["UserID"])
            };
            let ours: BTreeSet<_> = ours.iter().map(line).collect();
            let theirs: BTreeSet<_> = theirs.lines().filter(|line| !line.is_empty()).map(told_by_ss).collect();
            if ours == theirs {
                assert!(!ours.is_empty());
                last = None;
                break;
            }
            last = Some((ours, theirs));
        }
        assert_eq!(last, None, "{class}: ours is on the left");
    }
}

/// A line of `ss -ane`: port, inode and user.
fn told_by_ss(line: &str) -> String {
    let port = line.split_whitespace().nth(3).unwrap().rsplit(':').next().unwrap();
    let word = |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name)).unwrap_or("0");
    format!("{port} {} {}", word("ino:"), word("uid:"))
}

#[test]
fn a_socket_leads_to_the_process_that_has_it_open() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let connected = client.local_addr().unwrap().port();
    let query = format!("get Linux_TCPProtocolEndpoint --where 'PortNumber = {port} OR PortNumber = {connected}'");
    let Some([sockets]) = lists(None, [query.as_str()]) else { return };

    let find =
        |port: u16, state: u16| sockets.iter().find(|it| it["PortNumber"] == port && it["State"] == state).unwrap();
    let (listening, connection) = (find(port, 2), find(connected, 5));
    for socket in [listening, connection] {
        assert_eq!(socket["OwningProcess"], std::process::id());
        assert_eq!(text(socket, "OwningProcessName"), fs::read_to_string("/proc/self/comm").unwrap().trim());
    }
    let inode = fs::read_link(format!("/proc/self/fd/{}", listener.as_raw_fd())).unwrap();
    assert_eq!(inode.to_string_lossy(), format!("socket:[{}]", listening["SocketInode"]));
    assert_eq!((&connection["RemotePort"], text(connection, "RemoteAddress")), (&port.into(), "127.0.0.1"));
    assert_eq!(text(listening, "RemoteAddress"), "-");
}

/// Bytes received by the loopback interface.
fn received() -> u64 {
    let text = fs::read_to_string("/proc/net/dev").unwrap();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("lo:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn a_rate_is_what_the_counters_grew_in_the_interval_that_it_names() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    // The thread ends when the receiver of its messages is dropped, also by a panic.
    let (alive, watch) = std::sync::mpsc::sync_channel(0);
    std::thread::spawn(move || {
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        while alive.try_send(()) != Err(TrySendError::Disconnected(())) {
            let _ = sender.send_to(&[0; 1000], address);
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let before = received();
    let Some([statistics]) = lists(None, [r#"get Linux_NetworkPortStatistics --where "ElementName = 'lo'""#]) else {
        return;
    };
    let after = received();
    drop(watch);

    let statistics = &statistics[0];
    let interval = text(statistics, "SampleInterval");
    let seconds = interval.strip_prefix("P0DT0H0M").and_then(|it| it.strip_suffix('S')?.parse::<f64>().ok());
    let seconds = seconds.unwrap_or_else(|| panic!("{interval}"));
    assert!(seconds >= 0.25, "{interval}");
    let rate = statistics["BytesReceivedPerSecond"].as_f64().unwrap();
    let total = statistics["BytesReceived"].as_u64().unwrap();
    assert!(rate > 0.0 && rate * seconds <= (after - before) as f64 + 1.0, "{rate} in {interval}");
    assert!((before..=after).contains(&total), "{before} {total} {after}");
}

#[test]
fn who_asks_for_counters_alone_gets_no_interval() {
    let Some([statistics]) = lists(None, ["get Linux_NetworkPortStatistics -p BytesReceived,SampleInterval"]) else {
        return;
    };
    assert!(statistics[0]["SampleInterval"].is_string(), "it was asked for");
    let Some([statistics]) = lists(None, ["get Linux_NetworkPortStatistics -p ElementName,BytesReceived"]) else {
        return;
    };
    assert!(statistics.iter().any(|it| it["ElementName"] == "lo" && it["BytesReceived"].is_u64()), "{statistics:?}");
}

#[test]
fn an_interface_with_an_odd_name_hides_no_other_one() {
    let setup = r#"for kind in dummy ifb bridge; do ip link add name "$(printf 'odd\377')" type $kind && break; done"#;
    let Some([ports, statistics]) = lists(Some(setup), ["get CIM_NetworkPort", "get CIM_NetworkPortStatistics"]) else {
        return;
    };
    for (list, key) in [(&ports, "DeviceID"), (&statistics, "ElementName")] {
        let names: BTreeSet<_> = list.iter().map(|it| text(it, key)).collect();
        assert!(names.is_superset(&BTreeSet::from(["lo", "odd\u{fffd}"])), "{names:?}");
    }
}

#[test]
fn interfaces_that_come_and_go_while_they_are_read_break_nothing() {
    let script = r#"
        ( while :; do ip link add come type veth peer name go; ip addr add 192.0.2.1/24 dev come; ip link set come up
          ip link del come; done ) >/dev/null 2>&1 &
        churning=$!
        for class in CIM_NetworkPort CIM_IPProtocolEndpoint CIM_LANEndpoint CIM_NextHopRoute CIM_NetworkPortStatistics; do
            for time in 1 2 3 4 5; do get $class || exit 1; done
        done
        kill $churning
    "#;
    let Some(output) = run(Some("ip link set lo up"), script) else { return };
    let lists = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Vec<Value>>();
    assert_eq!(lists.map(Result::unwrap).count(), 25);
}

/// Class and identifying key of each instance.
fn who(instances: &[Value]) -> BTreeSet<String> {
    let key = |it: &Value| {
        ["DeviceID", "Handle", "Name"].map(|key| it[key].as_str().map(str::to_owned)).into_iter().flatten().next()
    };
    instances.iter().map(|it| format!("{} {}", text(it, "__class"), key(it).unwrap())).collect()
}

#[test]
fn an_interface_leads_to_its_addresses_and_back() {
    let commands = [
        "associators Linux_EthernetPort DeviceID=uplink --result-class CIM_ProtocolEndpoint",
        "associators Linux_LANEndpoint Name=uplink --result-class CIM_IPProtocolEndpoint",
        "associators Linux_IPProtocolEndpoint Name=192.0.2.10%uplink/24",
        "associators Linux_NetworkPort DeviceID=lo --association-class CIM_PortImplementsEndpoint",
        "references Linux_IPProtocolEndpoint Name=192.0.2.10%uplink/24 --association-class CIM_BindsTo",
    ];
    let Some([endpoints, addresses, back, loopback, references]) = lists(Some(LAB), commands) else { return };
    let of_uplink =
        ["192.0.2.10%uplink/24", "192.0.2.11%uplink/24", "2001:db8::10%uplink/64", "2001:db8::77%uplink/64"]
            .map(|name| format!("Linux_IPProtocolEndpoint {name}"));
    let link_local = |names: BTreeSet<String>| -> BTreeSet<String> {
        names.into_iter().filter(|name| !name.contains("fe80")).collect()
    };
    let of_uplink = BTreeSet::from(of_uplink);
    assert_eq!(link_local(who(&addresses)), of_uplink);
    let mut with_lan = of_uplink.clone();
    with_lan.insert("Linux_LANEndpoint uplink".to_owned());
    assert_eq!(link_local(who(&endpoints)), with_lan);
    let expected = ["Linux_EthernetPort uplink", "Linux_LANEndpoint uplink"].map(str::to_owned);
    assert_eq!(who(&back), BTreeSet::from(expected));
    assert!(who(&loopback).contains("Linux_IPProtocolEndpoint 127.0.0.1%lo/8"), "{loopback:?}");
    assert_eq!(references.len(), 1);
    assert_eq!(text(&references[0], "__class"), "Linux_BindsToLANEndpoint");
}

#[test]
fn the_system_leads_to_its_devices_and_back() {
    let commands = [
        "associators Linux_ComputerSystem --result-class CIM_LogicalDevice",
        "get CIM_LogicalDevice",
        "associators Linux_NetworkPort DeviceID=lo --result-class CIM_System",
    ];
    let Some([devices, all, system]) = lists(None, commands) else { return };
    assert_eq!(who(&devices), who(&all));
    for kind in ["Linux_DiskDrive", "Linux_NetworkPort", "Linux_Processor", "Linux_StorageExtent"] {
        assert!(devices.iter().any(|device| text(device, "__class") == kind), "{kind}");
    }
    assert_eq!(system.len(), 1);
    assert_eq!(text(&system[0], "__class"), "Linux_ComputerSystem");
}

#[test]
fn a_process_leads_to_its_sockets_and_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let pid = std::process::id();
    let to_sockets = format!("associators Linux_Process Handle={pid} --result-class CIM_TCPProtocolEndpoint");
    let Some([sockets]) = lists(None, [to_sockets.as_str()]) else { return };
    let socket = sockets.iter().find(|it| it["PortNumber"] == port).unwrap_or_else(|| panic!("{sockets:?}"));
    assert_eq!(socket["OwningProcess"], pid);

    let back =
        format!("associators Linux_TCPProtocolEndpoint 'Name={}' --result-class CIM_Process", text(socket, "Name"));
    let Some([processes]) = lists(None, [back.as_str()]) else { return };
    assert_eq!(who(&processes), BTreeSet::from([format!("Linux_Process {pid}")]));
    assert!(processes[0]["WorkingSetSize"].as_u64().unwrap() > 0, "it is told whole");
}

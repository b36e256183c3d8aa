//! Each resource with what it desires of a machine, how a shell sees that it is so, and what makes it otherwise.

use crate::container::Container;
use crate::manager::Resource;

/// A container with an LCM in it.
pub(crate) trait Configured {
    fn container(&self) -> &Container;

    /// Applies a configuration, and fails when that fails.
    fn apply_all(&self, resources: &[&Resource]);

    fn is_so(&self) -> bool;

    /// How many things GetConfiguration tells of.
    fn told(&self) -> usize;

    /// What the resources did last.
    fn log(&self) -> String;
}

/// Applies one configuration of every resource, sees that the machine is as desired and found so, and lets one thing after
/// the other drift, which is found and corrected.
pub(crate) fn apply_drift_and_correct(lcm: &impl Configured) {
    assert!(lcm.container().succeeds(PREPARE), "{}", lcm.container().sh(PREPARE));
    let cases = cases();
    none_is_forgotten(&cases);
    let configuration: Vec<&Resource> = cases.iter().map(|case| &case.resource).collect();
    let apply = || {
        lcm.apply_all(&configuration);
        for Case { resource, holds, .. } in &cases {
            assert!(lcm.container().succeeds(holds), "{} is not so: {holds}\n{}", resource.name, lcm.log());
        }
        assert!(lcm.is_so(), "{}", lcm.log());
    };
    apply();
    assert_eq!(lcm.told(), cases.len());
    for case in &cases {
        let Some(drift) = case.drift else { continue };
        assert!(lcm.container().succeeds(drift), "{drift}");
        assert!(!lcm.is_so(), "nobody sees that {} has drifted", case.resource.name);
        apply();
    }
}

/// The cases are of all resources that lumi has.
fn none_is_forgotten(cases: &[Case]) {
    let mut tried: Vec<String> = cases.iter().map(|case| case.resource.class()).collect();
    let mut known: Vec<String> = lumi::dsc::RESOURCES.iter().map(|it| it.class().name().to_owned()).collect();
    tried.sort_unstable();
    tried.dedup();
    known.sort_unstable();
    assert_eq!(tried, known);
}

/// A resource in the configuration.
struct Case {
    resource: Resource,
    /// A line of shell that succeeds when the machine is as desired.
    holds: &'static str,
    /// A line of shell after which it is not. `None` for what is always as desired.
    drift: Option<&'static str>,
}

fn case(name: &'static str, properties: &str, holds: &'static str, drift: &'static str) -> Case {
    Case { resource: Resource::new(name, properties), holds, drift: Some(drift) }
}

/// A resource that is there to be asked.
fn asked(name: &'static str, properties: &str) -> Case {
    Case { resource: Resource::new(name, properties), holds: "true", drift: None }
}

/// Makes what the resources work on.
const PREPARE: &str = r#"
set -e
mkdir -p /srv/dsc/source/sub /srv/dsc/build/DEBIAN /srv/dsc/build/usr/share/lumi-sample
cd /srv/dsc
echo one > source/one
echo two > source/sub/two
echo old > lines
tar -czf archive.tar.gz -C source .
printf 'Package: lumi-sample\nVersion: 1.0\nArchitecture: all\nMaintainer: lumi\nDescription: a sample\n' > build/DEBIAN/control
echo 1.0 > build/usr/share/lumi-sample/version
dpkg-deb --build build lumi-sample.deb > /dev/null
printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' > /etc/systemd/system/lumi-works.service
systemctl daemon-reload
useradd --create-home lumi-key
ip link add lumi0 type veth peer name lumi1
ip link set lumi1 up
systemctl start systemd-networkd
"#;

/// nxFile in each of its forms.
fn cases() -> Vec<Case> {
    files().into_iter().chain(accounts_and_programs()).chain(network()).collect()
}

fn files() -> [Case; 7] {
    [
        case(
            "nxFile",
            r#"DestinationPath = "/srv/dsc/file"; Contents = "hello\n"; Owner = "daemon"; Mode = "640";"#,
            "[ $(cat /srv/dsc/file) = hello ] && [ $(stat -c %U:%a /srv/dsc/file) = daemon:640 ]",
            "chmod 644 /srv/dsc/file",
        ),
        case(
            "nxFile",
            r#"DestinationPath = "/srv/dsc/copy"; SourcePath = "/srv/dsc/source"; Type = "directory"; Recurse = true;"#,
            "diff -r /srv/dsc/source /srv/dsc/copy",
            "rm /srv/dsc/copy/sub/two",
        ),
        case(
            "nxFile",
            r#"DestinationPath = "/srv/dsc/link"; SourcePath = "/srv/dsc/file"; Type = "link";"#,
            "[ $(readlink /srv/dsc/link) = /srv/dsc/file ]",
            "ln -sfn /etc/hostname /srv/dsc/link",
        ),
        case(
            "nxFile",
            r#"DestinationPath = "/srv/dsc/none"; Ensure = "absent";"#,
            "[ ! -e /srv/dsc/none ]",
            "touch /srv/dsc/none",
        ),
        case(
            "nxFileLine",
            r#"FilePath = "/srv/dsc/lines"; ContainsLine = "new"; DoesNotContainPattern = "^old";"#,
            "[ $(cat /srv/dsc/lines) = new ]",
            "echo old > /srv/dsc/lines",
        ),
        case(
            "nxArchive",
            r#"SourcePath = "/srv/dsc/archive.tar.gz"; DestinationPath = "/srv/dsc/unpacked"; Checksum = "md5";"#,
            "diff -r /srv/dsc/source /srv/dsc/unpacked",
            "echo three > /srv/dsc/unpacked/one",
        ),
        asked("nxFileInventory", r#"DestinationPath = "/srv/dsc/source/one"; Checksum = "sha-256";"#),
    ]
}

fn accounts_and_programs() -> [Case; 8] {
    [
        case(
            "nxUser",
            r#"UserName = "lumi-user"; FullName = "Lumi Test"; HomeDirectory = "/srv/dsc/home";"#,
            "getent passwd lumi-user | grep -q 'Lumi Test:/srv/dsc/home'",
            "usermod --comment Somebody lumi-user",
        ),
        case(
            "nxGroup",
            r#"GroupName = "lumi-group"; Members = {"lumi-user"}; DependsOn = {"[nxUser]R7"};"#,
            "getent group lumi-group | grep -q ':lumi-user$'",
            "groupdel lumi-group",
        ),
        case(
            "nxSshAuthorizedKeys",
            r#"KeyComment = "lumi"; UserName = "lumi-key"; Ensure = "Present";
            Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC7rVhNhnLM8mP6jyUCgIiRJCcFIh0qgHHPQFvn4bpbY";"#,
            "grep -q ^ssh-ed25519 ~lumi-key/.ssh/authorized_keys",
            "rm ~lumi-key/.ssh/authorized_keys",
        ),
        case(
            "nxEnvironment",
            r#"Name = "LUMI_TEST"; Value = "1"; Ensure = "Present";"#,
            "[ $(su -l -s /bin/sh -c 'echo $LUMI_TEST' daemon) = 1 ]",
            "sed -i s/LUMI_TEST=1/LUMI_TEST=2/ /etc/environment",
        ),
        case(
            "nxScript",
            r##"GetScript = "#!/bin/sh\ncat /srv/dsc/made\n"; SetScript = "#!/bin/sh\necho yes > /srv/dsc/made\n";
            TestScript = "#!/bin/sh\ngrep -q yes /srv/dsc/made\n";"##,
            "[ $(cat /srv/dsc/made) = yes ]",
            "rm /srv/dsc/made",
        ),
        case(
            "nxPackage",
            r#"Name = ""; FilePath = "/srv/dsc/lumi-sample.deb"; PackageManager = "Apt"; Ensure = "Present";"#,
            "dpkg-query -W -f '${Status}' lumi-sample | grep -q 'ok installed'",
            "dpkg --purge lumi-sample",
        ),
        case(
            "nxService",
            r#"Name = "lumi-works"; Controller = "systemd"; State = "Running"; Enabled = true;"#,
            "systemctl -q is-active lumi-works && systemctl -q is-enabled lumi-works",
            "systemctl stop lumi-works",
        ),
        asked("nxAvailableUpdates", r#"Name = "lumi-sample";"#),
    ]
}

fn network() -> [Case; 4] {
    [
        case(
            "nxComputer",
            r#"Name = "lumi-web"; DNSDomainName = "example.net"; TimeZoneName = "Africa/Cairo";"#,
            "[ $(hostname --fqdn) = lumi-web.example.net ]",
            "hostnamectl set-hostname other",
        ),
        case(
            "nxDNSServerAddress",
            r#"Address = {"192.0.2.53", "192.0.2.54"}; AddressFamily = "IPv4";"#,
            "grep -q '^nameserver 192.0.2.53' /etc/resolv.conf",
            "echo nameserver 192.0.2.1 > /etc/resolv.conf",
        ),
        case(
            "nxIPAddress",
            r#"IPAddress = "192.0.2.5"; InterfaceName = "lumi0"; BootProtocol = "Static"; PrefixLength = 24;"#,
            "timeout 30 sh -c 'until ip address show dev lumi0 | grep -q 192.0.2.5/24; do sleep 0.1; done'",
            "sed -i s/192.0.2.5/192.0.2.6/ /etc/systemd/network/10-lumi0.network",
        ),
        case(
            "nxFirewall",
            r#"Name = "lumi-web"; FirewallType = "Iptables"; Access = "Allow"; Protocol = "tcp"; Direction = "INPUT";
            DestinationPort = "8080"; Ensure = "Present";"#,
            "iptables -S INPUT | grep -e '--dport 8080' | grep -q ACCEPT",
            "iptables -F INPUT",
        ),
    ]
}

//! The resources under the Local Configuration Manager of DSC for Linux, in omiserver: a configuration is applied, found
//! applied, found to have drifted, and corrected. These are the resources that can do without a systemd, a dpkg and a
//! network of their own; `lcm_container.rs` has all of them.
//!
//! Skipped where OMI or the LCM's library is not installed. `/etc` is a copy in the mount namespace of the server, so
//! nothing outside of it changes.

#[path = "support/built.rs"]
#[allow(dead_code)] // no examples are loaded
mod built;
#[path = "lcm/manager.rs"]
mod manager;
#[path = "support/omiserver.rs"]
#[allow(dead_code)] // other test files use more of it
mod omiserver;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use manager::{Manager, NAMESPACE, Resource, install, succeed, uninstall};
use omiserver::Omi;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Names the LCM's library with its crash on errors corrected.
const CORRECTED: &str = "LUMI_CORRECTED_LCM";

/// A server with the LCM, which has lumi's resources.
struct Lcm {
    omi: Omi,
    /// Where the resources of the tests work.
    folder: TempDir,
}

impl Lcm {
    /// With the installed LCM, or with another build of it, and with such settings. `None`, and a word why, where that
    /// cannot be.
    fn start(library: Option<&Path>, settings: &str) -> Option<Self> {
        let omi = Omi::prepare()?;
        if !omi.installed("lib/libdsccore.so").exists() {
            skip::skipped("the installed OMI has no DSC for Linux");
            return None;
        }
        if let Some(library) = library {
            fs::copy(library, omi.file("lib/libdsccore.so")).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let etc = folder.path().join("etc");
        let private = format!("cp -a /etc {0} && mount --bind {0} /etc && mkdir -p /etc/lumi", etc.display());
        succeed(omi.enter("sh").args(["-c", &private]));
        fs::write(etc.join("lumi/dsc.conf"), settings).unwrap();
        let mut lcm = Self { omi, folder };
        lcm.install();
        lcm.omi.start();
        Some(lcm)
    }

    fn lumi(&self) -> Command {
        self.omi.enter(env!("CARGO_BIN_EXE_lumi"))
    }

    fn install(&self) {
        install(self.lumi(), &built::lumi(), &self.omi.installed(""));
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

impl Manager for Lcm {
    fn omicli(&self, words: &[&str]) -> Output {
        self.omi.omicli(words.iter().copied())
    }
}

/// A resource, whether the machine is as it desires, and what makes the machine otherwise.
struct Case {
    resource: Resource,
    holds: Box<dyn Fn() -> bool>,
    drift: Box<dyn Fn()>,
}

impl Case {
    /// Of a file that is as desired when it has these lines, and drifts to another content.
    fn of_file(resource: Resource, file: &Path, lines: &[&str], drifted: &str) -> Self {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let (read, drifted) = (file.to_owned(), drifted.to_owned());
        let file = file.to_owned();
        Self {
            resource,
            holds: Box::new(move || {
                let text = fs::read_to_string(&read).unwrap_or_default();
                lines.iter().all(|wanted| text.lines().any(|line| line == wanted))
            }),
            drift: Box::new(move || fs::write(&file, &drifted).unwrap()),
        }
    }
}

/// A case for each resource that can do without systemd, in a private `/etc`.
fn cases(lcm: &Lcm) -> Vec<Case> {
    let path = |name: &str| lcm.folder.path().join(name);
    let text = |name: &str| lcm.path(name);
    fs::write(path("lines"), "old\n").unwrap();
    let home = text("home");
    let script = |what: &str| format!("#!/bin/sh\n{what} {}\n", text("made"));
    let (get, set, test) = (script("cat"), script("echo yes >"), script("grep -q yes"));
    let without = |file: &str, start: &str| {
        let all = fs::read_to_string(path(file)).unwrap();
        all.lines().filter(|line| !line.starts_with(start)).map(|line| format!("{line}\n")).collect::<String>()
    };
    let of_user = |line: &'static str| {
        let file = path("etc/passwd");
        move || fs::read_to_string(&file).unwrap().lines().any(|found| found.contains(line))
    };
    let passwd = path("etc/passwd");
    vec![
        Case::of_file(
            Resource::new(
                "nxFileLine",
                format!("FilePath = {:?}; ContainsLine = \"new\"; DoesNotContainPattern = \"^old\";", text("lines")),
            ),
            &path("lines"),
            &["new"],
            "old\n",
        ),
        Case::of_file(
            Resource::new("nxEnvironment", r#"Name = "LUMI_TEST"; Value = "1"; Ensure = "Present";"#),
            &path("etc/environment"),
            &["LUMI_TEST=1"],
            "LUMI_TEST=2\n",
        ),
        Case::of_file(
            Resource::new("nxScript", format!("GetScript = {get:?}; SetScript = {set:?}; TestScript = {test:?};")),
            &path("made"),
            &["yes"],
            "no\n",
        ),
        Case {
            resource: Resource::new(
                "nxUser",
                format!("UserName = \"lumitest\"; FullName = \"Lumi Test\"; HomeDirectory = {home:?};"),
            ),
            holds: Box::new(of_user("Lumi Test")),
            drift: Box::new(move || {
                let text = fs::read_to_string(&passwd).unwrap();
                fs::write(&passwd, text.replace("Lumi Test", "Somebody Else")).unwrap();
            }),
        },
        Case::of_file(
            Resource::new("nxGroup", r#"GroupName = "lumitests"; Members = {"nobody"};"#),
            &path("etc/group"),
            &[],
            &without("etc/group", "lumitests:"),
        ),
        Case::of_file(
            Resource::new("nxComputer", r#"Name = "lumi-test-host";"#),
            &path("etc/hostname"),
            &["lumi-test-host"],
            "other\n",
        ),
    ]
}

#[test]
fn a_configuration_of_many_resources_is_applied_found_applied_found_drifted_and_corrected() {
    let Some(lcm) = Lcm::start(None, "") else { return };
    let cases = cases(&lcm);
    let configuration: Vec<&Resource> = cases.iter().map(|case| &case.resource).collect();
    let apply = || {
        let said = lcm.apply(&configuration);
        assert!(said.contains("ReturnValue=0"), "{said}");
        for case in &cases {
            assert!((case.holds)(), "{} is not as desired", case.resource.name);
        }
        assert!(lcm.is_in_desired_state());
    };
    apply();
    let found = lcm.call("GetConfiguration", &[]);
    for case in &cases {
        assert!(found.contains(&case.resource.class()), "{found}");
    }
    for case in &cases {
        (case.drift)();
        assert!(!lcm.is_in_desired_state(), "nobody sees that {} has drifted", case.resource.name);
        apply();
    }
}

fn line_in(file: &str) -> Resource {
    Resource::new("nxFileLine", format!("FilePath = {file:?}; ContainsLine = \"a\";"))
}

#[test]
fn an_lcm_that_would_crash_on_an_error_does_not_get_it_and_still_does_not_find_it_applied() {
    let Some(lcm) = Lcm::start(None, "") else { return };
    let missing = lcm.path("missing");
    let agents = || lcm.omi.processes();
    assert!(lcm.call("GetConfiguration", &[]).contains("Current configuration does not exist"));
    let before = agents();
    let said = lcm.apply(&[&line_in(&missing)]);
    assert!(said.contains("ReturnValue=0"), "{said}");
    assert!(!lcm.is_in_desired_state());
    assert_eq!(agents(), before, "an agent is gone");
}

/// Each resource with a property that cannot be, or cannot be done, and what is said about it. nxAvailableUpdates has none.
const WRONG: &[(&str, &str, &str)] = &[
    ("nxFile", r#"DestinationPath = "/srv/x"; Ensure = "maybe";"#, "nxFile: Ensure cannot be \"maybe\""),
    (
        "nxFileLine",
        r#"FilePath = "/nowhere/x"; ContainsLine = "a";"#,
        "/nowhere/x\" does not exist; nxFile can make it",
    ),
    (
        "nxArchive",
        r#"SourcePath = "/srv/x.zip"; DestinationPath = "x";"#,
        "DestinationPath \"x\" is not an absolute path",
    ),
    ("nxFileInventory", r#"DestinationPath = "/srv"; Links = "cut";"#, "nxFileInventory: Links cannot be \"cut\""),
    (
        "nxScript",
        r#"GetScript = "true"; SetScript = "exit 7"; TestScript = "exit 1";"#,
        "SetScript ended with the exit code 7",
    ),
    ("nxUser", r#"UserName = "a:b";"#, "UserName \"a:b\" is no name of a user"),
    ("nxGroup", r#"GroupName = "a:b";"#, "GroupName \"a:b\" is no name of a group"),
    ("nxService", r#"Name = "cron"; Controller = "launchd";"#, "nxService: Controller cannot be \"launchd\""),
    ("nxPackage", r#"Name = "a"; PackageManager = "Brew";"#, "nxPackage: PackageManager cannot be \"Brew\""),
    ("nxEnvironment", r#"Name = "a=b"; Value = "c";"#, "Name \"a=b\" is no name of a variable"),
    ("nxSshAuthorizedKeys", r#"KeyComment = "a"; UserName = "root"; Key = "b";"#, "Key is no line of a public key"),
    ("nxDNSServerAddress", r#"Address = {"one"};"#, "Address \"one\" is no address of IPv4"),
    ("nxIPAddress", r#"IPAddress = "192.0.2.1"; InterfaceName = "a b";"#, "InterfaceName \"a b\" is no name"),
    (
        "nxFirewall",
        r#"Name = "a"; FirewallType = "pf"; Access = "Allow";"#,
        "nxFirewall: FirewallType cannot be \"pf\"",
    ),
    ("nxComputer", r#"Name = "a b";"#, "\"a b\" should be a host name"),
];

#[test]
fn an_lcm_that_can_bear_errors_names_each_resource_that_failed() {
    let Some(library) = std::env::var_os(CORRECTED) else {
        skip::skipped(&format!("{CORRECTED} names no LCM that can bear errors"));
        return;
    };
    let Some(lcm) = Lcm::start(Some(Path::new(&library)), "LcmErrors = post\n") else { return };
    let wrong: Vec<Resource> = WRONG.iter().map(|(name, properties, _)| Resource::new(name, *properties)).collect();
    let said = lcm.apply(&wrong.iter().collect::<Vec<_>>());
    let log = fs::read_to_string(lcm.omi.file("var/log/dsc.log")).unwrap();
    for (number, (name, _, words)) in WRONG.iter().enumerate() {
        let id = format!("[{name}]R{number}");
        assert!(said.contains(&id), "{id} is not named: {said}");
        let why = log.lines().find(|line| line.contains(&format!("ResourceId is {id} ")));
        assert!(why.is_some_and(|line| line.contains(words)), "{id}: {why:?}");
    }
}

#[test]
fn a_server_that_runs_loses_the_module_when_it_is_uninstalled_and_gets_it_back() {
    let Some(lcm) = Lcm::start(None, "") else { return };
    let file = lcm.path("lines");
    fs::write(&file, "").unwrap();
    let line = line_in(&file);
    assert!(lcm.apply(&[&line]).contains("ReturnValue=0"));
    let class = line.class();
    let asked = ["iv", NAMESPACE, "{", &class, "}", "TestTargetResource", "{", "InputResource", "{", &class];
    let asked = asked.into_iter().chain(["FilePath", &file, "ContainsLine", "a", "}", "Flags", "0", "}"]);
    let asked: Vec<&str> = asked.collect();
    // omiserver looks each second whether it shall read its registrations anew.
    let wait_until = |is_there: bool| {
        let deadline = Instant::now() + Duration::from_secs(30);
        while run::text(&Manager::omicli(&lcm, &asked)).contains("Result=true") != is_there {
            assert!(Instant::now() < deadline, "{}", run::text(&Manager::omicli(&lcm, &asked)));
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    wait_until(true);
    uninstall(lcm.lumi(), &lcm.omi.installed(""));
    wait_until(false);
    let said = lcm.apply(&[&line]);
    assert!(!said.contains("ReturnValue=0"), "{said}");
    lcm.install();
    wait_until(true);
    assert!(lcm.apply(&[&line]).contains("ReturnValue=0"));
}

//! Every resource of lumi in one configuration, under the Local Configuration Manager of DSC for Linux: applied, found
//! applied, found to have drifted, and corrected, in a container with a systemd, a dpkg and a network of its own.
//!
//! Needs root, systemd-nspawn, an OMI with DSC for Linux in it, and in `LUMI_SYSTEMD_ROOT` the root directory of the same
//! distribution, with the libraries that these need and iptables; skips and says so otherwise.

#[path = "support/built.rs"]
mod built;
#[path = "support/container.rs"]
mod container;
#[path = "lcm/every_resource.rs"]
mod every_resource;
#[path = "lcm/manager.rs"]
mod manager;
#[path = "support/omiserver.rs"]
#[allow(dead_code)] // this server runs in the container
mod omiserver;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use container::{BUILT, Container};
use every_resource::{Case, PREPARE, cases};
use manager::{Manager, Resource, install};
use skip::skipped;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

/// A configuration may install packages.
const PATIENCE: Duration = Duration::from_secs(120);

/// A container with a server and the LCM in it, which has lumi's resources.
struct Lcm {
    container: Container,
    prefix: PathBuf,
}

impl Lcm {
    /// `None`, and a word why, where that cannot be.
    fn start() -> Option<Self> {
        let prefix = omiserver::installed().map_err(|reason| skipped(&reason)).ok()?;
        if !prefix.join("lib/libdsccore.so").exists() {
            skipped("the installed OMI has no DSC for Linux");
            return None;
        }
        let container = Container::boot(&built::lumi())?;
        let copy = container.file(prefix.to_str().unwrap());
        fs::create_dir_all(&copy).unwrap();
        omiserver::copy(&prefix, &copy).unwrap();
        let place = prefix.display();
        let missing = container.sh(&format!(
            "ldd {place}/bin/omiserver {place}/bin/omiagent {place}/lib/libdsccore.so | grep 'not found'; command -v iptables > /dev/null || echo iptables"
        ));
        if !missing.is_empty() {
            skipped(&format!("the distribution in the container has no {}", missing.trim()));
            return None;
        }
        let lumi = container.command(&format!("{BUILT}/lumi"));
        install(lumi, &Path::new(BUILT).join("liblumi.so"), &prefix);
        let lcm = Self { container, prefix };
        lcm.start_server();
        Some(lcm)
    }

    fn start_server(&self) {
        let server = self.prefix.join("bin/omiserver");
        self.sh(&format!("systemd-run --quiet --unit=omiserver {} --ignoreAuthentication", server.display()));
        let until = Instant::now() + PATIENCE;
        while !self.omicli(&["id"]).status.success() {
            assert!(Instant::now() < until, "omiserver does not start: {}", self.sh("systemctl status omiserver"));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn sh(&self, line: &str) -> String {
        self.container.sh(line)
    }

    /// Whether a line of shell succeeds.
    fn succeeds(&self, line: &str) -> bool {
        run::within(PATIENCE, self.container.command("/bin/sh").args(["-c", line])).status.success()
    }
}

impl Manager for Lcm {
    fn omicli(&self, words: &[&str]) -> Output {
        let omicli = self.prefix.join("bin/omicli");
        run::within(PATIENCE, self.container.command(omicli.to_str().unwrap()).args(words))
    }
}

#[test]
fn a_configuration_of_every_resource_is_applied_found_applied_found_drifted_and_corrected() {
    let Some(lcm) = Lcm::start() else { return };
    assert!(lcm.succeeds(PREPARE), "{}", lcm.sh(PREPARE));
    let cases = cases();
    every_resource_is_there(&cases);
    let configuration: Vec<&Resource> = cases.iter().map(|case| &case.resource).collect();
    let apply = || {
        let said = lcm.apply(&configuration);
        let log = || lcm.sh(&format!("tail -n 40 {}", lcm.prefix.join("var/log/lumi.log").display()));
        assert!(said.contains("ReturnValue=0"), "{said}\n{}", log());
        for case in &cases {
            assert!(lcm.succeeds(case.holds), "{} is not as desired: {}\n{}", case.resource.name, case.holds, log());
        }
        assert!(lcm.is_in_desired_state(), "{}", log());
    };
    apply();
    let found = lcm.call("GetConfiguration", &[]);
    for case in &cases {
        assert!(found.contains(&case.resource.class()), "{found}");
    }
    for case in &cases {
        let Some(drift) = case.drift else { continue };
        assert!(lcm.succeeds(drift), "{drift}");
        assert!(!lcm.is_in_desired_state(), "nobody sees that {} has drifted", case.resource.name);
        apply();
    }
}

/// None is forgotten: the cases are of the resources that `lumi dsc list` has.
fn every_resource_is_there(cases: &[Case]) {
    let mut tried: Vec<String> = cases.iter().map(|case| case.resource.class()).collect();
    let mut known: Vec<String> = lumi::dsc::RESOURCES.iter().map(|it| it.class().name().to_owned()).collect();
    tried.sort_unstable();
    tried.dedup();
    known.sort_unstable();
    assert_eq!(tried, known);
}

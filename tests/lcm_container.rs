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
use every_resource::{Configured, apply_drift_and_correct};
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
}

impl Manager for Lcm {
    fn omicli(&self, words: &[&str]) -> Output {
        let omicli = self.prefix.join("bin/omicli");
        run::within(PATIENCE, self.container.command(omicli.to_str().unwrap()).args(words))
    }
}

impl Configured for Lcm {
    fn container(&self) -> &Container {
        &self.container
    }

    fn apply_all(&self, resources: &[&Resource]) {
        let said = self.apply(resources);
        assert!(said.contains("ReturnValue=0"), "{said}\n{}", self.log());
    }

    fn is_so(&self) -> bool {
        self.is_in_desired_state()
    }

    fn told(&self) -> usize {
        self.call("GetConfiguration", &[]).matches("instance of MSFT_nx").count()
    }

    fn log(&self) -> String {
        self.sh(&format!("tail -n 40 {}", self.prefix.join("var/log/lumi.log").display()))
    }
}

#[test]
fn a_configuration_of_every_resource_is_applied_found_applied_found_drifted_and_corrected() {
    let Some(lcm) = Lcm::start() else { return };
    apply_drift_and_correct(&lcm);
    an_inventory_asks_those_that_have_one(&lcm);
}

fn an_inventory_asks_those_that_have_one(lcm: &Lcm) {
    let filters = [
        ("nxUser", r#"UserName = "lumi-*";"#, "2 found"),
        ("nxGroup", r#"GroupName = "lumi-group";"#, "1 found"),
        ("nxPackage", r#"Name = "lumi-*";"#, "1 found"),
        ("nxService", r#"Name = "lumi-*"; Controller = "systemd";"#, "1 found"),
        ("nxAvailableUpdates", r#"Name = "lumi-*";"#, "0 found"),
        ("nxFileInventory", r#"DestinationPath = "/srv/dsc/source/*"; Recurse = true; Type = "file";"#, "2 found"),
    ];
    let resources = filters.map(|(name, properties, _)| Resource::new(name, properties));
    let said = lcm.inventory(&resources.each_ref(), &lcm.container.file("/srv/inventory.mof"), "/srv/inventory.mof");
    assert!(said.starts_with("instance of PerformInventory"), "{said}");
    let log = lcm.log();
    for (name, _, found) in filters {
        let line = log.lines().find(|line| line.contains(&format!("Inventory {name} ")));
        assert!(line.is_some_and(|line| line.contains(found)), "{name}: {log}");
    }
}

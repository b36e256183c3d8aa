//! Every resource of lumi in one configuration, by pypsrp and the methods of MSFT_DSCLocalConfigurationManager in lumi's own
//! host: what `lcm_container.rs` does under the LCM of DSC for Linux.
//!
//! Needs root, systemd-nspawn, in `LUMI_SYSTEMD_ROOT` the root directory of a Debian with iptables, and pypsrp; skips and says
//! so otherwise.

#[path = "support/built.rs"]
mod built;
#[path = "support/container.rs"]
#[allow(dead_code)] // other test files use more of it
mod container;
#[path = "lcm/every_resource.rs"]
mod every_resource;
#[path = "lcm/manager.rs"]
#[allow(dead_code)] // there is no omicli
mod manager;
#[path = "support/python.rs"]
#[allow(dead_code)] // other test files use more of it
mod python;
#[path = "support/run.rs"]
mod run;
#[path = "support/serve.rs"]
#[allow(dead_code)] // this server runs in the container
mod serve;
#[path = "support/skip.rs"]
mod skip;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use container::{Container, Served};
use every_resource::{Configured, apply_drift_and_correct};
use manager::{Resource, document};
use python::PYPSRP;
use serde_json::{Value as Json, json};

/// A container with `lumi serve` in it.
struct Host {
    served: Served,
    container: Container,
}

impl Host {
    fn start() -> Option<Self> {
        if !PYPSRP.is_installed() {
            return None;
        }
        let container = Container::boot(&built::lumi())?;
        if !container.succeeds("command -v iptables") {
            skip::skipped("the distribution in the container has no iptables");
            return None;
        }
        Some(Self { served: container.serve(), container })
    }

    /// What a method of the LCM gives out.
    fn call(&self, method: &str, parameters: Json) -> Json {
        let python = self.container.in_network(&python::interpreter());
        let mut client = PYPSRP.connect_by(python, &self.served.url, (&self.served.user, &self.served.password));
        let answer = client.ask(&json!({
            "invoke": "MSFT_DSCLocalConfigurationManager", "method": method, "parameters": parameters,
            "namespace": "root/Microsoft/DesiredStateConfiguration",
        }));
        assert_eq!(answer["output"]["ReturnValue"], "0", "{answer}");
        answer["output"].clone()
    }
}

impl Configured for Host {
    fn container(&self) -> &Container {
        &self.container
    }

    fn apply_all(&self, resources: &[&Resource]) {
        let data = BASE64_STANDARD.encode(document(resources));
        self.call("SendConfigurationApply", json!({ "ConfigurationData": data, "force": "true" }));
    }

    fn is_so(&self) -> bool {
        self.call("TestConfiguration", json!({}))["InDesiredState"] == "true"
    }

    fn told(&self) -> usize {
        self.call("GetConfiguration", json!({}))["configurations"].as_array().map_or(0, Vec::len)
    }

    fn log(&self) -> String {
        self.call("TestConfiguration", json!({})).to_string()
    }
}

#[test]
fn a_configuration_of_every_resource_is_applied_found_applied_found_drifted_and_corrected() {
    let Some(host) = Host::start() else { return };
    apply_drift_and_correct(&host);
}

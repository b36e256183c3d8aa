//! SCX_Agent: what answers, and where it runs.

use super::{OS_NAME, host_name};
use crate::classes::fits;
use crate::linux::{Root, computer, os};
use crate::schema::ScxAgent;
use log::LevelFilter;
use omi::{Enumerate, Get, Query, Result, Sink, not_found};
use std::sync::OnceLock;

const NAME: &str = "scx";

/// Serves SCX_Agent.
#[derive(Default)]
pub(crate) struct Agent {
    root: Root,
    /// Whether the hardware is real, which takes many files and does not change while the kernel runs.
    is_virtual: OnceLock<bool>,
}

impl Enumerate<ScxAgent> for Agent {
    const INLINE: Option<fn(&Self) -> bool> = Some(|_| true);

    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, ScxAgent>) -> Result<()> {
        out.post(self.instance()?)
    }
}

impl Get<ScxAgent> for Agent {
    fn get(&self, key: ScxAgent, _query: &Query<'_>) -> Result<ScxAgent> {
        if fits(&key.name, NAME) {
            self.instance()
        } else {
            Err(not_found::<ScxAgent>(&[("Name", key.name.as_deref().unwrap_or(NAME))]))
        }
    }
}

impl Agent {
    fn instance(&self) -> Result<ScxAgent> {
        let root = &self.root;
        let release = os::release(root)?;
        let processors = computer::processors(root)?;
        let is_virtual = *self.is_virtual.get_or_init(|| computer::virtualization(root).machine.is_some());
        let is_debian = release.id().into_iter().chain(release.id_like()).any(|id| id == "debian");
        let number = |text: &str| text.parse().ok();
        Ok(ScxAgent {
            version_string: Some(env!("CARGO_PKG_VERSION").to_owned()),
            kit_version_string: Some(env!("CARGO_PKG_VERSION").to_owned()),
            major_version: number(env!("CARGO_PKG_VERSION_MAJOR")),
            minor_version: number(env!("CARGO_PKG_VERSION_MINOR")),
            revision_number: number(env!("CARGO_PKG_VERSION_PATCH")),
            architecture: Some(architecture(std::env::consts::ARCH).to_owned()),
            os_name: Some(OS_NAME.to_owned()),
            os_version: release.version_id().map(str::to_owned),
            os_alias: Some(if is_debian { "UniversalD" } else { "UniversalR" }.to_owned()),
            hostname: Some(host_name(root)?),
            uname_architecture: Some(os::kernel(root).machine),
            min_active_log_severity_threshold: Some(threshold(log::max_level()).to_owned()),
            machine_type: Some(if is_virtual { "Virtual" } else { "Physical" }.to_owned()),
            physical_processors: processors.packages.map(|it| it as u64),
            logical_processors: processors.online.map(|it| it as u64),
            ..ScxAgent::default()
        })
    }
}

fn architecture(of_rust: &str) -> &str {
    match of_rust {
        "x86_64" => "x64",
        other => other,
    }
}

fn threshold(level: LevelFilter) -> &'static str {
    match level {
        LevelFilter::Off => "SUPPRESS",
        LevelFilter::Error => "ERROR",
        LevelFilter::Warn => "WARNING",
        LevelFilter::Info => "INFO",
        LevelFilter::Debug => "TRACE",
        LevelFilter::Trace => "HYSTERICAL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};

    fn agent(root: Root) -> Agent {
        Agent { root, ..Agent::default() }
    }

    #[test]
    fn the_alias_is_that_of_the_family_of_distributions() {
        let alias = |name| agent(machine(name)).instance().unwrap().os_alias.unwrap();
        assert_eq!(
            [alias("debian12"), alias("ubuntu2204"), alias("rhel8")],
            ["UniversalD", "UniversalD", "UniversalR"]
        );
    }

    #[test]
    fn a_machine_under_any_hypervisor_is_virtual() {
        let cpu = |flags: &str| {
            let cpuinfo = format!("processor\t: 0\nflags\t\t: {flags}\n");
            let files: [(&str, &[u8]); 3] = [
                ("/proc/cpuinfo", cpuinfo.as_bytes()),
                ("/proc/sys/kernel/hostname", b"web\n"),
                ("/etc/os-release", b"ID=debian\n"),
            ];
            let (_dir, root) = machine_with(&files);
            agent(root).instance().unwrap().machine_type.unwrap()
        };
        assert_eq!((cpu("fpu hypervisor").as_str(), cpu("fpu").as_str()), ("Virtual", "Physical"));
    }
}

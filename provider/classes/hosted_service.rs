//! Linux_HostedService: from the computer system to its services, and back.

use super::association::{Pairs, Plain, Take};
use super::{computer_system, host_name, service};
use crate::linux::{self, Bus, Root};
use crate::schema::LinuxHostedService;
use crate::schema::linux_hosted_service::Keys;
use omi::{Class, Instance, Result};

/// Serves Linux_HostedService.
#[derive(Default)]
pub(crate) struct HostedServices {
    root: Root,
    bus: Bus,
}

impl Pairs for HostedServices {
    const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

    fn each(&self, source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let host = host_name(&self.root)?;
        let system = computer_system::instance(&self.root)?.to_instance()?;
        let service = source.filter(|source| source.class_name().eq_ignore_ascii_case("Linux_Service"));
        let services = match service::listed(&self.bus, service.and_then(|service| service.text("Name"))) {
            // Without systemd the system has no services; who lists the associations is told why.
            Err(linux::Error::Unsupported { .. }) if source.is_some() => return Ok(()),
            services => services?,
        };
        services.iter().try_for_each(|unit| take([system.clone(), service::instance(&host, unit).to_instance()?]))
    }
}

impl Plain for HostedServices {
    type Class = LinuxHostedService;

    fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxHostedService {
        LinuxHostedService::new(Keys { antecedent, dependent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::association;
    use crate::linux::systemd::fake::FakeSystemd;

    #[test]
    fn the_system_has_all_services_and_each_service_is_its_own() {
        let Some(fake) = FakeSystemd::start() else { return };
        let services = HostedServices { root: Root::host(), bus: fake.bus.bus() };
        let all = association::pairs(&services, None).unwrap();
        assert!(all.len() > 1 && all.iter().all(|[system, _]| system.class_name() == "Linux_ComputerSystem"));
        let one = Instance::new("Linux_Service").with_key("Name", "cron.service");
        let pairs = association::pairs(&services, Some(&one)).unwrap();
        assert_eq!(
            pairs.iter().map(|[_, service]| service.text("Name").unwrap()).collect::<Vec<_>>(),
            ["cron.service"]
        );
    }
}

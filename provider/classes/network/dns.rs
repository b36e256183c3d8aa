//! Linux_DNSSettingData: how names are looked up.

use crate::linux::Root;
use crate::linux::network::resolver::{self, Resolver};
use crate::schema::LinuxDnsSettingData;
use crate::schema::linux_dns_setting_data::Keys;
use omi::{Enumerate, Get, Query, Result, Sink, not_found};

const ID: &str = "Linux:DNS";
const FILE: &str = "/etc/resolv.conf";

/// Serves Linux_DNSSettingData.
#[derive(Default)]
pub(crate) struct DnsSettings {
    root: Root,
}

impl Enumerate<LinuxDnsSettingData> for DnsSettings {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxDnsSettingData>) -> Result<()> {
        resolver::read(&self.root)?.map(instance).into_iter().try_for_each(|settings| out.post(settings))
    }
}

impl Get<LinuxDnsSettingData> for DnsSettings {
    fn get(&self, key: LinuxDnsSettingData, _query: &Query<'_>) -> Result<LinuxDnsSettingData> {
        let asked = key.instance_id.as_deref().unwrap_or(ID);
        let found = if asked.eq_ignore_ascii_case(ID) { resolver::read(&self.root)? } else { None };
        found.map(instance).ok_or_else(|| not_found::<LinuxDnsSettingData>(&[("InstanceID", asked)]))
    }
}

fn instance(resolver: Resolver) -> LinuxDnsSettingData {
    // A single dot is the root: no domain at all.
    let search: Vec<_> = resolver.search.into_iter().filter(|domain| domain != ".").collect();
    LinuxDnsSettingData {
        caption: Some(FILE.to_owned()),
        element_name: Some(FILE.to_owned()),
        domain_name: search.first().cloned(),
        dns_server_addresses: Some(resolver.servers),
        search_domains: Some(search),
        resolver_options: Some(resolver.options),
        upstream_server_addresses: resolver.upstream_servers,
        ..LinuxDnsSettingData::new(Keys { instance_id: ID.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_no_domain() {
        let settings = instance(Resolver { search: vec![".".to_owned()], ..Resolver::default() });
        assert_eq!((settings.domain_name, settings.search_domains), (None, Some(vec![])));
    }

    #[test]
    fn the_first_domain_is_that_of_the_machine() {
        let search = ["example.org", "corp.example.org"].map(str::to_owned).to_vec();
        let settings = instance(Resolver { search, servers: vec!["192.0.2.53".to_owned()], ..Resolver::default() });
        assert_eq!(settings.domain_name.as_deref(), Some("example.org"));
        assert_eq!(settings.dns_server_addresses, Some(vec!["192.0.2.53".to_owned()]));
    }
}

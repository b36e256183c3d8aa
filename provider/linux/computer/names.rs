//! The computer's names, from files alone: no name server is asked.

use crate::linux::{Result, Root};
use rustix::system::uname;

/// The host name as the kernel has it: `/proc/sys/kernel/hostname`.
pub fn host_name(root: &Root) -> Option<String> {
    let name = match root.is_running_kernel() {
        // One call instead of four for the file.
        true => uname().nodename().to_string_lossy().into_owned(),
        false => root.value("/proc/sys/kernel/hostname")?,
    };
    is_set(&name).then_some(name)
}

/// The NIS domain name as the kernel has it: `/proc/sys/kernel/domainname`.
fn nis_domain(root: &Root) -> Option<String> {
    let name = match root.is_running_kernel() {
        true => uname().domainname().to_string_lossy().into_owned(),
        false => root.value("/proc/sys/kernel/domainname")?,
    };
    is_set(&name).then_some(name)
}

/// The kernel starts with "(none)".
fn is_set(name: &str) -> bool {
    !name.is_empty() && name != "(none)"
}

/// The domain, from the first of these that has one: the host name itself, its line in `/etc/hosts`, the kernel's (NIS)
/// domain name, the `domain` line of `/etc/resolv.conf`. `None` if the machine is in no domain.
pub fn domain(root: &Root) -> Result<Option<String>> {
    host_name(root).map_or(Ok(None), |host| domain_of(root, &host))
}

/// The domain of a machine with this host name.
pub fn domain_of(root: &Root, host: &str) -> Result<Option<String>> {
    if let Some((_, domain)) = host.split_once('.') {
        return Ok(Some(domain.to_owned()));
    }
    let hosts = root.read_text_if_present("/etc/hosts")?.unwrap_or_default();
    if let Some(domain) = domain_in_hosts(&hosts, host) {
        return Ok(Some(domain.to_owned()));
    }
    if let Some(domain) = nis_domain(root) {
        return Ok(Some(domain));
    }
    let resolver = root.read_text_if_present("/etc/resolv.conf")?.unwrap_or_default();
    let mut lines = resolver.lines().map(str::split_ascii_whitespace);
    Ok(lines.find_map(|mut words| (words.next()? == "domain").then(|| words.next().map(str::to_owned))?))
}

/// The rest of a name "HOST.DOMAIN" on a line that names the host.
fn domain_in_hosts<'a>(hosts: &'a str, host: &str) -> Option<&'a str> {
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let mut names = lines.flat_map(|line| line.split_ascii_whitespace().skip(1));
    names.find_map(|name| name.strip_prefix(host)?.strip_prefix('.')).filter(|domain| !domain.is_empty())
}

/// The id of this installation: `/etc/machine-id`, 32 hexadecimal digits. `None` before the first boot has made one.
pub fn machine_id(root: &Root) -> Option<String> {
    let id = root.value("/etc/machine-id").or_else(|| root.value("/var/lib/dbus/machine-id"))?;
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};

    fn domain_of(name: &str) -> Option<String> {
        domain(&machine(name)).unwrap()
    }

    #[test]
    fn the_domain_is_taken_from_host_name_hosts_or_kernel() {
        assert_eq!(domain_of("rhel8").as_deref(), Some("corp.example.com"));
        assert_eq!(domain_of("debian12").as_deref(), Some("example.net"));
        assert_eq!(domain_of("ubuntu2204").as_deref(), Some("nis.example.org"));
        assert_eq!(domain_of("alpine"), None);
    }

    #[test]
    fn a_comment_or_another_host_gives_no_domain() {
        assert_eq!(domain_in_hosts("# 10.0.0.1 web.example.com\n10.0.0.2 web1.example.com\n", "web"), None);
        assert_eq!(domain_in_hosts("10.0.0.1 web.\n", "web"), None);
        assert_eq!(domain_in_hosts("10.0.0.1 alias web.example.com # web\n", "web"), Some("example.com"));
    }

    #[test]
    fn the_resolver_s_domain_comes_last_and_a_search_list_is_not_one() {
        let with = |resolver: &[u8]| {
            let (_dir, root) = machine_with(&[("/proc/sys/kernel/hostname", b"web\n"), ("/etc/resolv.conf", resolver)]);
            domain(&root).unwrap()
        };
        assert_eq!(with(b"nameserver 192.0.2.1\ndomain example.com\n").as_deref(), Some("example.com"));
        assert_eq!(with(b"search example.com example.net\n"), None);
    }

    #[test]
    fn a_machine_id_that_is_not_made_yet_is_none() {
        assert_eq!(machine_id(&machine("debian12")).unwrap(), "9e1cd0b3a52f4c7c8b1fb7c5f2f5a3d4");
        assert_eq!(machine_id(&machine("rhel8")), None, "\"uninitialized\"");
        assert_eq!(machine_id(&machine("alpine")), None);
    }

    #[test]
    fn the_call_and_the_files_tell_the_same() {
        let files = Root::at("/", Root::host().facts());
        assert_eq!(host_name(&Root::host()), host_name(&files));
        assert_eq!(nis_domain(&Root::host()), nis_domain(&files));
    }
}

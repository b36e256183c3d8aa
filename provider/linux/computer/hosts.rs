//! The computer's own name in `/etc/hosts`, see hosts(5). What else is there stays as it is, byte for byte.

use crate::linux::root::lossy;

/// What the file holds where there is none yet.
pub const EMPTY: &[u8] = b"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
/// Where an entry for the own name belongs: not at 127.0.0.1, which is localhost.
const OWN_ADDRESS: &str = "127.0.1.1";

/// What is on a line besides its comment.
struct Entry {
    address: String,
    /// The first one is the canonical one.
    names: Vec<String>,
    comment: String,
}

impl Entry {
    fn parse(line: &[u8]) -> Option<Self> {
        let line = lossy(line.to_vec());
        let (entry, comment) = line.find('#').map_or((&*line, ""), |at| line.split_at(at));
        let mut words = entry.split_ascii_whitespace().map(str::to_owned);
        Some(Self { address: words.next()?, names: words.collect(), comment: comment.trim_end().to_owned() })
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|it| it.eq_ignore_ascii_case(name))
    }

    fn is_of_localhost(&self) -> bool {
        self.names.iter().any(|name| name.to_ascii_lowercase().starts_with("localhost"))
    }

    fn line(&self) -> Vec<u8> {
        let gap = if self.comment.is_empty() { "" } else { " " };
        format!("{}\t{}{gap}{}\n", self.address, self.names.join(" "), self.comment).into_bytes()
    }
}

/// The domain that the first entry with this name gives it: that of its canonical name. `None` where there is no such entry, or
/// none with a domain.
pub fn domain_of(hosts: &[u8], label: &str) -> Option<String> {
    let entry = hosts.split(|byte| *byte == b'\n').filter_map(Entry::parse).find(|entry| entry.has(label))?;
    let (first, domain) = entry.names.first()?.split_once('.')?;
    first.eq_ignore_ascii_case(label).then(|| domain.to_owned())
}

/// The file with the computer's old host name replaced by another: `label`, in a domain or in that which the old one has there.
/// Where there is no entry, one is added if a domain is given. `localhost` keeps its addresses, and gets one if it has none.
pub fn renamed(hosts: &[u8], old: &str, label: &str, domain: Option<&str>) -> Vec<u8> {
    let old_label = old.split('.').next().unwrap_or(old);
    let is_own = |name: &str| {
        let first = name.split('.').next().unwrap_or(name);
        [old_label, label].iter().any(|own| first.eq_ignore_ascii_case(own))
    };
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let (mut is_placed, mut has_localhost, mut after_loopback) = (false, false, 0);
    let mut missing = domain.map(|domain| vec![format!("{label}.{domain}"), label.to_owned()]);
    for line in hosts.split_inclusive(|byte| *byte == b'\n') {
        let entry = Entry::parse(line);
        has_localhost |= entry.as_ref().is_some_and(|entry| entry.has("localhost"));
        let is_loopback = entry.as_ref().is_some_and(|entry| entry.address.starts_with("127."));
        // One that has another computer of the same name in another domain only, without the short name, is not ours.
        let own = entry.filter(|entry| [old, old_label, label].iter().any(|own| entry.has(own)));
        match own {
            None => lines.push(line.to_vec()),
            Some(mut entry) => {
                let names = own_names(&entry, &is_own, label, domain);
                entry.names.retain(|name| !is_own(name));
                if entry.is_of_localhost() {
                    missing.get_or_insert(names);
                } else {
                    entry.names.splice(0..0, names);
                    is_placed = true;
                }
                lines.push(entry.line());
            }
        }
        if is_loopback {
            after_loopback = lines.len();
        }
    }
    if let Some(last) = lines.last_mut().filter(|line| !line.ends_with(b"\n")) {
        last.push(b'\n');
    }
    if let Some(names) = missing.filter(|_| !is_placed) {
        let line = format!("{OWN_ADDRESS}\t{}\n", names.join(" "));
        lines.insert(after_loopback, line.into_bytes());
    }
    if !has_localhost {
        lines.insert(0, b"127.0.0.1\tlocalhost\n".to_vec());
    }
    lines.concat()
}

/// What the computer is called in the place of its names in an entry.
fn own_names(entry: &Entry, is_own: &dyn Fn(&str) -> bool, label: &str, domain: Option<&str>) -> Vec<String> {
    let domains = entry.names.iter().filter(|name| is_own(name)).filter_map(|name| name.split_once('.'));
    let domain = domain.or_else(|| domains.map(|(_, domain)| domain).next());
    let full = domain.map(|domain| format!("{label}.{domain}"));
    full.into_iter().chain([label.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(hosts: &str, old: &str, label: &str, domain: Option<&str>) -> String {
        lossy(renamed(hosts.as_bytes(), old, label, domain))
    }

    #[test]
    fn the_entry_of_the_computer_gets_its_new_name_and_keeps_its_address() {
        for (before, domain, after) in [
            (
                "127.0.0.1 localhost\n127.0.1.1 old.example.org old\n",
                None,
                "127.0.0.1 localhost\n127.0.1.1\tweb.example.org web\n",
            ),
            ("127.0.0.1 localhost\n127.0.1.1 old\n", None, "127.0.0.1 localhost\n127.0.1.1\tweb\n"),
            ("127.0.0.1 localhost\n127.0.1.1 old\n", Some("b.net"), "127.0.0.1 localhost\n127.0.1.1\tweb.b.net web\n"),
            (
                "::1 localhost\n192.0.2.7 old.example.org old db # ours\n",
                Some("b.net"),
                "::1 localhost\n192.0.2.7\tweb.b.net web db # ours\n",
            ),
        ] {
            assert_eq!(text(before, "old", "web", domain), after);
            assert_eq!(text(after, "web", "web", domain), after, "once is enough");
        }
    }

    #[test]
    fn localhost_keeps_its_addresses() {
        let before = "127.0.0.1 localhost old.example.org old\n::1 localhost old\n";
        let after = "127.0.0.1\tlocalhost\n127.0.1.1\tweb.b.net web\n::1\tlocalhost\n";
        assert_eq!(text(before, "old.example.org", "web", Some("b.net")), after);
        assert_eq!(text("127.0.0.1 localhost old\n", "old", "web", None), "127.0.0.1\tlocalhost\n127.0.1.1\tweb\n");
        let lost = "127.0.0.1 old.example.org old\n";
        assert_eq!(text(lost, "old", "web", None), "127.0.0.1\tlocalhost\n127.0.0.1\tweb.example.org web\n");
    }

    #[test]
    fn an_entry_that_was_not_there_is_added_only_for_a_domain() {
        let hosts = "127.0.0.1 localhost\n::1 ip6-localhost";
        let added = "127.0.0.1 localhost\n127.0.1.1\tweb.b.net web\n::1 ip6-localhost\n";
        assert_eq!(text(hosts, "old", "web", Some("b.net")), added);
        assert_eq!(text(hosts, "old", "web", None), format!("{hosts}\n"));
    }

    #[test]
    fn other_lines_and_other_computers_stay_as_they_are() {
        let hosts = b"# caf\xe9 old\n127.0.0.1 localhost\n192.0.2.9\told.elsewhere.org\n192.0.2.10 older bold\n";
        assert_eq!(renamed(hosts, "old", "web", None), hosts);
    }

    #[test]
    fn the_domain_is_that_of_the_canonical_name() {
        let domain = |hosts: &str| domain_of(hosts.as_bytes(), "web");
        assert_eq!(domain("127.0.1.1 web.example.org web\n").as_deref(), Some("example.org"));
        assert_eq!(domain("127.0.1.1 Web.example.org. WEB # x\n").as_deref(), Some("example.org."));
        assert_eq!(domain("127.0.1.1 web web.example.org\n"), None, "the first name is the canonical one");
        assert_eq!(domain("127.0.0.1 localhost web\n127.0.1.1 web.b.net web\n"), None, "the first entry counts");
        assert_eq!(domain("192.0.2.1 web.example.org\n# 127.0.1.1 web.b.net web\n"), None);
    }
}

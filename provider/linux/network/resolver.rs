//! How names are looked up: `/etc/resolv.conf`, resolv.conf(5).

use crate::linux::{Result, Root};

const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Where systemd-resolved writes the servers that it asks itself.
const UPSTREAM: &str = "/run/systemd/resolve/resolv.conf";

/// The addresses at which systemd-resolved answers.
const STUBS: [&str; 2] = ["127.0.0.53", "127.0.0.54"];

/// What the resolver is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolver {
    /// The name servers, in the order in which they are asked.
    pub servers: Vec<String>,
    /// The domains that are tried for a short name, in their order.
    pub search: Vec<String>,
    /// Options such as "ndots:2" and "rotate".
    pub options: Vec<String>,
    /// The servers that systemd-resolved asks, where it is the one that programs ask.
    pub upstream_servers: Option<Vec<String>>,
}

/// What the resolver of the C library reads. `None` where there is no such file.
pub fn read(root: &Root) -> Result<Option<Resolver>> {
    let Some(text) = root.read_text_if_present(RESOLV_CONF)? else { return Ok(None) };
    let mut resolver = parse(&text);
    if resolver.servers.iter().any(|server| STUBS.contains(&server.as_str())) {
        resolver.upstream_servers = root.read_text_if_present(UPSTREAM)?.map(|text| parse(&text).servers);
    }
    Ok(Some(resolver))
}

fn parse(text: &str) -> Resolver {
    let mut resolver = Resolver::default();
    for line in text.lines().filter(|line| !line.starts_with([';', '#'])) {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("nameserver") => resolver.servers.extend(words.next().map(str::to_owned)),
            // The last of these lines counts, and "domain" is a search list of one.
            Some("search") => resolver.search = words.map(str::to_owned).collect(),
            Some("domain") => resolver.search = words.take(1).map(str::to_owned).collect(),
            Some("options") => resolver.options.extend(words.map(str::to_owned)),
            _ => {}
        }
    }
    resolver
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn servers_and_domains_keep_their_order() {
        let text = b"# made by hand\nsearch example.org corp.example.org\n  nameserver 192.0.2.53\n\
                     nameserver 2001:db8::53 # second\noptions ndots:2 rotate\n;nameserver 203.0.113.1\nsortlist 10/8\n";
        let (_dir, root) = machine_with(&[("/etc/resolv.conf", text)]);
        let resolver = read(&root).unwrap().unwrap();
        assert_eq!(resolver.servers, ["192.0.2.53", "2001:db8::53"]);
        assert_eq!(resolver.search, ["example.org", "corp.example.org"]);
        assert_eq!(resolver.options, ["ndots:2", "rotate"]);
        assert_eq!(resolver.upstream_servers, None);
    }

    #[test]
    fn the_last_of_domain_and_search_counts() {
        assert_eq!(parse("search a b\ndomain c d\n").search, ["c"]);
        assert_eq!(parse("domain c\nsearch a b\n").search, ["a", "b"]);
    }

    #[test]
    fn behind_systemd_resolved_are_the_servers_that_it_asks() {
        let stub = b"nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n";
        let upstream = b"nameserver 192.0.2.1\nnameserver 192.0.2.2\n";
        let (_dir, root) = machine_with(&[("/etc/resolv.conf", stub), (UPSTREAM, upstream)]);
        let resolver = read(&root).unwrap().unwrap();
        assert_eq!(resolver.servers, ["127.0.0.53"]);
        assert_eq!(resolver.upstream_servers, Some(vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()]));
    }

    #[test]
    fn without_a_file_there_is_nothing_and_odd_bytes_do_no_harm() {
        let (_dir, root) = machine_with(&[("/etc/hostname", b"server")]);
        assert_eq!(read(&root).unwrap(), None);
        let (_dir, root) = machine_with(&[("/etc/resolv.conf", b"nameserver\n\xff\xfe\nnameserver 192.0.2.1\0\n")]);
        assert_eq!(read(&root).unwrap().unwrap().servers.len(), 1);
    }
}

//! `/proc/PID/cgroup`: the control group of a process, see cgroups(7).

/// The path in the unified hierarchy; where that is not in use, in the one that systemd keeps, or else in the first that
/// there is.
pub(super) fn parse(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let fields = |line: &str| {
        let mut fields = line.splitn(3, ':');
        Some((fields.next()?.to_owned(), fields.next()?.to_owned(), fields.next()?.to_owned()))
    };
    let groups: Vec<_> = text.lines().filter_map(fields).collect();
    let systemd = groups.iter().find(|(_, controllers, _)| controllers == "name=systemd");
    let unified = groups.iter().find(|(id, controllers, _)| id == "0" && controllers.is_empty());
    // In the hybrid layout of systemd both are there, and systemd's own hierarchy is the one with all processes in it.
    systemd.or(unified).or(groups.first()).map(|(_, _, path)| path.clone())
}

/// The service of systemd that a control group is of, or lies in: the outermost one, which is systemd's own, not one
/// that a user's or a container's systemd runs.
pub fn service_of(path: &str) -> Option<String> {
    let name = path.split('/').find(|name| name.ends_with(".service"))?;
    // A name that could be taken for a file of the kernel's is written with this before it.
    Some(name.strip_prefix('_').unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_service_counts() {
        for (path, service) in [
            ("/system.slice/sshd.service", Some("sshd.service")),
            ("/system.slice/system-getty.slice/getty@tty1.service", Some("getty@tty1.service")),
            ("/system.slice/a.service/worker/1", Some("a.service")),
            ("/user.slice/user-1000.slice/user@1000.service/app.slice/b.service", Some("user@1000.service")),
            ("/system.slice/_cpu.service", Some("cpu.service")),
            ("/user.slice/user-0.slice/session-1.scope", None),
            ("/", None),
        ] {
            assert_eq!(service_of(path).as_deref(), service, "{path}");
        }
    }

    #[test]
    fn the_path_is_that_of_the_unified_hierarchy_of_systemd_or_of_any() {
        for (text, path) in [
            ("0::/system.slice/sshd.service\n", Some("/system.slice/sshd.service")),
            ("12:memory:/m\n1:name=systemd:/system.slice/a:b.service\n0::/x\n", Some("/system.slice/a:b.service")),
            ("4:memory:/docker/1\n3:cpu,cpuacct:/docker/2\n", Some("/docker/1")),
            ("4:memory:/docker/1\n0::/\n", Some("/")),
            ("", None),
            ("nonsense\n", None),
        ] {
            assert_eq!(parse(text.as_bytes()).as_deref(), path, "{text}");
        }
    }
}

//! Gives the computer another host name: by systemd-hostnamed or, where there is none, by the file and the kernel.
//!
//! `/etc/hosts` stays as it is. Where that file has the old name, programs that look up their own host's name, as `sudo` does,
//! may complain until somebody changes it.

use crate::linux::bus::{Bus, Service};
use crate::linux::replace_file::{Attributes, replace};
use crate::linux::{Error, Result, Root};
use std::io::Write;

const HOSTNAMED: Service = Service { name: "org.freedesktop.hostname1", title: "systemd-hostnamed" };
const OBJECT: &str = "/org/freedesktop/hostname1";
const INTERFACE: &str = "org.freedesktop.hostname1";
const FILE: &str = "/etc/hostname";
/// The longest name that the kernel takes.
const LONGEST: usize = 64;

/// For how long a name is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// From now on.
    Always,
    /// Until the system starts again: the name is the kernel's alone.
    UntilRestart,
}

/// The host name that the system starts with: the first line of `/etc/hostname` that is no comment, see hostname(5). `None`
/// where there is none.
pub fn static_host_name(root: &Root) -> Option<String> {
    let text = root.value(FILE)?;
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned)
}

/// That a text can be a host name: labels of letters, digits and hyphens with dots between (RFC 1123), 64 characters at most.
///
/// # Errors
/// [`Error::InvalidInput`].
pub fn check_host_name(name: &str) -> Result<()> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= LONGEST && name.split('.').all(is_label) {
        return Ok(());
    }
    let what = format!(
        "{name:?} should be a host name such as web1 or web1.example.org: at most {LONGEST} letters, digits and hyphens, no \
         hyphen beside a dot or at an end"
    );
    Err(Error::InvalidInput { what })
}

/// Gives the computer of `root` a host name. `bus` should be that of the same machine.
///
/// # Errors
/// [`Error::InvalidInput`] for what is no host name, and others when it cannot be set.
pub fn set_host_name(root: &Root, bus: &Bus, name: &str, lasting: Lasting) -> Result<()> {
    check_host_name(name)?;
    if lasting == Lasting::Always {
        match bus.connect(&HOSTNAMED).and_then(|hostnamed| {
            let is_interactive = false;
            hostnamed.call(OBJECT, (INTERFACE, "SetStaticHostname"), &(name, is_interactive))
        }) {
            Err(Error::Unsupported { .. }) => write_name(root, name)?,
            answer => return answer,
        }
    }
    // Of another root than this machine's, the file is all that there is.
    if root.is_host() {
        let failed = |error: rustix::io::Errno| Error::Run {
            what: format!("cannot give the kernel the host name {name}"),
            source: error.into(),
        };
        rustix::system::sethostname(name.as_bytes()).map_err(failed)?;
    }
    Ok(())
}

fn write_name(root: &Root, name: &str) -> Result<()> {
    let path = root.path(FILE);
    let attributes = Attributes::of(&path)?.unwrap_or_else(|| Attributes::new(0o644));
    replace(&path, &attributes, |file| writeln!(file, "{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::bus::private::PrivateBus;
    use crate::linux::testing::machine_with;
    use std::sync::{Arc, Mutex};

    /// Notes the names that it is given.
    struct Hostnamed(Arc<Mutex<Vec<String>>>);

    #[zbus::interface(name = "org.freedesktop.hostname1")]
    impl Hostnamed {
        fn set_static_hostname(&self, name: &str, is_interactive: bool) -> zbus::fdo::Result<()> {
            assert!(!is_interactive);
            if name == "forbidden" {
                return Err(zbus::fdo::Error::AccessDenied("not you".to_owned()));
            }
            self.0.lock().unwrap().push(name.to_owned());
            Ok(())
        }
    }

    fn nobody() -> Bus {
        Bus::at("unix:path=/nowhere")
    }

    #[test]
    fn without_hostnamed_the_name_is_written_to_the_file() {
        let (_dir, root) = machine_with(&[(FILE, b"# mine\nold\n")]);
        assert_eq!(static_host_name(&root).as_deref(), Some("old"));
        set_host_name(&root, &nobody(), "web1.example.org", Lasting::Always).unwrap();
        assert_eq!(root.read_text(FILE).unwrap(), "web1.example.org\n");
        let (_dir, root) = machine_with(&[("/etc/hosts", b"")]);
        assert_eq!(static_host_name(&root), None);
        set_host_name(&root, &nobody(), "web1", Lasting::UntilRestart).unwrap();
        assert_eq!(static_host_name(&root), None, "a name until the next start is in no file");
        set_host_name(&root, &nobody(), "web1", Lasting::Always).unwrap();
        assert_eq!(static_host_name(&root).as_deref(), Some("web1"));
    }

    #[test]
    fn hostnamed_is_asked_where_there_is_one_and_its_refusal_is_told() {
        let Some(bus) = PrivateBus::start() else { return };
        let names = Arc::default();
        let _hostnamed = bus.serve(HOSTNAMED.name, |builder| builder.serve_at(OBJECT, Hostnamed(Arc::clone(&names))));
        let (_dir, root) = machine_with(&[(FILE, b"old\n")]);
        set_host_name(&root, &bus.bus(), "web1", Lasting::Always).unwrap();
        assert_eq!(*names.lock().unwrap(), ["web1"]);
        let error = set_host_name(&root, &bus.bus(), "forbidden", Lasting::Always).unwrap_err();
        assert!(error.is_permission_denied() && error.to_string().contains("not you"), "{error}");
        assert_eq!(static_host_name(&root).as_deref(), Some("old"), "the file is hostnamed's affair then");
    }

    #[test]
    fn what_is_no_host_name_is_refused() {
        let (_dir, root) = machine_with(&[(FILE, b"old\n")]);
        let long = "a".repeat(64);
        let longer = format!("{}.{}", "a".repeat(32), "b".repeat(32));
        for name in ["", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "a b", "ä", "a\n", &long, &longer] {
            let error = set_host_name(&root, &nobody(), name, Lasting::Always).unwrap_err();
            assert!(matches!(&error, Error::InvalidInput { what } if what.contains("host name such as")), "{error}");
        }
        assert_eq!(static_host_name(&root).as_deref(), Some("old"));
    }
}

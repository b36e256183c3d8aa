//! Mounts and unmounts by util-linux's `mount` and `umount`, which know the helpers of network file systems.

use std::path::Path;
use std::time::Duration;

use super::tool::Tool;
use super::{Error, Result, Root};

/// A server that is away keeps `mount` busy for minutes.
const LIMIT: Duration = Duration::from_secs(90);

/// What to mount.
#[derive(Clone, Copy, Debug)]
pub struct Mounting<'a> {
    /// The device or share.
    pub source: &'a str,
    /// An existing directory.
    pub mount_point: &'a Path,
    /// The type. `None`: `mount` finds out.
    pub file_system_type: Option<&'a str>,
    /// The options.
    pub options: &'a [String],
}

/// How to unmount.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unmounting {
    /// Also when a server does not answer.
    pub force: bool,
    /// Take it out of sight now, and unmount it when nobody uses it any more.
    pub lazy: bool,
}

/// Mounts.
///
/// # Errors
/// What makes no sense, and what `mount` says.
pub fn mount(root: &Root, what: &Mounting<'_>) -> Result<()> {
    let is_directory = what.mount_point.is_absolute() && what.mount_point.is_dir();
    if !is_directory {
        let what = format!("{} should be the full path of an existing directory", what.mount_point.display());
        return Err(Error::InvalidInput { what });
    }
    let options = what.options.join(",");
    let mut tool = Tool::new(root, "mount")?.limit(LIMIT);
    if let Some(kind) = what.file_system_type {
        tool = tool.args(["-t", kind]);
    }
    if !options.is_empty() {
        tool = tool.args(["-o", &options]);
    }
    tool.args(["--", what.source]).args([what.mount_point.to_string_lossy()]).output().map(drop)
}

/// Unmounts what is mounted on `mount_point`.
///
/// # Errors
/// What `umount` says: that somebody uses it, for example.
pub fn unmount(root: &Root, mount_point: &Path, how: Unmounting) -> Result<()> {
    let options = [(how.force, "-f"), (how.lazy, "-l")];
    let options = options.into_iter().filter_map(|(wanted, option)| wanted.then_some(option));
    Tool::new(root, "umount")?
        .limit(LIMIT)
        .args(options)
        .args(["--"])
        .args([mount_point.to_string_lossy()])
        .output()
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::mounts;
    use std::process::{Command, Stdio};

    const INSIDE: &str = "LUMI_MOUNT_TEST";

    /// Runs this one test again in a mount namespace of its own. True inside of it.
    fn in_own_namespace(test: &str) -> bool {
        if std::env::var_os(INSIDE).is_some() {
            return true;
        }
        let program = std::env::current_exe().unwrap();
        let usable = Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
        if !nix::unistd::geteuid().is_root() || !usable.is_ok_and(|status| status.success()) {
            println!("skipped: a mount namespace needs root and unshare");
            return false;
        }
        let mut inner = Command::new("unshare");
        inner.arg("--mount").arg(program).args(["--exact", test, "--nocapture"]).env(INSIDE, "1");
        assert!(inner.status().unwrap().success());
        false
    }

    #[test]
    fn a_file_system_is_mounted_with_its_options_and_unmounted() {
        if !in_own_namespace("linux::mount_control::tests::a_file_system_is_mounted_with_its_options_and_unmounted") {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("a b");
        std::fs::create_dir(&place).unwrap();
        let options = ["size=64k".to_owned(), "noexec".to_owned()];
        let what = Mounting { source: "mine", mount_point: &place, file_system_type: Some("tmpfs"), options: &options };
        mount(&Root::host(), &what).unwrap();
        let find = || mounts::visible(&Root::host()).unwrap().into_iter().find(|it| it.mount_point == place);
        let found = find().unwrap();
        assert_eq!((found.file_system_type.as_str(), found.source.as_deref()), ("tmpfs", Some("mine")));
        assert!(found.options.iter().any(|it| it == "noexec"), "{:?}", found.options);

        let busy = std::fs::File::create(place.join("open")).unwrap();
        let error = unmount(&Root::host(), &place, Unmounting::default()).unwrap_err().to_string();
        assert!(error.contains("busy"), "{error}");
        drop(busy);
        unmount(&Root::host(), &place, Unmounting::default()).unwrap();
        assert_eq!(find(), None);
        let error = unmount(&Root::host(), &place, Unmounting::default()).unwrap_err().to_string();
        assert!(error.contains("not mounted"), "{error}");
    }

    #[test]
    fn what_mount_complains_about_is_said() {
        if !in_own_namespace("linux::mount_control::tests::what_mount_complains_about_is_said") {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let what = Mounting {
            source: "/dev/no-such-device",
            mount_point: dir.path(),
            file_system_type: Some("ext4"),
            options: &[],
        };
        let error = mount(&Root::host(), &what).unwrap_err().to_string();
        assert!(error.contains("/dev/no-such-device"), "{error}");
        let error = mount(&Root::host(), &Mounting { mount_point: Path::new("/no/such/place"), ..what }).unwrap_err();
        assert!(matches!(error, Error::InvalidInput { .. }), "{error}");
    }
}

//! Mounts and unmounts by util-linux's `mount` and `umount`, which know the helpers of network file systems.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::unistd::geteuid;

use super::users::UserNames;
use super::{Error, Result};

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

/// Whether this user may mount and unmount.
///
/// # Errors
/// [`Error::PermissionDenied`] says who may not.
pub fn check() -> Result<()> {
    let uid = geteuid().as_raw();
    if uid == 0 {
        return Ok(());
    }
    let mut names = UserNames::of_machine();
    let user = names.name(uid).map_or_else(|| format!("uid {uid}"), |name| format!("{name} (uid {uid})"));
    Err(Error::PermissionDenied { reason: format!("{user} may not mount or unmount: only root may") })
}

/// Mounts.
///
/// # Errors
/// What makes no sense, and what `mount` says.
pub fn mount(what: &Mounting<'_>) -> Result<()> {
    check()?;
    let is_directory = what.mount_point.is_absolute() && what.mount_point.is_dir();
    if !is_directory {
        let what = format!("{} should be the full path of an existing directory", what.mount_point.display());
        return Err(Error::InvalidInput { what });
    }
    let mut command = Command::new("mount");
    if let Some(kind) = what.file_system_type {
        command.arg("-t").arg(kind);
    }
    if !what.options.is_empty() {
        command.arg("-o").arg(what.options.join(","));
    }
    command.arg("--").arg(what.source).arg(what.mount_point);
    run(command, &format!("mount {} on {}", what.source, what.mount_point.display()), LIMIT)
}

/// Unmounts what is mounted on `mount_point`.
///
/// # Errors
/// What `umount` says: that somebody uses it, for example.
pub fn unmount(mount_point: &Path, how: Unmounting) -> Result<()> {
    check()?;
    let mut command = Command::new("umount");
    if how.force {
        command.arg("-f");
    }
    if how.lazy {
        command.arg("-l");
    }
    command.arg("--").arg(mount_point);
    run(command, &format!("unmount {}", mount_point.display()), LIMIT)
}

/// Runs a program to its end, but no longer than `limit`. `deed` is what it does in words.
fn run(mut command: Command, deed: &str, limit: Duration) -> Result<()> {
    let failed = |why: String| Error::Failed { what: format!("cannot {deed}: {why}") };
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(format!("{:?}: {error}", command.get_program())))?;
    let deadline = Instant::now() + limit;
    let status = loop {
        match child.try_wait().map_err(|error| failed(error.to_string()))? {
            Some(status) => break status,
            None if Instant::now() >= deadline => {
                child.kill().unwrap_or_default();
                return Err(failed(format!("it took longer than {} seconds", limit.as_secs())));
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    if status.success() { Ok(()) } else { Err(failed(complaint(&mut child))) }
}

/// What went to standard error, on one line.
fn complaint(child: &mut Child) -> String {
    let mut bytes = Vec::new();
    if let Some(stream) = child.stderr.take()
        && let Err(error) = stream.take(4096).read_to_end(&mut bytes)
    {
        log::debug!("what the program complains about cannot be read: {error}");
    }
    String::from_utf8_lossy(&bytes).split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::{Root, mounts};

    const INSIDE: &str = "LUMI_MOUNT_TEST";

    /// Runs this one test again in a mount namespace of its own. True inside of it.
    fn in_own_namespace(test: &str) -> bool {
        if std::env::var_os(INSIDE).is_some() {
            return true;
        }
        let program = std::env::current_exe().unwrap();
        let usable = Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
        if !geteuid().is_root() || !usable.is_ok_and(|status| status.success()) {
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
        mount(&what).unwrap();
        let find = || mounts::visible(&Root::host()).unwrap().into_iter().find(|it| it.mount_point == place);
        let found = find().unwrap();
        assert_eq!((found.file_system_type.as_str(), found.source.as_deref()), ("tmpfs", Some("mine")));
        assert!(found.options.iter().any(|it| it == "noexec"), "{:?}", found.options);

        let busy = std::fs::File::create(place.join("open")).unwrap();
        let error = unmount(&place, Unmounting::default()).unwrap_err().to_string();
        assert!(error.contains("busy"), "{error}");
        drop(busy);
        unmount(&place, Unmounting::default()).unwrap();
        assert_eq!(find(), None);
        let error = unmount(&place, Unmounting::default()).unwrap_err().to_string();
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
        let error = mount(&what).unwrap_err().to_string();
        assert!(error.starts_with("cannot mount /dev/no-such-device on"), "{error}");
        let error = mount(&Mounting { mount_point: Path::new("/no/such/place"), ..what }).unwrap_err();
        assert!(matches!(error, Error::InvalidInput { .. }), "{error}");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let mut sleep = Command::new("sleep");
        sleep.arg("600");
        let error = run(sleep, "wait", Duration::from_millis(200)).unwrap_err().to_string();
        assert!(error.starts_with("cannot wait: it took longer"), "{error}");
    }
}

//! Fixtures for the readers' tests: machines whose files lie in `fixtures/`.
//!
//! The files have the form that the kernels and packages of these distributions write; names and numbers are made up.

#[path = "../../tests/support/skip.rs"]
mod skip;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::{Facts, Root};

pub(crate) use skip::skipped;

/// Facts of a common machine that booted on 2024-03-05 at 08:00:00 UTC.
pub(crate) fn facts() -> Facts {
    Facts {
        ticks_per_second: 100,
        page_size: 4096,
        boot_time: SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600),
        machine: "x86_64".to_owned(),
    }
}

/// The machine whose files lie in `fixtures/NAME`.
pub(crate) fn machine(name: &str) -> Root {
    let here = Path::new(file!()).parent().expect("a source file lies in a directory");
    let dir = here.join("fixtures").join(name);
    assert!(dir.is_dir(), "{} is missing", dir.display());
    Root::at(dir, facts())
}

/// A machine that consists of the given files.
pub(crate) fn machine_with(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Root) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = Root::at(dir.path(), facts());
    for (path, bytes) in files {
        let path = root.path(path);
        std::fs::create_dir_all(path.parent().expect("an absolute path")).expect("a directory");
        std::fs::write(path, bytes).expect("a file");
    }
    (dir, root)
}

/// The root of a system that may be changed, when there is one and this process may chroot into it: see README, Check.
pub(crate) fn scratch() -> Option<Root> {
    let Some(dir) = std::env::var_os("LUMI_SCRATCH_ROOT") else {
        skipped("LUMI_SCRATCH_ROOT is not set to the root of a system that may be changed");
        return None;
    };
    if !rustix::process::geteuid().is_root() {
        skipped("only root may chroot into LUMI_SCRATCH_ROOT");
        return None;
    }
    let root = Root::at(dir, facts());
    assert!(!root.is_host(), "LUMI_SCRATCH_ROOT must not be this machine's root");
    Some(root)
}

/// Held by a test that changes the packages of the scratch root: apt tells wrong things while another one changes them.
pub(crate) fn packages_turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Set in the process that has a network of its own.
const OWN_NETWORK: &str = "LUMI_TEST_OWN_NETWORK";

/// Runs the test of this name in a process with a network of its own, and says whether this is that process.
pub(crate) fn is_in_own_network(test: &str) -> bool {
    if std::env::var_os(OWN_NETWORK).is_some() {
        return true;
    }
    let unshare = || std::process::Command::new("unshare");
    if !unshare().args(["--net", "true"]).status().is_ok_and(|status| status.success()) {
        skipped("unshare cannot make a network of its own");
        return false;
    }
    let this = std::env::current_exe().expect("the program of the tests");
    let arguments = [test, "--exact", "--nocapture"];
    let output = unshare().arg("--net").arg(this).args(arguments).env(OWN_NETWORK, "1").output().expect("unshare");
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{errors}");
    false
}

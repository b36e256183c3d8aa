//! What becomes of a file when nxFile cannot finish: the process is killed at any system call that writes, the disk is full or
//! read-only. The tests run themselves again to be killed (under strace) or to have mounts of their own (under unshare).

#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use lumi::dsc::{self, Context};
use lumi::linux::Root;
use nix::mount::{MsFlags, mount};
use omi::dialogue::Listener;
use omi::{Instance, Value};
use run::{text, within};
use skip::skipped;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);
/// What a process asks the kernel to write by. To open a file is not among them: to be killed there is to be killed before the
/// next one.
const WRITING: [&str; 18] = [
    "write",
    "pwrite64",
    "ftruncate",
    "fsetxattr",
    "fchown",
    "fchownat",
    "fchmod",
    "fchmodat",
    "utimensat",
    "flock",
    "fsync",
    "syncfs",
    "linkat",
    "renameat",
    "renameat2",
    "unlinkat",
    "mkdirat",
    "symlinkat",
];

struct Nobody;

impl Listener for Nobody {}

/// Sets what is desired: properties as `Name=value`, one a line.
fn set(desired: &str) -> omi::Result<usize> {
    let resource = dsc::find("nxFile").expect("nxFile is a resource");
    let mut instance = Instance::new(resource.class().name());
    for (name, value) in desired.lines().filter_map(|line| line.split_once('=')) {
        let value = value.parse().map_or_else(|_| Value::from(value), Value::Boolean);
        instance.set(name, value);
    }
    let root = Root::host();
    resource.set(instance, &Context::new(&root, &Nobody, &|| false)).map(|outcome| outcome.changes.len())
}

#[test]
#[ignore = "run by the other tests, in a process of its own"]
fn apply() {
    set(&std::env::var("LUMI_DESIRED").unwrap()).unwrap();
}

/// This program, with one of its ignored tests.
fn this(test: &str) -> [String; 5] {
    let program = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    [program, "--exact".to_owned(), test.to_owned(), "--ignored".to_owned(), "--test-threads=1".to_owned()]
}

/// All that is in a directory: type, mode, owner and contents by path.
fn everything(directory: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let status = fs::symlink_metadata(&path).unwrap();
        let contents = if status.is_symlink() {
            fs::read_link(&path).unwrap().display().to_string()
        } else if status.is_dir() {
            found.extend(everything(&path));
            String::new()
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
        };
        found.insert(path, format!("{:o} {}:{} {contents}", status.mode(), status.uid(), status.gid()));
    }
    found
}

/// What is at the destination, and how many other names there are beside it and the hidden ones are of lumi's.
fn state(directory: &Path) -> (BTreeMap<PathBuf, String>, usize) {
    let (hidden, seen): (BTreeMap<_, _>, BTreeMap<_, _>) = everything(directory).into_iter().partition(|(path, _)| {
        let inner = path.strip_prefix(directory).unwrap().to_str().unwrap();
        inner.starts_with(".lumi-") && inner.split('/').next().unwrap().ends_with(".new")
    });
    let top = hidden.keys().filter(|path| path.parent() == Some(directory)).count();
    (seen, top)
}

struct Case {
    name: &'static str,
    desired: &'static str,
    prepare: fn(&Path),
    /// Whether what was there is removed bit by bit, so that some of it may be left.
    is_gradual: bool,
}

fn file(path: &Path, contents: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

const CASES: [Case; 7] = [
    Case { name: "a new file", desired: "Contents=new\nMode=0640", prepare: |_| {}, is_gradual: false },
    Case {
        name: "a file in the place of another",
        desired: "Contents=new\nMode=4750\nOwner=1234\nGroup=4321",
        prepare: |at| file(at, "old", 0o604),
        is_gradual: false,
    },
    Case {
        name: "a copy with its time",
        desired: "SourcePath=FROM/a\nChecksum=mtime",
        prepare: |at| file(at, "older", 0o600),
        is_gradual: false,
    },
    Case {
        name: "a new tree",
        desired: "SourcePath=FROM\nType=directory\nRecurse=true\nLinks=manage",
        prepare: |_| {},
        is_gradual: false,
    },
    Case {
        name: "a link in the place of another",
        desired: "SourcePath=/new\nType=link\nOwner=1234",
        prepare: |at| symlink("/old", at).unwrap(),
        is_gradual: false,
    },
    Case {
        name: "a file in the place of a tree",
        desired: "Contents=new\nForce=true",
        prepare: |at| file(&at.join("inner/x"), "old", 0o644),
        is_gradual: false,
    },
    Case {
        name: "a tree that is removed",
        desired: "Ensure=absent\nType=directory",
        prepare: |at| file(&at.join("inner/x"), "old", 0o644),
        is_gradual: true,
    },
];

#[test]
fn a_set_that_is_killed_at_any_system_call_that_writes_leaves_the_old_or_the_new_and_the_next_one_completes_it() {
    if !nix::unistd::geteuid().is_root() {
        return skipped("only root can give files away");
    }
    if Command::new("strace").arg("--version").output().is_err() {
        return skipped("strace is not installed");
    }
    for case in &CASES {
        let kills = killed_everywhere(case);
        assert!(kills > 3, "{} was killed at only {kills} system calls", case.name);
        eprintln!("{}: killed at {kills} system calls", case.name);
    }
}

fn killed_everywhere(case: &Case) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("from");
    file(&from.join("a"), "new", 0o640);
    file(&from.join("d/b"), "new, too", 0o600);
    symlink("a", from.join("l")).unwrap();
    let directory = folder.path().join("to");
    let destination = directory.join("x");
    let desired = case.desired.replace("FROM", from.to_str().unwrap());
    let desired = format!("DestinationPath={}\n{desired}", destination.display());
    let prepare = || {
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir(&directory).unwrap();
        (case.prepare)(&destination);
    };
    let strace = |more: &[&str]| {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq"]).args(more).arg("--").args(this("apply")).env("LUMI_DESIRED", &desired);
        command.output().unwrap()
    };

    prepare();
    let old = state(&directory);
    let log = folder.path().join("log");
    let trace = format!("trace={}", WRITING.join(","));
    let whole = strace(&["-o", log.to_str().unwrap(), "-e", &trace]);
    assert!(whole.status.success(), "{}: {}", case.name, text(&whole));
    let new = state(&directory);
    assert_ne!(old, new);
    assert_eq!(new.1, 0, "{}: something is left over", case.name);
    let log = fs::read_to_string(log).unwrap();

    let mut kills = 0;
    for call in WRITING {
        let count = log
            .lines()
            .filter(|line| line.split_whitespace().nth(1).is_some_and(|text| text.starts_with(&format!("{call}("))))
            .count();
        for nth in 1..=count {
            let what = format!("{}, killed at {call} {nth} of {count}", case.name);
            prepare();
            let inject = format!("inject={call}:signal=KILL:when={nth}");
            let ended = strace(&["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
            if ended.status.success() {
                // strace counts for each thread by itself, and none came as far as this.
                break;
            }
            kills += 1;
            let (seen, hidden) = state(&directory);
            if case.is_gradual {
                assert!(seen.iter().all(|found| old.0.get(found.0) == Some(found.1)), "{what}: {seen:?}");
            } else {
                assert!(seen == old.0 || seen == new.0, "{what}: neither old nor new: {seen:?}");
            }
            assert!(hidden <= 1, "{what}: {hidden} temporary files are left");
            set(&desired).unwrap_or_else(|error| panic!("{what}, and the next Set: {error}"));
            assert_eq!(state(&directory), new, "{what}, after the next Set");
        }
    }
    kills
}

/// Runs an ignored test with mounts of its own.
fn with_own_mounts(test: &str) {
    if !nix::unistd::geteuid().is_root() {
        return skipped("only root can mount");
    }
    let private = ["--mount", "--propagation", "private", "--"];
    if !Command::new("unshare").args(private).arg("true").status().is_ok_and(|status| status.success()) {
        return skipped("there are no mounts of one's own here");
    }
    let output = within(PATIENCE, Command::new("unshare").args(private).args(this(test)));
    assert!(output.status.success(), "{}", text(&output));
}

/// A small file system of its own.
fn mounted(options: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    mount(Some("none"), folder.path(), Some("tmpfs"), MsFlags::empty(), Some(options)).unwrap();
    folder
}

#[test]
fn on_a_full_disk_the_old_stays_and_nothing_is_left_over() {
    with_own_mounts("full_disk");
}

#[test]
#[ignore = "run by another test, with mounts of its own"]
fn full_disk() {
    let source = tempfile::tempdir().unwrap();
    file(&source.path().join("big"), &"x".repeat(1 << 20), 0o644);
    let disk = mounted("size=512k");
    let at = disk.path().join("x");
    file(&at, "old", 0o604);
    let old = everything(disk.path());
    let (from, to) = (source.path().display(), at.display());
    for desired in [
        format!("DestinationPath={to}\nSourcePath={from}/big"),
        format!("DestinationPath={to}2\nSourcePath={from}\nType=directory\nRecurse=true"),
        format!("DestinationPath={to}\nSourcePath={from}\nType=directory\nForce=true"),
    ] {
        let error = set(&desired).unwrap_err();
        assert!(error.message().contains("No space left on device"), "{error}");
        assert_eq!(everything(disk.path()), old, "{desired}");
    }
    set(&format!("DestinationPath={to}\nContents=fits")).unwrap();
}

#[test]
fn on_a_read_only_disk_every_set_is_an_error_and_a_test_is_not() {
    with_own_mounts("read_only_disk");
}

#[test]
#[ignore = "run by another test, with mounts of its own"]
fn read_only_disk() {
    let disk = mounted("size=512k");
    let at = disk.path().join("x");
    file(&at, "old", 0o604);
    mount(Some("none"), disk.path(), Some("tmpfs"), MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY, None::<&str>).unwrap();
    let old = everything(disk.path());
    let to = at.display();
    assert_eq!(set(&format!("DestinationPath={to}\nContents=old\nMode=0604")).unwrap(), 0);
    for desired in [
        format!("DestinationPath={to}\nContents=new"),
        format!("DestinationPath={to}\nMode=0644"),
        format!("DestinationPath={to}\nOwner=1234"),
        format!("DestinationPath={to}\nEnsure=absent"),
        format!("DestinationPath={to}2\nType=directory"),
        format!("DestinationPath={to}2\nType=link\nSourcePath=/etc"),
    ] {
        let error = set(&desired).unwrap_err();
        assert!(error.message().contains("Read-only file system"), "{error}");
        assert_eq!(everything(disk.path()), old, "{desired}");
    }
}

//! Sources that lie, are cut off, go in circles or never answer: each costs its own reader a NULL or a clear error within
//! five seconds, and no other one anything.

#[path = "../support/serve.rs"]
mod serve;

mod readers;

use lumi::linux::{Bus, Facts, Root, login, packages, systemd};
use readers::{READERS, Reader};
use serde_json::Value;
use serve::Server;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

/// How long a hostile source may cost.
const LIMIT: Duration = Duration::from_secs(5);

/// How much later a machine that is busy with other tests may be.
const BUSY: Duration = Duration::from_secs(10);

/// The machines whose sources are made hostile, one file at a time.
const MACHINES: [&str; 4] = ["debian12", "rhel8", "sles15", "ubuntu2204"];

fn fixture(machine: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("provider/linux/fixtures").join(machine)
}

fn root(dir: &Path) -> Root {
    let boot_time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600);
    Root::at(dir, Facts { ticks_per_second: 100, page_size: 4096, boot_time, machine: "x86_64".to_owned() })
}

/// A copy of a machine that may be spoilt.
fn copy_of(machine: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let source = format!("{}/.", fixture(machine).display());
    let status = Command::new("cp").args(["-a", &source]).arg(copy.path()).status().unwrap();
    assert!(status.success(), "{machine} cannot be copied");
    copy
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

/// What stands in the place of a file, and what puts it there. The file is gone before.
type Spoiling = (&'static str, fn(&Path, &[u8]));

const SPOILINGS: &[Spoiling] = &[
    ("is empty", |path, _| fs::write(path, b"").unwrap()),
    ("is cut off in the middle", |path, whole| fs::write(path, &whole[..whole.len() / 2]).unwrap()),
    ("is cut off before its last byte", |path, whole| fs::write(path, &whole[..whole.len().max(1) - 1]).unwrap()),
    ("is no UTF-8", |path, whole| fs::write(path, [b"\xff\xfe\x80", whole, b"\xc3"].concat()).unwrap()),
    ("is random", |path, _| {
        // The same on each run: a generator of Lehmer's.
        let mut seed = 48_271_u64;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed * 48_271 % 0x7fff_ffff;
            seed as u8
        })
        .take(4096)
        .collect();
        fs::write(path, bytes).unwrap();
    }),
    ("has numbers of 2^64 - 1", |path, whole| fs::write(path, numbers(whole, b"18446744073709551615")).unwrap()),
    ("has numbers beyond every type", |path, whole| fs::write(path, numbers(whole, &[b'9'; 60])).unwrap()),
    ("has negative numbers", |path, whole| fs::write(path, numbers(whole, b"-9223372036854775808")).unwrap()),
    ("has all lines thrice", |path, whole| fs::write(path, [whole, whole, whole].concat()).unwrap()),
    ("has one line of a megabyte", |path, _| fs::write(path, vec![b'x'; 1 << 20]).unwrap()),
    ("has a hundred thousand line feeds", |path, _| fs::write(path, vec![b'\n'; 100_000]).unwrap()),
    ("is a pipe that nobody writes to", |path, _| {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }),
    ("is a directory", |path, _| fs::create_dir(path).unwrap()),
    ("is a link to itself", |path, _| symlink(path.file_name().unwrap(), path).unwrap()),
    ("is a link to an endless device", |path, _| symlink("/dev/zero", path).unwrap()),
];

/// The text with each run of digits replaced.
fn numbers(text: &[u8], number: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::new();
    for (index, byte) in text.iter().enumerate() {
        if !byte.is_ascii_digit() {
            replaced.push(*byte);
        } else if index == 0 || !text[index - 1].is_ascii_digit() {
            replaced.extend(number);
        }
    }
    replaced
}

/// What every reader says; one that takes too long or panics fails the test.
fn ask(dir: &Path, what: &str) -> BTreeMap<&'static str, String> {
    let ask_one = |(name, read): &Reader| {
        let (sender, answer) = mpsc::channel();
        let (root, read) = (root(dir), *read);
        std::thread::spawn(move || sender.send(read(&root)));
        let answer = answer.recv_timeout(LIMIT + BUSY);
        (*name, answer.unwrap_or_else(|error| panic!("{what}: the reader of {name} gives no answer: {error}")))
    };
    READERS.iter().map(ask_one).collect()
}

#[test]
fn a_hostile_file_costs_no_reader_but_its_own() {
    for machine in MACHINES {
        let (copy, aside) = (copy_of(machine), tempfile::tempdir().unwrap());
        let sound = ask(copy.path(), machine);
        let mut all = Vec::new();
        files(copy.path(), &mut all);
        for path in all {
            let shown = format!("{machine}{}", path.to_string_lossy().replace(copy.path().to_str().unwrap(), ""));
            let whole = fs::read(&path).unwrap();
            // It comes back as it was, with its times.
            let kept = aside.path().join("kept");
            fs::rename(&path, &kept).unwrap();
            let without = ask(copy.path(), &shown);
            fs::write(&path, "other.words of=1, or: 2\n").unwrap();
            let with_other = ask(copy.path(), &shown);
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
            let unreadable = ask(copy.path(), &shown);
            fs::remove_dir(&path).unwrap();
            // Whoever says the same without the file, with other words in it, and where it is none, does not read it.
            let probes = [&without, &with_other, &unreadable];
            let is_stranger = |name: &&&str| probes.iter().all(|said| said[**name] == sound[**name]);
            let strangers: BTreeSet<_> = sound.keys().filter(is_stranger).copied().collect();
            for (how, spoil) in SPOILINGS {
                spoil(&path, &whole);
                let spoilt = ask(copy.path(), &format!("{shown} {how}"));
                for name in &strangers {
                    assert_eq!(spoilt[name], sound[name], "{shown} {how}: {name}");
                }
                if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
            }
            fs::rename(&kept, &path).unwrap();
        }
        assert_eq!(ask(copy.path(), machine), sound, "all is as before");
    }
}

#[test]
fn a_process_that_lies_costs_no_other_process() {
    let copy = copy_of("debian12");
    let list = || {
        let mut processes = lumi::linux::process::Processes::open(&root(copy.path())).unwrap();
        let all: Vec<_> = processes.list(lumi::linux::process::Fields::ALL).unwrap().flatten().collect();
        all.into_iter().map(|process| (process.pid, process)).collect::<BTreeMap<_, _>>()
    };
    let sound = list();
    for file in ["stat", "status", "statm", "cmdline", "wchan"] {
        let path = copy.path().join("proc/812").join(file);
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        for (how, spoil) in SPOILINGS {
            spoil(&path, &whole);
            let mut spoilt = list();
            spoilt.remove(&812);
            let others: BTreeMap<_, _> = sound.clone().into_iter().filter(|(pid, _)| *pid != 812).collect();
            assert_eq!(spoilt, others, "{file} {how}");
            if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
        }
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn names_with_line_feeds_and_without_utf_8_are_told_as_far_as_they_are_text() {
    let dir = tempfile::tempdir().unwrap();
    let odd = OsStr::from_bytes(b"sd\na\xff");
    let device = dir.path().join("sys/class/block").join(odd);
    fs::create_dir_all(&device).unwrap();
    fs::write(device.join("size"), "8\n").unwrap();
    fs::create_dir_all(dir.path().join("proc/7 8")).unwrap();
    fs::create_dir_all(dir.path().join("proc").join(OsStr::from_bytes(b"9\xff"))).unwrap();
    fs::create_dir_all(dir.path().join("proc/self")).unwrap();
    let mountinfo = b"21 1 8:2 / / rw - ext4 /dev/sda2 rw\n22 21 8:1 / /a\\012b\xff rw - ext4 /dev/sda1 rw\n";
    fs::write(dir.path().join("proc/self/mountinfo"), mountinfo).unwrap();
    let said = ask(dir.path(), "odd names");
    assert!(said["block devices"].starts_with('['), "{}", said["block devices"]);
    assert_eq!(said["processes"], "[]", "what is no number is no process");
    assert!(said["mounts"].contains("/a\\nb"), "{}", said["mounts"]);
    assert!(said["mounts"].contains("\"/\""), "the other mount is told too");
}

#[test]
fn links_that_go_round_in_circles_end() {
    let dir = tempfile::tempdir().unwrap();
    let block = dir.path().join("sys/class/block");
    fs::create_dir_all(&block).unwrap();
    symlink("sdb", block.join("sda")).unwrap();
    symlink("sda", block.join("sdb")).unwrap();
    fs::create_dir_all(block.join("sdc")).unwrap();
    symlink("../sdc", block.join("sdc/slaves")).unwrap();
    symlink("..", block.join("sdc/holders")).unwrap();
    fs::create_dir_all(dir.path().join("etc")).unwrap();
    symlink("os-release", dir.path().join("etc/os-release")).unwrap();
    symlink("/proc/self/root/etc", dir.path().join("etc/cron.d")).unwrap();
    symlink(".", dir.path().join("var")).unwrap();
    let said = ask(dir.path(), "links");
    assert!(said["block devices"].contains("sdc"), "{}", said["block devices"]);
}

#[test]
fn a_package_database_that_is_cut_off_is_an_error_after_the_whole_packages() {
    for (machine, database) in [("debian12", "var/lib/dpkg/status"), ("alpine", "lib/apk/db/installed")] {
        let copy = copy_of(machine);
        let path = copy.path().join(database);
        let whole = fs::read(&path).unwrap();
        let read = || {
            let root = root(copy.path());
            let manager = packages::Manager::of(&root).unwrap();
            let all = packages::packages(&root, manager).unwrap();
            all.map(|package| package.map(|package| package.identity()).map_err(|error| error.to_string())).collect()
        };
        let sound: Vec<Result<String, String>> = read();
        assert!(sound.len() > 1 && sound.iter().all(Result::is_ok), "{sound:?}");
        // At each place in the last two entries, of which one is whole at first.
        for length in whole.len() / 2..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let cut = read();
            let told: Vec<_> = cut.iter().take_while(|package| package.is_ok()).collect();
            assert!(told.iter().all(|package| sound.contains(package)), "{machine} at {length}: {told:?}");
            for error in cut.iter().filter_map(|package| package.as_ref().err()) {
                assert!(error.contains(database), "{error}");
            }
        }
    }
}

/// A bus that takes connections and never says anything.
fn silent_bus(dir: &Path) -> (UnixListener, String) {
    let path = dir.join("bus");
    (UnixListener::bind(&path).unwrap(), format!("unix:path={}", path.display()))
}

#[test]
fn a_bus_that_never_answers_is_an_error_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let (_listener, address) = silent_bus(dir.path());
    let bus = Bus::at(address);
    let asked = Instant::now();
    let error = systemd::Systemd::connect(&bus).err().expect("nobody is there").to_string();
    assert!(error.contains("does not answer"), "{error}");
    assert!(asked.elapsed() < LIMIT + BUSY, "{:?}", asked.elapsed());
    let asked = Instant::now();
    let error = login::sessions(&bus).unwrap_err().to_string();
    assert!(error.contains("does not answer"), "{error}");
    assert!(asked.elapsed() < LIMIT + BUSY, "{:?}", asked.elapsed());
}

#[test]
fn while_services_wait_for_a_bus_that_never_answers_other_classes_answer() {
    let dir = tempfile::tempdir().unwrap();
    let (_listener, address) = silent_bus(dir.path());
    let server = Server::with_environment(&[("DBUS_SYSTEM_BUS_ADDRESS", &address)]);
    let (user, password) = server.credentials();
    let get = |class: &str| -> Output {
        let mut lumi = Command::new(env!("CARGO_BIN_EXE_lumi"));
        lumi.args(["get", class, "--json", "--url", server.url("http"), "--user", &user]);
        lumi.env("LUMI_PASSWORD", &password).env_remove("LUMI_LOG").output().unwrap()
    };
    std::thread::scope(|scope| {
        let services = scope.spawn(|| get("Linux_Service"));
        while !services.is_finished() {
            let output = get("Linux_OperatingSystem");
            let system: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
            assert!(system.to_string().contains("Version"), "{system}");
        }
        let output = services.join().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("does not answer"), "{said}");
    });
}

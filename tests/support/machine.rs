//! A machine made of files, with as many processes and mounts as one likes.

use lumi::linux::{Facts, Root};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// Dropping it removes its files.
pub(crate) struct Machine(TempDir);

impl Machine {
    pub(crate) fn of(processes: usize, mounts: usize) -> Self {
        // In memory where that can be, so that no disk is measured.
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let dir = tempfile::Builder::new().prefix("lumi-machine-").tempdir_in(place).unwrap();
        (1..=processes).for_each(|pid| process(&dir.path().join("proc").join(pid.to_string()), pid));
        let mut mountinfo = String::from("1 0 8:0 / / rw - ext4 /dev/sda rw\n");
        for number in 1..mounts {
            // Minors go up to 2^20.
            writeln!(mountinfo, "{} 1 8:{number} / /srv/data/{number} rw - ext4 /dev/sda{number} rw", number + 1)
                .unwrap();
        }
        fs::create_dir_all(dir.path().join("proc/self")).unwrap();
        fs::write(dir.path().join("proc/self/mountinfo"), mountinfo).unwrap();
        Self(dir)
    }

    pub(crate) fn root(&self) -> Root {
        let boot_time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600);
        Root::at(
            self.0.path(),
            Facts { ticks_per_second: 100, page_size: 4096, boot_time, machine: "x86_64".to_owned() },
        )
    }
}

/// One of a program that serves, as there are many of on a large machine.
fn process(dir: &Path, pid: usize) {
    fs::create_dir_all(dir).unwrap();
    let parent = usize::from(pid > 1);
    let stat = format!(
        "{pid} (worker-{pid}) S {parent} {pid} {pid} 0 -1 4194560 1500 0 3 0 120 45 0 0 20 0 4 0 {pid} 228245504 3068 \
         18446744073709551615 1 1 0 0 0 0 671173123 4096 1260 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
    );
    let status = format!(
        "Name:\tworker-{pid}\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t{pid}\nNgid:\t0\nPid:\t{pid}\nPPid:\t{parent}\n\
         Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nThreads:\t4\n"
    );
    let command_line = format!("/usr/sbin/worker\0--number\0{pid}\0--config\0/etc/worker/worker.conf\0");
    for (file, text) in [
        ("stat", stat),
        ("status", status),
        ("cmdline", command_line),
        ("cgroup", format!("0::/system.slice/worker-{pid}.service\n")),
    ] {
        fs::write(dir.join(file), text).unwrap();
    }
}

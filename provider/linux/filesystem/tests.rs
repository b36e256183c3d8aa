//! File systems of fixtures, with a statvfs that the tests control, and of the machine that runs the tests.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use super::*;
use crate::linux::testing::machine;

const LIMIT: Duration = Duration::from_millis(200);

fn capacity() -> Capacity {
    Capacity {
        block_size: 4096,
        total_bytes: 1 << 30,
        free_bytes: 1 << 29,
        available_bytes: 1 << 28,
        total_inodes: Some(1000),
        free_inodes: Some(900),
        max_file_name_length: 255,
    }
}

fn mount_points(file_systems: &[FileSystem]) -> Vec<&str> {
    file_systems.iter().map(|file_system| file_system.mount.mount_point.to_str().unwrap()).collect()
}

fn listed(name: &str) -> Vec<FileSystem> {
    FileSystems::with(machine(name), LIMIT, |_| Ok(capacity())).list().unwrap()
}

/// A statvfs that hangs at some mount points until it is released, and counts how often it is called for them.
#[derive(Default)]
struct Server {
    is_back: Mutex<bool>,
    came_back: Condvar,
    asked: AtomicUsize,
}

impl Server {
    fn file_systems(self: &Arc<Self>, hanging: &'static [&'static str]) -> FileSystems {
        let server = self.clone();
        FileSystems::with(machine("debian12"), LIMIT, move |path| {
            if hanging.iter().any(|hanging| path == Path::new(hanging)) {
                server.asked.fetch_add(1, Ordering::SeqCst);
                drop(server.came_back.wait_while(server.is_back.lock().unwrap(), |is_back| !*is_back).unwrap());
            }
            Ok(capacity())
        })
    }

    fn come_back(&self) {
        *self.is_back.lock().unwrap() = true;
        self.came_back.notify_all();
    }
}

#[test]
fn a_server_shows_what_df_shows() {
    let shown = listed("debian12");
    let expected =
        ["/dev", "/run", "/", "/dev/shm", "/srv/my data", "/mnt/nas", "/mnt/nas/scratch", "/media", "/old", "/hidden"];
    assert_eq!(mount_points(&shown), expected);
    assert_eq!(mount_points(&listed("rhel8")), ["/dev", "/dev/shm", "/sys/fs/cgroup", "/", "/boot", "/net/home"]);
}

#[test]
fn subvolumes_of_one_btrfs_are_shown_but_not_directories_bound_elsewhere() {
    assert_eq!(mount_points(&listed("ubuntu2204")), ["/", "/home", "/snap/core20/2182"]);
}

#[test]
fn a_container_shows_its_overlay_and_the_disk_behind_bound_files_once() {
    assert_eq!(mount_points(&listed("alpine")), ["/", "/dev", "/etc/hosts"]);
}

#[test]
fn a_file_system_of_0_blocks_is_not_shown() {
    let empty = Capacity { total_bytes: 0, ..capacity() };
    assert!(FileSystems::with(machine("rhel8"), LIMIT, move |_| Ok(empty)).list().unwrap().is_empty());
}

#[test]
fn network_and_memory_are_known_by_type_and_source() {
    let shown = listed("debian12");
    let at = |path: &str| shown.iter().find(|shown| shown.mount.mount_point == Path::new(path)).unwrap();
    assert!(at("/mnt/nas").is_network() && !at("/mnt/nas/scratch").is_network());
    assert!(at("/run").is_in_memory() && !at("/run").is_pseudo());
    assert!(!at("/").is_in_memory() && !at("/").is_network());
    assert!(listed("rhel8").iter().any(|shown| shown.is_network()));
}

#[test]
fn one_can_be_got_by_its_mount_point_even_if_it_is_not_listed() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    let file_systems = FileSystems::with(machine("debian12"), LIMIT, move |path| {
        log.lock().unwrap().push(path.to_owned());
        Ok(capacity())
    });
    assert_eq!(file_systems.get("/srv/my data").unwrap().capacity(), Some(&capacity()));
    assert_eq!(file_systems.get("/mnt/bind").unwrap().mount.root, "/srv/export");
    assert!(file_systems.get("/proc").unwrap().is_pseudo());
    assert_eq!(*asked.lock().unwrap(), ["/srv/my data", "/mnt/bind", "/proc"].map(PathBuf::from));

    let error = file_systems.get("/srv").unwrap_err();
    assert!(error.is_not_found() && error.to_string().contains("/srv"), "{error}");
}

#[test]
fn a_hung_server_costs_its_own_sizes_and_one_time_limit_once() {
    let server = Arc::new(Server::default());
    let file_systems = server.file_systems(&["/mnt/nas", "/mnt/nas/scratch"]);

    let start = Instant::now();
    let shown = file_systems.list().unwrap();
    assert!(start.elapsed() >= LIMIT && start.elapsed() < 5 * LIMIT, "{:?}", start.elapsed());
    for shown in &shown {
        // The ext4 below the share is reached through it, so it hangs with it.
        let hangs = shown.mount.mount_point.starts_with("/mnt/nas");
        assert_eq!(shown.is_responding(), !hangs, "{:?}", shown.mount.mount_point);
        assert_eq!(shown.capacity().is_none(), hangs);
    }

    // From now on it is known to hang: nobody waits, and no more threads pile up behind it.
    let start = Instant::now();
    for _ in 0..50 {
        file_systems.list().unwrap();
        assert_eq!(file_systems.get("/mnt/nas").unwrap().answer, Answer::Silent);
    }
    // A hundred waits would take a hundred limits; a loaded machine needs more than one for the work itself.
    assert!(start.elapsed() < 20 * LIMIT, "{:?}", start.elapsed());
    assert_eq!(server.asked.load(Ordering::SeqCst), 2);

    server.come_back();
    let start = Instant::now();
    while !file_systems.list().unwrap().iter().all(FileSystem::is_responding) {
        assert!(start.elapsed() < Duration::from_secs(20), "it answers again");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_nobody_wants_is_not_asked() {
    let server = Arc::new(Server::default());
    let file_systems = server.file_systems(&["/mnt/nas", "/mnt/nas/scratch"]);
    let shown = file_systems.list_of(|mount| !mount.mount_point.starts_with("/mnt")).unwrap();
    assert!(mount_points(&shown).contains(&"/") && shown.iter().all(FileSystem::is_responding));
    assert_eq!(server.asked.load(Ordering::SeqCst), 0);
}

#[test]
fn requests_at_the_same_time_share_one_question() {
    let server = Arc::new(Server::default());
    let file_systems = server.file_systems(&["/mnt/nas"]);
    std::thread::scope(|scope| {
        let requests: Vec<_> = (0..4).map(|_| scope.spawn(|| file_systems.get("/mnt/nas").unwrap())).collect();
        while server.asked.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        server.come_back();
        for request in requests {
            assert!(request.join().unwrap().is_responding());
        }
    });
}

#[test]
fn a_refusal_is_an_answer_without_sizes() {
    let refuse = |_: &Path| Err(io::Error::from(io::ErrorKind::PermissionDenied));
    let root = FileSystems::with(machine("debian12"), LIMIT, refuse).get("/").unwrap();
    assert!(root.is_responding() && root.capacity().is_none());
    assert!(matches!(root.answer, Answer::Refused(reason) if reason.contains("permission")));
}

#[test]
fn available_space_is_what_a_user_can_use_not_what_is_free() {
    let root = FileSystems::new(Root::host()).get("/").unwrap();
    let kernel = rustix::fs::statvfs("/").unwrap();
    let capacity = root.capacity().unwrap();
    // Others write to the disk while the test runs.
    let near = |a: u64, b: u64| a.abs_diff(b) < capacity.total_bytes / 100;
    assert!(near(capacity.available_bytes, kernel.f_bavail * kernel.f_frsize));
    assert!(near(capacity.free_bytes, kernel.f_bfree * kernel.f_frsize));
    assert_eq!(capacity.total_bytes, kernel.f_blocks * kernel.f_frsize);
    assert!(capacity.available_bytes <= capacity.free_bytes);
}

#[test]
fn the_machine_lists_its_root_and_no_kernel_views() {
    let shown = FileSystems::new(Root::host()).list().unwrap();
    assert!(mount_points(&shown).contains(&"/"));
    assert!(!mount_points(&shown).contains(&"/proc"));
}

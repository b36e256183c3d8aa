//! Tests of the packages: servers of x86 and ARM, and machines that hide what they have.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::linux::testing::{machine, machine_with};

const ALL: Details = Details { caches: true, clock: true };

fn read(name: &str) -> Vec<Package> {
    packages(&machine(name), ALL).unwrap()
}

#[test]
fn a_server_with_two_sockets_has_two_packages() {
    let found = read("ubuntu2204");
    assert_eq!(
        found.iter().map(|it| (it.number, it.cores)).collect::<Vec<_>>(),
        [(Some(0), Some(2)), (Some(1), Some(2))]
    );
    assert_eq!((&found[0].processors[..], &found[1].processors[..]), (&[0, 2][..], &[1, 3][..]));
    let model = &found[1].model;
    assert_eq!(model.name.as_deref(), Some("Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz"));
    assert_eq!((model.vendor.as_deref(), model.model.as_deref()), (Some("GenuineIntel"), Some("106")));
    assert!(model.features.iter().any(|feature| feature == "vmx"));
}

#[test]
fn an_arm_server_tells_what_it_is_by_numbers() {
    let found = read("arm64");
    let [package] = &found[..] else { panic!("{found:?}") };
    assert_eq!((package.number, package.cores, package.processors.len()), (Some(0), Some(4), 4));
    let Model { name, vendor, family, model, stepping, .. } = &package.model;
    let words = [vendor, family, model, stepping].map(|word| word.as_deref().unwrap_or_default());
    assert_eq!((name, words), (&None, ["0x41", "8", "0xd0c", "r3p1"]));
    let clock = &package.clock;
    assert_eq!((clock.min, clock.max, clock.current), (Some(1000), Some(3000), Some(1500)));
    assert_eq!(clock.driver.as_deref(), Some("cppc_cpufreq"));
    assert_eq!(clock.governors, ["ondemand", "performance"]);
}

#[test]
fn a_cache_counts_once_however_many_processors_share_it() {
    const KIB: u64 = 1024;
    let caches = read("arm64")[0].caches;
    assert_eq!((caches.level1_data, caches.level1_instruction), (Some(4 * 64 * KIB), Some(4 * 64 * KIB)));
    assert_eq!((caches.level2, caches.level3), (Some(4 * 1024 * KIB), Some(32_768 * KIB)));
}

#[test]
fn two_threads_of_a_core_are_one_core_also_to_kernels_that_name_them_the_old_way() {
    let siblings = |processor| format!("{SYSFS}/cpu{processor}/topology/thread_siblings_list");
    let (first, second) = (siblings(0), siblings(1));
    let (_dir, root) = machine_with(&[
        ("/sys/devices/system/cpu/online", b"0-1\n"),
        (&first, b"0-1\n"),
        (&second, b"0-1\n"),
        ("/proc/cpuinfo", b"processor\t: 0\ncore id\t: 0\n\nprocessor\t: 1\ncore id\t: 0\n"),
    ]);
    let found = packages(&root, ALL).unwrap();
    assert_eq!((found.len(), found[0].cores, found[0].processors.len()), (1, Some(1), 2));
}

#[test]
fn where_sysfs_is_hidden_cpuinfo_tells() {
    let found = read("rhel8");
    assert_eq!(
        found.iter().map(|it| (it.number, it.cores)).collect::<Vec<_>>(),
        [(Some(0), Some(2)), (Some(1), Some(2))]
    );
    assert_eq!((found[0].caches, &found[0].clock), (Caches::default(), &Clock::default()));
}

#[test]
fn a_board_that_knows_of_no_package_has_one_without_a_number() {
    let found = read("alpine");
    assert_eq!((found.len(), found[0].number, found[0].cores), (1, None, None));
}

#[test]
fn what_is_not_asked_for_is_not_read() {
    let found = packages(&machine("arm64"), Details { caches: false, clock: false }).unwrap();
    assert_eq!((found[0].caches, &found[0].clock), (Caches::default(), &Clock::default()));
}

/// The columns of `lscpu -p`, which has one line for each processor.
#[test]
fn lscpu_finds_the_same_sockets_cores_and_processors() {
    let Ok(output) = Command::new("lscpu").args(["-p=CPU,CORE,SOCKET"]).output() else {
        eprintln!("skipped: lscpu (of util-linux) is not installed");
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let mut theirs: BTreeMap<&str, (Vec<u32>, BTreeSet<&str>)> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let [cpu, core, socket] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (cpus, cores) = theirs.entry(socket).or_default();
        cpus.push(cpu.parse().unwrap());
        cores.insert(core);
    }
    let mut theirs: Vec<_> = theirs.into_values().map(|(cpus, cores)| (cpus, Some(cores.len()))).collect();
    let mut ours: Vec<_> =
        packages(&Root::host(), ALL).unwrap().into_iter().map(|it| (it.processors, it.cores)).collect();
    theirs.sort();
    ours.sort();
    if Path::new("/sys/devices/system/cpu/cpu0/topology").is_dir() {
        assert_eq!(ours, theirs);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "((processor|core id|cpu MHz|address sizes|\\PC*)\t?: ?[0-9a-fx. ]{0,12}\n+|\\PC*)*") {
        let (_dir, root) = machine_with(&[("/proc/cpuinfo", text.as_bytes())]);
        let _ = packages(&root, ALL);
    }
}

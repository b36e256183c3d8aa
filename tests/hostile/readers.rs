//! All that reads a machine's files, each as what it says in text, so that two answers can be compared.

use lumi::linux::filesystem::{Capacity, FileSystems};
use lumi::linux::process::{Fields, Processes};
use lumi::linux::{
    Root, block_device, computer, cpu_time, cron, diskstats, fstab, kernel_module, load, log_file, login, memory,
    mounts, network, os, packages, pressure, smbios, swap, users,
};
use std::fmt::Debug;
use std::time::Duration;

/// A reader: its name, and what it says of a machine, errors too.
pub(crate) type Reader = (&'static str, fn(&Root) -> String);

fn said<T: Debug, E: ToString>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {}", error.to_string()),
    }
}

pub(crate) const READERS: &[Reader] = &[
    ("block devices", |root| {
        let names = block_device::names(root);
        said(names.map(|names| names.iter().map(|name| block_device::read(root, name)).collect::<Vec<_>>()))
    }),
    ("cron", |root| said(cron::jobs(root))),
    ("DMI", |root| format!("{:?}", computer::dmi(root))),
    ("disk statistics", |root| said(diskstats::read(root))),
    ("domain", |root| said(computer::domain(root))),
    ("file systems", |root| {
        let capacity = Capacity { block_size: 4096, ..Capacity::default() };
        said(FileSystems::with(root.clone(), Duration::from_secs(1), move |_| Ok(capacity)).list())
    }),
    ("firmware", |root| said(smbios::firmware(root))),
    ("chassis", |root| said(smbios::chassis(root))),
    ("boards", |root| said(smbios::boards(root))),
    ("memory modules", |root| said(smbios::memory_modules(root))),
    ("fstab", |root| said(fstab::read(root))),
    ("groups", |root| said(users::groups(root))),
    ("host name", |root| format!("{:?}", computer::host_name(root))),
    ("kernel", |root| format!("{:?}", os::kernel(root))),
    ("kernel modules", |root| {
        let modules = kernel_module::read(root);
        said(modules.map(|all| all.into_iter().map(|it| (kernel_module::details(root, &it), it)).collect::<Vec<_>>()))
    }),
    ("load", |root| said(load::read(root))),
    ("logs", |root| format!("{:?}", log_file::list(root))),
    ("machine ID", |root| format!("{:?}", computer::machine_id(root))),
    ("most processes", |root| format!("{:?}", os::max_process_count(root))),
    ("memory", |root| said(memory::read(root))),
    ("mounts", |root| said(mounts::visible(root))),
    ("packages", |root| {
        let manager = packages::Manager::of(root);
        let found = manager.and_then(|manager| packages::packages(root, manager));
        said(found.map(|packages| packages.map(said).collect::<Vec<_>>()))
    }),
    ("pressure", |root| said(pressure::read(root, "memory"))),
    ("processes", |root| {
        let list = |root| -> lumi::linux::Result<Vec<String>> {
            Ok(Processes::open(root)?.list(Fields::ALL)?.map(said).collect())
        };
        said(list(root))
    }),
    ("processor time", |root| said(cpu_time::read(root))),
    ("processors", |root| said(computer::processors(root))),
    ("release", |root| said(os::release(root))),
    ("resolver", |root| said(network::resolver::read(root))),
    ("sessions", |root| said(os::session_count(root))),
    ("swap", |root| said(swap::read(root))),
    ("time zone", |root| said(os::time_zone(root).map(|_| ()))),
    ("uptime", |root| said(os::uptime(root))),
    ("users", |root| said(users::accounts(root))),
    ("passwords", |root| said(users::accounts(root).and_then(|all| users::passwords(root, &all)).map(|all| all.len()))),
    ("utmp", |root| said(login::utmp::logins(root))),
    ("virtualization", |root| format!("{:?}", computer::virtualization(root))),
];

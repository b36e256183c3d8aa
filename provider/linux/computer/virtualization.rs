//! Whether the computer is a virtual machine or a container, and of which kind.
//!
//! Kinds have the names that systemd-detect-virt(1) uses: "kvm", "vmware", "microsoft", "docker", "lxc", ...

use super::dmi::{self, Dmi};
use crate::linux::Root;

/// The inode of the PID namespace that the kernel starts with: `PROC_PID_INIT_INO` in its `include/linux/proc_ns.h`.
const INITIAL_PID_NAMESPACE: &str = "pid:[4026531836]";

/// What the system runs in. Both can be set: a container in a virtual machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Virtualization {
    /// The hypervisor's kind; "vm-other" for one that only says that it is there. `None` on bare metal, as far as we
    /// can tell.
    pub machine: Option<String>,
    /// The container's kind; "container-other" for one without a known name. `None` outside of containers.
    pub container: Option<String>,
}

impl Virtualization {
    /// The innermost kind: the container's, else the hypervisor's.
    pub fn kind(&self) -> Option<&str> {
        self.container.as_deref().or(self.machine.as_deref())
    }
}

/// Looks for the marks that hypervisors and containers leave.
pub fn virtualization(root: &Root) -> Virtualization {
    Virtualization { machine: machine(root), container: container(root) }
}

fn container(root: &Root) -> Option<String> {
    if root.exists("/proc/vz") && !root.exists("/proc/bc") {
        return Some("openvz".to_owned());
    }
    let release = root.value("/proc/sys/kernel/osrelease").unwrap_or_default();
    if release.contains("Microsoft") || release.contains("WSL") {
        return Some("wsl".to_owned());
    }
    // systemd writes the first one; the variable of the first process can only be read by root.
    let named = root.value("/run/systemd/container").or_else(|| variable_of_init(root, "container"));
    if let Some(name) = named {
        return Some(match name.as_str() {
            // Older Podman and other OCI runtimes give their type and not their name.
            "oci" if root.exists("/run/.containerenv") => "podman".to_owned(),
            "oci" => "container-other".to_owned(),
            _ => name,
        });
    }
    // A virtual machine that was made from a container's image still has the image's marks.
    let is_host =
        std::fs::read_link(root.path("/proc/self/ns/pid")).is_ok_and(|link| link.as_os_str() == INITIAL_PID_NAMESPACE);
    let marks = [("/run/.containerenv", "podman"), ("/.dockerenv", "docker"), ("/dev/lxd/sock", "lxc")];
    let mark = marks.iter().filter(|_| !is_host).find(|(path, _)| root.exists(path));
    mark.map(|(_, kind)| (*kind).to_owned())
}

/// A variable in `/proc/1/environ`. `None` also if we may not read it.
fn variable_of_init(root: &Root, name: &str) -> Option<String> {
    let environ = root.read_text("/proc/1/environ").ok()?;
    let value = environ.split('\0').find_map(|variable| variable.strip_prefix(name)?.strip_prefix('='))?;
    (!value.is_empty()).then(|| value.to_owned())
}

fn machine(root: &Root) -> Option<String> {
    // Xen's control domain sees the hardware, so it counts as bare metal.
    let xen = root.value("/proc/xen/capabilities").unwrap_or_default();
    if xen.contains("control_d") {
        return None;
    }
    // The first processor says it all, and each further one makes the kernel measure its frequency.
    let cpuinfo = root.read_start("/proc/cpuinfo", 8192).unwrap_or_default();
    let is_guest = has_hypervisor_flag(&cpuinfo);
    let from_dmi = match from_dmi(&dmi::dmi(root)) {
        // QEMU's firmware does not say whether QEMU only emulates or KVM runs the guest.
        Some("qemu") => from_clock_sources(root).filter(|_| is_guest).or(Some("qemu")),
        kind => kind,
    };
    let kind = from_dmi
        .or_else(|| from_hypervisor_files(root))
        .or_else(|| from_device_tree(root))
        .or_else(|| from_mainframe(root))
        .or_else(|| cpuinfo.contains("User Mode Linux").then_some("uml"));
    kind.or_else(|| is_guest.then(|| from_clock_sources(root).unwrap_or("vm-other"))).map(str::to_owned)
}

/// x86 processors show guests this flag (CPUID leaf 1, ECX bit 31).
fn has_hypervisor_flag(cpuinfo: &str) -> bool {
    let flags = cpuinfo.lines().find_map(|line| line.strip_prefix("flags"));
    flags.is_some_and(|flags| flags.split_ascii_whitespace().any(|flag| flag == "hypervisor"))
}

/// Firmware of virtual machines names its maker. The first match counts, so special names stand before general ones.
fn from_dmi(dmi: &Dmi) -> Option<&'static str> {
    const MAKERS: [(&str, &str); 17] = [
        ("OpenStack", "kvm"),
        ("KubeVirt", "kvm"),
        ("KVM", "kvm"),
        ("Amazon EC2", "amazon"),
        ("QEMU", "qemu"),
        ("VMware", "vmware"),
        ("VMW", "vmware"),
        ("innotek GmbH", "oracle"),
        ("VirtualBox", "oracle"),
        ("Xen", "xen"),
        ("Bochs", "bochs"),
        ("Parallels", "parallels"),
        ("BHYVE", "bhyve"),
        ("Hyper-V", "microsoft"),
        ("Apple Virtualization", "apple"),
        ("Google Compute Engine", "google"),
        ("Alibaba Cloud ECS", "kvm"),
    ];
    let product = dmi.product_name.as_deref().unwrap_or_default();
    // Amazon's bare-metal instances have Amazon's firmware and no hypervisor.
    if product.ends_with(".metal") {
        return None;
    }
    if dmi.sys_vendor.as_deref() == Some("Microsoft Corporation") && product == "Virtual Machine" {
        return Some("microsoft");
    }
    let told = [&dmi.product_name, &dmi.sys_vendor, &dmi.board_vendor, &dmi.bios_vendor, &dmi.product_version];
    let told = told.into_iter().flatten();
    told.flat_map(|text| MAKERS.iter().filter(|(maker, _)| text.starts_with(maker))).map(|(_, kind)| *kind).next()
}

fn from_hypervisor_files(root: &Root) -> Option<&'static str> {
    let is_xen = root.exists("/proc/xen") || root.value("/sys/hypervisor/type").as_deref() == Some("xen");
    is_xen.then_some("xen")
}

/// ARM, RISC-V and POWER machines without SMBIOS.
fn from_device_tree(root: &Root) -> Option<&'static str> {
    let compatible = root.value("/proc/device-tree/hypervisor/compatible").unwrap_or_default();
    match compatible.split('\0').next().unwrap_or_default() {
        "linux,kvm" => Some("kvm"),
        "vmware" => Some("vmware"),
        compatible if compatible.contains("xen") => Some("xen"),
        "" if root.exists("/proc/device-tree/ibm,partition-name") => Some("powervm"),
        "" => None,
        _ => Some("vm-other"),
    }
}

/// IBM Z: the control program that runs this system as a guest.
fn from_mainframe(root: &Root) -> Option<&'static str> {
    let program = root.value("/proc/sysinfo")?;
    let program = program.lines().find_map(|line| line.strip_prefix("VM00 Control Program:"))?.trim();
    Some(if program.starts_with("z/VM") { "zvm" } else { "kvm" })
}

/// Guests without SMBIOS, such as micro virtual machines, still have their hypervisor's clock.
fn from_clock_sources(root: &Root) -> Option<&'static str> {
    let clocks = root.value("/sys/devices/system/clocksource/clocksource0/available_clocksource")?;
    let kind = |clock: &str| match clock {
        "kvm-clock" => Some("kvm"),
        "xen" => Some("xen"),
        clock if clock.starts_with("hyperv_clocksource") => Some("microsoft"),
        _ => None,
    };
    clocks.split_ascii_whitespace().find_map(kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine as fixture, machine_with};

    const GUEST: (&str, &[u8]) = ("/proc/cpuinfo", b"processor\t: 0\nflags\t\t: fpu vme hypervisor lm\n");

    fn found(files: &[(&str, &[u8])]) -> Virtualization {
        let (_dir, root) = machine_with(files);
        virtualization(&root)
    }

    fn kind(files: &[(&str, &[u8])]) -> Option<String> {
        found(files).kind().map(str::to_owned)
    }

    #[test]
    fn a_physical_server_is_neither_machine_nor_container() {
        assert_eq!(virtualization(&fixture("ubuntu2204")), Virtualization::default());
    }

    #[test]
    fn firmware_names_the_hypervisor() {
        assert_eq!(virtualization(&fixture("rhel8")).kind(), Some("vmware"));
        let with = |vendor: &[u8], product: &[u8]| {
            kind(&[GUEST, ("/sys/class/dmi/id/sys_vendor", vendor), ("/sys/class/dmi/id/product_name", product)])
        };
        assert_eq!(with(b"Microsoft Corporation", b"Virtual Machine").as_deref(), Some("microsoft"));
        assert_eq!(with(b"QEMU", b"KVM Virtual Machine").as_deref(), Some("kvm"));
        assert_eq!(with(b"Google", b"Google Compute Engine").as_deref(), Some("google"));
        assert_eq!(with(b"innotek GmbH", b"VirtualBox").as_deref(), Some("oracle"));
        assert_eq!(with(b"Somebody", b"Cloud Server").as_deref(), Some("vm-other"));
    }

    #[test]
    fn makers_of_hypervisors_also_make_hardware() {
        let with = |vendor: &[u8], product: &[u8]| {
            kind(&[("/sys/class/dmi/id/sys_vendor", vendor), ("/sys/class/dmi/id/product_name", product)])
        };
        assert_eq!(with(b"Microsoft Corporation", b"Surface Pro 9"), None);
        assert_eq!(with(b"Amazon EC2", b"m5.metal"), None);
    }

    #[test]
    fn qemu_is_told_apart_from_kvm() {
        assert_eq!(virtualization(&fixture("debian12")).kind(), Some("kvm"));
        assert_eq!(kind(&[GUEST, ("/sys/class/dmi/id/sys_vendor", b"QEMU")]).as_deref(), Some("qemu"));
    }

    #[test]
    fn a_guest_without_firmware_is_known_by_its_clock() {
        let clocks = "/sys/devices/system/clocksource/clocksource0/available_clocksource";
        assert_eq!(kind(&[GUEST, (clocks, b"tsc kvm-clock \n")]).as_deref(), Some("kvm"));
        assert_eq!(kind(&[GUEST, (clocks, b"hyperv_clocksource_tsc_page acpi_pm\n")]).as_deref(), Some("microsoft"));
        assert_eq!(kind(&[GUEST]).as_deref(), Some("vm-other"));
    }

    #[test]
    fn xen_guests_are_virtual_but_its_control_domain_is_not() {
        assert_eq!(kind(&[("/sys/hypervisor/type", b"xen\n")]).as_deref(), Some("xen"));
        assert_eq!(kind(&[("/proc/xen/capabilities", b"\n")]).as_deref(), Some("xen"));
        assert_eq!(kind(&[("/sys/hypervisor/type", b"xen\n"), ("/proc/xen/capabilities", b"control_d\n")]), None);
    }

    #[test]
    fn machines_without_smbios_have_other_marks() {
        let compatible = "/proc/device-tree/hypervisor/compatible";
        assert_eq!(kind(&[(compatible, b"linux,kvm\0")]).as_deref(), Some("kvm"));
        assert_eq!(kind(&[(compatible, b"xen,xen-4.17\0xen,xen\0")]).as_deref(), Some("xen"));
        assert_eq!(kind(&[("/proc/device-tree/ibm,partition-name", b"lpar1\0")]).as_deref(), Some("powervm"));
        assert_eq!(
            kind(&[("/proc/sysinfo", b"Type: 3906\nVM00 Control Program: z/VM    7.2.0\n")]).as_deref(),
            Some("zvm")
        );
    }

    #[test]
    fn containers_are_known_by_what_they_leave() {
        assert_eq!(virtualization(&fixture("alpine")).container.as_deref(), Some("docker"));
        assert_eq!(kind(&[("/run/systemd/container", b"systemd-nspawn\n")]).as_deref(), Some("systemd-nspawn"));
        assert_eq!(kind(&[("/proc/1/environ", b"HOME=/\0container=lxc\0")]).as_deref(), Some("lxc"));
        assert_eq!(
            kind(&[("/run/.containerenv", b""), ("/proc/1/environ", b"container=oci\0")]).as_deref(),
            Some("podman")
        );
        assert_eq!(kind(&[("/proc/vz/x", b""), ("/proc/cpuinfo", b"")]).as_deref(), Some("openvz"));
        let wsl: &[u8] = b"5.15.133.1-microsoft-standard-WSL2\n";
        assert_eq!(kind(&[("/proc/sys/kernel/osrelease", wsl)]).as_deref(), Some("wsl"));
    }

    #[test]
    fn the_marks_of_an_image_do_not_make_a_machine_a_container() {
        let (_dir, root) = machine_with(&[("/.dockerenv", b""), ("/proc/self/ns/.keep", b"")]);
        std::os::unix::fs::symlink(INITIAL_PID_NAMESPACE, root.path("/proc/self/ns/pid")).unwrap();
        assert_eq!(virtualization(&root).container, None);
    }

    #[test]
    fn a_container_in_a_virtual_machine_is_both() {
        let found = found(&[GUEST, ("/.dockerenv", b""), ("/sys/class/dmi/id/sys_vendor", b"VMware, Inc.")]);
        assert_eq!((found.machine.as_deref(), found.container.as_deref()), (Some("vmware"), Some("docker")));
        assert_eq!(found.kind(), Some("docker"));
    }
}

//! The kernel's own names: uname(2), as `/proc/sys/kernel` shows them.

use crate::linux::Root;
use std::ffi::CStr;

/// What `uname` says, but for the host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// "Linux".
    pub name: Option<String>,
    /// The release, such as "6.1.0-18-amd64".
    pub release: Option<String>,
    /// The build, such as "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)".
    pub version: Option<String>,
    /// The hardware, such as "x86_64".
    pub machine: String,
}

impl Kernel {
    /// Bits in an address of the kernel, by its hardware's name. `None` for a name that says nothing about it.
    pub fn word_size(&self) -> Option<u32> {
        match self.machine.as_str() {
            "s390x" | "alpha" | "sparc64" | "parisc64" => Some(64),
            machine if machine.contains("64") => Some(64),
            "i386" | "i486" | "i586" | "i686" | "ppc" | "s390" | "mips" | "sparc" | "parisc" => Some(32),
            machine if machine.starts_with("arm") || machine.ends_with("32") => Some(32),
            _ => None,
        }
    }
}

/// The running kernel.
pub fn kernel(root: &Root) -> Kernel {
    if root.is_running_kernel() {
        return of_running_kernel();
    }
    Kernel {
        name: root.value("/proc/sys/kernel/ostype"),
        release: root.value("/proc/sys/kernel/osrelease"),
        version: root.value("/proc/sys/kernel/version"),
        machine: root.facts().machine,
    }
}

/// By one call instead of three files.
fn of_running_kernel() -> Kernel {
    let uname = rustix::system::uname();
    let text = |name: &CStr| Some(name.to_string_lossy().into_owned()).filter(|name| !name.is_empty());
    Kernel {
        name: text(uname.sysname()),
        release: text(uname.release()),
        version: text(uname.version()),
        machine: uname.machine().to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn each_distribution_has_its_kernel() {
        let release = |name: &str| kernel(&machine(name)).release.unwrap();
        assert_eq!(release("debian12"), "6.1.0-18-amd64");
        assert_eq!(release("rhel8"), "4.18.0-513.5.1.el8_9.x86_64");
        assert_eq!(kernel(&machine("ubuntu2204")).version.unwrap(), "#107-Ubuntu SMP Wed Feb 7 13:26:48 UTC 2024");
    }

    #[test]
    fn the_call_and_the_files_tell_the_same() {
        let files = Root::at("/", Root::host().facts());
        assert_eq!(kernel(&Root::host()), kernel(&files));
    }
}

//! Which processes have a socket open: the links in `/proc/PID/fd`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::linux::{Result, Root};

/// The processes that have sockets open, by the inode of the socket. Only those whose files may be read are known: all of
/// them to root, one's own to others.
#[derive(Debug, Default)]
pub struct Owners(HashMap<u32, Vec<u32>>);

impl Owners {
    /// Looks at the open files of all processes.
    ///
    /// # Errors
    /// When `/proc` cannot be listed. A process that ends meanwhile or may not be read is left out.
    pub fn read(root: &Root) -> Result<Self> {
        let mut owners: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut pids: Vec<u32> =
            root.names_if_present("/proc")?.unwrap_or_default().iter().filter_map(|it| it.parse().ok()).collect();
        pids.sort_unstable();
        for pid in pids {
            let Ok(files) = fs::read_dir(root.path(format!("/proc/{pid}/fd"))) else { continue };
            for inode in files.flatten().filter_map(|file| socket(&file.path())) {
                let owners = owners.entry(inode).or_default();
                // A process can have one socket open several times.
                if owners.last() != Some(&pid) {
                    owners.push(pid);
                }
            }
        }
        Ok(Self(owners))
    }

    /// The ids of the processes that have the socket with this inode open, the lowest first.
    pub fn of(&self, inode: u32) -> &[u32] {
        self.0.get(&inode).map_or(&[], Vec::as_slice)
    }
}

/// The inode of the socket that a link in `/proc/PID/fd` stands for. `None` for another file.
fn socket(link: &Path) -> Option<u32> {
    let target = fs::read_link(link).ok()?;
    target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn a_socket_belongs_to_every_process_that_has_it_open() {
        let (dir, root) = machine_with(&[("/proc/version", b"Linux")]);
        for (pid, number, target) in [
            (900, 3, "socket:[77]"),
            (80, 3, "socket:[77]"),
            (80, 4, "socket:[77]"),
            (80, 5, "socket:[78]"),
            (80, 6, "/dev/null"),
            (80, 7, "pipe:[79]"),
            (80, 8, "socket:[x]"),
        ] {
            let files = dir.path().join(format!("proc/{pid}/fd"));
            fs::create_dir_all(&files).unwrap();
            symlink(target, files.join(number.to_string())).unwrap();
        }
        let owners = Owners::read(&root).unwrap();
        assert_eq!((owners.of(77), owners.of(78), owners.of(79)), (&[80, 900][..], &[80][..], &[][..]));
    }

    #[test]
    fn this_process_owns_its_sockets() {
        use std::net::TcpListener;
        use std::os::fd::AsRawFd;

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let inode = socket(Path::new(&format!("/proc/self/fd/{}", listener.as_raw_fd()))).unwrap();
        let owners = Owners::read(&Root::host()).unwrap();
        assert!(owners.of(inode).contains(&std::process::id()));
    }
}

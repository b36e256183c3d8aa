//! How large and how full a file system is: statvfs(3).

use std::io;
use std::path::Path;

/// What statvfs(3) says of a file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// `f_frsize`: the unit in which space is given out, in bytes.
    pub block_size: u64,
    /// `f_blocks` in bytes.
    pub total_bytes: u64,
    /// `f_bfree` in bytes: what is free, including the reserve for the superuser.
    pub free_bytes: u64,
    /// `f_bavail` in bytes: what an ordinary user can still write.
    pub available_bytes: u64,
    /// `f_files`. `None` where inodes are made as needed (btrfs, vfat).
    pub total_inodes: Option<u64>,
    /// `f_ffree`. `None` with `total_inodes`.
    pub free_inodes: Option<u64>,
    /// `f_namemax`: the longest file name in bytes.
    pub max_file_name_length: u64,
}

impl Capacity {
    /// Asks the kernel. This can take for ever if the file system, or one on the way to it, hangs.
    pub(super) fn of(mount_point: &Path) -> io::Result<Self> {
        let answer = rustix::fs::statvfs(mount_point)?;
        let bytes = |blocks: u64| blocks.saturating_mul(answer.f_frsize);
        let has_inodes = answer.f_files > 0;
        Ok(Self {
            block_size: answer.f_frsize,
            total_bytes: bytes(answer.f_blocks),
            free_bytes: bytes(answer.f_bfree),
            available_bytes: bytes(answer.f_bavail),
            total_inodes: has_inodes.then_some(answer.f_files),
            free_inodes: has_inodes.then_some(answer.f_ffree),
            max_file_name_length: answer.f_namemax,
        })
    }
}

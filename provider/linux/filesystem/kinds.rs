//! What the type of a file system tells about it.

use std::path::Path;

use crate::linux::mounts::Mount;

/// Types that show something of the kernel or of a program as files.
const PSEUDO: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "efivarfs",
    "fuse.gvfsd-fuse",
    "fuse.lxcfs",
    "fuse.portal",
    "fuse.snapfuse",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nfsd",
    "nsfs",
    "proc",
    "pstore",
    "resctrl",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "smackfs",
    "sysfs",
    "tracefs",
];

/// Types whose files lie on another machine.
const NETWORK: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "pvfs2",
    "smb3",
    "smbfs",
    "fuse.ceph",
    "fuse.cephfs",
    "fuse.curlftpfs",
    "fuse.davfs",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
];

/// Types whose files lie in memory.
const IN_MEMORY: &[&str] = &["devtmpfs", "ramfs", "rootfs", "tmpfs"];

/// Types that answer statvfs from what the kernel has in memory anyway, so that asking them cannot hang.
const NEVER_HANGS: &[&str] = &[
    "bcachefs", "btrfs", "devtmpfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs", "iso9660", "jfs", "msdos",
    "ntfs3", "overlay", "ramfs", "rootfs", "squashfs", "tmpfs", "udf", "vfat", "xfs", "zfs",
];

fn is_one_of(mount: &Mount, types: &[&str]) -> bool {
    types.contains(&mount.file_system_type.as_str())
}

pub(super) fn is_pseudo(mount: &Mount) -> bool {
    is_one_of(mount, PSEUDO)
}

/// Whether the files of a mount lie on another machine.
pub fn is_network(mount: &Mount) -> bool {
    // Programs behind FUSE name a share as NFS and SMB do: "host:/path" or "//host/share".
    let names_share = || mount.source.as_ref().is_some_and(|source| source.contains(":/") || source.starts_with("//"));
    is_one_of(mount, NETWORK) || (mount.file_system_type.starts_with("fuse") && names_share())
}

/// Whether the files of a mount lie in memory and are lost when it is unmounted.
pub fn is_in_memory(mount: &Mount) -> bool {
    is_one_of(mount, IN_MEMORY)
}

/// The mount points of file systems where statvfs can hang, and with it every path that leads through them.
pub(super) fn places_that_may_hang(mounts: &[Mount]) -> Vec<&Path> {
    let asks_others = |mount: &&Mount| !is_one_of(mount, NEVER_HANGS) && !is_one_of(mount, PSEUDO);
    mounts.iter().filter(asks_others).map(|mount| mount.mount_point.as_path()).collect()
}

/// The btrfs subvolume, such as "/@home".
pub(super) fn subvolume(mount: &Mount) -> Option<&str> {
    let is_btrfs = mount.file_system_type == "btrfs";
    mount.super_options.iter().filter(|_| is_btrfs).find_map(|option| option.strip_prefix("subvol="))
}

//! What is to be mounted when the system starts: `/etc/fstab`.

use std::path::PathBuf;

use super::mounts::unescape;
use super::root::lossy;
use super::{Result, Root};

const FSTAB: &str = "/etc/fstab";

/// A line of fstab. The numbers are the fields' in fstab(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 1: the device or share, also by a tag such as "UUID=...".
    pub source: String,
    /// 2: where to mount it. `None` for swap.
    pub mount_point: Option<PathBuf>,
    /// 3: the type.
    pub file_system_type: String,
    /// 4: the options.
    pub options: Vec<String>,
    /// 6: in which pass of the check it is, 0 for none.
    pub pass: u32,
}

/// The lines of fstab in their order; none where there is no such file. A line that says too little is left out.
pub fn read(root: &Root) -> Result<Vec<Entry>> {
    let text = root.read_text_if_present(FSTAB)?.unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    Ok(lines.filter_map(entry).collect())
}

fn entry(line: &str) -> Option<Entry> {
    let mut fields = line.split_ascii_whitespace();
    let mut next = || fields.next().map(|field| lossy(unescape(field.as_bytes())));
    let (source, place, file_system_type) = (next()?, next()?, next()?);
    let options = next().unwrap_or_else(|| "defaults".to_owned());
    let (_dump, pass) = (next(), next());
    Some(Entry {
        source,
        mount_point: place.starts_with('/').then(|| place.into()),
        file_system_type,
        options: options.split(',').map(str::to_owned).collect(),
        pass: pass.and_then(|pass| pass.parse().ok()).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn entries_are_read_with_escapes_and_defaults() {
        let text = b"# a comment\n\nUUID=1-2 / ext4 errors=remount-ro 0 1\n//nas/a\\040b\t/mnt/a\\040b cifs\n\
                     /dev/sda3 none swap sw 0 0\nbroken\n";
        let (_dir, root) = machine_with(&[(FSTAB, text)]);
        let entries = read(&root).unwrap();
        assert_eq!(entries.len(), 3);
        assert_eq!((entries[0].source.as_str(), entries[0].pass), ("UUID=1-2", 1));
        assert_eq!(
            (entries[1].source.as_str(), entries[1].mount_point.clone()),
            ("//nas/a b", Some("/mnt/a b".into()))
        );
        assert_eq!(entries[1].options, ["defaults"]);
        assert_eq!(entries[2].mount_point, None);
    }
}

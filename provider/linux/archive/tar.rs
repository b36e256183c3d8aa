//! tar, in the forms of POSIX and GNU.

use super::{Entry, What, name};
use crate::linux::Error;
use crate::linux::files::Time;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use tar::EntryType;

type Visit<'a, E> = &'a mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), E>;

pub(super) fn each<E: From<Error>>(path: &Path, from: impl Read, visit: Visit<'_, E>) -> Result<(), E> {
    let broken = |error: io::Error| E::from(Error::parse(path, error.to_string()));
    let mut archive = tar::Archive::new(from);
    for found in archive.entries().map_err(broken)? {
        let mut found = found.map_err(broken)?;
        let Some(inner) = name::inner(path, &found.path_bytes())? else { continue };
        let target = found.link_name_bytes().map(|target| target.into_owned()).unwrap_or_default();
        let what = match found.header().entry_type() {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => What::File(found.size()),
            EntryType::Directory => What::Directory,
            EntryType::Symlink => {
                name::check_link(path, &inner, &target)?;
                What::Link(OsStr::from_bytes(&target).to_owned())
            }
            EntryType::Link => match name::inner(path, &target)? {
                Some(target) => What::Same(target),
                None => continue,
            },
            _ => continue,
        };
        let header = found.header();
        let modified = header.mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
        let entry = Entry {
            path: inner,
            what,
            mode: header.mode().ok().map(|mode| mode & 0o777),
            modified: modified.map(|seconds| Time { seconds, nanoseconds: 0 }),
        };
        visit(&entry, &mut found)?;
    }
    Ok(())
}

/// Whether the first block has a sum that is right, which is all that tells an archive of before POSIX.
pub(super) fn has_sum(block: &[u8]) -> bool {
    let digits: String = block[148..156].iter().map(|byte| char::from(*byte)).collect();
    let sum = u64::from_str_radix(digits.trim_matches([' ', '\0']), 8);
    let bytes = block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) });
    sum == Ok(bytes.sum()) && block[0] != 0
}

//! zip.

use super::{Entry, What, name};
use crate::linux::Error;
use crate::linux::files::Time;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use zip::ZipArchive;

/// The longest path that Linux takes.
const LONGEST_TARGET: u64 = 4096;

type Visit<'a, E> = &'a mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), E>;

pub(super) fn each<E: From<Error>>(path: &Path, file: &File, visit: Visit<'_, E>) -> Result<(), E> {
    let broken = |error: &dyn std::fmt::Display| E::from(Error::parse(path, error.to_string()));
    let mut archive = ZipArchive::new(io::BufReader::new(file)).map_err(|error| broken(&error))?;
    for index in 0..archive.len() {
        let mut found = archive.by_index(index).map_err(|error| broken(&error))?;
        let Some(inner) = name::inner(path, found.name_raw())? else { continue };
        let what = if found.is_dir() {
            What::Directory
        } else if found.is_symlink() {
            let mut target = Vec::new();
            found.by_ref().take(LONGEST_TARGET).read_to_end(&mut target).map_err(|error| broken(&error))?;
            name::check_link(path, &inner, &target)?;
            What::Link(OsString::from_vec(target))
        } else {
            What::File(found.size())
        };
        let entry = Entry {
            path: inner,
            what,
            mode: found.unix_mode().map(|mode| mode & 0o777).filter(|mode| *mode != 0),
            modified: found.last_modified().and_then(time),
        };
        visit(&entry, &mut found)?;
    }
    Ok(())
}

/// The archive has the time of some clock, and does not say of which; it is taken as that of UTC.
fn time(time: zip::DateTime) -> Option<Time> {
    let part = |part: u8| i8::try_from(part).ok();
    let date = jiff::civil::DateTime::new(
        i16::try_from(time.year()).ok()?,
        part(time.month())?,
        part(time.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
        0,
    );
    let time = date.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Time { seconds: time.as_second(), nanoseconds: 0 })
}

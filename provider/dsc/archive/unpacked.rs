//! The directory in which an archive is unpacked, beside the archive. No link in it is ever followed.

use super::super::file::{Checksum, check_canceled};
use super::super::{Context, Difference};
use super::{DIRECTORY_MODE, needs_force};
use crate::linux::archive::{Archive, Entry, What};
use crate::linux::files::{Directory, Kind, Over, Place, Status};
use crate::linux::files::{copy, put_directory, put_file, put_link, same_contents, same_stream};
use crate::linux::replace_file::Attributes;
use omi::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The mode of a file for which the archive has none.
const FILE_MODE: u32 = 0o644;
/// More differences than these say nothing more.
const MOST_DIFFERENCES: usize = 32;

/// An archive, and what is in it.
pub(super) struct Contents {
    archive: Archive,
    /// What has the name last, by name: its place in the archive, and whether it is a directory.
    last: BTreeMap<PathBuf, (usize, bool)>,
}

impl Contents {
    pub(super) fn read(mut archive: Archive) -> Result<Self> {
        let mut last = BTreeMap::new();
        let mut index = 0;
        archive.each(|entry, _| {
            last.insert(entry.path.clone(), (index, entry.what == What::Directory));
            index += 1;
            Ok::<_, Error>(())
        })?;
        Ok(Self { archive, last })
    }

    /// Shows what counts of each name.
    fn each(&mut self, mut visit: impl FnMut(&Entry, &mut dyn Read) -> Result<()>) -> Result<()> {
        let mut index = 0;
        let last = &self.last;
        self.archive.each(|entry, bytes| {
            let counts = last.get(&entry.path).is_some_and(|(last, _)| *last == index);
            index += 1;
            if counts { visit(entry, bytes) } else { Ok(()) }
        })
    }
}

/// What is not as desired.
#[derive(Default)]
pub(super) struct Differing {
    pub(super) differences: Vec<Difference>,
    names: BTreeSet<PathBuf>,
}

impl Differing {
    fn add(&mut self, path: &Path, is: &str, desired: &str) {
        if self.differences.len() < MOST_DIFFERENCES {
            self.differences.push(Difference::new("DestinationPath", format!("{}: {is}", path.display()), desired));
        }
        self.names.insert(path.to_owned());
    }
}

pub(super) struct Unpacked<'a> {
    directory: Directory,
    context: &'a Context<'a>,
    checksum: Checksum,
    force: bool,
}

impl<'a> Unpacked<'a> {
    pub(super) fn new(directory: Directory, context: &'a Context<'a>, checksum: Checksum, force: bool) -> Self {
        Self { directory, context, checksum, force }
    }

    /// What is not as it is in the archive.
    pub(super) fn differing(&self, contents: &mut Contents) -> Result<Differing> {
        let mut differing = Differing::default();
        let changed = contents.archive.status.changed();
        contents.each(|entry, bytes| {
            self.context.check_canceled()?;
            let desired = match &entry.what {
                What::Directory => Kind::Directory,
                What::Link(_) => Kind::Link,
                What::File(_) | What::Same(_) => Kind::File,
            };
            let (place, status) = match self.find(&entry.path)? {
                Some((place, status)) if status.kind() == desired => (place, status),
                Some((_, status)) => {
                    differing.add(&entry.path, status.kind().name(), desired.name());
                    return Ok(());
                }
                None => {
                    differing.add(&entry.path, "absent", "present");
                    return Ok(());
                }
            };
            let is_same = match &entry.what {
                What::Directory => true,
                What::Link(target) => place.target()? == *target,
                What::Same(target) => !differing.names.contains(target) && self.is_same_file(&place, target)?,
                What::File(size) => match (self.checksum, entry.modified) {
                    (Checksum::Modified, Some(time)) => status.size() == *size && status.modified().is_about(time),
                    (Checksum::Changed, _) => status.size() == *size && status.changed() >= changed,
                    _ => same_stream(bytes, &place.open()?.0, &|| check_canceled(self.context))?,
                },
            };
            if !is_same {
                differing.add(&entry.path, "not as in the archive", "as in the archive");
            }
            Ok(())
        })?;
        Ok(differing)
    }

    /// Writes what differs.
    pub(super) fn write(&self, contents: &mut Contents, differing: &Differing) -> Result<()> {
        contents.each(|entry, bytes| {
            if !differing.names.contains(&entry.path) {
                return Ok(());
            }
            self.context.check_canceled()?;
            let place = self.make_way(&entry.path)?;
            let status = place.status()?;
            match &entry.what {
                What::Directory => self.make_directory(&place, status, entry.mode.unwrap_or(DIRECTORY_MODE)),
                What::Link(target) => self.make_link(&place, status, target),
                What::File(_) => self.make_file(&place, status, entry, |file| {
                    let mut bytes = Watched { bytes, context: self.context };
                    io::copy(&mut bytes, file).map(|_| ())
                }),
                What::Same(target) => {
                    let Some((original, _)) = self.find(target)? else {
                        let (path, target) = (entry.path.display(), target.display());
                        return Err(Error::failed(format!(
                            "SourcePath has {path} as a name of {target}, which it has not"
                        )));
                    };
                    let (original, _) = original.open()?;
                    self.make_file(&place, status, entry, |file| {
                        copy(&original, file, &|| check_canceled(self.context))
                    })
                }
            }
        })
    }

    /// What of the archive is there still, but for its directories.
    pub(super) fn remaining(&self, contents: &Contents) -> Result<Differing> {
        let mut differing = Differing::default();
        for (path, _) in contents.last.iter().filter(|(_, (_, is_directory))| !is_directory) {
            if let Some((_, status)) = self.find(path)?
                && matches!(status.kind(), Kind::File | Kind::Link)
            {
                differing.add(path, "present", "absent");
            }
        }
        Ok(differing)
    }

    /// Removes what is in the archive, and its directories where nothing else is in them.
    pub(super) fn remove(&self, contents: &Contents) -> Result<()> {
        let mut directories = BTreeSet::new();
        for (path, (_, is_directory)) in &contents.last {
            self.context.check_canceled()?;
            if let Some((place, status)) = self.find(path)?
                && matches!(status.kind(), Kind::File | Kind::Link)
                && !is_directory
            {
                place.remove()?;
            }
            directories.extend(path.ancestors().skip(usize::from(!is_directory)).map(Path::to_owned));
        }
        // What is in a directory comes after it in order.
        for path in directories.iter().rev().filter(|path| !path.as_os_str().is_empty()) {
            if let Some((place, status)) = self.find(path)?
                && status.kind() == Kind::Directory
            {
                place.remove_if_empty()?;
            }
        }
        Ok(())
    }

    /// What has the name; nothing either where something that is no directory is in the way.
    fn find(&self, path: &Path) -> Result<Option<(Place, Status)>> {
        let mut directory = self.directory.clone();
        let mut names = path.iter().peekable();
        while let Some(name) = names.next() {
            let place = directory.place(name);
            let Some(status) = place.status()? else { return Ok(None) };
            if names.peek().is_none() {
                return Ok(Some((place, status)));
            }
            if status.kind() != Kind::Directory {
                return Ok(None);
            }
            directory = place.open_directory()?;
        }
        Ok(None)
    }

    /// The place of the path, with directories on the way.
    fn make_way(&self, path: &Path) -> Result<Place> {
        let mut directory = self.directory.clone();
        for name in path.parent().into_iter().flat_map(Path::iter) {
            let place = directory.place(name);
            self.make_directory(&place, place.status()?, DIRECTORY_MODE)?;
            directory = place.open_directory()?;
        }
        Ok(directory.place(path.file_name().unwrap_or_default()))
    }

    fn make_directory(&self, place: &Place, status: Option<Status>, mode: u32) -> Result<()> {
        if status.is_some_and(|status| status.kind() == Kind::Directory) {
            return Ok(());
        }
        let over = self.over(place, status, Kind::Directory)?;
        // Its owner can put things into it in any case.
        let attributes = Attributes::new(mode | 0o700);
        put_directory(place, over, |directory| {
            attributes.give(&directory.as_file()?)?;
            Ok::<_, Error>(false)
        })
    }

    fn make_link(&self, place: &Place, status: Option<Status>, target: &OsStr) -> Result<()> {
        let over = self.over(place, status, Kind::Link)?;
        Ok(put_link(place, target, over, |_| Ok(()))?)
    }

    fn make_file(
        &self,
        place: &Place,
        status: Option<Status>,
        entry: &Entry,
        write: impl FnOnce(&mut std::fs::File) -> io::Result<()>,
    ) -> Result<()> {
        let over = self.over(place, status, Kind::File)?;
        let attributes = match status.filter(|status| status.kind() == Kind::File) {
            Some(_) => Attributes::of_open(&place.open()?.0)?,
            None => Attributes::new(entry.mode.unwrap_or(FILE_MODE)),
        };
        let time = entry.modified.and_then(crate::linux::files::Time::system_time);
        put_file(place, over, |file| {
            write(file)?;
            attributes.give(file)?;
            time.map_or(Ok(()), |time| file.set_modified(time))
        })?;
        Ok(())
    }

    fn is_same_file(&self, place: &Place, target: &Path) -> Result<bool> {
        match self.find(target)? {
            Some((original, status)) if status.kind() == Kind::File => {
                let (one, other) = (original.open()?.0, place.open()?.0);
                Ok(same_contents(&one, &other, &|| check_canceled(self.context))?)
            }
            _ => Ok(false),
        }
    }

    /// What of another type is replaced needs Force.
    fn over(&self, place: &Place, status: Option<Status>, desired: Kind) -> Result<Over> {
        match status.map(|status| status.kind()) {
            Some(kind) if kind != desired => needs_force(self.force, place.path(), kind).map(|()| Over::Anything),
            _ => Ok(Over::Same),
        }
    }
}

/// Bytes that end with an error when nobody wants them any more.
struct Watched<'a> {
    bytes: &'a mut dyn Read,
    context: &'a Context<'a>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        check_canceled(self.context)?;
        self.bytes.read(buffer)
    }
}

//! Puts something in its place in one step: whoever looks sees what was there before, or all of the new.
//!
//! A new file has no name before it is whole (O_TMPFILE), so that nothing is left over when this process ends. Only to replace
//! something it needs a second name, for an instant; directories, links, and files where the file system knows no files without
//! a name, have one while they are made. It is always the same one, `.lumi-NAME.new`, and held by a lock. So who comes next
//! tells a stale one from one that is still being written, and removes it.

use super::directory::Directory;
use super::place::Place;
use super::remove::remove;
use crate::linux::replace_file::Attributes;
use crate::linux::{Error, Result, Root};
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::fs::{flock, fsync, linkat, mkdirat, openat, renameat, renameat_with, symlinkat, syncfs, unlinkat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long another process may take to write the same file.
const PATIENCE: Duration = Duration::from_secs(20);
const LONGEST_NAME: usize = 255;

/// What may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// What is of the same type; an empty directory counts as of the same type as any directory.
    Same,
    /// Anything, a directory with all that is in it.
    Anything,
}

/// Writes a file and puts it in its place. It is on the disk when this returns. `write` also gives it its owner and mode:
/// until then nobody but its user can read it.
///
/// # Errors
/// [`Error::Run`]; then what was there before is as it was.
pub(crate) fn put_file(place: &Place, over: Over, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    let wrong = |source| failed(place.path(), source);
    if place.is_hidden() {
        let mut file = create_named(place.directory(), place.name()).map_err(|error| wrong(error.into()))?;
        return write(&mut file).map_err(wrong);
    }
    let temporary = temporary_name(place.name());
    let (mut file, mut has_name) = create(place.directory(), &temporary).map_err(wrong)?;
    let put = || {
        write(&mut file)?;
        file.sync_all()?;
        if !has_name {
            let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
            match link(&file, place.directory(), place.name()) {
                Err(Errno::EXIST) => {}
                linked => return linked.map_err(io::Error::from),
            }
            claim(place.directory(), &temporary, || link(&file, place.directory(), &temporary))?;
            has_name = true;
        }
        rename(place, &temporary, over)
    };
    let put = put();
    if put.is_err() && has_name {
        let _ = unlinkat(place.directory(), &temporary, AtFlags::empty());
    }
    put.and_then(|()| sync(place.directory())).map_err(wrong)
}

/// Makes a directory, lets `fill` put things into it, and puts it in its place. `fill` also gives it its owner and mode, and
/// tells whether it put anything into it.
///
/// # Errors
/// What `fill` returns, and [`Error::Run`]; then what was there before is as it was.
pub(crate) fn put_directory<E: From<Error>>(
    place: &Place,
    over: Over,
    fill: impl FnOnce(&Directory) -> std::result::Result<bool, E>,
) -> std::result::Result<(), E> {
    let wrong = |source: io::Error| E::from(failed(place.path(), source));
    let create = |name: &OsStr| mkdirat(place.directory(), name, Mode::RWXU);
    if place.is_hidden() {
        create(place.name()).map_err(|error| wrong(error.into()))?;
        return fill(&place.open_directory()?).map(|_| ());
    }
    let temporary = temporary_name(place.name());
    claim(place.directory(), &temporary, || create(&temporary)).map_err(wrong)?;
    let made = open_directory(place, &temporary).map_err(wrong).and_then(|directory| {
        let is_filled = fill(&directory)?;
        // One write to the disk for all that is in it.
        let synced = if is_filled { syncfs(directory.fd()) } else { fsync(directory.fd()) };
        synced.map_err(|error| wrong(error.into()))?;
        rename(place, &temporary, over).map_err(wrong)
    });
    if made.is_err() {
        let _ = remove(place.directory(), &temporary, place.path());
    }
    made.and_then(|()| sync(place.directory()).map_err(wrong))
}

/// Makes a symbolic link and puts it in its place. `give` gives it its owner, by its name in the directory.
///
/// # Errors
/// [`Error::Run`]; then what was there before is as it was.
pub(crate) fn put_link(
    place: &Place,
    target: &OsStr,
    over: Over,
    give: impl FnOnce(&Place) -> Result<()>,
) -> Result<()> {
    let wrong = |source| failed(place.path(), source);
    if place.is_hidden() {
        symlinkat(target, place.directory(), place.name()).map_err(|error| wrong(error.into()))?;
        return give(place);
    }
    let temporary = temporary_name(place.name());
    claim(place.directory(), &temporary, || symlinkat(target, place.directory(), &temporary)).map_err(wrong)?;
    let made = give(&place.beside(&temporary)).and_then(|()| rename(place, &temporary, over).map_err(wrong));
    if made.is_err() {
        let _ = remove(place.directory(), &temporary, place.path());
    }
    made.and_then(|()| sync(place.directory()).map_err(wrong))
}

/// The place of the absolute `path`, with the directories on the way, which are made where they are missing.
///
/// # Errors
/// As [`Place::resolve`], and [`Error::Run`].
pub(crate) fn make_directories(root: &Root, path: &Path) -> Result<Place> {
    match Place::resolve(root, path) {
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
        resolved => return resolved,
    }
    let parent = path.parent().ok_or_else(|| Error::io(path, Errno::NOENT))?;
    let parent = make_directories(root, parent)?;
    if parent.status()?.is_none() {
        let attributes = Attributes::new(0o755);
        put_directory(&parent, Over::Same, |directory| {
            attributes.give(&directory.as_file()?).map_err(|error| failed(parent.path(), error))?;
            Ok::<_, Error>(false)
        })?;
    }
    Place::resolve(root, path)
}

/// What a process that was killed has left beside the place, if anything: something new that did not come to its place, or
/// something old that was exchanged for it.
///
/// # Errors
/// [`Error::Io`] when that cannot be told.
pub(crate) fn leftover(place: &Place) -> Result<Option<OsString>> {
    let name = temporary_name(place.name());
    Ok(place.beside(&name).status()?.map(|_| name))
}

/// Removes it, unless another process is writing it just now.
///
/// # Errors
/// [`Error::Run`].
pub(crate) fn remove_leftover(place: &Place) -> Result<()> {
    let removed = remove_stale(place.directory(), &temporary_name(place.name()));
    removed.map(|_| ()).map_err(|error| failed(place.path(), error))
}

pub(super) fn failed(path: &Path, source: io::Error) -> Error {
    Error::Run { what: format!("cannot write {}", path.display()), source }
}

/// A file for writing, and whether it has the name.
fn create(directory: BorrowedFd<'_>, temporary: &OsStr) -> io::Result<(File, bool)> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    match openat(directory, ".", flags, Mode::RUSR | Mode::WUSR) {
        Ok(fd) => Ok((File::from(fd), false)),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {
            let file = claim(directory, temporary, || create_named(directory, temporary))?;
            // A file system without locks has only itself to blame.
            let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
            Ok((file, true))
        }
        Err(error) => Err(error.into()),
    }
}

fn create_named(directory: BorrowedFd<'_>, name: &OsStr) -> rustix::io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::RUSR | Mode::WUSR).map(File::from)
}

/// Gives a name to a file that has none.
fn link(file: &File, directory: BorrowedFd<'_>, name: &OsStr) -> rustix::io::Result<()> {
    match linkat(file, "", directory, name, AtFlags::EMPTY_PATH) {
        // What the kernel says to who has no right to do it this way.
        Err(Errno::NOENT) => {
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            linkat(CWD, path, directory, name, AtFlags::SYMLINK_FOLLOW)
        }
        linked => linked,
    }
}

/// Does what takes the temporary name, when nobody holds it.
fn claim<T>(directory: BorrowedFd<'_>, temporary: &OsStr, make: impl Fn() -> rustix::io::Result<T>) -> io::Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match make() {
            Err(Errno::EXIST) => {}
            made => return made.map_err(Into::into),
        }
        if !remove_stale(directory, temporary)? {
            if Instant::now() > deadline {
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing it"));
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Removes what a process that has ended left under the name. Whether the name is free.
fn remove_stale(directory: BorrowedFd<'_>, temporary: &OsStr) -> io::Result<bool> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    if let Ok(fd) = openat(directory, temporary, flags, Mode::empty())
        && flock(&fd, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK)
    {
        return Ok(false);
    }
    remove(directory, temporary, Path::new(temporary)).map_err(io::Error::other)?;
    Ok(true)
}

fn open_directory(place: &Place, temporary: &OsStr) -> io::Result<Directory> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = openat(place.directory(), temporary, flags, Mode::empty())?;
    let _ = flock(&fd, FlockOperation::NonBlockingLockExclusive);
    Ok(Directory::new(fd, place.path().to_owned(), true))
}

/// Puts what has the temporary name in the place.
fn rename(place: &Place, temporary: &OsStr, over: Over) -> io::Result<()> {
    let directory = place.directory();
    match renameat(directory, temporary, directory, place.name()) {
        Err(Errno::ISDIR | Errno::NOTDIR | Errno::NOTEMPTY | Errno::EXIST) if over == Over::Anything => {}
        renamed => return renamed.map_err(Into::into),
    }
    match renameat_with(directory, temporary, directory, place.name(), RenameFlags::EXCHANGE) {
        Ok(()) => remove(directory, temporary, place.path()).map_err(io::Error::other),
        // Few file systems cannot; there, for an instant, there is nothing.
        Err(Errno::INVAL | Errno::NOSYS) => {
            remove(directory, place.name(), place.path()).map_err(io::Error::other)?;
            Ok(renameat(directory, temporary, directory, place.name())?)
        }
        Err(error) => Err(error.into()),
    }
}

/// A name is not on the disk before its directory is.
fn sync(directory: BorrowedFd<'_>) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(fsync(openat(directory, ".", flags, Mode::empty())?)?)
}

/// Hidden, and told from all other names.
fn temporary_name(name: &OsStr) -> OsString {
    let name = name.as_bytes();
    let [before, after] = [&b".lumi-"[..], &b".new"[..]];
    if before.len() + name.len() + after.len() <= LONGEST_NAME {
        return OsStr::from_bytes(&[before, name, after].concat()).to_owned();
    }
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    OsString::from(format!(".lumi-{:016x}.new", hasher.finish()))
}

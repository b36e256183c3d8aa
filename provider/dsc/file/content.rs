//! What a file is to hold.

use super::super::Context;
use super::desired::{Checksum, Source};
use crate::linux::Root;
use crate::linux::download;
use crate::linux::files::{Place, Status, Time, copy, holds, same_contents};
use crate::linux::replace_file::Attributes;
use omi::{Error, Result};
use std::fs::File;
use std::io::{self, Write};

/// The mode of a new file where nobody says what it is.
const MODE: u32 = 0o644;

pub(super) enum Content<'a> {
    /// Whatever is in it; a new one is empty.
    Any,
    Text(&'a str),
    /// That of another file.
    Copy(File, Status),
    /// What came from the web, and when that changed last, where the server says so.
    Fetched(File, Option<Time>),
    /// As what came from the web, which has not changed since that moment.
    Since(Time),
}

impl<'a> Content<'a> {
    /// What the source says. When it only matters whether that has changed, nothing is fetched yet.
    pub(super) fn of(source: Source<'a>, checksum: Checksum, context: &Context<'_>) -> Result<Content<'a>> {
        Ok(match source {
            Source::None => Content::Any,
            Source::Text(text) => Content::Text(text),
            Source::Path(path) => {
                let from = Place::follow(context.root, path).and_then(|from| from.open());
                let (file, status) = from.map_err(|error| missing(path, error))?;
                Content::Copy(file, status)
            }
            Source::Url(url) => {
                let time = match checksum {
                    Checksum::Bytes => None,
                    _ => last_modified(url, context)?.as_deref().and_then(web_time),
                };
                match time {
                    Some(time) => Content::Since(time),
                    None => Self::fetched(url, None, context)?,
                }
            }
        })
    }

    pub(super) fn copy(from: &Place) -> Result<Content<'static>> {
        let (file, status) = from.open()?;
        Ok(Content::Copy(file, status))
    }

    /// Fetches what only a moment was known of.
    pub(super) fn whole(self, source: Source<'a>, context: &Context<'_>) -> Result<Content<'a>> {
        match (self, source) {
            (Content::Since(time), Source::Url(url)) => Self::fetched(url, Some(time), context),
            (content, _) => Ok(content),
        }
    }

    fn fetched(url: &str, time: Option<Time>, context: &Context<'_>) -> Result<Content<'static>> {
        // In a directory of its own, so that nobody can put another one in its place.
        let folder =
            tempfile::Builder::new().prefix(".lumi-").tempdir_in("/var/tmp").or_else(|_| tempfile::tempdir())?;
        let path = folder.path().join("file");
        context.verbose("fetching the file that SourcePath names");
        let source = web(url)?;
        context.with_stop(|stop| Ok(source.fetch(&Root::host(), &path.to_string_lossy(), stop)?))?;
        Ok(Content::Fetched(File::open(path)?, time))
    }

    /// Whether a file, of which the status is given, too, holds it.
    pub(super) fn is_in(
        &self,
        file: &File,
        status: &Status,
        checksum: Checksum,
        context: &Context<'_>,
    ) -> Result<bool> {
        let check = || check(context);
        Ok(match self {
            Content::Any => true,
            Content::Text(text) => holds(file, text.as_bytes())?,
            Content::Copy(_, source) if checksum != Checksum::Bytes => {
                status.size() == source.size()
                    && if checksum == Checksum::Modified {
                        status.modified().is_about(source.modified())
                    } else {
                        status.changed() >= source.changed()
                    }
            }
            Content::Since(time) => match checksum {
                Checksum::Changed => status.changed() >= *time,
                _ => status.modified().is_about(*time),
            },
            Content::Copy(source, _) | Content::Fetched(source, _) => same_contents(source, file, &check)?,
        })
    }

    /// Writes it into an empty file, with its time of modification where that is what counts.
    pub(super) fn write(&self, file: &mut File, checksum: Checksum, context: &Context<'_>) -> io::Result<()> {
        let check = || check(context);
        let time = match self {
            Content::Any | Content::Since(_) => None,
            Content::Text(text) => {
                file.write_all(text.as_bytes())?;
                None
            }
            Content::Copy(source, status) => {
                copy(source, file, &check)?;
                Some(status.modified())
            }
            Content::Fetched(source, time) => {
                copy(source, file, &check)?;
                *time
            }
        };
        match time.and_then(Time::system_time).filter(|_| checksum == Checksum::Modified) {
            Some(time) => file.set_modified(time),
            None => Ok(()),
        }
    }

    /// Owner, group and mode of a new file: those of the source, as far as this process may give them away.
    pub(super) fn attributes(&self) -> Attributes {
        let Content::Copy(_, source) = self else { return Attributes::new(MODE) };
        taken_over(source)
    }
}

/// Owner, group and permissions as the source has them, as far as this process may give them away.
pub(super) fn taken_over(source: &Status) -> Attributes {
    let mut attributes = Attributes::new(source.mode() & 0o777);
    if attributes.uid == 0 {
        (attributes.uid, attributes.gid) = (source.uid(), source.gid());
    }
    attributes
}

/// An error when nobody wants it any more.
pub(in crate::dsc) fn check(context: &Context<'_>) -> io::Result<()> {
    if context.is_canceled() { Err(io::Error::other("cancelled before it was done")) } else { Ok(()) }
}

pub(super) fn missing(path: &str, error: crate::linux::Error) -> Error {
    if error.is_not_found() {
        return Error::not_found(format!("SourcePath {path:?} does not exist"));
    }
    error.into()
}

/// What the URL in SourcePath stands for.
pub(super) fn web(url: &str) -> Result<download::Source> {
    download::Source::unchecked(url).map_err(|error| Error::invalid_parameter(format!("SourcePath {error}")))
}

fn last_modified(url: &str, context: &Context<'_>) -> Result<Option<String>> {
    let source = web(url)?;
    context.with_stop(|stop| Ok(source.last_modified(&Root::host(), stop)?))
}

/// A time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn web_time(text: &str) -> Option<Time> {
    let time = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Time { seconds: time.as_second(), nanoseconds: 0 })
}

//! What is desired of a file, in one piece: each property understood, or refused by name.

use super::super::Context;
use super::content::web;
use crate::linux::download;
use crate::linux::files::{Kind, Mode, Names, Place, Status};
use crate::linux::{self, Root};
use crate::schema::MsftNxFileResource;
use omi::{Error, Result};
use std::path::Path;

/// Where the contents come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// Nobody says what they are.
    None,
    Text(&'a str),
    Path(&'a str),
    Url(&'a str),
}

/// How a file is compared with its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dsc) enum Checksum {
    Bytes,
    Modified,
    Changed,
}

impl Checksum {
    /// As the property of that name says it.
    pub(in crate::dsc) fn of(value: Option<&str>) -> Self {
        match value {
            Some("mtime") => Self::Modified,
            Some("ctime") => Self::Changed,
            _ => Self::Bytes,
        }
    }
}

/// What is done with a link in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    Follow,
    Manage,
    Ignore,
}

/// Owner, group and mode, as far as they are given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Access {
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) mode: Option<Mode>,
}

pub(super) struct Desired<'a> {
    pub(super) path: &'a str,
    pub(super) is_present: bool,
    /// What is to be there; a file where nobody says so.
    pub(super) kind: Kind,
    /// Whether somebody says so.
    pub(super) has_kind: bool,
    pub(super) source: Source<'a>,
    pub(super) checksum: Checksum,
    pub(super) links: Links,
    pub(super) recurse: bool,
    pub(super) force: bool,
    pub(super) access: Access,
}

fn refused(what: impl Into<String>) -> Error {
    Error::invalid_parameter(what)
}

impl<'a> Desired<'a> {
    pub(super) fn new(desired: &'a MsftNxFileResource, context: &Context<'_>) -> Result<Self> {
        let path = desired.destination_path.as_deref().unwrap_or_default();
        let is_named = Path::new(path).file_name().is_some() && !path.ends_with("/.");
        if !path.starts_with('/') || path.contains('\0') || !is_named {
            return Err(refused(format!(
                "DestinationPath {path:?} is not the absolute path of a file or directory: /etc/motd would be"
            )));
        }
        let kind = match desired.type_.as_deref() {
            Some("directory") => Kind::Directory,
            Some("link") => Kind::Link,
            _ => Kind::File,
        };
        Ok(Self {
            path,
            is_present: desired.ensure.as_deref() != Some("absent"),
            kind,
            has_kind: desired.type_.is_some(),
            source: source(desired, kind)?,
            checksum: Checksum::of(desired.checksum.as_deref()),
            links: match desired.links.as_deref() {
                Some("manage") => Links::Manage,
                Some("ignore") => Links::Ignore,
                _ => Links::Follow,
            },
            recurse: desired.recurse.unwrap_or(false),
            force: desired.force.unwrap_or(false),
            access: access(desired, context.root)?,
        })
    }
}

fn given(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|text| !text.is_empty())
}

fn source(desired: &MsftNxFileResource, kind: Kind) -> Result<Source<'_>> {
    let path = given(&desired.source_path);
    let contents = desired.contents.as_deref();
    let text = contents.filter(|text| !text.is_empty());
    match (path, text) {
        (Some(path), Some(_)) => {
            Err(refused(format!("SourcePath {path:?} and Contents cannot both say what is in the file")))
        }
        (_, Some(_)) if kind != Kind::File => Err(refused("Contents is only for Type file")),
        (Some(url), None) if download::Source::is_url(url) => {
            web(url)?;
            if kind != Kind::File {
                return Err(refused("SourcePath is a URL, which is only for Type file"));
            }
            Ok(Source::Url(url))
        }
        (Some(path), None) if path.contains('\0') || (kind != Kind::Link && !path.starts_with('/')) => {
            Err(refused(format!("SourcePath {path:?} is neither an absolute path nor a URL with http or https")))
        }
        (Some(path), None) => Ok(Source::Path(path)),
        (None, _) if kind == Kind::File => Ok(contents.map_or(Source::None, Source::Text)),
        (None, _) => Ok(Source::None),
    }
}

fn access(desired: &MsftNxFileResource, root: &Root) -> Result<Access> {
    let names = Names::of(root);
    let mut access = Access::default();
    if let Some(owner) = given(&desired.owner) {
        let uid = names.uid(owner)?;
        access.uid = Some(
            uid.ok_or_else(|| refused(format!("Owner {owner:?} is neither a user of this machine nor a number")))?,
        );
    }
    if let Some(group) = given(&desired.group) {
        let gid = names.gid(group)?;
        access.gid = Some(
            gid.ok_or_else(|| refused(format!("Group {group:?} is neither a group of this machine nor a number")))?,
        );
    }
    if let Some(mode) = given(&desired.mode) {
        access.mode = Some(Mode::parse(mode).ok_or_else(|| {
            refused(format!(
                "Mode {mode:?} is neither three or four octal digits nor nine letters: 0644 or rw-r--r-- would be right"
            ))
        })?);
    }
    Ok(access)
}

impl Access {
    /// Owner, group and mode of what has those of `status` now.
    pub(super) fn applied(&self, uid: u32, gid: u32, mode: u32) -> (u32, u32, u32) {
        let mode = self.mode.map_or(mode, |wanted| wanted.applied(mode));
        (self.uid.unwrap_or(uid), self.gid.unwrap_or(gid), mode)
    }

    /// Those that `status` ought to have. A link has no mode to speak of.
    pub(super) fn wanted(&self, status: &Status) -> (u32, u32, u32) {
        let (uid, gid, mode) = self.applied(status.uid(), status.gid(), status.mode());
        (uid, gid, if status.kind() == Kind::Link { status.mode() } else { mode })
    }
}

/// Where the path lies; `None` when even its directory is not there.
///
/// # Errors
/// A link on the way is not followed, or a directory not to be looked into.
pub(in crate::dsc) fn place(root: &Root, path: &str) -> Result<Option<Place>> {
    match Place::resolve(root, path) {
        Ok(place) => Ok(Some(place)),
        Err(linux::Error::Io { source, .. })
            if matches!(source.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

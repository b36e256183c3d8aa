//! Looks at each thing that is to be as desired and notes what differs; Set makes it so on the way. One walk for both, so that
//! Test confirms what Set did.

use super::super::{Context, Difference};
use super::content::{Content, missing, taken_over};
use super::desired::{Desired, Links, Source, place};
use crate::linux::files::{Directory, Kind, Names, Over, Place, Status};
use crate::linux::files::{leftover, make_directories, put_directory, put_file, put_link, remove_leftover};
use crate::linux::replace_file::Attributes;
use omi::{Error, Result};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// More differences of a tree than these say nothing more.
const MOST_DIFFERENCES: usize = 32;
/// The mode of a new directory where nobody says what it is.
const DIRECTORY_MODE: u32 = 0o755;

pub(super) struct Visit<'a> {
    desired: &'a Desired<'a>,
    context: &'a Context<'a>,
    /// Whether it is made so.
    makes: bool,
    pub(super) differences: Vec<Difference>,
    /// The directories in which we are, of the source and of the destination: to come into one again would not end.
    within: Vec<(u64, u64)>,
    /// Where the destination is, behind the links on the way.
    destination: PathBuf,
}

impl<'a> Visit<'a> {
    pub(super) fn new(desired: &'a Desired<'a>, context: &'a Context<'a>, makes: bool) -> Self {
        Self { desired, context, makes, differences: Vec::new(), within: Vec::new(), destination: PathBuf::new() }
    }

    pub(super) fn run(&mut self) -> Result<()> {
        let found = place(self.context.root, self.desired.path)?;
        if let Some(place) = &found {
            self.leftover(place)?;
        }
        if !self.desired.is_present {
            return found.map_or(Ok(()), |place| self.absent(&place));
        }
        let place = match found {
            Some(place) => place,
            None if !self.makes => {
                self.differs("Ensure", "absent", "present");
                return Ok(());
            }
            None if self.desired.kind == Kind::Directory => {
                make_directories(self.context.root, Path::new(self.desired.path))?
            }
            None => {
                let path = Path::new(self.desired.path);
                let directory = path.parent().unwrap_or(path).display();
                return Err(Error::not_found(format!(
                    "DestinationPath {path:?} lies in the directory {directory}, which does not exist; Type directory makes one"
                )));
            }
        };
        self.destination = place.path().to_owned();
        match (self.desired.kind, self.desired.source) {
            (Kind::File, Source::Path(path)) => self.file_of(path, &place),
            (Kind::File, source) => {
                let content = Content::of(source, self.desired.checksum, self.context)?;
                self.file(&place, content)
            }
            (Kind::Link, Source::Path(path)) => self.link_of(path, &place),
            (Kind::Link, _) => self.link_anywhere(&place),
            (_, Source::Path(path)) => self.directory_of(path, &place),
            _ => self.directory(&place, None),
        }
    }

    /// What a Set has left over that was killed.
    fn leftover(&mut self, place: &Place) -> Result<()> {
        let Some(name) = leftover(place)? else { return Ok(()) };
        self.differs("Ensure", &format!("{} is left over beside it", name.display()), "nothing is");
        if self.makes { Ok(remove_leftover(place)?) } else { Ok(()) }
    }

    fn absent(&mut self, place: &Place) -> Result<()> {
        let Some(status) = place.status()? else { return Ok(()) };
        self.differs("Ensure", "present", "absent");
        if !self.makes {
            return Ok(());
        }
        if self.desired.has_kind && status.kind() != self.desired.kind {
            self.needs_force(place, status.kind())?;
        }
        Ok(place.remove()?)
    }

    fn file_of(&mut self, path: &str, place: &Place) -> Result<()> {
        let from = Place::resolve(self.context.root, path).map_err(|error| missing(path, error))?;
        if self.desired.links != Links::Follow && from.status()?.is_some_and(|found| found.kind() == Kind::Link) {
            return self.entry(&from, place);
        }
        let content = Content::of(self.desired.source, self.desired.checksum, self.context)?;
        self.file(place, content)
    }

    /// The link leads to what the source is, or to where the source leads when that is a link itself.
    fn link_of(&mut self, path: &str, place: &Place) -> Result<()> {
        let is_link = |from: &Place| Ok::<_, Error>(from.status()?.is_some_and(|found| found.kind() == Kind::Link));
        let from = if path.starts_with('/') { super::desired::place(self.context.root, path)? } else { None };
        let target = match from {
            Some(from) if is_link(&from)? => match self.desired.links {
                Links::Ignore => return Ok(()),
                Links::Manage => from.target()?,
                Links::Follow => Place::follow(self.context.root, path)?.path().as_os_str().to_owned(),
            },
            _ => OsString::from(path),
        };
        self.link(place, &target)
    }

    /// Nobody says where the link leads, so it can be looked at but not made.
    fn link_anywhere(&mut self, place: &Place) -> Result<()> {
        match place.status()? {
            Some(status) if status.kind() == Kind::Link => self.access(place, &status),
            _ if self.makes => Err(Error::invalid_parameter("SourcePath is needed to make a link: where it leads")),
            Some(status) => self.is_other(place, &status, Kind::Link),
            None => {
                self.differs("Ensure", "absent", "present");
                Ok(())
            }
        }
    }

    fn directory_of(&mut self, path: &str, place: &Place) -> Result<()> {
        let follows = self.desired.links == Links::Follow;
        let from =
            if follows { Place::follow(self.context.root, path) } else { Place::resolve(self.context.root, path) };
        let from = from.map_err(|error| missing(path, error))?;
        let status = from.status()?.ok_or_else(|| Error::not_found(format!("SourcePath {path:?} does not exist")))?;
        match status.kind() {
            Kind::Directory => self.directory(place, Some(&from)),
            Kind::Link => self.entry(&from, place),
            other => Err(Error::invalid_parameter(format!("SourcePath {path:?} is {}, not a directory", other.name()))),
        }
    }

    /// Something in the source, and where it goes.
    fn entry(&mut self, from: &Place, to: &Place) -> Result<()> {
        self.context.check_canceled()?;
        let Some(status) = from.status()? else { return Ok(()) };
        match status.kind() {
            Kind::File => self.file(to, Content::copy(from)?),
            Kind::Directory if self.desired.recurse => self.directory(to, Some(from)),
            Kind::Directory => Ok(()),
            Kind::Link => match self.desired.links {
                Links::Ignore => Ok(()),
                Links::Manage => self.link(to, &from.target()?),
                Links::Follow => {
                    let real = Place::follow(self.context.root, from.path())?;
                    if real.status()?.is_none() {
                        let (link, target) = (from.path(), real.path());
                        return Err(Error::not_found(format!(
                            "SourcePath has the link {link:?} to {target:?}, which does not exist; Links manage copies links as \
                             they are"
                        )));
                    }
                    self.entry(&real, to)
                }
            },
            Kind::Other => {
                self.context.verbose(&format!("{} is {}: not copied", from.path().display(), status.kind().name()));
                Ok(())
            }
        }
    }

    fn file(&mut self, place: &Place, content: Content<'_>) -> Result<()> {
        let checksum = self.desired.checksum;
        let (attributes, over) = match place.status()? {
            None => {
                self.is_missing(place);
                (content.attributes(), Over::Same)
            }
            Some(status) if status.kind() == Kind::File => {
                let (file, status) = place.open()?;
                if content.is_in(&file, &status, checksum, self.context)? {
                    return self.access(place, &status);
                }
                let property = if matches!(content, Content::Text(_)) { "Contents" } else { "SourcePath" };
                self.note_contents(property, place);
                self.note_access(place, &status)?;
                (Attributes::of_open(&file)?, Over::Same)
            }
            Some(status) => {
                self.is_other(place, &status, Kind::File)?;
                (content.attributes(), Over::Anything)
            }
        };
        if !self.makes {
            return Ok(());
        }
        let content = content.whole(self.desired.source, self.context)?;
        let attributes = self.with_access(attributes);
        put_file(place, over, |file| {
            content.write(file, checksum, self.context)?;
            attributes.give(file)
        })?;
        Ok(())
    }

    fn directory(&mut self, place: &Place, from: Option<&Place>) -> Result<()> {
        let over = match place.status()? {
            None => {
                self.is_missing(place);
                Over::Same
            }
            Some(status) if status.kind() == Kind::Directory => {
                self.access(place, &status)?;
                let directory = place.open_directory()?;
                return self.inside(&directory, from);
            }
            Some(status) => {
                self.is_other(place, &status, Kind::Directory)?;
                Over::Anything
            }
        };
        if !self.makes {
            return Ok(());
        }
        let source = from.map(|from| from.open_directory()?.status()).transpose()?;
        let attributes = source.map_or_else(|| Attributes::new(DIRECTORY_MODE), |source| taken_over(&source));
        let attributes = self.with_access(attributes);
        put_directory(place, over, |directory| {
            self.inside(directory, from)?;
            attributes.give(&directory.as_file()?)?;
            Ok(from.is_some())
        })
    }

    /// What is in a directory, and ought to be.
    fn inside(&mut self, directory: &Directory, from: Option<&Place>) -> Result<()> {
        let depth = self.within.len();
        self.within.push(directory.status()?.id());
        match from {
            Some(from) => {
                let source = from.open_directory()?;
                let id = source.status()?.id();
                if self.within.contains(&id) {
                    let path = from.path();
                    return Err(Error::invalid_parameter(format!(
                        "SourcePath cannot be copied, for {path:?} is in itself or is the destination"
                    )));
                }
                self.within.push(id);
                for name in source.names()? {
                    self.entry(&source.place(&name), &directory.place(&name))?;
                    if self.is_enough() {
                        break;
                    }
                }
            }
            None if self.desired.recurse => self.everything(directory)?,
            None => {}
        }
        self.within.truncate(depth);
        Ok(())
    }

    /// Owner, group and mode of all that is in a directory but links.
    fn everything(&mut self, directory: &Directory) -> Result<()> {
        for name in directory.names()? {
            self.context.check_canceled()?;
            let place = directory.place(&name);
            let Some(status) = place.status()? else { continue };
            match status.kind() {
                Kind::File => self.access(&place, &status)?,
                Kind::Directory => {
                    self.access(&place, &status)?;
                    self.everything(&place.open_directory()?)?;
                }
                Kind::Link | Kind::Other => {}
            }
            if self.is_enough() {
                break;
            }
        }
        Ok(())
    }

    fn link(&mut self, place: &Place, target: &OsStr) -> Result<()> {
        let (over, owner) = match place.status()? {
            None => {
                self.is_missing(place);
                (Over::Same, None)
            }
            Some(status) if status.kind() == Kind::Link => {
                let found = place.target()?;
                if found == target {
                    return self.access(place, &status);
                }
                self.differs("SourcePath", &found.to_string_lossy(), &target.to_string_lossy());
                self.note_access(place, &status)?;
                (Over::Same, Some((status.uid(), status.gid())))
            }
            Some(status) => {
                self.is_other(place, &status, Kind::Link)?;
                (Over::Anything, None)
            }
        };
        if !self.makes {
            return Ok(());
        }
        let own = Attributes::new(0);
        let (uid, gid) = owner.unwrap_or((own.uid, own.gid));
        let (uid, gid, _) = self.desired.access.applied(uid, gid, 0);
        put_link(place, target, over, |link| match link.status()? {
            Some(status) => link.give(&status, uid, gid, 0),
            None => Ok(()),
        })?;
        Ok(())
    }

    /// Owner, group and mode of what is there already.
    fn access(&mut self, place: &Place, status: &Status) -> Result<()> {
        if !self.note_access(place, status)? || !self.makes {
            return Ok(());
        }
        let (uid, gid, mode) = self.desired.access.wanted(status);
        Ok(place.give(status, uid, gid, mode)?)
    }

    /// Whether they are not as desired.
    fn note_access(&mut self, place: &Place, status: &Status) -> Result<bool> {
        let (uid, gid, mode) = self.desired.access.wanted(status);
        if (uid, gid, mode) == (status.uid(), status.gid(), status.mode()) {
            return Ok(false);
        }
        let names = Names::of(self.context.root);
        let of = self.prefix(place);
        if uid != status.uid() {
            self.differs("Owner", &format!("{of}{}", names.user(status.uid())?), &names.user(uid)?);
        }
        if gid != status.gid() {
            self.differs("Group", &format!("{of}{}", names.group(status.gid())?), &names.group(gid)?);
        }
        if mode != status.mode() {
            self.differs("Mode", &format!("{of}{:04o}", status.mode()), &format!("{mode:04o}"));
        }
        Ok(true)
    }

    fn with_access(&self, mut attributes: Attributes) -> Attributes {
        let Attributes { uid, gid, mode, .. } = attributes;
        (attributes.uid, attributes.gid, attributes.mode) = self.desired.access.applied(uid, gid, mode);
        attributes
    }

    fn is_missing(&mut self, place: &Place) {
        let is = format!("{}absent", self.prefix(place));
        self.differs("Ensure", &is, "present");
    }

    fn note_contents(&mut self, property: &'static str, place: &Place) {
        // What is in the file is nobody's business.
        if property == "Contents" {
            self.differences.push(Difference::secret(property));
        } else {
            let is = format!("{}other contents", self.prefix(place));
            self.differs(property, &is, "those of the source");
        }
    }

    /// Something of another type than desired is there; Set needs Force to replace it.
    fn is_other(&mut self, place: &Place, status: &Status, desired: Kind) -> Result<()> {
        let is = format!("{}{}", self.prefix(place), status.kind().name());
        self.differs("Type", &is, desired.name());
        if self.makes { self.needs_force(place, status.kind()) } else { Ok(()) }
    }

    fn needs_force(&self, place: &Place, kind: Kind) -> Result<()> {
        if self.desired.force {
            return Ok(());
        }
        let (path, kind) = (place.path(), kind.name());
        Err(Error::new(
            omi::ResultCode::ALREADY_EXISTS,
            format!("DestinationPath {path:?} is {kind}; only Force = true replaces it"),
        ))
    }

    fn differs(&mut self, property: &'static str, is: &str, desired: &str) {
        // One that is made elsewhere first is missing as a whole, which is noted.
        if !self.is_enough() {
            self.differences.push(Difference::new(property, is, desired));
        }
    }

    /// Names what is not the destination itself.
    fn prefix(&self, place: &Place) -> String {
        match place.path().strip_prefix(&self.destination) {
            Ok(inner) if inner.as_os_str().is_empty() => String::new(),
            Ok(inner) => format!("{}: ", inner.display()),
            Err(_) => format!("{}: ", place.path().display()),
        }
    }

    /// Whether Test knows enough. Set goes through everything.
    fn is_enough(&self) -> bool {
        self.differences.len() >= MOST_DIFFERENCES && !self.makes
    }
}

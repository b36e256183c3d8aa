//! nxArchive: what is in an archive, unpacked in a directory. The archive itself says what is to be there, so no state is kept.

mod unpacked;

#[cfg(test)]
mod tests;

use super::file::{Checksum, place};
use super::{Context, Difference, Done, Resource};
use crate::linux::archive;
use crate::linux::files::{Kind, Over, Place, make_directories, put_directory};
use crate::linux::replace_file::Attributes;
use crate::schema::MsftNxArchiveResource;
use omi::{Error, Result, ResultCode};
use std::path::Path;
use unpacked::{Contents, Unpacked};

/// The mode of the directory where it is made.
const DIRECTORY_MODE: u32 = 0o755;

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Archive;

impl Resource for Archive {
    type Instance = MsftNxArchiveResource;

    /// Ensure is Present when everything in the archive is there, as it is in the archive.
    fn get(&self, desired: &MsftNxArchiveResource, context: &Context<'_>) -> Result<MsftNxArchiveResource> {
        let present = MsftNxArchiveResource { ensure: Some("Present".into()), ..desired.clone() };
        let ensure = if self.test(&present, context)?.is_empty() { "Present" } else { "Absent" };
        Ok(MsftNxArchiveResource { ensure: Some(ensure.into()), ..desired.clone() })
    }

    fn test(&self, desired: &MsftNxArchiveResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let wanted = Desired::new(desired)?;
        let found = place(context.root, wanted.to)?;
        let status = found.as_ref().map(Place::status).transpose()?.flatten();
        let Some((place, status)) = found.zip(status) else {
            let differs = wanted.is_present.then(|| Difference::new("Ensure", "Absent", "Present"));
            return Ok(differs.into_iter().collect());
        };
        if status.kind() != Kind::Directory {
            let differs = || Difference::new("DestinationPath", status.kind().name(), Kind::Directory.name());
            return Ok(wanted.is_present.then(differs).into_iter().collect());
        }
        let mut contents = Contents::read(wanted.open(context)?)?;
        let unpacked = Unpacked::new(place.open_directory()?, context, wanted.checksum, wanted.force);
        let differing =
            if wanted.is_present { unpacked.differing(&mut contents)? } else { unpacked.remaining(&contents)? };
        Ok(differing.differences)
    }

    fn set(&self, desired: &MsftNxArchiveResource, context: &Context<'_>) -> Result<Done> {
        let wanted = Desired::new(desired)?;
        let mut contents = Contents::read(wanted.open(context)?)?;
        let unpacked = |directory| Unpacked::new(directory, context, wanted.checksum, wanted.force);
        if !wanted.is_present {
            let found = place(context.root, wanted.to)?;
            let status = found.as_ref().map(Place::status).transpose()?.flatten();
            if let Some((place, _)) = found.zip(status.filter(|status| status.kind() == Kind::Directory)) {
                unpacked(place.open_directory()?).remove(&contents)?;
            }
            return Ok(Done::default());
        }
        let place = make_directories(context.root, Path::new(wanted.to))?;
        let over = match place.status()? {
            Some(status) if status.kind() == Kind::Directory => {
                let unpacked = unpacked(place.open_directory()?);
                let differing = unpacked.differing(&mut contents)?;
                unpacked.write(&mut contents, &differing)?;
                return Ok(Done::default());
            }
            Some(status) => {
                needs_force(wanted.force, place.path(), status.kind())?;
                Over::Anything
            }
            None => Over::Same,
        };
        put_directory(&place, over, |directory| {
            let unpacked = unpacked(directory.clone());
            let differing = unpacked.differing(&mut contents)?;
            unpacked.write(&mut contents, &differing)?;
            Attributes::new(DIRECTORY_MODE).give(&directory.as_file()?)?;
            Ok::<_, Error>(true)
        })?;
        Ok(Done::default())
    }
}

/// What is desired, understood.
struct Desired<'a> {
    from: &'a str,
    to: &'a str,
    is_present: bool,
    force: bool,
    checksum: Checksum,
}

impl<'a> Desired<'a> {
    fn new(desired: &'a MsftNxArchiveResource) -> Result<Self> {
        let path = |name: &str, value: &'a Option<String>, like: &str| {
            let path = value.as_deref().unwrap_or_default();
            let is_path = path.starts_with('/') && !path.contains('\0') && Path::new(path).file_name().is_some();
            is_path.then_some(path).ok_or_else(|| {
                Error::invalid_parameter(format!("{name} {path:?} is not an absolute path: {like} would be"))
            })
        };
        Ok(Self {
            from: path("SourcePath", &desired.source_path, "/srv/site.tar.gz")?,
            to: path("DestinationPath", &desired.destination_path, "/srv/site")?,
            is_present: desired.ensure.as_deref() != Some("Absent"),
            force: desired.force.unwrap_or(false),
            checksum: Checksum::of(desired.checksum.as_deref()),
        })
    }

    fn open(&self, context: &Context<'_>) -> Result<archive::Archive> {
        let opened = Place::follow(context.root, self.from).and_then(|from| from.open());
        let (file, status) = opened.map_err(|error| match error.is_not_found() {
            true => Error::not_found(format!("SourcePath {:?} does not exist", self.from)),
            false => error.into(),
        })?;
        Ok(archive::Archive::new(Path::new(self.from), file, status)?)
    }
}

fn needs_force(force: bool, path: &Path, kind: Kind) -> Result<()> {
    if force {
        return Ok(());
    }
    let what = format!("DestinationPath: {path:?} is {}; only Force = true replaces it", kind.name());
    Err(Error::new(ResultCode::ALREADY_EXISTS, what))
}

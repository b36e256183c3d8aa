//! nxFile: a file, directory or symbolic link with its contents, owner and mode.

mod content;
mod desired;
mod visit;

#[cfg(test)]
mod tests;

use super::{Context, Difference, Done, Resource};
use crate::linux::files::{Kind, Names, Place, Status};
use crate::schema::MsftNxFileResource;
pub(super) use content::check as check_canceled;
use desired::Desired;
pub(super) use desired::{Checksum, place};
use omi::{Datetime, Instance, Result};
use std::io::Read;
use visit::Visit;

/// How much of a file's contents Get tells.
const BEGINNING: usize = 1024;

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct File;

impl Resource for File {
    type Instance = MsftNxFileResource;

    fn get(&self, desired: &MsftNxFileResource, context: &Context<'_>) -> Result<MsftNxFileResource> {
        let wanted = Desired::new(desired, context)?;
        let found = match place(context.root, wanted.path)? {
            Some(place) => place.status()?.map(|status| (place, status)),
            None => None,
        };
        let given = MsftNxFileResource {
            ensure: Some("absent".into()),
            contents: None,
            owner: None,
            group: None,
            mode: None,
            type_: None,
            modified_date: None,
            ..desired.clone()
        };
        let Some((place, status)) = found else { return Ok(given) };
        let names = Names::of(context.root);
        Ok(MsftNxFileResource {
            ensure: Some("present".into()),
            type_: kind(&status).map(str::to_owned),
            contents: beginning(&place, &status)?,
            owner: Some(names.user(status.uid())?),
            group: Some(names.group(status.gid())?),
            mode: Some(format!("{:04o}", status.mode())),
            modified_date: status.modified().system_time().and_then(Datetime::from_system_time),
            ..given
        })
    }

    fn test(&self, desired: &MsftNxFileResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let wanted = Desired::new(desired, context)?;
        let mut visit = Visit::new(&wanted, context, false);
        visit.run()?;
        Ok(visit.differences)
    }

    fn set(&self, desired: &MsftNxFileResource, context: &Context<'_>) -> Result<Done> {
        let wanted = Desired::new(desired, context)?;
        Visit::new(&wanted, context, true).run()?;
        Ok(Done::default())
    }

    fn label(&self, desired: &Instance) -> String {
        desired.text("DestinationPath").unwrap_or_default().to_owned()
    }
}

/// As the property Type says it; a device, pipe or socket is of no such type.
fn kind(status: &Status) -> Option<&'static str> {
    match status.kind() {
        Kind::File => Some("file"),
        Kind::Directory => Some("directory"),
        Kind::Link => Some("link"),
        Kind::Other => None,
    }
}

/// The first bytes of a file, the names in a directory, or where a link leads.
fn beginning(place: &Place, status: &Status) -> Result<Option<String>> {
    let mut bytes = match status.kind() {
        Kind::File => {
            let (file, _) = place.open()?;
            let mut bytes = Vec::new();
            file.take(BEGINNING as u64).read_to_end(&mut bytes)?;
            bytes
        }
        Kind::Directory => {
            let names = place.open_directory()?.names()?;
            names.iter().map(|name| name.to_string_lossy()).collect::<Vec<_>>().join("\n").into_bytes()
        }
        Kind::Link => return Ok(Some(place.target()?.to_string_lossy().into_owned())),
        Kind::Other => return Ok(None),
    };
    bytes.truncate(BEGINNING);
    if bytes.len() == BEGINNING
        && let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        // The cut went through a character.
        bytes.truncate(error.valid_up_to());
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

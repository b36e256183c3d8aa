//! nxFileInventory: what files there are. There is nothing to set: what is desired of them is which ones are listed.

mod facts;
mod walk;

#[cfg(test)]
mod tests;

use super::{Context, Difference, Done, Resource};
use crate::linux::files::Kind;
use crate::schema::MsftNxFileInventoryResource;
use facts::describe;
use omi::{Class, Error, Instance, Result};

use walk::Walk;

const LONGEST_CONTENTS: u32 = 1024;
const LONGEST_OUTPUT: u64 = 10 << 20;
/// What an instance costs beside its values, in each of the ways in which one is written.
const OVERHEAD: u64 = 1024;

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileInventory;

impl Resource for FileInventory {
    type Instance = MsftNxFileInventoryResource;

    /// In a list it is the digest, or the time.
    const TOLD_FREELY: &'static [&'static str] = &["Checksum"];

    /// What is at the path, unless that is a pattern.
    fn get(&self, desired: &MsftNxFileInventoryResource, context: &Context<'_>) -> Result<MsftNxFileInventoryResource> {
        let wanted = Wanted::new(desired)?;
        let found = match super::file::place(context.root, &wanted.base)? {
            Some(place) if wanted.patterns.is_empty() => place.status()?.map(|status| (place, status)),
            _ => None,
        };
        let described = found.map(|(place, status)| describe(&place, &status, &wanted, context)).transpose()?.flatten();
        Ok(match described {
            Some(found) => MsftNxFileInventoryResource {
                destination_path: desired.destination_path.clone(),
                checksum: desired.checksum.clone(),
                type_: desired.type_.clone(),
                recurse: desired.recurse,
                use_sudo: desired.use_sudo,
                links: desired.links.clone(),
                max_contents_returnable: desired.max_contents_returnable,
                max_output_size: desired.max_output_size,
                ..found
            },
            None => desired.clone(),
        })
    }

    fn test(&self, desired: &MsftNxFileInventoryResource, _: &Context<'_>) -> Result<Vec<Difference>> {
        Wanted::new(desired).map(|_| Vec::new())
    }

    fn set(&self, _: &MsftNxFileInventoryResource, _: &Context<'_>) -> Result<Done> {
        Ok(Done::default())
    }

    fn inventory(
        &self,
        filter: &MsftNxFileInventoryResource,
        context: &Context<'_>,
    ) -> Result<Vec<MsftNxFileInventoryResource>> {
        let wanted = Wanted::new(filter)?;
        let mut found = Vec::new();
        let mut left = wanted.longest_output;
        let is_whole = Walk::new(&wanted, context).run(&mut |place, status| {
            if !wanted.lists(status.kind()) {
                return Ok(true);
            }
            let Some(one) = describe(place, status, &wanted, context)? else { return Ok(true) };
            let Some(rest) = left.checked_sub(length(&one)?) else { return Ok(false) };
            left = rest;
            found.push(one);
            Ok(true)
        })?;
        if !is_whole {
            context.warning("the list of files is not whole: it would be longer than MaxOutputSize");
        }
        Ok(found)
    }

    fn label(&self, desired: &Instance) -> String {
        desired.text("DestinationPath").unwrap_or_default().to_owned()
    }
}

/// About how long the instance is when it is written.
fn length(instance: &MsftNxFileInventoryResource) -> Result<u64> {
    let instance = instance.to_instance()?;
    let texts = ["DestinationPath", "Contents"].into_iter().filter_map(|name| instance.text(name));
    Ok(OVERHEAD + texts.map(|text| text.len() as u64).sum::<u64>())
}

/// Which checksum is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checksum {
    Md5,
    Sha256,
    Modified,
    Changed,
}

/// What is done with links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    Follow,
    Manage,
    Ignore,
}

/// What is to be listed, understood.
struct Wanted {
    /// The path before the first part that is a pattern.
    base: String,
    patterns: Vec<String>,
    recurse: bool,
    links: Links,
    checksum: Checksum,
    /// Which kind only.
    kind: Option<Kind>,
    longest_contents: u32,
    longest_output: u64,
}

impl Wanted {
    fn new(filter: &MsftNxFileInventoryResource) -> Result<Self> {
        let path = filter.destination_path.as_deref().unwrap_or_default();
        if !path.starts_with('/') || path.contains('\0') {
            return Err(Error::invalid_parameter(format!(
                "DestinationPath {path:?} is not an absolute path: /etc/*.conf would be"
            )));
        }
        let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if path.ends_with('/') {
            parts.push("*");
        }
        let first = parts.iter().position(|part| part.contains(['*', '?'])).unwrap_or(parts.len());
        let patterns = parts.split_off(first).into_iter().map(str::to_owned).collect();
        Ok(Self {
            base: format!("/{}", parts.join("/")),
            patterns,
            recurse: filter.recurse.unwrap_or(false),
            links: match filter.links.as_deref() {
                Some("manage") => Links::Manage,
                Some("ignore") => Links::Ignore,
                _ => Links::Follow,
            },
            checksum: match filter.checksum.as_deref() {
                Some("sha-256") => Checksum::Sha256,
                Some("mtime") => Checksum::Modified,
                Some("ctime") => Checksum::Changed,
                _ => Checksum::Md5,
            },
            kind: match filter.type_.as_deref() {
                Some("file") => Some(Kind::File),
                Some("directory") => Some(Kind::Directory),
                _ => None,
            },
            longest_contents: filter.max_contents_returnable.unwrap_or(LONGEST_CONTENTS),
            longest_output: filter.max_output_size.unwrap_or(LONGEST_OUTPUT),
        })
    }

    /// Links that are listed themselves count as files.
    fn lists(&self, kind: Kind) -> bool {
        match self.kind {
            Some(Kind::Directory) => kind == Kind::Directory,
            Some(_) => matches!(kind, Kind::File | Kind::Link),
            None => kind != Kind::Other,
        }
    }
}

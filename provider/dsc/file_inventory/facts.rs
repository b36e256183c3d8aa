//! What is listed of a file.

use super::super::Context;
use super::super::file::check_canceled;
use super::{Checksum, Wanted};
use crate::linux::files::{Kind, Names, Place, Status};
use crate::schema::MsftNxFileInventoryResource;
use md5::Md5;
use omi::{Datetime, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek};

const CHUNK: usize = 64 * 1024;

/// `None` when it has just been removed. Of a file that cannot be read there is neither contents nor digest.
pub(super) fn describe(
    place: &Place,
    status: &Status,
    wanted: &Wanted,
    context: &Context<'_>,
) -> Result<Option<MsftNxFileInventoryResource>> {
    let names = Names::of(context.root);
    let mut contents = None;
    let mut checksum = match wanted.checksum {
        Checksum::Modified => Some(status.modified().seconds.to_string()),
        Checksum::Changed => Some(status.changed().seconds.to_string()),
        Checksum::Md5 | Checksum::Sha256 => None,
    };
    match status.kind() {
        Kind::File => match place.open() {
            Ok((mut file, _)) => {
                contents = beginning(&mut file, wanted.longest_contents)?;
                if checksum.is_none() {
                    file.rewind()?;
                    checksum = Some(digest(&mut file, wanted.checksum, context)?);
                }
            }
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => context.warning(&error.to_string()),
        },
        Kind::Link => contents = place.target().ok().map(|target| target.to_string_lossy().into_owned()),
        Kind::Directory | Kind::Other => {}
    }
    Ok(Some(MsftNxFileInventoryResource {
        destination_path: Some(place.path().to_string_lossy().into_owned()),
        type_: Some(match status.kind() {
            Kind::Directory => "directory".into(),
            Kind::Link => "link".into(),
            Kind::File | Kind::Other => "file".into(),
        }),
        checksum,
        contents,
        modified_date: status.modified().system_time().and_then(Datetime::from_system_time),
        created_date: place.created().and_then(|time| time.system_time()).and_then(Datetime::from_system_time),
        mode: Some(format!("{:04o}", status.mode())),
        group: Some(names.group(status.gid())?),
        owner: Some(names.user(status.uid())?),
        file_size: Some(status.size()),
        ..Default::default()
    }))
}

/// The first bytes if they are text; a character that is cut is left out.
fn beginning(file: &mut File, length: u32) -> Result<Option<String>> {
    if length == 0 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(length.into()).read_to_end(&mut bytes)?;
    if bytes.len() == length as usize
        && let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    Ok(String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')))
}

fn digest(file: &mut File, checksum: Checksum, context: &Context<'_>) -> Result<String> {
    Ok(match checksum {
        Checksum::Sha256 => hexadecimal(&hash(file, Sha256::new(), context)?),
        _ => hexadecimal(&hash(file, Md5::new(), context)?),
    })
}

fn hash<D: Digest>(file: &mut File, mut hash: D, context: &Context<'_>) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; CHUNK];
    loop {
        check_canceled(context)?;
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().to_vec()),
            count => hash.update(&buffer[..count]),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

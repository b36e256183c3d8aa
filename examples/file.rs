//! Methods that take long: `Sample_File`, declared in `file.mof`, reads and copies files, tells how far it is, asks before
//! it writes, and stops when it is cancelled.
//!
//! ```text
//! cargo build --example file
//! lumi invoke Sample_File Path=/usr/bin/env Checksum --provider target/debug/examples/libfile.so
//! lumi invoke Sample_File Path=/usr/bin/env CopyTo Target=/tmp/env.copy --provider target/debug/examples/libfile.so
//! ```

use omi::dialogue::Progress;
use omi::localized::Localized;
use omi::{Datetime, Error, Get, Invoke, Query, Result};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/file.rs"));
use sample_file::copy_to::ReturnValue;
use sample_file::{Checksum, ChecksumOutput, CopyTo, CopyToOutput};

static READING: Localized = Localized::new(&[("en", "Reading"), ("de", "Lesen")]);
static COPYING: Localized = Localized::new(&[("en", "Copying"), ("de", "Kopieren")]);

#[derive(Default)]
struct Files;

impl Get<SampleFile> for Files {
    fn get(&self, key: SampleFile, _query: &Query<'_>) -> Result<SampleFile> {
        let path = absolute(key.path.as_deref(), "Path")?;
        let metadata = path.metadata().map_err(|error| about(&path, error))?;
        if metadata.is_dir() {
            return Err(Error::not_found(format!("{} is a directory, no file", path.display())));
        }
        let changed = metadata.modified().ok().and_then(Datetime::from_system_time);
        Ok(SampleFile { size: Some(metadata.len()), last_modified: changed, ..key })
    }
}

impl Invoke<Checksum> for Files {
    fn invoke(&self, target: Option<SampleFile>, _input: Checksum, query: &Query<'_>) -> Result<ChecksumOutput> {
        let path = absolute(target.and_then(|file| file.path).as_deref(), "Path")?;
        let mut crc = !0;
        let bytes = read(&path, query.localized(&READING), query, |part| {
            crc = crc32(crc, part);
            Ok(())
        })?;
        Ok(ChecksumOutput { return_value: Some(format!("{:08X}", !crc)), bytes_read: Some(bytes) })
    }
}

impl Invoke<CopyTo> for Files {
    fn invoke(&self, target: Option<SampleFile>, input: CopyTo, query: &Query<'_>) -> Result<CopyToOutput> {
        let from = absolute(target.and_then(|file| file.path).as_deref(), "Path")?;
        let to = absolute(input.target.as_deref(), "Target")?;
        // -WhatIf and -Confirm of PowerShell. Where nobody can be asked, whoever calls the method wants it done.
        if !query.should_process(&to.display().to_string(), "write").or(true) {
            return Ok(CopyToOutput { return_value: Some(ReturnValue::DECLINED) });
        }
        let mut copy = File::create_new(&to).map_err(|error| about(&to, error))?;
        let copied = read(&from, query.localized(&COPYING), query, |part| {
            copy.write_all(part).map_err(|error| about(&to, error))
        });
        if let Err(error) = copied {
            query.verbose(&format!("removing {}", to.display()));
            std::fs::remove_file(&to).map_err(|error| about(&to, error))?;
            return Err(error);
        }
        Ok(CopyToOutput { return_value: Some(ReturnValue::COMPLETED) })
    }
}

/// Reads a file to its end, and hands on part after part. The user sees how far it is, and may cancel it.
fn read(path: &Path, activity: &str, query: &Query<'_>, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<u64> {
    let mut file = File::open(path).map_err(|error| about(path, error))?;
    let size = file.metadata()?.len();
    let mut buffer = vec![0; 1 << 16];
    let mut done = 0;
    loop {
        if query.canceled() {
            return Err(Error::failed(format!("{}: cancelled after {done} bytes", path.display())));
        }
        let count = file.read(&mut buffer).map_err(|error| about(path, error))?;
        if count == 0 {
            return Ok(done);
        }
        take(&buffer[..count])?;
        done += count as u64;
        // Of all these reports the SDK sends two in a second. A device has no length, so nobody knows how much is left.
        let progress = Progress::new(activity).operation(path.display().to_string()).status(format!("{done} bytes"));
        let percent = (done.saturating_mul(100)).checked_div(size).and_then(|percent| u32::try_from(percent).ok());
        query.progress(&Progress { percent, ..progress });
    }
}

/// A path that the client gave.
fn absolute(path: Option<&str>, name: &str) -> Result<PathBuf> {
    let path = path.map(PathBuf::from).filter(|path| path.is_absolute());
    path.ok_or_else(|| Error::invalid_parameter(format!("{name} must be an absolute path, such as /etc/hostname")))
}

/// An error that names its file.
fn about(path: &Path, error: io::Error) -> Error {
    let message = format!("{}: {error}", path.display());
    Error::new(Error::from(error).code(), message)
}

/// The CRC-32 of the bytes before, and these. It begins with all bits set, and all bits are turned around at the end.
fn crc32(before: u32, bytes: &[u8]) -> u32 {
    let shift = |crc: u32| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
    bytes.iter().fold(before, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc)))
}

omi::module! {
    SampleFile => Files { Checksum, CopyTo },
}

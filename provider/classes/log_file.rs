//! Linux_LogFile: text logs, and what was added to one since a bookmark.

use super::{audit, datetime, fits, host_name};
use crate::linux::Root;
use crate::linux::log_file::{self, Bookmarks, Limit, LogFile};
use crate::linux::mounts::{self, Mount};
use crate::schema::LinuxLogFile;
use crate::schema::linux_log_file::{
    GetMatchedRows, GetMatchedRowsOutput, Keys, ResetBookmark, ResetBookmarkOutput, get_matched_rows, reset_bookmark,
};
use omi::{Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};
use regex::bytes::RegexSet;
use std::path::{Path, PathBuf};

const DEFAULT_ROWS: u32 = 1_000;
const MOST_ROWS: u32 = 10_000;
/// After so many bytes of lines a call ends, whatever the client asked for.
const MOST_BYTES: usize = 16 << 20;

/// Serves Linux_LogFile.
#[derive(Default)]
pub(crate) struct LogFiles {
    root: Root,
}

impl Enumerate<LinuxLogFile> for LogFiles {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxLogFile>) -> Result<()> {
        let (host, mounts) = (host_name(&self.root)?, mounts::visible(&self.root)?);
        log_file::list(&self.root).into_iter().try_for_each(|file| out.post(instance(&host, &mounts, file)))
    }
}

impl Get<LinuxLogFile> for LogFiles {
    fn get(&self, key: LinuxLogFile, _query: &Query<'_>) -> Result<LinuxLogFile> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_LogFile is found by its key Name, a path such as /var/log/syslog")
        })?;
        let host = host_name(&self.root)?;
        let ours = fits(&key.cs_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.cs_name, &host)
            && fits(&key.fs_creation_class_name, "Linux_FileSystem")
            && fits(&key.creation_class_name, "Linux_LogFile");
        let found = log_file::list(&self.root).into_iter().find(|file| ours && file.path == Path::new(name));
        let missing = || not_found::<LinuxLogFile>(&[("Name", name)]);
        Ok(instance(&host, &mounts::visible(&self.root)?, found.ok_or_else(missing)?))
    }
}

impl Invoke<GetMatchedRows> for LogFiles {
    fn invoke(
        &self,
        _target: Option<LinuxLogFile>,
        input: GetMatchedRows,
        query: &Query<'_>,
    ) -> Result<GetMatchedRowsOutput> {
        let (path, bookmark) = place("GetMatchedRows", input.file_name, input.bookmark)?;
        let expressions = input.regular_expressions.filter(|them| !them.is_empty()).ok_or_else(|| {
            Error::invalid_parameter("GetMatchedRows needs the parameter RegularExpressions, such as error|failed")
        })?;
        let expressions = compile(&expressions)?;
        let limit = input.max_rows.unwrap_or(DEFAULT_ROWS);
        if !(1..=MOST_ROWS).contains(&limit) {
            return Err(Error::invalid_parameter(format!("MaxRows is {limit}: it must be 1 to {MOST_ROWS}")));
        }
        let from_beginning = input.from_beginning.unwrap_or(false);
        let bookmarks = Bookmarks::of_user()?;
        let added = log_file::read_added(
            &self.root,
            &bookmarks,
            &path,
            &bookmark,
            from_beginning,
            &expressions,
            // The last line comes on top of it.
            Limit { rows: limit as usize, bytes: query.instance_limit().map_or(MOST_BYTES, |limit| limit / 2) },
        )?;
        let (rows, matched) = added.rows.into_iter().map(|row| (row.line, indexes(&row.matches))).unzip();
        Ok(GetMatchedRowsOutput {
            return_value: Some(get_matched_rows::ReturnValue::COMPLETED_WITH_NO_ERROR),
            rows: Some(rows),
            matched_expressions: Some(matched),
            more_rows_available: Some(added.has_more),
            rows_missed: Some(added.missed),
        })
    }
}

impl Invoke<ResetBookmark> for LogFiles {
    fn invoke(
        &self,
        _target: Option<LinuxLogFile>,
        input: ResetBookmark,
        query: &Query<'_>,
    ) -> Result<ResetBookmarkOutput> {
        let (path, bookmark) = place("ResetBookmark", input.file_name, input.bookmark)?;
        let to_beginning = input.from_beginning.unwrap_or(false);
        let done = ResetBookmarkOutput { return_value: Some(reset_bookmark::ReturnValue::COMPLETED_WITH_NO_ERROR) };
        let target = format!("bookmark {bookmark} of {}", path.display());
        if !query.should_process(&target, "set anew").or(true) {
            return Ok(done);
        }
        let result = log_file::reset(&self.root, &Bookmarks::of_user()?, &path, &bookmark, to_beginning);
        let end = if to_beginning { "beginning" } else { "end" };
        let outcome = result.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned());
        audit(query, &format!("set {target} to its {end}"), &outcome);
        result?;
        Ok(done)
    }
}

/// The file and the bookmark of a request.
fn place(method: &str, file: Option<String>, bookmark: Option<String>) -> Result<(PathBuf, String)> {
    let file = file.ok_or_else(|| {
        Error::invalid_parameter(format!("{method} needs the parameter FileName, a path such as /var/log/syslog"))
    })?;
    let bookmark = bookmark.ok_or_else(|| {
        Error::invalid_parameter(format!("{method} needs the parameter Bookmark, a name of the caller's choice"))
    })?;
    Ok((file.into(), bookmark))
}

/// The expressions as one set; an error says which is wrong, and why.
fn compile(expressions: &[String]) -> Result<RegexSet> {
    for (index, expression) in expressions.iter().enumerate() {
        if let Err(error) = regex::bytes::Regex::new(expression) {
            return Err(Error::invalid_parameter(format!("RegularExpressions[{index}] is {expression:?}: {error}")));
        }
    }
    RegexSet::new(expressions)
        .map_err(|error| Error::invalid_parameter(format!("RegularExpressions together: {error}")))
}

fn indexes(matches: &[usize]) -> String {
    matches.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn instance(host: &str, mounts: &[Mount], file: LogFile) -> LinuxLogFile {
    let mount_points = mounts.iter().map(|mount| &mount.mount_point).filter(|point| file.path.starts_with(point));
    let mount_point = mount_points.max_by_key(|point| point.components().count());
    let name = file.path.to_string_lossy().into_owned();
    let keys = Keys {
        cs_name: host.to_owned(),
        fs_name: mount_point.map_or_else(|| "/".to_owned(), |point| point.to_string_lossy().into_owned()),
        name: name.clone(),
    };
    LinuxLogFile {
        caption: Some(name.clone()),
        element_name: Some(name),
        file_size: Some(file.size),
        last_modified: file.modified.and_then(datetime),
        last_accessed: file.accessed.and_then(datetime),
        ..LinuxLogFile::new(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_is_none_is_named() {
        let error = compile(&["fine".to_owned(), "(".to_owned()]).unwrap_err();
        assert!(error.message().starts_with("RegularExpressions[1] is \"(\""), "{error}");
    }

    #[test]
    fn a_file_is_in_the_file_system_that_is_mounted_nearest() {
        let root = crate::linux::testing::machine("rhel8");
        let file = LogFile { path: "/boot/x.log".into(), size: 1, modified: None, accessed: None };
        let instance = instance("server", &mounts::visible(&root).unwrap(), file);
        assert_eq!(instance.fs_name.as_deref(), Some("/boot"));
    }
}

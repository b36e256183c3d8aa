//! SCX_LogFile: what was added to a text log since the last question.

use super::is_elevated;
use crate::classes::{audit, requestor};
use crate::linux::command::Account;
use crate::linux::log_file::{self, Added, Bookmarks, Limit, Row};
use crate::linux::{self, Root};
use crate::schema::ScxLogFile;
use crate::schema::scx_log_file::{GetMatchedRows, GetMatchedRowsOutput, ResetStateFile, ResetStateFileOutput};
use omi::{Error, Invoke, Query, Result};
use regex::bytes::{Regex, RegexSet};
use std::path::{Path, PathBuf};

/// How much one call gives at most: what those who ask expect.
const LIMIT: Limit = Limit { rows: 500, bytes: 60 * 1024 };

const DONE: u32 = 0;
/// The errno ENOENT, by which the method says that there is no such file.
const NO_FILE: u32 = 2;

/// Serves SCX_LogFile.
#[derive(Default)]
pub(crate) struct LogFiles {
    root: Root,
}

impl Invoke<GetMatchedRows> for LogFiles {
    fn invoke(
        &self,
        _target: Option<ScxLogFile>,
        input: GetMatchedRows,
        query: &Query<'_>,
    ) -> Result<GetMatchedRowsOutput> {
        let (path, bookmark) = place("GetMatchedRows", input.filename, input.qid)?;
        let expressions = Expressions::compile(input.regexps.ok_or_else(|| {
            Error::invalid_parameter("GetMatchedRows needs the parameter regexps, such as error|failed")
        })?)?;
        let account = reader(input.elevation_type.as_deref(), query)?;
        let set = &expressions.set;
        let added = account.on_behalf(|| {
            log_file::read_added(&self.root, &Bookmarks::of_user()?, &path, &bookmark, false, set, LIMIT)
        });
        let rows = match added {
            Err(error) if error.is_not_found() => {
                log::warn!("a log that is asked for is not there: {error}");
                expressions.rows(Added::default())
            }
            added => expressions.rows(added?),
        };
        Ok(GetMatchedRowsOutput { return_value: u32::try_from(rows.len()).ok(), rows: Some(rows) })
    }
}

impl Invoke<ResetStateFile> for LogFiles {
    fn invoke(
        &self,
        _target: Option<ScxLogFile>,
        input: ResetStateFile,
        query: &Query<'_>,
    ) -> Result<ResetStateFileOutput> {
        let (path, bookmark) = place("ResetStateFile", input.filename, input.qid)?;
        let account = reader(input.elevation_type.as_deref(), query)?;
        let deed = format!("set the bookmark {bookmark} of {} to its end", path.display());
        if !query.should_process(&path.display().to_string(), &deed).or(true) {
            return Ok(ResetStateFileOutput { return_value: Some(DONE) });
        }
        let result = account.on_behalf(|| reset(&self.root, &path, &bookmark, input.reset_on_read == Some(true)));
        audit(query, &deed, &result.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned()));
        match result {
            Err(error) if error.is_not_found() => Ok(ResetStateFileOutput { return_value: Some(NO_FILE) }),
            result => Ok(ResetStateFileOutput { return_value: result.map(|()| Some(DONE))? }),
        }
    }
}

fn reset(root: &Root, path: &Path, bookmark: &str, on_read: bool) -> linux::Result<()> {
    let bookmarks = Bookmarks::of_user()?;
    if on_read {
        // The next call makes it anew, at the end that the file has then.
        return log_file::forget(&bookmarks, path, bookmark);
    }
    log_file::reset(root, &bookmarks, path, bookmark, false)
}

/// The file and the bookmark of a request.
fn place(method: &str, file: Option<String>, qid: Option<String>) -> Result<(PathBuf, String)> {
    let missing = |what: &str| Error::invalid_parameter(format!("{method} needs the parameter {what}"));
    let file = file.ok_or_else(|| missing("filename, a path such as /var/log/syslog"))?;
    let qid = qid.ok_or_else(|| missing("qid, a name of the caller's choice"))?;
    Ok((file.into(), bookmark(&qid)))
}

/// The name of the bookmark that stands for a qid, which may have any characters.
fn bookmark(qid: &str) -> String {
    let mut name = "scx.".to_owned();
    for byte in qid.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => name.push(byte.into()),
            other => name.push_str(&format!("_{other:02x}")),
        }
    }
    name
}

/// As whom the file is read.
fn reader(elevation: Option<&str>, query: &Query<'_>) -> Result<Account> {
    let account = requestor(query)?;
    if is_elevated("elevationType", elevation)? && !account.is_root() {
        let text = format!(
            "elevationType sudo: logs are read in this process, so {} cannot read one as root; ask as root, or let {0} read \
             the file, as a member of the group adm for example",
            account.name()
        );
        return Err(Error::not_supported(text));
    }
    Ok(account)
}

/// The expressions of a request, those left out that are none.
struct Expressions {
    set: RegexSet,
    /// The index in the request of each one in the set.
    indexes: Vec<usize>,
    wrong: Vec<usize>,
}

impl Expressions {
    fn compile(expressions: Vec<String>) -> Result<Self> {
        let (right, wrong): (Vec<_>, Vec<_>) =
            expressions.into_iter().enumerate().partition(|(_, expression)| Regex::new(expression).is_ok());
        let (indexes, right): (_, Vec<_>) = right.into_iter().unzip();
        let set =
            RegexSet::new(right).map_err(|error| Error::invalid_parameter(format!("regexps together: {error}")))?;
        Ok(Self { set, indexes, wrong: wrong.into_iter().map(|(index, _)| index).collect() })
    }

    /// The rows as the method gives them.
    fn rows(&self, added: Added) -> Vec<String> {
        if added.missed {
            log::warn!("lines of a log may be missing: it was emptied or moved away after the last question");
        }
        let wrong = (!self.wrong.is_empty()).then(|| format!("InvalidRegexp;{}", listed(&self.wrong)));
        let more = added.has_more.then(|| "MoreRowsAvailable;true".to_owned());
        let row = |Row { line, matches }: Row| {
            let indexes: Vec<usize> = matches.into_iter().map(|place| self.indexes[place]).collect();
            format!("{};{line}", listed(&indexes))
        };
        wrong.into_iter().chain(added.rows.into_iter().map(row)).chain(more).collect()
    }
}

fn listed(indexes: &[usize]) -> String {
    indexes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_indexes_of_the_request_and_say_what_is_wrong_and_what_is_left() {
        let expressions = Expressions::compile(["a", "(", "b"].map(str::to_owned).to_vec()).unwrap();
        let matches: Vec<usize> = expressions.set.matches(b"ab").into_iter().collect();
        let rows = vec![Row { line: "ab".to_owned(), matches }];
        let rows = expressions.rows(Added { rows, has_more: true, missed: false });
        assert_eq!(rows, ["InvalidRegexp;1", "0 2;ab", "MoreRowsAvailable;true"]);
        assert_eq!(expressions.rows(Added::default()), ["InvalidRegexp;1"]);
    }

    #[test]
    fn expressions_of_posix_are_understood() {
        for (expression, line) in [
            ("[[:alpha:]]+ed$", "it failed"),
            ("^(warn|err)[[:space:]]", "err 5"),
            (r"\<sshd\>.*(fail){1,2}", "x sshd: fail"),
        ] {
            let set = Expressions::compile(vec![expression.to_owned()]).unwrap().set;
            assert!(set.is_match(line.as_bytes()), "{expression}");
        }
    }

    #[test]
    fn any_qid_names_a_bookmark_of_its_own() {
        assert_eq!(bookmark("{2B9F}/x.1"), "scx._7b2B9F_7d_2fx_2e1");
        assert_eq!(bookmark("q-1"), "scx.q-1");
        assert_ne!(bookmark("_2f"), bookmark("/"));
    }
}

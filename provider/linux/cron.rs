//! The jobs of cron: `/etc/crontab`, `/etc/cron.d` and the tables of users, see crontab(5).

use super::{Result, Root};

const CRONTAB: &str = "/etc/crontab";
const CRON_D: &str = "/etc/cron.d";
/// The tables of users: Debian, Red Hat and Alpine, SUSE.
const SPOOLS: [&str; 3] = ["/var/spool/cron/crontabs", "/var/spool/cron", "/var/spool/cron/tabs"];

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The file.
    pub table: String,
    /// The number of the line, from 1.
    pub line: u32,
    /// When: five fields, or a word such as `@daily`.
    pub schedule: String,
    /// Who runs it.
    pub user: String,
    /// What the shell is given, up to the first `%`.
    pub command: String,
    /// What the command reads: the rest, in which a `%` stands for a line feed. `None` for nothing.
    pub input: Option<String>,
}

/// All jobs. A table that may not be read, as those of other users, is left out; so is a line that is no job.
///
/// # Errors
/// [`Error::Io`](super::Error::Io) when a directory of tables cannot be listed for another reason than the rights to it.
pub fn jobs(root: &Root) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    add(root, CRONTAB, None, &mut jobs);
    // cron takes no file with a dot in its name, which leaves out what package managers and editors put there.
    for name in names(root, CRON_D)?.into_iter().filter(|name| !name.contains(['.', '~', '#'])) {
        add(root, &format!("{CRON_D}/{name}"), None, &mut jobs);
    }
    for spool in SPOOLS {
        for name in names(root, spool)?.into_iter().filter(|name| !name.starts_with('.')) {
            let path = format!("{spool}/{name}");
            if root.path(&path).is_file() {
                add(root, &path, Some(&name), &mut jobs);
            }
        }
    }
    Ok(jobs)
}

/// The names in a directory in their order; none where it is missing or may not be listed.
fn names(root: &Root, path: &str) -> Result<Vec<String>> {
    let mut names = match root.names_if_present(path) {
        Ok(names) => names.unwrap_or_default(),
        Err(error) if error.is_permission_denied() => Vec::new(),
        Err(error) => return Err(error),
    };
    names.sort_unstable();
    Ok(names)
}

/// The jobs of one table: of the user, or with a field for it.
fn add(root: &Root, path: &str, user: Option<&str>, jobs: &mut Vec<Job>) {
    match root.read_text(path) {
        Ok(text) => jobs.extend((1..).zip(text.lines()).filter_map(|(line, text)| parse(path, line, text, user))),
        Err(error) => log::debug!("{error}"),
    }
}

fn parse(table: &str, line: u32, text: &str, user: Option<&str>) -> Option<Job> {
    let text = text.trim();
    if text.is_empty() || text.starts_with('#') || is_setting(text) {
        return None;
    }
    let (schedule, rest) = split_words(text, if text.starts_with('@') { 1 } else { 5 })?;
    let (user, command) = match user {
        Some(user) => (user.to_owned(), rest),
        None => split_words(rest, 1)?,
    };
    if command.is_empty() {
        return None;
    }
    let (command, input) = split_input(command);
    Some(Job { table: table.to_owned(), line, schedule, user, command, input })
}

/// Whether a line sets a variable: a name, which may be quoted, and an equals sign.
fn is_setting(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim().trim_matches(['"', '\'']);
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The first `count` words with one blank between them, and the rest.
fn split_words(text: &str, count: usize) -> Option<(String, &str)> {
    let (mut words, mut rest) = (Vec::new(), text);
    for _ in 0..count {
        let end = rest.find([' ', '\t'])?;
        words.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    Some((words.join(" "), rest))
}

/// The command up to the first `%`, and what follows it as input. `\%` is a percent sign.
fn split_input(text: &str) -> (String, Option<String>) {
    let (mut parts, mut chars) = (vec![String::new()], text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '%' => parts.push(String::new()),
            '\\' if chars.next_if_eq(&'%').is_some() => parts.last_mut().map_or((), |part| part.push('%')),
            c => parts.last_mut().map_or((), |part| part.push(c)),
        }
    }
    let input = (parts.len() > 1).then(|| parts[1..].join("\n"));
    (parts.swap_remove(0), input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    const DEBIAN: &[u8] = b"# /etc/crontab: system-wide crontab\nSHELL=/bin/sh\nPATH=/usr/bin:/bin\n\n\
        # .---------------- minute (0 - 59)\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n\
        25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }\n#\n";

    #[test]
    fn the_table_of_the_system_names_the_user_of_each_job() {
        let (_dir, root) = machine_with(&[(CRONTAB, DEBIAN)]);
        let jobs = jobs(&root).unwrap();
        assert_eq!(jobs.len(), 2);
        assert_eq!((jobs[0].line, &*jobs[0].schedule, &*jobs[0].user), (6, "17 * * * *", "root"));
        assert_eq!(jobs[0].command, "cd / && run-parts --report /etc/cron.hourly");
    }

    #[test]
    fn the_table_of_a_user_belongs_to_the_one_it_is_named_after() {
        let table = b"MAILTO=\"\"\n@daily backup a=b 50\\%%first%second\n*/5 * * * * true\nrubbish\n* * * * *\n";
        let (_dir, root) = machine_with(&[("/var/spool/cron/crontabs/alice", table)]);
        let jobs = jobs(&root).unwrap();
        assert_eq!((jobs.len(), &*jobs[0].user, &*jobs[0].schedule), (2, "alice", "@daily"));
        assert_eq!((&*jobs[0].command, jobs[0].input.as_deref()), ("backup a=b 50%", Some("first\nsecond")));
        assert_eq!((jobs[1].line, &*jobs[1].command), (3, "true"));
    }

    #[test]
    fn files_that_cron_does_not_take_are_left_out_and_a_machine_without_cron_has_no_jobs() {
        let job = b"0 4 * * * root /usr/bin/update\n";
        let files = [("/etc/cron.d/update", &job[..]), ("/etc/cron.d/update.dpkg-old", job), ("/etc/cron.d/.x", job)];
        let (_dir, root) = machine_with(&files);
        assert_eq!(jobs(&root).unwrap().len(), 1);
        let (_dir, none) = machine_with(&[]);
        assert_eq!(jobs(&none).unwrap(), []);
    }
}

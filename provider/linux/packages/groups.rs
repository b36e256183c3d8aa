//! Groups of packages, which dnf and yum know.

use super::Program;
use crate::linux::tool::Tool;
use crate::linux::{Error, Result, Root};
use std::time::Duration;

/// The names of groups come from the repositories.
const LIMIT: Duration = Duration::from_secs(300);

/// Whether the group with this name or id is installed.
///
/// # Errors
/// [`Error::Unsupported`] for a program that knows no groups, [`Error::Tool`] with what it said when it failed.
pub fn has_group(root: &Root, program: Program, group: &str) -> Result<bool> {
    /// With those that are hidden: dnf 5 has an option for that, and dnf 4, which refuses the option here, two words.
    const OF_DNF: &[&[&str]] =
        &[&["group", "list", "--installed", "--hidden"], &["group", "list", "--installed", "hidden", "ids"]];
    const OF_YUM: &[&[&str]] = &[&["grouplist", "hidden", "ids"]];
    let lists = match program {
        Program::Dnf => OF_DNF,
        Program::Yum => OF_YUM,
        other => return Err(Error::Unsupported { what: format!("{} knows no groups of packages", other.name()) }),
    };
    let list = |words: &&[&str]| Tool::new(root, program.name())?.args(["--quiet"]).args(*words).limit(LIMIT).output();
    let mut failure = None;
    for output in lists.iter().map(list) {
        match output {
            Ok(output) => return Ok(has(&output, group)),
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(false), Err)
}

/// Whether a list has the group: dnf 4 and yum indent the names, with the id in parentheses, below what they are; dnf 5 has a
/// table of ids, names and "yes".
fn has(list: &str, group: &str) -> bool {
    let mut is_installed = true;
    list.lines().any(|line| {
        if !line.starts_with(' ') && line.trim_end().ends_with(':') {
            is_installed = line.starts_with("Installed");
            return false;
        }
        is_installed && names(line).any(|name| name.eq_ignore_ascii_case(group))
    })
}

/// The name and the id in a line.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim();
    let of_table = line.strip_suffix(" yes").and_then(|row| row.split_once("  "));
    let of_list = line.strip_suffix(')').and_then(|row| row.rsplit_once(" ("));
    let (one, other) = of_table.or(of_list).map_or((line, None), |(one, other)| (one, Some(other)));
    [Some(one), other].into_iter().flatten().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const YUM: &str = "\
Installed Environment Groups:
   Minimal Install (minimal)
Installed Groups:
   Development Tools (development)
Available Groups:
   Web Server (web-server)
";
    const DNF_4: &str = "Installed Groups:\n   Development Tools (development)\n";
    const DNF_5: &str = "\
ID                   Name                    Installed
development          Development Tools             yes
";

    #[test]
    fn a_group_is_found_by_its_name_and_its_id() {
        for list in [YUM, DNF_4, DNF_5] {
            assert!(has(list, "development tools"), "{list}");
            assert!(has(list, "development"), "{list}");
            assert!(!has(list, "Web Server") && !has(list, "web-server") && !has(list, "Tools"), "{list}");
        }
        assert!(!has("", "any"));
    }
}

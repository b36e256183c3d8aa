//! What the Local Configuration Manager of DSC for Linux can bear to be told.
//!
//! Version 1.2.4 of it, and what was built from its sources after that, crashes when Test or Set of a resource ends with an
//! error, and takes with it the agent and every other provider in it. The versions before tell the error to who started the
//! configuration.

use crate::linux::{Root, packages};
use std::fs;

/// The file with the operator's word on it: `LcmErrors = auto`, `post` or `withhold`.
const SETTINGS: &str = "/etc/lumi/dsc.conf";

/// The setting.
const LCM_ERRORS: &str = "LcmErrors";

/// The package that has the LCM, and the first version of it that crashes.
const PACKAGE: &str = "dsc";
const CRASHES_SINCE: [u32; 3] = [1, 2, 4];

/// Whether an error of Test or Set may be posted to the LCM.
///
/// Where the operator says nothing, it may when the package `dsc` is installed in a version that can bear it.
pub(super) fn bears_errors(root: &Root) -> bool {
    match setting(root).as_deref() {
        Some("post") => true,
        Some("withhold") => false,
        Some("auto") | None => version(root).is_some_and(|version| version < CRASHES_SINCE),
        Some(other) => {
            log::warn!(target: "dsc", "{SETTINGS}: {LCM_ERRORS} cannot be {other:?}; auto, post and withhold are possible");
            version(root).is_some_and(|version| version < CRASHES_SINCE)
        }
    }
}

fn setting(root: &Root) -> Option<String> {
    let text = fs::read_to_string(root.path(SETTINGS)).ok()?;
    let mut assignments = text.lines().filter_map(|line| line.split('#').next()?.split_once('='));
    let found = assignments.rfind(|(name, _)| name.trim().eq_ignore_ascii_case(LCM_ERRORS))?;
    Some(found.1.trim().to_ascii_lowercase())
}

/// The version of the installed LCM; `None` where no package manager knows one.
fn version(root: &Root) -> Option<[u32; 3]> {
    let manager = packages::Manager::of(root).ok()?;
    let all = packages::packages(root, manager).ok()?;
    let package = all.filter_map(Result::ok).find(|package| package.name == PACKAGE)?;
    let mut numbers = package.version.split(['.', '-']).map(|number| number.parse().ok());
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsc::testing::Machine;

    fn machine(settings: &str, version: &str) -> Machine {
        let package =
            format!("Package: dsc\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n");
        let status = if version.is_empty() { String::new() } else { package };
        Machine::with(&[("etc/lumi/dsc.conf", settings.as_bytes()), ("var/lib/dpkg/status", status.as_bytes())])
    }

    #[test]
    fn errors_are_posted_to_an_lcm_that_is_known_to_bear_them() {
        for (version, bears) in
            [("1.1.1-294", true), ("1.2.3-0", true), ("1.2.4-0", false), ("1.10.0", false), ("", false)]
        {
            assert_eq!(bears_errors(&machine("", version).root), bears, "{version:?}");
        }
        assert!(!bears_errors(&Machine::with(&[]).root), "a machine without a package manager");
    }

    #[test]
    fn the_operator_has_the_last_word() {
        assert!(bears_errors(&machine("# mine is corrected\nlcmerrors = Post # by me\n", "1.2.4-0").root));
        assert!(!bears_errors(&machine("LcmErrors=withhold\n", "1.2.3-0").root));
        assert!(bears_errors(&machine("LcmErrors=perhaps\n", "1.2.3-0").root), "as if it were not there");
    }
}

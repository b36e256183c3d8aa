//! The library's own log in omiserver, which keeps none for providers.

#[path = "support/built.rs"]
mod built;
#[path = "support/omiserver.rs"]
#[allow(dead_code)] // other tests use more of it
mod omiserver;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use omiserver::Omi;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const NAMESPACE: &str = "root/Microsoft/DesiredStateConfiguration";
const CLASS: &str = "MSFT_nxFileLineResource";

#[test]
fn what_resources_did_is_in_a_log_of_the_librarys_own() {
    let Some(mut omi) = Omi::prepare() else { return };
    let registration = format!("LIBRARY=lumi\nHOSTING=@requestor@\nCLASS={CLASS}:OMI_BaseResource\n");
    omi.register(NAMESPACE, &built::lumi(), &registration);
    omi.start();
    let test = |file: &str| {
        let words = ["iv", NAMESPACE, "{", CLASS, "}", "TestTargetResource", "{", "InputResource", "{", CLASS];
        let words = words.into_iter().chain(["FilePath", file, "ContainsLine", "no such line", "}", "Flags", "0", "}"]);
        run::text(&omi.omicli(words))
    };
    let answer = test("/etc/passwd");
    assert!(answer.contains("Result=false"), "{answer}");
    let log = omi.log_file("lumi.log");
    let text = fs::read_to_string(&log).unwrap();
    let line = text.lines().find(|line| line.contains("Test nxFileLine")).unwrap_or_else(|| panic!("{text:?}"));
    assert!(line.contains(" INFO ") && line.contains(" dsc: ") && line.contains("/etc/passwd"), "{line}");
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);

    // As logrotate does it.
    fs::rename(&log, omi.log_file("lumi.log.1")).unwrap();
    test("/etc");
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains(" ERROR ") && text.contains("is not a file"), "{text}");
}

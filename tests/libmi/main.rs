//! `omi::client` through OMI's own client library to Microsoft's omiserver, where OMI is installed.
//!
//! The library has the paths of OMI compiled in, that of the server's socket for one. So the tests marked as ignored are run
//! where a private OMI is seen there, by the one test that is not.

#[path = "../support/built.rs"]
mod built;
mod claims;
#[allow(dead_code)] // only the server is needed here, no omicli
#[path = "../support/omiserver.rs"]
mod omiserver;
#[path = "../support/run.rs"]
mod run;
#[path = "../support/skip.rs"]
mod skip;

use omiserver::Omi;
use std::process::Output;
use std::time::Duration;

const NAMESPACE: &str = "root/cimv2";

/// Far longer than all of it takes.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs ignored tests of this file where the OMI is seen.
fn run_inside(omi: &Omi, tests: &str) -> Output {
    let mut inside = omi.enter(std::env::current_exe().unwrap());
    inside.args(["--ignored", tests, "--test-threads=1", "--nocapture"]);
    run::within(PATIENCE, &mut inside)
}

#[test]
fn a_client_in_rust_does_with_omiserver_what_libmi_can() {
    let Some(library) = built::example("conformance") else { return };
    let Some(mut omi) = Omi::prepare() else { return };
    omi.omireg(NAMESPACE, &library);
    for tests in ["claims::without_a_server", "claims::with_a_server"] {
        let output = run_inside(&omi, tests);
        println!("{}", run::text(&output));
        assert!(output.status.success(), "{tests} failed");
        if tests == "claims::without_a_server" {
            omi.start();
        }
    }
}

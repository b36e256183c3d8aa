//! The modules of `lumi dsc modules`: the installer of DSC for Linux takes them, and the LCM runs what is in them.
//!
//! Skipped where OMI, the LCM or the installer is not there. `LUMI_DSC_SCRIPTS` can name the sources of DSC for Linux, whose
//! scripts are then installed in the test's copy of OMI as their makefile does it.

#[path = "support/built.rs"]
#[allow(dead_code)] // no examples are loaded
mod built;
#[path = "lcm/manager.rs"]
#[allow(dead_code)] // nothing is installed by install-module
mod manager;
#[path = "support/omiserver.rs"]
#[allow(dead_code)] // other test files use more of it
mod omiserver;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use manager::{Manager, Resource, succeed};
use omiserver::Omi;
use skip::skipped;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Names the sources of DSC for Linux.
const SOURCES: &str = "LUMI_DSC_SCRIPTS";

/// The folder of the scripts, and in it that of the LCM's own.
const SCRIPTS: &str = "share/dsc/Scripts";
const INSTALLER: &str = "share/dsc/Scripts/python3/InstallModule.py";

struct Lcm(Omi);

impl Manager for Lcm {
    fn omicli(&self, words: &[&str]) -> Output {
        self.0.omicli(words.iter().copied())
    }
}

/// An OMI with the LCM and its installer of modules, which does not run yet.
fn prepare() -> Option<Omi> {
    let omi = Omi::prepare()?;
    if !omi.installed("lib/libdsccore.so").exists() {
        skipped("the installed OMI has no DSC for Linux");
        return None;
    }
    let python = run::within(std::time::Duration::from_secs(30), Command::new("python3").args(["-c", "import imp"]));
    if !python.status.success() {
        skipped("the installer needs a python3 that has the module imp, as those before 3.12 have");
        return None;
    }
    if !omi.installed(INSTALLER).exists() {
        let Some(sources) = std::env::var_os(SOURCES).map(PathBuf::from) else {
            skipped(&format!("the installed OMI has no {INSTALLER}, and {SOURCES} does not name the sources of it"));
            return None;
        };
        install_scripts(&omi, &sources);
    }
    Some(omi)
}

/// Installs the scripts of the LCM with what their makefile writes in them for a prefix.
fn install_scripts(omi: &Omi, sources: &Path) {
    let scripts = omi.file(SCRIPTS);
    for folder in ["python3", "2.4x-2.5x/Scripts", "2.6x-2.7x/Scripts", "3.x/Scripts"] {
        fs::create_dir_all(scripts.join(folder)).unwrap();
    }
    fs::create_dir_all(omi.file("share/dsc/modules")).unwrap();
    let place = |path: &str| omi.installed(path).to_str().unwrap().to_owned();
    let written = [
        ("CONFIG_BINDIR", place("bin")),
        ("CONFIG_LIBDIR", place("lib")),
        ("CONFIG_LOCALSTATEDIR", place("var")),
        ("CONFIG_SYSCONFDIR", place("etc")),
        ("CONFIG_SYSCONFDIR_DSC", "dsc".to_owned()),
        ("PYTHON_PID_DIR", place("var")),
        ("DSC_NAMESPACE", "root/Microsoft/DesiredStateConfiguration".to_owned()),
        ("DSC_SCRIPT_PATH", place(SCRIPTS)),
        ("DSC_MODULES_PATH", place("share/dsc/modules")),
    ];
    for name in [
        "LCM/scripts/python3/InstallModule.py",
        "LCM/scripts/python3/RegenerateInitFiles.py",
        "Providers/Scripts/helperlib.py",
        "Providers/Scripts/nxDSCLog.py",
    ] {
        let script = fs::read_to_string(sources.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let script = written.iter().fold(script, |script, (name, text)| script.replace(&format!("<{name}>"), text));
        let file = Path::new(name).file_name().unwrap();
        // The installer looks for some beside it, and for some in the folder above.
        for folder in [scripts.join("python3"), scripts.clone()] {
            fs::write(folder.join(file), &script).unwrap();
        }
    }
}

/// Writes the modules of this build. Of the library only what is run, for the rest takes long to compress.
fn modules(folder: &Path) {
    let library = folder.join("liblumi.so");
    succeed(Command::new("strip").arg("-o").arg(&library).arg(built::lumi()));
    let mut lumi = Command::new(env!("CARGO_BIN_EXE_lumi"));
    succeed(lumi.args(["dsc", "modules", "--output"]).arg(folder).arg("--library").arg(&library));
}

#[test]
fn the_installer_of_dsc_for_linux_takes_the_modules_and_the_lcm_runs_their_resources() {
    let Some(mut omi) = prepare() else { return };
    let folder = tempfile::tempdir().unwrap();
    modules(folder.path());
    for module in ["nx", "nxNetworking", "nxComputerManagement", "nxFileInventory"] {
        let mut install = omi.enter("python3");
        succeed(install.arg(omi.installed(INSTALLER)).arg(folder.path().join(format!("{module}_2.0.zip"))));
        let version = fs::read_to_string(omi.file(&format!("share/dsc/modules/{module}/VERSION"))).unwrap();
        assert_eq!(version, "2.0");
    }
    omi.start();
    let lcm = Lcm(omi);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("lines"), "old\n").unwrap();
    let resources = [
        Resource::new("nxFile", format!("DestinationPath = {:?}; Contents = \"hello\";", path("file"))),
        Resource::new("nxFileLine", format!("FilePath = {:?}; ContainsLine = \"new\";", path("lines"))),
        Resource::new("nxFileInventory", format!("DestinationPath = {:?};", path("lines"))),
    ];
    let said = lcm.apply(&resources.iter().collect::<Vec<_>>());
    assert!(said.contains("ReturnValue=0"), "{said}");
    assert_eq!(fs::read_to_string(path("file")).unwrap(), "hello");
    assert_eq!(fs::read_to_string(path("lines")).unwrap(), "old\nnew\n");
    assert!(lcm.is_in_desired_state());
    let found = lcm.call("GetConfiguration", &[]);
    for resource in &resources {
        assert!(found.contains(&resource.class()), "{found}");
    }
}

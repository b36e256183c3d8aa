//! The resources under the Local Configuration Manager of DSC for Linux, in omiserver: a configuration is applied, found
//! applied, found to have drifted, and corrected.
//!
//! Skipped where OMI or the LCM's library is not installed. `/etc` is a copy in the mount namespace of the server, so
//! nothing outside of it changes.

#[path = "support/built.rs"]
#[allow(dead_code)] // no examples are loaded
mod built;
#[path = "support/omiserver.rs"]
#[allow(dead_code)] // other test files use more of it
mod omiserver;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use omiserver::Omi;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const NAMESPACE: &str = "root/Microsoft/DesiredStateConfiguration";

/// Names the LCM's library with its crash on errors corrected.
const CORRECTED: &str = "LUMI_CORRECTED_LCM";

/// A server with the LCM, which has lumi's resources.
struct Lcm {
    omi: Omi,
    /// Where the resources of the tests work.
    folder: TempDir,
}

impl Lcm {
    /// With the installed LCM, or with another build of it, and with such settings. `None`, and a word why, where that
    /// cannot be.
    fn start(library: Option<&Path>, settings: &str) -> Option<Self> {
        let mut omi = Omi::prepare()?;
        if !omi.installed("lib/libdsccore.so").exists() {
            skip::skipped("the installed OMI has no DSC for Linux");
            return None;
        }
        if let Some(library) = library {
            fs::copy(library, omi.file("lib/libdsccore.so")).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let etc = folder.path().join("etc");
        let private = format!("cp -a /etc {0} && mount --bind {0} /etc && mkdir -p /etc/lumi", etc.display());
        succeed(omi.enter("sh").args(["-c", &private]));
        fs::write(etc.join("lumi/dsc.conf"), settings).unwrap();
        let mut install = omi.enter(env!("CARGO_BIN_EXE_lumi"));
        install.args(["dsc", "install-module", "--library"]).arg(built::lumi());
        for (option, place) in [("--prefix", ""), ("--configuration", "etc"), ("--state", "var")] {
            install.arg(option).arg(omi.installed(place));
        }
        succeed(&mut install);
        omi.start();
        Some(Self { omi, folder })
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Calls a method of the LCM; what omicli says.
    fn call(&self, method: &str, parameters: &[String]) -> String {
        let manager = ["{", "MSFT_DSCLocalConfigurationManager", "}"].map(str::to_owned);
        let words = [&["iv".to_owned(), NAMESPACE.to_owned()][..], &manager, &[method.to_owned(), "{".to_owned()]];
        let words = words.concat().into_iter().chain(parameters.iter().cloned()).chain(["}".to_owned()]);
        let words: Vec<String> = words.collect();
        run::text(&self.omi.omicli(words.iter().map(String::as_str)))
    }

    /// Applies a configuration of these resources.
    fn apply(&self, resources: &[&Resource]) -> String {
        let bytes = document(resources).into_bytes();
        let numbers = bytes.iter().map(u8::to_string);
        let data = ["ConfigurationData".to_owned(), "[".to_owned()].into_iter().chain(numbers);
        let force = ["]", "force", "true"].map(str::to_owned);
        self.call("SendConfigurationApply", &data.chain(force).collect::<Vec<_>>())
    }

    fn is_in_desired_state(&self) -> bool {
        let said = self.call("TestConfiguration", &[]);
        assert!(said.contains("ReturnValue=0"), "{said}");
        assert!(said.contains("InDesiredState=true") != said.contains("InDesiredState=false"), "{said}");
        said.contains("InDesiredState=true")
    }
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", run::text(&output));
}

/// An instance in a configuration.
struct Resource {
    name: &'static str,
    /// MOF.
    properties: String,
}

impl Resource {
    fn new(name: &'static str, properties: &[(&str, &str)]) -> Self {
        let quoted = |text: &str| format!("{text:?}");
        let properties = properties.iter().map(|(name, value)| match *value {
            "true" | "false" => format!("{name} = {value};\n"),
            list if list.starts_with('{') => format!("{name} = {list};\n"),
            text => format!("{name} = {};\n", quoted(text)),
        });
        Self { name, properties: properties.collect() }
    }
}

/// The document as PowerShell compiles it.
fn document(resources: &[&Resource]) -> String {
    let mut mof = String::new();
    for (number, Resource { name, properties }) in resources.iter().enumerate() {
        mof += &format!(
            "instance of MSFT_{name}Resource as $r{number} {{\nResourceID = \"[{name}]R{number}\";\n{properties}\
             SourceInfo = \"::1::1::{name}\";\nModuleName = \"nx\";\nModuleVersion = \"1.0\";\n\
             ConfigurationName = \"C\";\n}};\n"
        );
    }
    mof + "instance of OMI_ConfigurationDocument {\nVersion = \"2.0.0\";\nMinimumCompatibleVersion = \"1.0.0\";\n\
           CompatibleVersionAdditionalProperties = {\"Omi_BaseResource:ConfigurationName\"};\nAuthor = \"a\";\n\
           GenerationDate = \"1/1/2026\";\nGenerationHost = \"h\";\nName = \"C\";\n};\n"
}

/// A resource, whether the machine is as it desires, and what makes the machine otherwise.
struct Case {
    resource: Resource,
    holds: Box<dyn Fn() -> bool>,
    drift: Box<dyn Fn()>,
}

impl Case {
    /// Of a file that is as desired when it has these lines, and drifts to another content.
    fn of_file(resource: Resource, file: &Path, lines: &[&str], drifted: &str) -> Self {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let (read, drifted) = (file.to_owned(), drifted.to_owned());
        let file = file.to_owned();
        Self {
            resource,
            holds: Box::new(move || {
                let text = fs::read_to_string(&read).unwrap_or_default();
                lines.iter().all(|wanted| text.lines().any(|line| line == wanted))
            }),
            drift: Box::new(move || fs::write(&file, &drifted).unwrap()),
        }
    }
}

/// A case for each resource that can do without systemd, in a private `/etc`.
fn cases(lcm: &Lcm) -> Vec<Case> {
    let path = |name: &str| lcm.folder.path().join(name);
    let text = |name: &str| lcm.path(name);
    fs::write(path("lines"), "old\n").unwrap();
    let home = text("home");
    let script = |what: &str| format!("#!/bin/sh\n{what} {}\n", text("made"));
    let set = format!("#!/bin/sh\necho yes > {}\n", text("made"));
    let without = |file: &str, start: &str| {
        let all = fs::read_to_string(path(file)).unwrap();
        all.lines().filter(|line| !line.starts_with(start)).map(|line| format!("{line}\n")).collect::<String>()
    };
    let of_user = |line: &'static str| {
        let file = path("etc/passwd");
        move || fs::read_to_string(&file).unwrap().lines().any(|found| found.contains(line))
    };
    let passwd = path("etc/passwd");
    vec![
        Case::of_file(
            Resource::new(
                "nxFileLine",
                &[("FilePath", &text("lines")), ("ContainsLine", "new"), ("DoesNotContainPattern", "^old")],
            ),
            &path("lines"),
            &["new"],
            "old\n",
        ),
        Case::of_file(
            Resource::new("nxEnvironment", &[("Name", "LUMI_TEST"), ("Value", "1"), ("Ensure", "Present")]),
            &path("etc/environment"),
            &["LUMI_TEST=1"],
            "LUMI_TEST=2\n",
        ),
        Case::of_file(
            Resource::new(
                "nxScript",
                &[("GetScript", &script("cat")), ("SetScript", &set), ("TestScript", &script("grep -q yes"))],
            ),
            &path("made"),
            &["yes"],
            "no\n",
        ),
        Case {
            resource: Resource::new(
                "nxUser",
                &[("UserName", "lumitest"), ("FullName", "Lumi Test"), ("HomeDirectory", &home), ("Ensure", "Present")],
            ),
            holds: Box::new(of_user("Lumi Test")),
            drift: Box::new(move || {
                let text = fs::read_to_string(&passwd).unwrap();
                fs::write(&passwd, text.replace("Lumi Test", "Somebody Else")).unwrap();
            }),
        },
        Case::of_file(
            Resource::new("nxGroup", &[("GroupName", "lumitests"), ("Members", "{\"nobody\"}")]),
            &path("etc/group"),
            &[],
            &without("etc/group", "lumitests:"),
        ),
        Case::of_file(
            Resource::new("nxComputer", &[("Name", "lumi-test-host")]),
            &path("etc/hostname"),
            &["lumi-test-host"],
            "other\n",
        ),
    ]
}

#[test]
fn a_configuration_of_many_resources_is_applied_found_applied_found_drifted_and_corrected() {
    let Some(lcm) = Lcm::start(None, "") else { return };
    let cases = cases(&lcm);
    let configuration: Vec<&Resource> = cases.iter().map(|case| &case.resource).collect();
    let apply = || {
        let said = lcm.apply(&configuration);
        assert!(said.contains("ReturnValue=0"), "{said}");
        for case in &cases {
            assert!((case.holds)(), "{} is not as desired", case.resource.name);
        }
        assert!(lcm.is_in_desired_state());
    };
    apply();
    let found = lcm.call("GetConfiguration", &[]);
    for case in &cases {
        assert!(found.contains(&format!("MSFT_{}Resource", case.resource.name)), "{found}");
    }
    for case in &cases {
        (case.drift)();
        assert!(!lcm.is_in_desired_state(), "nobody sees that {} has drifted", case.resource.name);
        apply();
    }
}

#[test]
fn an_lcm_that_would_crash_on_an_error_does_not_get_it_and_still_does_not_find_it_applied() {
    let Some(lcm) = Lcm::start(None, "") else { return };
    let missing = lcm.path("missing");
    let agents = || lcm.omi.processes();
    assert!(lcm.call("GetConfiguration", &[]).contains("Current configuration does not exist"));
    let before = agents();
    let said = lcm.apply(&[&Resource::new("nxFileLine", &[("FilePath", &missing), ("ContainsLine", "a")])]);
    assert!(said.contains("ReturnValue=0"), "{said}");
    assert!(!lcm.is_in_desired_state());
    assert_eq!(agents(), before, "an agent is gone");
}

#[test]
fn an_lcm_that_can_bear_errors_names_the_resource_that_failed() {
    let Some(library) = std::env::var_os(CORRECTED) else {
        skip::skipped(&format!("{CORRECTED} names no LCM that can bear errors"));
        return;
    };
    let Some(lcm) = Lcm::start(Some(Path::new(&library)), "LcmErrors = post\n") else { return };
    let said = lcm.apply(&[&Resource::new("nxFileLine", &[("FilePath", &lcm.path("missing")), ("ContainsLine", "a")])]);
    assert!(said.contains("[nxFileLine]R0"), "{said}");
    let log = fs::read_to_string(lcm.omi.file("var/log/dsc.log")).unwrap();
    assert!(log.contains("does not exist; nxFile can make it"), "{log}");
}

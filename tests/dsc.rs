//! Whole configurations without a Local Configuration Manager: by the command, and by pypsrp and the methods of
//! MSFT_DSCLocalConfigurationManager in `lumi serve`.

#[path = "support/python.rs"]
mod python;
#[path = "support/serve.rs"]
mod serve;
#[path = "support/skip.rs"]
mod skip;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use python::PYPSRP;
use serde_json::{Value, json};
use serve::Server;
use skip::skipped;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const LCM: &str = "MSFT_DSCLocalConfigurationManager";
const NAMESPACES: [&str; 2] =
    ["root/Microsoft/DesiredStateConfiguration", "root/Microsoft/Windows/DesiredStateConfiguration"];

/// A folder with files to configure, and one for what is kept.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(files: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder };
        files.iter().for_each(|file| fs::write(place.file(file), "").unwrap());
        place
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn state(&self) -> PathBuf {
        self.file("state")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// A resource in MOF: a line that a file is to have.
    fn line(&self, id: &str, file: &str, line: &str, depends_on: &str) -> String {
        let (file, alias) = (self.file(file), id.replace(|letter: char| !letter.is_alphanumeric(), "_"));
        format!(
            "instance of MSFT_nxFileLineResource as ${alias}\n{{\nResourceID = \"[nxFileLine]{id}\";\nFilePath = {file:?};\n\
             ContainsLine = \"{line}\";\nModuleName = \"nx\";\nModuleVersion = \"1.5\";\nDependsOn = {{{depends_on}}};\n}};\n"
        )
    }

    fn write(&self, name: &str, resources: &[String]) -> PathBuf {
        let path = self.file(name);
        fs::write(&path, mof(resources)).unwrap();
        path
    }

    /// `lumi dsc COMMAND --state ... ARGUMENTS`
    fn lumi(&self, command: &str, arguments: &[&str]) -> Command {
        let mut lumi = Command::new(env!("CARGO_BIN_EXE_lumi"));
        lumi.args(["dsc", command, "--state"]).arg(self.state()).args(arguments).env_remove("LUMI_LOG");
        lumi
    }

    fn apply(&self, arguments: &[&str]) -> Output {
        self.lumi("apply", arguments).output().unwrap()
    }
}

fn mof(resources: &[String]) -> String {
    let document = "instance of OMI_ConfigurationDocument { Version = \"2.0.0\"; MinimumCompatibleVersion = \"1.0.0\"; \
        CompatibleVersionAdditionalProperties = {\"Omi_BaseResource:ConfigurationName\"}; Name = \"Test\"; };\n";
    resources.concat() + document
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_if_says_what_would_change_and_changes_nothing() {
    let place = Place::new(&["a"]);
    let config = place.write("config.mof", &[place.line("first", "a", "x", "")]);
    let output = place.apply(&[config.to_str().unwrap(), "--what-if"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(said.contains("[nxFileLine]first: not in desired state (line 1, "), "{said}");
    assert!(said.contains("    ContainsLine: \"\" -> \"x\"\n"), "{said}");
    assert_eq!((place.read("a").as_str(), place.state().exists()), ("", false));
}

#[test]
fn a_configuration_is_applied_in_order_reported_and_remembered() {
    let place = Place::new(&["a", "b"]);
    let resources = [place.line("second", "b", "2", "\"[nxFileLine]first\""), place.line("first", "a", "1", "")];
    let config = place.write("config.mof", &resources);
    let config = config.to_str().unwrap();
    let output = place.apply(&[config]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said.find("[nxFileLine]first: changed") < said.find("[nxFileLine]second: changed"), "{said}");
    assert!(said.contains("\n2 changed ("), "{said}");
    assert_eq!((place.read("a"), place.read("b")), ("1\n".into(), "2\n".into()));

    let again: Value = serde_json::from_slice(&place.apply(&[config, "--json"]).stdout).unwrap();
    assert_eq!(
        (&again["inDesiredState"], &again["resources"][0]["status"]),
        (&json!(true), &json!("in desired state"))
    );
    let history = text(&place.lumi("history", &[]).output().unwrap().stdout);
    assert_eq!(history.lines().filter(|line| line.contains(" apply Test: ")).count(), 2, "{history}");
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&place.state()), mode(&place.state().join("Current"))), (0o700, 0o600));
}

#[test]
fn a_document_in_yaml_does_the_same() {
    let place = Place::new(&["a"]);
    let config = place.file("config.dsc.yaml");
    let file = place.file("a");
    let yaml = format!(
        "resources:\n- name: one\n  type: Lumi/nxFileLine\n  properties:\n    FilePath: {}\n    ContainsLine: from yaml\n",
        file.display()
    );
    fs::write(&config, yaml).unwrap();
    assert_eq!(place.apply(&[config.to_str().unwrap()]).status.code(), Some(0));
    assert_eq!(place.read("a"), "from yaml\n");
}

#[test]
fn what_is_wrong_with_a_configuration_is_told_and_nothing_is_changed() {
    let place = Place::new(&["a"]);
    let good = place.line("good", "a", "1", "");
    let bad = place.line("bad", "a", "2", "\"[nxFileLine]god\"").replace("ContainsLine", "ContansLine");
    let config = place.write("config.mof", &[good, bad]);
    let output = place.apply(&[config.to_str().unwrap()]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(said.contains("line 14: ") && said.contains("did you mean `ContainsLine`?"), "{said}");
    assert_eq!(place.read("a"), "");
}

#[test]
fn a_failure_names_its_resource_and_the_rest_stays_pending() {
    let place = Place::new(&["b"]);
    let resources = [place.line("first", "a", "1", ""), place.line("second", "b", "2", "\"[nxFileLine]first\"")];
    let config = place.write("config.mof", &resources);
    let output = place.apply(&[config.to_str().unwrap()]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said.contains("[nxFileLine]first: failed") && said.contains("does not exist"), "{said}");
    assert!(said.contains("[nxFileLine]second: skipped"), "{said}");
    assert!(said.contains("it depends on [nxFileLine]first, which failed"), "{said}");

    fs::write(place.file("a"), "").unwrap();
    let output = place.apply(&[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stderr).contains("a configuration is pending since "), "{output:?}");
    assert_eq!((place.read("a"), place.read("b")), ("1\n".into(), "2\n".into()));
}

#[test]
fn one_can_go_back_to_what_was_before() {
    let place = Place::new(&["a"]);
    for number in ["1", "2"] {
        let config = place.write("config.mof", &[place.line("line", "a", number, "")]);
        assert_eq!(place.apply(&[config.to_str().unwrap()]).status.code(), Some(0));
    }
    fs::write(place.file("a"), "").unwrap();
    assert_eq!(place.apply(&["--rollback"]).status.code(), Some(0));
    assert_eq!(place.read("a"), "1\n");
    let output = place.apply(&["--rollback", "7"]);
    assert!(text(&output.stderr).contains("there is no previous configuration 7: 2 can be gone back to"), "{output:?}");
}

#[test]
fn a_monitor_finds_drift_and_corrects_it() {
    let place = Place::new(&["a"]);
    let config = place.write("config.mof", &[place.line("line", "a", "1", "")]);
    let mut command = place.lumi("apply", &[config.to_str().unwrap(), "--monitor", "--correct", "--interval", "1s"]);
    let mut monitor = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(monitor.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut wait_for = |what: &str| lines.find(|line| line.contains(what)).unwrap();
    wait_for("1 changed");
    wait_for("1 in desired state");
    fs::write(place.file("a"), "").unwrap();
    wait_for("[nxFileLine]line: changed");
    assert_eq!(place.read("a"), "1\n");
    let pid = nix::unistd::Pid::from_raw(i32::try_from(monitor.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(monitor.wait().unwrap().code(), Some(143));
}

#[test]
fn a_killed_operation_leaves_nothing_half_done_and_the_next_one_says_so() {
    const COUNT: usize = 400;
    let names: Vec<String> = (0..COUNT).map(|number| format!("file{number}")).collect();
    let place = Place::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let resources: Vec<_> = names.iter().map(|name| place.line(name, name, "a line", "")).collect();
    let config = place.write("config.mof", &resources);
    let mut command = place.lumi("apply", &[config.to_str().unwrap()]);
    let mut killed = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(killed.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().unwrap().contains("file5:")).unwrap().unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();

    let contents: Vec<_> = names.iter().map(|name| place.read(name)).collect();
    assert!(contents.iter().all(|text| text.is_empty() || text == "a line\n"));
    assert!(contents.iter().any(String::is_empty), "it was over before it was killed");
    assert!(place.state().join("Pending").exists() && !place.state().join("Current").exists());
    let output = place.apply(&[]);
    assert!(text(&output.stderr).contains("not applied to its end: going on with it"), "{output:?}");
    assert_eq!(output.status.code(), Some(0));
    assert!(names.iter().all(|name| place.read(name) == "a line\n"));
}

/// `lumi serve` for root, and what one asks its manager by pypsrp.
struct Manager {
    place: Place,
    server: Server,
}

impl Manager {
    fn start(files: &[&str]) -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            skipped("only root may configure a machine");
            return None;
        }
        let place = Place::new(files);
        PYPSRP.is_installed().then(|| {
            let mut lumi = Command::new(env!("CARGO_BIN_EXE_lumi"));
            lumi.env("LUMI_DSC_STATE", place.state());
            let server = Server::of_root(lumi);
            Self { place, server }
        })
    }

    fn ask(&self, request: &Value) -> Value {
        PYPSRP.ask(&self.server, "http", request)
    }

    fn request(method: &str, parameters: &Value) -> Value {
        json!({ "invoke": LCM, "method": method, "namespace": NAMESPACES[0], "parameters": parameters })
    }

    fn invoke(&self, method: &str, parameters: &Value) -> Value {
        self.ask(&Self::request(method, parameters))
    }

    fn send(&self, resources: &[String]) -> Value {
        self.invoke("SendConfigurationApply", &json!({ "ConfigurationData": data(resources), "force": "true" }))
    }
}

/// Resources that can do without systemd and without a network, with what they ask for in a private `/etc`, and a drift.
fn all_resources(folder: &Path) -> Vec<(&'static str, String)> {
    let path = |name: &str| folder.join(name).display().to_string();
    let script = |what: &str| format!("#!/bin/sh\\n{what} {}\\n", path("made"));
    let set = format!("#!/bin/sh\\necho yes > {}\\n", path("made"));
    vec![
        ("nxFileLine", format!("FilePath = \"{}\"; ContainsLine = \"new\";", path("lines"))),
        ("nxFile", format!("DestinationPath = \"{}\"; Contents = \"new\\n\";", path("file"))),
        ("nxEnvironment", "Name = \"LUMI_TEST\"; Value = \"1\"; Ensure = \"Present\";".to_owned()),
        (
            "nxScript",
            format!(
                "GetScript = \"{}\"; SetScript = \"{set}\"; TestScript = \"{}\";",
                script("cat"),
                script("grep -q yes")
            ),
        ),
        ("nxGroup", "GroupName = \"lumitests\"; Members = {\"nobody\"};".to_owned()),
        ("nxUser", format!("UserName = \"lumitest\"; FullName = \"Lumi Test\"; HomeDirectory = \"{}\";", path("home"))),
        ("nxComputer", "Name = \"lumi-test-host\";".to_owned()),
        ("nxPackage", "Name = \"lumi-no-such-package\"; Ensure = \"Absent\";".to_owned()),
    ]
}

#[test]
fn resources_of_many_kinds_are_applied_got_tested_and_corrected() {
    let Some(place) = nix::unistd::geteuid().is_root().then(|| Place::new(&["lines"])) else {
        skipped("only root may configure a machine");
        return;
    };
    if !PYPSRP.is_installed() {
        return;
    }
    // In namespaces of its own, with a copy of /etc.
    let mut unshare = Command::new("unshare");
    let private = "cp -a /etc \"$0\" && mount --bind \"$0\" /etc && exec \"$@\"";
    unshare.args(["--mount", "--uts", "sh", "-c", private]).arg(place.file("etc")).arg(env!("CARGO_BIN_EXE_lumi"));
    unshare.env("LUMI_DSC_STATE", place.state());
    let manager = Manager { server: Server::of_root(unshare), place };
    let place = &manager.place;
    let known = text(&Command::new(env!("CARGO_BIN_EXE_lumi")).args(["dsc", "list"]).output().unwrap().stdout);
    let all: Vec<_> = all_resources(place.folder.path())
        .into_iter()
        .filter(|(name, _)| known.lines().any(|line| line == *name))
        .collect();
    let resources: Vec<_> = all
        .iter()
        .map(|(name, properties)| {
            format!("instance of MSFT_{name}Resource as ${name} {{ ResourceID = \"[{name}]one\"; {properties} }};\n")
        })
        .collect();
    let sent = manager.send(&resources);
    assert_eq!(sent["output"]["ReturnValue"], "0", "{sent}");
    let tested = |drifted: &[&str]| {
        let output = manager.invoke("TestConfiguration", &json!({}))["output"].clone();
        let ids: Vec<_> = drifted.iter().map(|name| format!("[{name}]one")).collect();
        assert_eq!(output["InDesiredState"], drifted.is_empty().to_string(), "{output}");
        match ids.as_slice() {
            [] => {}
            [one] => assert_eq!(output["ResourceId"], *one),
            all => assert_eq!(output["ResourceId"], json!(all)),
        }
    };
    tested(&[]);
    let got = manager.invoke("GetConfiguration", &json!({}));
    assert_eq!(got["output"]["configurations"].as_array().map(Vec::len), Some(all.len()), "{got}");
    fs::write(place.file("lines"), "").unwrap();
    fs::write(place.file("made"), "").unwrap();
    fs::write(place.file("etc/environment"), "LUMI_TEST=2\n").unwrap();
    tested(&["nxFileLine", "nxEnvironment", "nxScript"]);
    let applied = manager.invoke("ApplyConfiguration", &json!({}));
    assert_eq!(applied["output"]["ReturnValue"], "0", "{applied}");
    tested(&[]);
    assert!(place.read("etc/environment").contains("LUMI_TEST=1"));
}

/// As clients send octets.
fn data(resources: &[String]) -> String {
    BASE64_STANDARD.encode(mof(resources))
}

#[test]
fn a_configuration_is_sent_applied_and_tested_in_both_namespaces() {
    let Some(manager) = Manager::start(&["a", "b"]) else { return };
    let place = &manager.place;
    let resources = [place.line("second", "b", "2", "\"[nxFileLine]first\""), place.line("first", "a", "1", "")];
    for namespace in NAMESPACES {
        ["a", "b"].iter().for_each(|file| fs::write(place.file(file), "").unwrap());
        let in_it = |method: &str, parameters: Value| {
            let mut request = Manager::request(method, &parameters);
            request["namespace"] = namespace.into();
            manager.ask(&request)["output"].clone()
        };
        let sent = in_it("SendConfigurationApply", json!({ "ConfigurationData": data(&resources), "force": "true" }));
        assert_eq!(sent["ReturnValue"], "0", "{sent}");
        assert_eq!((place.read("a"), place.read("b")), ("1\n".into(), "2\n".into()));

        let got = in_it("GetConfiguration", json!({}));
        let lines: Vec<_> = got["configurations"].as_array().unwrap().iter().map(|it| &it["ContainsLine"]).collect();
        assert_eq!(lines, ["1", "2"], "{got}");
        assert_eq!(in_it("TestConfiguration", json!({}))["InDesiredState"], "true");

        fs::write(place.file("a"), "drifted\n").unwrap();
        fs::write(place.file("b"), "drifted\n").unwrap();
        let tested = in_it("TestConfiguration", json!({}));
        assert_eq!(tested["InDesiredState"], "false");
        assert_eq!(tested["ResourceId"], json!(["[nxFileLine]first", "[nxFileLine]second"]), "all are tested");
        assert_eq!(in_it("ApplyConfiguration", json!({ "force": "false" }))["ReturnValue"], "0");
        assert_eq!(place.read("a"), "drifted\n1\n");
        assert_eq!(in_it("TestConfiguration", json!({}))["InDesiredState"], "true");
    }
}

#[test]
fn errors_name_the_resource_its_line_and_the_cause() {
    let Some(manager) = Manager::start(&["b"]) else { return };
    let place = &manager.place;
    let resources = [place.line("first", "a", "1", ""), place.line("other", "b", "2", "")];
    let reason = manager.send(&resources)["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("[nxFileLine]first (line 1): nxFileLine: FilePath"), "{reason}");
    assert!(reason.contains("does not exist"), "{reason}");
    assert_eq!(place.read("b"), "2\n", "what does not depend on it is applied");
    let parameters = json!({ "ConfigurationData": data(&resources), "force": "false" });
    let refused = manager.invoke("SendConfiguration", &parameters);
    assert!(refused["reason"].as_str().is_some_and(|it| it.contains("a configuration is pending since")), "{refused}");
    let state = &manager.invoke("GetMetaConfiguration", &json!({}))["output"]["MetaConfiguration"];
    assert_eq!(state["LCMState"], "PendingConfiguration", "{state}");

    let broken = manager.send(&[place.line("first", "a", "1", "").replace("FilePath", "FilePth")]);
    let reason = broken["reason"].as_str().unwrap();
    assert!(reason.contains("line 4: ") && reason.contains("did you mean `FilePath`?"), "{reason}");
    let empty = manager.invoke("SendConfigurationApply", &json!({ "force": "true" }));
    assert!(empty["reason"].as_str().is_some_and(|it| it.contains("ConfigurationData is missing")), "{empty}");
}

#[test]
fn a_sent_configuration_waits_until_it_is_applied_and_one_can_go_back() {
    let Some(manager) = Manager::start(&["a"]) else { return };
    let place = &manager.place;
    let of = |text: &str| [place.line("line", "a", text, "")];
    assert_eq!(manager.send(&of("1"))["output"]["ReturnValue"], "0");
    let sent = manager.invoke("SendConfiguration", &json!({ "ConfigurationData": data(&of("2")), "force": "false" }));
    assert_eq!((&sent["output"]["ReturnValue"], place.read("a").as_str()), (&json!("0"), "1\n"));
    manager.invoke("ApplyConfiguration", &json!({}));
    assert_eq!(place.read("a"), "1\n2\n");
    fs::write(place.file("a"), "").unwrap();
    assert_eq!(manager.invoke("RollBack", &json!({ "configurationNumber": "1" }))["output"]["ReturnValue"], "0");
    assert_eq!(place.read("a"), "1\n");
}

#[test]
fn the_settings_decide_what_a_check_does() {
    let Some(manager) = Manager::start(&["a"]) else { return };
    let place = &manager.place;
    manager.send(&[place.line("line", "a", "1", "")]);
    fs::write(place.file("a"), "").unwrap();
    let check = || manager.invoke("PerformRequiredConfigurationChecks", &json!({ "Flags": "1" }));
    assert!(check()["reason"].as_str().is_some_and(|it| it.contains("not in desired state: [nxFileLine]line")));
    let set = |settings: &str| {
        let text = format!("instance of MSFT_DSCMetaConfiguration {{ {settings} }};");
        manager.invoke("SendMetaConfigurationApply", &json!({ "ConfigurationData": BASE64_STANDARD.encode(text) }))
    };
    let refused = set("ConfigurationMode = \"ApplyAndAutoCorrect\"; RefreshMode = \"Pull\";");
    assert!(
        refused["reason"].as_str().is_some_and(|it| it.contains("RefreshMode \"Pull\" is not supported")),
        "{refused}"
    );
    assert_eq!(set("ConfigurationMode = \"ApplyAndAutoCorrect\";")["output"]["ReturnValue"], "0");
    let told = &manager.invoke("GetMetaConfiguration", &json!({}))["output"]["MetaConfiguration"];
    assert_eq!(
        (&told["ConfigurationMode"], &told["LCMState"]),
        (&json!("ApplyAndAutoCorrect"), &json!("Idle")),
        "{told}"
    );
    assert_eq!(check()["output"]["ReturnValue"], "0");
    assert_eq!(place.read("a"), "1\n");
    let pull = manager.invoke("PerformRequiredConfigurationChecks", &json!({ "Flags": "2" }));
    assert!(pull["reason"].as_str().is_some_and(|it| it.contains("nothing is pulled")), "{pull}");
}

#[test]
fn who_asks_for_it_is_told_each_step() {
    let Some(manager) = Manager::start(&["a"]) else { return };
    let parameters = json!({ "ConfigurationData": data(&[manager.place.line("line", "a", "1", "")]), "force": "true" });
    let mut request = Manager::request("SendConfigurationApply", &parameters);
    // Messages, and of them those of the channel Verbose.
    request["listen"] = json!({ "callbacks": 1, "channels": [1] });
    let answer = manager.ask(&request);
    let events = answer["events"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let said: Vec<_> = events.iter().filter_map(|event| event["Description"].as_str()).collect();
    for step in [
        "[ Start  Resource ]",
        "[ Start  Test     ]",
        "[ End    Test     ]",
        "[ Start  Set      ]",
        "[ End    Set      ]",
    ] {
        let expected = format!("LCM:  {step}  [[nxFileLine]line]");
        assert!(said.iter().any(|text| text.contains(&expected)), "no {expected} in {said:#?}");
    }
    assert!(said.iter().any(|text| text.contains("ContainsLine is \"\" instead of \"1\"")), "{said:#?}");
}

#[test]
fn stop_configuration_ends_an_operation_that_another_client_started() {
    const COUNT: usize = 3000;
    let Some(manager) = Manager::start(&["a"]) else { return };
    let place = &manager.place;
    // Each one rewrites the file, which is on the disk afterwards, so that it takes its time.
    let resources: Vec<_> = (0..COUNT).map(|n| place.line(&format!("n{n}"), "a", &format!("line {n}"), "")).collect();
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| manager.send(&resources));
        while !place.read("a").contains("line 3") {
            assert!(!sender.is_finished(), "it ended by itself");
            std::thread::yield_now();
        }
        let second = manager.invoke("ApplyConfiguration", &json!({}));
        let reason = second["reason"].as_str().unwrap();
        assert!(reason.contains("apply of process ") && reason.contains("only one operation can run"), "{reason}");
        assert_eq!(manager.invoke("StopConfiguration", &json!({ "force": "true" }))["output"]["ReturnValue"], "0");
        let reason = sender.join().unwrap()["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains("stopped before its end"), "{reason}");
    });
    let lines = place.read("a");
    let count = lines.lines().count();
    assert!(count < COUNT && lines.lines().enumerate().all(|(n, line)| line == format!("line {n}")));
}

#[test]
fn nobody_but_root_may_configure_the_machine() {
    if !nix::unistd::geteuid().is_root() {
        skipped("only root can run the command as somebody else");
        return;
    }
    // The folder of the build may not be open to others.
    let place = Place::new(&[]);
    let program = place.file("lumi");
    fs::copy(env!("CARGO_BIN_EXE_lumi"), &program).unwrap();
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut lumi = Command::new(&program);
    lumi.args(["invoke", "--namespace", NAMESPACES[0], LCM, "ApplyConfiguration"]).env("LUMI_DSC_STATE", place.state());
    let output = lumi.uid(65534).gid(65534).output().unwrap();
    let said = text(&output.stderr);
    assert!(said.contains("may not apply the configuration: only root may"), "{output:?}");
    assert!(!place.state().exists());
}

#[test]
fn registration_files_leave_the_manager_to_the_one_that_is_there() {
    let mut lumi = Command::new(env!("CARGO_BIN_EXE_lumi"));
    let output = lumi
        .args(["mof", "reg", "--library", "lumi", "--namespace", NAMESPACES[0], "schema/lumi.mof"])
        .output()
        .unwrap();
    let file = text(&output.stdout);
    assert!(file.contains("CLASS=MSFT_nxFileLineResource:OMI_BaseResource"), "{file}");
    assert!(!file.contains("MSFT_DSC"), "{file}");
}

#[test]
fn what_is_kept_is_refused_to_others() {
    let place = Place::new(&["a"]);
    fs::create_dir(place.state()).unwrap();
    fs::set_permissions(place.state(), fs::Permissions::from_mode(0o777)).unwrap();
    let config = place.write("config.mof", &[place.line("line", "a", "1", "")]);
    assert_eq!(place.apply(&[config.to_str().unwrap()]).status.code(), Some(0));
    assert_eq!(fs::metadata(place.state()).unwrap().mode() & 0o777, 0o700);
}

//! The command `dsc` of DSC v3 drives the resources by their manifests.
//!
//! Skipped where `dsc` is neither in `PATH` nor named by `LUMI_DSC`. `dsc_command.rs` follows its protocol without it.

#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use serde_json::{Value as Json, json};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;
use tempfile::TempDir;

/// Names the command.
const DSC: &str = "LUMI_DSC";

const PATIENCE: Duration = Duration::from_secs(120);

/// The command, and a folder with manifests in which files are configured.
struct Dsc {
    program: OsString,
    folder: TempDir,
}

impl Dsc {
    fn find() -> Option<Self> {
        let program = std::env::var_os(DSC).unwrap_or_else(|| "dsc".into());
        if let Err(error) = Command::new(&program).arg("--version").output() {
            skip::skipped(&format!("there is no {} ({error}); {DSC} can name the command", program.display()));
            return None;
        }
        let dsc = Self { program, folder: tempfile::tempdir().unwrap() };
        let mut lumi = Command::new(env!("CARGO_BIN_EXE_lumi"));
        let done = lumi.args(["dsc", "manifests", "--output"]).arg(dsc.folder.path()).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        Some(dsc)
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// `dsc ARGUMENTS`, where it finds `lumi` and the manifests and nothing else.
    fn run(&self, arguments: &[&str]) -> Output {
        let lumi = Path::new(env!("CARGO_BIN_EXE_lumi")).parent().unwrap();
        let rest = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([lumi.to_owned()].into_iter().chain(std::env::split_paths(&rest))).unwrap();
        let mut command = Command::new(&self.program);
        command.args(arguments).env("PATH", path).env("DSC_RESOURCE_PATH", self.folder.path());
        run::within(PATIENCE, &mut command)
    }

    /// What it prints as JSON, a value for each line.
    fn lines(&self, arguments: &[&str]) -> Vec<Json> {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", run::text(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// `dsc resource OPERATION` of one resource.
    fn resource(&self, operation: &[&str], resource: &str, input: &Json) -> Json {
        let input = input.to_string();
        let arguments = [&["resource"], operation, &["--resource", resource, "--input", &input]].concat();
        self.lines(&arguments).remove(0)
    }

    /// `dsc config OPERATION`; the results by the names of the instances.
    fn configuration(&self, operation: &[&str], document: &str) -> Vec<(String, Json)> {
        let arguments = [&["config"], operation, &["--file", document]].concat();
        let mut answer = self.lines(&arguments).remove(0);
        let Json::Array(results) = answer["results"].take() else { panic!("{answer}") };
        results.into_iter().map(|it| (it["name"].as_str().unwrap().to_owned(), it["result"].clone())).collect()
    }
}

#[test]
fn dsc_lists_every_resource() {
    let Some(dsc) = Dsc::find() else { return };
    let listed = dsc.lines(&["resource", "list", "Lumi/*"]);
    let mut found: Vec<_> = listed.iter().map(|it| it["type"].as_str().unwrap().to_owned()).collect();
    let mut known: Vec<_> = lumi::dsc::RESOURCES.iter().map(|it| format!("Lumi/{}", it.friendly_name())).collect();
    found.sort_unstable();
    known.sort_unstable();
    assert_eq!(found, known);
    let of = |name: &str| listed.iter().find(|it| it["type"] == name).unwrap()["capabilities"].clone();
    assert_eq!(of("Lumi/nxUser"), json!(["get", "set", "setHandlesExist", "setWhatIf", "test", "delete", "export"]));
}

#[test]
fn dsc_gets_tests_previews_and_sets() {
    let Some(dsc) = Dsc::find() else { return };
    let file = dsc.file("motd");
    fs::write(&file, "a\n").unwrap();
    let desired = json!({ "FilePath": file, "ContainsLine": "b" });
    let name = "Lumi/nxFileLine";
    assert_eq!(dsc.resource(&["get"], name, &desired), json!({ "actualState": { "FilePath": file } }));
    let tested = dsc.resource(&["test"], name, &desired);
    assert_eq!((&tested["inDesiredState"], &tested["differingProperties"]), (&json!(false), &json!(["ContainsLine"])));

    let change = json!({
        "beforeState": { "FilePath": file }, "afterState": desired, "changedProperties": ["ContainsLine"],
    });
    assert_eq!(dsc.resource(&["set", "--what-if"], name, &desired), change);
    assert_eq!(fs::read_to_string(&file).unwrap(), "a\n", "what-if changes nothing");
    assert_eq!(dsc.resource(&["set"], name, &desired), change);
    assert_eq!(fs::read_to_string(&file).unwrap(), "a\nb\n");
    assert_eq!(dsc.resource(&["test"], name, &desired)["inDesiredState"], true);

    let gone = dsc.resource(&["set"], "Lumi/nxFile", &json!({ "DestinationPath": file, "_exist": false }));
    assert_eq!(gone["afterState"], json!({ "DestinationPath": file, "_exist": false }));
    assert!(!Path::new(&file).exists());

    fs::write(&file, "").unwrap();
    let wanted = json!({ "DestinationPath": file }).to_string();
    let deleted = dsc.run(&["resource", "delete", "--resource", "Lumi/nxFile", "--input", &wanted]);
    assert!(deleted.status.success(), "{deleted:?}");
    assert!(!Path::new(&file).exists());
}

#[test]
fn what_there_is_fits_the_schemas_of_the_manifests() {
    let Some(dsc) = Dsc::find() else { return };
    for (resource, desired) in [
        ("Lumi/nxArchiveResource", json!({ "SourcePath": "/none.zip", "DestinationPath": dsc.file("none") })),
        ("Lumi/nxAvailableUpdates", json!({ "Name": "bash" })),
        ("Lumi/nxComputer", json!({ "Name": "web1" })),
        ("Lumi/nxFile", json!({ "DestinationPath": dsc.file("none") })),
        ("Lumi/nxFileInventory", json!({ "DestinationPath": "/etc/passwd" })),
        ("Lumi/nxFileLine", json!({ "FilePath": dsc.file("none"), "DoesNotContainPattern": "x" })),
        ("Lumi/nxGroup", json!({ "GroupName": "root" })),
        ("Lumi/nxScript", json!({ "GetScript": "echo x", "SetScript": "exit 1", "TestScript": "exit 1" })),
        ("Lumi/nxUser", json!({ "UserName": "lumi-none" })),
    ] {
        let found = dsc.resource(&["get"], resource, &desired);
        assert!(found["actualState"].is_object(), "{resource}: {found}");
    }
    let users = dsc.lines(&["resource", "export", "--resource", "Lumi/nxUser"]).remove(0);
    let users = users["resources"].as_array().unwrap();
    assert!(users.iter().any(|user| user["properties"]["UserName"] == "root"), "{users:?}");
    let filter = json!({ "DestinationPath": "/etc/passwd", "Checksum": "sha-256" }).to_string();
    let export = ["resource", "export", "--resource", "Lumi/nxFileInventory", "--input", &filter];
    let files = dsc.lines(&export).remove(0);
    assert_eq!(files["resources"][0]["properties"]["Checksum"].as_str().unwrap().len(), 64, "{files}");
}

#[test]
fn a_configuration_document_is_previewed_set_and_tested() {
    let Some(dsc) = Dsc::find() else { return };
    let (file, gone, document) = (dsc.file("motd"), dsc.file("gone"), dsc.file("config.dsc.json"));
    fs::write(&gone, "").unwrap();
    let configuration = json!({
        "$schema": "https://aka.ms/dsc/schemas/v3/bundled/config/document.json",
        "parameters": { "greeting": { "type": "string", "defaultValue": "hello" } },
        "resources": [
            {
                "name": "line", "type": "Lumi/nxFileLine", "dependsOn": ["[resourceId('Lumi/nxFile', 'file')]"],
                "properties": { "FilePath": file, "ContainsLine": "[parameters('greeting')]" },
            },
            { "name": "file", "type": "Lumi/nxFile", "properties": { "DestinationPath": file, "Mode": "640" } },
            { "name": "gone", "type": "Lumi/nxFile", "properties": { "DestinationPath": gone, "_exist": false } },
        ],
    });
    fs::write(&document, configuration.to_string()).unwrap();

    let previewed = dsc.configuration(&["set", "--what-if"], &document);
    assert_eq!(previewed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["file", "line", "gone"]);
    assert!(!Path::new(&file).exists() && Path::new(&gone).exists(), "what-if changes nothing");
    let is_so = || dsc.configuration(&["test"], &document).iter().all(|(_, result)| result["inDesiredState"] == true);
    assert!(!is_so());
    dsc.configuration(&["set"], &document);
    assert_eq!(fs::read_to_string(&file).unwrap(), "hello\n");
    assert!(!Path::new(&gone).exists());
    assert!(is_so());
    for (name, result) in dsc.configuration(&["set"], &document) {
        assert_eq!(result["changedProperties"], json!([]), "{name} is changed again");
    }
}

#[test]
fn an_error_reaches_who_calls_dsc() {
    let Some(dsc) = Dsc::find() else { return };
    for (input, why) in [
        (
            json!({ "FilePath": "/nowhere/x", "ContainsLine": "a" }),
            "nxFileLine: FilePath \"/nowhere/x\" does not exist",
        ),
        (json!({ "FilePath": "x", "ContainsLine": "a" }), "nxFileLine: FilePath \"x\" is not absolute"),
        (json!({ "FilePath": "/x", "Line": "a" }), "Additional properties are not allowed ('Line' was unexpected)"),
    ] {
        let output = dsc.run(&["resource", "set", "--resource", "Lumi/nxFileLine", "--input", &input.to_string()]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(run::text(&output).contains(why), "{}", run::text(&output));
    }
}

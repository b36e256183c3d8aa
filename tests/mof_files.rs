//! The files that `lumi mof reg` and `lumi mof dsc` write.

use assert_cmd::assert::Assert;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const CLASSES: &str = "class Demo_Disk { [Key] string Name; };\nclass Demo_Fan { [Key] string Name; };\n\
                       class Demo_Lamp { [Key] string Name; };\nclass Demo_Part { uint32 Id; };\n";

const RESOURCE: &str = r#"
Qualifier ClassVersion : string = null, Scope(class), Flavor(EnableOverride, Restricted);
[Abstract] class OMI_BaseResource { };
[ClassVersion("1.0.0"), Description("A folder that others may use.")]
class Demo_ShareResource : OMI_BaseResource
{
    [Key] string Path;
    [Write, ValueMap { "Present", "Absent" }, Values { "Present", "Absent" }] string Ensure;
};
"#;

/// A folder with one MOF file, `demo.mof`.
fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("demo.mof"), text).unwrap();
    folder
}

/// `lumi mof`, started in the folder.
fn mof(folder: &Path, arguments: &[&str]) -> Assert {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.current_dir(folder).arg("mof").args(arguments).env_remove("LUMI_LOG").env_remove("COLUMNS");
    command.timeout(Duration::from_secs(60)).assert()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

#[test]
fn classes_that_are_run_by_others_have_a_registration_file_of_their_own() {
    let folder = folder(CLASSES);
    let classes = ["--class", "Demo_Disk", "--class", "Demo_Fan", "--class", "Demo_Lamp"];
    let hosting = ["--hosting", "@requestor@", "--hosting", "Demo_Fan=root", "--hosting", "demo_lamp=root"];
    let options = ["reg", "--library", "demo", "--output", "out", "demo.mof"];
    let assert = mof(folder.path(), &[&options[..], &classes, &hosting].concat()).success();
    assert_eq!(stdout(&assert), "out/demo.reg\nout/demo-root.reg\n");
    let read = |name: &str| fs::read_to_string(folder.path().join("out").join(name)).unwrap();
    assert_eq!(read("demo.reg"), "LIBRARY=demo\nHOSTING=@requestor@\nCLASS=Demo_Disk\nEXTRACLASS=Demo_Part\n");
    assert_eq!(read("demo-root.reg"), "LIBRARY=demo\nHOSTING=root\nCLASS=Demo_Fan\nCLASS=Demo_Lamp\n");
}

#[test]
fn a_class_that_says_its_namespace_is_registered_there_and_the_others_elsewhere() {
    let text = "Qualifier Namespace : string = null, Scope(class), Flavor(EnableOverride, Restricted);\n\
                class Demo_Disk { [Key] string Name; };\n\
                [Namespace(\"root/old\")] class Demo_OldDisk { [Key] string Name; };\n";
    let folder = folder(text);
    let classes = |namespace: &[&str]| {
        let text =
            stdout(&mof(folder.path(), &[&["reg", "--library", "demo", "demo.mof"], namespace].concat()).success());
        assert!(!text.contains("EXTRACLASS"), "classes of another namespace: {text}");
        text.lines().filter_map(|line| line.strip_prefix("CLASS=").map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(classes(&[]), ["Demo_Disk"]);
    assert_eq!(classes(&["--namespace", "root/new"]), ["Demo_Disk"]);
    assert_eq!(classes(&["--namespace", "root/OLD"]), ["Demo_OldDisk"]);
}

#[test]
fn several_registration_files_do_not_go_to_standard_output() {
    let folder = folder(CLASSES);
    let assert = mof(folder.path(), &["reg", "--library", "demo", "--hosting", "Demo_Fan=root", "demo.mof"]).code(2);
    assert!(stderr(&assert).contains("give --output DIR"), "{}", stderr(&assert));
    let hosting = ["--class", "Demo_Disk", "--hosting", "Demo_Fan=root"];
    let assert = mof(folder.path(), &[&["reg", "--library", "demo", "demo.mof"], &hosting[..]].concat()).code(2);
    assert!(stderr(&assert).contains("the library does not provide that class"), "{}", stderr(&assert));
}

#[test]
fn a_resource_has_a_schema_and_a_registration_for_the_lcm_and_a_manifest() {
    let folder = folder(RESOURCE);
    let assert = mof(folder.path(), &["dsc", "--output", "out", "--owner", "Lumi", "demo.mof"]).success();
    let schema = "out/schema/Demo_ShareResource/Demo_ShareResource.schema.mof";
    let registration = "out/registration/Demo_ShareResource/Demo_ShareResource.registration.mof";
    let manifest = "out/share.dsc.resource.json";
    assert_eq!(stdout(&assert), format!("{schema}\n{registration}\n{manifest}\n"));

    let base = "[Abstract] class OMI_BaseResource { };
                class MSFT_CimConfigurationProviderRegistration { [Key] string ClassName; string Namespace;
                    string DSCEngineCompatVersion; string DSCModuleVersion; };";
    fs::write(folder.path().join("base.mof"), base).unwrap();
    let files = ["check", "base.mof", schema, registration];
    let assert = mof(folder.path(), &[&files[..], &["--warn", "unknown-qualifier"]].concat()).success();
    assert!(stdout(&assert).contains("3 classes and 1 instance in 3 files"), "{}", stdout(&assert));

    let manifest: Value = serde_json::from_str(&fs::read_to_string(folder.path().join(manifest)).unwrap()).unwrap();
    assert_eq!(manifest["type"], "Lumi/Share");
    for operation in ["get", "test"] {
        assert_eq!(manifest[operation]["args"], serde_json::json!(["dsc", operation, "Lumi/Share"]));
    }
    let what_if = serde_json::json!({ "whatIfArg": "--what-if" });
    assert_eq!(manifest["set"]["args"], serde_json::json!(["dsc", "set", "Lumi/Share", what_if]));
    let embedded = &manifest["schema"]["embedded"];
    assert_eq!(embedded["required"], serde_json::json!(["Path"]));
    // Each reference leads to something in the manifest itself.
    for property in ["_exist", "_inDesiredState"] {
        let reference = embedded["properties"][property]["$ref"].as_str().unwrap();
        assert_eq!(embedded["$defs"][reference]["$id"], reference);
    }
}

#[test]
fn a_class_that_cannot_be_a_resource_keeps_all_files_from_being_written() {
    let wrong = format!("{RESOURCE}\nclass Demo_Other : OMI_BaseResource {{ string Text; }};");
    let folder = folder(&wrong);
    let assert = mof(folder.path(), &["dsc", "--output", "out", "demo.mof"]).code(1);
    assert!(stderr(&assert).contains("Demo_Other needs a key"), "{}", stderr(&assert));
    assert!(!folder.path().join("out").exists());
}

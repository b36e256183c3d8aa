//! `lumi mof` as a shell sees it: diagnostics, generated text and exit status.

use assert_cmd::assert::Assert;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

/// `lumi mof`, started in the folder.
fn mof(folder: &Path, arguments: &[&str]) -> Assert {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.current_dir(folder).arg("mof").args(arguments).env_remove("LUMI_LOG").env_remove("COLUMNS");
    command.timeout(Duration::from_secs(60)).assert()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

const DISK: &str = "class Demo_Disk : Demo_Device { uint64 Size; };\n";
const DEVICE: &str = "[Abstract] class Demo_Device { [Key] string Name; };\n";
const WRONG: &str = "class Demo_Fan\n{\n    unit32 Speed;\n};\n";

#[test]
fn files_without_mistakes_are_counted() {
    let folder = folder(&[("disk.mof", DISK), ("device.mof", DEVICE)]);
    let assert = mof(folder.path(), &["check", "disk.mof", "device.mof"]).success();
    assert_eq!(stdout(&assert), "2 classes and 0 instances in 2 files: no errors, no warnings\n");
    assert_eq!(stderr(&assert), "");
}

#[test]
fn every_mistake_of_every_file_is_shown() {
    let folder = folder(&[("a.mof", WRONG), ("b.mof", "class Demo_Pump { uint32 One Two; };\n")]);
    let assert = mof(folder.path(), &["check", "a.mof", "b.mof"]).code(1);
    insta::assert_snapshot!(stdout(&assert), @r"
    error: unknown data type `unit32`
     --> a.mof:3:5
      |
    3 |     unit32 Speed;
      |     ^^^^^^ expected a type like `uint32` or `string[]`
      |
      = help: did you mean `uint32`?

    error: expected `;` after a property, found `Two`
     --> b.mof:1:30
      |
    1 | class Demo_Pump { uint32 One Two; };
      |                              ^^^ unexpected

    2 errors
    ");
}

#[test]
fn programs_get_the_diagnostics_as_json() {
    let folder = folder(&[("a.mof", WRONG), ("device.mof", DEVICE)]);
    let assert = mof(folder.path(), &["check", "--json", "a.mof"]).code(1);
    let found: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(found[0]["severity"], "error");
    assert_eq!((&found[0]["file"], &found[0]["line"], &found[0]["column"]), (&json!("a.mof"), &json!(3), &json!(5)));
    let assert = mof(folder.path(), &["check", "--json", "device.mof"]).success();
    assert_eq!(stdout(&assert), "[]\n");
}

#[test]
fn a_missing_file_is_an_error_of_the_input_and_no_file_one_of_the_command_line() {
    let folder = folder(&[]);
    let assert = mof(folder.path(), &["check", "gone.mof"]).code(1);
    assert!(stdout(&assert).starts_with("error: cannot read gone.mof: "), "{}", stdout(&assert));
    assert_eq!(stdout(&mof(folder.path(), &["check"]).code(2)), "");
}

#[test]
fn options_about_servers_and_providers_are_refused() {
    let folder = folder(&[("device.mof", DEVICE)]);
    for option in [["--url", "http://127.0.0.1/wsman"], ["--provider", "libx.so"], ["--register", "dir"]] {
        let assert = mof(folder.path(), &[&["check", "device.mof"], &option[..]].concat()).code(2);
        assert!(stderr(&assert).contains("do not go with `lumi mof`"), "{}", stderr(&assert));
    }
}

#[test]
fn the_level_of_a_lint_is_chosen_by_its_name() {
    let folder = folder(&[("a.mof", "#pragma lcoale(\"en_US\")\nclass Demo_A { };\n")]);
    let warned = mof(folder.path(), &["check", "a.mof"]).success();
    assert!(stdout(&warned).starts_with("warning[unknown-pragma]: unknown pragma `lcoale`"), "{}", stdout(&warned));
    assert!(stdout(&warned).contains("did you mean `locale`?"), "{}", stdout(&warned));
    assert!(stdout(&warned).ends_with("in 1 file: 1 warning\n"), "{}", stdout(&warned));
    let denied = mof(folder.path(), &["check", "a.mof", "--deny", "unknown-pragma"]).code(1);
    assert!(stdout(&denied).ends_with("\n1 error\n"), "{}", stdout(&denied));
    let allowed = mof(folder.path(), &["check", "a.mof", "--allow", "unknown-pragma"]).success();
    assert!(stdout(&allowed).ends_with("no errors, no warnings\n"), "{}", stdout(&allowed));
    let unknown = mof(folder.path(), &["check", "a.mof", "--deny", "unknown"]).code(2);
    assert!(stderr(&unknown).contains("expected one of added-key, "), "{}", stderr(&unknown));
}

#[test]
fn included_files_are_found_beside_the_including_one_and_then_in_the_named_folders() {
    let main = "#pragma include(\"device.mof\")\n#pragma include(\"beside.mof\")\nclass Demo_Disk : Demo_Device { };\n";
    let other = "class Demo_Other : Demo_Unknown { };\n";
    let folder = folder(&[
        ("in/main.mof", main),
        ("in/beside.mof", ""),
        ("one/beside.mof", other),
        ("one/device.mof", DEVICE),
        ("two/device.mof", other),
    ]);
    mof(folder.path(), &["check", "in/main.mof", "-I", "gone", "-I", "one", "--include", "two"]).success();
    let assert = mof(folder.path(), &["check", "in/main.mof"]).code(1);
    assert!(stdout(&assert).contains("cannot read in/device.mof: "), "{}", stdout(&assert));
}

#[test]
fn a_registration_names_library_hosting_and_the_classes_with_instances() {
    let folder = folder(&[("disk.mof", DISK), ("device.mof", DEVICE)]);
    let files = ["reg", "disk.mof", "device.mof", "--library", "demo"];
    let assert = mof(folder.path(), &[&files[..], &["--hosting", "@requestor@"]].concat()).success();
    assert_eq!(stdout(&assert), "LIBRARY=demo\nHOSTING=@requestor@\nCLASS=Demo_Disk:Demo_Device\n");
    let assert = mof(folder.path(), &[&files[..], &["--class", "demo_disk"]].concat()).success();
    assert_eq!(stdout(&assert), "LIBRARY=demo\nCLASS=Demo_Disk:Demo_Device\n");
    let assert = mof(folder.path(), &[&files[..], &["--class", "Demo_Disc"]].concat()).code(2);
    assert!(stderr(&assert).contains("the MOF declares no such class"), "{}", stderr(&assert));
}

#[test]
fn values_that_a_registration_file_cannot_hold_are_refused() {
    let folder = folder(&[("device.mof", DEVICE)]);
    for (library, hosting) in [("libdemo.so", "root"), ("a\nCLASS=b", "root"), ("demo", "@request@"), ("demo", "a b")] {
        let arguments = ["reg", "device.mof", "--library", library, "--hosting", hosting];
        let assert = mof(folder.path(), &arguments).code(2);
        assert!(stderr(&assert).contains("expected"), "{library} {hosting}: {}", stderr(&assert));
    }
}

#[test]
fn rust_is_what_a_build_script_gets() {
    let folder = folder(&[("disk.mof", DISK), ("device.mof", DEVICE)]);
    let assert = mof(folder.path(), &["rust", "disk.mof", "device.mof"]).success();
    let schema = omi_mof::compile(folder.path()).unwrap();
    assert_eq!(stdout(&assert), omi_mof::generate::rust(&schema));
}

#[test]
fn the_reference_is_markdown_or_one_html_page() {
    let folder = folder(&[("disk.mof", DISK), ("device.mof", DEVICE)]);
    let markdown = stdout(&mof(folder.path(), &["docs", "."]).success());
    assert!(markdown.contains("Inherits: [Demo\\_Device](#demo_device) → Demo\\_Disk"), "{markdown}");
    let html = stdout(&mof(folder.path(), &["docs", ".", "--html"]).success());
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("<section id=\"Demo_Disk\">"), "{html}");
    assert!(!html.contains("http://") && !html.contains("https://"), "nothing is loaded from elsewhere");
}

#[test]
fn files_are_formatted_in_place_and_a_check_names_those_that_would_change() {
    let wrong = "class A_B { uint32 };";
    let folder = folder(&[("a.mof", "class  A_B{ };"), ("b.mof", "class A_B { };\n"), ("wrong.mof", wrong)]);
    let check = mof(folder.path(), &["format", "--check", "a.mof", "b.mof"]).code(1);
    assert_eq!(stdout(&check), "a.mof\n");
    assert_eq!(fs::read_to_string(folder.path().join("a.mof")).unwrap(), "class  A_B{ };");
    let format = mof(folder.path(), &["format", "wrong.mof", "a.mof", "b.mof"]).code(1);
    assert!(stderr(&format).contains("expected the name of a property or method"), "{}", stderr(&format));
    assert_eq!(fs::read_to_string(folder.path().join("a.mof")).unwrap(), "class A_B { };\n");
    assert_eq!(fs::read_to_string(folder.path().join("wrong.mof")).unwrap(), wrong);
    assert_eq!(stdout(&mof(folder.path(), &["format", "--check", "a.mof", "b.mof"]).success()), "");
}

#[test]
fn standard_input_is_formatted_to_standard_output() {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    let assert = command.args(["mof", "format", "-"]).write_stdin("class  A_B{ };").assert().success();
    assert_eq!(stdout(&assert), "class A_B { };\n");
}

#[test]
fn nothing_is_generated_from_wrong_mof() {
    let folder = folder(&[("a.mof", WRONG)]);
    for arguments in [&["rust", "a.mof"][..], &["reg", "a.mof", "--library", "demo"], &["docs", "a.mof"]] {
        let assert = mof(folder.path(), arguments).code(1);
        assert_eq!(stdout(&assert), "");
        assert!(stderr(&assert).contains("unknown data type `unit32`"), "{}", stderr(&assert));
    }
}

#[test]
fn text_from_the_mof_gives_no_orders_to_the_terminal() {
    let folder = folder(&[("a.mof", "#pragma include(\"\\x1B[2J\")\n[Key(\"\u{1b}[2J\")] class A_B { };\n")]);
    let assert = mof(folder.path(), &["check", "a.mof"]).code(1);
    assert!(!stdout(&assert).contains('\u{1b}'), "{}", stdout(&assert));
}

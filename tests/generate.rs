//! What `lumi generate` makes of the definitions of the command line.

use assert_cmd::Command;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

fn generate(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lumi"));
    let assert = command.arg("generate").args(arguments).timeout(Duration::from_secs(60)).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

#[test]
fn the_command_reference_in_docs_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
    let committed = std::fs::read_to_string(file).unwrap();
    let current = generate(&["reference"]);
    assert!(committed == current, "docs/commands.md is old; run: cargo run -- generate reference > docs/commands.md");
}

/// The names of the chapters in the reference: `lumi`, `lumi get` and so on.
fn commands() -> BTreeSet<String> {
    let reference = generate(&["reference"]);
    let names: BTreeSet<_> = reference.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert!(names.contains("lumi get") && names.contains("lumi mof check"), "{names:?}");
    names
}

#[test]
fn every_command_has_a_man_page_with_its_options() {
    let folder = tempfile::tempdir().unwrap();
    generate(&["man", "--output", folder.path().to_str().unwrap()]);
    let pages =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let expected: BTreeSet<_> = commands().iter().map(|name| format!("{}.1", name.replace(' ', "-"))).collect();
    assert_eq!(pages.collect::<BTreeSet<_>>(), expected);
    let page = std::fs::read_to_string(folder.path().join("lumi-get.1")).unwrap();
    assert!(page.contains("\\-\\-where") && page.contains("WQL condition"), "{page}");
}

#[test]
fn every_shell_completes_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = generate(&["completions", shell]);
        assert!(script.contains("associators") && script.contains("what-if"), "{shell}: {script}");
    }
}

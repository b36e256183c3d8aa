//! `docs/write-a-provider.md` says what is true: the crate that it describes is built, tested and asked.

#[path = "support/built.rs"]
#[allow(dead_code)] // its libraries are not those of the tutorial
mod built;
#[path = "support/omicli.rs"]
#[allow(dead_code)] // one value is enough
mod omicli;
#[path = "support/omiserver.rs"]
#[allow(dead_code)] // nobody connects by WS-Man here
mod omiserver;
#[path = "support/python.rs"]
#[allow(dead_code)] // the script is the tutorial's own
mod python;
#[path = "support/run.rs"]
mod run;
#[path = "support/serve.rs"]
#[allow(dead_code)] // lumi's own classes are not asked
mod serve;
#[path = "support/skip.rs"]
mod skip;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const TEXT: &str = include_str!("../docs/write-a-provider.md");

/// A compiler may have much to do.
const PATIENCE: Duration = Duration::from_secs(1200);

/// A code block: a file, where the line before it is the file's name, or else lines of a language; a shell's has no name.
struct Block<'a> {
    file: Option<&'a str>,
    language: &'a str,
    text: &'a str,
}

/// The code blocks of the text, in order.
fn blocks() -> Vec<Block<'static>> {
    let parts: Vec<&str> = TEXT.split("```").collect();
    assert_eq!(parts.len() % 2, 1, "every block ends");
    let pairs = parts.chunks_exact(2);
    pairs
        .map(|pair| {
            let (language, text) = pair[1].split_once('\n').unwrap();
            let last = pair[0].trim_end().lines().last().unwrap_or_default();
            let file = last.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:"));
            Block { file, language, text }
        })
        .collect()
}

fn file(name: &str) -> &'static str {
    blocks().iter().find(|block| block.file == Some(name)).unwrap_or_else(|| panic!("{name} is not there")).text
}

/// This repository.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_class_and_the_provider_are_those_of_the_example() {
    assert_eq!(file("src/lib.rs"), include_str!("../examples/interfaces.rs"));
    assert_eq!(file("schema/interfaces.mof"), include_str!("../examples/interfaces.mof"));
}

#[test]
fn the_files_that_the_text_refers_to_are_there() {
    let links = TEXT.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    for link in links.filter(|link| link.starts_with("../")) {
        assert!(repository().join("docs").join(link).exists(), "{link}");
    }
}

#[test]
#[ignore = "builds a crate and what it depends on, as .ci/run does: cargo test --test tutorial -- --ignored"]
fn the_text_is_a_crate_that_is_built_tested_and_answers() {
    let folder = tempfile::tempdir().unwrap();
    let mut here = folder.path().to_owned();
    for block in blocks() {
        match (block.file, block.language) {
            (Some("Cargo.toml"), _) => std::fs::write(here.join("Cargo.toml"), with_paths(block.text)).unwrap(),
            (Some(name), _) => {
                let path = here.join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, block.text).unwrap();
            }
            (None, "") => block.text.lines().for_each(|line| run_line(line, &mut here)),
            _ => {}
        }
    }
    let library = target().join("release/libinterfaces.so");
    by_pypsrp(&library, &here.join("ask.py"));
    by_omiserver(&library);
}

/// The manifest with the crates of this repository in place of those of the internet.
fn with_paths(manifest: &str) -> String {
    let git = format!("git = \"{}\"", env!("CARGO_PKG_REPOSITORY"));
    [("omi", "omi"), ("omi-mof", "mof"), ("omi-host", "host")].iter().fold(
        manifest.to_owned(),
        |text, (name, folder)| {
            let published = format!("{name} = {{ {git} }}");
            assert!(text.contains(&published), "the manifest takes {name} from {git}");
            text.replace(&published, &format!("{name} = {{ path = \"{}\" }}", repository().join(folder).display()))
        },
    )
}

/// Runs a line of a shell. The commands that serve until they are stopped, and those of OMI, have tests of their own.
fn run_line(line: &str, here: &mut PathBuf) {
    if let Some(folder) = line.strip_prefix("cd ") {
        here.push(folder);
        // The versions of everything are those that are here already, so that nothing is fetched.
        std::fs::copy(repository().join("Cargo.lock"), here.join("Cargo.lock")).unwrap();
        return;
    }
    if line.starts_with("lumi serve") || line.contains("/opt/omi/") {
        return;
    }
    let line = line.replace("target/release", &target().join("release").display().to_string());
    let programs = [Path::new(env!("CARGO_BIN_EXE_lumi")), Path::new(env!("CARGO"))].map(|it| it.parent().unwrap());
    let path = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>();
    let path = std::env::join_paths(programs.into_iter().map(Path::to_path_buf).chain(path)).unwrap();
    let mut shell = assert_cmd::Command::new("sh");
    shell.args(["-c", &line]).current_dir(&*here).timeout(PATIENCE);
    shell.env("PATH", path).env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", target());
    // As in this repository, so that what is compiled already can be used.
    shell.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    let output = shell.assert().success();
    let printed = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    if line.contains("Name=lo") {
        assert!(printed.contains("Name") && printed.contains("Mtu"), "{line}: {printed}");
    }
}

/// `target`, as tests lie in a folder of `target/debug`.
fn target() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

fn by_pypsrp(library: &Path, script: &Path) {
    if !python::PYPSRP.is_installed() {
        return;
    }
    let server = serve::Server::with_provider(library);
    let port = server.url("https").trim_end_matches("/wsman").rsplit(':').next().unwrap();
    let mut ask = Command::new(python::interpreter());
    ask.arg(script).args(["127.0.0.1", port, &server.credentials().1]).arg(server.certificate());
    let output = run::within(Duration::from_secs(60), &mut ask);
    assert!(run::text(&output).contains("Name = lo"), "{}", run::text(&output));
}

fn by_omiserver(library: &Path) {
    let Some(mut omi) = omiserver::Omi::prepare() else { return };
    omi.omireg("root/cimv2", library);
    omi.start();
    let answer = omicli::Answer::read(&omi.omicli(["ei", "root/cimv2", "Sample_Interface"]));
    assert!(answer.values("Name").any(|name| name == "lo"), "{}", answer.text);
}

use super::*;
use crate::dsc::testing::Machine;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Command;

/// One thing in an archive: its name, and its contents, `/` for a directory, `->TARGET` for a link, `=TARGET` for another name.
type Things<'a> = &'a [(&'a str, &'a str)];

const SITE: Things<'static> = &[
    ("site", "/"),
    ("site/index.html", "<html>"),
    ("site/old", "first"),
    ("site/img/logo", "logo"),
    ("site/home", "->index.html"),
    ("site/same", "=site/index.html"),
    ("site/old", "last"),
];

fn tar(things: Things<'_>) -> Vec<u8> {
    let mut archive = ::tar::Builder::new(Vec::new());
    for (name, contents) in things {
        let mut header = ::tar::Header::new_gnu();
        // The builder refuses what is to be refused here.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_mode(0o640);
        header.set_mtime(1_000_000_000);
        let mut bytes: &[u8] = &[];
        if let Some(target) = contents.strip_prefix("->") {
            header.set_entry_type(::tar::EntryType::Symlink);
            header.set_link_name_literal(target).unwrap();
        } else if let Some(target) = contents.strip_prefix('=') {
            header.set_entry_type(::tar::EntryType::Link);
            header.set_link_name_literal(target).unwrap();
        } else if *contents == "/" {
            header.set_entry_type(::tar::EntryType::Directory);
            header.set_mode(0o755);
        } else {
            bytes = contents.as_bytes();
        }
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        archive.append(&header, bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(things: Things<'_>) -> Vec<u8> {
    let mut archive = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = ::zip::write::SimpleFileOptions::default()
        .compression_method(::zip::CompressionMethod::Deflated)
        .unix_permissions(0o640);
    for (name, contents) in things {
        if let Some(target) = contents.strip_prefix("->") {
            archive.add_symlink(*name, target, options).unwrap();
        } else if *contents == "/" {
            archive.add_directory(*name, options).unwrap();
        } else {
            archive.start_file(*name, options).unwrap();
            archive.write_all(contents.as_bytes()).unwrap();
        }
    }
    archive.finish().unwrap().into_inner()
}

/// By a program of this machine; nothing where it is not installed.
fn compressed(program: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, bytes).unwrap();
    let output = Command::new(program).arg("--stdout").arg(&path).output();
    if output.is_err() {
        println!("skipped: {program} is not installed");
    }
    output.ok().map(|output| output.stdout)
}

fn machine(archive: &[u8]) -> Machine {
    Machine::with(&[("srv/a", archive)])
}

fn desired() -> MsftNxArchiveResource {
    MsftNxArchiveResource {
        source_path: Some("/srv/a".into()),
        destination_path: Some("/opt/to".into()),
        ..Default::default()
    }
}

fn absent() -> MsftNxArchiveResource {
    MsftNxArchiveResource { ensure: Some("absent".into()), ..desired() }
}

fn forced() -> MsftNxArchiveResource {
    MsftNxArchiveResource { force: Some(true), ..desired() }
}

fn refusal(machine: &Machine, desired: &MsftNxArchiveResource) -> String {
    machine.set(&Archive, desired).unwrap_err().message().to_owned()
}

fn exists(machine: &Machine, path: &str) -> bool {
    fs::symlink_metadata(machine.root.path(path)).is_ok()
}

fn check_site(machine: &Machine) {
    assert_eq!(machine.read("opt/to/site/index.html"), b"<html>");
    assert_eq!(machine.read("opt/to/site/img/logo"), b"logo");
    assert_eq!(machine.read("opt/to/site/old"), b"last");
    assert_eq!(fs::read_link(machine.root.path("/opt/to/site/home")).unwrap(), Path::new("index.html"));
    assert_eq!(fs::metadata(machine.root.path("/opt/to/site/old")).unwrap().mode() & 0o7777, 0o640);
}

#[test]
fn an_archive_of_each_format_is_unpacked_and_what_changed_is_found_and_mended() {
    let without_names: Things<'_> = &[SITE[0], SITE[1], SITE[3], SITE[4], ("site/old", "last")];
    let plain = tar(SITE);
    let formats = [
        Some(plain.clone()),
        Some(gz(&plain)),
        compressed("bzip2", &plain),
        compressed("xz", &plain),
        Some(zip(without_names)),
    ];
    for archive in formats.into_iter().flatten() {
        let machine = machine(&archive);
        machine.converges(&Archive, &desired());
        check_site(&machine);
        machine.write("opt/to/own", b"kept");
        machine.write("opt/to/site/index.html", b"drift!");
        fs::remove_file(machine.root.path("/opt/to/site/img/logo")).unwrap();
        let outcome = machine.converges(&Archive, &desired());
        assert_eq!(outcome.changes.first().map(|change| change.property), Some("DestinationPath"));
        check_site(&machine);
        assert_eq!(machine.read("opt/to/own"), b"kept");
    }
}

#[test]
fn each_checksum_converges_and_finds_another_size() {
    for checksum in ["md5", "mtime", "ctime"] {
        for archive in [tar(SITE), zip(&[("a", "one"), ("b/c", "two")])] {
            let machine = machine(&archive);
            let desired = MsftNxArchiveResource { checksum: Some(checksum.into()), ..desired() };
            machine.converges(&Archive, &desired);
            let path = if exists(&machine, "/opt/to/a") { "opt/to/a" } else { "opt/to/site/old" };
            machine.write(path, b"longer than before");
            machine.converges(&Archive, &desired);
        }
    }
}

#[test]
fn names_and_links_that_lead_out_are_refused_before_anything_is_unpacked() {
    for (name, contents) in [
        ("sub/../../x", "x"),
        ("../x", "x"),
        ("/etc/x", "x"),
        ("out", "->/etc"),
        ("a/out", "->../../etc"),
        ("name", "=../../etc/passwd"),
    ] {
        let machine = machine(&tar(&[("first", "x"), (name, contents)]));
        let refused = refusal(&machine, &desired());
        assert!(refused.starts_with("nxArchive"), "{refused}");
        assert!(refused.contains("which leads out of the directory: nothing is unpacked"), "{refused}");
        assert!(!exists(&machine, "/opt/to"), "{name}");
    }
    let machine = machine(&zip(&[("first", "x"), ("../../x", "x")]));
    assert!(refusal(&machine, &desired()).contains("which leads out"));
    assert!(!exists(&machine, "/opt/to"));
}

#[test]
fn no_file_is_written_through_a_link_in_the_destination() {
    let machine = machine(&tar(&[("d/x", "new")]));
    machine.write("etc/x", b"old");
    fs::create_dir_all(machine.root.path("/opt/to")).unwrap();
    symlink("/etc", machine.root.path("/opt/to/d")).unwrap();
    let refused = refusal(&machine, &desired());
    assert!(refused.contains("is a symbolic link; only Force = true replaces it"), "{refused}");
    machine.converges(&Archive, &forced());
    assert_eq!((machine.read("etc/x"), machine.read("opt/to/d/x")), (b"old".to_vec(), b"new".to_vec()));
    // A link of the archive itself, and a file that would go through it.
    let machine = self::machine(&tar(&[("in/x", "x"), ("d", "->in"), ("d/x", "y")]));
    assert!(refusal(&machine, &desired()).contains("only Force = true replaces it"));
    assert!(!exists(&machine, "/opt/to"), "half an archive is left");
}

#[test]
fn absent_removes_what_the_archive_had_put_there_and_nothing_else() {
    let machine = machine(&tar(SITE));
    machine.converges(&Archive, &desired());
    machine.write("opt/to/site/img/own", b"kept");
    machine.converges(&Archive, &absent());
    assert_eq!(machine.read("opt/to/site/img/own"), b"kept");
    assert!(!exists(&machine, "/opt/to/site/index.html") && !exists(&machine, "/opt/to/site/home"));
    fs::remove_file(machine.root.path("/opt/to/site/img/own")).unwrap();
    assert_eq!(machine.test(&Archive, &absent()).unwrap(), []);
    machine.converges(&Archive, &desired());
    machine.converges(&Archive, &absent());
    assert_eq!(fs::read_dir(machine.root.path("/opt/to")).unwrap().count(), 0);
}

#[test]
fn get_tells_whether_all_of_it_is_there() {
    let machine = machine(&tar(SITE));
    assert_eq!(machine.get(&Archive, &desired()).ensure.as_deref(), Some("Absent"));
    machine.set(&Archive, &desired()).unwrap();
    assert_eq!(machine.get(&Archive, &absent()).ensure.as_deref(), Some("Present"));
    machine.write("opt/to/site/old", b"drift");
    assert_eq!(machine.get(&Archive, &desired()).ensure.as_deref(), Some("Absent"));
}

#[test]
fn a_new_directory_appears_as_a_whole_or_not_at_all() {
    let whole = tar(&[("a", "one"), ("b", &"x".repeat(5000))]);
    let machine = machine(&whole[..whole.len() - 4096]);
    assert!(machine.set(&Archive, &desired()).is_err());
    assert!(!exists(&machine, "/opt/to"), "half an archive is left");
    let names: Vec<_> =
        fs::read_dir(machine.root.path("/opt")).map(|names| names.flatten().collect()).unwrap_or_default();
    assert!(names.is_empty(), "{names:?}");
    let error = machine.set_canceled(&Archive, &desired()).unwrap_err();
    assert!(!exists(&machine, "/opt/to"), "{error}");
}

#[test]
fn wrong_values_are_refused_by_name() {
    let machine = machine(b"neither of them");
    let of = |from: &str, to: &str| MsftNxArchiveResource {
        source_path: Some(from.into()),
        destination_path: Some(to.into()),
        ..desired()
    };
    for (desired, text) in [
        (desired(), "nxArchiveResource: cannot understand /srv/a: it is neither a zip nor a tar archive"),
        (of("srv/a", "/opt"), "nxArchiveResource: SourcePath \"srv/a\" is not an absolute path"),
        (of("/srv/a", "/"), "nxArchiveResource: DestinationPath \"/\" is not an absolute path"),
        (of("/srv/none", "/opt"), "nxArchiveResource: SourcePath \"/srv/none\" does not exist"),
        (
            MsftNxArchiveResource { checksum: Some("sha1".into()), ..self::desired() },
            "nxArchiveResource: Checksum cannot be \"sha1\"; allowed are ctime, mtime, md5",
        ),
    ] {
        let refused = refusal(&machine, &desired);
        assert!(refused.starts_with(text), "{refused}");
    }
    let machine = self::machine(&tar(SITE));
    machine.write("opt/to", b"a file");
    assert!(refusal(&machine, &desired()).contains("is a file; only Force = true replaces it"));
    machine.converges(&Archive, &forced());
}

#[test]
fn names_that_are_no_text_are_kept() {
    use std::os::unix::ffi::OsStrExt;
    let mut archive = tar(&[("caf?", "x")]);
    archive[3] = 0xe9;
    let sum: u32 = archive[..512]
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
        .sum();
    archive[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let machine = machine(&archive);
    machine.converges(&Archive, &desired());
    assert!(machine.root.path("/opt/to").join(OsStr::from_bytes(b"caf\xe9")).exists());
}

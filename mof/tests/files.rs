//! Files: includes, encodings, directories, and a whole schema where one is installed.

use std::fs;
use std::path::{Path, PathBuf};

/// A directory that is removed at the end of the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str, files: &[(&str, &[u8])]) -> Self {
        let path = std::env::temp_dir().join(format!("omi-mof-{name}-{}", std::process::id()));
        for (file, content) in files {
            let file = path.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn includes_are_relative_to_the_including_file_and_read_once() {
    let directory = Directory::new(
        "include",
        &[
            ("main.mof", b"#pragma include(\"sub/a.mof\")\r\n#pragma include(\"sub/b.mof\")\r\n"),
            ("sub/a.mof", b"#pragma include (\"b.mof\")\nclass A_A : A_B { };"),
            ("sub/b.mof", &utf16("class A_B { };")),
        ],
    );
    let schema = omi_mof::compile(&directory.0.join("main.mof")).unwrap();
    assert_eq!(schema.classes().len(), 2);
    let files: Vec<_> = schema.files().map(|file| file.strip_prefix(&directory.0).unwrap()).collect();
    assert_eq!(files, [Path::new("main.mof"), Path::new("sub/a.mof"), Path::new("sub/b.mof")]);
}

#[test]
fn a_directory_is_compiled_as_a_whole() {
    let directory =
        Directory::new("whole", &[("b.mof", b"class A_A : A_B { };"), ("c.MOF", b"class A_B { };"), ("d.txt", b"no")]);
    assert_eq!(omi_mof::compile(&directory.0).unwrap().classes().len(), 2);
}

#[test]
fn an_include_loop_is_an_error() {
    let directory = Directory::new(
        "loop",
        &[("a.mof", b"#pragma include(\"b.mof\")"), ("b.mof", b"#pragma include(\"a.mof\")\nclass A_B { };")],
    );
    let errors = omi_mof::compile(&directory.0.join("a.mof")).unwrap_err().to_string();
    assert!(errors.contains("the file includes itself"), "{errors}");
    assert!(errors.contains("a.mof includes b.mof includes a.mof"), "{errors}");
}

#[test]
fn a_missing_include_is_shown_where_it_is_asked_for() {
    let directory = Directory::new("missing", &[("a.mof", b"#pragma include(\"gone.mof\")")]);
    let errors = omi_mof::compile(&directory.0.join("a.mof")).unwrap_err().to_string();
    assert!(errors.contains("gone.mof: ") && errors.contains("a.mof:1:17"), "{errors}");
}

#[test]
fn the_text_of_all_files_together_has_a_limit() {
    let files: [(&str, &[u8]); 4] = [
        ("main.mof", b"#pragma include(\"a.mof\")\n#pragma include(\"b.mof\")\n#pragma include(\"c.mof\")"),
        ("a.mof", b"class A_A { };"),
        ("b.mof", b"class A_B { };"),
        ("c.mof", b"class A_C { };"),
    ];
    let size: usize = files.iter().map(|(_, text)| text.len()).sum();
    let directory = Directory::new("limit", &files);
    let compile = |limit| omi_mof::Compiler::default().max_text(limit).compile(&directory.0.join("main.mof"));
    assert_eq!(compile(size as u64).unwrap().classes().len(), 3);
    let errors = compile(90).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors}");
    let message = errors.iter().next().unwrap().message();
    assert!(message.contains("b.mof the text of this run is longer than the limit of 90 bytes"), "{message}");
    assert!(errors.to_string().contains("main.mof:2:17"), "{errors}");
    let text = omi_mof::Compiler::default().max_text(3).compile_text("test.mof", "class A_B { };").unwrap_err();
    assert_eq!(text.to_string(), "error: with test.mof the text of this run is longer than the limit of 3 bytes");
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let directory = Directory::new("large", &[("a.mof", b"")]);
    let path = directory.0.join("a.mof");
    // The file has no content on the disk, only a size.
    fs::File::options().write(true).open(&path).unwrap().set_len(100 << 20).unwrap();
    let errors = omi_mof::compile(&path).unwrap_err();
    assert!(errors.to_string().ends_with("a.mof: it is larger than 64 MiB"), "{errors}");
}

#[test]
fn a_file_name_that_is_nearly_right_is_proposed() {
    let directory = Directory::new("near", &[("a.mof", b"#pragma include(\"CIM_Coer.mof\")"), ("CIM_Core.mof", b"")]);
    let errors = omi_mof::compile(&directory.0.join("a.mof")).unwrap_err().to_string();
    assert!(errors.contains("did you mean `CIM_Core.mof`?"), "{errors}");
}

#[test]
fn a_missing_file_is_named() {
    let errors = omi_mof::compile(Path::new("does-not-exist.mof")).unwrap_err();
    assert!(errors.to_string().starts_with("error: cannot read does-not-exist.mof: "), "{errors}");
}

#[test]
fn bytes_that_are_no_text_are_a_warning() {
    let directory = Directory::new("latin1", &[("a.mof", b"// \xA9 2005\nclass A_B { };")]);
    let schema = omi_mof::compile(&directory.0).unwrap();
    assert_eq!(schema.warnings().len(), 1);
}

/// The DMTF schema comes with OMI; `CIM_SCHEMA_DIR` names another place.
#[test]
fn the_dmtf_schema_compiles_without_a_word() {
    let directory = std::env::var_os("CIM_SCHEMA_DIR").map_or("/opt/omi/share/omischema".into(), PathBuf::from);
    let main = directory.join("CIM_Schema.mof");
    if !main.exists() {
        eprintln!("skipped: there is no {}; set CIM_SCHEMA_DIR to the directory of CIM_Schema.mof", main.display());
        return;
    }
    let schema = omi_mof::compile(&main).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(schema.warnings().is_empty(), "{}", schema.warnings());
    assert!(schema.classes().len() > 1000);
    let process = schema.class("CIM_Process").unwrap();
    let keys: Vec<_> = process.keys().map(|key| key.name.as_str()).collect();
    assert_eq!(keys, ["CSCreationClassName", "CSName", "OSCreationClassName", "OSName", "CreationClassName", "Handle"]);
    let service = schema.class("CIM_Service").unwrap().method("RequestStateChange").unwrap();
    assert_eq!(service.origin, "CIM_EnabledLogicalElement");
}

#[test]
fn text_of_strangers_is_read_in_any_encoding_and_includes_nothing() {
    let declared = b"class A { [Key] string Name; };".as_slice();
    let text = "\u{FEFF}// one\r\ninstance of A { Name = \"\u{f6}\"; };";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let schema = omi_mof::Compiler::default().compile_bytes([("a.mof", declared), ("b.mof", &bytes)]).unwrap();
    let [instance] = schema.instances() else { panic!("{schema:?}") };
    assert_eq!((instance.line, instance.values[0].1.as_str()), (2, Some("\u{f6}")));

    let including = b"#pragma include (\"Cargo.toml\")".as_slice();
    let errors = omi_mof::Compiler::default().compile_bytes([("a.mof", including)]).unwrap_err();
    assert!(errors.to_string().contains("this text cannot include files"), "{errors}");
}

//! Configurations from their text to the files that they are about.

use super::run::Company;
use super::*;
use crate::dsc::testing::Machine;
use crate::schema::MsftNxFileLineResource;
use omi::Class;
use omi::dialogue::Listener;
use std::cell::{Cell, RefCell};
use std::fs;
use tempfile::TempDir;

struct Nobody;

impl Listener for Nobody {}

/// Removes the folder of the machine from the paths in messages.
struct Place {
    machine: Machine,
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let machine = Machine::with(&[("etc/a", b"old\n"), ("etc/b", b""), ("etc/c", b"")]);
        Self { machine, folder: tempfile::tempdir().unwrap() }
    }

    fn manager(&self) -> Manager {
        Manager::new(State::open(self.folder.path()).unwrap())
    }

    fn company<R>(&self, observer: &dyn Observer, with: impl FnOnce(&Company<'_>) -> R) -> R {
        let root = &self.machine.root;
        with(&Company { root, listener: &Nobody, is_canceled: &|| false, observer, job: None })
    }

    fn apply(&self, text: &str) -> omi::Result<Report> {
        self.company(&(), |company| self.manager().apply_new(text.as_bytes(), true, company))
    }

    fn test(&self) -> Report {
        self.company(&(), |company| self.manager().test(None, company)).unwrap()
    }

    fn read(&self, path: &str) -> String {
        String::from_utf8(self.machine.read(path)).unwrap()
    }
}

/// A resource in MOF: a line that a file is to have.
fn line(id: &str, file: &str, text: &str, depends_on: &[&str]) -> String {
    let depends_on: Vec<_> = depends_on.iter().map(|id| format!("\"[nxFileLine]{id}\"")).collect();
    let depends_on = match depends_on.as_slice() {
        [] => String::new(),
        all => format!(" DependsOn = {{{}}};\n", all.join(", ")),
    };
    format!(
        "instance of MSFT_nxFileLineResource as $MSFT_nxFileLineResource1ref_{id}\n{{\n ResourceID = \"[nxFileLine]{id}\";\n \
         FilePath = \"{file}\";\n ContainsLine = \"{text}\";\n{depends_on} SourceInfo = \"C:\\\\web.ps1::3::5::nxFileLine\";\n \
         ModuleName = \"nx\";\n ModuleVersion = \"1.0\";\n ConfigurationName = \"Web\";\n}};\n"
    )
}

/// As PowerShell ends a configuration.
const DOCUMENT: &str = "instance of OMI_ConfigurationDocument\n{\n Version=\"2.0.0\";\n MinimumCompatibleVersion = \"1.0.0\";\n \
    CompatibleVersionAdditionalProperties= {\"Omi_BaseResource:ConfigurationName\"};\n Author=\"me\";\n \
    GenerationDate=\"11/21/2026 19:10:55\";\n GenerationHost=\"WS\";\n Name=\"Web\";\n};\n";

fn mof(resources: &[String]) -> String {
    format!("/*\n@TargetNode='localhost'\n*/\n\n{}{DOCUMENT}", resources.concat())
}

fn ids(configuration: &Configuration) -> Vec<&str> {
    configuration.resources.iter().map(|wanted| wanted.id.as_str()).collect()
}

fn wrong(text: &str) -> String {
    read(text.as_bytes()).err().map(|problems| problems.to_string()).unwrap_or_default()
}

#[test]
fn mof_as_powershell_compiles_it_is_read_in_each_encoding() {
    let text = mof(&[line("b", "/etc/b", "gr\u{f6}\u{df}er", &["a"]), line("a", "/etc/a", "x", &[])]);
    let utf16 = |text: &str| format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let with_mark = format!("\u{FEFF}{text}").into_bytes();
    for bytes in [text.clone().into_bytes(), with_mark, utf16(&text), utf16(&text.replace('\n', "\r\n"))] {
        let read = read(&bytes).unwrap();
        assert_eq!((read.name.as_deref(), ids(&read)), (Some("Web"), vec!["[nxFileLine]a", "[nxFileLine]b"]));
        let last = &read.resources[1];
        assert_eq!((last.line, last.desired.text("ContainsLine")), (5, Some("gr\u{f6}\u{df}er")));
        assert_eq!(last.desired.get("ResourceID"), None, "that is not the resource's own");
    }
}

#[test]
fn a_document_of_dsc_v3_says_the_same_in_yaml_and_in_json() {
    let yaml = "\
$schema: https://aka.ms/dsc/schemas/v3/bundled/config/document.json
metadata: { author: me }
resources:
- name: second
  type: Lumi/nxFileLine
  dependsOn: [\"[resourceId('Lumi/nxFileLine', 'first')]\"]
  properties:
    FilePath: /etc/b
    ContainsLine: '[[main]'
- name: first
  type: nxFileLine
  properties: { FilePath: /etc/a, ContainsLine: \"yes\", DoesNotContainPattern: null }
";
    let json = r#"{"resources": [
        {"name": "second", "type": "Lumi/nxFileLine", "dependsOn": "[resourceId('nxFileLine', 'first')]",
         "properties": {"FilePath": "/etc/b", "ContainsLine": "[[main]"}},
        {"name": "first", "type": "MSFT_nxFileLineResource",
         "properties": {"filepath": "/etc/a", "ContainsLine": "yes"}}]}"#;
    for text in [yaml, json] {
        let read = read(text.as_bytes()).unwrap();
        assert_eq!(ids(&read), ["[nxFileLine]first", "[nxFileLine]second"]);
        assert_eq!(read.resources[1].desired.text("ContainsLine"), Some("[main]"));
        let first = MsftNxFileLineResource::from_instance(read.resources[0].desired.clone()).unwrap();
        assert_eq!((first.contains_line.as_deref(), first.does_not_contain_pattern), (Some("yes"), None));
    }
}

#[test]
fn everything_that_is_wrong_in_mof_is_told_at_once_with_its_line() {
    let text = mof(&[
        line("a", "/etc/a", "x", &[]).replace("ContainsLine", "ContainsLin"),
        line("b", "/etc/b", "x", &[]).replace("MSFT_nxFileLineResource\n", "MSFT_nxFileLinResource\n"),
        line("c", "/etc/c", "x", &[]).replace("\"/etc/c\"", "7"),
    ]);
    let text = text.replace(
        "instance of MSFT_nxFileLineResource as $MSFT_nxFileLineResource1ref_b",
        "instance of MSFT_nxFileLinResource as $b",
    );
    insta::assert_snapshot!(wrong(&text), @"
    line 9: the class `MSFT_nxFileLineResource` has no property `ContainsLin`; did you mean `ContainsLine`?
    line 15: unknown class `MSFT_nxFileLinResource`; this class is not declared anywhere; did you mean `MSFT_nxFileLineResource`?
    line 28: `FilePath` is string, but the value is an integer; expected a string in double quotes
    ");
}

#[test]
fn what_resources_say_of_each_other_is_checked_at_once() {
    let text = mof(&[
        line("a", "/etc/a", "x", &["bb"]),
        line("b", "/etc/a", "x", &[]),
        line("b", "/etc/b", "y", &[]).replace("ref_b", "ref_b2"),
        line("d", "/etc/c", "y", &["e"]),
        line("e", "/etc/c", "z", &["d"]),
        "instance of MSFT_nxFileLineResource { ResourceID = \"[nxFileLine]f\"; ContainsLine = \"x\"; };\n".to_owned(),
    ]);
    insta::assert_snapshot!(wrong(&text), @"
    line 5: [nxFileLine]a depends on [nxFileLine]bb, which is not there; did you mean [nxFileLine]b?
    line 16: [nxFileLine]b has the same FilePath, ContainsLine as [nxFileLine]a in line 5
    line 26: there is a resource [nxFileLine]b already, in line 16
    line 36: the resources depend on each other in a circle: [nxFileLine]d needs [nxFileLine]e needs [nxFileLine]d
    line 58: [nxFileLine]f: nxFileLine needs the property FilePath
    ");
}

#[test]
fn everything_that_is_wrong_in_a_document_is_told_at_once_with_its_line() {
    let yaml = "\
parameters:
  motd: { type: string }
resource: []
resources:
- name: first
  type: Lumi/nxFileLin
- name: second
  type: Other/nxFileLine
- name: third
  type: nxFileLine
  condition: true
  dependsOn: [first]
  properties:
    FilePath: 0644
    ContainsLine: \"[parameters('motd')]\"
    Contents: [a]
    DoesNotContainPattern: [a]
";
    insta::assert_snapshot!(wrong(yaml), @r#"
    line 1: `parameters` is not supported here: the command dsc of DSC v3 knows it
    line 3: a configuration document has no `resource`; did you mean `resources`?
    line 6: there is no resource `Lumi/nxFileLin`; did you mean `nxFileLine`?
    line 8: there is no resource `Other/nxFileLine`; did you mean `Lumi/nxFileLine`?
    line 11: `condition` is not supported here: the command dsc of DSC v3 knows it
    line 12: an element of dependsOn must be "[resourceId('Lumi/nxFile', 'name')]"
    line 14: `FilePath` is a number; it must be a string: put it into quotation marks
    line 15: `ContainsLine` uses the function `parameters`, which is not supported: only resourceId is, in dependsOn
    line 16: nxFileLine has no property `Contents`
    line 17: `DoesNotContainPattern` is a list; it must be one string
    "#);
}

#[test]
fn hostile_text_is_refused() {
    assert!(wrong("").contains("the document is empty"));
    assert!(wrong("resources: []").contains("there is no resource in it"));
    assert!(wrong(DOCUMENT).contains("there is no resource in it"));
    assert!(wrong("a: b: c").starts_with("line 1: "));
    assert!(wrong("resources: [\n- a").starts_with("line "));
    assert!(wrong("a: 1\n---\na: 2").contains("more than one document"));
    assert!(wrong("a: 1\na: 2").contains("line 2: the name `a` appears twice"));
    assert!(wrong(&"[".repeat(100)).contains("more than 64 levels deep"));
    assert!(wrong("resources: !exec rm").contains("the tag"));
    let bomb: String =
        (1..9).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(","))).collect();
    assert!(wrong(&format!("a0: &a0 [x]\n{bomb}")).contains("more than 1000000 values"));
    assert!(wrong("#pragma include (\"/etc/passwd\")\n").contains("cannot include files"));
    assert!(wrong("// \u{1}\ninstance of").starts_with("line 2: "));
    assert!(read(b"instance of X { A = \"\xFF\"; };").err().unwrap().to_string().contains("not valid UTF-8"));
}

#[test]
fn no_value_of_a_wrong_configuration_is_told() {
    let text = mof(&[line("a", "/etc/a", "pass-word", &[]).replace("FilePath", "File Path")]);
    assert!(!wrong(&text).is_empty() && !wrong(&text).contains("pass-word"));
    let yaml = "resources:\n- name: a\n  type: nxFileLine\n  properties: { FilePath: { x: pass-word } }";
    assert!(!wrong(yaml).is_empty() && !wrong(yaml).contains("pass-word"));
}

#[test]
fn it_is_applied_in_order_and_found_in_desired_state_then() {
    let place = Place::new();
    let text = mof(&[line("b", "/etc/b", "2", &["a"]), line("a", "/etc/a", "1", &[])]);
    let report = place.apply(&text).unwrap();
    assert!(report.is_in_desired_state() && report.error().is_none());
    assert_eq!(
        report.entries.iter().map(|it| (it.id.as_str(), it.status)).collect::<Vec<_>>(),
        [("[nxFileLine]a", Status::Changed), ("[nxFileLine]b", Status::Changed),]
    );
    assert_eq!((place.read("etc/a"), place.read("etc/b")), ("old\n1\n".into(), "2\n".into()));
    assert_eq!(place.test().count(Status::InState), 2);
    assert_eq!(place.apply(&text).unwrap().count(Status::InState), 2, "nothing is changed again");

    place.machine.write("etc/a", b"drifted\n");
    let report = place.test();
    assert_eq!((report.count(Status::Drifted), report.entries[0].differences[0].desired.as_str()), (1, "1"));
    assert_eq!(place.read("etc/a"), "drifted\n");
}

#[test]
fn what_depends_on_a_failure_is_skipped_and_the_rest_is_done() {
    let place = Place::new();
    let text = mof(&[
        line("a", "/etc/missing", "1", &[]),
        line("b", "/etc/b", "2", &["a"]),
        line("b2", "/etc/b", "3", &["b"]),
        line("c", "/etc/c", "4", &[]),
    ]);
    let report = place.apply(&text).unwrap();
    let told: Vec<_> = report.entries.iter().map(|it| (it.status, it.error.as_ref().map(|it| it.message()))).collect();
    assert_eq!(told[0].0, Status::Failed);
    assert_eq!(told[1], (Status::Skipped, Some("it depends on [nxFileLine]a, which failed")));
    assert_eq!(told[2], (Status::Skipped, Some("it depends on [nxFileLine]b, which was skipped")));
    assert_eq!(told[3].0, Status::Changed);
    let error = report.error().unwrap();
    assert!(
        error.message().contains("[nxFileLine]a (line 5): nxFileLine: FilePath \"/etc/missing\" does not exist"),
        "{error}"
    );

    let state = place.manager().state().clone();
    assert!(state.pending().unwrap().is_some() && state.current().unwrap().is_none());
    place.machine.write("etc/missing", b"");
    let report = place.company(&(), |company| place.manager().apply_again(company)).unwrap();
    assert_eq!(
        (report.count(Status::InState), report.count(Status::Changed)),
        (1, 3),
        "it goes on with what is pending"
    );
    assert!(state.pending().unwrap().is_none() && state.current().unwrap().is_some());
    let history = state.history().unwrap();
    assert_eq!(history.iter().map(|it| it.succeeded).collect::<Vec<_>>(), [false, true]);
    assert_eq!(history[0].resources[1].error.as_deref(), Some("it depends on [nxFileLine]a, which failed"));
}

#[test]
fn a_pending_configuration_is_only_given_up_when_that_is_said() {
    let place = Place::new();
    let (first, second) = (mof(&[line("a", "/etc/missing", "1", &[])]), mof(&[line("b", "/etc/b", "2", &[])]));
    place.apply(&first).unwrap();
    let again = place.company(&(), |company| place.manager().apply_new(second.as_bytes(), false, company)).unwrap_err();
    assert_eq!(again.code(), omi::ResultCode::ALREADY_EXISTS);
    assert!(again.message().starts_with("a configuration is pending since "), "{again}");
    assert_eq!(place.read("etc/b"), "");
    assert!(place.apply(&second).unwrap().is_in_desired_state());
    assert!(place.apply("instance of").unwrap_err().message().contains("nothing of it was applied"));
    assert_eq!(place.manager().state().current().unwrap(), Some(second.into_bytes()));
}

#[test]
fn one_can_go_back() {
    let place = Place::new();
    for text in ["1", "2"] {
        place.apply(&mof(&[line("a", "/etc/a", text, &[])])).unwrap();
    }
    place.machine.write("etc/a", b"");
    place.company(&(), |company| place.manager().roll_back(0, company)).unwrap();
    assert_eq!(place.read("etc/a"), "1\n");
    place.company(&(), |company| place.manager().roll_back(1, company)).unwrap();
    assert_eq!(place.read("etc/a"), "1\n2\n", "back to what was before that");
    let error = place.company(&(), |company| place.manager().roll_back(9, company)).unwrap_err();
    assert_eq!(error.message(), "there is no previous configuration 9: 3 can be gone back to");
}

#[test]
fn a_check_does_what_the_settings_say() {
    let place = Place::new();
    place.apply(&mof(&[line("a", "/etc/a", "1", &[])])).unwrap();
    let check = |mode: Mode| {
        place.machine.write("etc/a", b"");
        place.manager().state().set_settings(&Settings { mode, ..Settings::default() }).unwrap();
        let report = place.company(&(), |company| place.manager().check(company)).unwrap();
        (report.map(|report| report.entries[0].status), place.read("etc/a"))
    };
    assert_eq!(check(Mode::ApplyOnly), (None, String::new()));
    assert_eq!(check(Mode::ApplyAndMonitor), (Some(Status::Drifted), String::new()));
    assert_eq!(check(Mode::ApplyAndAutoCorrect), (Some(Status::Changed), "1\n".into()));
}

/// Stops the operation when the first resource is done.
struct Stopper<'a>(&'a State, Cell<bool>);

impl Observer for Stopper<'_> {
    fn end(&self, _: &Entry) {
        if !self.1.replace(true) {
            let state = self.0.clone();
            std::thread::spawn(move || state.stop(&|| true));
            while !fs::exists(self.0.stop_file()).unwrap() {
                std::thread::yield_now();
            }
        }
    }
}

#[test]
fn stopping_ends_it_between_two_resources_and_the_rest_stays_pending() {
    let place = Place::new();
    let text = mof(&[line("a", "/etc/a", "1", &[]), line("b", "/etc/b", "2", &[])]);
    let state = place.manager().state().clone();
    let stopper = Stopper(&state, Cell::default());
    let report = place.company(&stopper, |company| place.manager().apply_new(text.as_bytes(), true, company)).unwrap();
    assert_eq!(report.entries.iter().map(|it| it.status).collect::<Vec<_>>(), [Status::Changed, Status::Skipped]);
    assert!(report.error().unwrap().message().starts_with("stopped before its end: 1 changed, 1 skipped"));
    assert_eq!(place.read("etc/b"), "");
    assert!(state.pending().unwrap().is_some());
}

/// Writes down what it sees.
#[derive(Default)]
struct Seen(RefCell<Vec<String>>);

impl Observer for Seen {
    fn begin(&self, wanted: &Wanted, place: usize, count: usize) {
        self.0.borrow_mut().push(format!("{} {}/{count}", wanted.id, place + 1));
    }

    fn step(&self, _: &Wanted, step: Step, stage: Stage) {
        let stage = if let Stage::End(_) = stage { "end".to_owned() } else { format!("{stage:?}") };
        self.0.borrow_mut().push(format!("{step:?} {stage}"));
    }
}

#[test]
fn who_watches_sees_each_step() {
    let place = Place::new();
    let text = mof(&[line("a", "/etc/a", "old", &[]), line("b", "/etc/b", "2", &[])]);
    let seen = Seen::default();
    place.company(&seen, |company| place.manager().apply_new(text.as_bytes(), true, company)).unwrap();
    let expected = [
        "[nxFileLine]a 1/2",
        "Test Start",
        "Test end",
        "Set Skip",
        "[nxFileLine]b 2/2",
        "Test Start",
        "Test end",
        "Set Start",
        "Set end",
    ];
    assert_eq!(*seen.0.borrow(), expected);
}

#[test]
fn settings_come_as_mof_too() {
    let text = "instance of MSFT_DSCMetaConfiguration as $M { ConfigurationMode = \"ApplyAndAutoCorrect\"; RefreshMode = \"PUSH\"; };\n\
        instance of OMI_ConfigurationDocument { Version = \"2.0.0\"; MinimumCompatibleVersion = \"1.0.0\"; \
        CompatibleVersionAdditionalProperties = {\"MSFT_DSCMetaConfiguration:StatusRetentionTimeInDays\"}; Name = \"M\"; };";
    let read = read_settings(text.as_bytes()).unwrap();
    assert_eq!(read.configuration_mode.as_deref(), Some("ApplyAndAutoCorrect"));
    let unknown = text.replace("RefreshMode", "ConfigurationID");
    let error = read_settings(unknown.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("line 1") && error.contains("ConfigurationID"), "{error}");
    assert!(wrong(text).contains("SendMetaConfigurationApply takes them"));
}

//! The examples do what their head comments say: in our host, and asked by the command.

#[path = "support/built.rs"]
mod built;
#[path = "support/skip.rs"]
mod skip;

use omi::dialogue::{Listener, Progress, Question};
use omi::wql::Select;
use omi::{Instance, ResultCode, Value};
use omi_host::operation::{Depth, Operation, Request};
use omi_host::{Host, Reply};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const NAMESPACE: &str = "root/cimv2";
const PATIENCE: Duration = Duration::from_secs(60);

/// A host with the provider library of an example; `None` where it is not built.
fn host(example: &str) -> Option<Host> {
    let library = built::example(example)?;
    Some(Host::builder().provider(&library, &[NAMESPACE]).build().unwrap())
}

fn submit(host: &Host, operation: Operation) -> omi::Result<Reply> {
    host.submit(Request::local(NAMESPACE, operation))
}

fn ask(host: &Host, operation: Operation) -> omi::Result<Vec<Instance>> {
    submit(host, operation)?.collect()
}

fn enumerate(class: &str) -> Operation {
    Operation::Enumerate { class: class.into(), depth: Depth::default(), properties: None, keys_only: false }
}

fn get(class: &str, name: &str, value: &str) -> Operation {
    Operation::Get { key: Instance::new(class).with_key(name, value), properties: None }
}

/// What `lumi ARGUMENTS --provider LIBRARY` prints.
fn lumi(example: &str, arguments: &[&str]) -> String {
    let library = built::example(example).unwrap();
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(arguments).arg("--provider").arg(library).env_remove("LUMI_LOG").timeout(PATIENCE);
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// The texts that instances have in a property.
fn texts<'a>(instances: &'a [Instance], property: &str) -> Vec<&'a str> {
    instances.iter().filter_map(|instance| instance.text(property)).collect()
}

/// Hears of progress, and answers every question with `answer`.
struct User {
    answer: bool,
    progress: Mutex<Vec<Progress>>,
    questions: Mutex<Vec<Question>>,
}

impl User {
    fn who_says(answer: bool) -> Arc<Self> {
        Arc::new(Self { answer, progress: Mutex::default(), questions: Mutex::default() })
    }
}

impl Listener for User {
    fn progress(&self, progress: &Progress) -> bool {
        self.progress.lock().unwrap().push(progress.clone());
        true
    }

    fn ask(&self, question: &Question) -> bool {
        self.questions.lock().unwrap().push(question.clone());
        self.answer
    }
}

fn method_of_file(path: &Path, method: &str, parameters: Instance) -> Operation {
    Operation::Invoke {
        class: "Sample_File".into(),
        target: Some(Instance::new("Sample_File").with_key("Path", path.to_str().unwrap())),
        method: method.into(),
        parameters,
    }
}

#[test]
fn the_command_computes_the_checksum_of_a_file() {
    if built::example("file").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("digits");
    std::fs::write(&file, "123456789").unwrap();
    let key = format!("Path={}", file.display());
    // The value with which descriptions of CRC-32 let readers check theirs.
    let printed = lumi("file", &["invoke", "Sample_File", &key, "Checksum"]);
    assert_eq!(printed, "ReturnValue : CBF43926\nBytesRead   : 9\n");
    assert!(lumi("file", &["get", "Sample_File", &key]).contains("Size         : 9"));
}

#[test]
fn the_user_sees_in_his_language_how_far_reading_is() {
    let Some(host) = host("file") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zeros");
    std::fs::write(&file, vec![0; 1 << 17]).unwrap();
    let user = User::who_says(true);
    let operation = method_of_file(&file, "Checksum", Instance::new("Checksum"));
    let request =
        Request { locale: Some("de-DE".into()), listener: Some(user.clone()), ..Request::local(NAMESPACE, operation) };
    host.submit(request).unwrap().one().unwrap();
    let progress = user.progress.lock().unwrap();
    assert_eq!((progress[0].activity.as_str(), progress[0].percent), ("Lesen", Some(50)));
    assert_eq!(progress.last().unwrap().percent, Some(100));
}

#[test]
fn a_file_without_an_end_is_read_until_the_client_cancels() {
    let Some(host) = host("file") else { return };
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    let parameters = Instance::new("CopyTo").with("Target", copy.to_str().unwrap());
    let copying = submit(&host, method_of_file(Path::new("/dev/zero"), "CopyTo", parameters)).unwrap();
    wait_until(|| copy.exists());
    drop(copying);
    // The provider removes what it has copied, and that is the last that it does.
    wait_until(|| !copy.exists());
}

#[test]
fn a_copy_is_written_where_nothing_was() {
    let Some(host) = host("file") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("file"), folder.path().join("copy"));
    std::fs::write(&file, "content").unwrap();
    let copy_to = || {
        let parameters = Instance::new("CopyTo").with("Target", copy.to_str().unwrap());
        ask(&host, method_of_file(&file, "CopyTo", parameters))
    };
    assert_eq!(copy_to().unwrap()[0].get("ReturnValue"), Some(&Value::Uint32(0)));
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), "content");
    assert!(copy_to().unwrap_err().message().contains("exists"), "it is there now");
}

#[test]
fn a_user_who_does_not_want_a_copy_gets_none() {
    let Some(host) = host("file") else { return };
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    let user = User::who_says(false);
    let parameters = Instance::new("CopyTo").with("Target", copy.to_str().unwrap());
    let operation = method_of_file(Path::new("/etc/passwd"), "CopyTo", parameters);
    let request = Request { listener: Some(user.clone()), ..Request::local(NAMESPACE, operation) };
    let output = host.submit(request).unwrap().one().unwrap();
    assert_eq!(output.get("ReturnValue"), Some(&Value::Uint32(1)));
    let target = copy.display().to_string();
    assert_eq!(*user.questions.lock().unwrap(), [Question::ShouldProcess { target, action: "write".into() }]);
    assert!(!copy.exists());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let Some(host) = host("file") else { return };
    let error = ask(&host, get("Sample_File", "Path", "/nowhere/to/be/found")).unwrap_err();
    assert_eq!(error.code(), ResultCode::NOT_FOUND);
    assert!(error.message().contains("/nowhere/to/be/found"), "{error}");
    let error = ask(&host, get("Sample_File", "Path", "passwd")).unwrap_err();
    assert_eq!(error.code(), ResultCode::INVALID_PARAMETER, "{error}");
}

fn associated(class: &str, name: &str, result_class: Option<&str>, role: Option<&str>) -> Operation {
    Operation::Associators {
        source: Instance::new(class).with_key("Name", name),
        association: Some("Sample_Membership".into()),
        result_class: result_class.map(Into::into),
        role: role.map(Into::into),
        result_role: None,
        properties: None,
        keys_only: false,
    }
}

#[test]
fn a_membership_is_followed_from_the_group_and_from_the_user() {
    let Some(host) = host("account") else { return };
    let members = ask(&host, associated("Sample_Group", "root", None, None)).unwrap();
    assert!(members.iter().all(|member| member.class_name() == "Sample_User"), "{members:?}");
    assert!(texts(&members, "Name").contains(&"root"), "{members:?}");
    let groups = ask(&host, associated("Sample_User", "root", Some("Sample_Group"), Some("Member"))).unwrap();
    assert!(texts(&groups, "Name").contains(&"root"), "{groups:?}");

    // Nothing is at the end that the client does not mean.
    assert_eq!(ask(&host, associated("Sample_User", "root", None, Some("Group"))).unwrap(), []);
    assert_eq!(ask(&host, associated("Sample_User", "root", Some("Sample_User"), None)).unwrap(), []);
    assert_eq!(ask(&host, associated("Sample_User", "nobody-at-all", None, None)).unwrap(), []);
}

#[test]
fn the_memberships_of_a_user_refer_to_it_and_to_a_group() {
    let Some(host) = host("account") else { return };
    let references = Operation::References {
        source: Instance::new("Sample_User").with_key("Name", "root"),
        association: None,
        role: None,
        properties: None,
        keys_only: false,
    };
    let memberships = ask(&host, references).unwrap();
    assert!(!memberships.is_empty());
    for membership in &memberships {
        let end = |name: &str| match membership.get(name) {
            Some(Value::Reference(end)) => (end.class_name().to_owned(), end.text("Name").map(str::to_owned)),
            other => panic!("{name} is {other:?}"),
        };
        assert_eq!(end("Member"), ("Sample_User".to_owned(), Some("root".to_owned())));
        assert_eq!(end("Group").0, "Sample_Group");
    }
}

#[test]
fn the_command_lists_users_groups_and_memberships() {
    if built::example("account").is_none() {
        return;
    }
    let users = lumi("account", &["get", "Sample_User", "--json"]);
    let users: serde_json::Value = serde_json::from_str(&users).unwrap();
    let root = users.as_array().unwrap().iter().find(|user| user["Name"] == "root").unwrap();
    assert_eq!((&root["UserId"], &root["GroupId"]), (&0.into(), &0.into()));
    assert!(lumi("account", &["get", "Sample_Group", "Name=root"]).contains("GroupId       : 0"));
    assert!(lumi("account", &["get", "Sample_Membership"]).contains("root"));
}

fn arrivals_in(folder: &Path) -> Operation {
    let query = format!("SELECT * FROM Sample_FileArrived WHERE Folder = '{}'", folder.display());
    Operation::Subscribe { query: Select::parse(&query).unwrap(), bookmark: None }
}

#[test]
fn each_subscriber_hears_of_the_files_in_its_folder() {
    let Some(host) = host("arrival") else { return };
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(one.path().join("early"), "").unwrap();
    let subscribe = |folder: &TempDir| submit(&host, arrivals_in(folder.path())).unwrap();
    let mut subscriptions = [(subscribe(&one), &one), (subscribe(&other), &other), (subscribe(&one), &one)];

    // Which file is the first after a subscription nobody can tell, so there are many.
    let all_heard = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let deadline = Instant::now() + PATIENCE;
            for number in (0..).take_while(|_| !all_heard.load(Ordering::Acquire) && Instant::now() < deadline) {
                for folder in [&one, &other] {
                    std::fs::write(folder.path().join(format!("late{number}")), "").unwrap();
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        for (subscription, folder) in &mut subscriptions {
            let batch = subscription.next(1, PATIENCE);
            let arrived = batch.instances.first().unwrap_or_else(|| panic!("it ended: {:?}", batch.end));
            assert_eq!(arrived.text("Folder"), folder.path().to_str());
            assert!(arrived.text("Name").unwrap().starts_with("late"), "{arrived:?}");
            assert_eq!(arrived.get("Size"), Some(&Value::Uint64(0)));
        }
        all_heard.store(true, Ordering::Release);
    });
}

#[test]
fn a_subscriber_who_names_no_folder_is_told_how_to() {
    let Some(host) = host("arrival") else { return };
    let query = Select::parse("SELECT * FROM Sample_FileArrived").unwrap();
    let refused = submit(&host, Operation::Subscribe { query, bookmark: None }).and_then(Reply::collect).unwrap_err();
    assert_eq!(refused.code(), ResultCode::INVALID_QUERY);
    assert!(refused.message().contains("WHERE Folder = '"), "{refused}");
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "it does not come true");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A folder of tables, and a registration folder that names one class of them.
fn tables(library: &Path) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("register/root-cimv2")).unwrap();
    let registration = format!("LIBRARY={}\nCLASS=Table_Servers\n", library.display());
    std::fs::write(root.path().join("register/root-cimv2/tables.reg"), registration).unwrap();
    std::fs::write(root.path().join("Servers.csv"), "Name,Room\nweb,12\ndb,14\n").unwrap();
    root
}

#[test]
fn a_file_is_a_class_that_is_known_at_run_time_only() {
    let Some(library) = built::example("tables") else { return };
    let root = tables(&library);
    let ask = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
        command.args(arguments).arg("--register").arg(root.path().join("register"));
        command.env("SAMPLE_TABLES", root.path()).env_remove("LUMI_LOG").timeout(PATIENCE);
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    let servers: serde_json::Value = serde_json::from_str(&ask(&["get", "Table_Servers", "--json"])).unwrap();
    let expected = serde_json::json!([
        { "__class": "Table_Servers", "Name": "web", "Room": "12" },
        { "__class": "Table_Servers", "Name": "db", "Room": "14" },
    ]);
    assert_eq!(servers, expected);
    let query = "SELECT Room FROM Table_Servers WHERE Name = 'db'";
    assert!(ask(&["query", query]).contains("14"), "the host applies the condition");
}

#[test]
fn a_row_of_a_table_is_found_by_its_first_column() {
    let Some(library) = built::example("tables") else { return };
    let root = tables(&library);
    // The library reads its folder from the environment, so this test goes on in a process that has one of its own.
    if std::env::var_os("SAMPLE_TABLES").is_none() {
        let mut again = assert_cmd::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "a_row_of_a_table_is_found_by_its_first_column"]).env("SAMPLE_TABLES", root.path());
        again.timeout(PATIENCE).assert().success();
        return;
    }
    let host = Host::builder().register_dir(&root.path().join("register")).build().unwrap();
    let row = ask(&host, get("Table_Servers", "Name", "web")).unwrap().remove(0);
    assert_eq!((row.text("Name"), row.text("Room")), (Some("web"), Some("12")));
    let error = ask(&host, get("Table_Servers", "Name", "mail")).unwrap_err();
    assert_eq!(error.code(), ResultCode::NOT_FOUND);
    assert!(error.message().contains("Table_Servers.Name=\"mail\""), "{error}");
}

#[test]
fn the_loopback_interface_is_listed_and_found() {
    if built::example("interfaces").is_none() {
        return;
    }
    assert!(lumi("interfaces", &["get", "Sample_Interface"]).contains("lo"));
    assert!(lumi("interfaces", &["get", "Sample_Interface", "Name=lo"]).contains("Mtu"));
    let host = host("interfaces").unwrap();
    let error = ask(&host, get("Sample_Interface", "Name", "../net/lo")).unwrap_err();
    assert_eq!(error.code(), ResultCode::NOT_FOUND, "{error}");
}

#[test]
fn numbers_are_listed_found_and_divided() {
    if built::example("number").is_none() {
        return;
    }
    assert!(lumi("number", &["get", "Sample_Number", "Number=7"]).contains("Square     : 49"));
    let host = host("number").unwrap();
    assert_eq!(ask(&host, enumerate("Sample_Number")).unwrap().len(), 20_000);
    let divisor = Operation::Invoke {
        class: "Sample_Number".into(),
        target: None,
        method: "GreatestCommonDivisor".into(),
        parameters: Instance::new("GreatestCommonDivisor").with("Left", 12_u32).with("Right", 18_u32),
    };
    assert_eq!(ask(&host, divisor).unwrap()[0].get("ReturnValue"), Some(&Value::Uint32(6)));
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::SystemTime;

use super::*;
use crate::linux::testing::machine_with;

const JOURNAL: &str = "/var/log/journal/19b2077e9c4d465cafcdd83de7101165/system.journal";

/// A machine whose `journalctl` is a script.
fn machine(script: &str) -> (tempfile::TempDir, Root) {
    let program = format!("#!/bin/sh\n{script}\n");
    let (dir, root) = machine_with(&[(JOURNAL, b"LPKSHHRH"), ("/usr/bin/journalctl", program.as_bytes())]);
    fs::set_permissions(root.path("/usr/bin/journalctl"), fs::Permissions::from_mode(0o755)).unwrap();
    (dir, root)
}

fn all(root: &Root, selection: &Selection) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    Journal::open(root)?.read(selection, Order::NewestFirst, &|| false, |record| {
        records.push(record);
        Ok::<_, Error>(true)
    })?;
    Ok(records)
}

/// What systemd 252 says of a service, and of itself on a unit.
const LINES: &str = r#"cat <<'END'
{"_SYSTEMD_UNIT":"init.scope","_BOOT_ID":"b6fc2ee862e74910a6977c72b985e0c8","__CURSOR":"s=e321;i=36;b=b6fc;m=6;t=66;x=eb","_PID":"1","_UID":"0","__MONOTONIC_TIMESTAMP":"27951371756","PRIORITY":"6","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"Started dbus.service - D-Bus System Message Bus.","UNIT":"dbus.service","__REALTIME_TIMESTAMP":"1795281316504580","_TRANSPORT":"journal"}
{"__CURSOR":"s=e321;i=28;b=b6fc;m=5;t=65;x=83","_PID":"31","_UID":"1000","PRIORITY":"4","UNIT":"a lie","_SYSTEMD_UNIT":"dbus.service","__REALTIME_TIMESTAMP":"1795281316353500","MESSAGE":[104,105,255],"_EXE":null,"SYSLOG_FACILITY":"3"}
this is no record
{"__CURSOR":"s=e321;i=27;b=b6fc;m=4;t=64;x=82","__REALTIME_TIMESTAMP":"1795281316353400","MESSAGE":["first","second"]}
END"#;

#[test]
fn records_have_what_the_journal_says() {
    let (_dir, root) = machine(LINES);
    let records = all(&root, &Selection::default()).unwrap();
    assert_eq!(records.len(), 3, "what is no record is left out");
    let [first, second, third] = &records[..] else { panic!() };
    assert_eq!(first.cursor, "s=e321;i=36;b=b6fc;m=6;t=66;x=eb");
    assert_eq!(first.time, SystemTime::UNIX_EPOCH + Duration::from_micros(1_795_281_316_504_580));
    assert_eq!((first.unit.as_deref(), first.monotonic), (Some("dbus.service"), Some(27_951_371_756)));
    assert_eq!((first.priority, first.process, first.user), (Some(6), Some(1), Some(0)));
    assert_eq!(second.unit.as_deref(), Some("dbus.service"), "only systemd may say which unit it speaks of");
    assert_eq!((second.message.as_deref(), second.facility), (Some("hi\u{fffd}"), Some(3)));
    assert_eq!(second.executable, None);
    assert_eq!((third.message.as_deref(), third.unit.as_deref()), (Some("first"), None));
}

/// Writes the arguments, each in the message of a record.
const ECHO: &str = r#"case "$*" in *--field=_SYSTEMD_UNIT*) echo SSH.service; echo ssh.service; echo cron.service; exit;;
*--field=UNIT*) echo ssh.service; exit;;
*--field=*) exit;; esac
for word in "$@"; do
    printf '{"__CURSOR":"c","__REALTIME_TIMESTAMP":"1","MESSAGE":"%s"}\n' "$word"
done"#;

fn arguments(selection: &Selection) -> Vec<String> {
    let (_dir, root) = machine(ECHO);
    let words = all(&root, selection).unwrap().into_iter().filter_map(|record| record.message);
    words.skip_while(|word| !word.starts_with("--output-fields")).skip(1).collect()
}

#[test]
fn a_unit_is_looked_up_in_all_its_spellings_and_in_what_systemd_says_of_it() {
    let fields = vec![(Field::Unit, "ssh.Service".to_owned()), (Field::User, "0".to_owned())];
    let words = arguments(&Selection { fields, ..Selection::default() });
    let expected = "--reverse _SYSTEMD_UNIT=SSH.service _UID=0 + _SYSTEMD_UNIT=ssh.service _UID=0 + \
                    UNIT=ssh.service _PID=1 _UID=0";
    assert_eq!(words.join(" "), expected);
}

#[test]
fn a_value_that_no_record_has_is_not_asked_for() {
    let fields = vec![(Field::Identifier, "nobody".to_owned())];
    assert_eq!(arguments(&Selection { fields, ..Selection::default() }), [""; 0]);
}

#[test]
fn priorities_and_times_become_options() {
    let at = |seconds: u64| Some(SystemTime::UNIX_EPOCH + Duration::from_millis(seconds * 1000 + 500));
    let selection = Selection { priorities: Some((0, 3)), since: at(1000), until: at(2000), ..Selection::default() };
    assert_eq!(arguments(&selection).join(" "), "--priority=0..3 --since=@1000 --until=@2001 --reverse");
}

#[test]
fn what_is_no_cursor_never_becomes_an_argument() {
    let (_dir, root) = machine(ECHO);
    let error = Journal::open(&root).unwrap().get("x --vacuum-size=1").unwrap_err();
    assert!(matches!(error, Error::InvalidInput { .. }), "{error}");
}

#[test]
fn reading_ends_when_it_is_enough_or_nobody_wants_more() {
    let (_dir, root) = machine("while :; do echo '{\"__CURSOR\":\"c\",\"__REALTIME_TIMESTAMP\":\"1\"}'; done");
    let journal = Journal::open(&root).unwrap();
    let mut count = 0;
    let read = journal.read(&Selection::default(), Order::NewestFirst, &|| false, |_| {
        count += 1;
        Ok::<_, Error>(count < 5)
    });
    assert_eq!((read.is_ok(), count), (true, 5));

    let (_dir, root) = machine("exec sleep 600");
    let journal = Journal::open(&root).unwrap();
    journal.read(&Selection::default(), Order::NewestFirst, &|| true, |_| Ok::<_, Error>(true)).unwrap();
}

#[test]
fn a_journalctl_that_hangs_is_an_error_in_time() {
    let (_dir, root) = machine("exec sleep 600");
    let mut lines = Journalctl::start(&root, PROGRAMS[0], &[], Duration::from_millis(300)).unwrap();
    let error = lines.next(&|| false).unwrap_err();
    assert!(error.to_string().contains("ask for less"), "{error}");
}

#[test]
fn a_line_that_is_too_long_is_left_out() {
    let (_dir, root) = machine("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo short");
    let mut lines = Journalctl::start(&root, PROGRAMS[0], &[], SILENCE).unwrap();
    assert_eq!(lines.next(&|| false).unwrap().as_deref(), Some(&b"short"[..]));
    assert_eq!(lines.next(&|| false).unwrap(), None);
}

#[test]
fn what_journalctl_complains_about_is_said() {
    let failing = |words: &str| machine(&format!("echo '{words}' >&2; exit 1"));
    let (_dir, root) = failing("Failed to seek to cursor: Invalid argument");
    assert!(matches!(all(&root, &Selection::default()).unwrap_err(), Error::InvalidInput { .. }));
    let (_dir, root) = failing("No journal files were opened due to insufficient permissions.");
    assert!(all(&root, &Selection::default()).unwrap_err().is_permission_denied());
    let (_dir, root) = failing("Journal file corrupted");
    assert!(all(&root, &Selection::default()).unwrap_err().to_string().contains("Journal file corrupted"));
}

#[test]
fn without_a_journal_the_reason_is_given() {
    let (_dir, root) = machine_with(&[("/etc/hostname", b"x\n")]);
    assert!(Journal::open(&root).err().unwrap().to_string().contains("journalctl, which this machine lacks"));
    let (_dir, root) = machine_with(&[("/usr/bin/journalctl", b""), ("/run/log/journal/x/other", b"")]);
    let error = Journal::open(&root).err().unwrap();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("keeps no journal"), "{error}");
}

#[test]
fn the_files_of_the_journal_of_this_machine_are_counted() {
    let (_dir, root) = machine("exit 0");
    assert_eq!(Journal::open(&root).unwrap().files(), Some(Files { persistent: true, bytes: 8 }));
    fs::create_dir(root.path("/etc")).unwrap();
    fs::write(root.path("/etc/machine-id"), "ffffffffffffffffffffffffffffffff\n").unwrap();
    assert!(Journal::open(&root).is_err(), "the journal is that of another machine");
}

#[test]
fn the_journal_of_this_machine_gives_its_newest_record_again_by_its_cursor() {
    let Ok(journal) = Journal::open(&Root::host()) else {
        println!("skipped: this machine keeps no journal");
        return;
    };
    let Some(newest) = journal.newest().unwrap() else {
        println!("skipped: the journal has no record that this user may read");
        return;
    };
    assert_eq!(journal.get(&newest.cursor).unwrap(), Some(newest));
}

#[test]
fn records_are_followed_until_it_is_time_to_stop_and_an_end_is_no_silence() {
    let follow = r#"case "$*" in *--follow*--lines=0*) ;; *) exit 9;; esac
echo '{"__CURSOR":"c","__REALTIME_TIMESTAMP":"1","MESSAGE":"first"}'
exec sleep 600"#;
    let (_dir, root) = machine(follow);
    let stop = Stop::new().unwrap();
    let mut seen = Vec::new();
    Journal::open(&root)
        .unwrap()
        .follow(&stop, |record| {
            seen.push(record.message);
            stop.stop();
            true
        })
        .unwrap();
    assert_eq!(seen, [Some("first".to_owned())]);

    let (_dir, root) = machine("exit 0");
    let error = Journal::open(&root).unwrap().follow(&Stop::new().unwrap(), |_| true).unwrap_err();
    assert!(error.to_string().contains("has ended"), "{error}");
}

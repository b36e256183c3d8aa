//! What systemd expects of `lumi serve` as a service, without systemd.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A started process that ends with the test.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `lumi serve` logged when it told systemd that it is ready. `named` makes the name of the stream that goes to the
/// journal, from that of the log.
fn log_of_a_start(named: impl FnOnce(String) -> String) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let systemd = UnixDatagram::bind(file("notify")).unwrap();
    systemd.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let log = File::create(file("log")).unwrap();
    let status = log.metadata().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(["serve", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--state"]).arg(file("state"));
    command.env("LUMI_LOG", "info").env("NOTIFY_SOCKET", file("notify"));
    command.env("JOURNAL_STREAM", named(format!("{}:{}", status.dev(), status.ino())));
    let _service = Service(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());

    let mut message = [0; 64];
    let length = systemd.recv(&mut message).expect("systemd is told within a minute");
    assert_eq!(&message[..length], b"READY=1");
    fs::read_to_string(file("log")).unwrap()
}

#[test]
fn systemd_is_told_once_the_server_listens_and_the_journal_gets_levels_instead_of_times() {
    let log = log_of_a_start(|stream| stream);
    assert!(log.lines().any(|line| line.starts_with("<6>omi_host::serve: https on 127.0.0.1:")), "{log}");
}

#[test]
fn a_log_that_is_not_the_journal_has_none_of_its_levels() {
    // What systemd said about a stream that was replaced meanwhile.
    let log = log_of_a_start(|_| "1:1".to_owned());
    assert!(log.contains("https on 127.0.0.1:") && !log.contains("<6>"), "{log}");
}

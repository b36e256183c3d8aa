//! A message bus of a test's own, for services that the test makes itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{Bus, runtime};
use crate::linux::testing::skipped;

/// Everybody on it may do everything.
const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=FOLDER/socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A dbus-daemon that ends with the test.
pub(crate) struct PrivateBus {
    daemon: Child,
    folder: TempDir,
}

impl PrivateBus {
    /// Starts it. Says so, and gives `None`, where there is no dbus-daemon.
    pub(crate) fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bus.conf");
        std::fs::write(&file, CONFIGURATION.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
        let mut command = Command::new("dbus-daemon");
        command.arg(format!("--config-file={}", file.display())).args(["--nofork", "--print-address"]);
        let mut daemon = match command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
            Ok(daemon) => daemon,
            Err(error) => {
                skipped(&format!("dbus-daemon does not run: {error}"));
                return None;
            }
        };
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("unix:"), "dbus-daemon says {address:?}");
        Some(Self { daemon, folder })
    }

    /// The bus as readers take it.
    pub(crate) fn bus(&self) -> Bus {
        Bus::at(format!("unix:path={}/socket", self.folder.path().display()))
    }

    /// Sends a signal from a connection of [`PrivateBus::serve`].
    pub(crate) fn emit<B>(from: &zbus::Connection, path: &str, interface: &str, name: &str, body: &B)
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let emit = from.emit_signal(None::<zbus::names::BusName<'_>>, path, interface, name, body);
        runtime().unwrap().block_on(emit).unwrap();
    }

    /// A connection that owns `name` and serves what `objects` puts on it, until it is dropped.
    pub(crate) fn serve<F>(&self, name: &'static str, objects: F) -> zbus::Connection
    where
        F: FnOnce(zbus::connection::Builder<'static>) -> zbus::connection::Builder<'static>,
    {
        let address = self.bus().address;
        let connect = async { objects(zbus::connection::Builder::address(address.as_str())).name(name).build().await };
        runtime().unwrap().block_on(connect).unwrap()
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

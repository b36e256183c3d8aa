//! One record, as `journalctl --output=json` writes it.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use crate::linux::error::Parsed;

/// The fields that are read, besides the cursor, the two times and the boot, which always come.
pub(super) const FIELDS: [&str; 12] = [
    "MESSAGE",
    "PRIORITY",
    "_SYSTEMD_UNIT",
    "UNIT",
    "SYSLOG_IDENTIFIER",
    "SYSLOG_FACILITY",
    "_PID",
    "_UID",
    "_EXE",
    "_HOSTNAME",
    "_TRANSPORT",
    "MESSAGE_ID",
];

/// A record of the journal. What it does not say is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What tells it from all others.
    pub cursor: String,
    /// When the journal received it.
    pub time: SystemTime,
    /// The same in microseconds since the boot.
    pub monotonic: Option<u64>,
    /// The ID of the boot.
    pub boot: Option<String>,
    /// What happened.
    pub message: Option<String>,
    /// 0 (emergency) to 7 (debug).
    pub priority: Option<u8>,
    /// The unit that it is of, or that systemd reports on.
    pub unit: Option<String>,
    /// The name that the program gave itself.
    pub identifier: Option<String>,
    /// The facility of syslog.
    pub facility: Option<u8>,
    /// The process.
    pub process: Option<u32>,
    /// The user that it ran as.
    pub user: Option<u32>,
    /// The program.
    pub executable: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// How it came, such as "kernel" or "stdout".
    pub transport: Option<String>,
    /// What kind of message it is.
    pub message_id: Option<String>,
}

impl Record {
    /// One line of output.
    pub(super) fn parse(line: &[u8]) -> Parsed<Self> {
        let fields: Map<String, Value> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let text = |name: &str| fields.get(name).and_then(text);
        let cursor = text("__CURSOR").ok_or("a record has no cursor")?;
        let time = text("__REALTIME_TIMESTAMP").and_then(|time| time.parse().ok());
        let time = time.and_then(|time| SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(time)));
        let time = time.ok_or_else(|| format!("record {cursor} has no time"))?;
        let process = number(text("_PID"));
        // Anybody can write UNIT=, but only systemd, process 1, is believed.
        let reported = text("UNIT").filter(|_| process == Some(1));
        Ok(Self {
            cursor,
            time,
            monotonic: number(text("__MONOTONIC_TIMESTAMP")),
            boot: text("_BOOT_ID"),
            message: text("MESSAGE"),
            priority: number(text("PRIORITY")).filter(|priority| *priority <= 7),
            unit: reported.or_else(|| text("_SYSTEMD_UNIT")),
            identifier: text("SYSLOG_IDENTIFIER"),
            facility: number(text("SYSLOG_FACILITY")),
            process,
            user: number(text("_UID")),
            executable: text("_EXE"),
            host: text("_HOSTNAME"),
            transport: text("_TRANSPORT"),
            message_id: text("MESSAGE_ID"),
        })
    }
}

fn number<T: std::str::FromStr>(text: Option<String>) -> Option<T> {
    text?.trim().parse().ok()
}

/// A value: text, an array of bytes where it is no text, or an array of these where a field comes several times.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => {
            let bytes: Option<Vec<u8>> = values.iter().map(|it| u8::try_from(it.as_u64()?).ok()).collect();
            match bytes {
                Some(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
                None => values.first().and_then(text),
            }
        }
        _ => None,
    }
}

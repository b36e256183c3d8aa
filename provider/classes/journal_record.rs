//! Linux_JournalLogRecord: the records of the journal, newest first.

use super::datetime;
use super::journal_selection::selection;
use crate::linux::journal::{Journal, Order, Record};
use crate::linux::{self, Root};
use crate::schema::LinuxJournalLogRecord;
use crate::schema::cim_record_for_log::PerceivedSeverity;
use crate::schema::linux_journal_log_record::{Keys, Priority};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// How many records an enumeration without a start gives, and how many it looks at to find them.
const NEWEST: u32 = 1_000;
const EXAMINED: u32 = 100_000;

/// Serves Linux_JournalLogRecord.
#[derive(Default)]
pub(crate) struct JournalRecords {
    root: Root,
}

impl Enumerate<LinuxJournalLogRecord> for JournalRecords {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxJournalLogRecord>) -> Result<()> {
        let journal = Journal::open(&self.root)?;
        let selection = selection(query.filter().and_then(|filter| filter.condition()));
        let is_bounded = selection.since.is_some();
        let (mut given, mut examined) = (0, 0);
        journal.read(&selection, Order::NewestFirst, &|| query.canceled(), |record| {
            examined += 1;
            let Some(record) = instance(record) else { return Ok(true) };
            let passes = query.matches(&record)?;
            if passes {
                given += 1;
                out.post(record)?;
            }
            Ok::<_, Error>(is_bounded || (given < NEWEST && examined < EXAMINED))
        })?;
        if !is_bounded && (given == NEWEST || examined == EXAMINED) {
            query.warning(&format!(
                "these are the newest records only, {given} of {examined} examined: for all of a time, add a \
                 condition such as MessageTimestamp >= '20240305080000.000000+000'"
            ));
        }
        Ok(())
    }
}

impl Get<LinuxJournalLogRecord> for JournalRecords {
    fn get(&self, key: LinuxJournalLogRecord, _query: &Query<'_>) -> Result<LinuxJournalLogRecord> {
        let cursor = key.record_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_JournalLogRecord is found by its key RecordID, a cursor of the journal")
        })?;
        let found = match Journal::open(&self.root)?.get(cursor) {
            Ok(record) => record.and_then(instance),
            Err(linux::Error::InvalidInput { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        found
            .filter(|record| key.message_timestamp.is_none() || key.message_timestamp == record.message_timestamp)
            .ok_or_else(|| not_found::<LinuxJournalLogRecord>(&[("RecordID", cursor)]))
    }
}

/// How grave a record of this priority is.
pub(crate) fn severity(priority: u8) -> PerceivedSeverity {
    match priority {
        0 => PerceivedSeverity::FATAL_NON_RECOVERABLE,
        1 | 2 => PerceivedSeverity::CRITICAL,
        3 => PerceivedSeverity::MAJOR,
        4 => PerceivedSeverity::DEGRADED_WARNING,
        _ => PerceivedSeverity::INFORMATION,
    }
}

/// The record as CIM says it. `None` for one whose time no CIM datetime can hold.
pub(crate) fn instance(record: Record) -> Option<LinuxJournalLogRecord> {
    let keys = Keys { record_id: record.cursor, message_timestamp: datetime(record.time)? };
    Some(LinuxJournalLogRecord {
        element_name: record.identifier.clone(),
        record_data: record.message.clone(),
        perceived_severity: record.priority.map(severity),
        message: record.message,
        priority: record.priority.map(Priority),
        unit: record.unit,
        identifier: record.identifier,
        facility: record.facility,
        process_id: record.process,
        user_id: record.user,
        executable: record.executable,
        host_name: record.host,
        boot_id: record.boot,
        monotonic_timestamp: record.monotonic,
        transport: record.transport,
        message_id: record.message_id,
        ..LinuxJournalLogRecord::new(keys)
    })
}

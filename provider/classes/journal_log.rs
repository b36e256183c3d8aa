//! Linux_JournalMessageLog: the journal itself, and reading on from a bookmark.

use super::journal_record;
use crate::linux::Root;
use crate::linux::journal::{Bound, Field, Journal, Order, Selection};
use crate::schema::LinuxJournalMessageLog;
use crate::schema::linux_journal_message_log::read_records::ReturnValue;
use crate::schema::linux_journal_message_log::{Capabilities, ReadRecords, ReadRecordsOutput};
use omi::{Class, Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};

const DEFAULT_RECORDS: u32 = 1_000;
const MOST_RECORDS: u32 = 10_000;

/// Serves Linux_JournalMessageLog.
#[derive(Default)]
pub(crate) struct JournalLog {
    root: Root,
}

impl Enumerate<LinuxJournalMessageLog> for JournalLog {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxJournalMessageLog>) -> Result<()> {
        out.post(instance(&Journal::open(&self.root)?))
    }
}

impl Get<LinuxJournalMessageLog> for JournalLog {
    fn get(&self, key: LinuxJournalMessageLog, _query: &Query<'_>) -> Result<LinuxJournalMessageLog> {
        let name = key.name.as_deref().unwrap_or("Journal");
        if !name.eq_ignore_ascii_case("Journal") {
            return Err(not_found::<LinuxJournalMessageLog>(&[("Name", name)]));
        }
        Ok(instance(&Journal::open(&self.root)?))
    }
}

impl Invoke<ReadRecords> for JournalLog {
    fn invoke(
        &self,
        _target: Option<LinuxJournalMessageLog>,
        input: ReadRecords,
        query: &Query<'_>,
    ) -> Result<ReadRecordsOutput> {
        let limit = input.max_records.unwrap_or(DEFAULT_RECORDS);
        if !(1..=MOST_RECORDS).contains(&limit) {
            return Err(Error::invalid_parameter(format!("MaxRecords is {limit}: it must be 1 to {MOST_RECORDS}")));
        }
        let journal = Journal::open(&self.root)?;
        let mut output =
            ReadRecordsOutput { return_value: Some(ReturnValue::COMPLETED_WITH_NO_ERROR), ..Default::default() };
        let Some(bookmark) = input.bookmark else {
            output.records = Some(Vec::new());
            output.next_bookmark = journal.newest()?.map(|record| record.cursor);
            output.more_records_available = Some(false);
            return Ok(output);
        };
        let selection = Selection {
            fields: input.unit.map(|unit| (Field::Unit, unit)).into_iter().collect(),
            priorities: input.maximum_priority.map(|highest| (0, highest.min(7))),
            from: Some(Bound::After(bookmark.clone())),
            // One more than is given tells whether there are more.
            newest: Some(limit + 1),
            ..Selection::default()
        };
        selection.check()?;
        let (mut records, mut next, mut has_more) = (Vec::new(), bookmark, false);
        journal.read(&selection, Order::OldestFirst, &|| query.canceled(), |record| {
            has_more = records.len() == limit as usize;
            if has_more {
                return Ok(false);
            }
            next.clone_from(&record.cursor);
            if let Some(record) = journal_record::instance(record) {
                records.push(record.to_instance()?);
            }
            Ok::<_, Error>(true)
        })?;
        output.records = Some(records);
        output.next_bookmark = Some(next);
        output.more_records_available = Some(has_more);
        Ok(output)
    }
}

fn instance(journal: &Journal) -> LinuxJournalMessageLog {
    let files = journal.files();
    LinuxJournalMessageLog {
        caption: Some("Journal".to_owned()),
        element_name: Some("Journal".to_owned()),
        capabilities: Some(vec![
            Capabilities::VARIABLE_LENGTH_RECORDS_SUPPORTED,
            Capabilities::VARIABLE_FORMATS_FOR_RECORDS,
        ]),
        is_persistent: files.map(|files| files.persistent),
        size: files.map(|files| files.bytes),
        ..LinuxJournalMessageLog::default()
    }
}

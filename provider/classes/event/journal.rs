//! Linux_JournalRecordAdded: records of the journal as they come.

use super::{Poster, now, post};
use crate::classes::{datetime, journal_record};
use crate::linux::Root;
use crate::linux::journal::{Journal, Record};
use crate::schema::LinuxJournalRecordAdded;
use crate::schema::linux_journal_record_added::{PerceivedSeverity, Priority};
use omi::Result;
use omi::indication::{Indicate, Indications};

/// Serves Linux_JournalRecordAdded.
#[derive(Default)]
pub(crate) struct JournalRecordsAdded {
    root: Root,
    poster: Poster,
}

impl Indicate<LinuxJournalRecordAdded> for JournalRecordsAdded {
    fn enable(&self, channel: Indications<LinuxJournalRecordAdded>) -> Result<()> {
        let journal = Journal::open(&self.root)?;
        self.poster
            .start("lumi-journal", move |stop| Ok(journal.follow(stop, |record| post(&channel, indication(record)))?))
    }

    fn disable(&self) {
        self.poster.stop();
    }
}

fn indication(record: Record) -> LinuxJournalRecordAdded {
    // Indications count as records do.
    let severity = record.priority.map(|priority| PerceivedSeverity(journal_record::severity(priority).0));
    LinuxJournalRecordAdded {
        indication_time: now(),
        perceived_severity: Some(severity.unwrap_or(PerceivedSeverity::INFORMATION)),
        record_id: Some(record.cursor),
        message_timestamp: datetime(record.time),
        message: record.message,
        priority: record.priority.map(Priority),
        unit: record.unit,
        identifier: record.identifier,
        process_id: record.process,
        user_id: record.user,
        transport: record.transport,
        message_id: record.message_id,
        ..LinuxJournalRecordAdded::default()
    }
}

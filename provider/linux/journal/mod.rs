//! The journal of systemd, read through `journalctl`, which knows every format of the files.
//!
//! There is no well-kept reader of journal files in Rust with all compressions and keyed hashes, and libsystemd is
//! absent where there is no systemd; `journalctl` is there wherever a journal is.

mod command;
mod record;
mod selection;

use std::time::Duration;

use command::Journalctl;
pub use record::Record;
pub use selection::{Bound, Field, Selection};

use super::{Error, Result, Root, Stop};

const PROGRAMS: [&str; 2] = ["/usr/bin/journalctl", "/bin/journalctl"];

/// Where a journal lies: that which outlives a restart, and that which does not.
const PERSISTENT: &str = "/var/log/journal";
const VOLATILE: &str = "/run/log/journal";

/// How long to wait for the next record, or for the end.
const SILENCE: Duration = Duration::from_secs(30);

/// The journal of a machine.
pub struct Journal {
    root: Root,
    /// What reads it, relative to the root.
    program: &'static str,
}

/// What the files of a journal are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Files {
    /// Whether any of them outlives a restart.
    pub persistent: bool,
    /// The size of all, in bytes.
    pub bytes: u64,
}

/// In which order records come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The newest record first.
    NewestFirst,
    /// The oldest record first.
    OldestFirst,
}

impl Journal {
    /// The journal of the machine.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where no journal is kept or nothing can read it.
    pub fn open(root: &Root) -> Result<Self> {
        let unsupported = |what: String| Error::Unsupported { what };
        let program = PROGRAMS.into_iter().find(|program| root.exists(program)).ok_or_else(|| {
            unsupported("the journal is read by journalctl, which this machine lacks: it needs systemd".to_owned())
        })?;
        let journal = Self { root: root.clone(), program };
        if journal.files().is_none() {
            return Err(unsupported(format!(
                "this machine keeps no journal that can be read: there is no file of one in {PERSISTENT} or {VOLATILE}"
            )));
        }
        Ok(journal)
    }

    /// The files that the journal consists of. `None` if there are none that can be seen.
    pub fn files(&self) -> Option<Files> {
        let (persistent, volatile) = (self.size(PERSISTENT), self.size(VOLATILE));
        let bytes = [persistent, volatile].into_iter().flatten().reduce(u64::saturating_add)?;
        Some(Files { persistent: persistent.is_some(), bytes })
    }

    /// The size of the journal files in `place`, which lie in one directory for each machine ID.
    fn size(&self, place: &str) -> Option<u64> {
        let mut machines = self.root.names_if_present(place).ok().flatten()?;
        // journalctl reads the journal of this machine alone, not those that others sent here.
        if let Some(own) = self.root.value("/etc/machine-id") {
            machines.retain(|machine| *machine == own);
        }
        let mut total = None;
        for machine in machines {
            let directory = format!("{place}/{machine}");
            for file in self.root.names_if_present(&directory).ok().flatten().unwrap_or_default() {
                // A file that is damaged or was not closed has a name that ends with a tilde.
                if file.ends_with(".journal") || file.ends_with(".journal~") {
                    let size = self.root.path(format!("{directory}/{file}")).metadata().map_or(0, |it| it.len());
                    total = Some(total.unwrap_or(0) + size);
                }
            }
        }
        total
    }

    /// Reads the records that `selection` admits, and hands each to `take` until that says false. `stop` is asked now
    /// and then whether nobody wants the rest any more.
    ///
    /// # Errors
    /// What `journalctl` says, a silence of 30 seconds, and what `take` fails with.
    pub fn read<E: From<Error>>(
        &self,
        selection: &Selection,
        order: Order,
        stop: &dyn Fn() -> bool,
        mut take: impl FnMut(Record) -> std::result::Result<bool, E>,
    ) -> std::result::Result<(), E> {
        let Some(matches) = self.matches(selection, stop)? else { return Ok(()) };
        let mut arguments = format();
        arguments.extend(selection.options());
        if order == Order::NewestFirst {
            arguments.push("--reverse".to_owned());
        }
        arguments.extend(matches);
        let mut lines = self.start(&arguments)?;
        while let Some(line) = lines.next(stop)? {
            if let Some(record) = parse(&line)
                && !take(record)?
            {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Hands the records that come from now on to `take`, until that says false or it is time to stop. `journalctl`
    /// sleeps meanwhile until the kernel tells it that the files have grown.
    ///
    /// # Errors
    /// `journalctl` ends by itself.
    pub fn follow(&self, stop: &Stop, mut take: impl FnMut(Record) -> bool) -> Result<()> {
        let mut arguments = format();
        arguments.extend(["--follow".to_owned(), "--lines=0".to_owned()]);
        let mut lines = self.start(&arguments)?;
        while let Some(line) = lines.next_until(stop)? {
            if let Some(record) = parse(&line)
                && !take(record)
            {
                return Ok(());
            }
        }
        if lines.has_ended() {
            return Err(Error::Failed { what: "journalctl, which follows the journal, has ended".to_owned() });
        }
        Ok(())
    }

    /// The record with this cursor. `None` if there is none in the journal.
    pub fn get(&self, cursor: &str) -> Result<Option<Record>> {
        let selection = Selection { from: Some(Bound::At(cursor.to_owned())), newest: Some(1), ..Selection::default() };
        selection.check()?;
        let mut found = None;
        self.read(&selection, Order::OldestFirst, &|| false, |record| {
            // journalctl goes to the nearest record when this one is gone.
            found = (record.cursor == cursor).then_some(record);
            Ok::<_, Error>(false)
        })?;
        Ok(found)
    }

    /// The newest record. `None` if the journal is empty.
    pub fn newest(&self) -> Result<Option<Record>> {
        let selection = Selection { newest: Some(1), ..Selection::default() };
        let mut found = None;
        self.read(&selection, Order::OldestFirst, &|| false, |record| {
            found = Some(record);
            Ok::<_, Error>(false)
        })?;
        Ok(found)
    }

    /// The matches that look the fields of a selection up in the index of the journal, joined by "+" where any of
    /// several will do. `None` if a field has no such value, so that no record can match.
    fn matches(&self, selection: &Selection, stop: &dyn Fn() -> bool) -> Result<Option<Vec<String>>> {
        let mut common = Vec::new();
        let mut units: Option<Vec<String>> = None;
        for (field, wanted) in &selection.fields {
            let name = field.name();
            if field.is_number() {
                common.push(format!("{name}={wanted}"));
                continue;
            }
            // The index tells upper from lower case, which WQL does not, so the values that it has are compared first.
            let spelled = self.spellings(name, wanted, stop)?;
            if *field == Field::Unit {
                let reported = self.spellings("UNIT", wanted, stop)?;
                let of = spelled.into_iter().map(|unit| vec![format!("_SYSTEMD_UNIT={unit}")]);
                // What systemd, process 1, says about a unit counts as the unit's own, as for journalctl -u.
                let about = reported.into_iter().map(|unit| vec![format!("UNIT={unit}"), "_PID=1".to_owned()]);
                let mut groups: Vec<String> = Vec::new();
                for group in of.chain(about) {
                    if !groups.is_empty() {
                        groups.push("+".to_owned());
                    }
                    groups.extend(group);
                }
                units = Some(groups);
            } else if spelled.is_empty() {
                return Ok(None);
            } else {
                common.extend(spelled.into_iter().map(|value| format!("{name}={value}")));
            }
        }
        Ok(match units {
            None => Some(common),
            Some(units) if units.is_empty() => None,
            Some(units) => Some(distribute(&units, &common)),
        })
    }

    /// The values of a field that differ from `wanted` in upper and lower case only.
    fn spellings(&self, field: &str, wanted: &str, stop: &dyn Fn() -> bool) -> Result<Vec<String>> {
        let mut lines = self.start(&[format!("--field={field}")])?;
        let mut found = Vec::new();
        while let Some(line) = lines.next(stop)? {
            let value = String::from_utf8_lossy(&line);
            if value.to_lowercase() == wanted.to_lowercase() {
                found.push(value.into_owned());
            }
        }
        Ok(found)
    }

    fn start(&self, arguments: &[String]) -> Result<Journalctl> {
        Journalctl::start(&self.root, self.program, arguments, SILENCE)
    }
}

/// The arguments that make `journalctl` write records as [`Record`] reads them.
fn format() -> Vec<String> {
    let fields = format!("--output-fields={}", record::FIELDS.join(","));
    vec!["--output=json".to_owned(), "--all".to_owned(), fields]
}

/// The record in a line, unless it is none.
fn parse(line: &[u8]) -> Option<Record> {
    Record::parse(line).map_err(|error| log::warn!("a record of the journal is left out: {error}")).ok()
}

/// Adds the common matches to each group of matches between plus signs.
fn distribute(groups: &[String], common: &[String]) -> Vec<String> {
    let groups: Vec<Vec<String>> = groups.split(|word| word == "+").map(|group| [group, common].concat()).collect();
    groups.join(&"+".to_owned())
}

#[cfg(test)]
mod tests;

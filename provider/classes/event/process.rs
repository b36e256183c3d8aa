//! Linux_ProcessStart and Linux_ProcessStop: processes that start and end.

use super::{Poster, now, post};
use crate::linux::process::events::{Event, Events, Names};
use crate::linux::{Root, Stop};
use crate::schema::linux_process_start::StartType;
use crate::schema::{LinuxProcessStart, LinuxProcessStop};
use omi::indication::{Indicate, Indications};
use omi::{Class, Result};

/// Serves Linux_ProcessStart and Linux_ProcessStop.
#[derive(Default)]
pub(crate) struct ProcessEvents {
    root: Root,
    poster: Poster,
}

impl Indicate<LinuxProcessStart> for ProcessEvents {
    fn enable(&self, channel: Indications<LinuxProcessStart>) -> Result<()> {
        self.listen("lumi-starts", channel, start)
    }

    fn disable(&self) {
        self.poster.stop();
    }
}

impl Indicate<LinuxProcessStop> for ProcessEvents {
    fn enable(&self, channel: Indications<LinuxProcessStop>) -> Result<()> {
        self.listen("lumi-stops", channel, stop)
    }

    fn disable(&self) {
        self.poster.stop();
    }
}

impl ProcessEvents {
    /// Posts what `tell` makes of the events, each with the name of its process.
    fn listen<C: Class>(
        &self,
        thread: &str,
        channel: Indications<C>,
        tell: fn(&Event, Option<String>) -> Option<C>,
    ) -> Result<()> {
        let events = Events::open()?;
        // A process that starts meanwhile is read, too, or is an event.
        let names = Names::read(&self.root)?;
        self.poster.start(thread, move |stop| follow(&events, names, &channel, tell, stop))
    }
}

fn follow<C: Class>(
    events: &Events,
    mut names: Names,
    channel: &Indications<C>,
    tell: fn(&Event, Option<String>) -> Option<C>,
    stop: &Stop,
) -> Result<()> {
    while let Some(events) = events.wait(stop)? {
        for event in events {
            let name = names.after(&event);
            if tell(&event, name).is_some_and(|indication| !post(channel, indication)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn start(event: &Event, name: Option<String>) -> Option<LinuxProcessStart> {
    let (start_type, pid, parent) = match event {
        Event::Fork { pid, parent } => (StartType::FORK, pid, Some(*parent)),
        Event::Exec { pid } => (StartType::EXEC, pid, None),
        Event::Rename { .. } | Event::Exit { .. } => return None,
    };
    Some(LinuxProcessStart {
        indication_time: now(),
        start_type: Some(start_type),
        process_id: Some(*pid),
        parent_process_id: parent,
        process_name: name,
        ..LinuxProcessStart::default()
    })
}

fn stop(event: &Event, name: Option<String>) -> Option<LinuxProcessStop> {
    let Event::Exit { pid, parent, status } = event else { return None };
    // As WIFEXITED and its sisters of wait(2) take it apart.
    let [ending, exit_status, ..] = status.to_le_bytes();
    let signal = Some(ending & 0x7f).filter(|signal| *signal != 0);
    Some(LinuxProcessStop {
        indication_time: now(),
        process_id: Some(*pid),
        parent_process_id: *parent,
        process_name: name,
        exit_status: signal.is_none().then_some(exit_status),
        termination_signal: signal,
        core_dumped: signal.map(|_| ending & 0x80 != 0),
        ..LinuxProcessStop::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ending(status: u32) -> (Option<u8>, Option<u8>, Option<bool>) {
        let told = stop(&Event::Exit { pid: 7, parent: Some(1), status }, None).unwrap();
        (told.exit_status, told.termination_signal, told.core_dumped)
    }

    #[test]
    fn a_process_ends_itself_or_is_ended_by_a_signal() {
        assert_eq!(ending(0), (Some(0), None, None));
        assert_eq!(ending(0x0300), (Some(3), None, None));
        assert_eq!(ending(15), (None, Some(15), Some(false)));
        assert_eq!(ending(0x8b), (None, Some(11), Some(true)));
    }

    #[test]
    fn a_new_name_is_neither_start_nor_end() {
        let renamed = Event::Rename { pid: 7, name: "x".to_owned() };
        assert!(start(&renamed, None).is_none() && stop(&renamed, None).is_none());
    }
}

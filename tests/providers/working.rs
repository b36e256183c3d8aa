//! A provider library whose methods work until they are cancelled, or longer.

use omi::dialogue::Progress;
use omi::{Error, Invoke, Query, Result};
use std::sync::mpsc;
use std::time::Duration;

include!(concat!(env!("OUT_DIR"), "/working.rs"));
use test_work::{Ignore, IgnoreOutput, Run, RunOutput};

#[derive(Default)]
struct Works;

impl Invoke<Run> for Works {
    fn invoke(&self, _target: Option<TestWork>, input: Run, query: &Query<'_>) -> Result<RunOutput> {
        let file = input.file.unwrap_or_default();
        let (cancel, cancelled) = mpsc::channel();
        query.on_cancel(move |reason| cancel.send(reason).unwrap_or_default());
        std::fs::write(&file, "")?;
        let reason = loop {
            match cancelled.recv_timeout(Duration::from_millis(50)) {
                Ok(reason) => break reason,
                Err(_) if input.progress == Some(true) => {
                    query.progress(&Progress::new("Working").operation("on it"));
                }
                Err(_) => {}
            }
        };
        query.warning("the work stays undone");
        // In one step, since somebody waits for the text.
        let whole = format!("{file}.new");
        std::fs::write(&whole, format!("{reason:?}, canceled: {}", query.canceled()))?;
        std::fs::rename(&whole, &file)?;
        Err(Error::failed("cancelled"))
    }
}

impl Invoke<Ignore> for Works {
    fn invoke(&self, _target: Option<TestWork>, input: Ignore, _query: &Query<'_>) -> Result<IgnoreOutput> {
        std::fs::write(input.file.unwrap_or_default(), "")?;
        std::thread::sleep(Duration::from_secs(input.seconds.unwrap_or_default().into()));
        Ok(IgnoreOutput { return_value: Some(0) })
    }
}

omi::module! {
    TestWork => Works { Run, Ignore },
}

//! Ends a thread that waits for the kernel or a command.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::{Errno, write};

use super::{Error, Result};

/// A sign to stop, which all clones share.
#[derive(Clone, Debug)]
pub struct Stop(Arc<OwnedFd>);

impl Stop {
    /// One that nobody has given yet.
    ///
    /// # Errors
    /// [`Error::Io`] when the process may open no more files.
    pub fn new() -> Result<Self> {
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        event.map(|it| Self(Arc::new(it))).map_err(|errno| Error::io("eventfd", errno))
    }

    /// Ends all waits, now and later.
    pub fn stop(&self) {
        // It can only fail because somebody has stopped it very often.
        let _ = write(&self.0, &1_u64.to_ne_bytes());
    }

    /// What poll(2) finds readable from the sign on.
    pub(super) fn as_fd(&self) -> &OwnedFd {
        &self.0
    }

    /// Waits until `source` can be read, and says whether it can: not when it is time to stop.
    pub(super) fn wait_for(&self, source: &impl AsFd) -> io::Result<bool> {
        let mut ends = [PollFd::new(&*self.0, PollFlags::IN), PollFd::new(source, PollFlags::IN)];
        loop {
            match poll(&mut ends, None) {
                Ok(_) => return Ok(ends[0].revents().is_empty()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_when_somebody_says_stop() {
        let (stop, silent) = (Stop::new().unwrap(), Stop::new().unwrap());
        let waiting = std::thread::spawn({
            let stop = stop.clone();
            move || stop.wait_for(&silent.0).unwrap()
        });
        stop.stop();
        assert!(!waiting.join().unwrap());
        let ready = Stop::new().unwrap();
        ready.stop();
        assert!(!stop.wait_for(&ready.0).unwrap(), "it stays stopped");
        assert!(Stop::new().unwrap().wait_for(&ready.0).unwrap(), "there is something to read");
    }
}

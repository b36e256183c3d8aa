//! What a command prints, as far as it is kept.

use rustix::io::{Errno, ioctl_fionread, read};
use std::os::fd::OwnedFd;

/// As much as a pipe of Linux holds.
const BUFFER: usize = 1 << 16;

/// What a command printed on one of its outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes, as many as the limit allows.
    pub bytes: Vec<u8>,
    /// Whether there was more.
    pub truncated: bool,
}

/// Our end of one output.
pub(super) struct Pipe {
    /// `None` once nobody has the other end any more.
    pub(super) end: Option<OwnedFd>,
    captured: Captured,
    limit: usize,
    buffer: Vec<u8>,
}

impl Pipe {
    pub(super) fn new(end: OwnedFd, limit: usize) -> Self {
        Self { end: Some(end), captured: Captured::default(), limit, buffer: vec![0; BUFFER] }
    }

    /// Reads once, when poll(2) says that there is something, and tells what was kept.
    pub(super) fn read(&mut self, tell: &mut dyn FnMut(&[u8])) {
        self.read_at_most(BUFFER, tell);
    }

    /// Reads what is there now and no more: others may still write, and never stop.
    pub(super) fn drain(&mut self, tell: &mut dyn FnMut(&[u8])) {
        let waiting = self.end.as_ref().and_then(|end| ioctl_fionread(end).ok()).unwrap_or(0);
        let mut left = usize::try_from(waiting).unwrap_or(0);
        while left > 0 {
            let count = self.read_at_most(left.min(BUFFER), tell);
            if count == 0 {
                return;
            }
            left -= count;
        }
    }

    pub(super) fn finish(self) -> Captured {
        self.captured
    }

    fn read_at_most(&mut self, most: usize, tell: &mut dyn FnMut(&[u8])) -> usize {
        let Some(end) = &self.end else { return 0 };
        let count = match read(end, &mut self.buffer[..most]) {
            Ok(count) => count,
            Err(Errno::INTR | Errno::AGAIN) => return 0,
            Err(errno) => {
                log::warn!("cannot read the output of a command: {errno}");
                0
            }
        };
        if count == 0 {
            self.end = None;
            return 0;
        }
        let kept = count.min(self.limit - self.captured.bytes.len());
        self.captured.truncated |= kept < count;
        if kept > 0 {
            self.captured.bytes.extend_from_slice(&self.buffer[..kept]);
            tell(&self.buffer[..kept]);
        }
        count
    }
}

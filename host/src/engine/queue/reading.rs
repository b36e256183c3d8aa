//! The reader's side of a queue.

use super::{CancelReason, MOST_BYTES, MOST_INSTANCES, Queue, State, wait};
use crate::engine::reply::Batch;
use crate::engine::size::rough_size;
use omi::Instance;
use std::time::{Duration, Instant};

impl Queue {
    /// Lets the reader return with what is there; when none waits, the next one.
    pub(crate) fn wake_reader(&self) {
        self.lock().woken = true;
        self.reader.notify_one();
    }

    /// Takes up to `count` instances as [`Reply::next`](crate::engine::Reply::next) describes it.
    pub(crate) fn take(&self, least: usize, count: usize, patience: Duration) -> Batch {
        // A patience without end is written as a very long one.
        let give_up = Instant::now().checked_add(patience);
        let mut taken = Vec::new();
        let mut state = self.lock();
        if state.is_overdue() {
            // A provider that always has more must not outrun its deadline.
            state = self.cancel_locked(state, CancelReason::Timeout);
        }
        loop {
            self.drain(&mut state, &mut taken, count);
            if state.waiting.is_empty()
                && let Some(end) = &state.end
            {
                let end = Some(end.clone());
                return Batch { instances: taken, end, bookmark: state.bookmark() };
            }
            let impatient = taken.len() >= least && give_up.is_some_and(|at| at <= Instant::now());
            if taken.len() >= count || impatient || std::mem::take(&mut state.woken) {
                return Batch { instances: taken, end: None, bookmark: state.bookmark() };
            }
            if state.is_overdue() {
                state = self.cancel_locked(state, CancelReason::Timeout);
                continue;
            }
            let patient = give_up.filter(|at| *at > Instant::now());
            let until = [patient, state.deadline].into_iter().flatten().min();
            // Without patience the first instance will do.
            let wanted = if give_up.is_some() && patient.is_none() { 1 } else { count - taken.len() };
            state.wanted = Some(wanted.min(MOST_INSTANCES / 2));
            state = wait(&self.reader, state, until);
            state.wanted = None;
        }
    }

    fn drain(&self, state: &mut State, taken: &mut Vec<Instance>, count: usize) {
        let room = count.saturating_sub(taken.len()).min(state.waiting.len());
        if room == state.waiting.len() {
            taken.extend(state.waiting.drain(..));
            state.bytes = 0;
        } else {
            for instance in state.waiting.drain(..room) {
                state.bytes = state.bytes.saturating_sub(rough_size(&instance));
                taken.push(instance);
            }
        }
        // Half empty rather than one place, so that a poster gets something done before it blocks again.
        if state.blocked_posters > 0 && state.waiting.len() <= MOST_INSTANCES / 2 && state.bytes <= MOST_BYTES / 2 {
            self.posters.notify_all();
        }
    }
}

impl State {
    /// The bookmark of the last indication that was taken.
    fn bookmark(&mut self) -> Option<String> {
        let taken = self.queued - self.waiting.len() as u64;
        let marked = self.bookmarks.iter().take_while(|(number, _)| *number <= taken).count();
        self.bookmarks.drain(..marked).next_back().map(|(_, bookmark)| bookmark)
    }
}

//! Sample_Caller.Wait and Sample_Endless, which are there to be cancelled, and LastWait, which tells what became of them.

use crate::caller::Caller;
use crate::sample_caller::{LastWait, LastWaitOutput, Wait, WaitOutput};
use crate::{SampleCaller, SampleEndless};
use omi::cancel::CancelReason;
use omi::dialogue::Support;
use omi::{Enumerate, Invoke, Query, Result, Sink};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// What is known of the operations that wait to be cancelled.
#[derive(Clone, Copy, Default)]
struct Waits {
    begun: u32,
    ended: u32,
    last_canceled: Option<bool>,
    last_reason: Option<CancelReason>,
}

static WAITS: Mutex<Waits> = Mutex::new(Waits { begun: 0, ended: 0, last_canceled: None, last_reason: None });

fn waits() -> MutexGuard<'static, Waits> {
    WAITS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait_for(patience: Duration, condition: impl Fn() -> bool) {
    let until = Instant::now() + patience;
    while Instant::now() < until && !condition() {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Notes how an operation saw its end.
fn ended(query: &Query<'_>, reason: Option<CancelReason>) {
    let mut waits = waits();
    waits.ended += 1;
    (waits.last_canceled, waits.last_reason) = (Some(query.canceled()), reason);
}

impl Invoke<Wait> for Caller {
    fn invoke(&self, _target: Option<SampleCaller>, input: Wait, query: &Query<'_>) -> Result<WaitOutput> {
        waits().begun += 1;
        let (tell, told) = mpsc::channel();
        let support = query.on_cancel(move |reason| {
            let _ = tell.send(reason);
        });
        let patience = Duration::from_secs(input.seconds.unwrap_or(0).into());
        let reason = match support {
            Support::Done => told.recv_timeout(patience).ok(),
            Support::Unsupported => {
                wait_for(patience, || query.canceled());
                None
            }
        };
        ended(query, reason);
        Ok(WaitOutput { return_value: Some("waited".to_owned()) })
    }
}

impl Invoke<LastWait> for Caller {
    fn invoke(&self, _target: Option<SampleCaller>, _input: LastWait, _query: &Query<'_>) -> Result<LastWaitOutput> {
        let waits = *waits();
        Ok(LastWaitOutput {
            return_value: waits.last_canceled,
            begun: Some(waits.begun),
            ended: Some(waits.ended),
            reason: waits.last_reason.map(|reason| format!("{reason:?}")),
        })
    }
}

#[derive(Default)]
pub(crate) struct Endless;

impl Enumerate<SampleEndless> for Endless {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, SampleEndless>) -> Result<()> {
        waits().begun += 1;
        let (tell, told) = mpsc::channel();
        query.on_cancel(move |reason| {
            let _ = tell.send(reason);
        });
        let end = (0..).try_for_each(|id| out.post(SampleEndless { id: Some(id) }));
        // The host calls back about when it refuses the next instance.
        ended(query, told.recv_timeout(Duration::from_secs(1)).ok());
        end
    }
}

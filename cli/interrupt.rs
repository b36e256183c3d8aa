//! Ctrl-C and SIGTERM. The first one cancels what runs, and its provider gets a moment to end; the second one, or the end
//! of that moment, ends the command at once.

use crate::{progress, terminal};
use omi::client::{Canceller, Operation};
use std::future::poll_fn;
use std::io;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long an operation that is over for the user may still work.
pub const GRACE: Duration = Duration::from_secs(5);

/// After how long without an end the user is told that it is waited for.
const SILENCE: Duration = Duration::from_secs(1);

/// Signals belong to the process, so there is one of these.
static INTERRUPTS: OnceLock<Interrupts> = OnceLock::new();

/// Whether a second signal alone ends the process at once.
static WAITS_FOR_THE_END: AtomicBool = AtomicBool::new(false);

#[derive(Default)]
struct Interrupts {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The number of the first signal.
    signal: Option<u8>,
    cancellers: Vec<Canceller>,
}

/// From now on, signals cancel operations instead of ending the process. Once per process.
///
/// # Errors
/// When the system does not let signals be handled.
pub fn handle() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let guard = runtime.enter();
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    let [interrupt, terminate] = kinds.map(|kind| signal(kind).map(|signals| (kind, signals)));
    let mut signals = [interrupt?, terminate?];
    drop(guard);
    let interrupts = INTERRUPTS.get_or_init(Interrupts::default);
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            let first = next(&mut signals).await;
            interrupts.raise(first);
            let patience = if WAITS_FOR_THE_END.load(Ordering::Relaxed) { Duration::MAX } else { GRACE };
            for (patience, text) in [(SILENCE, "cancelling; Ctrl-C again ends at once"), (patience, "gave up waiting")]
            {
                if tokio::time::timeout(patience, next(&mut signals)).await.is_ok() {
                    break;
                }
                progress::leave();
                eprintln!("lumi: {text}");
            }
            std::process::exit(status(first).into());
        })
    })?;
    Ok(())
}

/// From now on, what runs has all the time that it needs to end after the first signal.
pub fn wait_for_the_end() {
    WAITS_FOR_THE_END.store(true, Ordering::Relaxed);
}

/// The number of the next signal.
async fn next(signals: &mut [(SignalKind, Signal)]) -> u8 {
    poll_fn(|context| {
        let ready = signals.iter_mut().find_map(|(kind, signals)| match signals.poll_recv(context) {
            Poll::Ready(_) => u8::try_from(kind.as_raw_value()).ok(),
            Poll::Pending => None,
        });
        ready.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// What shells see of a program that a signal ended.
fn status(signal: u8) -> u8 {
    128 + signal
}

impl Interrupts {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn raise(&self, signal: u8) {
        let mut state = self.state();
        state.signal = Some(signal);
        let cancellers = std::mem::take(&mut state.cancellers);
        drop(state);
        terminal::stop_reading();
        // In this process, cancelling calls code of providers, and the second signal must not depend on that.
        thread::spawn(move || cancellers.iter().for_each(Canceller::cancel));
    }
}

/// The operation, which a signal cancels from now on; at once when there was one.
pub fn cancels<T: Send + 'static>(operation: Operation<T>) -> Operation<T> {
    let Some(interrupts) = INTERRUPTS.get() else { return operation };
    let (mut state, canceller) = (interrupts.state(), operation.canceller());
    if state.signal.is_none() {
        state.cancellers.push(canceller);
    } else {
        drop(state);
        canceller.cancel();
    }
    operation
}

/// The exit status after a signal; `None` while there was none.
pub fn exit_status() -> Option<ExitCode> {
    INTERRUPTS.get()?.state().signal.map(|signal| ExitCode::from(status(signal)))
}

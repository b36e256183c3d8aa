//! A provider of many instances, and of endlessly many.

use omi::{AnySink, Dynamic, Instance, Query, Result};
use omi_host::Host;
use omi_host::class::Class;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

pub(crate) const NAMESPACE: &str = "root/test";

/// How many instances T_Many has.
pub(crate) const MANY: u32 = 50_000;

/// How many bytes each of them has.
const LARGE: usize = 1000;

/// How long tests wait for what must happen.
const SOON: Duration = Duration::from_secs(60);

/// The one host of all tests.
pub(crate) fn host() -> Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    let build = || {
        let classes = ["T_Many", "T_Million", "T_Endless"].map(Class::named);
        let host = Host::builder().linked("flow", main, &[NAMESPACE]);
        classes.into_iter().fold(host, |host, class| host.dynamic_class(class)).build().unwrap()
    };
    HOST.get_or_init(build).clone()
}

#[derive(Default)]
struct State {
    posted: usize,
    ended: Option<Instant>,
}

static STATE: Mutex<State> = Mutex::new(State { posted: 0, ended: None });
static CHANGED: Condvar = Condvar::new();

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the next enumeration does.
pub(crate) struct Work(());

impl Work {
    /// The provider is idle.
    pub(crate) fn begin() -> Self {
        *state() = State::default();
        Self(())
    }

    /// How many instances the host has taken.
    pub(crate) fn posted(&self) -> usize {
        state().posted
    }

    /// Waits until the host has taken none for a while.
    pub(crate) fn wait_for_halt(&self) {
        let mut posted = state();
        loop {
            let before = posted.posted;
            let waited = CHANGED.wait_timeout_while(posted, Duration::from_millis(500), |it| it.posted == before);
            let (now, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            if timeout.timed_out() && before > 0 {
                return;
            }
            posted = now;
        }
    }

    pub(crate) fn wait_for_instance(&self) {
        drop(wait(|it| it.posted == 0));
    }

    /// Waits until the enumeration has ended. When that was.
    pub(crate) fn wait_for_end(&self) -> Instant {
        wait(|it| it.ended.is_none()).ended.unwrap()
    }
}

fn wait(is_pending: impl Fn(&mut State) -> bool) -> MutexGuard<'static, State> {
    let (state, timeout) =
        CHANGED.wait_timeout_while(state(), SOON, is_pending).unwrap_or_else(PoisonError::into_inner);
    assert!(!timeout.timed_out(), "the provider has posted {} instances and ended {:?}", state.posted, state.ended);
    state
}

#[derive(Default)]
struct Flow;

fn instance(class: &str, id: u32, text: &str) -> Instance {
    Instance::new(class).with_key("Id", id).with("Text", text)
}

impl Dynamic for Flow {
    fn enumerate(&self, class: &str, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        let (count, size) = match class {
            "T_Many" => (MANY, LARGE),
            "T_Million" => (1_000_000, 100),
            _ => (u32::MAX, 10),
        };
        let text = "x".repeat(size);
        let end = (0..count).try_for_each(|id| {
            out.post_dynamic(instance(class, id, &text))?;
            state().posted += 1;
            CHANGED.notify_all();
            Ok(())
        });
        state().ended = Some(Instant::now());
        CHANGED.notify_all();
        end
    }

    fn get(&self, class: &str, key: Instance, _query: &Query<'_>) -> Result<Instance> {
        Ok(Instance::new(class).with_key("Id", key.text("Id").unwrap_or_default()))
    }
}

omi::module! { entry: main, dynamic: Flow }

//! Panics become errors with the panic's text and place.

use crate::{Error, Result};
use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Where the last guarded panic of this thread happened; `None` while nothing is guarded.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`; a panic in it becomes FAILED with the panic's text, file and line.
pub(crate) fn guard(work: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut work = Some(work);
    // Each class and method brings work of its own; what catches the panic is there once.
    guard_once(&mut || work.take().map_or(Ok(()), |work| work()))
}

fn guard_once(work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    install_hook();
    PLACE.set(Some(String::new()));
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    let place = PLACE.take().unwrap_or_default();
    outcome.unwrap_or_else(|payload| {
        let error = Error::failed(format!("the provider panicked at {place}: {}", text(&*payload)));
        log::error!("{error}");
        Err(error)
    })
}

/// The place of a panic is known to the hook only. The hook stays silent inside [`guard`], which reports the panic
/// itself, and leaves all other panics to the hook before it.
fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let guarded = PLACE.with_borrow_mut(|place| match place {
                Some(place) => {
                    *place = info.location().map(ToString::to_string).unwrap_or_default();
                    true
                }
                None => false,
            });
            if !guarded {
                previous(info);
            }
        }));
    });
}

fn text(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a panic without text"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_text_and_place() {
        let error = guard(|| panic!("index {} is wrong", 7)).unwrap_err();
        assert!(error.message().contains("index 7 is wrong"), "{error}");
        assert!(error.message().contains("panic.rs:"), "{error}");
    }
}

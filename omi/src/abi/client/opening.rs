//! Who hears what is said while a session is opened: `MI_SessionCallbacks`.
//!
//! The other side keeps these callbacks as long as the session lives, but a listener is lent for the call that opens it. So
//! what the other side keeps is a number, and a callback that comes later finds nobody.

use super::error::reported;
use crate::abi::read;
use crate::client::SessionListener;
use crate::dialogue::Channel;
use omi_sys::*;
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// A listener until the end of [`hearing`].
struct Lent(Option<*const dyn SessionListener>);

// SAFETY: a listener may be called on any thread.
unsafe impl Send for Lent {}

type Listeners = HashMap<usize, Arc<Mutex<Lent>>>;

static LISTENERS: LazyLock<Mutex<Listeners>> = LazyLock::new(Mutex::default);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has `listener` hear what is said while `open` runs.
pub(super) fn hearing<T>(listener: &dyn SessionListener, open: impl FnOnce(&mut MI_SessionCallbacks) -> T) -> T {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    // SAFETY: only the lifetime is changed, and `Hearing` takes the pointer back before this function is left.
    let listener = unsafe { std::mem::transmute::<&dyn SessionListener, &'static dyn SessionListener>(listener) };
    lock(&LISTENERS).insert(number, Arc::new(Mutex::new(Lent(Some(listener)))));
    let _hearing = Hearing(number);
    open(&mut MI_SessionCallbacks {
        callbackContext: std::ptr::without_provenance_mut(number),
        writeMessage: Some(write_message),
        writeError: Some(write_error),
    })
}

/// The time in which a listener is lent. Its end waits for a callback that is running.
struct Hearing(usize);

impl Drop for Hearing {
    fn drop(&mut self) {
        let lent = lock(&LISTENERS).remove(&self.0);
        if let Some(lent) = lent {
            lock(&lent).0 = None;
        }
    }
}

fn with(number: *mut c_void, call: impl FnOnce(&dyn SessionListener)) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let lent = lock(&LISTENERS).get(&number.addr()).cloned();
        let Some(lent) = lent else { return };
        let lent = lock(&lent);
        if let Some(listener) = lent.0 {
            // SAFETY: `Hearing` takes the pointer back under this lock before the listener goes.
            call(unsafe { &*listener });
        }
    }));
    if outcome.is_err() {
        log::error!("the listener of a session panicked");
    }
}

unsafe extern "C" fn write_message(
    _application: *mut MI_Application,
    context: *mut c_void,
    channel: MI_Uint32,
    text: *const MI_Char,
) {
    // SAFETY: NULL or a text that lives until this returns.
    let text = unsafe { read::text(text) }.unwrap_or_default();
    with(context, |listener| listener.write_message(Channel::of_code(channel), &text));
}

unsafe extern "C" fn write_error(_application: *mut MI_Application, context: *mut c_void, details: *mut MI_Instance) {
    // SAFETY: NULL or an instance that lives until this returns.
    let error = unsafe { reported(details) };
    with(context, |listener| listener.write_error(&error));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl SessionListener for Notes {
        fn write_message(&self, channel: Channel, text: &str) {
            lock(&self.0).push(format!("{channel:?}: {text}"));
        }

        fn write_error(&self, error: &Error) {
            lock(&self.0).push(format!("{}: {error}", error.code()));
        }
    }

    #[test]
    fn a_listener_hears_what_is_said_while_the_session_is_opened_and_nothing_later() {
        let notes = Notes::default();
        let callbacks = hearing(&notes, |callbacks| {
            let (callbacks, application) = (*callbacks, std::ptr::null_mut());
            // SAFETY: as the other side calls them.
            unsafe {
                callbacks.writeMessage.unwrap()(application, callbacks.callbackContext, 1, c"connecting".as_ptr());
                callbacks.writeError.unwrap()(application, callbacks.callbackContext, std::ptr::null_mut());
            }
            callbacks
        });
        // SAFETY: as above; mi.h lets them come as long as the session lives.
        unsafe {
            callbacks.writeMessage.unwrap()(std::ptr::null_mut(), callbacks.callbackContext, 0, c"late".as_ptr());
        }
        assert_eq!(*lock(&notes.0), ["Verbose: connecting", "FAILED: the operation failed"]);
    }
}

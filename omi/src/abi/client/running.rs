//! An operation's own thread: it starts the operation, hands on what the callbacks leave, and closes the operation.

use super::callbacks::{CallbackContext, Word, Yield};
use super::options::HostOptions;
use super::session::HostSession;
use super::start::Start;
use crate::client::{OperationOptions, Outlet, Parts, Request};
use crate::dialogue::Listener;
use crate::{Error, Result};
use omi_sys::*;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

/// Runs an operation on a thread of its own. `start` calls the function that starts it, `complete` makes of a result what
/// the reader gets.
pub(super) fn run<O: Send + 'static, T: Yield>(
    session: Arc<HostSession>,
    request: Request<O>,
    outlet: Outlet<T>,
    start: fn(&HostSession, &Request<O>, Start<'_>) -> Result<()>,
    complete: impl Fn(T, &Parts) -> T + Send + 'static,
) {
    let (words, left) = channel();
    let context = CallbackContext::new(words.clone());
    // Before the operation starts: cancelling that early is a word like any other.
    outlet.on_cancel(move || drop(words.send(Word::Cancel)));
    outlet.run(move |outlet| {
        let running = Running::start(&session, &context, &request.options, |go| start(&session, &request, go));
        let running = running.inspect_err(|_| context.forget())?;
        let end = listen(&left, &context, request.options.listener.as_deref(), outlet, complete);
        if end.is_none() {
            running.cancel();
            context.leave();
        }
        // An operation may be closed before its last callback.
        drop(running);
        end.unwrap_or(Ok(()))
    });
}

/// Hands on what the callbacks leave. The end; `None` when the reader cancels.
fn listen<T: Yield>(
    left: &Receiver<Word<T>>,
    context: &CallbackContext<T>,
    listener: Option<&dyn Listener>,
    outlet: &Outlet<T>,
    complete: impl Fn(T, &Parts) -> T,
) -> Option<Result<()>> {
    let parts = Parts::default();
    while let Ok(word) = left.recv() {
        match word {
            Word::Result(result, _acknowledgement) => {
                // A reader that went away has left word, too.
                let _ = outlet.post([complete(result, &parts)]);
                context.taken();
            }
            Word::End(end) => return Some(end),
            Word::Cancel => return None,
            word => {
                if let Some(listener) = listener {
                    tell(listener, word, &parts);
                }
            }
        }
    }
    Some(Err(Error::failed("the operation ended without a result")))
}

/// Tells the listener what a provider says, and the provider what the listener answers.
fn tell<T>(listener: &dyn Listener, word: Word<T>, parts: &Parts) {
    match word {
        Word::Message(channel, text) => listener.message(channel, &text),
        Word::Progress(progress) => drop(listener.progress(&progress)),
        Word::Error(error, respond) => respond.answer(listener.error(&error)),
        Word::Question(question, respond) => respond.answer(listener.ask(&question)),
        Word::Stream(parameter, part, _acknowledgement) => {
            if let Err(part) = listener.stream(&parameter, part) {
                parts.keep(parameter, part);
            }
        }
        Word::Result(..) | Word::End(_) | Word::Cancel => {}
    }
}

/// A started operation; dropping it closes it.
struct Running(MI_Operation);

impl Running {
    fn start<T: Yield>(
        session: &HostSession,
        context: &CallbackContext<T>,
        options: &OperationOptions,
        start: impl FnOnce(Start<'_>) -> Result<()>,
    ) -> Result<Self> {
        let mut host_options = HostOptions::of(session, options)?;
        let mut callbacks = context.callbacks(options.listener.is_some());
        let mut running = Self(MI_OPERATION_NULL);
        let operation = &mut running.0;
        let options = host_options.as_mut().map_or(std::ptr::null_mut(), HostOptions::as_mut_ptr);
        start(Start { options, callbacks: &mut callbacks, operation })?;
        context.started();
        Ok(running)
    }

    fn cancel(&self) {
        // SAFETY: the table of an operation is NULL or constant; the handle is open.
        unsafe {
            if let Some(cancel) = self.0.ft.as_ref().and_then(|table| table.Cancel) {
                let _ = cancel(&mut self.handle(), MI_REASON_NONE);
            }
        }
    }

    fn handle(&self) -> MI_Operation {
        let MI_Operation { reserved1, reserved2, ft } = self.0;
        MI_Operation { reserved1, reserved2, ft }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SAFETY: as in `cancel`; nothing uses the handle after this but acknowledgements, which keep what they need.
        unsafe {
            if let Some(close) = self.0.ft.as_ref().and_then(|table| table.Close) {
                let _ = close(&mut self.handle());
            }
        }
    }
}

//! A provider library and the thread it lives on.
//!
//! C providers rely on being called on one thread, so each library has one: `MI_Main`, Load, all handlers and Unload run
//! on it, in order. A library that hangs stops its own requests and no other library. The engine knows a library only by
//! [`Library`]: calls go in as messages, and results come back through their outlets. A library in a process of its own
//! would be another body of the same handle.
//!
//! Libraries are loaded when they are first needed. A provider that has had no call for a while is unloaded, and with
//! its last provider the module; the next request loads them again. The file itself stays mapped, because a library may
//! have left threads behind.

use super::call::Call;
use super::catalogue::Catalogue;
use super::home::Home;
use crate::abi::{Module, Source};
use omi::{Error, Name, Result, ResultCode};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// How long a request without a deadline waits for a library to load.
const LOADING_PATIENCE: Duration = Duration::from_secs(60);

/// The most calls of one library that wait or have not ended. More are refused, so that a library that hangs, or whose
/// providers forget to end their calls, cannot fill the memory.
const MOST_CALLS: usize = 2048;

/// A provider library.
pub(crate) struct Library {
    source: Source,
    thread: ThreadId,
    /// Every call that has not ended holds a clone.
    calls: Arc<()>,
    messages: Mutex<Sender<Message>>,
    /// The classes, once the library is loaded.
    catalogue: Mutex<Option<Arc<Catalogue>>>,
}

enum Message {
    Load(SyncSender<Result<Arc<Catalogue>>>),
    Call(Box<Call>),
    Unsubscribe { class: Name, id: u64 },
    Unload(SyncSender<()>),
}

impl Library {
    /// A library that is not loaded yet, and belongs to the host of that home.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub(crate) fn new(source: Source, home: Home, idle_timeout: Option<Duration>) -> Result<Arc<Self>> {
        let (messages, inbox) = channel();
        let on_thread = source.clone();
        let name = format!("provider {source}");
        // The kernel shows the first 15 characters of the name; the rest is for a debugger.
        let thread = thread::Builder::new().name(name).spawn(move || run(&on_thread, &home, &inbox, idle_timeout))?;
        let thread = thread.thread().id();
        let (messages, catalogue) = (Mutex::new(messages), Mutex::new(None));
        Ok(Arc::new(Self { source, thread, calls: Arc::new(()), messages, catalogue }))
    }

    /// The library's file or name, for messages.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// The thread on which its providers are called.
    pub(crate) fn thread(&self) -> ThreadId {
        self.thread
    }

    /// The classes. Loads the library if it is not loaded, and waits for that.
    ///
    /// # Errors
    /// FAILED, naming the library, when it cannot be loaded or is not loaded by the deadline. The next request tries
    /// again.
    pub(crate) fn catalogue(&self, deadline: Option<Instant>) -> Result<Arc<Catalogue>> {
        if let Some(catalogue) = &*self.catalogue.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(catalogue.clone());
        }
        if thread::current().id() == self.thread {
            let text = format!("provider library {} is being loaded and cannot use its own classes yet", self.source);
            return Err(Error::failed(text));
        }
        let (answer, answered) = sync_channel(1);
        self.send(Message::Load(answer))?;
        let patience = deadline.map_or(LOADING_PATIENCE, |at| at.saturating_duration_since(Instant::now()));
        let busy = |_| Error::failed(format!("provider library {} is busy and not loaded yet", self.source));
        let catalogue = answered.recv_timeout(patience).map_err(busy)??;
        *self.catalogue.lock().unwrap_or_else(PoisonError::into_inner) = Some(catalogue.clone());
        Ok(catalogue)
    }

    /// What a call holds until it has ended, by which calls are counted.
    pub(crate) fn counted(&self) -> Arc<()> {
        self.calls.clone()
    }

    /// Queues a call, which is [`counted`](Self::counted). Its outlet hears of it even when the library is gone.
    pub(crate) fn call(&self, call: Call) {
        let outlet = call.outlet.clone();
        if let Err(error) = self.check_room().and_then(|()| self.send(Message::Call(Box::new(call)))) {
            outlet.end(Err(error));
        }
    }

    fn check_room(&self) -> Result<()> {
        // One is the library's own.
        if Arc::strong_count(&self.calls) <= MOST_CALLS + 1 {
            return Ok(());
        }
        let text = format!("provider library {}: {MOST_CALLS} calls have not ended yet", self.source);
        Err(Error::new(ResultCode::SERVER_LIMITS_EXCEEDED, text))
    }

    /// Ends a subscription to the indications of a class. Does not wait for it.
    pub(crate) fn unsubscribe(&self, class: Name, id: u64) {
        // Without a thread there is nobody who is subscribed to.
        let _ = self.send(Message::Unsubscribe { class, id });
    }

    /// Asks the library to unload its providers; the answer comes when it has.
    pub(crate) fn unload(&self) -> Receiver<()> {
        let (answer, answered) = sync_channel(1);
        // Without a thread there is nothing to unload, and the receiver learns that at once.
        let _ = self.send(Message::Unload(answer));
        answered
    }

    fn send(&self, message: Message) -> Result<()> {
        let gone = |_| {
            let text = format!("provider library {} is not available any more", self.source);
            Error::new(ResultCode::SERVER_IS_SHUTTING_DOWN, text)
        };
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).send(message).map_err(gone)
    }
}

/// The library's thread.
fn run(source: &Source, home: &Home, inbox: &Receiver<Message>, idle_timeout: Option<Duration>) {
    let mut module: Option<(Module, Arc<Catalogue>)> = None;
    loop {
        let message = match next(inbox, module.as_ref().map(|(module, _)| module), idle_timeout) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => {
                unload_idle(&mut module, idle_timeout);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        match message {
            // Whoever asked may have given up waiting.
            Message::Load(answer) => {
                let _ = answer.send(load(&mut module, source, home));
            }
            // Nobody waits for it any more, so the provider need not begin.
            Message::Call(call) if call.outlet.is_cancelled() => call.outlet.end(Ok(())),
            Message::Call(call) => match load(&mut module, source, home) {
                Ok(_) => {
                    if let Some((module, _)) = &mut module {
                        module.call(*call);
                    }
                }
                Err(error) => call.outlet.end(Err(error)),
            },
            Message::Unsubscribe { class, id } => {
                if let Some((module, _)) = &mut module {
                    module.unsubscribe(&class, id);
                }
            }
            Message::Unload(answer) => {
                if let Some((module, _)) = module.take() {
                    module.unload();
                }
                // The host may have given up waiting.
                let _ = answer.send(());
                return;
            }
        }
    }
}

/// The next message; a timeout when there may be something to unload first.
fn next(
    inbox: &Receiver<Message>,
    module: Option<&Module>,
    idle_timeout: Option<Duration>,
) -> Result<Message, RecvTimeoutError> {
    let idle_at = module.zip(idle_timeout).and_then(|(module, patience)| module.idle_at(patience));
    match idle_at {
        Some(at) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
        None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

fn unload_idle(module: &mut Option<(Module, Arc<Catalogue>)>, idle_timeout: Option<Duration>) {
    let is_unused = match (module.as_mut(), idle_timeout) {
        (Some((module, _)), Some(patience)) => module.unload_idle(patience),
        _ => false,
    };
    if is_unused && let Some((module, _)) = module.take() {
        module.unload();
    }
}

fn load(module: &mut Option<(Module, Arc<Catalogue>)>, source: &Source, home: &Home) -> Result<Arc<Catalogue>> {
    if let Some((_, catalogue)) = module {
        return Ok(catalogue.clone());
    }
    let loaded = Module::load(source, home)?;
    let catalogue = loaded.catalogue();
    *module = Some((loaded, catalogue.clone()));
    Ok(catalogue)
}

//! The dialogues of the operations that run now, by client and `OperationID`: responses and Cancel come on other connections.

use super::dialogue::{Dialogue, Line};
use super::{Response, dialogue};
use crate::engine::{Batch, Canceller};
use crate::operation::Principal;
use crate::wsman::fault::{Fault, Result, kind};
use crate::wsman::service::Results;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Who runs an operation, and how it calls it.
type Key = (Principal, String);

/// The dialogues of the operations that run now.
#[derive(Default)]
pub(crate) struct Conversations {
    open: Mutex<HashMap<Key, Arc<Conversation>>>,
}

/// One dialogue, and what cancels its operation.
struct Conversation {
    dialogue: Arc<Dialogue>,
    canceller: Mutex<Option<Canceller>>,
}

impl Conversations {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Conversation>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a dialogue known until what this gives is dropped.
    ///
    /// # Errors
    /// InvalidMessageInformationHeader when the client uses the id for another operation (MS-WSMV section 3.1.4.1.39).
    pub(crate) fn open(self: &Arc<Self>, principal: &Principal, id: &str, dialogue: Arc<Dialogue>) -> Result<Open> {
        let key = (principal.clone(), id.to_owned());
        let conversation = Arc::new(Conversation { dialogue, canceller: Mutex::default() });
        let mut open = self.lock();
        if open.contains_key(&key) {
            return Err(taken(id));
        }
        open.insert(key.clone(), conversation.clone());
        drop(open);
        Ok(Open { all: self.clone(), key, earlier: None, conversation })
    }

    fn find(&self, principal: &Principal, id: &str) -> Option<Arc<Conversation>> {
        self.lock().get(&(principal.clone(), id.to_owned())).cloned()
    }

    /// Passes a client's response on.
    ///
    /// # Errors
    /// InvalidParameter when no operation of this client waits for it; another client's operation is like none.
    pub(crate) fn respond(&self, principal: &Principal, id: Option<&str>, response: Response) -> Result<()> {
        let conversation = id.and_then(|id| self.find(principal, id));
        if conversation.is_some_and(|it| it.dialogue.respond(response)) {
            return Ok(());
        }
        let text = format!("no question waits for this response: no operation with the OperationID {id:?} asked one");
        Err(Fault::new(kind::INVALID_PARAMETER, text))
    }

    /// Cancels a client's operation (MS-WSMV section 3.1.4.20). One that has ended needs none.
    pub(crate) fn cancel(&self, principal: &Principal, id: Option<&str>) {
        let Some(conversation) = id.and_then(|id| self.find(principal, id)) else { return };
        let canceller = conversation.canceller.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(cancel) = canceller {
            cancel();
        }
    }
}

/// A dialogue that is known. Dropping it ends the dialogue.
pub(crate) struct Open {
    all: Arc<Conversations>,
    key: Key,
    /// The name by the request before, which a response that is on its way may still use.
    earlier: Option<Key>,
    conversation: Arc<Conversation>,
}

impl Open {
    /// The results of the operation, which keep the dialogue.
    pub(crate) fn keep(self, results: Box<dyn Results>) -> Box<dyn Results> {
        *self.conversation.canceller.lock().unwrap_or_else(PoisonError::into_inner) = Some(results.canceller());
        Box::new(Conversing { results, open: self })
    }

    /// Goes on over another request of the same client.
    ///
    /// # Errors
    /// Those of [`Conversations::open`].
    fn continue_over(&mut self, line: Line) -> Result<()> {
        let key = (self.key.0.clone(), line.operation.clone());
        let mut open = self.all.lock();
        match open.get(&key) {
            Some(other) if !Arc::ptr_eq(other, &self.conversation) => return Err(taken(&key.1)),
            Some(_) => {}
            None => {
                open.insert(key.clone(), self.conversation.clone());
                let earlier = self.earlier.replace(std::mem::replace(&mut self.key, key));
                earlier.map(|oldest| open.remove(&oldest));
            }
        }
        drop(open);
        self.conversation.dialogue.continue_over(line);
        Ok(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = self.all.lock();
        open.remove(&self.key);
        self.earlier.take().map(|earlier| open.remove(&earlier));
        drop(open);
        self.conversation.dialogue.close();
    }
}

fn taken(id: &str) -> Fault {
    let text = format!("the OperationID {id} names another operation that runs; every operation needs its own");
    Fault::new(kind::INVALID_HEADER, text)
}

/// The results of an operation with a dialogue.
struct Conversing {
    // First, so that the operation is cancelled before its questions are answered with no.
    results: Box<dyn Results>,
    open: Open,
}

impl Results for Conversing {
    fn next(&mut self, count: usize, patience: Duration) -> Batch {
        self.results.next(count, patience)
    }
    fn more(&mut self, count: usize, patience: Duration) -> Batch {
        self.results.more(count, patience)
    }
    fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.results.set_deadline(deadline);
    }
    fn canceller(&self) -> Canceller {
        self.results.canceller()
    }
    fn continue_over(&mut self, line: dialogue::Line) -> Result<()> {
        self.open.continue_over(line)
    }
}

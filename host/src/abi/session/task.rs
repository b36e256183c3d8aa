//! What an operation of a session does, and its results one by one.

use super::wait::Waiting;
use crate::abi::blueprint::{self, OwnedClass};
use crate::abi::build::OwnedInstance;
use crate::engine::{Home, Host, Reply};
use crate::operation::Request;
use omi::{Error, Instance, Name, Result, ResultCode};
use omi_sys::*;
use std::collections::VecDeque;
use std::ffi::{CString, c_char};
use std::ptr;
use std::time::Duration;

/// How many results are taken from the host at once.
const BATCH: usize = 64;

/// What to do.
pub(super) enum Task {
    Request(Box<Request>),
    /// One class of a namespace.
    Class {
        namespace: Name,
        class: String,
    },
    /// The classes of a namespace that derive from one, or all.
    Classes {
        namespace: Name,
        base: Option<String>,
        shallow: bool,
        names_only: bool,
    },
    /// To see whether the host is there.
    Nothing,
}

impl Task {
    /// Starts it. What is wrong with it is its only result.
    pub(super) fn start(self, home: &Home) -> Results {
        let started = home.host().and_then(|host| self.run(&host));
        started.unwrap_or_else(Results::failed)
    }

    fn run(self, host: &Host) -> Result<Results> {
        let classes = match self {
            Self::Request(request) => {
                return Ok(Results { reply: Some(host.submit(*request)?), ready: VecDeque::new(), end: None });
            }
            Self::Class { namespace, class } => {
                let class = host.class(&namespace, &class)?;
                VecDeque::from([Item::Class(blueprint::class(host, &namespace, &class, false)?)])
            }
            Self::Classes { namespace, base, shallow, names_only } => {
                let wanted = |ancestors: &[Name]| match &base {
                    None => !shallow || ancestors.is_empty(),
                    Some(base) if shallow => ancestors.first().is_some_and(|it| it.eq_ignore_ascii_case(base)),
                    Some(base) => ancestors.iter().any(|it| it.eq_ignore_ascii_case(base)),
                };
                if let Some(base) = &base {
                    host.class(&namespace, base)?;
                }
                let classes = host.classes(&namespace)?.into_iter().filter(|class| wanted(&class.ancestors));
                let made = classes.map(|class| blueprint::class(host, &namespace, &class, names_only).map(Item::Class));
                made.collect::<Result<_>>()?
            }
            Self::Nothing => VecDeque::new(),
        };
        Ok(Results::ended(classes, Ok(())))
    }
}

/// The results of a task that was started.
pub(super) struct Results {
    reply: Option<Reply>,
    ready: VecDeque<Item>,
    end: Option<Result<()>>,
}

enum Item {
    Instance(Instance, Option<String>),
    Class(OwnedClass),
}

impl Results {
    fn ended(ready: VecDeque<Item>, end: Result<()>) -> Self {
        Self { reply: None, ready, end: Some(end) }
    }

    /// Nothing but an error.
    pub(super) fn failed(error: Error) -> Self {
        Self::ended(VecDeque::new(), Err(error))
    }

    /// Whether the end was given, too.
    pub(super) fn is_over(&self) -> bool {
        self.reply.is_none() && self.ready.is_empty() && self.end.is_none()
    }

    pub(super) fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    /// The next result or, once, the end. Waits for it; `None` when the reply's waker interrupted that, and after the end.
    pub(super) fn next(&mut self) -> Option<Delivery> {
        if self.ready.is_empty() && self.end.is_none() {
            self.fill()?;
        }
        match self.ready.pop_front() {
            Some(item) => Some(Delivery::of(item).unwrap_or_else(|error| self.break_off(error))),
            None => self.end.take().map(Delivery::end),
        }
    }

    fn fill(&mut self) -> Option<()> {
        let reply = self.reply.as_mut()?;
        let Some(_waiting) = Waiting::on(reply.servers()) else {
            self.reply = None;
            self.end = Some(Err(Error::failed(
                "a provider waits on the thread of its library for an operation that needs this thread, which would \
                 never end; use callbacks, or wait in a thread of its own",
            )));
            return Some(());
        };
        let batch = reply.next(BATCH, Duration::ZERO);
        // Where there are bookmarks, the one of a batch is that of its last indication.
        let last = batch.instances.len().wrapping_sub(1);
        let mut bookmark = batch.bookmark;
        self.ready.extend(batch.instances.into_iter().enumerate().map(|(place, instance)| {
            let bookmark = if place == last { bookmark.take() } else { None };
            Item::Instance(instance, bookmark)
        }));
        if batch.end.is_some() {
            self.end = batch.end;
            self.reply = None;
        }
        Some(())
    }

    fn break_off(&mut self, error: Error) -> Delivery {
        *self = Self { reply: None, ready: VecDeque::new(), end: None };
        Delivery::end(Err(error))
    }
}

/// One result in C form, or the end.
#[derive(Default)]
pub(super) struct Delivery {
    instance: Option<OwnedInstance>,
    class: Option<OwnedClass>,
    bookmark: Option<CString>,
    end: Option<End>,
}

struct End {
    code: MI_Result,
    text: Option<CString>,
    details: Option<OwnedInstance>,
}

impl Delivery {
    fn of(item: Item) -> Result<Self> {
        match item {
            Item::Instance(instance, bookmark) => {
                let bookmark = bookmark.and_then(|text| CString::new(text).ok());
                Ok(Self { instance: Some(OwnedInstance::dynamic(&instance)?), bookmark, ..Self::default() })
            }
            Item::Class(class) => Ok(Self { class: Some(class), ..Self::default() }),
        }
    }

    pub(super) fn end(end: Result<()>) -> Self {
        let end = match end {
            Ok(()) => End { code: MI_RESULT_OK, text: None, details: None },
            Err(error) => End {
                // An error that says it is none is still an error.
                code: if error.code() == ResultCode::OK { MI_RESULT_FAILED } else { MI_Result(error.code().0) },
                text: Some(c_text(error.message())),
                details: OwnedInstance::dynamic(&cim_error(&error)).ok(),
            },
        };
        Self { end: Some(end), ..Self::default() }
    }

    pub(super) fn is_end(&self) -> bool {
        self.end.is_some()
    }

    pub(super) fn instance(&self) -> *const MI_Instance {
        self.instance.as_ref().map_or(ptr::null(), OwnedInstance::as_ptr)
    }

    pub(super) fn class(&self) -> *const MI_Class {
        self.class.as_ref().map_or(ptr::null(), OwnedClass::as_ptr)
    }

    pub(super) fn bookmark(&self) -> *const c_char {
        self.bookmark.as_ref().map_or(ptr::null(), |text| text.as_ptr())
    }

    pub(super) fn more(&self) -> MI_Boolean {
        (!self.is_end()).into()
    }

    pub(super) fn code(&self) -> MI_Result {
        self.end.as_ref().map_or(MI_RESULT_OK, |end| end.code)
    }

    pub(super) fn text(&self) -> *const c_char {
        self.end.as_ref().and_then(|end| end.text.as_ref()).map_or(ptr::null(), |text| text.as_ptr())
    }

    pub(super) fn details(&self) -> *const MI_Instance {
        self.end.as_ref().and_then(|end| end.details.as_ref()).map_or(ptr::null(), OwnedInstance::as_ptr)
    }
}

/// A text for C, as far as C can spell it.
pub(super) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// The CIM_Error of an error: the provider's own, or one with code and text.
pub(super) fn cim_error(error: &Error) -> Instance {
    error.details().cloned().unwrap_or_else(|| {
        let described = Instance::new("CIM_Error").with("CIMStatusCode", error.code().0);
        described.with("Message", error.message())
    })
}

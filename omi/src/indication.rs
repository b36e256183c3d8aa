//! Indications: a provider tells subscribers what happens.

use crate::abi::context::Context;
use crate::abi::declared::ClassRef;
use crate::abi::fields::{StackInstance, Store};
use crate::abi::write::c_string;
use crate::filter::Filter;
use crate::query::Wanted;
use crate::{Class, Error, Result, ResultCode};
use std::ffi::CString;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Sends indications of the class `C`.
///
/// A host enables a class when its first subscription comes and disables it when the last one goes. In between there is
/// [`Indications`], through which any thread posts. These calls come on threads of the host that wait for them: be quick,
/// and do not post in them.
///
/// ```
/// use omi::indication::{Indicate, Indications};
/// use std::sync::Mutex;
/// use std::time::Duration;
///
/// #[derive(Default)]
/// struct Clock {
///     ticking: Mutex<Option<std::thread::JoinHandle<()>>>,
/// }
///
/// impl<Tick: omi::Class + Default> Indicate<Tick> for Clock {
///     fn enable(&self, channel: Indications<Tick>) -> omi::Result<()> {
///         let ticking = std::thread::spawn(move || {
///             while !channel.is_closed() {
///                 if let Err(error) = channel.post(Tick::default()) {
///                     log::debug!("{error}");
///                 }
///                 std::thread::sleep(Duration::from_millis(100));
///             }
///         });
///         *self.ticking.lock().unwrap() = Some(ticking);
///         Ok(())
///     }
/// }
/// ```
pub trait Indicate<C: Class>: Send + Sync + 'static {
    /// Starts to post. The channel may be kept and cloned; it closes when the class is disabled.
    ///
    /// # Errors
    /// Why nobody can subscribe now.
    fn enable(&self, channel: Indications<C>) -> Result<()>;

    /// Stops to post. The channels are still open; they close when this returns.
    fn disable(&self) {}

    /// Somebody subscribes. The host filters what is posted, so nothing need be done.
    ///
    /// # Errors
    /// Why this subscription is refused. omiserver does not look at it.
    fn subscribe(&self, subscription: &Subscription) -> Result<()> {
        let _ = subscription;
        Ok(())
    }

    /// The subscription with this number ends.
    fn unsubscribe(&self, id: u64) {
        let _ = id;
    }
}

/// A subscription to the indications of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// The number that the host gave it.
    pub id: u64,
    /// The namespace, `root/cimv2` for example.
    pub namespace: String,
    /// Which indications are wanted; `None` for all.
    pub filter: Option<Filter>,
    /// The last indication that the subscriber has seen, as the provider once marked it; `None` to start with the next one.
    pub bookmark: Option<String>,
}

/// Why an indication was not posted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PostError {
    /// The class has been disabled: there are no subscribers, and none will come to this channel.
    #[error("the class has been disabled; nobody subscribes to its indications")]
    Closed,
    /// The indication lacks a key or is not what its class says, or the host did not take it. omiserver answers FAILED
    /// when nobody subscribes at the moment.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl From<PostError> for Error {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Closed => Self::new(ResultCode::FAILED, error.to_string()),
            PostError::Refused(error) => error,
        }
    }
}

/// Where a provider posts indications of the class `C`, from any thread, as long as the class is enabled.
pub struct Indications<C> {
    line: Arc<Line>,
    posts: PhantomData<fn(C)>,
}

impl<C> Clone for Indications<C> {
    fn clone(&self) -> Self {
        Self { line: self.line.clone(), posts: PhantomData }
    }
}

impl<C: Class> Indications<C> {
    pub(crate) fn new(line: Arc<Line>) -> Self {
        Self { line, posts: PhantomData }
    }

    /// Sends an indication to those who subscribe to it.
    ///
    /// # Errors
    /// [`PostError::Closed`] when the class has been disabled, [`PostError::Refused`] when the host does not take it.
    pub fn post(&self, indication: C) -> Result<(), PostError> {
        self.line.post(&|fields| indication.store(fields), None)
    }

    /// As [`post`](Self::post), with a mark by which a subscriber says later what it has seen.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub fn post_with_bookmark(&self, indication: C, bookmark: &str) -> Result<(), PostError> {
        self.line.post(&|fields| indication.store(fields), Some(c_string(bookmark)))
    }

    /// Whether the class has been disabled.
    pub fn is_closed(&self) -> bool {
        self.line.read().is_none()
    }
}

/// The context of an enabled class. It goes when the class is disabled, and every post holds it meanwhile.
pub(crate) struct Line {
    /// Not dropped: a line that its host never disabled has a context that nobody vouches for.
    context: RwLock<Option<ManuallyDrop<Context>>>,
    class: ClassRef,
    namespace: CString,
}

impl Line {
    pub(crate) fn new(context: Context, class: ClassRef, namespace: &str) -> Arc<Self> {
        let context = RwLock::new(Some(ManuallyDrop::new(context)));
        Arc::new(Self { context, class, namespace: c_string(namespace) })
    }

    /// Whether the host means this line by `raw`.
    pub(crate) fn is(&self, raw: *const omi_sys::MI_Context) -> bool {
        self.read().as_ref().is_some_and(|context| context.is(raw))
    }

    /// Waits for the posts that are under way and takes the context out, so that later ones find none.
    pub(crate) fn close(&self) -> Option<Context> {
        let context = self.context.write().unwrap_or_else(PoisonError::into_inner).take();
        context.map(ManuallyDrop::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Option<ManuallyDrop<Context>>> {
        self.context.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, store: Store<'_>, bookmark: Option<CString>) -> Result<(), PostError> {
        let context = self.read();
        let context: &Context = context.as_deref().ok_or(PostError::Closed)?;
        let mut memory = Vec::new();
        let mut posted = StackInstance::of_class(context, self.class, &mut memory)?;
        posted.fill(&Wanted::all(), store)?;
        posted.set_namespace(&self.namespace);
        Ok(context.post_indication(posted.as_ptr(), bookmark.as_deref())?)
    }
}

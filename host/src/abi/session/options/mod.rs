//! `MI_OperationOptions` and `MI_SubscriptionDeliveryOptions`: named values behind a handle, and what a local session
//! makes of them.
//!
//! | option | what it does |
//! |---|---|
//! | timeout | ends the operation |
//! | channels | which messages the callback is told; all, unless some are disabled |
//! | write error mode, prompt user mode | whether the callbacks are asked, told, or left out |
//! | custom options, and strings and numbers of other names | go to the provider |
//! | `WSMAN_Locale`, `WSMAN_DataLocale` as strings | replace the languages of the session |
//! | bookmark | where the subscription begins |
//!
//! The rest is about networks and processes, which are not involved here: it is kept for those who read it back.

mod get;
mod table;

pub(super) use table::{new_operation_options, new_subscription_options};

use super::handles::{self, Handles};
use crate::abi::build;
use crate::abi::declaration::Declarations;
use crate::abi::exchange::RequestOption;
use crate::abi::memory::Outcome;
use crate::operation::Request;
use omi::{Datetime, Error, Result, Value};
use omi_sys::*;
use std::ffi::CStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

static OPTIONS: Handles<Options> = Handles::new();

/// The options of one handle.
#[derive(Default)]
struct Options(Mutex<Held>);

#[derive(Clone, Default)]
struct Held {
    items: Vec<Item>,
    /// What was replaced: the caller may still use the texts that it was given.
    replaced: Vec<Arc<RequestOption>>,
}

#[derive(Clone)]
struct Item {
    option: Arc<RequestOption>,
    flags: u32,
}

/// The number of a new handle.
fn keep(options: Options) -> u64 {
    let number = handles::fresh();
    OPTIONS.add(number, Arc::new(options));
    number
}

impl Options {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets an option. Channels are several options of one name, told apart by their values.
    fn set(&self, name: &CStr, value: Value, flags: u32) -> Outcome {
        let owned = build::owned(value.kind(), &value, &Declarations::default()).map_err(|_| MI_RESULT_FAILED)?;
        let is_same = |it: &Item| {
            it.option.is_named(name.to_bytes()) && (name != __MI_OPERATIONOPTIONS_CHANNEL || it.option.source == value)
        };
        let mut held = self.lock();
        let place = held.items.iter().position(is_same);
        let option = Arc::new(RequestOption { name: name.to_owned(), source: value, value: owned });
        let item = Item { option, flags };
        match place {
            Some(place) => {
                let old = std::mem::replace(&mut held.items[place], item);
                held.replaced.push(old.option);
            }
            None => held.items.push(item),
        }
        Ok(())
    }

    /// The place and the option of a name; NO_SUCH_PROPERTY without it.
    fn find(&self, name: &CStr) -> Outcome<(u32, Item)> {
        let held = self.lock();
        let place = held.items.iter().position(|it| it.option.is_named(name.to_bytes()));
        place.map(|place| (place as u32, held.items[place].clone())).ok_or(MI_RESULT_NO_SUCH_PROPERTY)
    }

    fn at(&self, index: u32) -> Outcome<Item> {
        self.lock().items.get(index as usize).cloned().ok_or(MI_RESULT_INVALID_PARAMETER)
    }

    fn value(&self, name: &CStr) -> Option<Value> {
        self.find(name).ok().map(|(_, item)| item.option.source.clone())
    }

    fn number(&self, name: &CStr) -> Option<u32> {
        match self.value(name) {
            Some(Value::Uint32(number)) => Some(number),
            _ => None,
        }
    }

    fn channels(&self) -> Channels {
        let held = self.lock();
        let named = held.items.iter().filter(|it| it.option.is_named(__MI_OPERATIONOPTIONS_CHANNEL.to_bytes()));
        named.fold(Channels::default(), |channels, item| match item.option.source {
            Value::Uint32(channel) => channels.with(channel, item.flags & DISABLED == 0),
            _ => channels,
        })
    }
}

/// The flag of a channel that is switched off.
const DISABLED: u32 = 1;

/// Which channels of messages are wanted, by their numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Channels([bool; 3]);

impl Default for Channels {
    fn default() -> Self {
        Self([true; 3])
    }
}

impl Channels {
    fn with(mut self, channel: u32, wanted: bool) -> Self {
        if let Some(it) = self.0.get_mut(channel as usize) {
            *it = wanted;
        }
        self
    }

    pub(super) fn wants(self, channel: u32) -> bool {
        self.0.get(channel as usize).copied().unwrap_or_default()
    }

    fn wanted(self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(self.0).filter(|(_, wanted)| *wanted).map(|(channel, _)| channel)
    }
}

/// What the callbacks of an operation want to hear.
#[derive(Clone, Copy)]
pub(super) struct Wishes {
    pub(super) channels: Channels,
    pub(super) errors: MI_CallbackMode,
    pub(super) prompts: MI_CallbackMode,
    /// The answer to questions that are only reported, or not even that.
    pub(super) answer: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        let inquire = MI_CALLBACKMODE_INQUIRE;
        Self { channels: Channels::default(), errors: inquire, prompts: inquire, answer: true }
    }
}

/// The options of one operation; none for a handle of NULL.
pub(super) struct Chosen(Option<Arc<Options>>);

impl Chosen {
    /// # Errors
    /// INVALID_PARAMETER for options that were deleted, or are not of this host.
    pub(super) fn of(number: Option<u64>) -> Result<Self> {
        let unknown = |_| Error::invalid_parameter("the options were deleted, or belong to another application");
        number.map(|number| OPTIONS.get(number).map_err(unknown)).transpose().map(Self)
    }

    pub(super) fn wishes(&self) -> Wishes {
        let Some(options) = &self.0 else { return Wishes::default() };
        let mode = |name| options.number(name).map_or(MI_CALLBACKMODE_INQUIRE, MI_CallbackMode);
        Wishes {
            channels: options.channels(),
            errors: mode(__MI_OPERATIONOPTIONS_WRITEERRORMODE),
            prompts: mode(__MI_OPERATIONOPTIONS_PROMPTUSERMODE),
            answer: options.number(__MI_OPERATIONOPTIONS_PROMPTUSERMODEREGULAR_ACKVALUE) != Some(0),
        }
    }

    /// Lets a request have what the options say about it.
    pub(super) fn apply(&self, request: &mut Request) {
        let Some(options) = &self.0 else { return };
        if let Some(timeout) = options.value(__MI_OPERATIONOPTIONS_TIMEOUT).and_then(duration) {
            request.deadline = Instant::now().checked_add(timeout);
        }
        for Item { option, .. } in &options.lock().items {
            let name = option.name.to_string_lossy();
            match (&*name, &option.source) {
                ("WSMAN_Locale", Value::String(locale)) => request.locale = Some(locale.clone()),
                ("WSMAN_DataLocale", Value::String(locale)) => request.data_locale = Some(locale.clone()),
                (name, _) if name.starts_with("__MI_") => {}
                (name, value) => request.options.push((name.to_owned(), value.clone())),
            }
        }
    }

    pub(super) fn bookmark(&self) -> Option<String> {
        match self.0.as_ref()?.value(__MI_SUBSCRIPTIONDELIVERYOPTIONS_SET_BOOKMARK)? {
            Value::String(bookmark) => Some(bookmark),
            _ => None,
        }
    }
}

/// The length of an interval; `None` for none and for no time at all, which means no limit.
fn duration(value: Value) -> Option<Duration> {
    let Value::Datetime(Datetime::Interval(it)) = value else { return None };
    let hours = u64::from(it.days) * 24 + u64::from(it.hours);
    let seconds = (hours * 60 + u64::from(it.minutes)) * 60 + u64::from(it.seconds);
    let length = Duration::from_secs(seconds) + Duration::from_micros(it.microseconds.into());
    (!length.is_zero()).then_some(length)
}

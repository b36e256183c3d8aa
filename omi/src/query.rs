//! What a client asks for: namespace, wanted properties, filter, locale and options.

use crate::abi::client::HostConnection;
use crate::abi::context::Context;
use crate::abi::declared::ClassRef;
use crate::abi::fields::StackInstance;
use crate::abi::filter::HostFilter;
use crate::abi::module::Loaded;
use crate::cancel::Cancel;
use crate::client::{Destination, Session};
use crate::decl::Method;
use crate::dialogue::Support;
use crate::filter::Filter;
use crate::speak::Throttle;
use crate::stream::Streams;
use crate::wql::{Literal, Select};
use crate::{Class, Property, Result};
use omi_sys::{MI_LOCALE_TYPE_REQUESTED_DATA, MI_LOCALE_TYPE_REQUESTED_UI};
use std::sync::{Arc, Mutex};

/// A request to a provider. May be used from several threads at once.
///
/// How a provider speaks to the user is in [`speak`](crate::speak), streamed parameters in [`stream`](crate::stream),
/// cancelling in [`cancel`](crate::cancel).
pub struct Query<'a> {
    pub(crate) context: &'a Context,
    pub(crate) loaded: &'static Loaded,
    pub(crate) namespace: String,
    /// The class of the provider; `None` for a dynamic provider.
    pub(crate) class: Option<ClassRef>,
    /// The method that is being invoked.
    pub(crate) method: Option<Method>,
    pub(crate) wanted: Wanted,
    pub(crate) filter: Option<Filter>,
    pub(crate) host_filter: Option<HostFilter>,
    pub(crate) modified: Vec<String>,
    pub(crate) throttle: Mutex<Throttle>,
    pub(crate) streams: Streams,
    pub(crate) cancel: Cancel,
}

impl Query<'_> {
    /// The namespace, `root/cimv2` for example.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether the client needs this property, for itself or to test its filter. Keys are always needed, and what the class
    /// does not have never is. What is not wanted need not be read; a value that is set all the same is not sent.
    pub fn wants(&self, property: &str) -> bool {
        self.wanted.wants(self.class, property)
    }

    /// The names of the properties that the client asked for or tests in its filter, without the keys; `None` when it
    /// wants all of them.
    ///
    /// ```
    /// # fn show(query: &omi::Query<'_>) {
    /// if let Some(names) = query.requested() {
    ///     query.debug(&format!("only {}", names.join(", ")));
    /// }
    /// # }
    /// ```
    pub fn requested(&self) -> Option<&[String]> {
        self.wanted.names.as_deref()
    }

    /// Whether the client needs any of these properties.
    pub fn wants_any(&self, properties: &[&str]) -> bool {
        properties.iter().any(|property| self.wants(property))
    }

    /// Whether a Modify is to change this property: the client named it, or, where the client named none, gave a value.
    pub fn modifies(&self, property: &str) -> bool {
        self.modified.iter().any(|name| name.eq_ignore_ascii_case(property))
    }

    /// The client's query, when it sent one. The host applies it to what is posted, so a provider may ignore it.
    pub fn filter(&self) -> Option<&Select> {
        self.filter.as_ref()?.select()
    }

    /// The client's query as it came, also when it is in a language that is not WQL.
    ///
    /// ```
    /// # fn show(query: &omi::Query<'_>) {
    /// if let Some(filter) = query.raw_filter() {
    ///     query.debug(&format!("{}: {}", filter.language(), filter.expression()));
    /// }
    /// # }
    /// ```
    pub fn raw_filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }

    /// Whether the instance passes the client's filter, so that a provider can leave out the rest of the work for those
    /// that do not. The host decides; where it cannot, the SDK; where neither can, the instance passes, for the host filters
    /// again what is posted. Set the properties that [`Select::mentioned`] names first.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
    /// # fn main() {}
    /// # fn expensive(number: u32) -> String { number.to_string() }
    /// fn enumerate(query: &omi::Query<'_>, out: &mut omi::Sink<'_, SampleNumber>) -> omi::Result<()> {
    ///     let tests_text = query.filter().is_some_and(|filter| filter.mentioned().any(|name| name == "Text"));
    ///     for number in 1..=1000 {
    ///         let mut instance = SampleNumber { number: Some(number), text: None };
    ///         if tests_text || query.matches(&instance)? {
    ///             instance.text = Some(expensive(number));
    ///             out.post(instance)?;
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// When a value cannot be handed to the host.
    pub fn matches<C: Class>(&self, instance: &C) -> Result<bool> {
        let Some(filter) = &self.host_filter else { return Ok(true) };
        let mut memory = Vec::new();
        let mut candidate = StackInstance::of_class(self.context, self.loaded.require(C::SPEC)?, &mut memory)?;
        candidate.fill_partly(&|fields| instance.store(fields))?;
        if let Some(passes) = candidate.passes(filter) {
            return Ok(passes);
        }
        let derives = |class: &str, base: &str| class.eq_ignore_ascii_case(C::SPEC.name()) && C::SPEC.is_a(base);
        Ok(match self.filter() {
            Some(select) => select.matches(&instance.to_instance()?, &derives),
            None => true,
        })
    }

    /// The text that every wanted instance has in this property, when the filter says so: `WHERE Handle = '1'` requires
    /// the text `1` in `Handle`. With it a provider looks up one instance instead of making all of them.
    ///
    /// WQL compares text without regard to case, so a lookup that regards case would miss instances.
    ///
    /// ```
    /// # fn names(query: &omi::Query<'_>, all: impl FnOnce() -> Vec<String>) -> Vec<String> {
    /// match query.required_text("Handle") {
    ///     Some(handle) => vec![handle],
    ///     None => all(),
    /// }
    /// # }
    /// ```
    pub fn required_text(&self, property: &str) -> Option<String> {
        match self.filter()?.required(property)? {
            Literal::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// The language that the client wants messages in, `en-US` for example; `None` when the host does not tell.
    pub fn locale(&self) -> Option<String> {
        self.context.locale(MI_LOCALE_TYPE_REQUESTED_UI).or_else(|| self.option_text("WSMAN_Locale"))
    }

    /// The language that the client wants data in; `None` when the host does not tell.
    pub fn data_locale(&self) -> Option<String> {
        self.context.locale(MI_LOCALE_TYPE_REQUESTED_DATA).or_else(|| self.option_text("WSMAN_DataLocale"))
    }

    /// Whether the host has a call for the languages. omiserver has none, and tells them by options, which
    /// [`locale`](Self::locale) and [`data_locale`](Self::data_locale) read too.
    pub fn locale_support(&self) -> Support {
        self.context.locale_support()
    }

    /// The named option of the request.
    pub fn option(&self, name: &str) -> Option<Property> {
        self.context.option(name)
    }

    /// All options of the request.
    pub fn options(&self) -> impl Iterator<Item = Property> {
        (0..self.context.option_count()).filter_map(|index| self.context.option_at(index))
    }

    /// Whether the client has gone, cancelled, or run out of time: work that takes long may stop. Always false under
    /// omiserver, which does not tell providers.
    pub fn canceled(&self) -> bool {
        self.context.canceled()
    }

    /// The named option as text; `None` when it is absent or no string.
    ///
    /// ```
    /// # fn who(query: &omi::Query<'_>) -> Option<String> {
    /// query.option_text("HTTP_USERNAME")
    /// # }
    /// ```
    pub fn option_text(&self, name: &str) -> Option<String> {
        self.context.option_text(name)
    }

    /// The named option as a number; `None` when it is absent or no number. WS-Man carries options as text, so text that
    /// is a number counts.
    pub fn option_number(&self, name: &str) -> Option<u32> {
        self.context.option_number(name)
    }

    /// Sets an option of the request. Few hosts support that; omiserver does not.
    pub fn set_option(&self, name: &str, value: &str) -> Support {
        self.context.set_option(name, value)
    }

    /// A session with the host that the provider runs in, to ask it for what other providers know. Operations act for who
    /// sent this request. The session is the request's: when the request has had its result, the host may refuse more.
    ///
    /// ```
    /// use omi::client::OperationOptions;
    ///
    /// fn count(class: &str, query: &omi::Query<'_>) -> omi::Result<usize> {
    ///     let session = query.local_session()?;
    ///     let mut count = 0;
    ///     for instance in session.enumerate(query.namespace(), class, &OperationOptions::default().keys_only()) {
    ///         instance?;
    ///         count += 1;
    ///     }
    ///     Ok(count)
    /// }
    /// ```
    ///
    /// A request may wait for the operation, even one on its own class: requests run on worker threads. `Load`, `Unload` and
    /// the like must not wait, because the host's thread is theirs until they return; they have no local session.
    ///
    /// omiserver's is a connection with the server as the user that the provider runs as, and knows no questions, messages
    /// or progress. Its enumeration of classes is NOT_SUPPORTED.
    ///
    /// # Errors
    /// NOT_SUPPORTED where the host has no local session; what else keeps it from giving one.
    pub fn local_session(&self) -> Result<Session> {
        let connection = HostConnection::local(self.context)?;
        Ok(Session::new(Arc::new(connection), &Destination::local()))
    }

    /// How many bytes the values of an instance, or of the results of a method, may have: `None` without a limit. What has
    /// more is refused with SERVER_LIMITS_EXCEEDED, because omiserver would end the process that the provider runs in.
    pub fn instance_limit(&self) -> Option<usize> {
        self.context.instance_limit()
    }

    /// Keeps the provider loaded while it is idle, for state that must not be lost. Both hosts unload a provider that has
    /// had nothing to do for 90 seconds.
    pub fn refuse_unload(&self) -> Support {
        self.context.refuse_unload()
    }

    /// Takes [`refuse_unload`](Self::refuse_unload) back.
    pub fn request_unload(&self) -> Support {
        self.context.request_unload()
    }
}

/// Which properties of a class are wanted.
pub(crate) struct Wanted {
    /// By their place in the class; `None` is all of them.
    places: Option<Vec<bool>>,
    /// By their names, without the keys; `None` is all of them.
    names: Option<Vec<String>>,
}

impl Wanted {
    /// Everything.
    pub(crate) fn all() -> Self {
        Self { places: None, names: None }
    }

    /// The keys, what the property set or else the query's select list names, and what its condition tests.
    pub(crate) fn new(
        class: Option<ClassRef>,
        keys_only: bool,
        property_set: Option<Vec<String>>,
        filter: Option<&Select>,
    ) -> Self {
        let selected = filter.and_then(Select::properties).map(<[String]>::to_vec);
        let Some(mut names) = (if keys_only { Some(Vec::new()) } else { property_set.or(selected) }) else {
            return Self::all();
        };
        for name in filter.into_iter().flat_map(Select::mentioned) {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name.to_owned());
            }
        }
        Self { places: class.map(|class| places(class, &names)), names: Some(names) }
    }

    /// The same names in another class.
    pub(crate) fn of(&self, class: ClassRef) -> Self {
        Self { places: self.names.as_ref().map(|names| places(class, names)), names: None }
    }

    /// Whether the property at this place is wanted.
    pub(crate) fn contains(&self, index: usize) -> bool {
        self.places.as_ref().is_none_or(|wanted| wanted.get(index).copied().unwrap_or(false))
    }

    /// Whether the named property is wanted. Without a class its keys are not known, so only names count.
    fn wants(&self, class: Option<ClassRef>, property: &str) -> bool {
        match (class, &self.names) {
            (None, None) => true,
            (Some(class), None) => class.elements().position(property).is_some(),
            (Some(class), _) => class.elements().position(property).is_some_and(|index| self.contains(index)),
            (None, Some(names)) => names.iter().any(|name| name.eq_ignore_ascii_case(property)),
        }
    }
}

/// The keys and the named properties, by their place.
fn places(class: ClassRef, names: &[String]) -> Vec<bool> {
    let is_wanted = |name: &str| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
    class.elements().iter().map(|it| it.is_key() || is_wanted(it.name())).collect()
}

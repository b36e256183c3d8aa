//! What a client asks for: namespace, wanted properties, filter, locale and options.

use crate::abi::context::Context;
use crate::decl::{ClassSpec, text};
use crate::wql::{Literal, Select};
use crate::{Property, flags};
use omi_sys::{MI_LOCALE_TYPE_REQUESTED_DATA, MI_LOCALE_TYPE_REQUESTED_UI};

/// A request to a provider.
pub struct Query<'a> {
    pub(crate) context: &'a Context,
    pub(crate) namespace: String,
    pub(crate) class: &'static ClassSpec,
    pub(crate) wanted: Wanted,
    pub(crate) filter: Option<Select>,
    pub(crate) modified: Vec<String>,
}

impl Query<'_> {
    /// The namespace, `root/cimv2` for example.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether the client needs this property, for itself or to test its filter. Keys are always needed. What is not
    /// wanted need not be read; a value that is set all the same is not sent.
    pub fn wants(&self, property: &str) -> bool {
        self.wanted.wants(self.class, property)
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
        self.filter.as_ref()
    }

    /// The text that every wanted instance has in this property, when the filter says so: `WHERE Handle = '1'` requires
    /// the text `1` in `Handle`. With it a provider looks up one instance instead of making all of them.
    ///
    /// WQL compares text without regard to case, so a lookup that regards case would miss instances.
    pub fn required_text(&self, property: &str) -> Option<String> {
        match self.filter.as_ref()?.required(property)? {
            Literal::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// The language that the client wants messages in, `en-US` for example; `None` when the host does not tell.
    pub fn locale(&self) -> Option<String> {
        self.context.locale(MI_LOCALE_TYPE_REQUESTED_UI).or_else(|| self.text_option("WSMAN_Locale"))
    }

    /// The language that the client wants data in; `None` when the host does not tell.
    pub fn data_locale(&self) -> Option<String> {
        self.context.locale(MI_LOCALE_TYPE_REQUESTED_DATA).or_else(|| self.text_option("WSMAN_DataLocale"))
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

    fn text_option(&self, name: &str) -> Option<String> {
        match self.option(name)?.value? {
            crate::Value::String(text) => Some(text),
            _ => None,
        }
    }
}

/// Which properties of a class are wanted, by their place in the class.
pub(crate) struct Wanted(Option<Vec<bool>>);

impl Wanted {
    /// Everything.
    pub(crate) fn all() -> Self {
        Self(None)
    }

    /// The keys, what the property set or else the query's select list names, and what its condition tests.
    pub(crate) fn new(
        class: &ClassSpec,
        keys_only: bool,
        property_set: Option<Vec<String>>,
        filter: Option<&Select>,
    ) -> Self {
        let selected = filter.and_then(Select::properties).map(<[String]>::to_vec);
        let Some(mut names) = (if keys_only { Some(Vec::new()) } else { property_set.or(selected) }) else {
            return Self::all();
        };
        if let Some(filter) = filter {
            names.extend(filter.mentioned().map(str::to_owned));
        }
        Self(Some(
            class
                .properties
                .iter()
                .map(|property| {
                    property.flags & flags::KEY != 0
                        || names.iter().any(|name| text(property.name).eq_ignore_ascii_case(name))
                })
                .collect(),
        ))
    }

    /// Whether the property at this place is wanted.
    pub(crate) fn contains(&self, index: usize) -> bool {
        self.0.as_ref().is_none_or(|wanted| wanted.get(index).copied().unwrap_or(false))
    }

    fn wants(&self, class: &ClassSpec, property: &str) -> bool {
        self.0.is_none() || class.position(property).is_some_and(|index| self.contains(index))
    }
}

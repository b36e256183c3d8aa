//! A client's query as it came: language, text, and what the SDK understands of it.

use crate::wql::Select;

/// The filter of an enumeration or a subscription.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    language: String,
    expression: String,
    select: Option<Select>,
}

impl Filter {
    /// A filter of its language and text.
    ///
    /// ```
    /// use omi::filter::Filter;
    ///
    /// let filter = Filter::new("WQL", "SELECT * FROM Linux_Process WHERE Handle = '1'");
    /// assert_eq!(filter.select().unwrap().class(), "Linux_Process");
    /// assert_eq!(Filter::new("XPath", "//process").select(), None);
    /// ```
    pub fn new(language: impl Into<String>, expression: impl Into<String>) -> Self {
        let expression = expression.into();
        let select = Select::parse(&expression).ok();
        Self { language: language.into(), expression, select }
    }

    /// The query language as the client names it, `WQL` for example; empty when the host does not tell.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The text of the query.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The parsed query; `None` when it is in a language that is not WQL or has errors.
    pub fn select(&self) -> Option<&Select> {
        self.select.as_ref()
    }
}

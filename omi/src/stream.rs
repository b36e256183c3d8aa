//! Streamed parameters: an array OUT parameter with the qualifier `Stream`, whose elements are sent while the method runs.

use crate::decl::Method;
use crate::dialogue::Delivery;
use crate::{Error, Instance, Query, Result, ResultCode, Type, Value, flags};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The elements that a host did not take one by one, by the name of their parameter in lower case.
#[derive(Default)]
pub(crate) struct Streams(Mutex<BTreeMap<String, (Type, Vec<Value>)>>);

impl Streams {
    /// The elements of a parameter so far, as the array that it is.
    pub(crate) fn array(&self, parameter: &str) -> Option<Value> {
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (kind, elements) = streams.remove(&parameter.to_ascii_lowercase())?;
        Value::from_elements(kind, elements)
    }

    /// Sets all parameters of an output that lack a value.
    pub(crate) fn complete(&self, output: &mut Instance) {
        let names: Vec<_> = self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
        for name in names {
            if output.get(&name).is_none()
                && let Some(value) = self.array(&name)
            {
                output.set(&name, value);
            }
        }
    }
}

impl Query<'_> {
    /// Sends elements of a streamed parameter of the running method: an array of them, or a single one.
    ///
    /// Works in every host. Where the host takes no parts, as omiserver, this answers [`Delivery::Unsupported`], and the
    /// elements become the value of the parameter when the method returns, unless the output has one.
    ///
    /// ```
    /// # fn read(lines: impl Iterator<Item = String>, query: &omi::Query<'_>) -> omi::Result<()> {
    /// for line in lines {
    ///     query.stream("Lines", line)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// NO_SUCH_PROPERTY when the method has no such streamed parameter, TYPE_MISMATCH when its elements have another
    /// type, and what the host answers when it takes no more, because the client has gone for example.
    pub fn stream(&self, parameter: &str, value: impl Into<Value>) -> Result<Delivery> {
        let mut value = value.into();
        let kind = match self.method {
            Some(method) => declared(method, parameter)?,
            None => value.kind().array(),
        };
        let given = value.kind();
        if !given.is_array() {
            value = Value::from_elements(given, vec![value]).unwrap_or(Value::StringArray(Vec::new()));
        }
        value = value.used_as(kind);
        if value.kind() != kind {
            return Err(Error::type_mismatch(format!("{parameter} is {kind}, but {given} was streamed")));
        }
        let Some(elements) = value.to_elements().filter(|elements| !elements.is_empty()) else {
            return Ok(Delivery::Skipped);
        };
        let mut streams = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = parameter.to_ascii_lowercase();
        if let Some((kept, earlier)) = streams.get_mut(&key) {
            if *kept != kind {
                return Err(Error::type_mismatch(format!("{parameter} was {kept}, but now {given} was streamed")));
            }
            earlier.extend(elements);
            return Ok(Delivery::Unsupported);
        }
        drop(streams);
        let delivery = self.context.write_stream_parameter(parameter, &value)?;
        if delivery == Delivery::Unsupported {
            let mut streams = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
            streams.entry(key).or_insert_with(|| (kind, Vec::new())).1.extend(elements);
        }
        Ok(delivery)
    }
}

/// The type of a streamed parameter.
fn declared(method: Method, parameter: &str) -> Result<Type> {
    let no_such = |what: &str| {
        let message = format!("the method {} has {what} {parameter}", method.name());
        Error::new(ResultCode::NO_SUCH_PROPERTY, message)
    };
    let found = method.parameters().find(|it| it.name().eq_ignore_ascii_case(parameter));
    let found = found.ok_or_else(|| no_such("no parameter"))?;
    if found.flags & flags::STREAM == 0 || found.flags & flags::OUT == 0 || !found.kind.is_array() {
        return Err(no_such("no streamed array of results in its parameter"));
    }
    Ok(found.kind)
}

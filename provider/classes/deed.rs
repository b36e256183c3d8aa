//! What the methods that change the machine have in common.

use super::audit;
use crate::linux;
use crate::linux::users::manage::check_rights;
use omi::dialogue::Answer;
use omi::{Query, Result};

/// What is to be done to what.
pub(super) struct Deed<'a> {
    action: &'static str,
    target: &'a str,
}

impl<'a> Deed<'a> {
    /// Such as "remove the user" and "alice".
    pub(super) fn new(action: &'static str, target: &'a str) -> Self {
        Self { action, target }
    }
}

/// Checks that the process has the right to it, asks whether it shall be done, does it, and writes down what came of it.
/// `None` when it shall not be done, as with -WhatIf.
///
/// # Errors
/// ACCESS_DENIED without the right, and what `act` returns.
pub(super) fn perform<T>(
    query: &Query<'_>,
    deed: Deed<'_>,
    act: impl FnOnce() -> linux::Result<T>,
) -> Result<Option<T>> {
    let what = format!("{} {:?}", deed.action, deed.target);
    // What is started may stay, as the service of a package does, and must not have our connections.
    omi::keep_files_from_children()?;
    let done = check_rights(&what).and_then(|()| {
        if query.should_process(deed.target, deed.action) == Answer::No {
            return Ok(None);
        }
        act().map(Some)
    });
    match &done {
        Ok(None) => {}
        Ok(Some(_)) => audit(query, &what, "done"),
        Err(error) => audit(query, &what, &error.to_string()),
    }
    Ok(done?)
}

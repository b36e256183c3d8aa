//! `lumi query`: the instances that a WQL query selects.

use crate::args::{Common, Query};
use crate::failure::Result;
use crate::results::Format;
use crate::source::Source;
use omi::wql::Select;

/// Runs the command.
pub fn run(common: &Common, query: &Query) -> Result<()> {
    let select = Select::parse(&query.text)?;
    let source = Source::open(common)?;
    let namespace = common.namespace();
    let class = source.class(namespace, select.class())?;
    let properties = select.properties().map(<[String]>::to_vec);
    let format = Format { json: common.json, properties: properties.as_deref(), class: Some(&class) };
    query.answered.run(
        query.answered.dialogue.terminal(),
        |options| source.session.query(namespace, select.text(), &options),
        |replies| format.write_all(replies),
    )
}

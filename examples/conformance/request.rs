//! Sample_Request: what a provider knows of the filter and of the property set of its client.

use crate::SampleRequest;
use omi::{Enumerate, Get, Query, Result, Sink};

#[derive(Default)]
pub(crate) struct Requests;

fn what_is_asked(name: &str, query: &Query<'_>) -> Result<SampleRequest> {
    let nobody = SampleRequest { name: Some("nobody".to_owned()), ..Default::default() };
    Ok(SampleRequest {
        name: Some(name.to_owned()),
        language: query.raw_filter().map(|filter| filter.language().to_owned()),
        expression: query.raw_filter().map(|filter| filter.expression().to_owned()),
        nobody_passes: Some(query.matches(&nobody)?),
        requested: query.requested().map(<[String]>::to_vec),
    })
}

impl Enumerate<SampleRequest> for Requests {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, SampleRequest>) -> Result<()> {
        out.post(what_is_asked("enumerated", query)?)
    }
}

impl Get<SampleRequest> for Requests {
    fn get(&self, key: SampleRequest, query: &Query<'_>) -> Result<SampleRequest> {
        what_is_asked(&key.name.unwrap_or_default(), query)
    }
}

//! The method of Sample_Caller that asks the host about the instances of a class, by its local session.

use crate::SampleCaller;
use crate::caller::Caller;
use crate::sample_caller::{GetLocalSession, GetLocalSessionOutput};
use omi::client::OperationOptions;
use omi::{Invoke, Query, Result};

impl Invoke<GetLocalSession> for Caller {
    fn invoke(
        &self,
        _target: Option<SampleCaller>,
        input: GetLocalSession,
        query: &Query<'_>,
    ) -> Result<GetLocalSessionOutput> {
        Ok(match count(&input.class.unwrap_or_default(), query) {
            Ok(count) => GetLocalSessionOutput { return_value: Some(count), problem: None },
            Err(error) => GetLocalSessionOutput { return_value: None, problem: Some(error.to_string()) },
        })
    }
}

fn count(class: &str, query: &Query<'_>) -> Result<u32> {
    let mut instances = query.local_session()?.enumerate(query.namespace(), class, &OperationOptions::default());
    instances.try_fold(0, |count, instance| instance.map(|_| count + 1))
}

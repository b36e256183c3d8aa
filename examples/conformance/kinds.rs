//! Sample_Kinds: every operation on instances, which are kept in memory, with every CIM type.

use crate::SampleKinds;
use crate::sample_kinds::{Echo, EchoOutput};
use omi::{Create, Delete, Enumerate, Error, Get, Invoke, Modify, Query, Result, ResultCode, Sink, not_found};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Default)]
pub(crate) struct Kinds(Mutex<BTreeMap<u32, SampleKinds>>);

impl Kinds {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, SampleKinds>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id(key: &SampleKinds) -> Result<u32> {
    key.id.ok_or_else(|| Error::invalid_parameter("Sample_Kinds needs its key Id, a number"))
}

fn missing(id: u32) -> Error {
    not_found::<SampleKinds>(&[("Id", &id.to_string())])
}

impl Enumerate<SampleKinds> for Kinds {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, SampleKinds>) -> Result<()> {
        let all: Vec<_> = self.lock().values().cloned().collect();
        all.into_iter().try_for_each(|instance| out.post(instance))
    }
}

impl Get<SampleKinds> for Kinds {
    fn get(&self, key: SampleKinds, _query: &Query<'_>) -> Result<SampleKinds> {
        let id = id(&key)?;
        self.lock().get(&id).cloned().ok_or_else(|| missing(id))
    }
}

impl Create<SampleKinds> for Kinds {
    fn create(&self, instance: SampleKinds, _query: &Query<'_>) -> Result<SampleKinds> {
        let id = id(&instance)?;
        let mut all = self.lock();
        if all.contains_key(&id) {
            let message = format!("there is a Sample_Kinds.Id={id} already");
            return Err(Error::new(ResultCode::ALREADY_EXISTS, message));
        }
        all.insert(id, instance.clone());
        Ok(instance)
    }
}

impl Modify<SampleKinds> for Kinds {
    /// Changes the properties String and Uint32s alone, and keeps in Modified which of them it changed.
    fn modify(&self, instance: SampleKinds, query: &Query<'_>) -> Result<SampleKinds> {
        let id = id(&instance)?;
        let mut all = self.lock();
        let known = all.get_mut(&id).ok_or_else(|| missing(id))?;
        let mut modified = Vec::new();
        if query.modifies("String") {
            modified.push("String".to_owned());
            known.string = instance.string;
        }
        if query.modifies("Uint32s") {
            modified.push("Uint32s".to_owned());
            known.uint32s = instance.uint32s;
        }
        known.modified = Some(modified);
        Ok(known.clone())
    }
}

impl Delete<SampleKinds> for Kinds {
    fn delete(&self, key: SampleKinds, _query: &Query<'_>) -> Result<()> {
        let id = id(&key)?;
        self.lock().remove(&id).map(drop).ok_or_else(|| missing(id))
    }
}

impl Invoke<Echo> for Kinds {
    fn invoke(&self, _target: Option<SampleKinds>, input: Echo, _query: &Query<'_>) -> Result<EchoOutput> {
        Ok(EchoOutput { return_value: Some(0), value: input.value, numbers: input.numbers, part: input.part })
    }
}

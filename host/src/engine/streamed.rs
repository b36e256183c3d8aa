//! Streamed parameters for a client that does not take them part by part: they come with the results.

use super::size::value_size;
use omi::{Instance, Type, Value};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// About how many bytes of streamed parameters are collected for a client that does not take them one by one.
const MOST_STREAMED: usize = 16 << 20;

/// The parts that nobody took.
#[derive(Default)]
pub(super) struct Streamed(Mutex<Collected>);

#[derive(Default)]
struct Collected {
    parameters: Vec<Parameter>,
    bytes: usize,
}

/// A streamed parameter so far.
struct Parameter {
    name: String,
    /// The type of the array that its parts make.
    kind: Type,
    parts: Vec<Value>,
}

impl Streamed {
    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().parameters.is_empty()
    }

    /// Collects a part: an element, or an array of them.
    ///
    /// # Errors
    /// What the provider did wrong: the parts of a parameter have one type, and all of them have a limit.
    pub(super) fn add(&self, name: &str, part: &Value) -> Result<(), String> {
        let mut collected = self.lock();
        let kind = part.kind().array();
        let place = collected.parameters.iter().position(|it| it.name.eq_ignore_ascii_case(name));
        if let Some(first) = place.map(|place| collected.parameters[place].kind).filter(|first| *first != kind) {
            return Err(format!("streamed {name} as {first}, and then as {kind}"));
        }
        collected.bytes += value_size(part);
        if collected.bytes > MOST_STREAMED {
            let limit = MOST_STREAMED >> 20;
            return Err(format!("streamed more than {limit} MiB to a client that takes streams with the results"));
        }
        let place = place.unwrap_or_else(|| {
            collected.parameters.push(Parameter { name: name.to_owned(), kind, parts: Vec::new() });
            collected.parameters.len() - 1
        });
        collected.parameters[place].parts.push(part.clone());
        Ok(())
    }

    /// The results with all parts, behind what the provider gives there itself. The parts are gone afterwards.
    pub(super) fn complete(&self, mut results: Instance) -> Instance {
        for Parameter { name, kind, parts } in std::mem::take(&mut *self.lock()).parameters {
            let present = results.get(&name).filter(|present| present.kind().array() == kind).cloned();
            if let Some(whole) = join(kind, present.into_iter().chain(parts)) {
                results.set(&name, whole);
            }
        }
        results
    }
}

fn join(kind: Type, parts: impl Iterator<Item = Value>) -> Option<Value> {
    if kind == Type::Uint8Array {
        // Bytes one by one as values would take many times their memory.
        return Some(Value::Uint8Array(parts.flat_map(bytes).collect()));
    }
    let elements = parts.flat_map(|part| part.to_elements().unwrap_or_else(|| vec![part]));
    Value::from_elements(kind, elements.collect())
}

fn bytes(part: Value) -> Vec<u8> {
    match part {
        Value::Uint8Array(bytes) => bytes,
        Value::Uint8(byte) => vec![byte],
        _ => Vec::new(),
    }
}

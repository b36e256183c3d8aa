//! Parts of streamed parameters that no listener took.

use crate::{Instance, Property, Value};
use std::sync::{Mutex, PoisonError};

/// Keeps parts until the results of the method come, to be given with them. For transports.
#[derive(Debug, Default)]
pub struct Parts(Mutex<Vec<(String, Value)>>);

impl Parts {
    /// Keeps a part: an array of the parameter's elements.
    pub fn keep(&self, parameter: impl Into<String>, part: Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((parameter.into(), part));
    }

    /// The results with all parts that were kept, in their order.
    #[must_use]
    pub fn complete(&self, mut results: Instance) -> Instance {
        for (parameter, part) in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let mut elements = results.get(&parameter).and_then(Value::to_elements).unwrap_or_default();
            let kind = part.kind();
            elements.extend(part.to_elements().unwrap_or_default());
            let Some(whole) = Value::from_elements(kind, elements) else { continue };
            match results.property(&parameter) {
                Some(_) => results.set(&parameter, whole),
                None => results.push(Property { name: parameter.into(), kind, flags: 0, value: Some(whole) }),
            }
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_one_array() {
        let parts = Parts::default();
        parts.keep("Lines", vec![1_u32, 2].into());
        parts.keep("Lines", vec![3_u32].into());
        let results = parts.complete(Instance::new("Read").with("ReturnValue", 0_u32));
        assert_eq!(results.get("Lines"), Some(&Value::Uint32Array(vec![1, 2, 3])));
        assert_eq!(parts.complete(results.clone()), results);
    }
}

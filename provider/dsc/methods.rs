//! The door for MI: the methods that the LCM of DSC for Linux calls, the same for every resource.

use super::context::{Caller, Context};
use super::lcm_errors;
use super::resource::{AnyResource, Resource};
use crate::linux::Root;
use omi::{Error, Instance, Invoke, Method, Query, Result, Value};
use std::marker::PhantomData;

/// Bit 0 of a Set's return value asks for a reboot.
const NEEDS_REBOOT: u32 = 1;

/// Serves a resource's class.
#[derive(Debug, Default)]
pub struct Methods<R> {
    resource: R,
    root: Root,
}

macro_rules! method {
    ($(#[$about:meta])* $name:ident, $method:literal) => {
        $(#[$about])*
        #[derive(Debug)]
        pub struct $name<R> {
            input: Option<Instance>,
            resource: PhantomData<fn() -> R>,
        }

        impl<R: Resource> Method for $name<R> {
            type Class = R::Instance;
            type Output = Instance;
            const NAME: &'static str = $method;

            fn load(parameters: &mut Instance) -> Result<Self> {
                Ok(Self { input: parameters.take("InputResource")?, resource: PhantomData })
            }
        }
    };
}

method!(
    /// GetTargetResource: what is.
    Get,
    "GetTargetResource"
);
method!(
    /// TestTargetResource: whether it is as desired.
    Test,
    "TestTargetResource"
);
method!(
    /// SetTargetResource: makes it so.
    Set,
    "SetTargetResource"
);
method!(
    /// InventoryTargetResource: all that there are.
    Inventory,
    "InventoryTargetResource"
);

impl<R: Resource> Invoke<Get<R>> for Methods<R> {
    fn invoke(&self, _: Option<R::Instance>, input: Get<R>, query: &Query<'_>) -> Result<Instance> {
        let found = self.call(input.input, query, |input, context| AnyResource::get(&self.resource, input, context))?;
        Ok(output(0).with("OutputResource", Value::Instance(Box::new(found))))
    }
}

impl<R: Resource> Invoke<Test<R>> for Methods<R> {
    fn invoke(&self, _: Option<R::Instance>, input: Test<R>, query: &Query<'_>) -> Result<Instance> {
        let test = |input, context: &Context<'_>| AnyResource::test(&self.resource, input, context);
        let found = match self.call(input.input, query, test) {
            // Set then finds the same, and the next Test says again that it is not as desired.
            Err(error) if self.withholds(&error, query) => return Ok(tested(false)),
            found => found?,
        };
        found.iter().for_each(|difference| _ = query.verbose(&difference.to_string()));
        Ok(tested(found.is_empty()))
    }
}

impl<R: Resource> Invoke<Set<R>> for Methods<R> {
    fn invoke(&self, _: Option<R::Instance>, input: Set<R>, query: &Query<'_>) -> Result<Instance> {
        let set = |input, context: &Context<'_>| AnyResource::set(&self.resource, input, context);
        let done = match self.call(input.input, query, set) {
            Err(error) if self.withholds(&error, query) => return Ok(output(0)),
            done => done?,
        };
        Ok(output(if done.needs_reboot { NEEDS_REBOOT } else { 0 }))
    }
}

impl<R: Resource> Invoke<Inventory<R>> for Methods<R> {
    fn invoke(&self, _: Option<R::Instance>, input: Inventory<R>, query: &Query<'_>) -> Result<Instance> {
        let list = |input, context: &Context<'_>| AnyResource::inventory(&self.resource, input, context);
        let found = self.call(input.input, query, list)?;
        Ok(output(0).with("inventory", Value::InstanceArray(found)))
    }
}

impl<R: Resource> Methods<R> {
    fn call<T>(
        &self,
        input: Option<Instance>,
        query: &Query<'_>,
        act: impl FnOnce(Instance, &Context<'_>) -> Result<T>,
    ) -> Result<T> {
        let input = input.ok_or_else(|| {
            Error::invalid_parameter("the parameter InputResource is missing: an instance of what is desired")
        })?;
        let caller = Caller(query);
        let is_canceled = || query.canceled();
        let context = Context::new(&self.root, &caller, &is_canceled).job(caller.job());
        act(input, &context)
    }

    /// Whether the error stays in the log because the LCM would crash on it.
    fn withholds(&self, error: &Error, query: &Query<'_>) -> bool {
        let withholds = Caller(query).job().is_some() && !lcm_errors::bears_errors(&self.root);
        if withholds {
            log::error!(target: "dsc", "withheld from the LCM, which would crash (LcmErrors in /etc/lumi/dsc.conf): {error}");
        }
        withholds
    }
}

fn tested(is_as_desired: bool) -> Instance {
    output(0).with("Result", is_as_desired).with("ProviderContext", 0_u64)
}

fn output(return_value: u32) -> Instance {
    Instance::new("").with("ReturnValue", return_value)
}

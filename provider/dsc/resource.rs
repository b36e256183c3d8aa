//! What a resource is, typed for who writes one and untyped for who calls one.

use super::check::check;
use super::context::Context;
use super::difference::Difference;
use omi::decl::{ClassSpec, Property};
use omi::{Class, Error, Instance, Result};
use std::time::Instant;

/// What has come of a Set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Whether the machine must be started anew for it to count.
    pub needs_reboot: bool,
}

/// A resource: one kind of thing that can be configured.
///
/// What is desired comes as an instance of the resource's class, already [checked](super::check): keys and required
/// properties are there, values with a ValueMap are spelled as it spells them, properties with the qualifier Read are NULL.
/// A property that is NULL is neither compared nor changed.
///
/// Errors name the property and the value, and what would be right; the caller puts the resource's name in front.
pub trait Resource: Default + Send + Sync + 'static {
    /// The class of both what is desired and what is.
    type Instance: Class;

    /// Keys that need not be given.
    const MAY_BE_NULL: &'static [&'static str] = &[];

    /// Properties with a ValueMap that holds for what is desired, but not for what is.
    const TOLD_FREELY: &'static [&'static str] = &[];

    /// What is. A thing that is not there is no error: Ensure says so. Changes nothing.
    ///
    /// # Errors
    /// What is cannot be found out.
    fn get(&self, desired: &Self::Instance, context: &Context<'_>) -> Result<Self::Instance>;

    /// How what is differs from what is desired; nothing when it is so. Changes nothing.
    ///
    /// # Errors
    /// What is desired makes no sense, or what is cannot be found out.
    fn test(&self, desired: &Self::Instance, context: &Context<'_>) -> Result<Vec<Difference>>;

    /// Makes it so. Only called when [`test`](Self::test) finds a difference, and `test` finds none afterwards.
    ///
    /// # Errors
    /// It could not be made so. Then nothing is half done.
    fn set(&self, desired: &Self::Instance, context: &Context<'_>) -> Result<Done>;

    /// All that there are of the kind, of those that fit `filter`.
    ///
    /// # Errors
    /// NOT_SUPPORTED where the kind has no list.
    fn inventory(&self, filter: &Self::Instance, context: &Context<'_>) -> Result<Vec<Self::Instance>> {
        let _ = (filter, context);
        Err(Error::not_supported("it has no inventory"))
    }

    /// Which one is meant, for the log: the keys. A resource whose keys are long or secret says something else.
    fn label(&self, desired: &Instance) -> String {
        let keys = Self::Instance::SPEC.keys().filter_map(|key| desired.get(key)).map(omi::text::display);
        keys.collect::<Vec<_>>().join(", ")
    }
}

/// What a Set did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was not as desired, and is now; nothing when all was.
    pub changes: Vec<Difference>,
    /// Whether the machine must be started anew for it to count.
    pub needs_reboot: bool,
}

/// A resource of which only the name is known. Instances are of its [`class`](Self::class).
pub trait AnyResource: Sync {
    /// The class.
    fn class(&self) -> &'static ClassSpec;

    /// The name in configurations: `nxFile`.
    fn friendly_name(&self) -> String {
        friendly_name(self.class())
    }

    /// [`Resource::MAY_BE_NULL`].
    fn may_be_null(&self) -> &'static [&'static str];

    /// [`Resource::TOLD_FREELY`].
    fn told_freely(&self) -> &'static [&'static str];

    /// Checks what is desired by what the class declares, and spells its values as the class does. Does not look at the
    /// machine.
    ///
    /// # Errors
    /// INVALID_PARAMETER with the property, the value and what is allowed.
    fn check(&self, desired: &mut Instance) -> Result<()>;

    /// [`Resource::get`] of what is checked.
    ///
    /// # Errors
    /// INVALID_PARAMETER when what is desired makes no sense, and what the resource returns.
    fn get(&self, desired: Instance, context: &Context<'_>) -> Result<Instance>;

    /// [`Resource::test`] of what is checked.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn test(&self, desired: Instance, context: &Context<'_>) -> Result<Vec<Difference>>;

    /// [`Resource::set`] of what is checked, when it is not as desired.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn set(&self, desired: Instance, context: &Context<'_>) -> Result<Outcome>;

    /// [`Resource::inventory`]; the keys of the filter need not be given.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn inventory(&self, filter: Instance, context: &Context<'_>) -> Result<Vec<Instance>>;
}

impl<R: Resource> AnyResource for R {
    fn class(&self) -> &'static ClassSpec {
        R::Instance::SPEC
    }

    fn may_be_null(&self) -> &'static [&'static str] {
        R::MAY_BE_NULL
    }

    fn told_freely(&self) -> &'static [&'static str] {
        R::TOLD_FREELY
    }

    fn check(&self, desired: &mut Instance) -> Result<()> {
        check(R::Instance::SPEC, R::MAY_BE_NULL, desired)
    }

    fn get(&self, desired: Instance, context: &Context<'_>) -> Result<Instance> {
        let label = self.label(&desired);
        call(R::Instance::SPEC, "Get", &label, desired, R::MAY_BE_NULL, context, &mut |desired| {
            Ok((self.get(&R::Instance::from_instance(desired)?, context)?.to_instance()?, "done".to_owned()))
        })
    }

    fn test(&self, desired: Instance, context: &Context<'_>) -> Result<Vec<Difference>> {
        let label = self.label(&desired);
        call(R::Instance::SPEC, "Test", &label, desired, R::MAY_BE_NULL, context, &mut |desired| {
            let differences = self.test(&R::Instance::from_instance(desired)?, context)?;
            let result = if differences.is_empty() { "in desired state".to_owned() } else { names(&differences) };
            Ok((differences, result))
        })
    }

    fn set(&self, desired: Instance, context: &Context<'_>) -> Result<Outcome> {
        let label = self.label(&desired);
        call(R::Instance::SPEC, "Set", &label, desired, R::MAY_BE_NULL, context, &mut |desired| {
            let desired = R::Instance::from_instance(desired)?;
            let changes = self.test(&desired, context)?;
            if changes.is_empty() {
                return Ok((Outcome::default(), "in desired state already".to_owned()));
            }
            let Done { needs_reboot } = self.set(&desired, context)?;
            let result = format!("set {}{}", names(&changes), if needs_reboot { ", needs a reboot" } else { "" });
            Ok((Outcome { changes, needs_reboot }, result))
        })
    }

    fn inventory(&self, filter: Instance, context: &Context<'_>) -> Result<Vec<Instance>> {
        let keys: Vec<&str> = R::Instance::SPEC.properties().iter().map(Property::name).collect();
        let label = self.label(&filter);
        call(R::Instance::SPEC, "Inventory", &label, filter, &keys, context, &mut |filter| {
            let found = self.inventory(&R::Instance::from_instance(filter)?, context)?;
            let found = found.iter().map(Class::to_instance).collect::<Result<Vec<_>>>()?;
            let result = format!("{} found", found.len());
            Ok((found, result))
        })
    }
}

/// Checks what is desired, does it, and writes down what came of it. The same code for every resource.
fn call<T>(
    spec: &ClassSpec,
    operation: &str,
    label: &str,
    mut desired: Instance,
    may_be_null: &[&str],
    context: &Context<'_>,
    act: &mut dyn FnMut(Instance) -> Result<(T, String)>,
) -> Result<T> {
    let name = friendly_name(spec);
    let begin = Instant::now();
    let done = check(spec, may_be_null, &mut desired).and_then(|()| act(desired)).map_err(|error| named(&name, error));
    let job = context.job_id().map(|job| format!(" of job {job}")).unwrap_or_default();
    let what = format!("{operation} {name} {label:?}{job}");
    let time = begin.elapsed().as_secs_f64() * 1e3;
    match &done {
        Ok((_, result)) => log::info!(target: "dsc", "{what}: {result} ({time:.1} ms)"),
        Err(error) => log::error!(target: "dsc", "{what}: {error} ({time:.1} ms)"),
    }
    done.map(|(value, _)| value)
}

/// The error with the resource's name in front, which no client would know otherwise.
fn named(resource: &str, error: Error) -> Error {
    if error.message().starts_with(resource) {
        return error;
    }
    Error::new(error.code(), format!("{resource}: {}", error.message()))
}

fn names(differences: &[Difference]) -> String {
    differences.iter().map(|difference| difference.property).collect::<Vec<_>>().join(", ")
}

/// The name of a resource in configurations: the qualifier FriendlyName.
pub(super) fn friendly_name(spec: &ClassSpec) -> String {
    let found = spec.qualifiers().get("FriendlyName").and_then(|qualifier| qualifier.texts().next());
    found.unwrap_or(spec.name()).to_owned()
}

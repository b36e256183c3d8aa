//! What a provider can do: one trait for each capability.
//!
//! A type implements the capabilities that it has, for each class that it serves, and [`module!`](crate::module!) finds
//! them. What is not implemented stays an empty slot in the provider's table, and the host answers NOT_SUPPORTED.
//!
//! Every method runs on a worker thread, may take its time, and may panic: the panic becomes an error. The same provider
//! object is called from several threads at once. When many requests of a class hang, further ones of this class are
//! refused with SERVER_LIMITS_EXCEEDED; other classes go on.

use crate::decl::ClassSpec;
use crate::{Class, Error, LoadContext, Method, Query, Result, Sink};

/// Makes the provider when the host loads its class. A type that implements [`Default`] needs none.
///
/// Runs on the host's thread and holds up every other provider meanwhile, so it must be quick.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
/// # fn main() {}
/// use omi::{Load, LoadContext, Result};
///
/// struct Numbers {
///     last: u32,
/// }
///
/// impl Load for Numbers {
///     fn load(_context: &LoadContext<'_>) -> Result<Self> {
///         let text = std::fs::read_to_string("/etc/sample/last")?;
///         let last = text.trim().parse().map_err(|_| omi::Error::failed(format!("/etc/sample/last: {text:?} is no number")))?;
///         Ok(Self { last })
///     }
/// }
/// ```
pub trait Load: Sized {
    /// Makes the provider.
    ///
    /// # Errors
    /// Why the class cannot be served; every request then fails.
    fn load(context: &LoadContext<'_>) -> Result<Self>;
}

/// Has something to do before the host unloads the class. Most providers need none: what they own is dropped.
///
/// Runs on the host's thread, as [`Load`]. Requests may still be running.
///
/// ```
/// use omi::{LoadContext, Result, Unload};
///
/// #[derive(Default)]
/// struct Cache;
///
/// impl Unload for Cache {
///     fn unload(&self, _context: &LoadContext<'_>) -> Result<()> {
///         std::fs::write("/var/lib/sample/cache", "...")?;
///         Ok(())
///     }
/// }
/// ```
pub trait Unload {
    /// Called before the provider is dropped.
    ///
    /// # Errors
    /// What went wrong, for the host's log. The provider is dropped all the same.
    fn unload(&self, context: &LoadContext<'_>) -> Result<()>;
}

/// Lists the instances of a class.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
/// # fn main() {}
/// use omi::{Enumerate, Query, Result, Sink};
///
/// struct Numbers;
///
/// impl Enumerate<SampleNumber> for Numbers {
///     fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, SampleNumber>) -> Result<()> {
///         for number in 1..=1000 {
///             // The text is made only when somebody wants it.
///             let text = query.wants("Text").then(|| number.to_string());
///             out.post(SampleNumber { number: Some(number), text })?;
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Enumerate<C: Class>: Send + Sync + 'static {
    /// Whether to enumerate on the host's own thread, which then waits, instead of a worker: asked anew for each request, or
    /// never if this is `None`.
    ///
    /// Only for a few instances that are there at once: computed, or read from small files of the system and from what the
    /// kernel makes in memory, as in `/proc`. No network, no other program, no lock that others hold for long. It saves two
    /// changes of threads, up to a tenth of a millisecond each. All other providers on the host's thread wait meanwhile, in
    /// lumi's host those of the same library also for a client that reads slowly.
    ///
    /// A worker costs less than one may fear for many instances: under omiserver, which wakes its own thread for each
    /// instance of another one, that thread takes the instances of a quick provider in batches.
    const INLINE: Option<fn(&Self) -> bool> = None;

    /// Posts every instance of exactly this class; a subclass has a provider of its own.
    ///
    /// # Errors
    /// The error reaches the client after the instances that were posted before it.
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, C>) -> Result<()>;
}

/// Finds one instance by its keys.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
/// # fn main() {}
/// use omi::{Get, Query, Result, not_found};
///
/// struct Numbers;
///
/// impl Get<SampleNumber> for Numbers {
///     fn get(&self, key: SampleNumber, _query: &Query<'_>) -> Result<SampleNumber> {
///         match key.number {
///             Some(number @ 1..=1000) => Ok(SampleNumber { text: Some(number.to_string()), ..key }),
///             other => Err(not_found::<SampleNumber>(&[("Number", &format!("{other:?}"))])),
///         }
///     }
/// }
/// ```
pub trait Get<C: Class>: Send + Sync + 'static {
    /// The instance with the keys of `key`, whose other properties are as in its `Default`. A key may be `None` when the client
    /// left it out.
    ///
    /// # Errors
    /// NOT_FOUND, see [`not_found`], when there is no such instance.
    fn get(&self, key: C, query: &Query<'_>) -> Result<C>;
}

/// Makes an instance.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
/// # fn main() {}
/// use omi::{Create, Error, Query, Result};
/// use std::sync::Mutex;
///
/// #[derive(Default)]
/// struct Numbers(Mutex<Vec<SampleNumber>>);
///
/// impl Create<SampleNumber> for Numbers {
///     fn create(&self, instance: SampleNumber, _query: &Query<'_>) -> Result<SampleNumber> {
///         let mut numbers = self.0.lock().unwrap();
///         if numbers.iter().any(|it| it.number == instance.number) {
///             return Err(Error::new(omi::ResultCode::ALREADY_EXISTS, format!("{:?} is there already", instance.number)));
///         }
///         numbers.push(instance.clone());
///         Ok(instance)
///     }
/// }
/// ```
pub trait Create<C: Class>: Send + Sync + 'static {
    /// Makes the instance and returns it as it now is, at least with its keys.
    ///
    /// # Errors
    /// ALREADY_EXISTS when there is one with these keys.
    fn create(&self, instance: C, query: &Query<'_>) -> Result<C>;
}

/// Changes an instance.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
/// # fn main() {}
/// use omi::{Modify, Query, Result, not_found};
/// use std::sync::Mutex;
///
/// #[derive(Default)]
/// struct Numbers(Mutex<Vec<SampleNumber>>);
///
/// impl Modify<SampleNumber> for Numbers {
///     fn modify(&self, instance: SampleNumber, query: &Query<'_>) -> Result<SampleNumber> {
///         let mut numbers = self.0.lock().unwrap();
///         let number = numbers.iter_mut().find(|it| it.number == instance.number);
///         let number = number.ok_or_else(|| not_found::<SampleNumber>(&[]))?;
///         // A text that the client did not name stays; one that it named may be set to NULL.
///         if query.modifies("Text") {
///             number.text = instance.text;
///         }
///         Ok(number.clone())
///     }
/// }
/// ```
pub trait Modify<C: Class>: Send + Sync + 'static {
    /// Changes the instance with the keys of `instance` and returns it as it now is. [`Query::modifies`] tells which
    /// properties to change.
    ///
    /// # Errors
    /// NOT_FOUND when there is no such instance.
    fn modify(&self, instance: C, query: &Query<'_>) -> Result<C>;
}

/// Removes an instance.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
/// # fn main() {}
/// use omi::{Delete, Query, Result, not_found};
/// use std::sync::Mutex;
///
/// #[derive(Default)]
/// struct Numbers(Mutex<Vec<SampleNumber>>);
///
/// impl Delete<SampleNumber> for Numbers {
///     fn delete(&self, key: SampleNumber, _query: &Query<'_>) -> Result<()> {
///         let mut numbers = self.0.lock().unwrap();
///         let place = numbers.iter().position(|it| it.number == key.number);
///         numbers.remove(place.ok_or_else(|| not_found::<SampleNumber>(&[]))?);
///         Ok(())
///     }
/// }
/// ```
pub trait Delete<C: Class>: Send + Sync + 'static {
    /// Removes the instance with the keys of `key`.
    ///
    /// # Errors
    /// NOT_FOUND when there is no such instance.
    fn delete(&self, key: C, query: &Query<'_>) -> Result<()>;
}

/// Runs a method.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
/// # fn main() {}
/// use omi::{Error, Invoke, Query, Result};
/// use sample_number::{Add, AddOutput};
///
/// struct Numbers;
///
/// impl Invoke<Add> for Numbers {
///     fn invoke(&self, target: Option<SampleNumber>, input: Add, _query: &Query<'_>) -> Result<AddOutput> {
///         let number = target.and_then(|it| it.number).ok_or_else(|| Error::invalid_parameter("Add needs a Sample_Number"))?;
///         let amount = input.amount.ok_or_else(|| Error::invalid_parameter("Add needs the parameter Amount"))?;
///         Ok(AddOutput { return_value: Some(0), sum: Some(u64::from(number) + u64::from(amount)) })
///     }
/// }
/// ```
pub trait Invoke<M: Method>: Send + Sync + 'static {
    /// Runs the method on the instance with the keys of `target`, which is `None` for a static method.
    ///
    /// # Errors
    /// Why the method did not run. A method that ran and failed says so by its return value.
    fn invoke(&self, target: Option<M::Class>, input: M, query: &Query<'_>) -> Result<M::Output>;
}

/// NOT_FOUND, naming the class and the keys that were asked for.
pub fn not_found<C: Class>(keys: &[(&str, &str)]) -> Error {
    absent(C::SPEC, keys)
}

fn absent(class: &ClassSpec, keys: &[(&str, &str)]) -> Error {
    let keys: Vec<String> = keys.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    Error::not_found(format!("there is no {}.{}", class.name(), keys.join(",")))
}

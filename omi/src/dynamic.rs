//! Dynamic providers: classes that are known at run time only.
//!
//! A module may have one, for the classes without a provider of their own. Which classes those are the registration says:
//! by a `CLASS` line or, in a program with lumi's host, by `HostBuilder::dynamic_class`. omiserver never asks a dynamic
//! provider; lumi's host does.

use crate::association::Traversal;
use crate::{AnySink, Error, Instance, Query, Result};

/// Serves classes that the module does not declare. What is not implemented answers NOT_SUPPORTED.
///
/// ```
/// use omi::{AnySink, Dynamic, Instance, Query, Result, not_supported};
///
/// #[derive(Default)]
/// struct Files;
///
/// impl Dynamic for Files {
///     fn enumerate(&self, class: &str, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
///         if !class.eq_ignore_ascii_case("Sample_File") {
///             return Err(not_supported(class, "enumerate"));
///         }
///         for entry in std::fs::read_dir("/tmp")? {
///             let name = entry?.file_name().to_string_lossy().into_owned();
///             out.post_dynamic(Instance::new("Sample_File").with_key("Name", name))?;
///         }
///         Ok(())
///     }
/// }
///
/// omi::module! { dynamic: Files }
/// # fn main() {}
/// ```
#[allow(unused_variables)]
pub trait Dynamic: Send + Sync + 'static {
    /// Posts every instance of exactly this class.
    ///
    /// # Errors
    /// The error reaches the client after the instances that were posted before it.
    fn enumerate(&self, class: &str, query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        Err(not_supported(class, "enumerate"))
    }

    /// The instance with the keys of `key`.
    ///
    /// # Errors
    /// NOT_FOUND when there is no such instance.
    fn get(&self, class: &str, key: Instance, query: &Query<'_>) -> Result<Instance> {
        Err(not_supported(class, "get"))
    }

    /// Makes the instance and returns it as it now is.
    ///
    /// # Errors
    /// ALREADY_EXISTS when there is one with these keys.
    fn create(&self, class: &str, instance: Instance, query: &Query<'_>) -> Result<Instance> {
        Err(not_supported(class, "create"))
    }

    /// Changes the instance and returns it as it now is; [`Query::modifies`] tells which properties to change.
    ///
    /// # Errors
    /// NOT_FOUND when there is no such instance.
    fn modify(&self, class: &str, instance: Instance, query: &Query<'_>) -> Result<Instance> {
        Err(not_supported(class, "modify"))
    }

    /// Removes the instance with the keys of `key`.
    ///
    /// # Errors
    /// NOT_FOUND when there is no such instance.
    fn delete(&self, class: &str, key: Instance, query: &Query<'_>) -> Result<()> {
        Err(not_supported(class, "delete"))
    }

    /// Runs a method and returns its output parameters, the return value among them as `ReturnValue`.
    ///
    /// # Errors
    /// Why the method did not run.
    fn invoke(&self, class: &str, call: DynamicCall, query: &Query<'_>) -> Result<Instance> {
        Err(not_supported(class, &call.method))
    }

    /// As [`Associate::associators`](crate::Associate::associators), for the association `class`.
    ///
    /// # Errors
    /// As [`enumerate`](Self::enumerate).
    fn associators(&self, class: &str, from: &Traversal, query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        Err(not_supported(class, "associators"))
    }

    /// As [`Associate::references`](crate::Associate::references), for the association `class`.
    ///
    /// # Errors
    /// As [`enumerate`](Self::enumerate).
    fn references(&self, class: &str, from: &Traversal, query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        Err(not_supported(class, "references"))
    }
}

/// A call of a method whose class is known at run time only.
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicCall {
    /// The method name.
    pub method: String,
    /// The instance whose method is called; `None` for a static method.
    pub target: Option<Instance>,
    /// The input parameters.
    pub parameters: Instance,
}

/// NOT_SUPPORTED, naming class and operation.
pub fn not_supported(class: &str, operation: &str) -> Error {
    Error::not_supported(format!("{class} does not support {operation}"))
}

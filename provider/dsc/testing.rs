//! A machine to configure, for the tests of the resources.

use super::{AnyResource, Context, Difference, Outcome, Resource};
use crate::linux::Root;
use crate::linux::testing::{facts, scratch};
use omi::dialogue::Listener;
use omi::{Class, Result};
use std::fs;
use tempfile::TempDir;

struct Nobody;

impl Listener for Nobody {}

/// A root directory with some files.
pub(super) struct Machine {
    pub(super) root: Root,
    /// Removed with the machine.
    _folder: Option<TempDir>,
}

impl Machine {
    /// With these files, below `/`.
    pub(super) fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = Self { root: Root::at(folder.path(), facts()), _folder: Some(folder) };
        for (path, contents) in files {
            machine.write(path, contents);
        }
        machine
    }

    /// A system that is there to be changed; `None`, and a word why, when there is none.
    pub(super) fn scratch() -> Option<Self> {
        scratch().map(Self::at)
    }

    /// Whose files are there.
    pub(super) fn at(root: Root) -> Self {
        Self { root, _folder: None }
    }

    pub(super) fn write(&self, path: &str, contents: &[u8]) {
        let path = self.root.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.root.path(path)).unwrap()
    }

    pub(super) fn get<R: Resource>(&self, resource: &R, desired: &R::Instance) -> R::Instance {
        let desired = desired.to_instance().unwrap();
        let found = self.within(|context| AnyResource::get(resource, desired, context)).unwrap();
        R::Instance::from_instance(found).unwrap()
    }

    pub(super) fn test<R: Resource>(&self, resource: &R, desired: &R::Instance) -> Result<Vec<Difference>> {
        let desired = desired.to_instance()?;
        self.within(|context| AnyResource::test(resource, desired, context))
    }

    pub(super) fn set<R: Resource>(&self, resource: &R, desired: &R::Instance) -> Result<Outcome> {
        let desired = desired.to_instance()?;
        self.within(|context| AnyResource::set(resource, desired, context))
    }

    pub(super) fn inventory<R: Resource>(&self, resource: &R, filter: &R::Instance) -> Result<Vec<R::Instance>> {
        let filter = filter.to_instance()?;
        let found = self.within(|context| AnyResource::inventory(resource, filter, context))?;
        found.into_iter().map(R::Instance::from_instance).collect()
    }

    /// A Set that nobody wants any more when it begins.
    pub(super) fn set_canceled<R: Resource>(&self, resource: &R, desired: &R::Instance) -> Result<Outcome> {
        AnyResource::set(resource, desired.to_instance()?, &Context::new(&self.root, &Nobody, &|| true))
    }

    /// It is not as desired; Set makes it so, Test confirms that, and a second Set changes nothing.
    pub(super) fn converges<R: Resource>(&self, resource: &R, desired: &R::Instance) -> Outcome {
        assert_ne!(self.test(resource, desired).unwrap(), [], "nothing to do");
        let outcome = self.set(resource, desired).unwrap();
        assert_ne!(outcome.changes, []);
        assert_eq!(self.test(resource, desired).unwrap(), [], "Set did not make it so");
        assert_eq!(self.set(resource, desired).unwrap(), Outcome::default());
        outcome
    }

    /// In an operation that is cancelled from the beginning.
    pub(super) fn canceled<T>(&self, act: impl FnOnce(&Context<'_>) -> T) -> T {
        act(&Context::new(&self.root, &Nobody, &|| true))
    }

    fn within<T>(&self, act: impl FnOnce(&Context<'_>) -> T) -> T {
        act(&Context::new(&self.root, &Nobody, &|| false))
    }
}

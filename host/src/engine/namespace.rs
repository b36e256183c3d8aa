//! A namespace: which classes it has, how they derive from each other, and which library serves each.

use super::library::Library;
use super::suggest::did_you_mean;
use crate::class::{Class, SharedClass};
use crate::registration::Role;
use omi::{Error, Name, Result, ResultCode};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// The most classes that an error suggests instead.
const MOST_HINTS: usize = 5;

/// A namespace.
pub(crate) struct Namespace {
    pub name: Name,
    entries: Vec<Entry>,
    /// Class to superclass; the keys are in lower case.
    parents: HashMap<String, Name>,
}

/// A class that a registration or a library's schema names.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The class, then its ancestors, nearest first.
    pub path: Vec<Name>,
    pub role: Role,
    pub library: Arc<Library>,
    /// What was said about a class that the library serves dynamically; else the library declares it.
    pub declaration: Option<SharedClass>,
    /// The classes of an association's ends; empty for other classes.
    pub ends: Vec<Name>,
    /// Who says so, for messages: a line of a `.reg` file, or a library.
    pub origin: String,
}

impl Entry {
    pub(crate) fn class(&self) -> &Name {
        &self.path[0]
    }

    /// The declaration of this class or an ancestor; `None` when nobody gives it. Loads the library.
    fn declare(&self, name: &str, deadline: Option<Instant>) -> Result<Option<SharedClass>> {
        let is_own = self.class().eq_ignore_ascii_case(name);
        if let Some(class) = self.declaration.as_ref().filter(|_| is_own) {
            return Ok(Some(class.clone()));
        }
        let catalogue = self.library.catalogue(deadline)?;
        let declared = catalogue.class(name).cloned();
        let is_dynamic = is_own && self.role == Role::Provider && catalogue.dynamic.is_some();
        Ok(declared.or_else(|| is_dynamic.then(|| self.name_only())))
    }

    /// What the registration of a dynamically served class says about it.
    fn name_only(&self) -> SharedClass {
        let class = Class::named(self.class().clone());
        Arc::new(Class { ancestors: self.path[1..].to_vec(), ..class })
    }
}

impl Namespace {
    pub(crate) fn new(name: Name) -> Self {
        Self { name, entries: Vec::new(), parents: HashMap::new() }
    }

    /// Adds a class.
    ///
    /// # Errors
    /// A sentence that says why not: it, or an ancestor, derives from another class than an earlier entry says, or
    /// another library serves it already.
    pub(crate) fn add(&mut self, entry: Entry) -> Result<(), String> {
        let Entry { path, origin, .. } = &entry;
        for link in path.windows(2) {
            if let Some(parent) = self.parent(&link[0])
                && !parent.eq_ignore_ascii_case(&link[1])
            {
                return Err(format!(
                    "{origin}: {} is disabled in {}: {} derives from {} here, but from {parent} elsewhere",
                    path[0], self.name, link[0], link[1]
                ));
            }
        }
        if entry.role != Role::Declared
            && let Some(first) = self.serving(&path[0])
        {
            return Err(format!(
                "{origin}: {} is disabled in {}: {} serves it already",
                path[0], self.name, first.origin
            ));
        }
        for link in path.windows(2) {
            self.parents.entry(link[0].to_ascii_lowercase()).or_insert_with(|| link[1].clone());
        }
        self.entries.push(entry);
        Ok(())
    }

    fn parent(&self, class: &str) -> Option<&Name> {
        self.parents.get(&class.to_ascii_lowercase())
    }

    fn serving(&self, class: &str) -> Option<&Entry> {
        self.entries.iter().find(|it| it.role != Role::Declared && it.class().eq_ignore_ascii_case(class))
    }

    /// The provider of a class.
    ///
    /// # Errors
    /// NOT_SUPPORTED, naming the class, when there is none.
    pub(crate) fn provider(&self, class: &str) -> Result<&Entry> {
        self.serving(class).filter(|it| it.role == Role::Provider).ok_or_else(|| self.no_provider(class))
    }

    pub(crate) fn no_provider(&self, class: &str) -> Error {
        let subclasses: Vec<_> = self.subtree(class).take(MOST_HINTS).map(|it| it.class().as_ref()).collect();
        let hint = if subclasses.is_empty() { String::new() } else { format!("; try {}", subclasses.join(", ")) };
        Error::not_supported(format!("no provider serves the class {class} in {}{hint}", self.name))
    }

    /// The providers of a class and of the classes that derive from it, in order of registration.
    pub(crate) fn subtree(&self, base: &str) -> impl Iterator<Item = &Entry> {
        self.providers().filter(move |it| self.derives(it.class(), base))
    }

    /// All providers of instances, in order of registration.
    pub(crate) fn providers(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|it| it.role == Role::Provider)
    }

    /// The providers that post indications of a class and of the classes that derive from it.
    pub(crate) fn indications(&self, base: &str) -> impl Iterator<Item = &Entry> {
        let posting = self.entries.iter().filter(|it| it.role == Role::Indication);
        posting.filter(move |it| self.derives(it.class(), base))
    }

    /// The associations that may lead away from instances of a class: those with an end that the class is or derives
    /// from. Of class `base` and below, if given.
    pub(crate) fn associations<'a>(
        &'a self,
        source: &'a str,
        base: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Entry> {
        let wanted = self.providers().filter(move |it| base.is_none_or(|base| self.derives(it.class(), base)));
        wanted.filter(move |it| it.ends.iter().any(|end| self.derives(source, end)))
    }

    /// Whether a class is the other one or derives from it.
    pub(crate) fn derives(&self, class: &str, base: &str) -> bool {
        let mut at = class;
        // No chain is longer than the number of links; a ring ends there too.
        for _ in 0..=self.parents.len() {
            if at.eq_ignore_ascii_case(base) {
                return true;
            }
            match self.parent(at) {
                Some(parent) => at = parent,
                None => return false,
            }
        }
        false
    }

    /// The declaration of a class. Loads the library that declares it.
    ///
    /// # Errors
    /// INVALID_CLASS with the nearest name when the namespace has no such class, FAILED when its library cannot be
    /// loaded.
    pub(crate) fn class(&self, name: &str, deadline: Option<Instant>) -> Result<SharedClass> {
        let own = self.entries.iter().filter(|it| it.class().eq_ignore_ascii_case(name));
        let inherited = self.entries.iter().filter(|it| it.path[1..].iter().any(|it| it.eq_ignore_ascii_case(name)));
        let mut failure = None;
        for entry in own.chain(inherited) {
            match entry.declare(name, deadline) {
                Ok(Some(class)) => return Ok(class),
                Ok(None) => failure = failure.or_else(|| Some(undeclared(entry, name))),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| self.unknown_class(name)))
    }

    fn unknown_class(&self, name: &str) -> Error {
        let known = self.entries.iter().flat_map(|it| &it.path).map(AsRef::as_ref);
        let hint = did_you_mean(name, known);
        Error::new(ResultCode::INVALID_CLASS, format!("there is no class {name:?} in {}{hint}", self.name))
    }

    /// All classes by name. Those whose library cannot be loaded are missing, which is reported to the log.
    pub(crate) fn classes(&self) -> Vec<SharedClass> {
        let mut names: Vec<&str> = self.entries.iter().flat_map(|it| &it.path).map(AsRef::as_ref).collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        names.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        let found = names
            .into_iter()
            .filter_map(|name| self.class(name, None).inspect_err(|error| log::warn!("{}: {error}", self.name)).ok());
        found.collect()
    }
}

fn undeclared(entry: &Entry, class: &str) -> Error {
    let text = format!("{} names the class {class}, but {} does not declare it", entry.origin, entry.library.source());
    Error::new(ResultCode::INVALID_CLASS, text)
}

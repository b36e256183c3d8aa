//! From provider libraries and registration folders to a host.

use super::catalogue::Catalogue;
use super::home::Home;
use super::library::Library;
use super::namespace::{Entry, Namespace};
use super::{Core, Host};
use crate::abi::{Main, Source};
use crate::class::{Class, SharedClass};
use crate::registration::{self, RegClass, Role};
use omi::{Error, Name, Result, Value, flags};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The namespace of providers that say nothing else.
const DEFAULT_NAMESPACE: &str = "root/cimv2";

/// After how long an idle provider is unloaded, unless the builder is told otherwise; OMI's figure.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// Says what a [`Host`] serves.
pub struct HostBuilder {
    libraries: Vec<Added>,
    /// Classes without a library to serve them.
    homeless: Vec<Name>,
    folders: Vec<PathBuf>,
    provider_dir: Option<PathBuf>,
    idle_timeout: Option<Duration>,
    second_names: Vec<(Name, Name)>,
}

/// A library that was named by itself.
struct Added {
    source: Source,
    namespaces: Vec<Name>,
    /// The classes that it serves dynamically.
    dynamic: Vec<Class>,
}

impl Default for HostBuilder {
    fn default() -> Self {
        Self {
            libraries: Vec::new(),
            homeless: Vec::new(),
            folders: Vec::new(),
            provider_dir: None,
            idle_timeout: Some(IDLE_TIMEOUT),
            second_names: Vec::new(),
        }
    }
}

impl HostBuilder {
    /// Adds a provider library, whose own declarations say which classes it has. Without namespaces it serves
    /// `root/cimv2`. A class with the qualifier `Namespace` is in that namespace, and in no other.
    #[must_use]
    pub fn provider(self, library: &Path, namespaces: &[&str]) -> Self {
        self.add(Source::File(library.into()), namespaces)
    }

    /// Adds a provider that is linked into this program, under a name for messages; otherwise as
    /// [`provider`](Self::provider). `main` must be what mi.h calls `MI_Main`.
    #[must_use]
    pub fn linked(self, name: &str, main: Main, namespaces: &[&str]) -> Self {
        self.add(Source::Linked(name.into(), main), namespaces)
    }

    fn add(mut self, source: Source, namespaces: &[&str]) -> Self {
        self.libraries.push(Added { source, namespaces: names(namespaces), dynamic: Vec::new() });
        self
    }

    /// Says that the library which was added last serves a class by its dynamic provider, what mi.h calls
    /// `dynamicProviderFT`. That provider is not asked for classes of whose provider the library has declarations.
    ///
    /// With its properties and methods declared, requests are checked and values have their types. Of a class that is
    /// [`named`](Class::named) only, all is left to the provider, and values from a network are texts. In registration
    /// folders a `CLASS` line is enough for that, and a library may also declare such a class without a provider.
    #[must_use]
    pub fn dynamic_class(mut self, class: Class) -> Self {
        match self.libraries.last_mut() {
            Some(library) => library.dynamic.push(class),
            None => self.homeless.push(class.name),
        }
        self
    }

    /// Adds a registration folder, `/etc/opt/omi/conf/omiregister` for example. Its libraries are loaded when they are
    /// first needed.
    #[must_use]
    pub fn register_dir(mut self, folder: &Path) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// Sets where the libraries of registration folders are looked for first.
    #[must_use]
    pub fn provider_dir(mut self, directory: &Path) -> Self {
        self.provider_dir = Some(directory.into());
        self
    }

    /// Gives a namespace a second name, under which all its classes are found, too: what a symbolic link in OMI's
    /// registration folder does.
    #[must_use]
    pub fn second_name(mut self, namespace: &str, second: &str) -> Self {
        self.second_names.push((namespace.into(), second.into()));
        self
    }

    /// Sets how long a provider without calls and subscriptions stays loaded, 90 seconds otherwise; `None` for as long
    /// as the host. One whose last call ended meanwhile may stay up to twice as long. Providers can refuse it
    /// (`RefuseUnload`).
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// The host. Libraries that were named one by one are loaded now.
    ///
    /// # Errors
    /// A library that cannot be loaded, a folder that cannot be read, a dynamic class whose library has no dynamic
    /// provider or declares a provider of its own for it. What is wrong inside a folder disables only what
    /// it concerns; see [`Host::problems`].
    pub fn build(self) -> Result<Host> {
        let mut assembly =
            Assembly { idle_timeout: self.idle_timeout, second_names: self.second_names, ..Assembly::default() };
        if let Some(class) = self.homeless.first() {
            let text = format!("dynamic_class({class}) comes before the library that serves the class");
            return Err(Error::invalid_parameter(text));
        }
        for added in self.libraries {
            assembly.add_library(added)?;
        }
        for folder in self.folders {
            assembly.add_folder(&folder, self.provider_dir.as_deref())?;
        }
        for problem in &assembly.problems {
            log::warn!("{problem}");
        }
        let mut namespaces: Vec<_> = assembly.namespaces.into_iter().map(Arc::new).collect();
        namespaces.sort_by(|a, b| a.name.cmp(&b.name));
        let libraries = assembly.libraries.into_values().chain(assembly.linked).collect();
        let core = Core { namespaces, libraries, problems: assembly.problems, running: Mutex::default() };
        let core = Arc::new(core);
        assembly.home.settle(&core);
        Ok(Host { core })
    }
}

fn names(namespaces: &[&str]) -> Vec<Name> {
    let given = if namespaces.is_empty() { &[DEFAULT_NAMESPACE] } else { namespaces };
    given.iter().map(|name| Name::from(*name)).collect()
}

/// The namespace that a class is in, whatever namespaces its library serves: its qualifier Namespace.
fn own_namespace(class: &Class) -> Option<Name> {
    let qualifier = class.qualifiers.iter().find(|qualifier| qualifier.name.eq_ignore_ascii_case("Namespace"))?;
    match &qualifier.value {
        Some(Value::String(namespace)) => Some(Name::from(namespace.as_str())),
        _ => None,
    }
}

/// What a library says about a class of its own.
fn entry(class: &Class, is_served: bool, library: Arc<Library>) -> Entry {
    let role = match is_served {
        false => Role::Declared,
        true if class.flags & flags::INDICATION != 0 => Role::Indication,
        true => Role::Provider,
    };
    let path = std::iter::once(&class.name).chain(&class.ancestors).cloned().collect();
    let ends = class.references().filter_map(|end| end.class_name.clone()).collect();
    let origin = library.source().to_string();
    Entry { path, role, library, declaration: None, ends, origin }
}

/// A class that a library is said to serve dynamically must be served so.
fn check_dynamic(class: &Class, catalogue: &Catalogue, source: &Source) -> Result<()> {
    let name = &class.name;
    if catalogue.declared(name).is_some_and(|declared| declared.provider.is_some()) {
        return Err(Error::invalid_parameter(format!("{source} declares a provider for {name}, so it is not dynamic")));
    }
    if catalogue.dynamic.is_none() {
        return Err(Error::not_supported(format!("{source} has no dynamic provider that could serve {name}")));
    }
    Ok(())
}

#[derive(Default)]
struct Assembly {
    namespaces: Vec<Namespace>,
    /// One per file, whatever the number of namespaces that it serves.
    libraries: HashMap<PathBuf, Arc<Library>>,
    linked: Vec<Arc<Library>>,
    home: Home,
    problems: Vec<String>,
    idle_timeout: Option<Duration>,
    second_names: Vec<(Name, Name)>,
}

impl Assembly {
    fn library(&mut self, source: &Source) -> Result<Arc<Library>> {
        match source {
            Source::File(path) => {
                if let Some(library) = self.libraries.get(path) {
                    return Ok(library.clone());
                }
                let library = Library::new(source.clone(), self.home.clone(), self.idle_timeout)?;
                self.libraries.insert(path.clone(), library.clone());
                Ok(library)
            }
            Source::Linked(..) => {
                let library = Library::new(source.clone(), self.home.clone(), self.idle_timeout)?;
                self.linked.push(library.clone());
                Ok(library)
            }
        }
    }

    fn add_library(&mut self, Added { source, namespaces, dynamic }: Added) -> Result<()> {
        let library = self.library(&source)?;
        let catalogue = library.catalogue(None)?;
        let dynamic: Vec<SharedClass> = dynamic.into_iter().map(Arc::new).collect();
        for class in &dynamic {
            check_dynamic(class, &catalogue, &source)?;
        }
        for declared in catalogue.iter() {
            let is_served = declared.provider.is_some();
            let own = own_namespace(&declared.class);
            for namespace in own.as_ref().map_or(namespaces.as_slice(), std::slice::from_ref) {
                self.add(namespace, entry(&declared.class, is_served, library.clone()));
            }
        }
        for namespace in &namespaces {
            for class in &dynamic {
                let declaration = Some(class.clone());
                self.add(namespace, Entry { declaration, ..entry(class, true, library.clone()) });
            }
        }
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path, provider_dir: Option<&Path>) -> Result<()> {
        let found = registration::read(folder, provider_dir).map_err(|error| {
            Error::new(Error::from(error).code(), format!("registration folder {} cannot be read", folder.display()))
        })?;
        self.problems.extend(found.problems);
        for it in found.classes {
            let library = self.library(&Source::File(it.library))?;
            let origin = format!("{}:{}", it.file.display(), it.class.line);
            let RegClass { path, role, ends, .. } = it.class;
            // Each end is written with its ancestors; the class itself comes first.
            let ends = ends.into_iter().flatten().filter_map(|end| end.into_iter().next()).collect();
            self.add(&it.namespace, Entry { path, role, library, declaration: None, ends, origin });
        }
        Ok(())
    }

    /// Adds a class to a namespace, under both its names where it has two.
    fn add(&mut self, namespace: &Name, entry: Entry) {
        let second = self.second_names.iter().filter(|(first, _)| first.eq_ignore_ascii_case(namespace));
        for second in second.map(|(_, second)| second.clone()).collect::<Vec<_>>() {
            self.add_once(&second, entry.clone());
        }
        self.add_once(namespace, entry);
    }

    fn add_once(&mut self, namespace: &Name, entry: Entry) {
        let place = self.namespaces.iter().position(|it| it.name.eq_ignore_ascii_case(namespace));
        let place = place.unwrap_or_else(|| {
            self.namespaces.push(Namespace::new(namespace.clone()));
            self.namespaces.len() - 1
        });
        if let Err(problem) = self.namespaces[place].add(entry) {
            self.problems.push(problem);
        }
    }
}

//! From provider libraries and registration folders to a host.

use super::home::Home;
use super::library::Library;
use super::namespace::{Entry, Namespace};
use super::{Core, Host};
use crate::abi::{Main, Source};
use crate::registration::{self, RegClass, Role};
use omi::{Error, Name, Result, flags};
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
    libraries: Vec<(Source, Vec<Name>)>,
    folders: Vec<PathBuf>,
    provider_dir: Option<PathBuf>,
    idle_timeout: Option<Duration>,
}

impl Default for HostBuilder {
    fn default() -> Self {
        Self { libraries: Vec::new(), folders: Vec::new(), provider_dir: None, idle_timeout: Some(IDLE_TIMEOUT) }
    }
}

impl HostBuilder {
    /// Adds a provider library, whose own declarations say which classes it has. Without namespaces it serves
    /// `root/cimv2`.
    #[must_use]
    pub fn provider(mut self, library: &Path, namespaces: &[&str]) -> Self {
        self.libraries.push((Source::File(library.into()), names(namespaces)));
        self
    }

    /// Adds a provider that is linked into this program, under a name for messages; otherwise as
    /// [`provider`](Self::provider). `main` must be what mi.h calls `MI_Main`.
    #[must_use]
    pub fn linked(mut self, name: &str, main: Main, namespaces: &[&str]) -> Self {
        self.libraries.push((Source::Linked(name.into(), main), names(namespaces)));
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
    /// A library that cannot be loaded, a folder that cannot be read. What is wrong inside a folder disables only what
    /// it concerns; see [`Host::problems`].
    pub fn build(self) -> Result<Host> {
        let mut assembly = Assembly { idle_timeout: self.idle_timeout, ..Assembly::default() };
        for (source, namespaces) in self.libraries {
            assembly.add_library(source, &namespaces)?;
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

#[derive(Default)]
struct Assembly {
    namespaces: Vec<Namespace>,
    /// One per file, whatever the number of namespaces that it serves.
    libraries: HashMap<PathBuf, Arc<Library>>,
    linked: Vec<Arc<Library>>,
    home: Home,
    problems: Vec<String>,
    idle_timeout: Option<Duration>,
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

    fn add_library(&mut self, source: Source, namespaces: &[Name]) -> Result<()> {
        let library = self.library(&source)?;
        let catalogue = library.catalogue(None)?;
        for namespace in namespaces {
            for declared in catalogue.iter() {
                let class = &declared.class;
                let role = match declared.provider {
                    None => Role::Declared,
                    Some(_) if class.flags & flags::INDICATION != 0 => Role::Indication,
                    Some(_) => Role::Provider,
                };
                let path = std::iter::once(&class.name).chain(&class.ancestors).cloned().collect();
                let origin = source.to_string();
                let ends = class.references().filter_map(|end| end.class_name.clone()).collect();
                self.add(namespace, Entry { path, role, library: library.clone(), ends, origin });
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
            self.add(&it.namespace, Entry { path, role, library, ends, origin });
        }
        Ok(())
    }

    fn add(&mut self, namespace: &Name, entry: Entry) {
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

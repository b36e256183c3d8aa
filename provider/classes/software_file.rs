//! Linux_SoftwareIdentityFile: from a package to its files, on demand.

use super::association::{self, Pairs, Take};
use super::{logical_file, software_identity};
use crate::linux::{Root, packages};
use crate::schema::LinuxSoftwareIdentityFile;
use crate::schema::linux_software_identity_file::Keys;
use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Instance, Query, Result, Sink};

/// Serves Linux_SoftwareIdentityFile.
#[derive(Default)]
pub(crate) struct SoftwareFiles {
    root: Root,
}

impl Pairs for SoftwareFiles {
    const ENDS: [&'static str; 2] = ["SystemElement", "SameElement"];

    fn each(&self, source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let package = source.filter(|source| source.class_name().eq_ignore_ascii_case("Linux_SoftwareIdentity"));
        let Some(id) = package.and_then(|package| package.text("InstanceID")) else { return Ok(()) };
        let (package, manager) = software_identity::find(&self.root, id)?;
        let paths = packages::files(&self.root, manager, &package)?;
        let files = logical_file::View::read(&self.root)?;
        let package = software_identity::instance(package, manager).to_instance()?;
        for path in paths {
            match files.file(&self.root, &path) {
                Ok(file) => take([package.clone(), file.to_instance()?])?,
                // It was removed since, or lies where the requestor may not look.
                Err(error) => log::debug!("a file of {id} is left out: {error}"),
            }
        }
        Ok(())
    }
}

impl Associate<LinuxSoftwareIdentityFile> for SoftwareFiles {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        association::associators(self, from, out)
    }

    fn references(
        &self,
        from: &Traversal,
        query: &Query<'_>,
        out: &mut Sink<'_, LinuxSoftwareIdentityFile>,
    ) -> Result<()> {
        association::references(self, from, query.namespace(), &mut |[system_element, same_element]| {
            out.post(LinuxSoftwareIdentityFile::new(Keys { system_element, same_element }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn a_package_leads_to_those_of_its_files_that_are_there() {
        let files = SoftwareFiles { root: machine("debian12") };
        let source = |id: &str| Instance::new("Linux_SoftwareIdentity").with_key("InstanceID", id);
        let pairs = association::pairs(&files, Some(&source("Linux:Package:libc6-2.36-9+deb12u4.amd64"))).unwrap();
        assert!(pairs.is_empty(), "the fixture has no library");
        let gone = association::pairs(&files, Some(&source("Linux:Package:libc6-1.amd64"))).unwrap_err();
        assert_eq!(gone.code(), omi::ResultCode::NOT_FOUND);
        assert!(association::pairs(&files, None).unwrap().is_empty());
    }

    #[test]
    fn a_package_of_alpine_leads_to_a_directory() {
        let files = SoftwareFiles { root: machine("alpine") };
        let source = Instance::new("Linux_SoftwareIdentity")
            .with_key("InstanceID", "Linux:Package:alpine-baselayout-3.4.3-r2.x86_64");
        let pairs = association::pairs(&files, Some(&source)).unwrap();
        let paths: Vec<&str> = pairs.iter().filter_map(|[_, file]| file.text("Name")).collect();
        assert_eq!(paths, ["/etc"], "of five paths the fixture has one");
    }
}

//! The `omiregister` folder: one directory per namespace, with `.reg` files.

use super::{Hosting, RegClass, RegFile};
use omi::Name;
use std::path::{Path, PathBuf};

/// What a registration folder says.
#[derive(Debug, Default)]
pub struct Registrations {
    /// The usable class lines of all files, with their libraries.
    pub classes: Vec<Registration>,
    /// What cannot be used, and why: one sentence each.
    pub problems: Vec<String>,
}

/// A class line with its circumstances.
#[derive(Debug)]
pub struct Registration {
    /// The namespace, `root/cimv2` for example.
    pub namespace: Name,
    /// The file that says so.
    pub file: PathBuf,
    /// The provider library; it need not exist.
    pub library: PathBuf,
    /// The class line.
    pub class: RegClass,
}

/// Reads a registration folder. `provider_dir` is where libraries are looked for first, `/opt/omi/lib` for example.
///
/// # Errors
/// Only when the folder itself cannot be read. Everything else is in [`Registrations::problems`].
pub fn read(folder: &Path, provider_dir: Option<&Path>) -> std::io::Result<Registrations> {
    let mut found = Registrations::default();
    for directory in sorted_entries(folder)? {
        // A link to a directory is a namespace too: DSC registers itself that way.
        if !directory.is_dir() {
            continue;
        }
        let Some(namespace) = directory.file_name().and_then(|name| name.to_str()).map(namespace_of) else {
            found.problems.push(format!("{} is no namespace: its name is not UTF-8", directory.display()));
            continue;
        };
        match sorted_entries(&directory) {
            Ok(files) => {
                for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "reg")) {
                    found.read_file(&namespace, file, &library_dirs(folder, file, provider_dir));
                }
            }
            Err(error) => found.problems.push(format!("{}: {error}", directory.display())),
        }
    }
    Ok(found)
}

impl Registrations {
    fn read_file(&mut self, namespace: &Name, file: &Path, library_dirs: &[PathBuf]) {
        let parsed = std::fs::read_to_string(file)
            .map_err(|error| format!("{}: {error}", file.display()))
            .and_then(|text| RegFile::parse(&text, file).map_err(|error| error.to_string()));
        let reg = match parsed {
            Ok(reg) if reg.script => {
                return self.problems.push(format!("{}: script providers are not supported", file.display()));
            }
            Ok(reg) => reg,
            Err(problem) => return self.problems.push(problem),
        };
        let library = find_library(&reg.library, library_dirs);
        for class in reg.classes {
            if let Hosting::User(user) = &class.hosting {
                self.problems.push(format!(
                    "{}:{}: HOSTING={user} is not supported: {} runs in this process, as its user",
                    file.display(),
                    class.line,
                    class.path[0]
                ));
            }
            self.classes.push(Registration {
                namespace: namespace.clone(),
                file: file.into(),
                library: library.clone(),
                class,
            });
        }
    }
}

/// The directory name `root-cimv2` stands for the namespace `root/cimv2`.
fn namespace_of(directory: &str) -> Name {
    directory.replace('-', "/").into()
}

/// Where a library may be: the provider directory, `PREFIX/lib` for a folder `PREFIX/etc/omiregister`, beside the
/// `.reg` file, and where OMI's packages put them.
fn library_dirs(folder: &Path, file: &Path, provider_dir: Option<&Path>) -> Vec<PathBuf> {
    let prefix = folder.parent().and_then(Path::parent);
    let dirs = [
        provider_dir.map(Path::to_path_buf),
        prefix.map(|prefix| prefix.join("lib")),
        file.parent().map(Path::to_path_buf),
        Some(PathBuf::from("/opt/omi/lib")),
    ];
    dirs.into_iter().flatten().collect()
}

/// The file of `LIBRARY=name`. When there is none, the first place where it could be, so that loading names it.
fn find_library(name: &str, dirs: &[PathBuf]) -> PathBuf {
    if Path::new(name).is_absolute() {
        return name.into();
    }
    let as_name = dirs.iter().map(|dir| dir.join(format!("lib{name}.so")));
    let as_file = dirs.iter().map(|dir| dir.join(name));
    let mut candidates = as_name.chain(as_file);
    candidates.clone().find(|path| path.is_file()).or_else(|| candidates.next()).unwrap_or_else(|| name.into())
}

fn sorted_entries(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join("etc/omiregister").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn read_in(root: &tempfile::TempDir) -> Registrations {
        read(&root.path().join("etc/omiregister"), None).unwrap()
    }

    #[test]
    fn directories_are_namespaces_and_links_count() {
        let root = folder(&[("root-cimv2/a.reg", "LIBRARY=a\nCLASS=A\n"), ("root-cimv2/readme.txt", "no")]);
        let register = root.path().join("etc/omiregister");
        std::os::unix::fs::symlink(register.join("root-cimv2"), register.join("root-Microsoft-DSC")).unwrap();
        let namespaces: Vec<_> = read_in(&root).classes.iter().map(|it| it.namespace.to_string()).collect();
        assert_eq!(namespaces, ["root/Microsoft/DSC", "root/cimv2"]);
    }

    #[test]
    fn libraries_are_found_in_the_tree_of_the_folder() {
        let root = folder(&[("root-a/a.reg", "LIBRARY=a\nCLASS=A\n"), ("root-a/b.reg", "LIBRARY=/x/b.so\nCLASS=B\n")]);
        let lib = root.path().join("lib");
        fs::create_dir(&lib).unwrap();
        fs::write(lib.join("liba.so"), "").unwrap();
        let libraries: Vec<_> = read_in(&root).classes.into_iter().map(|it| it.library).collect();
        assert_eq!(libraries, [lib.join("liba.so"), PathBuf::from("/x/b.so")]);
    }

    #[test]
    fn a_bad_file_disables_itself_only() {
        let root = folder(&[("root-a/bad.reg", "nonsense"), ("root-a/good.reg", "LIBRARY=x\nCLASS=A\n")]);
        let found = read_in(&root);
        assert_eq!(found.classes.len(), 1);
        assert_eq!(found.problems.len(), 1);
        assert!(found.problems[0].contains("bad.reg:1: \"nonsense\" is not KEY=VALUE"), "{:?}", found.problems);
    }

    #[test]
    fn other_users_are_reported() {
        let root = folder(&[("n/1.reg", "LIBRARY=x\nHOSTING=daemon\nCLASS=A\n")]);
        assert!(read_in(&root).problems[0].contains("HOSTING=daemon is not supported"));
    }
}

//! Databases that rpm itself made, in each format that the installed rpm writes, and what is left of them when they are
//! damaged.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::linux::testing::{facts, skipped};
use crate::linux::tool::Tool;

/// The formats, each with the file that it keeps its packages in.
const FORMATS: [(&str, &str); 3] = [("sqlite", "rpmdb.sqlite"), ("ndb", "Packages.db"), ("bdb", "Packages")];

/// What a package says of itself that a query might be misled by.
const SPECS: [(&str, &str); 2] = [
    (
        "lumi-one",
        "Epoch: 2\nVersion: 1.0\nRelease: 3\nSummary: With a \ttab, an é, 100% and a \"quote\"\nVendor: Acme, Inc.\n\
         URL: https://example.com/\nGroup: Applications/System\nBuildArch: noarch\n",
    ),
    ("lumi-two", "Version: 0~rc1\nRelease: 1.el9\nSummary: Without anything else\n"),
];

/// A root directory with rpm in it, and packages that lie there to be installed.
struct Machine {
    dir: TempDir,
}

impl Machine {
    /// Says why, and gives `None`, where that cannot be made.
    fn new() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            skipped("only root may chroot to where the databases are made");
            return None;
        }
        for tool in ["rpm", "rpmbuild"] {
            if !Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success()) {
                skipped(&format!("{tool} is not installed"));
                return None;
            }
        }
        let machine = Self { dir: tempfile::tempdir().unwrap() };
        machine.copy_rpm();
        SPECS.iter().for_each(|(name, fields)| machine.build(name, fields));
        Some(machine)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path.trim_start_matches('/'))
    }

    fn root(&self) -> Root {
        Root::at(self.dir.path(), facts())
    }

    /// The program with its libraries and its configuration.
    fn copy_rpm(&self) {
        let program = Tool::find(&Root::host(), "rpm").unwrap();
        let libraries = Command::new("ldd").arg(&program).output().unwrap();
        let libraries = String::from_utf8(libraries.stdout).unwrap();
        let libraries = libraries.split_whitespace().filter(|word| word.starts_with('/')).map(str::to_owned);
        for file in libraries.chain([program]) {
            let copy = self.path(&file);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(&file, copy).unwrap();
        }
        for folder in ["etc/rpm", "usr/lib", "tmp"] {
            fs::create_dir_all(self.path(folder)).unwrap();
        }
        let copied = Command::new("cp").args(["-aL", "/usr/lib/rpm"]).arg(self.path("usr/lib")).status().unwrap();
        assert!(copied.success());
    }

    fn build(&self, name: &str, fields: &str) {
        let (work, spec) = (self.path("tmp"), self.path(&format!("tmp/{name}.spec")));
        let text = format!(
            "Name: {name}\n{fields}License: MIT\n%description\nNothing.\n%install\nmkdir -p %{{buildroot}}/opt/{name}\n\
             echo x > \"%{{buildroot}}/opt/{name}/a file\"\n%files\n/opt/{name}\n"
        );
        fs::write(&spec, text).unwrap();
        let mut build = Command::new("rpmbuild");
        build.arg("-bb").arg("--define").arg(format!("_topdir {}", work.display()));
        let built = build.arg("--define").arg(format!("_rpmdir {}", work.display())).arg(&spec).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }

    /// Makes the database anew in this format. Says why, and gives false, where this rpm does not write it.
    fn install(&self, format: &str, file: &str) -> bool {
        let _ = fs::remove_dir_all(self.path("var/lib/rpm"));
        fs::create_dir_all(self.path("var/lib/rpm")).unwrap();
        let macros = format!("%_db_backend {format}\n%_dbpath /var/lib/rpm\n");
        fs::write(self.path("etc/rpm/macros"), macros).unwrap();
        let mut names: Vec<String> = Vec::new();
        for folder in ["noarch", std::env::consts::ARCH] {
            for file in fs::read_dir(self.path("tmp").join(folder)).unwrap() {
                names.push(format!("/tmp/{folder}/{}", file.unwrap().file_name().to_str().unwrap()));
            }
        }
        let installed =
            self.rpm(&[&["-i", "--nodeps"], &names.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
        if installed.is_err() || !self.path("var/lib/rpm").join(file).exists() {
            skipped(&format!("this rpm does not write databases of the format {format}"));
            return false;
        }
        true
    }

    /// What rpm inside says, or its complaint.
    fn rpm(&self, arguments: &[&str]) -> std::result::Result<String, String> {
        let output = Command::new("chroot").arg(self.dir.path()).arg("/usr/bin/rpm").args(arguments).output().unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

fn identities(root: &Root) -> Result<Vec<Package>> {
    packages(root, Manager::of(root)?)?.collect()
}

#[test]
fn rpm_says_the_same_of_real_databases_of_each_format() {
    let Some(machine) = Machine::new() else { return };
    for (format, file) in FORMATS {
        if !machine.install(format, file) {
            continue;
        }
        let root = machine.root();
        assert_eq!(Manager::of(&root).unwrap(), Manager::Rpm, "{format}");
        let theirs = machine.rpm(&["-qa", "--queryformat", "%{NEVRA}\\t%{SUMMARY}\\t%{SIZE}\\n"]).unwrap();
        let theirs: BTreeSet<String> = theirs.lines().map(str::to_owned).collect();
        let all = identities(&root).unwrap();
        let said = |package: &Package| {
            let (summary, size) = (package.summary.clone().unwrap(), package.installed_size.unwrap());
            format!("{}\t{summary}\t{size}", package.identity())
        };
        assert_eq!(all.iter().map(said).collect::<BTreeSet<_>>(), theirs, "{format}");
        assert_eq!(all.len(), SPECS.len());
        let one = all.iter().find(|package| package.name == "lumi-one").unwrap();
        assert_eq!((one.epoch, one.vendor.as_deref()), (Some(2), Some("Acme, Inc.")));
        assert!(one.installed.unwrap().elapsed().unwrap() < Duration::from_secs(600));
        let theirs = machine.rpm(&["-ql", "lumi-one"]).unwrap();
        let ours = files(&root, Manager::Rpm, one).unwrap();
        assert_eq!(ours, theirs.lines().collect::<Vec<_>>());
        assert!(ours.contains(&"/opt/lumi-one/a file".to_owned()), "{ours:?}");
    }
}

#[test]
fn a_database_of_rpm_that_is_damaged_is_an_error_in_rpm_s_own_words_and_comes_soon() {
    let Some(machine) = Machine::new() else { return };
    let (format, file) = FORMATS[0];
    if !machine.install(format, file) {
        return;
    }
    let path = machine.path("var/lib/rpm").join(file);
    let whole = fs::read(&path).unwrap();
    let refuse = |what: &str| {
        let asked = Instant::now();
        let error = identities(&machine.root()).expect_err(what).to_string();
        assert!(error.starts_with("rpm "), "{what}: {error}");
        // Five seconds, and ten more on a machine that is busy with other tests.
        assert!(asked.elapsed() < Duration::from_secs(15), "{what}: {:?}", asked.elapsed());
    };
    for length in [1, 100, 4096, whole.len() / 2] {
        machine.install(format, file);
        for rest in ["rpmdb.sqlite-wal", "rpmdb.sqlite-shm"] {
            let _ = fs::remove_file(machine.path("var/lib/rpm").join(rest));
        }
        fs::write(&path, &whole[..length]).unwrap();
        refuse(&format!("{length} of {} bytes", whole.len()));
    }
    fs::write(&path, [0x5a; 65_536]).unwrap();
    refuse("no database");
    // An rpm that was built without this format only warns, and knows of no package.
    fs::remove_dir_all(machine.path("var/lib/rpm")).unwrap();
    fs::create_dir_all(machine.path("var/lib/rpm")).unwrap();
    fs::write(machine.path("var/lib/rpm/Packages.db"), [0x5a; 65_536]).unwrap();
    fs::write(machine.path("etc/rpm/macros"), "%_db_backend ndb\n%_dbpath /var/lib/rpm\n").unwrap();
    refuse("no database of the format ndb");
}

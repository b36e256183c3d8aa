//! A private omiserver: a scratch copy of an installed OMI that runs where nothing else sees it.
//!
//! OMI's programs have their paths compiled in. So the copy is mounted over the installed tree in a mount namespace, and
//! a network namespace beside it has the ports free and keeps them from everybody else; the host name is its own, too. The installed tree stays as it
//! is. This takes root; without root or without OMI the tests are skipped.

use crate::run;
use crate::skip::skipped;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Where omiserver listens, inside its network namespace.
pub(crate) const URL: &str = "http://127.0.0.1:5985/wsman";

/// Hanging is omiserver's usual way to fail.
const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps the namespaces. A line on standard input starts the server; the end of standard input, which also comes when
/// the test process dies, ends every process in the namespaces. Agents outlive a server that is stopped, so the server
/// is not asked to stop but ended together with them.
const KEEPER: &str = r#"
trap '' INT
mount --bind "$1" "$2" && ip link set lo up && echo ready || exit
read -r line && { "$2/bin/omiserver" --ignoreAuthentication & }
read -r line
here=$(readlink /proc/self/ns/net)
for process in /proc/[0-9]*; do
    pid=${process#/proc/}
    if [ "$pid" != $$ ] && [ "$(readlink "$process/ns/net")" = "$here" ]; then kill -KILL "$pid"; fi
done
"#;

/// An OMI of the test's own. Dropping it ends its processes and removes its files.
pub(crate) struct Omi {
    prefix: PathBuf,
    scratch: TempDir,
    keeper: Child,
    /// `None` once the keeper has been told to end.
    keeper_input: Option<ChildStdin>,
}

impl Omi {
    /// Copies the installed OMI and prepares its namespaces. Says why, and gives `None`, where that cannot be done.
    pub(crate) fn prepare() -> Option<Self> {
        match Self::try_prepare() {
            Ok(omi) => Some(omi),
            Err(reason) => {
                skipped(&reason);
                None
            }
        }
    }

    fn try_prepare() -> Result<Self, String> {
        let prefix = installed()?;
        if !nix::unistd::geteuid().is_root() {
            return Err("only root can run omiserver in namespaces of its own".to_owned());
        }
        let scratch = tempfile::Builder::new().prefix("lumi-omi-").tempdir().map_err(|error| error.to_string())?;
        copy(&prefix, scratch.path()).map_err(|error| format!("{} cannot be copied: {error}", prefix.display()))?;
        let (keeper, keeper_input) = enter(scratch.path(), &prefix)?;
        Ok(Self { prefix, scratch, keeper, keeper_input: Some(keeper_input) })
    }

    /// Registers a provider library with OMI's own tool and returns the registration file that the tool writes.
    pub(crate) fn omireg(&self, namespace: &str, library: &Path) -> String {
        let output = self.run(self.client("omireg").args(["-n", namespace]).arg(library));
        assert!(output.status.success(), "omireg refuses {}: {}", library.display(), run::text(&output));
        fs::read_to_string(self.registration_file(namespace, &name_of(library))).unwrap()
    }

    /// Registers a provider library by a registration file of ours.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn register(&self, namespace: &str, library: &Path, registration: &str) {
        fs::copy(library, self.file("lib").join(library.file_name().unwrap())).unwrap();
        let file = self.registration_file(namespace, &name_of(library));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, registration).unwrap();
    }

    /// Starts the server and waits until clients can connect.
    pub(crate) fn start(&mut self) {
        writeln!(self.keeper_input.as_ref().unwrap(), "start").unwrap();
        let deadline = Instant::now() + PATIENCE;
        // The socket is there a moment before the server listens on it.
        let listens = || UnixStream::connect(self.file("var/run/omiserver.sock")).is_ok();
        while !(self.file("var/run/omiserver.pid").exists() && listens()) {
            assert!(Instant::now() < deadline, "omiserver does not start:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The server, its engine and its agents.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn processes(&self) -> Vec<u32> {
        let network = |pid: u32| fs::read_link(format!("/proc/{pid}/ns/net")).ok();
        let own = network(self.keeper.id());
        let is_ours = |pid: &u32| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            name.starts_with("omi") && network(*pid) == own
        };
        let names = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.parse().ok()).filter(is_ours).collect()
    }

    /// Runs OMI's command-line client.
    pub(crate) fn omicli<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Output {
        self.run(self.client("omicli").args(arguments))
    }

    /// A command that runs where the server is seen.
    pub(crate) fn enter(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--net", "--uts", "--target", &self.keeper.id().to_string()]).arg(program.as_ref());
        command
    }

    /// A command for one of OMI's programs, where the server is seen.
    pub(crate) fn client(&self, program: &str) -> Command {
        self.enter(self.prefix.join("bin").join(program))
    }

    fn run(&self, command: &mut Command) -> Output {
        run::within(PATIENCE, command)
    }

    /// A file of the installed tree, by the path that it has for the server.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn installed(&self, path: &str) -> PathBuf {
        self.prefix.join(path)
    }

    /// A file of the copy, by the path that it has for everybody else.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.scratch.path().join(path)
    }

    /// `-` stands for the `/` of a namespace in the names of its directory.
    fn registration_file(&self, namespace: &str, library: &str) -> PathBuf {
        self.file("etc/omiregister").join(namespace.replace('/', "-")).join(format!("{library}.reg"))
    }

    /// A file beside the logs of server, engine and agents.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn log_file(&self, name: &str) -> PathBuf {
        self.file("var/log").join(name)
    }

    /// What server, engine and agents logged.
    fn log(&self) -> String {
        let files = fs::read_dir(self.file("var/log")).into_iter().flatten().flatten();
        files.map(|file| format!("{}:\n{}", file.path().display(), text_of(&file.path()))).collect()
    }
}

impl Drop for Omi {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("omiserver's logs:\n{}", self.log());
        }
        self.keeper_input = None;
        let _ = self.keeper.wait();
    }
}

/// Where OMI is installed, with its configuration beside it.
pub(crate) fn installed() -> Result<PathBuf, String> {
    let prefix = PathBuf::from(std::env::var_os("OMI_PREFIX").unwrap_or_else(|| "/opt/omi".into()));
    if !prefix.join("bin/omiserver").exists() {
        return Err(format!("there is no OMI in {}; OMI_PREFIX can name another place", prefix.display()));
    }
    if !prefix.join("etc/omiserver.conf").exists() {
        return Err(format!("{} does not have its configuration in etc, as a source build has", prefix.display()));
    }
    Ok(prefix)
}

/// Copies the tree into a folder, with the owners and the service account that the server asks for. The account must
/// exist and not be root; `nobody` is on every system.
pub(crate) fn copy(prefix: &Path, folder: &Path) -> Result<(), String> {
    let output = run::within(PATIENCE, Command::new("cp").arg("-a").arg(prefix.join(".")).arg(folder));
    if !output.status.success() {
        return Err(run::text(&output));
    }
    prepare_tree(folder).map_err(|error| error.to_string())
}

fn prepare_tree(tree: &Path) -> std::io::Result<()> {
    // The service account and the agents of other users go through it.
    fs::set_permissions(tree, fs::Permissions::from_mode(0o755))?;
    let nobody = nix::unistd::User::from_name("nobody")?
        .ok_or_else(|| std::io::Error::other("there is no user nobody for the service account"))?;
    let (user, group) = (Some(nobody.uid.as_raw()), Some(nobody.gid.as_raw()));
    chown(tree.join("var/run"), user, group)?;
    let certificates = tree.join("etc/ssl/certs");
    chown(&certificates, user, group)?;
    for file in fs::read_dir(&certificates)? {
        chown(file?.path(), user, group)?;
    }
    // Left there by a server that runs or was killed.
    for file in ["omiserver.pid", "omiserver.sock"] {
        let _ = fs::remove_file(tree.join("var/run").join(file));
    }

    let file = tree.join("etc/omiserver.conf");
    let shipped = fs::read_to_string(&file)?;
    let is_ours = |line: &&str| ["service=", "httpport=", "httpsport="].iter().any(|key| line.starts_with(key));
    let mut lines: Vec<_> = shipped.lines().filter(|line| !is_ours(line)).collect();
    lines.extend(["service=nobody", "httpport=5985", "httpsport=5986", ""]);
    fs::write(file, lines.join("\n"))
}

/// Starts the keeper of the namespaces.
fn enter(scratch: &Path, prefix: &Path) -> Result<(Child, ChildStdin), String> {
    let mut keeper = Command::new("unshare")
        .args(["--mount", "--net", "--uts", "sh", "-c", KEEPER, "keeper"])
        .args([scratch, prefix])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("unshare does not run: {error}"))?;
    let mut line = String::new();
    let _ = BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line);
    if line.trim() != "ready" {
        let status = keeper.wait().map_err(|error| error.to_string())?;
        return Err(format!("mount and network namespaces cannot be made: {status}"));
    }
    let input = keeper.stdin.take().unwrap();
    Ok((keeper, input))
}

/// `NAME` of `libNAME.so`.
fn name_of(library: &Path) -> String {
    library.file_stem().unwrap().to_str().unwrap().trim_start_matches("lib").to_owned()
}

fn text_of(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned()
}

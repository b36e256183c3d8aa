//! What is special about apk: it keeps a list of what the machine should have, its world, and does anything to get there.

use super::Program;
use super::manage::{Act, Change, Wanted};
use crate::linux::{Error, Result, Root};

const WORLD: &str = "/etc/apk/world";

/// Without these there is no shell and no way back. Other package managers refuse to remove the like.
const ESSENTIAL: &[&str] = &["alpine-base", "alpine-baselayout", "apk-tools", "busybox", "musl"];

/// The commands that bring packages to their newest version, also one that was installed in a certain version: apk stays with
/// that until it is added again.
pub(super) fn updates(root: &Root, change: &Change<'_>) -> Result<Vec<Vec<String>>> {
    let world = root.read_text_if_present(WORLD)?.unwrap_or_default();
    let is_held = |wanted: &Wanted| {
        let Wanted::Package { name, .. } = wanted else { return false };
        // A version, or the checksum of a file that it was installed from; "<" and the like are an administrator's wish.
        let is_one = |rest: &str| rest.starts_with('=') || rest.starts_with("><");
        world.split_whitespace().any(|word| word.strip_prefix(name.as_str()).is_some_and(is_one))
    };
    let without_version = |wanted: &Wanted| match wanted {
        Wanted::Package { name, .. } => Wanted::named(name),
        other => other.clone(),
    };
    let (held, free): (Vec<_>, Vec<_>) = change.packages.iter().map(without_version).partition(is_held);
    let mut commands = Vec::new();
    if !free.is_empty() || held.is_empty() {
        commands.push(Program::Apk.arguments(&Change { packages: &free, ..*change })?);
    }
    if !held.is_empty() {
        let arguments: Vec<String> = change.arguments.iter().cloned().chain(["--upgrade".to_owned()]).collect();
        let add = Change { act: Act::Install, packages: &held, arguments: &arguments };
        commands.push(Program::Apk.arguments(&add)?);
    }
    Ok(commands)
}

/// The command that removes packages, if what goes with them can go.
pub(super) fn removal(root: &Root, change: &Change<'_>) -> Result<Vec<Vec<String>>> {
    let command = Program::Apk.arguments(change)?;
    let output = Program::Apk.tool(root)?.args(&command).args(["--simulate"]).output()?;
    match output.lines().filter_map(purged).find(|name| ESSENTIAL.contains(name)) {
        None => Ok(vec![command]),
        Some(name) => {
            let what = format!("would remove {name} as well, without which the system does not work");
            Err(Error::tool(Program::Apk.name(), what))
        }
    }
}

/// The package in a line such as `(1/2) Purging vim (9.1-r0)`.
fn purged(line: &str) -> Option<&str> {
    line.split_once(") Purging ")?.1.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    fn updates_of(names: &[&str]) -> Vec<String> {
        let (_dir, root) = machine_with(&[(WORLD, b"vim=9.1-r0\nvim-doc\ncurl<9\nlocal><Q1Jlb2Y=\n")]);
        let packages: Vec<_> = names.iter().copied().map(Wanted::named).collect();
        let change = Change { act: Act::Update, packages: &packages, arguments: &["--force".to_owned()] };
        updates(&root, &change).unwrap().into_iter().map(|command| command.join(" ")).collect()
    }

    #[test]
    fn a_version_that_was_asked_for_does_not_keep_a_package_from_being_updated() {
        assert_eq!(updates_of(&["vim"]), ["add --force --upgrade vim"]);
        assert_eq!(updates_of(&["vim-doc", "curl", "musl"]), ["upgrade --force vim-doc curl musl"]);
        assert_eq!(updates_of(&["local"]), ["add --force --upgrade local"]);
        assert_eq!(updates_of(&["vim", "curl"]), ["upgrade --force curl", "add --force --upgrade vim"]);
        assert_eq!(updates_of(&[]), ["upgrade --force"]);
    }

    #[test]
    fn an_update_to_a_version_does_not_ask_for_it_for_ever() {
        let (_dir, root) = machine_with(&[(WORLD, b"vim\n")]);
        let vim = Wanted::Package { name: "vim".to_owned(), version: Some("9.2-r0".to_owned()), architecture: None };
        let change = Change { act: Act::Update, packages: &[vim], arguments: &[] };
        assert_eq!(updates(&root, &change).unwrap(), [["upgrade", "vim"]]);
    }

    #[test]
    fn what_is_removed_is_read_from_what_apk_says() {
        assert_eq!(purged("( 1/12) Purging busybox (1.36.1-r2)"), Some("busybox"));
        assert_eq!(purged("Executing busybox-1.36.1-r2.post-deinstall"), None);
    }
}

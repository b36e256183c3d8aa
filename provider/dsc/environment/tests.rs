use super::*;
use crate::dsc::testing::Machine;
use std::os::unix::fs::{PermissionsExt, symlink};

fn variable(name: &str, value: &str) -> MsftNxEnvironmentResource {
    MsftNxEnvironmentResource { name: Some(name.into()), value: Some(value.into()), ..Default::default() }
}

fn absent(desired: MsftNxEnvironmentResource) -> MsftNxEnvironmentResource {
    MsftNxEnvironmentResource { ensure: Some("absent".into()), ..desired }
}

fn folder(value: &str) -> MsftNxEnvironmentResource {
    MsftNxEnvironmentResource { value: Some(value.into()), path: Some(true), ..Default::default() }
}

fn machine(variables: &str) -> Machine {
    Machine::with(&[("etc/environment", variables.as_bytes())])
}

#[test]
fn a_variable_is_set_changed_and_removed() {
    for (before, desired, after) in [
        ("", variable("A", "1"), "A=1\n"),
        ("B=2", variable("A", "1"), "B=2\nA=1\n"),
        ("# A=0\nA=2\nB=2\n", variable("A", "1"), "# A=0\nA=1\nB=2\n"),
        ("A=1\nA=2\n", variable("A", "1"), "A=1\n"),
        ("export A=\"2\"\n", variable("A", ""), "A=\n"),
        ("A=1\nMYA=12\nA=3\n", absent(variable("A", "")), "MYA=12\n"),
    ] {
        let machine = machine(before);
        machine.converges(&Environment, &desired);
        assert_eq!(String::from_utf8(machine.read("etc/environment")).unwrap(), after, "{before:?}");
    }
}

#[test]
fn a_name_or_value_that_only_contains_the_desired_one_is_another() {
    let machine = machine("MYFOO=12\nFOO=12\n");
    assert_eq!(machine.test(&Environment, &variable("FOO", "1")).unwrap(), [Difference::secret("Value")]);
    assert_eq!(machine.test(&Environment, &variable("OO", "1")).unwrap()[0].property, "Ensure");
    machine.converges(&Environment, &variable("FOO", "1"));
    assert_eq!(machine.read("etc/environment"), b"MYFOO=12\nFOO=1\n");
}

#[test]
fn test_and_get_write_nothing() {
    let machine = Machine::with(&[]);
    for desired in [variable("A", "1"), folder("/opt/bin")] {
        assert_eq!(machine.test(&Environment, &desired).unwrap()[0].property, "Ensure");
        assert_eq!(machine.get(&Environment, &desired).ensure.as_deref(), Some("Absent"));
    }
    assert!(!machine.root.path("/etc").exists());
}

#[test]
fn get_tells_the_value_that_is() {
    let machine = machine("A='b c'  # comment\n");
    let found = machine.get(&Environment, &variable("A", "1"));
    assert_eq!(
        (found.ensure.as_deref(), found.value.as_deref(), found.path),
        (Some("Present"), Some("b c"), Some(false))
    );
    let missing = machine.get(&Environment, &variable("B", "1"));
    assert_eq!((missing.ensure.as_deref(), missing.value), (Some("Absent"), None));
}

#[test]
fn a_value_that_is_not_given_is_not_compared() {
    let machine = machine("A=1\n");
    let any = MsftNxEnvironmentResource { value: None, ..variable("A", "") };
    assert_eq!(machine.test(&Environment, &any).unwrap(), []);
}

/// What a shell makes of the file; pam_env strips the same quotes.
#[test]
fn values_are_quoted_so_that_a_shell_reads_them_back() {
    for value in ["a b", "it's", "$HOME `id` $(id)", "say \"x\"", "a;b&c|d>e", "~x*?", "tab\u{e9}ß", "C:\\dir"] {
        let machine = machine("");
        machine.converges(&Environment, &variable("A", value));
        let script = format!(". {}; printf %s \"$A\"", machine.root.path("/etc/environment").display());
        let shell = std::process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(shell.stdout).unwrap(), value);
        assert_eq!(machine.get(&Environment, &variable("A", "")).value.as_deref(), Some(value));
    }
}

#[test]
fn a_folder_is_appended_to_path_and_taken_out() {
    let machine =
        Machine::with(&[("etc/profile.d/DSCEnvironment.sh", b". /etc/environment\nPATH=$PATH:\"/opt/binary\"\n")]);
    let desired = folder("/opt/bin");
    machine.converges(&Environment, &desired);
    let both = b". /etc/environment\nPATH=$PATH:\"/opt/binary\"\nPATH=$PATH:\"/opt/bin\"\n";
    assert_eq!(machine.read("etc/profile.d/DSCEnvironment.sh"), both);
    machine.converges(&Environment, &absent(desired));
    machine.converges(&Environment, &folder("$HOME/bin"));
    let other = b". /etc/environment\nPATH=$PATH:\"/opt/binary\"\nPATH=$PATH:\"$HOME/bin\"\n";
    assert_eq!(machine.read("etc/profile.d/DSCEnvironment.sh"), other);
}

#[test]
fn a_new_file_can_be_read_by_all_and_an_old_one_keeps_mode_and_link() {
    let machine = Machine::with(&[]);
    machine.converges(&Environment, &folder("/opt/bin"));
    let mode = |path: &str| machine.root.path(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("/etc/profile.d/DSCEnvironment.sh"), 0o644);
    machine.write("etc/real", b"A=1\n");
    std::fs::set_permissions(machine.root.path("/etc/real"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink("real", machine.root.path("/etc/environment")).unwrap();
    machine.converges(&Environment, &variable("A", "2"));
    assert_eq!((mode("/etc/real"), machine.root.path("/etc/environment").is_symlink()), (0o640, true));
}

#[test]
fn wrong_values_are_refused_by_name_and_not_shown() {
    let machine = machine("");
    let refused = |desired| machine.test(&Environment, &desired).unwrap_err().message().to_owned();
    for name in ["", "A B", "1A", "A=B", "A\nB"] {
        assert!(refused(variable(name, "1")).contains("is no name of a variable"), "{name:?}");
    }
    for value in ["secret#1", "secret\nB=2", "sec'ret\""] {
        let text = refused(variable("A", value));
        assert!(text.starts_with("nxEnvironment: Value has a ") && !text.contains("sec"), "{text}");
    }
    for value in ["", "/opt/\"; id; \"", "/opt/$(id)", "/opt/`id`", "/opt\n"] {
        assert!(refused(folder(value)).contains("is no folder for PATH"), "{value:?}");
    }
}

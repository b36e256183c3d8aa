//! Modules that the kernel has loaded: `/proc/modules` and `/sys/module`.

use super::error::Parsed;
use super::{Error, Result, Root};

const MODULES: &str = "/proc/modules";

/// A module. Those that are built into the kernel are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelModule {
    /// Its name, with underscores also where its file has hyphens.
    pub name: String,
    /// The memory that it takes, in bytes.
    pub size: u64,
    /// How often it is in use. `None` if the kernel cannot unload modules.
    pub references: Option<u32>,
    /// The modules that use it.
    pub used_by: Vec<String>,
    /// `Live`, `Loading` or `Unloading`.
    pub state: String,
    /// Why it taints the kernel, one letter each, such as "OE". `None` if it does not.
    pub taints: Option<String>,
}

/// What only `/sys/module/NAME` says of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The version that its author gave it; most have none.
    pub version: Option<String>,
    /// A checksum of its source.
    pub source_version: Option<String>,
    /// Names and values of its parameters, by name. One that we may not read is left out.
    pub parameters: Vec<(String, String)>,
}

/// All modules, the last one loaded first. None on a kernel without modules.
///
/// # Errors
/// The file is not as proc(5) describes it.
pub fn read(root: &Root) -> Result<Vec<KernelModule>> {
    let text = root.read_text_if_present(MODULES)?.unwrap_or_default();
    let wrong = |what| Error::parse(root.path(MODULES), what);
    text.lines().map(|line| parse(line).map_err(wrong)).collect()
}

/// What `/sys/module` says of a module that [`read`] has found.
pub fn details(root: &Root, module: &KernelModule) -> Details {
    let folder = format!("/sys/module/{}", module.name);
    let mut names = root.names_if_present(&format!("{folder}/parameters")).ok().flatten().unwrap_or_default();
    names.sort();
    let value = |name: String| Some((root.value(&format!("{folder}/parameters/{name}"))?, name));
    Details {
        version: root.value(&format!("{folder}/version")),
        source_version: root.value(&format!("{folder}/srcversion")),
        parameters: names.into_iter().filter_map(value).map(|(value, name)| (name, value)).collect(),
    }
}

/// Name, size, references, users with a comma after each, state, address, and taints in parentheses.
fn parse(line: &str) -> Parsed<KernelModule> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [name, size, references, users, state, _address, rest @ ..] = &fields[..] else {
        return Err(format!("{line:?} should have a name, a size, references, users, a state and an address"));
    };
    let number = |field: &str| format!("{field:?} should be a number in {line:?}");
    Ok(KernelModule {
        name: (*name).to_owned(),
        size: size.parse().map_err(|_| number(size))?,
        references: match *references {
            "-" => None,
            references => Some(references.parse().map_err(|_| number(references))?),
        },
        used_by: users
            .split(',')
            .filter(|user| !matches!(*user, "" | "-" | "[permanent]"))
            .map(str::to_owned)
            .collect(),
        state: (*state).to_owned(),
        taints: rest.first().map(|taints| taints.trim_matches(['(', ')', '+', '-']).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::{machine, machine_with};

    fn find(name: &str) -> KernelModule {
        read(&machine("debian12")).unwrap().into_iter().find(|module| module.name == name).unwrap()
    }

    #[test]
    fn a_module_names_those_that_use_it() {
        let module = find("nf_conntrack");
        assert_eq!((module.size, module.references, &module.state[..]), (188_416, Some(2), "Live"));
        assert_eq!((module.used_by, module.taints), (vec!["xt_conntrack".to_owned(), "nf_nat".to_owned()], None));
    }

    #[test]
    fn a_module_from_elsewhere_taints_the_kernel() {
        let module = find("zfs");
        assert_eq!((module.taints.as_deref(), &module.used_by[..]), (Some("POE"), &[][..]));
        assert_eq!(find("ipv6").used_by, [""; 0], "one that stays for ever is used by no module");
    }

    #[test]
    fn parameters_are_in_order_and_have_their_values() {
        let root = machine("debian12");
        let found = details(&root, &find("zfs"));
        assert_eq!(found.version.as_deref(), Some("2.1.11-1"));
        let expected =
            [("zfs_arc_max", "0"), ("zfs_txg_timeout", "5")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(found.parameters, expected);
        assert_eq!(details(&root, &find("nf_conntrack")), Details::default());
    }

    #[test]
    fn a_kernel_that_cannot_load_or_unload_modules_has_none_or_counts_nothing() {
        let (_dir, root) = machine_with(&[]);
        assert_eq!(read(&root).unwrap(), []);
        let (_dir, root) = machine_with(&[(MODULES, b"loop 40960 - - Live 0x0000000000000000\n")]);
        assert_eq!(read(&root).unwrap()[0].references, None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "([a-z_]{0,6} [0-9-]{0,22} [0-9-]{0,3} [a-z,-]{0,9} Live 0x0( \\([OE]*\\))?\n|\\PC*)*") {
            let (_dir, root) = machine_with(&[(MODULES, text.as_bytes())]);
            let _ = read(&root);
        }
    }
}

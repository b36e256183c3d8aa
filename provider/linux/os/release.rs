//! Which distribution this is: os-release(5).

use std::collections::BTreeMap;

use crate::linux::{Error, Result, Root};

/// In this order; the second one is the vendor's.
const PATHS: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// The variables of os-release(5). A variable that the file does not set, or sets to nothing, is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OsRelease {
    variables: BTreeMap<String, String>,
}

impl OsRelease {
    /// Any variable by its name, such as "SUPPORT_URL".
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// `ID`, such as "debian".
    pub fn id(&self) -> Option<&str> {
        self.get("ID")
    }

    /// `ID_LIKE`: the distributions that it derives from, nearest first.
    pub fn id_like(&self) -> impl Iterator<Item = &str> {
        self.get("ID_LIKE").unwrap_or_default().split_ascii_whitespace()
    }

    /// `NAME`, such as "Debian GNU/Linux".
    pub fn name(&self) -> Option<&str> {
        self.get("NAME")
    }

    /// `PRETTY_NAME`, such as "Debian GNU/Linux 12 (bookworm)".
    pub fn pretty_name(&self) -> Option<&str> {
        self.get("PRETTY_NAME")
    }

    /// `VERSION_ID`, such as "12". `None` for rolling distributions.
    pub fn version_id(&self) -> Option<&str> {
        self.get("VERSION_ID")
    }

    /// `VERSION_CODENAME`, such as "bookworm".
    pub fn version_codename(&self) -> Option<&str> {
        self.get("VERSION_CODENAME")
    }

    /// `BUILD_ID`: the image that the system was installed from.
    pub fn build_id(&self) -> Option<&str> {
        self.get("BUILD_ID")
    }
}

/// Reads the file anew, so an upgrade of the distribution shows at once. All `None` on a system without the file.
pub fn release(root: &Root) -> Result<OsRelease> {
    for path in PATHS {
        match root.read_text(path) {
            Ok(text) => return Ok(parse(&text)),
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(OsRelease::default())
}

/// Lines that are no assignment are passed over, as os-release(5) asks of its readers.
fn parse(text: &str) -> OsRelease {
    let mut variables = BTreeMap::new();
    for line in text.lines() {
        let Some((name, value)) = line.trim_start().split_once('=') else { continue };
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            continue;
        }
        match unquote(value.trim_end()) {
            Some(value) if !value.is_empty() => variables.insert(name.to_owned(), value),
            Some(_) => variables.remove(name),
            None => continue,
        };
    }
    OsRelease { variables }
}

/// Takes off the quotes as a shell does, or `None` if one is not closed.
fn unquote(value: &str) -> Option<String> {
    let mut plain = String::with_capacity(value.len());
    let mut quote = None;
    let mut rest = value.chars();
    while let Some(next) = rest.next() {
        match (quote, next) {
            (None, '\'' | '"') => quote = Some(next),
            (Some(open), _) if next == open => quote = None,
            (None, '\\') => plain.push(rest.next()?),
            (Some('"'), '\\') => match rest.next()? {
                escaped @ ('"' | '\\' | '$' | '`') => plain.push(escaped),
                other => plain.extend(['\\', other]),
            },
            // Without quotes the value ends at the first blank.
            (None, _) if next.is_whitespace() => break,
            _ => plain.push(next),
        }
    }
    quote.is_none().then_some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::{machine, machine_with};

    #[test]
    fn distributions_name_themselves() {
        let names = |name: &str| {
            let release = release(&machine(name)).unwrap();
            [release.id(), release.version_id(), release.pretty_name()].map(|value| value.unwrap().to_owned())
        };
        assert_eq!(names("debian12"), ["debian", "12", "Debian GNU/Linux 12 (bookworm)"]);
        assert_eq!(names("rhel8"), ["rhel", "8.9", "Red Hat Enterprise Linux 8.9 (Ootpa)"]);
        assert_eq!(names("alpine"), ["alpine", "3.19.1", "Alpine Linux v3.19"]);
    }

    #[test]
    fn the_vendor_s_file_is_read_where_there_is_no_other() {
        let release = release(&machine("ubuntu2204")).unwrap();
        assert_eq!(release.version_codename(), Some("jammy"));
        assert_eq!(release.id_like().collect::<Vec<_>>(), ["debian"]);
    }

    #[test]
    fn what_a_distribution_does_not_say_is_none() {
        let release = release(&machine("debian12")).unwrap();
        assert_eq!(release.build_id(), None);
        let (_dir, without_file) = machine_with(&[]);
        assert_eq!(super::release(&without_file).unwrap(), OsRelease::default());
    }

    #[test]
    fn quotes_are_the_shell_s() {
        let cases = [
            (r#"X="a \"b\" \$c \`d\` \\ \e""#, Some(r#"a "b" $c `d` \ \e"#)),
            (r"X='a \n $b'", Some(r"a \n $b")),
            (r"X=a\ b", Some("a b")),
            ("X=a b", Some("a")),
            ("X=\"a\"'b'c", Some("abc")),
            ("X=", None),
            ("X=\"\"", None),
            ("X=\"open", None),
            ("# X=a", None),
            ("X=caf\u{e9}  ", Some("caf\u{e9}")),
        ];
        for (line, value) in cases {
            assert_eq!(parse(line).get("X"), value, "{line}");
        }
        assert_eq!(parse("X=1\nX=2").get("X"), Some("2"));
        assert_eq!(parse("X=1\r\nY=2\r\n").get("X"), Some("1"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*") {
            parse(&text);
        }

        #[test]
        fn every_value_comes_back(value in "[^\n\r\0]{1,30}") {
            let escape = |c| "\"\\$`".contains(c).then_some('\\');
            let double: String = value.chars().flat_map(|c| escape(c).into_iter().chain([c])).collect();
            let release = parse(&format!("A=\"{double}\"\nB='{}'\n", value.replace('\'', r"'\''")));
            prop_assert_eq!(release.get("A"), Some(value.as_str()));
            prop_assert_eq!(release.get("B"), Some(value.as_str()));
        }
    }
}

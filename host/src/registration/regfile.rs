//! The `.reg` file: `KEY=VALUE` lines that name a provider library and its classes.

use omi::Name;
use std::path::{Path, PathBuf};

/// A `.reg` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegFile {
    /// `LIBRARY`: a path, or `x` for `libx.so` in the provider directory.
    pub library: String,
    /// The class lines, in order.
    pub classes: Vec<RegClass>,
    /// `INTERPRETER` and `STARTUP`: a script provider, which needs OMI's script host.
    pub script: bool,
}

/// A `CLASS`, `INDICATIONCLASS` or `EXTRACLASS` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegClass {
    /// The class, then its ancestors, nearest first.
    pub path: Vec<Name>,
    /// The class paths of the two ends of an association.
    pub ends: Option<Association>,
    /// What the line says about the class.
    pub role: Role,
    /// In which process the provider shall run.
    pub hosting: Hosting,
    /// The line number, from 1.
    pub line: usize,
}

/// The class paths of the two ends of an association, each as in [`RegClass::path`].
pub type Association = [Vec<Name>; 2];

/// What a `.reg` line says about a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `CLASS`: the library serves it.
    Provider,
    /// `INDICATIONCLASS`: the library posts indications of it.
    Indication,
    /// `EXTRACLASS`: the library only declares it.
    Declared,
}

/// `HOSTING`: in which process a provider shall run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hosting {
    /// `@requestor@`: a process of the requesting user.
    #[default]
    Requestor,
    /// `@inproc@`: the server's own process. OMI treats it as [`Hosting::Requestor`].
    InProcess,
    /// `@requestor-shell@`: a process of the requesting user, one per shell.
    RequestorShell,
    /// A process of the named user.
    User(String),
}

/// Why a `.reg` file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {message}", file.display())]
pub struct RegError {
    /// The file.
    pub file: PathBuf,
    /// The line number, from 1; the last line when something is missing.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl RegFile {
    /// Reads the text of a `.reg` file.
    ///
    /// # Errors
    /// A line that is not `KEY=VALUE`, a malformed class path, a missing, repeated or incomplete key. Unknown keys are
    /// ignored, as in OMI.
    pub fn parse(text: &str, file: &Path) -> Result<Self, RegError> {
        let mut parser = Parser::default();
        let mut last = 1;
        for (index, line) in text.lines().enumerate() {
            last = index + 1;
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                parser.line(line, last).map_err(|message| RegError { file: file.into(), line: last, message })?;
            }
        }
        parser.finish().map_err(|message| RegError { file: file.into(), line: last, message })
    }
}

#[derive(Default)]
struct Parser {
    library: Option<String>,
    classes: Vec<RegClass>,
    hosting: Hosting,
    interpreter: Option<String>,
    startup: Option<String>,
}

impl Parser {
    fn line(&mut self, line: &str, number: usize) -> Result<(), String> {
        let (key, value) = line.split_once('=').ok_or_else(|| format!("{line:?} is not KEY=VALUE"))?;
        let (key, value) = (key.trim(), value.trim());
        if !is_identifier(key) {
            return Err(format!("{key:?} is no key; expected letters, digits and underscores before the \"=\""));
        }
        match key {
            "LIBRARY" => set_once(&mut self.library, key, value),
            "INTERPRETER" => set_once(&mut self.interpreter, key, value),
            "STARTUP" => set_once(&mut self.startup, key, value),
            "HOSTING" => {
                self.hosting = Hosting::from_value(value);
                Ok(())
            }
            "CLASS" => self.class(Role::Provider, value, number),
            "INDICATIONCLASS" => self.class(Role::Indication, value, number),
            "EXTRACLASS" => self.class(Role::Declared, value, number),
            "INSTANCELIFETIME" if value != "CONTEXT" => {
                Err(format!("INSTANCELIFETIME={value} is not known; only INSTANCELIFETIME=CONTEXT is"))
            }
            _ => Ok(()),
        }
    }

    fn class(&mut self, role: Role, value: &str, line: usize) -> Result<(), String> {
        let (path, ends) = match value.split_once('{') {
            None => (class_path(value)?, None),
            Some((path, ends)) => (class_path(path)?, Some(association(ends)?)),
        };
        if role == Role::Indication && ends.is_some() {
            return Err("an indication class has no ends in braces".into());
        }
        self.classes.push(RegClass { path, ends, role, hosting: self.hosting.clone(), line });
        Ok(())
    }

    fn finish(self) -> Result<RegFile, String> {
        let library = self.library.ok_or("there is no LIBRARY= line")?;
        if self.interpreter.is_some() != self.startup.is_some() {
            return Err("a script provider needs both INTERPRETER= and STARTUP=".into());
        }
        Ok(RegFile { library, classes: self.classes, script: self.interpreter.is_some() })
    }
}

impl Hosting {
    fn from_value(value: &str) -> Self {
        match value {
            "@requestor@" => Self::Requestor,
            "@inproc@" => Self::InProcess,
            "@requestor-shell@" => Self::RequestorShell,
            user => Self::User(user.to_owned()),
        }
    }
}

fn set_once(place: &mut Option<String>, key: &str, value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err(format!("{key}= needs a value"));
    }
    if value.contains(char::is_control) {
        return Err(format!("{key}={value:?} contains a control character"));
    }
    match place.replace(value.to_owned()) {
        Some(_) => Err(format!("{key}= may stand only once")),
        None => Ok(()),
    }
}

/// `Left:Base,Right:Base}`, the part of an association behind its opening brace.
fn association(text: &str) -> Result<Association, String> {
    let ends = text.trim_end().strip_suffix('}').and_then(|inner| inner.split_once(','));
    let (left, right) = ends.ok_or("an association is written Class:Base{Left:Base,Right:Base}")?;
    Ok([class_path(left)?, class_path(right)?])
}

/// `Class:Base:BaseOfBase`.
fn class_path(text: &str) -> Result<Vec<Name>, String> {
    text.trim()
        .split(':')
        .map(|name| match is_identifier(name) {
            true => Ok(Name::from(name)),
            false => Err(format!("{:?} is not a class path such as Class:Base", text.trim())),
        })
        .collect()
}

fn is_identifier(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<RegFile, String> {
        RegFile::parse(text, Path::new("x.reg")).map_err(|error| error.to_string())
    }

    #[test]
    fn all_keys_are_read_in_order() {
        let file = parse(
            "# a comment\n\nLIBRARY=lumi\nCLASS=A:B:C\nHOSTING=daemon\r\n CLASS = L{A:B,D}\n\
             INDICATIONCLASS=E:CIM_Indication\nHOSTING=@inproc@\nEXTRACLASS=X\nINSTANCELIFETIME=CONTEXT\nPREEXEC=p\n",
        )
        .unwrap();
        assert_eq!(file.library, "lumi");
        let seen: Vec<_> =
            file.classes.iter().map(|it| (it.path.join(":"), it.role, it.hosting.clone(), it.line)).collect();
        assert_eq!(
            seen,
            [
                ("A:B:C".into(), Role::Provider, Hosting::Requestor, 4),
                ("L".into(), Role::Provider, Hosting::User("daemon".into()), 6),
                ("E:CIM_Indication".into(), Role::Indication, Hosting::User("daemon".into()), 7),
                ("X".into(), Role::Declared, Hosting::InProcess, 9),
            ]
        );
        let ends = file.classes[1].ends.as_ref().unwrap();
        assert_eq!((ends[0].join(":"), ends[1].join(":")), ("A:B".into(), "D".into()));
    }

    #[test]
    fn errors_name_file_and_line() {
        for (text, message) in [
            ("LIBRARY=x\nnonsense", "x.reg:2: \"nonsense\" is not KEY=VALUE"),
            ("CLASS=A", "x.reg:1: there is no LIBRARY= line"),
            ("LIBRARY=x\nLIBRARY=y", "x.reg:2: LIBRARY= may stand only once"),
            ("LIBRARY=x\nCLASS=A::B", "x.reg:2: \"A::B\" is not a class path such as Class:Base"),
            ("LIBRARY=x\nCLASS=A{B}", "x.reg:2: an association is written Class:Base{Left:Base,Right:Base}"),
            ("LIBRARY=x\nINDICATIONCLASS=A{B,C}", "x.reg:2: an indication class has no ends in braces"),
            ("LIBRARY=a\0b", "x.reg:1: LIBRARY=\"a\\0b\" contains a control character"),
            ("LIBRARY=x\nSTARTUP=s", "x.reg:2: a script provider needs both INTERPRETER= and STARTUP="),
            (
                "LIBRARY=x\nINSTANCELIFETIME=x",
                "x.reg:2: INSTANCELIFETIME=x is not known; only INSTANCELIFETIME=CONTEXT is",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err(), message);
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "(LIBRARY=|CLASS=|[A:{},=#\n é])*") {
            let _ = parse(&text);
        }
    }
}

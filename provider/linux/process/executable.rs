//! `/proc/PID/exe`: the program that a process runs.

/// The program that a process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    /// Its path when it was started, without the mark that the kernel adds to a removed file.
    pub path: String,
    /// Whether that file was removed since, as an update of a running program does.
    pub deleted: bool,
}

impl Executable {
    /// Takes the link's target. A file whose own name ends with " (deleted)" cannot be told from a removed one.
    pub(super) fn from_link(target: &[u8]) -> Self {
        let (path, deleted) = match target.strip_suffix(b" (deleted)") {
            Some(path) => (path, true),
            None => (target, false),
        };
        Self { path: String::from_utf8_lossy(path).into_owned(), deleted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_a_removed_file_is_not_part_of_its_path() {
        let removed = Executable::from_link(b"/usr/sbin/sshd (deleted)");
        assert_eq!(removed, Executable { path: "/usr/sbin/sshd".to_owned(), deleted: true });
        let present = Executable::from_link(b"/opt/my app/run");
        assert_eq!(present, Executable { path: "/opt/my app/run".to_owned(), deleted: false });
    }
}

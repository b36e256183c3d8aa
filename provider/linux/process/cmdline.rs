//! `/proc/PID/cmdline`: the arguments, each ended by a NUL byte.

/// All arguments, empty ones included, or `None` if the file is empty (kernel threads, zombies).
///
/// A process that writes a title over its arguments (sshd, postgres, nginx) leaves one text and a run of NUL bytes. That
/// run is not taken for empty arguments if the text has a space, as a title has and a program's name hardly ever.
pub(super) fn parse(bytes: &[u8]) -> Option<Vec<String>> {
    if bytes.is_empty() {
        return None;
    }
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    let mut arguments: Vec<String> =
        bytes.split(|byte| *byte == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect();
    if arguments[0].contains(' ') && arguments[1..].iter().all(String::is_empty) {
        arguments.truncate(1);
    }
    Some(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_arguments_are_kept_in_the_middle_and_at_the_end() {
        assert_eq!(parse(b"grep\0\0-r\0").unwrap(), ["grep", "", "-r"]);
        assert_eq!(parse(b"echo\0\0").unwrap(), ["echo", ""]);
        assert_eq!(parse(b"\0").unwrap(), [""]);
    }

    #[test]
    fn arguments_may_hold_spaces_and_newlines() {
        assert_eq!(parse(b"sh\0-c\0echo a\necho b\0").unwrap(), ["sh", "-c", "echo a\necho b"]);
    }

    #[test]
    fn an_overwritten_title_is_one_argument() {
        assert_eq!(parse(b"postgres: checkpointer \0\0\0\0\0").unwrap(), ["postgres: checkpointer "]);
        assert_eq!(parse(b"sshd: root@pts/0").unwrap(), ["sshd: root@pts/0"]);
    }

    #[test]
    fn kernel_threads_have_no_arguments() {
        assert_eq!(parse(b""), None);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced() {
        assert_eq!(parse(b"ls\0caf\xe9\0").unwrap(), ["ls", "caf\u{fffd}"]);
    }
}

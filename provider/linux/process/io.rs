//! `/proc/PID/io`: what a process read and wrote.

/// Bytes since the process was started, of all its threads, the ended ones too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Io {
    /// `rchar`: given by read(2) and its like, from caches, pipes and terminals too.
    pub read: u64,
    /// `wchar`: taken by write(2) and its like.
    pub written: u64,
    /// `read_bytes`: fetched from storage.
    pub read_from_storage: u64,
    /// `write_bytes`: to be written to storage.
    pub written_to_storage: u64,
}

/// `None` if a line is missing, as in kernels that count less.
pub(super) fn parse(bytes: &[u8]) -> Option<Io> {
    let text = std::str::from_utf8(bytes).ok()?;
    let number = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value?.trim().parse().ok()
    };
    Some(Io {
        read: number("rchar")?,
        written: number("wchar")?,
        read_from_storage: number("read_bytes")?,
        written_to_storage: number("write_bytes")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_sums_are_read_and_the_counts_of_calls_are_not() {
        let bytes =
            b"rchar: 3\nwchar: 4\nsyscr: 1\nsyscw: 2\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 5\n";
        let io = Io { read: 3, written: 4, read_from_storage: 4096, written_to_storage: 8192 };
        assert_eq!(parse(bytes), Some(io));
    }

    #[test]
    fn a_file_that_lacks_a_line_or_has_no_number_gives_nothing() {
        for bytes in
            [&b""[..], b"rchar: 3\nwchar: 4\n", b"rchar: x\nwchar: 4\nread_bytes: 1\nwrite_bytes: 1\n", b"\xff"]
        {
            assert_eq!(parse(bytes), None);
        }
    }
}

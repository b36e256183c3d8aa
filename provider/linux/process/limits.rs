//! `/proc/PID/limits`: the resource limits of a process, see getrlimit(2).

/// One limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// As the kernel names it, such as `Max open files`.
    pub name: String,
    /// What the kernel enforces; `u64::MAX`, which is `RLIM_INFINITY`, for none.
    pub soft: u64,
    /// Up to where the process may raise it; `u64::MAX` for no bound.
    pub hard: u64,
}

/// The columns are aligned with the heading, and some names have blanks.
pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Limit>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let heading = lines.next()?;
    let values = heading.find("Soft Limit")?;
    let limit = |line: &str| {
        let mut words = line.get(values..)?.split_whitespace();
        let name = line.get(..values)?.trim_end().to_owned();
        Some(Limit { name, soft: number(words.next()?)?, hard: number(words.next()?)? })
    };
    lines.map(limit).collect()
}

fn number(word: &str) -> Option<u64> {
    if word == "unlimited" { Some(u64::MAX) } else { word.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max open files            1024                 524288               files     
Max nice priority         0                    0                    
";

    #[test]
    fn a_limit_has_a_name_with_blanks_and_two_values_and_maybe_a_unit() {
        let limit = |name: &str, soft, hard| Limit { name: name.to_owned(), soft, hard };
        let expected = [
            limit("Max cpu time", u64::MAX, u64::MAX),
            limit("Max open files", 1024, 524_288),
            limit("Max nice priority", 0, 0),
        ];
        assert_eq!(parse(TEXT.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn a_file_that_looks_different_gives_nothing() {
        for text in [
            "",
            "Limit\nMax cpu time 1 2\n",
            &TEXT.replace("1024", "many"),
            &TEXT.replace("524288               files", ""),
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}

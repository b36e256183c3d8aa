//! Names with `*` and `?`, as the filters of inventories hold them.

/// Whether a name fits a pattern: `*` stands for any characters, `?` for one. Nothing is a pattern that all fit.
pub(super) fn fits(pattern: Option<&str>, name: &str) -> bool {
    let pattern: Vec<char> = pattern.filter(|pattern| !pattern.is_empty()).unwrap_or("*").chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Where to go on when what follows the last star does not fit: one character later.
    let (mut at, mut here, mut star) = (0, 0, None);
    while here < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[here] => (at, here) = (at + 1, here + 1),
            _ => {
                let Some((at_star, tried)) = star else { return false };
                star = Some((at_star, tried + 1));
                (at, here) = (at_star + 1, tried + 1);
            }
        }
    }
    pattern[at..].iter().all(|wanted| *wanted == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_and_question_marks_stand_for_what_they_should() {
        for (pattern, name) in
            [("", "cron"), ("*", ""), ("cron", "cron"), ("c*n", "cron"), ("*o?", "cron"), ("**", "x")]
        {
            assert!(fits(Some(pattern), name), "{pattern} {name}");
        }
        for (pattern, name) in [("cron", "crond"), ("c?n", "cron"), ("*.timer", "cron"), ("?", ""), ("[c]ron", "cron")]
        {
            assert!(!fits(Some(pattern), name), "{pattern} {name}");
        }
        assert!(fits(None, "anything"));
        assert!(!fits(Some(&"*a".repeat(40)), &"a".repeat(39)), "it ends, and soon");
    }
}

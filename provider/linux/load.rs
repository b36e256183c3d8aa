//! The load averages: `/proc/loadavg`.

use super::{Error, Result, Root};

const LOADAVG: &str = "/proc/loadavg";

/// What `/proc/loadavg` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Tasks that ran or waited, averaged over 1, 5 and 15 minutes.
    pub averages: [f64; 3],
    /// Threads that run or could run now.
    pub runnable: u32,
    /// All threads, those of the kernel included.
    pub threads: u32,
}

/// The load as it is now.
pub fn read(root: &Root) -> Result<Load> {
    let text = root.read_text(LOADAVG)?;
    parse(&text).ok_or_else(|| {
        Error::parse(root.path(LOADAVG), format!("{text:?} should be like \"0.20 0.18 0.12 1/80 11206\""))
    })
}

fn parse(text: &str) -> Option<Load> {
    let mut fields = text.split_ascii_whitespace();
    let mut average = || fields.next()?.parse().ok();
    let averages = [average()?, average()?, average()?];
    let (runnable, threads) = fields.next()?.split_once('/')?;
    Some(Load { averages, runnable: runnable.parse().ok()?, threads: threads.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn each_number_comes_from_its_field() {
        let (_dir, root) = machine_with(&[(LOADAVG, b"1.25 0.50 0.07 3/94 7287\n")]);
        assert_eq!(read(&root).unwrap(), Load { averages: [1.25, 0.5, 0.07], runnable: 3, threads: 94 });
    }

    #[test]
    fn a_cut_off_file_is_an_error_that_shows_what_would_be_right() {
        let (_dir, root) = machine_with(&[(LOADAVG, b"1.25 0.50\n")]);
        assert!(read(&root).unwrap_err().to_string().contains("1/80"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[0-9. ]{0,30}/\\PC*") {
            let _ = parse(&text);
        }
    }
}

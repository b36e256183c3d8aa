//! What processors spent their time on: `/proc/stat`.

use std::time::Duration;

use super::{Error, Result, Root};

const STAT: &str = "/proc/stat";

/// Time since the start of the system, in the order of the file: user, nice, system, idle, I/O wait, interrupts,
/// software interrupts, steal, guest, guest nice. `None` for those that the kernel does not write.
pub type Times = [Option<Duration>; 10];

/// The sum of all processors, with the number `None`, and each processor that is online.
pub fn read(root: &Root) -> Result<Vec<(Option<u32>, Times)>> {
    let text = root.read_text(STAT)?;
    let facts = root.facts();
    let lines = text.lines().map_while(|line| line.strip_prefix("cpu"));
    lines
        .map(|line| {
            let wrong = || Error::parse(root.path(STAT), format!("\"cpu{line}\" should be like \"cpu0 10 0 5\""));
            let (name, counters) = line.split_once(' ').ok_or_else(wrong)?;
            let number = if name.is_empty() { None } else { Some(name.parse().map_err(|_| wrong())?) };
            let mut times = Times::default();
            for (time, ticks) in times.iter_mut().zip(counters.split_ascii_whitespace()) {
                *time = Some(facts.duration(ticks.parse().map_err(|_| wrong())?));
            }
            Ok((number, times))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn processors_keep_their_numbers_when_one_in_between_is_offline() {
        let text = b"cpu  30 0 0 0 0 0 0 7 2 1\ncpu0 10 0 0 0 0 0 0 3 1 0\ncpu2 20 0 0 0 0 0 0 4 1 1\nintr 5\n";
        let (_dir, root) = machine_with(&[(STAT, text)]);
        let cpus = read(&root).unwrap();
        assert_eq!(cpus.iter().map(|cpu| cpu.0).collect::<Vec<_>>(), [None, Some(0), Some(2)]);
        assert_eq!(cpus[2].1[0], Some(Duration::from_millis(200)));
        assert_eq!(cpus[0].1[7..], [70, 20, 10].map(|it| Some(Duration::from_millis(it))));
    }

    #[test]
    fn a_counter_that_the_kernel_does_not_write_is_none() {
        let (_dir, root) = machine_with(&[(STAT, b"cpu  1 2 3 4\n")]);
        assert_eq!(read(&root).unwrap()[0].1[3..5], [Some(Duration::from_millis(40)), None]);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(cpu[0-9]{0,12}( [0-9]{1,22}){0,12}\n|\\PC*)*") {
            let (_dir, root) = machine_with(&[(STAT, text.as_bytes())]);
            let _ = read(&root);
        }
    }
}

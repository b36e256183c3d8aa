//! How many processes there are, without a look at each.

use std::sync::OnceLock;

use super::directory::ProcDirectory;
use crate::linux::{Result, Root};

/// How often the two ways to count are compared, as processes come and go between them.
const ATTEMPTS: usize = 5;

/// Counts processes. Keep one for the life of the provider: it remembers how the kernel tells.
///
/// Linux gives `/proc` one link for each process, so one call counts them all. That is so for the whole machine only, hence
/// not in a container, and not where `/proc` hides other users' processes. Whoever lists them all must agree once.
#[derive(Debug, Default)]
pub struct Counter {
    links_tell: OnceLock<bool>,
}

impl Counter {
    /// How many processes there are, kernel threads included: the numbered directories of `/proc`.
    pub fn count(&self, root: &Root) -> Result<usize> {
        let mut proc = ProcDirectory::open(root)?;
        let agree = |proc: &mut ProcDirectory| {
            root.is_running_kernel()
                && (0..ATTEMPTS)
                    .any(|_| matches!((proc.links(), proc.pids()), (Ok(links), Ok(pids)) if links == pids.len()))
        };
        if *self.links_tell.get_or_init(|| agree(&mut proc)) { proc.links() } else { Ok(proc.pids()?.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn processes_are_counted_with_kernel_threads() {
        assert_eq!(Counter::default().count(&machine("debian12")).unwrap(), 4);
    }

    #[test]
    fn whichever_way_they_are_counted_a_new_process_counts() {
        let root = Root::host();
        let counter = Counter::default();
        let mut listed = ProcDirectory::open(&root).unwrap();
        let mut agrees = |count: usize| listed.pids().unwrap().len().abs_diff(count) <= count / 10 + 2;
        assert!(agrees(counter.count(&root).unwrap()));
        let mut crowd: Vec<_> =
            (0..200).map(|_| std::process::Command::new("sleep").arg("60").spawn().unwrap()).collect();
        let all = counter.count(&root).unwrap();
        assert!(agrees(all) && all > 200, "{all}");
        crowd.iter_mut().for_each(|child| child.kill().and_then(|()| child.wait()).map(drop).unwrap());
    }
}

//! How many processes there are, without a look at each.

use std::sync::OnceLock;

use super::directory::ProcDirectory;
use crate::linux::{Result, Root};

/// How often the two ways to count are compared, as processes come and go between them.
const ATTEMPTS: usize = 5;

/// So many may have come and gone while they were listed. Fewer than `/proc` has other directories, which some mounts hide.
const PASSING: usize = 2;

/// How many processes there are, kernel threads included: the numbered directories of `/proc`.
///
/// Linux gives `/proc` one link for each process, so one call counts them all. That is so for the whole machine only, hence
/// not in a container, and not where `/proc` hides other users' processes. Whoever lists them all must agree once.
pub fn count(root: &Root) -> Result<usize> {
    static LINKS_TELL: OnceLock<bool> = OnceLock::new();
    let mut proc = ProcDirectory::open(root)?;
    if root.is_running_kernel() && *LINKS_TELL.get_or_init(|| (0..ATTEMPTS).any(|_| agrees(&mut proc).unwrap_or(false)))
    {
        proc.links()
    } else {
        Ok(proc.pids()?.len())
    }
}

/// Whether the links of `/proc` are as many as its processes.
fn agrees(proc: &mut ProcDirectory) -> Result<bool> {
    let (before, listed, after) = (proc.links()?, proc.pids()?.len(), proc.links()?);
    Ok(listed.abs_diff(before).min(listed.abs_diff(after)) <= PASSING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, skipped};
    use std::process::Command;

    #[test]
    fn processes_are_counted_with_kernel_threads() {
        assert_eq!(count(&machine("debian12")).unwrap(), 4);
    }

    #[test]
    fn new_processes_count() {
        const CROWD: usize = 200;
        let root = Root::host();
        let mut proc = ProcDirectory::open(&root).unwrap();
        if !agrees(&mut proc).unwrap() {
            skipped("links of /proc do not count its processes here");
        }
        let before = count(&root).unwrap();
        let mut crowd: Vec<_> = (0..CROWD).map(|_| Command::new("sleep").arg("60").spawn().unwrap()).collect();
        let (counted, listed) = (count(&root).unwrap(), proc.pids().unwrap().len());
        crowd.iter_mut().for_each(|child| child.kill().and_then(|()| child.wait()).map(drop).unwrap());
        // Other tests start and end processes meanwhile.
        assert!(counted.abs_diff(listed) <= CROWD / 4, "{counted} counted, {listed} listed");
        assert!(counted + CROWD / 4 > before + CROWD, "{before} before, {counted} after");
    }
}

//! `/proc/PID/stat`: most of what there is to know about a process, in one line.

use std::time::{Duration, SystemTime};

use super::terminal;
use crate::linux::Facts;
use crate::linux::error::Parsed;

/// `PF_KTHREAD` in the kernel's `include/linux/sched.h`.
const KERNEL_THREAD: u32 = 0x0020_0000;

/// The line of `/proc/PID/stat`. The numbers in the descriptions are the fields' in proc(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// 2: the name, at most 15 bytes for a program; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// 3: `R` running, `S` sleeping, `D` in uninterruptible sleep, `Z` zombie, `T` stopped, `t` stopped by a tracer,
    /// `I` idle kernel thread, `X` dead, `P` parked.
    pub state: char,
    /// 4: the parent. `None` for the first process, `kthreadd`, and a parent outside our PID namespace.
    pub parent: Option<u32>,
    /// 5: the process group; 0 for kernel threads and where the leader lies outside our PID namespace.
    pub process_group: u32,
    /// 6: the session; 0 as for `process_group`.
    pub session: u32,
    /// 7: major and minor number of the controlling terminal. `None` without one.
    pub terminal: Option<(u32, u32)>,
    /// 9: the kernel's `PF_` flags.
    pub flags: u32,
    /// 10: page faults that needed no input.
    pub minor_faults: u64,
    /// 12: page faults that needed a page from disk.
    pub major_faults: u64,
    /// 14: processor time in user mode, all threads.
    pub user_time: Duration,
    /// 15: processor time in kernel mode, all threads.
    pub kernel_time: Duration,
    /// 16: user time of the children that ended and were waited for.
    pub children_user_time: Duration,
    /// 17: kernel time of the children that ended and were waited for.
    pub children_kernel_time: Duration,
    /// 18: the kernel's priority: 0 (high) to 39 (low), negative for real-time processes.
    pub priority: i32,
    /// 19: the nice value, -20 (favoured) to 19.
    pub nice: i32,
    /// 20: the number of threads; 0 for a process that is just ending.
    pub threads: u32,
    /// 22: the start in ticks since boot; with the process id it tells the process from all others.
    pub start_ticks: u64,
    /// 22 as a time, to a tick.
    pub started: SystemTime,
    /// 23: virtual memory in bytes; 0 for kernel threads and zombies.
    pub virtual_bytes: u64,
    /// 24: physical memory in bytes; may lag behind by some pages per processor.
    pub resident_bytes: u64,
    /// 39: the processor that it last ran on.
    pub processor: u32,
}

impl Stat {
    /// Whether this is a thread of the kernel itself.
    pub fn is_kernel_thread(&self) -> bool {
        self.flags & KERNEL_THREAD != 0
    }
}

pub(super) fn parse(bytes: &[u8], facts: &Facts) -> Parsed<Stat> {
    // The name is not escaped and may hold parentheses, blanks and newlines, so it ends at the last parenthesis.
    let open = bytes.iter().position(|byte| *byte == b'(').ok_or("the name should stand in parentheses")?;
    let close = bytes.iter().rposition(|byte| *byte == b')').filter(|close| open < *close);
    let close = close.ok_or("the name should stand in parentheses")?;
    let rest = std::str::from_utf8(&bytes[close + 1..]).map_err(|_| "not text after the name".to_owned())?;
    let mut fields = Fields { fields: rest.split_ascii_whitespace(), next: 3 };

    let state = fields.text()?.chars().next().unwrap_or_default();
    let parent = fields.number::<u32>()?;
    let process_group = fields.number::<i32>()?;
    let session = fields.number::<i32>()?;
    let terminal = terminal::device(fields.number()?);
    fields.skip_to(9);
    let flags = fields.number()?;
    let minor_faults = fields.number()?;
    fields.skip_to(12);
    let major_faults = fields.number()?;
    fields.skip_to(14);
    let user_time = facts.duration(fields.number()?);
    let kernel_time = facts.duration(fields.number()?);
    // The kernel prints the children's times signed.
    let children_user_time = facts.duration(fields.number::<i64>()?.max(0) as u64);
    let children_kernel_time = facts.duration(fields.number::<i64>()?.max(0) as u64);
    let priority = fields.number()?;
    let nice = fields.number()?;
    let threads = fields.number()?;
    fields.skip_to(22);
    let start_ticks = fields.number()?;
    let virtual_bytes = fields.number()?;
    let resident_pages = fields.number::<i64>()?.max(0) as u64;
    fields.skip_to(39);
    let processor = fields.number()?;

    let started = facts.boot_time.checked_add(facts.duration(start_ticks));
    let started = started.ok_or_else(|| format!("the start at tick {start_ticks} is beyond all dates"))?;
    Ok(Stat {
        name: String::from_utf8_lossy(&bytes[open + 1..close]).into_owned(),
        state,
        parent: (parent != 0).then_some(parent),
        process_group: process_group.max(0) as u32,
        session: session.max(0) as u32,
        terminal,
        flags,
        minor_faults,
        major_faults,
        user_time,
        kernel_time,
        children_user_time,
        children_kernel_time,
        priority,
        nice,
        threads,
        start_ticks,
        started,
        virtual_bytes,
        resident_bytes: resident_pages.saturating_mul(facts.page_size),
        processor,
    })
}

/// The fields after the name; counts along as proc(5) numbers them.
struct Fields<'a> {
    fields: std::str::SplitAsciiWhitespace<'a>,
    next: usize,
}

impl<'a> Fields<'a> {
    fn text(&mut self) -> Parsed<&'a str> {
        let field = self.fields.next().ok_or_else(|| format!("field {} is missing", self.next))?;
        self.next += 1;
        Ok(field)
    }

    fn number<T: std::str::FromStr>(&mut self) -> Parsed<T> {
        let field = self.text()?;
        field.parse().map_err(|_| format!("field {} should be a number, but is {field:?}", self.next - 1))
    }

    fn skip_to(&mut self, field: usize) {
        while self.next < field {
            self.fields.next();
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::facts;

    /// A kernel 6.1 line of an agent that ran for a while.
    const AGENT: &str = "812 (omiagent) S 790 790 790 0 -1 4194560 21034 918 12 0 41430 1210 7 3 20 0 5 0 2571 \
        512229376 2391 18446744073709551615 94008237490176 94008237573405 140725367093760 0 0 0 0 4096 16384 0 0 0 17 3 \
        0 0 0 0 0 94008237611600 94008237613504 94008250601472 140725367101322 140725367101361 140725367101361 \
        140725367103454 0\n";

    /// A kernel 4.18 line (RHEL 8) of a kernel thread.
    const KTHREAD: &str = "12 (migration/0) S 2 0 0 0 -1 69238848 0 0 0 0 0 1 0 0 -100 0 1 0 5 0 0 \
        18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 0 99 1 0 0 0 0 0 0 0 0 0 0 0\n";

    fn line_of(name: &[u8]) -> Vec<u8> {
        let rest = AGENT.split_once(')').unwrap().1;
        [b"812 (", name, b")", rest.as_bytes()].concat()
    }

    #[test]
    fn processor_times_are_10_ms_a_tick_at_100_hertz() {
        let stat = parse(AGENT.as_bytes(), &facts()).unwrap();
        assert_eq!(stat.user_time, Duration::from_millis(414_300));
        assert_eq!(stat.kernel_time, Duration::from_millis(12_100));
        assert_eq!(stat.children_user_time, Duration::from_millis(70));
        assert_eq!(stat.children_kernel_time, Duration::from_millis(30));
    }

    #[test]
    fn each_fact_comes_from_its_field() {
        let stat = parse(AGENT.as_bytes(), &facts()).unwrap();
        assert_eq!(stat.name, "omiagent");
        assert_eq!(stat.state, 'S');
        assert_eq!((stat.parent, stat.process_group, stat.session), (Some(790), 790, 790));
        assert_eq!(stat.terminal, None);
        assert_eq!((stat.minor_faults, stat.major_faults), (21034, 12));
        assert_eq!((stat.priority, stat.nice, stat.threads), (20, 0, 5));
        assert_eq!((stat.virtual_bytes, stat.resident_bytes), (512_229_376, 2391 * 4096));
        assert_eq!(stat.processor, 3);
        assert!(!stat.is_kernel_thread());
    }

    #[test]
    fn the_start_is_counted_from_boot_and_exact_to_a_tick() {
        let stat = parse(AGENT.as_bytes(), &facts()).unwrap();
        assert_eq!(stat.start_ticks, 2571);
        assert_eq!(stat.started, facts().boot_time + Duration::from_micros(25_710_000));
    }

    #[test]
    fn a_kernel_thread_is_known_by_its_flag_and_may_have_a_real_time_priority() {
        let stat = parse(KTHREAD.as_bytes(), &facts()).unwrap();
        assert!(stat.is_kernel_thread());
        assert_eq!(stat.priority, -100);
        assert_eq!((stat.parent, stat.process_group, stat.virtual_bytes), (Some(2), 0, 0));
    }

    #[test]
    fn a_name_may_hold_anything() {
        for name in ["a b", ") S 1 (", "((", "))", "tab\there", "new\nline", "", "ünï"] {
            assert_eq!(parse(&line_of(name.as_bytes()), &facts()).unwrap().name, name);
        }
        assert_eq!(parse(&line_of(b"caf\xe9"), &facts()).unwrap().name, "caf\u{fffd}");
    }

    #[test]
    fn an_error_names_the_field() {
        assert_eq!(parse(b"1 (init) S 0 1", &facts()).unwrap_err(), "field 6 is missing");
        assert_eq!(parse(b"1 (init) S x", &facts()).unwrap_err(), "field 4 should be a number, but is \"x\"");
        assert!(parse(b"", &facts()).unwrap_err().contains("parentheses"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes, &facts());
        }

        #[test]
        fn no_numbers_make_the_parser_panic(numbers in proptest::collection::vec(any::<i128>(), 37..50)) {
            let numbers: Vec<String> = numbers.iter().map(|number| (*number as i64).to_string()).collect();
            let _ = parse(format!("1 (x) S {}", numbers.join(" ")).as_bytes(), &facts());
        }

        #[test]
        fn every_name_comes_back(name in "\\PC{0,15}") {
            prop_assert_eq!(parse(&line_of(name.as_bytes()), &facts()).unwrap().name, name);
        }
    }
}

//! Which files of a process a request needs.

use std::ops::{BitOr, BitOrAssign};

/// A set of files to read for each process. The empty set opens no file: a listing then gives only the ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields(u16);

impl Fields {
    /// The process id and nothing else.
    pub const NONE: Self = Self(0);
    /// `/proc/PID/stat`: name, state, parent, times, priority, memory, start; and the terminal.
    pub const STAT: Self = Self(1);
    /// User and group ids.
    pub const CREDENTIALS: Self = Self(1 << 1);
    /// `/proc/PID/statm`: memory by kind.
    pub const STATM: Self = Self(1 << 2);
    /// `/proc/PID/cmdline`: arguments.
    pub const CMDLINE: Self = Self(1 << 3);
    /// `/proc/PID/exe`: path of the program.
    pub const EXE: Self = Self(1 << 4);
    /// `/proc/PID/wchan`: where in the kernel it sleeps.
    pub const WCHAN: Self = Self(1 << 5);
    /// `/proc/PID/cgroup`: the control group.
    pub const CGROUP: Self = Self(1 << 6);
    /// `/proc/PID/io`: bytes read and written.
    pub const IO: Self = Self(1 << 7);
    /// `/proc/PID/limits`: resource limits.
    pub const LIMITS: Self = Self(1 << 8);
    /// `/proc/PID/fd`: how many files are open.
    pub const FILES: Self = Self(1 << 9);
    /// All of the above.
    pub const ALL: Self = Self((1 << 10) - 1);
    /// `/proc/PID/status`: whether this is a process, and not one of its threads, which is left out.
    pub(super) const THREAD_GROUP: Self = Self(1 << 10);

    /// Whether nothing is asked for but the ids.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` is asked for.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is asked for beside `other`.
    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether any of `other` is asked for.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Fields {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Fields {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

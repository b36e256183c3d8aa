//! Signals by name and number.

use std::fmt;
use std::str::FromStr;

use rustix::process::Signal as Raw;

use crate::linux::Error;

/// One of the standard signals of signal(7). Real-time signals are not sent from outside a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(pub(super) Raw);

/// The numbers differ between architectures, so they are the kernel's constants.
const NAMES: [(&str, Raw); 31] = [
    ("HUP", Raw::HUP),
    ("INT", Raw::INT),
    ("QUIT", Raw::QUIT),
    ("ILL", Raw::ILL),
    ("TRAP", Raw::TRAP),
    ("ABRT", Raw::ABORT),
    ("BUS", Raw::BUS),
    ("FPE", Raw::FPE),
    ("KILL", Raw::KILL),
    ("USR1", Raw::USR1),
    ("SEGV", Raw::SEGV),
    ("USR2", Raw::USR2),
    ("PIPE", Raw::PIPE),
    ("ALRM", Raw::ALARM),
    ("TERM", Raw::TERM),
    ("STKFLT", Raw::STKFLT),
    ("CHLD", Raw::CHILD),
    ("CONT", Raw::CONT),
    ("STOP", Raw::STOP),
    ("TSTP", Raw::TSTP),
    ("TTIN", Raw::TTIN),
    ("TTOU", Raw::TTOU),
    ("URG", Raw::URG),
    ("XCPU", Raw::XCPU),
    ("XFSZ", Raw::XFSZ),
    ("VTALRM", Raw::VTALARM),
    ("PROF", Raw::PROF),
    ("WINCH", Raw::WINCH),
    ("IO", Raw::IO),
    ("PWR", Raw::POWER),
    ("SYS", Raw::SYS),
];

impl Signal {
    /// Asks a process to end.
    pub const TERM: Self = Self(Raw::TERM);
    /// Ends a process without asking.
    pub const KILL: Self = Self(Raw::KILL);
    /// By custom: read the configuration again.
    pub const HUP: Self = Self(Raw::HUP);
    /// Suspends a process until `CONT`.
    pub const STOP: Self = Self(Raw::STOP);
    /// Lets a stopped process go on.
    pub const CONT: Self = Self(Raw::CONT);

    /// The signal with this number on this machine.
    pub fn from_number(number: i32) -> Result<Self, Error> {
        let known = NAMES.iter().find(|(_, signal)| signal.as_raw() == number);
        known.map(|(_, signal)| Self(*signal)).ok_or_else(|| Error::InvalidInput {
            what: format!("{number} is not the number of a standard signal; such are 1 (SIGHUP) to 31, see signal(7)"),
        })
    }

    /// The number on this machine.
    pub fn number(self) -> i32 {
        self.0.as_raw()
    }
}

/// Takes "SIGTERM", "TERM" or "15"; letters may be small.
impl FromStr for Signal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(number) = text.parse() {
            return Self::from_number(number);
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, signal)| Self(*signal)).ok_or_else(|| Error::InvalidInput {
            what: format!("{text:?} is not a standard signal; write a name such as SIGTERM or a number such as 15"),
        })
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(_, signal)| *signal == self.0) {
            Some((name, _)) => write!(f, "SIG{name}"),
            None => write!(f, "signal {}", self.number()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_mean_the_same_signal() {
        for text in ["SIGTERM", "TERM", "sigterm", "15"] {
            assert_eq!(text.parse::<Signal>().unwrap(), Signal::TERM, "{text}");
        }
        for (_, raw) in NAMES {
            let signal = Signal(raw);
            assert_eq!(signal.to_string().parse::<Signal>().unwrap(), signal);
            assert_eq!(Signal::from_number(signal.number()).unwrap(), signal);
        }
    }

    #[test]
    fn what_is_no_signal_is_refused_with_what_would_be_right() {
        for text in ["", "0", "-9", "32", "999", "SIGSIGTERM", "SIGNONE"] {
            let message = text.parse::<Signal>().unwrap_err().to_string();
            assert!(message.contains("SIGTERM") || message.contains("1 (SIGHUP) to 31"), "{text}: {message}");
        }
    }
}

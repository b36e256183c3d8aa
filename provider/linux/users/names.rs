//! Names of users, asked once per enumeration.

use std::collections::HashMap;

use nix::unistd::{Uid, User};

/// User names by uid; each uid is looked up once in the life of this value.
pub struct UserNames {
    lookup: fn(u32) -> Option<String>,
    known: HashMap<u32, Option<String>>,
}

impl Default for UserNames {
    fn default() -> Self {
        Self::of_machine()
    }
}

impl UserNames {
    /// Names as the machine's name service gives them (`getpwuid_r`, so also from LDAP or SSSD).
    pub fn of_machine() -> Self {
        Self::with(|uid| User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name))
    }

    /// Names from another source.
    pub fn with(lookup: fn(u32) -> Option<String>) -> Self {
        Self { lookup, known: HashMap::new() }
    }

    /// The name of the user `uid`, or `None` if nobody has that uid.
    pub fn name(&mut self, uid: u32) -> Option<&str> {
        self.known.entry(uid).or_insert_with(|| (self.lookup)(uid)).as_deref()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn uid_0_is_root_and_an_unknown_uid_has_no_name() {
        let mut names = UserNames::of_machine();
        assert_eq!(names.name(0), Some("root"));
        assert_eq!(names.name(4_000_000_123), None);
    }

    #[test]
    fn a_uid_is_looked_up_once() {
        thread_local!(static CALLS: Cell<u32> = const { Cell::new(0) });
        let mut names = UserNames::with(|uid| {
            CALLS.set(CALLS.get() + 1);
            Some(format!("user{uid}"))
        });
        assert_eq!(names.name(7), Some("user7"));
        assert_eq!(names.name(7), Some("user7"));
        assert_eq!(CALLS.get(), 1);
    }
}

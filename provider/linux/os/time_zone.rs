//! The machine's time zone: `/etc/localtime`, whatever `TZ` says to this process.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz;

use crate::linux::{Error, Result, Root};

const LOCALTIME: &str = "/etc/localtime";

/// The machine's time zone.
#[derive(Clone, Debug)]
pub struct TimeZone {
    /// The IANA name, such as "Europe/Berlin". `None` if `/etc/localtime` is not a link into the zone database.
    pub name: Option<String>,
    rules: tz::TimeZone,
}

impl TimeZone {
    /// Minutes that local time is ahead of UTC at `time`, daylight saving included; negative in the Americas.
    pub fn offset_minutes(&self, time: SystemTime) -> Result<i16> {
        let time = Timestamp::try_from(time).map_err(|error| Error::InvalidInput { what: error.to_string() })?;
        // No zone is further than 26 hours from UTC.
        Ok((self.rules.to_offset(time).seconds() / 60) as i16)
    }
}

/// The machine's time zone; without `/etc/localtime` it is UTC, as for every program on such a machine.
pub fn time_zone(root: &Root) -> Result<TimeZone> {
    let bytes = match root.read(LOCALTIME) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => {
            return Ok(TimeZone { name: Some("UTC".to_owned()), rules: tz::TimeZone::UTC });
        }
        Err(error) => return Err(error),
    };
    let rules =
        tz::TimeZone::tzif("", &bytes).map_err(|error| Error::parse(root.path(LOCALTIME), error.to_string()))?;
    let target = std::fs::read_link(root.path(LOCALTIME)).ok();
    let name = target.and_then(|target| Some(target.to_str()?.split_once("/zoneinfo/")?.1.to_owned()));
    Ok(TimeZone { name, rules })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use super::*;
    use crate::linux::testing::machine_with;

    /// A zone without changes: TZif version 2 with one type, two hours ahead of UTC.
    fn two_hours_ahead() -> Vec<u8> {
        let header = |version: u8| {
            let counts = [0_u32, 0, 0, 0, 1, 5];
            [b"TZif", &[version][..], &[0; 15], &counts.map(u32::to_be_bytes).concat()].concat()
        };
        let kind = [&7200_i32.to_be_bytes()[..], &[0, 0], b"EET2\0"].concat();
        [header(b'2'), kind.clone(), header(b'2'), kind, b"\n<+02>-2\n".to_vec()].concat()
    }

    fn march_2024() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600)
    }

    #[test]
    fn the_offset_is_that_of_the_zone_s_rules() {
        let (_dir, root) =
            machine_with(&[("/usr/share/zoneinfo/Africa/Cairo", &two_hours_ahead()), ("/etc/hosts", b"")]);
        symlink("../usr/share/zoneinfo/Africa/Cairo", root.path(LOCALTIME)).unwrap();
        let zone = time_zone(&root).unwrap();
        assert_eq!(zone.name.as_deref(), Some("Africa/Cairo"));
        assert_eq!(zone.offset_minutes(march_2024()).unwrap(), 120);
    }

    #[test]
    fn a_copied_file_has_rules_but_no_name() {
        let (_dir, root) = machine_with(&[(LOCALTIME, &two_hours_ahead())]);
        let zone = time_zone(&root).unwrap();
        assert_eq!((zone.name.as_deref(), zone.offset_minutes(march_2024()).unwrap()), (None, 120));
    }

    #[test]
    fn without_a_file_it_is_utc_and_a_broken_one_is_an_error() {
        let (_dir, root) = machine_with(&[]);
        assert_eq!(time_zone(&root).unwrap().offset_minutes(march_2024()).unwrap(), 0);
        let (_dir, root) = machine_with(&[(LOCALTIME, b"not a zone")]);
        assert!(time_zone(&root).unwrap_err().to_string().contains("localtime"));
    }
}

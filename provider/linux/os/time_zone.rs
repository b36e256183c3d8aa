//! The machine's time zone: `/etc/localtime`, whatever `TZ` says to this process.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz;

use crate::linux::{Error, Result, Root};

pub(super) const LOCALTIME: &str = "/etc/localtime";

/// The machine's time zone.
#[derive(Clone, Debug)]
pub struct TimeZone {
    /// The IANA name, such as "Europe/Berlin". `None` if `/etc/localtime` is not a link into the zone database.
    pub name: Option<String>,
    rules: tz::TimeZone,
}

/// What a clock of the machine's zone shows beside the hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Minutes ahead of UTC, daylight saving included.
    pub offset_minutes: i16,
    /// Such as `CET` or `CEST`.
    pub abbreviation: String,
    /// Whether daylight saving is in effect.
    pub is_daylight_saving: bool,
    /// When the offset changes next. `None` where that is not planned.
    pub next_change: Option<SystemTime>,
}

impl TimeZone {
    /// What clocks show at `time`.
    pub fn at(&self, time: SystemTime) -> Result<LocalTime> {
        let timestamp = Timestamp::try_from(time).map_err(|error| Error::InvalidInput { what: error.to_string() })?;
        let now = self.rules.to_offset_info(timestamp);
        let next = self.rules.following(timestamp).find(|change| change.offset() != now.offset());
        Ok(LocalTime {
            offset_minutes: self.offset_minutes(time)?,
            abbreviation: now.abbreviation().to_owned(),
            is_daylight_saving: now.dst().is_dst(),
            next_change: next.map(|change| change.timestamp().into()),
        })
    }

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
pub(super) mod tests {
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use super::*;
    use crate::linux::testing::machine_with;

    /// A zone without changes: TZif version 2 with one type, two hours ahead of UTC.
    pub(in crate::linux::os) fn two_hours_ahead() -> Vec<u8> {
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

    /// The same with summer time from the end of March to the end of October.
    fn two_or_three_hours_ahead() -> Vec<u8> {
        let mut zone = two_hours_ahead();
        zone.truncate(zone.len() - b"<+02>-2\n".len());
        [&zone[..], b"EET-2EEST,M3.5.0/3,M10.5.0/4\n"].concat()
    }

    #[test]
    fn summer_time_is_foreseen() {
        let (_dir, root) = machine_with(&[(LOCALTIME, &two_or_three_hours_ahead())]);
        let zone = time_zone(&root).unwrap();
        let winter = zone.at(march_2024()).unwrap();
        assert_eq!((winter.offset_minutes, &*winter.abbreviation, winter.is_daylight_saving), (120, "EET", false));
        // 2024-03-31 01:00:00 UTC
        let change = SystemTime::UNIX_EPOCH + Duration::from_secs(1_711_846_800);
        assert_eq!(winter.next_change, Some(change));
        let summer = zone.at(change).unwrap();
        assert_eq!((summer.offset_minutes, &*summer.abbreviation, summer.is_daylight_saving), (180, "EEST", true));
        assert!(summer.next_change.is_some_and(|next| next > change));
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

//! The CIM datetime type: a point in time or an interval (DSP0004 section 5.2.4).
//!
//! ```
//! use omi::Datetime;
//! use std::time::{Duration, UNIX_EPOCH};
//!
//! let start = Datetime::from_system_time(UNIX_EPOCH).unwrap();
//! assert_eq!(start.to_string(), "19700101000000.000000+000");
//! let uptime = Datetime::from(Duration::from_secs(90_061));
//! assert_eq!(uptime.to_string(), "00000001010101.000000:000");
//! assert_eq!("00000001010101.000000:000".parse(), Ok(uptime));
//! ```

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// A CIM datetime. Written as DMTF text of 25 characters: `20260203040506.123456-480` or `00000011121314.500000:000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each variant's type says what it is
pub enum Datetime {
    Timestamp(Timestamp),
    Interval(Interval),
}

/// A point in time, in the local time of an offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// 0 to 9999.
    pub year: u32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 60.
    pub second: u32,
    /// 0 to 999,999.
    pub microseconds: u32,
    /// Minutes east of UTC, -999 to 999.
    pub utc: i32,
}

/// A length of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// 0 to 99,999,999.
    pub days: u32,
    /// 0 to 23.
    pub hours: u32,
    /// 0 to 59.
    pub minutes: u32,
    /// 0 to 59.
    pub seconds: u32,
    /// 0 to 999,999.
    pub microseconds: u32,
}

impl Datetime {
    /// The given point in time in UTC, to the microsecond. `None` outside the years 0 to 9999.
    pub fn from_system_time(time: SystemTime) -> Option<Self> {
        Self::from_system_time_at(time, 0)
    }

    /// The given point in time as a clock shows it that is `utc` minutes east of UTC.
    pub fn from_system_time_at(time: SystemTime, utc: i32) -> Option<Self> {
        let timestamp = jiff::Timestamp::try_from(time).ok()?;
        let offset = jiff::tz::Offset::from_seconds(utc.checked_mul(60)?).ok()?;
        let civil = offset.to_datetime(timestamp);
        let unsigned = |number: i8| u32::try_from(number).ok();
        Some(Self::Timestamp(Timestamp {
            year: u32::try_from(civil.year()).ok()?,
            month: unsigned(civil.month())?,
            day: unsigned(civil.day())?,
            hour: unsigned(civil.hour())?,
            minute: unsigned(civil.minute())?,
            second: unsigned(civil.second())?,
            microseconds: u32::try_from(civil.subsec_nanosecond() / 1_000).ok()?,
            utc,
        }))
    }

    /// The point in time; `None` for an interval or a date that does not exist.
    pub fn to_system_time(self) -> Option<SystemTime> {
        let Self::Timestamp(at) = self else { return None };
        let small = |number: u32| i8::try_from(number).ok();
        let civil = jiff::civil::DateTime::new(
            i16::try_from(at.year).ok()?,
            small(at.month)?,
            small(at.day)?,
            small(at.hour)?,
            small(at.minute)?,
            small(at.second)?,
            i32::try_from(at.microseconds).ok()?.checked_mul(1_000)?,
        )
        .ok()?;
        let offset = jiff::tz::Offset::from_seconds(at.utc.checked_mul(60)?).ok()?;
        Some(offset.to_timestamp(civil).ok()?.into())
    }

    /// The length of an interval; `None` for a point in time.
    pub fn to_duration(self) -> Option<Duration> {
        let Self::Interval(length) = self else { return None };
        let seconds = ((u64::from(length.days) * 24 + u64::from(length.hours)) * 60 + u64::from(length.minutes)) * 60
            + u64::from(length.seconds);
        Some(Duration::from_secs(seconds) + Duration::from_micros(u64::from(length.microseconds)))
    }
}

impl From<Duration> for Datetime {
    /// Lengths over 99,999,999 days become that many days.
    fn from(length: Duration) -> Self {
        Self::Interval(length.into())
    }
}

impl From<Duration> for Interval {
    /// Lengths over 99,999,999 days become that many days.
    fn from(length: Duration) -> Self {
        const LONGEST: u64 = 99_999_999;
        let seconds = length.as_secs();
        // Each remainder is below its divisor, so the casts keep every value.
        Self {
            days: (seconds / 86_400).min(LONGEST) as u32,
            hours: (seconds / 3_600 % 24) as u32,
            minutes: (seconds / 60 % 60) as u32,
            seconds: (seconds % 60) as u32,
            microseconds: length.subsec_micros(),
        }
    }
}

impl fmt::Display for Datetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timestamp(at) => write!(
                f,
                "{:04}{:02}{:02}{:02}{:02}{:02}.{:06}{}{:03}",
                at.year,
                at.month,
                at.day,
                at.hour,
                at.minute,
                at.second,
                at.microseconds,
                if at.utc < 0 { '-' } else { '+' },
                at.utc.unsigned_abs()
            ),
            Self::Interval(length) => write!(
                f,
                "{:08}{:02}{:02}{:02}.{:06}:000",
                length.days, length.hours, length.minutes, length.seconds, length.microseconds
            ),
        }
    }
}

/// The text is not a DMTF datetime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseDatetimeError(String);

impl fmt::Display for ParseDatetimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a datetime; expected yyyymmddhhmmss.mmmmmm+utc or ddddddddhhmmss.mmmmmm:000", self.0)
    }
}

impl std::error::Error for ParseDatetimeError {}

impl FromStr for Datetime {
    type Err = ParseDatetimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseDatetimeError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Datetime> {
    if text.len() != 25 || !text.is_ascii() || text.as_bytes()[14] != b'.' {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = &text[from..to];
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten()
    };
    let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
    let microseconds = number(15, 21)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    match text.as_bytes()[21] {
        b':' if number(22, 25)? == 0 => Some(Datetime::Interval(Interval {
            days: number(0, 8)?,
            hours: hour,
            minutes: minute,
            seconds: second,
            microseconds,
        })),
        sign @ (b'+' | b'-') => {
            let minutes = i32::try_from(number(22, 25)?).ok()?;
            let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
            ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Datetime::Timestamp(Timestamp {
                year,
                month,
                day,
                hour,
                minute,
                second,
                microseconds,
                utc: if sign == b'-' { -minutes } else { minutes },
            }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dmtf_text_goes_both_ways() {
        for text in ["20260203040506.123456-480", "19700101000000.000000+000", "00000011121314.500000:000"] {
            assert_eq!(text.parse::<Datetime>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn wrong_text_is_named() {
        for text in ["", "2026-02-03", "20261303040506.123456-480", "2026020304050६.123456-480"] {
            let error = text.parse::<Datetime>().unwrap_err().to_string();
            assert!(error.contains("is not a datetime"), "{error}");
        }
    }

    #[test]
    fn a_timestamp_keeps_the_instant_in_every_offset() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_770_091_506_123_456);
        for utc in [-480, 0, 60, 345] {
            assert_eq!(Datetime::from_system_time_at(time, utc).unwrap().to_system_time(), Some(time));
        }
    }

    #[test]
    fn an_interval_is_a_duration() {
        let length = Duration::new(11 * 86_400 + 12 * 3_600 + 13 * 60 + 14, 500_000_000);
        assert_eq!(Datetime::from(length).to_duration(), Some(length));
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".{0,30}") {
            let _ = text.parse::<Datetime>();
        }
    }
}

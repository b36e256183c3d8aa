//! Dates and durations as XML Schema writes them, for CIM datetimes (DSP0230 section 8) and for timeouts.

use omi::{Datetime, Timestamp};
use std::fmt::Write;
use std::time::Duration;

/// Appends a datetime: `2010-07-14T11:35:11.900675-00:07`, or `P0DT0H1M40S` for an interval.
pub fn write(out: &mut String, value: Datetime) {
    let fraction = |out: &mut String, microseconds: u32| {
        if microseconds != 0 {
            let _ = write!(out, ".{microseconds:06}");
        }
    };
    match value {
        Datetime::Timestamp(at) => {
            let _ = write!(
                out,
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
                at.year, at.month, at.day, at.hour, at.minute, at.second
            );
            fraction(out, at.microseconds);
            let offset = at.utc.unsigned_abs();
            match at.utc {
                0 => out.push('Z'),
                east => {
                    let sign = if east < 0 { '-' } else { '+' };
                    let _ = write!(out, "{sign}{:02}:{:02}", offset / 60, offset % 60);
                }
            }
        }
        Datetime::Interval(length) => {
            let _ = write!(out, "P{}DT{}H{}M{}", length.days, length.hours, length.minutes, length.seconds);
            fraction(out, length.microseconds);
            out.push('S');
        }
    }
}

/// Reads a datetime: an XML Schema dateTime, date or duration, or 25 characters of DMTF text. A dateTime without an offset
/// is UTC.
pub fn parse(text: &str) -> Option<Datetime> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    if text.starts_with('P') {
        return parse_duration(text).map(Datetime::from);
    }
    parse_date_time(text).map(Datetime::Timestamp)
}

/// Reads an XML Schema duration of days and smaller units; years and months have no fixed length and must be zero.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('P')?;
    let mut total = Duration::ZERO;
    let mut in_time = false;
    let mut last = 0;
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            if in_time || time.is_empty() {
                return None;
            }
            (in_time, rest) = (true, time);
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = (&rest[..end], rest[end..].chars().next()?);
        rest = &rest[end + unit.len_utf8()..];
        let (order, seconds) = match (in_time, unit) {
            (false, 'Y') => (1, 0),
            (false, 'M') => (2, 0),
            (false, 'D') => (3, 86_400),
            (true, 'H') => (4, 3_600),
            (true, 'M') => (5, 60),
            (true, 'S') => (6, 1),
            _ => return None,
        };
        if order <= last {
            return None;
        }
        last = order;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole: u64 = whole.parse().ok()?;
        if (seconds == 0 && whole != 0) || (unit != 'S' && number.contains('.')) {
            return None;
        }
        total = total.checked_add(Duration::from_secs(whole.checked_mul(seconds)?))?;
        total = total.checked_add(Duration::from_micros(u64::from(microseconds(fraction)?)))?;
    }
    (last != 0).then_some(total)
}

/// Microseconds from the digits behind a decimal point; further digits are cut.
fn microseconds(digits: &str) -> Option<u32> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded: String = digits.chars().chain("000000".chars()).take(6).collect();
    padded.parse().ok()
}

fn parse_date_time(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let (time, utc) = split_offset(time)?;
    let date = fields(date, '-', [4, 2, 2])?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let clock = fields(clock, ':', [2, 2, 2])?;
    let valid = (1..=12).contains(&date[1])
        && (1..=31).contains(&date[2])
        && clock[0] <= 23
        && clock[1] <= 59
        && clock[2] <= 60;
    valid.then_some(Timestamp {
        year: date[0],
        month: date[1],
        day: date[2],
        hour: clock[0],
        minute: clock[1],
        second: clock[2],
        microseconds: microseconds(fraction)?,
        utc,
    })
}

/// Takes `Z`, `+hh:mm` or `-hh:mm` off the end of a time and gives the minutes east of UTC.
fn split_offset(time: &str) -> Option<(&str, i32)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let [hours, minutes] = fields(&time[at + 1..], ':', [2, 2])?;
    let offset = i32::try_from(hours * 60 + minutes).ok().filter(|offset| minutes <= 59 && *offset <= 999)?;
    Some((&time[..at], if time[at..].starts_with('-') { -offset } else { offset }))
}

/// Numbers of fixed widths between separators.
fn fields<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|it| it.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Appends a whole number of seconds as a duration: `PT600S`.
pub fn write_seconds(out: &mut String, length: Duration) {
    let _ = write!(out, "PT{}S", length.as_secs());
}

#[cfg(test)]
mod tests {
    use super::*;
    use omi::Interval;
    use proptest::prelude::*;

    fn interval(days: u32, hours: u32, minutes: u32, seconds: u32, microseconds: u32) -> Datetime {
        Datetime::Interval(Interval { days, hours, minutes, seconds, microseconds })
    }

    fn written(value: Datetime) -> String {
        let mut out = String::new();
        write(&mut out, value);
        out
    }

    #[test]
    fn dates_are_written_as_windows_writes_them() {
        for (dmtf, xml) in [
            ("20100714113511.900675-007", "2010-07-14T11:35:11.900675-00:07"),
            ("20010101010101.000001+830", "2001-01-01T01:01:01.000001+13:50"),
            ("19700101000000.000000+000", "1970-01-01T00:00:00Z"),
            ("00002002020202.000002:000", "P2002DT2H2M2.000002S"),
            ("00000000000000.000000:000", "P0DT0H0M0S"),
        ] {
            let value: Datetime = dmtf.parse().unwrap();
            assert_eq!(written(value), xml);
            assert_eq!(parse(xml), Some(value));
            assert_eq!(parse(dmtf), Some(value));
        }
    }

    #[test]
    fn short_forms_are_read() {
        assert_eq!(parse("P2000D"), Some(interval(2000, 0, 0, 0, 0)));
        assert_eq!(parse("PT100S"), Some(interval(0, 0, 1, 40, 0)));
        assert_eq!(parse("2026-02-03").map(written).as_deref(), Some("2026-02-03T00:00:00Z"));
        assert_eq!(parse_duration("PT60.000S"), Some(Duration::from_secs(60)));
        assert_eq!(parse_duration("P0Y0M1DT0.5S"), Some(Duration::from_millis(86_400_500)));
    }

    #[test]
    fn wrong_forms_are_refused() {
        for text in
            ["", "P", "PT", "P1Y", "P1M", "PT1M1H", "P1S", "PT1.5M", "PT-1S", "2026-13-01T00:00:00Z", "P1DT", "PT.S"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse_duration("2030-01-01T00:00:00Z"), None);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "P?[0-9TYMDHSZ:.+-é]{0,30}") {
            let _ = parse(&text);
        }
    }
}

//! Formats figures for people.

use std::fmt;

use chrono::{Datelike, FixedOffset, NaiveDateTime};
use serde::{Deserialize, Serialize};

/// 2^10 bytes.
pub const KB: f64 = 1024.0;
/// 2^20 bytes.
pub const MB: f64 = 1024.0 * KB;
/// 2^30 bytes.
pub const GB: f64 = 1024.0 * MB;
/// 2^40 bytes.
pub const TB: f64 = 1024.0 * GB;
/// 2^50 bytes.
const PB: f64 = 1024.0 * TB;

/// Unit of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Open handles.
    Handles,
    /// Threads.
    Threads,
    /// Page table entries.
    Entries,
    /// Percent.
    Percent,
}

impl Unit {
    /// A value with its unit: `540 MB`, `41,200 handles`.
    #[must_use]
    pub fn amount(self, value: f64) -> String {
        match self {
            Self::Bytes => bytes(value),
            _ if is_one(value) => format!("1 {}", self.one()),
            _ => format!("{} {}", count(value), self.name()),
        }
    }

    fn one(self) -> &'static str {
        match self {
            Self::Bytes => "byte",
            Self::Handles => "handle",
            Self::Threads => "thread",
            Self::Entries => "entry",
            Self::Percent => "percent",
        }
    }

    /// Whether [`Unit::rate`] shows this rate per hour.
    #[must_use]
    pub fn is_hourly(self, per_hour: f64) -> bool {
        match self {
            Self::Bytes => is_hourly(per_hour),
            _ => per_hour.abs() > 1000.0,
        }
    }

    /// Formats a rate whose value is per hour.
    #[must_use]
    pub fn rate(self, per_hour: f64) -> String {
        match self {
            Self::Bytes => rate(per_hour),
            _ if self.is_hourly(per_hour) => format!("{} {}/hour", count(per_hour), self.name()),
            _ => format!("{} {}/day", small(per_hour * 24.0), self.name()),
        }
    }

    /// Formats the bounds of a rate's interval.
    #[must_use]
    pub fn rate_interval(self, low: f64, high: f64) -> String {
        match self {
            Self::Bytes => rate_interval(low, high),
            _ => format!("{} to {}", self.rate(low), self.rate(high)),
        }
    }

    /// Name of the unit.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Handles => "handles",
            Self::Threads => "threads",
            Self::Entries => "entries",
            Self::Percent => "percent",
        }
    }
}

/// Formats a count; values below ten have one decimal.
fn small(value: f64) -> String {
    if value.abs() < 9.95 { format!("{value:.1}") } else { count(value) }
}

/// Whether a count is shown as 1.
fn is_one(count: f64) -> bool {
    (count - 1.0).abs() < 0.5
}

/// Bytes in the unit with at most three digits. Two sizes are equal if they are shown alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Value in this unit, rounded as shown.
    figure: f64,
    decimals: usize,
    unit: usize,
}

impl Size {
    const UNITS: [&str; 6] = ["bytes", "KB", "MB", "GB", "TB", "PB"];

    /// The size of a number of bytes.
    #[must_use]
    pub fn of(bytes: f64) -> Self {
        let mut scaled = bytes.abs();
        let mut unit = 0;
        // 999.5 is shown with four digits.
        while scaled >= 999.5 && unit + 1 < Self::UNITS.len() {
            scaled /= KB;
            unit += 1;
        }
        let decimals = usize::from(unit > 0 && scaled < 9.95);
        let rounding = if decimals == 1 { 10.0 } else { 1.0 };
        Self { figure: (scaled * rounding).round_ties_even() / rounding * bytes.signum(), decimals, unit }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = format!("{:.*}", self.decimals, self.figure);
        let unit =
            if self.unit == 0 && figure.trim_start_matches('-') == "1" { "byte" } else { Self::UNITS[self.unit] };
        write!(f, "{figure} {unit}")
    }
}

/// Bytes with a unit: `540 MB`, `1.9 GB`; MB is 2^20.
#[must_use]
pub fn bytes(value: f64) -> String {
    Size::of(value).to_string()
}

/// Whether a rate in bytes is shown per hour.
fn is_hourly(bytes_per_hour: f64) -> bool {
    bytes_per_hour.abs() > 100.0 * MB
}

/// Formats a rate: per hour above 100 MB an hour, else per day.
#[must_use]
pub fn rate(bytes_per_hour: f64) -> String {
    if is_hourly(bytes_per_hour) {
        format!("{}/hour", bytes(bytes_per_hour))
    } else {
        format!("{}/day", bytes(bytes_per_hour * 24.0))
    }
}

/// Formats the bounds of a rate's interval with enough digits to distinguish them: `46.9 to 47.4 MB/day`.
#[must_use]
pub fn rate_interval(low: f64, high: f64) -> String {
    let (hours, per) = if is_hourly(high) { (1.0, "hour") } else { (24.0, "day") };
    let (first, last) = (Size::of(low * hours), Size::of(high * hours));
    if first != last || is_hourly(low) != is_hourly(high) {
        return format!("{} to {}", rate(low), rate(high));
    }
    let unit = [1.0, KB, MB, GB, TB, PB][last.unit];
    match last.unit {
        0 => format!("{last}/{per}"),
        _ => format!("{:.2} to {:.2} {}/{per}", low * hours / unit, high * hours / unit, Size::UNITS[last.unit]),
    }
}

/// A duration: `15 seconds`, `40 minutes`, `9 hours`, `12 days`, `3 years`.
#[must_use]
pub fn duration(hours: f64) -> String {
    let hours = hours.max(0.0);
    let (count, unit) = match hours {
        h if h < 1.5 / 60.0 => (h * 3600.0, "second"),
        h if h < 1.5 => (h * 60.0, "minute"),
        h if h < 48.0 => (h, "hour"),
        h if h < 24.0 * 90.0 => (h / 24.0, "day"),
        h if h < 24.0 * 365.0 * 2.0 => (h / 24.0 / 30.44, "month"),
        h => (h / 24.0 / 365.25, "year"),
    };
    if is_one(count) { format!("1 {unit}") } else { format!("{count:.0} {unit}s") }
}

/// A distance of samples: `15 seconds`, `100 seconds`, `20 minutes`, `1 hour`. Minutes and hours are whole to within a
/// hundredth; a late sample does not change them.
#[must_use]
pub fn interval(seconds: f64) -> String {
    match interval_in_units(seconds) {
        _ if seconds < 1.0 => format!("{seconds} seconds"),
        (number, unit) if is_one(number) => format!("1 {unit}"),
        (number, unit) => format!("{} {unit}s", count(number)),
    }
}

/// How far apart samples are, after "every": `second`, `5 minutes`.
#[must_use]
pub fn every(seconds: f64) -> String {
    match interval_in_units(seconds) {
        (number, unit) if seconds >= 1.0 && is_one(number) => unit.to_owned(),
        _ => interval(seconds),
    }
}

fn interval_in_units(seconds: f64) -> (f64, &'static str) {
    let whole = |unit: f64| {
        let number = (seconds / unit).round();
        (number >= 1.0 && (seconds / unit - number).abs() <= 0.01 * number).then_some(number)
    };
    match (whole(3600.0), whole(60.0).filter(|number| *number >= 2.0)) {
        (Some(hours), _) if hours >= 48.0 && hours % 24.0 == 0.0 => (hours / 24.0, "day"),
        (Some(hours), _) => (hours, "hour"),
        (None, Some(minutes)) => (minutes, "minute"),
        (None, None) => (seconds.round(), "second"),
    }
}

/// What is said of times on a clock whose offset from UTC is not known; nothing of others.
#[must_use]
pub fn zone_note(offset: Option<FixedOffset>) -> &'static str {
    if offset.is_none() { " (local time, zone not recorded)" } else { "" }
}

/// A count with thousands separators: `41,200`.
#[must_use]
pub fn count(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 && digits != "0" { format!("-{text}") } else { text }
}

/// A number with its noun: `1 sample`, `300 samples`.
#[must_use]
pub fn counted(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {many}", count(number as f64)) }
}

/// A process by name and id: `w3wp (PID 4712)`.
#[must_use]
pub fn process(name: &str, pid: Option<u32>) -> String {
    pid.map_or_else(|| name.to_owned(), |pid| format!("{name} (PID {pid})"))
}

/// A frequency: `once`, `twice`, `5 times`.
#[must_use]
pub fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{} times", self::count(n as f64)),
    }
}

/// A time in running text: `3 March 2026 02:10`.
#[must_use]
pub fn moment(time: NaiveDateTime) -> String {
    format!("{} {}", time.day(), time.format("%B %Y %H:%M"))
}

/// A day: `3 March 2028`.
#[must_use]
pub fn date(time: NaiveDateTime) -> String {
    format!("{} {}", time.day(), time.format("%B %Y"))
}

/// The time of a forecast, with a precision that depends on its distance: minutes within three days, days within three
/// months, months beyond.
#[must_use]
pub fn forecast(time: NaiveDateTime, hours_ahead: f64) -> String {
    match hours_ahead / 24.0 {
        days if days <= 3.0 => moment(time),
        days if days <= 90.0 => date(time),
        _ => time.format("%B %Y").to_string(),
    }
}

/// A time in tables: `2026-03-03 02:10`.
#[must_use]
pub fn full_moment(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%d %H:%M").to_string()
}

/// A share: `53 %`, `0.4 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value.abs() < 9.95 && value.abs() >= 0.05 { format!("{value:.1} %") } else { format!("{value:.0} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        for (value, text) in [
            (0.0, "0 bytes"),
            (1.0, "1 byte"),
            (512.0, "512 bytes"),
            (540.0 * MB, "540 MB"),
            (1.9 * GB, "1.9 GB"),
            (1000.0 * MB, "1.0 GB"),
            (-3.0 * MB, "-3.0 MB"),
        ] {
            assert_eq!(bytes(value), text);
        }
        assert_eq!(rate(25.5 * MB), "612 MB/day");
        assert_eq!(rate(21.0 * GB), "21 GB/hour");
        assert_eq!(rate_interval(25.0 * MB, 26.0 * MB), "600 MB/day to 624 MB/day");
        assert_eq!(rate_interval(1.95 * MB, 1.96 * MB), "46.80 to 47.04 MB/day");
        assert_eq!(rate_interval(21.01 * GB, 21.02 * GB), "21.01 to 21.02 GB/hour");
        assert_eq!(Size::of(540.1 * MB), Size::of(539.9 * MB));
        assert_ne!(Size::of(540.0 * MB), Size::of(-540.0 * MB));
        for (hours, text) in [(1.0, "60 minutes"), (24.0 * 30.0, "30 days"), (1.0 / 3600.0, "1 second")] {
            assert_eq!(duration(hours), text);
        }
        for (seconds, text) in [
            (0.5, "0.5 seconds"),
            (1.0, "1 second"),
            (15.0, "15 seconds"),
            (60.0, "60 seconds"),
            (100.0, "100 seconds"),
            (299.9, "5 minutes"),
            (1200.0, "20 minutes"),
            (3600.0, "1 hour"),
            (5400.0, "90 minutes"),
            (4803.0, "80 minutes"),
            (172_800.0, "2 days"),
            (90_000.0, "25 hours"),
        ] {
            assert_eq!(interval(seconds), text);
        }
        let time = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(2, 10, 0).unwrap();
        for (hours, text) in [(-5.0, "3 March 2026 02:10"), (80.0, "3 March 2026"), (2200.0, "March 2026")] {
            assert_eq!(forecast(time, hours), text);
        }
        for (hours, text) in [(0.7, "42 minutes"), (9.2, "9 hours"), (100.0, "4 days"), (24.0 * 700.0, "23 months")] {
            assert_eq!(duration(hours), text);
        }
        assert_eq!((count(1_234_567.0), count(-999.0), count(0.2)), ("1,234,567".into(), "-999".into(), "0".into()));
        assert_eq!((percent(0.53), percent(0.004), percent(0.0)), ("53 %".into(), "0.4 %".into(), "0 %".into()));
    }
}

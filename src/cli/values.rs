//! Values of arguments, as people write them.

use std::ops::RangeInclusive;

use chrono::{NaiveDate, NaiveDateTime};

use crate::base::units::{GB, KB, MB, TB, count};
use crate::base::windows;
use crate::collector::Windows;
use crate::forecast::Release;
use crate::log::FileTime;

/// Bytes of a size such as `16GB`, `512 MB`, `1.5 TiB` or a byte count; 1 KB is 1,024 bytes.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
pub fn parse_size(text: &str) -> Result<u64, String> {
    // Less than 1 MB or more than 1 PB must be a typing error.
    match bytes_of(text, 1.0) {
        Some(bytes) if (1e6..1.2e15).contains(&bytes) => Ok(bytes as u64),
        _ => Err(format!("\"{text}\" is not a valid size; use 16GB, 512MB or a byte count")),
    }
}

/// Megabytes of a size such as `300`, `300MB` or `1GB`, in whole megabytes, as logman has them.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
pub fn parse_max(text: &str) -> Result<u32, String> {
    match bytes_of(text, MB).map(|bytes| bytes / MB) {
        Some(megabytes) if (1.0..=f64::from(u32::MAX)).contains(&megabytes) && megabytes.fract() == 0.0 => {
            Ok(megabytes as u32)
        }
        _ => Err(format!("\"{text}\" is not a valid size; use whole megabytes, such as 300, 300MB or 1GB")),
    }
}

/// Megabytes of the demo's large log.
pub fn parse_big(text: &str) -> Result<u32, String> {
    parse_max(text).and_then(|megabytes| in_range(megabytes, &(1..=100_000)))
}

/// A parser of whole numbers in a range.
pub fn whole_number(range: RangeInclusive<u32>) -> impl Fn(&str) -> Result<u32, String> + Clone {
    move |text| match text.trim().parse() {
        Ok(number) => in_range(number, &range),
        Err(_) => Err(format!("\"{text}\" is not a whole number; use {}", words(&range))),
    }
}

fn in_range(number: u32, range: &RangeInclusive<u32>) -> Result<u32, String> {
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} is not in the range; use {}", words(range)))
    }
}

fn words(range: &RangeInclusive<u32>) -> String {
    let [low, high] = [range.start(), range.end()].map(|number| count(f64::from(*number)));
    if *range.end() == u32::MAX { format!("{low} or more") } else { format!("{low} to {high}") }
}

/// Bytes of a number with a unit, or without one in the unit given.
fn bytes_of(text: &str, without_unit: f64) -> Option<f64> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim().to_ascii_uppercase().replace("IB", "B").as_str() {
        "" => without_unit,
        "B" => 1.0,
        "K" | "KB" => KB,
        "M" | "MB" => MB,
        "G" | "GB" => GB,
        "T" | "TB" => TB,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

fn unknown_release(text: &str) -> String {
    format!("\"{text}\" is not a known Windows release; use one of {}", windows::ReleaseInfo::known_names())
}

pub fn parse_release(text: &str) -> Result<Release, String> {
    Release::from_name(text).ok_or_else(|| unknown_release(text))
}

pub fn parse_windows(text: &str) -> Result<Windows, String> {
    let windows = Windows::from_name(text).ok_or_else(|| unknown_release(text))?;
    if windows == Windows::Windows2000 {
        return Err(
            "Windows 2000 has no logman; create a counter log of \\Memory\\* and \\Process(*)\\* in its Performance \
            window (perfmon), every 300 seconds, as a binary circular file"
                .to_owned(),
        );
    }
    Ok(windows)
}

pub fn parse_time(text: &str) -> Result<FileTime, String> {
    let wrong = || format!("\"{text}\" is not a valid time; use 2026-03-03 or \"2026-03-03 02:10\"");
    let text = text.trim().replace('T', " ");
    let forms = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let time = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok());
    let day = || NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().and_then(|d| d.and_hms_opt(0, 0, 0));
    time.or_else(day).and_then(FileTime::from_naive).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_logs_are_megabytes() {
        for (text, megabytes) in [("300", 300), ("300MB", 300), ("300 mb", 300), ("1GB", 1024), ("0.5G", 512)] {
            assert_eq!(parse_max(text), Ok(megabytes), "{text}");
        }
        for text in ["", "0", "MB", "-1", "1.5", "100KB", "9999TB", "300XB"] {
            assert!(parse_max(text).unwrap_err().contains("300MB"), "{text}");
        }
    }

    #[test]
    fn numbers_are_refused_in_words() {
        let parse = whole_number(1..=10_000);
        assert_eq!((parse("8"), parse("0").unwrap_err()), (Ok(8), "0 is not in the range; use 1 to 10,000".to_owned()));
        assert_eq!(parse("8x").unwrap_err(), "\"8x\" is not a whole number; use 1 to 10,000");
        assert!(whole_number(1..=u32::MAX)("-1").unwrap_err().ends_with("use 1 or more"));
        assert!(parse_big("60MB") == Ok(60) && parse_big("999999").is_err());
    }

    #[test]
    fn sizes_and_times() {
        assert_eq!(parse_size("16GB"), Ok(16 << 30));
        assert_eq!(parse_size("1.5 GiB"), Ok(3 << 29));
        assert_eq!(parse_size("1073741824"), Ok(1 << 30));
        for text in ["", "GB", "16XB", "-1GB", "12", "9999999TB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        assert!(parse_time("2026-03-03 02:10").is_ok() && parse_time("2026-03-03").is_ok());
        assert!(parse_time("3 March").is_err() && parse_time("2026-13-01").is_err());
    }
}

//! Valid settings of a collector: what logman accepts, and nothing that cmd would misread.

use chrono::NaiveDateTime;
use thiserror::Error;

use crate::base::units;

/// Why a setting is invalid. `Display` explains it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidSetting {
    /// The computer name contains invalid characters.
    #[error("\"{0}\" is not a valid computer name; use letters, digits, dashes, underscores and dots")]
    Machine(String),
    /// The user name contains invalid characters.
    #[error(r#""{0}" is not a valid user name; use DOMAIN\name with letters, digits, spaces and - _ . @ $"#)]
    User(String),
    /// The collector name is empty, or starts or ends with a character that Windows or logman drops or misreads.
    #[error(
        "\"{0}\" is not a valid collector name; it must not be empty, start with a dash, start or end with a space, or end with a dot"
    )]
    NameEnds(String),
    /// The collector name contains invalid characters or is too long.
    #[error(
        "\"{0}\" is not a valid collector name; use up to {LONGEST_NAME} letters, digits, spaces, dashes, underscores and dots"
    )]
    NameCharacters(String),
    /// A name that Windows reserves for a device.
    #[error("\"{0}\" contains a name that Windows reserves for a device (CON, PRN, AUX, NUL, COM1, LPT1 and others)")]
    DeviceName(String),
    /// The folder is not an absolute path below a drive or a share.
    #[error(
        r#""{0}" is not a valid folder; use an absolute Windows path below a drive or a share, such as D:\perflogs or \\server\share\perflogs"#
    )]
    FolderPath(String),
    /// The folder contains invalid characters or is too long.
    #[error(
        "\"{0}\" is not a valid folder; use up to {LONGEST_FOLDER} ASCII characters without \" % & | < > ^ ! * ? / :"
    )]
    FolderCharacters(String),
    /// The maximum size is 0.
    #[error("the maximum size of the log must be at least 1 MB")]
    NoSize,
    /// The interval is 0, or a day or more.
    #[error("{} is not a valid interval; use 1 second to less than 24 hours", units::interval(f64::from(*.0)))]
    Interval(u32),
    /// The run time is 0, or a day or more.
    #[error("{} is not a valid run time; use less than 24 hours, or add --begin for longer", units::interval(f64::from(*.0)))]
    RunTime(u32),
    /// The end is not after the start.
    #[error("the end {end} must be after the begin {begin}")]
    EndBeforeBegin {
        /// Start time.
        begin: NaiveDateTime,
        /// End time.
        end: NaiveDateTime,
    },
    /// The counter path has no object or no counter.
    #[error(r#""{0}" is not a valid counter path; use one such as \Process V2(*)\*"#)]
    CounterPath(String),
    /// The counter path cannot be quoted.
    #[error("\"{0}\" is not a valid counter path; use ASCII characters without quotation marks")]
    CounterCharacters(String),
    /// The counter paths together are too long.
    #[error("too many counters for one command line of cmd (up to \"{0}\"); use * for several at once")]
    TooManyCounters(String),
}

/// The text is not an interval.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("\"{0}\" is not a valid time; use seconds, 15s, 5min, 1h, 2d or hh:mm:ss")]
pub struct NotAnInterval(String);

/// Characters that would end a quoted argument or start another command in cmd.
const UNSAFE: &[char] = &['"', '%', '&', '|', '<', '>', '^', '!'];

/// Longest name of a collector. `schtasks /tr` accepts 261 characters, folder included; the path of a log may have 260.
const LONGEST_NAME: usize = 64;
/// Longest folder, for the same reason: with the names of the computer and the collector and the time, a path stays
/// below 260 characters.
const LONGEST_FOLDER: usize = 150;
/// Longest list of quoted counter paths: a command line of cmd may have 8,191 characters, and the rest of it needs up
/// to 500.
const LONGEST_COUNTERS: usize = 7_600;
/// Logman reads intervals and run times as a time of day, which ends before 24 hours.
pub const DAY_SECONDS: u32 = 24 * 3600;

/// A letter or digit, except modifier letters and clicks: these Unicode letters look like `"`, `|` and `!`, and become
/// these characters if a program receives its arguments in a code page.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !matches!(c, '\u{2b0}'..='\u{2ff}' | '\u{1c0}'..='\u{1c3}')
}

/// A value in a message, without control characters, which would change the terminal.
fn shown(value: &str) -> String {
    value.replace(char::is_control, "\u{fffd}")
}

/// Whether Windows opens a device instead of a file of this name, whatever its extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |device: &str| matches!(stem.strip_prefix(device).map(str::as_bytes), Some([b'1'..=b'9']));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

/// A computer name without leading backslashes. Letters of any alphabet are safe in cmd. (Scripts are ASCII, and are
/// not written for such a machine.)
pub(super) fn machine(machine: &str) -> Result<String, InvalidSetting> {
    let name = machine.trim_start_matches('\\');
    let plain = |c: char| is_letter(c) || "-_.".contains(c);
    if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
        return Err(InvalidSetting::Machine(shown(machine)));
    }
    Ok(name.to_owned())
}

/// A user name with or without its domain.
pub(super) fn user(user: &str) -> Result<String, InvalidSetting> {
    let plain = |c: char| is_letter(c) || " -_.@$\\".contains(c);
    if user.trim().is_empty() || user.starts_with('-') || user.ends_with('\\') || !user.chars().all(plain) {
        return Err(InvalidSetting::User(shown(user)));
    }
    Ok(user.to_owned())
}

/// A start and an end, or a run time in seconds.
pub(super) fn schedule(
    begin: Option<NaiveDateTime>,
    end: Option<NaiveDateTime>,
    run_seconds: Option<u32>,
) -> Result<(), InvalidSetting> {
    if let (Some(begin), Some(end)) = (begin, end)
        && end <= begin
    {
        return Err(InvalidSetting::EndBeforeBegin { begin, end });
    }
    if let Some(seconds) = run_seconds.filter(|seconds| !(1..DAY_SECONDS).contains(seconds)) {
        return Err(InvalidSetting::RunTime(seconds));
    }
    Ok(())
}

/// A collector name.
pub(super) fn name(name: &str) -> Result<String, InvalidSetting> {
    let safe = |c: char| c.is_ascii_alphanumeric() || " -_.".contains(c);
    // It is also part of a folder name, from which Windows drops a dot at the end.
    if name.trim().is_empty() || name.trim() != name || name.starts_with('-') || name.ends_with('.') {
        return Err(InvalidSetting::NameEnds(shown(name)));
    }
    if !name.chars().all(safe) || name.len() > LONGEST_NAME {
        return Err(InvalidSetting::NameCharacters(shown(name)));
    }
    if is_device(name) {
        return Err(InvalidSetting::DeviceName(shown(name)));
    }
    Ok(name.to_owned())
}

/// A folder for logs, without backslashes at the end: one before a closing quotation mark would escape it.
pub(super) fn folder(folder: &str) -> Result<String, InvalidSetting> {
    let trimmed = folder.trim_end_matches(['\\', '/']);
    let drive = matches!(trimmed.as_bytes(), [letter, b':', b'\\', ..] if letter.is_ascii_alphabetic());
    let below = match trimmed.strip_prefix(r"\\") {
        Some(share) => share,
        None if drive => &trimmed[3..],
        None => "",
    };
    let parts: Vec<&str> = below.split('\\').collect();
    // Windows drops spaces and dots at the end of a name.
    let named = |part: &&str| !part.is_empty() && !part.ends_with(['.', ' ']);
    if parts.len() < if drive { 1 } else { 2 } || !parts.iter().all(named) {
        return Err(InvalidSetting::FolderPath(shown(folder)));
    }
    if parts.iter().any(|part| is_device(part)) {
        return Err(InvalidSetting::DeviceName(shown(folder)));
    }
    let strange = |c: char| c.is_control() || UNSAFE.contains(&c) || "*?/:".contains(c);
    if !folder.is_ascii() || below.chars().any(strange) || trimmed.len() > LONGEST_FOLDER {
        return Err(InvalidSetting::FolderCharacters(shown(folder)));
    }
    Ok(trimmed.to_owned())
}

/// The size in MB at which a log starts to overwrite its oldest samples.
pub(super) fn max_megabytes(megabytes: u32) -> Result<u32, InvalidSetting> {
    if megabytes == 0 {
        return Err(InvalidSetting::NoSize);
    }
    Ok(megabytes)
}

/// Seconds between samples.
pub(super) fn interval(seconds: u32) -> Result<u32, InvalidSetting> {
    if !(1..DAY_SECONDS).contains(&seconds) {
        return Err(InvalidSetting::Interval(seconds));
    }
    Ok(seconds)
}

/// A counter path.
pub(super) fn counter(counter: &str) -> Result<String, InvalidSetting> {
    if !counter.starts_with('\\') || counter[1..].find('\\').is_none_or(|at| at + 2 >= counter.len()) {
        return Err(InvalidSetting::CounterPath(shown(counter)));
    }
    if !counter.is_ascii() || counter.chars().any(|c| c.is_control() || c == '"') || counter.ends_with('\\') {
        return Err(InvalidSetting::CounterCharacters(shown(counter)));
    }
    Ok(counter.to_owned())
}

/// All counter paths of a collector.
pub(super) fn all_counters(counters: &[String]) -> Result<(), InvalidSetting> {
    // Each has a space and two quotation marks; a script doubles its percent signs.
    let length: usize = counters.iter().map(|counter| counter.len() + 3 + counter.matches('%').count()).sum();
    match counters.last() {
        Some(last) if length > LONGEST_COUNTERS => Err(InvalidSetting::TooManyCounters(last.clone())),
        _ => Ok(()),
    }
}

/// Seconds of an interval: `300`, `15s`, `5m`, `5 min`, `1h`, `2d`, `00:05:00`, `05:00`.
///
/// # Errors
/// If the text is none of these.
pub fn parse_interval(text: &str) -> Result<u32, NotAnInterval> {
    let wrong = || NotAnInterval(shown(text));
    let number = |digits: &str| digits.parse::<u32>().map_err(|_| wrong());
    let text = text.trim();
    let parts: Vec<&str> = text.split(':').collect();
    if let [.., minutes, seconds] = parts[..]
        && parts.len() <= 3
    {
        let h = if parts.len() == 3 { number(parts[0])? } else { 0 };
        let (m, s) = (number(minutes)?, number(seconds)?);
        return if h < 24 && m < 60 && s < 60 { Ok(h * 3600 + m * 60 + s) } else { Err(wrong()) };
    }
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit.trim().to_lowercase().as_str() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => DAY_SECONDS,
        _ => return Err(wrong()),
    };
    number(digits)?.checked_mul(factor).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_inject_a_command_is_refused() {
        for text in ["", " a", "-a", "a&b", "a\"b", "%x%", "a\nb", "ä", "a.", &"a".repeat(65)] {
            assert!(name(text).is_err(), "{text:?}");
        }
        for text in ["", "perflogs", r"C:perf", r#"c:\a" & del"#, r"c:\%temp%", "c:\\a\nb", r"c:\a|b", r"c:\ä"] {
            assert!(folder(text).is_err(), "{text:?}");
        }
        for text in ["", "Memory", r"\Memory", r"\Memory\", "\\Memory\\a\" & x", "\\a\\b\nc"] {
            assert!(counter(text).is_err(), "{text:?}");
        }
        for text in ["con", "NUL.txt", "Com1", "lpt9.a.b", "aux "] {
            assert!(is_device(text), "{text:?}");
        }
        assert_eq!(name("CON"), Err(InvalidSetting::DeviceName("CON".to_owned())));
        assert!(folder(r"c:\logs\nul").is_err() && name("console").is_ok() && name("COM10").is_ok());
        assert!(counter(r"\Memory\Free & Zero Page List Bytes").is_ok());
        // The fullwidth quotation mark becomes a plain one if a program receives its arguments in a code page.
        for text in ["", "a b", "a&b", "-s", "a\u{ff02}b", "a\u{2ba}b", "a%b", "a^b", "a!b"] {
            assert!(machine(text).is_err(), "{text:?}");
        }
        for text in ["", "a\"b", "a&b", "%u%", "-u", "a\\", "a\u{1c0}b", "a\u{1c3}b"] {
            assert!(user(text).is_err(), "{text:?}");
        }
        assert_eq!(user(r"CORP\Jürgen"), Ok(r"CORP\Jürgen".to_owned()));
        // No message contains a control character.
        let refused = name("a\u{1b}[2J").unwrap_err();
        assert_eq!(refused, InvalidSetting::NameCharacters("a\u{fffd}[2J".to_owned()));
    }

    #[test]
    fn folders_are_below_a_drive_or_a_share() {
        assert_eq!(folder(r"D:\perf logs\").as_deref(), Ok(r"D:\perf logs"));
        assert_eq!(folder(r"\\srv\logs$\of 7").as_deref(), Ok(r"\\srv\logs$\of 7"));
        let long = format!(r"c:\{}", "a".repeat(150));
        for text in [
            r"c:\",
            "c:",
            r"\\srv",
            r"\\srv\",
            r"c:\a:b",
            r"c:\a\\b",
            r"\\?\c:\a",
            r"\\.\c:\a",
            r"c:\a\..\b",
            r"c:\a ",
            &long,
        ] {
            assert!(folder(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn numbers_and_times_are_those_of_logman() {
        let at = |hour| chrono::NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(hour, 5, 0);
        assert!(schedule(at(3), at(2), None).is_err() && schedule(None, None, Some(90_000)).is_err());
        assert_eq!(
            InvalidSetting::RunTime(172_800).to_string(),
            "2 days is not a valid run time; use less than 24 hours, or add --begin for longer"
        );
        assert!(interval(0).is_err() && interval(86_400).is_err() && max_megabytes(0).is_err());
        let many = |count| vec![r"\Processor(*)\% Processor Time".to_owned(); count];
        assert!(all_counters(&many(200)).is_ok() && all_counters(&many(250)).is_err());
    }

    #[test]
    fn intervals() {
        for (text, seconds) in [
            ("300", 300),
            ("15s", 15),
            ("5m", 300),
            ("5min", 300),
            ("20 minutes", 1200),
            ("1h", 3600),
            ("2d", 172_800),
            ("1 Day", 86_400),
            ("00:05:00", 300),
            ("05:00", 300),
        ] {
            assert_eq!(parse_interval(text), Ok(seconds), "{text}");
        }
        for text in ["", "m", "5x", "-1", "1:60", "1:2:3:4", "24:00:00", "00:60:00", "99999999h"] {
            assert!(parse_interval(text).is_err(), "{text}");
        }
    }
}

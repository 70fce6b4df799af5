//! What the settings of a collector may be: what logman accepts, and nothing that cmd would take for something else.

use chrono::NaiveDateTime;

/// Why a setting was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} \"{value}\" {why}")]
pub struct Refused {
    what: &'static str,
    value: String,
    why: &'static str,
}

fn refuse<T>(what: &'static str, value: &str, why: &'static str) -> Result<T, Refused> {
    Err(Refused { what, value: value.escape_debug().to_string(), why })
}

/// Characters that would end a quoted argument or start a command of their own in cmd.
const UNSAFE: &[char] = &['"', '%', '&', '|', '<', '>', '^', '!'];

/// Names of collectors. What `schtasks /tr` runs may have 261 characters, with its folder; the path of a log, 260.
const LONGEST_NAME: usize = 64;
/// Folders of logs, likewise: with the computer's name, the collector's and the time it is below 260.
const LONGEST_FOLDER: usize = 150;
/// Counters of one collector, quoted: a line of cmd may have 8,191 characters.
const LONGEST_COUNTERS: usize = 7_600;

/// A letter or digit. Modifier letters and clicks are letters of Unicode which look like `"`, `|` and `!`, and become
/// these where a program takes its arguments in a code page.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !matches!(c, '\u{2b0}'..='\u{2ff}' | '\u{1c0}'..='\u{1c3}')
}

/// A computer name without the backslashes in front. Letters of any alphabet mean nothing to cmd; scripts, which are
/// ASCII, are refused for such a machine elsewhere.
pub(super) fn machine(machine: &str) -> Result<String, Refused> {
    let name = machine.trim_start_matches('\\');
    let plain = |c: char| is_letter(c) || "-_.".contains(c);
    if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
        return refuse(
            "the machine",
            machine,
            "must be a computer name of letters, digits, dashes, underscores and dots",
        );
    }
    Ok(name.to_owned())
}

/// A user's name, with or without its domain.
pub(super) fn user(user: &str) -> Result<String, Refused> {
    let plain = |c: char| is_letter(c) || " -_.@$\\".contains(c);
    if user.trim().is_empty() || user.starts_with('-') || user.ends_with('\\') || !user.chars().all(plain) {
        return refuse(
            "the user",
            user,
            r"must be a name such as DOMAIN\name, of letters, digits, blanks and - _ . @ $ only",
        );
    }
    Ok(user.to_owned())
}

/// A begin and an end, or a time to run, in seconds; logman's is below a day.
pub(super) fn schedule(
    begin: Option<NaiveDateTime>,
    end: Option<NaiveDateTime>,
    run_seconds: Option<u32>,
) -> Result<(), Refused> {
    if let (Some(begin), Some(end)) = (begin, end)
        && end <= begin
    {
        return refuse("the end", &end.to_string(), "must come after the begin");
    }
    if let Some(seconds) = run_seconds.filter(|seconds| *seconds == 0 || *seconds >= 24 * 3600) {
        return refuse(
            "the time to run",
            &seconds.to_string(),
            "must be below 24 hours; for longer give --begin and --end",
        );
    }
    Ok(())
}

/// A collector's name.
pub(super) fn name(name: &str) -> Result<String, Refused> {
    let safe = |c: char| c.is_ascii_alphanumeric() || " -_.".contains(c);
    // It is a part of a folder's name, too, whose last dot Windows would take away.
    if name.trim().is_empty() || name.trim() != name || name.starts_with('-') || name.ends_with('.') {
        return refuse(
            "the collector name",
            name,
            "must not be empty, begin with a dash, begin or end with a blank, or end with a dot",
        );
    }
    if !name.chars().all(safe) || name.len() > LONGEST_NAME {
        return refuse(
            "the collector name",
            name,
            "may hold up to 64 letters, digits, blanks, dashes, underscores and dots only",
        );
    }
    Ok(name.to_owned())
}

/// A folder for logs, without a backslash behind it, which before a closing quotation mark would swallow that.
pub(super) fn folder(folder: &str) -> Result<String, Refused> {
    let trimmed = folder.trim_end_matches(['\\', '/']);
    let drive = matches!(trimmed.as_bytes(), [letter, b':', b'\\', ..] if letter.is_ascii_alphabetic());
    let below = match trimmed.strip_prefix(r"\\") {
        Some(share) => share,
        None if drive => &trimmed[3..],
        None => "",
    };
    let parts: Vec<&str> = below.split('\\').collect();
    // Windows takes blanks and dots from the end of a name.
    let named = |part: &&str| !part.is_empty() && !part.ends_with(['.', ' ']);
    if parts.len() < if drive { 1 } else { 2 } || !parts.iter().all(named) {
        return refuse(
            "the folder",
            folder,
            r"must be an absolute Windows path below a drive or a share, such as D:\perflogs or \\server\share\perflogs",
        );
    }
    let strange = |c: char| c.is_control() || UNSAFE.contains(&c) || "*?/:".contains(c);
    if !folder.is_ascii() || below.chars().any(strange) || trimmed.len() > LONGEST_FOLDER {
        return refuse(
            "the folder",
            folder,
            "may hold up to 150 characters of plain ASCII without \" % & | < > ^ ! * ? / :",
        );
    }
    Ok(trimmed.to_owned())
}

/// Size at which a log begins to overwrite itself, MB.
pub(super) fn max_megabytes(megabytes: u32) -> Result<u32, Refused> {
    if megabytes == 0 {
        return refuse("the size", "0", "must be at least 1 MB");
    }
    Ok(megabytes)
}

/// Seconds between samples.
pub(super) fn interval(seconds: u32) -> Result<u32, Refused> {
    if seconds == 0 || seconds >= 24 * 3600 {
        return refuse("the interval", &seconds.to_string(), "must be from 1 second to below 24 hours");
    }
    Ok(seconds)
}

/// A counter path.
pub(super) fn counter(counter: &str) -> Result<String, Refused> {
    if !counter.starts_with('\\') || counter[1..].find('\\').is_none_or(|at| at + 2 >= counter.len()) {
        return refuse("the counter", counter, r"must be a path such as \Process V2(*)\*");
    }
    if !counter.is_ascii() || counter.chars().any(|c| c.is_control() || c == '"') || counter.ends_with('\\') {
        return refuse("the counter", counter, "may hold plain ASCII without quotation marks only");
    }
    Ok(counter.to_owned())
}

/// All counter paths of a collector together.
pub(super) fn all_counters(counters: &[String]) -> Result<(), Refused> {
    // Each in quotation marks behind a blank; a percent sign is doubled in a script.
    let length: usize = counters.iter().map(|counter| counter.len() + 3 + counter.matches('%').count()).sum();
    if length > LONGEST_COUNTERS {
        return refuse("the counters up to", &counters[counters.len() - 1], "are too many for a line of cmd; use *");
    }
    Ok(())
}

/// Seconds of an interval: `300`, `15s`, `5m`, `1h`, `00:05:00`, `05:00`.
///
/// # Errors
/// When the text is none of these.
pub fn parse_interval(text: &str) -> Result<u32, String> {
    let wrong = || format!("\"{text}\" is no interval: give seconds, 15s, 5m, 1h or hh:mm:ss");
    let number = |digits: &str| digits.parse::<u32>().map_err(|_| wrong());
    let parts: Vec<&str> = text.split(':').collect();
    if let [.., minutes, seconds] = parts[..]
        && parts.len() <= 3
    {
        let h = if parts.len() == 3 { number(parts[0])? } else { 0 };
        let (m, s) = (number(minutes)?, number(seconds)?);
        return if h < 24 && m < 60 && s < 60 { Ok(h * 3600 + m * 60 + s) } else { Err(wrong()) };
    }
    let (digits, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(digits) => (digits, &text[digits.len()..]),
        None => (text, "s"),
    };
    let factor = match unit {
        "m" => 60,
        "h" => 3600,
        _ => 1,
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
        assert!(counter(r"\Memory\Free & Zero Page List Bytes").is_ok());
        // The fullwidth quotation mark becomes a plain one where a program takes its arguments in a code page.
        for text in ["", "a b", "a&b", "-s", "a\u{ff02}b", "a\u{2ba}b", "a%b", "a^b", "a!b"] {
            assert!(machine(text).is_err(), "{text:?}");
        }
        for text in ["", "a\"b", "a&b", "%u%", "-u", "a\\", "a\u{1c0}b", "a\u{1c3}b"] {
            assert!(user(text).is_err(), "{text:?}");
        }
        assert_eq!(user(r"CORP\Jürgen"), Ok(r"CORP\Jürgen".to_owned()));
    }

    #[test]
    fn folders_lie_below_a_drive_or_a_share() {
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
        assert!(interval(0).is_err() && interval(86_400).is_err() && max_megabytes(0).is_err());
        let many = |count| vec![r"\Processor(*)\% Processor Time".to_owned(); count];
        assert!(all_counters(&many(200)).is_ok() && all_counters(&many(250)).is_err());
    }

    #[test]
    fn intervals() {
        for (text, seconds) in [("300", 300), ("15s", 15), ("5m", 300), ("1h", 3600), ("00:05:00", 300), ("05:00", 300)]
        {
            assert_eq!(parse_interval(text), Ok(seconds), "{text}");
        }
        for text in ["", "m", "5x", "-1", "1:60", "1:2:3:4", "24:00:00", "00:60:00", "99999999h"] {
            assert!(parse_interval(text).is_err(), "{text}");
        }
    }
}

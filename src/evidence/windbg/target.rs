//! `vertarget` and the banner: the machine, its Windows version and the time.

use crate::base::time::Timestamp;

/// The debugged machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Computer name.
    pub machine: Option<String>,
    /// Windows build number, such as 19041.
    pub build: Option<u32>,
    /// The line that contains it.
    pub system: Option<String>,
    /// Time in the debugged machine, or of the dump.
    pub time: Option<Timestamp>,
    /// Hours since boot.
    pub up_hours: Option<f64>,
}

/// Collects the lines.
#[derive(Default)]
pub struct Reader {
    target: Target,
}

impl Reader {
    /// Reads a line and returns whether it belongs to this output.
    pub fn line(&mut self, line: &str) -> bool {
        let line = line.trim();
        let target = &mut self.target;
        if line.starts_with("Windows ") && line.contains("Kernel Version") {
            let build = line.split("Kernel Version").nth(1).and_then(|rest| rest.split_whitespace().next());
            target.build = build.and_then(|text| text.split('.').next()?.parse().ok());
            target.system = Some(line.chars().take(200).collect());
            true
        } else if let Some(rest) = line.strip_prefix("Debug session time:") {
            target.time = super::date(rest);
            true
        } else if let Some(rest) = line.strip_prefix("System Uptime:") {
            target.up_hours = up_hours(rest);
            true
        } else if let Some(rest) = line.strip_prefix("Machine Name:").or_else(|| line.strip_prefix("Computer Name:")) {
            let name = rest.trim().trim_matches(['"', '*']);
            target.machine = (!name.is_empty() && name.len() < 64).then(|| name.to_owned());
            true
        } else {
            false
        }
    }

    /// The time of the latest session in the text.
    pub fn time(&self) -> Option<Timestamp> {
        self.target.time
    }

    pub fn finish(self) -> Target {
        self.target
    }
}

/// `2 days 3:04:05.678`.
fn up_hours(text: &str) -> Option<f64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (days, clock) = match words[..] {
        [days, word, clock, ..] if word.starts_with("day") => (days.parse::<f64>().ok()?, clock),
        [clock, ..] => (0.0, clock),
        [] => return None,
    };
    let mut parts = clock.split(':').map(|part| part.parse::<f64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0.0));
    let all = days * 24.0 + hours + minutes / 60.0 + seconds / 3600.0;
    (0.0..1e6).contains(&all).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banner() {
        let mut reader = Reader::default();
        for line in [
            "Windows 7 Kernel Version 7601 (Service Pack 1) MP (4 procs) Free x64",
            "Machine Name: \"APPSRV01\"",
            "Debug session time: Tue Mar  3 02:10:33.123 2026 (UTC + 1:00)",
            "System Uptime: 2 days 3:30:00.000",
        ] {
            assert!(reader.line(line), "{line}");
        }
        assert!(!reader.line("Windows is slow"));
        let target = reader.finish();
        assert_eq!(
            (target.build, target.machine.as_deref(), target.up_hours),
            (Some(7601), Some("APPSRV01"), Some(51.5))
        );
        assert!(
            matches!(target.time, Some(Timestamp::Utc(t)) if t.format("%F %H:%M").to_string() == "2026-03-03 01:10")
        );
    }
}

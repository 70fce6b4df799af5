//! Logman's command line as a type.

use chrono::NaiveDateTime;

use super::profile::Profile;
use super::windows::Windows;

/// What to do with a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Defines it; it does not run yet.
    Create,
    /// Starts it.
    Start,
    /// Stops it.
    Stop,
    /// Says whether it runs.
    Status,
    /// Removes its definition; its logs stay.
    Delete,
}

impl Action {
    /// All actions, in the order of a collector's life.
    pub const ALL: [Self; 5] = [Self::Create, Self::Start, Self::Stop, Self::Status, Self::Delete];

    /// Its name on our command line and in file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Status => "status",
            Self::Delete => "delete",
        }
    }
}

/// A counter log collector into a circular .blg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterLog {
    windows: Windows,
    name: String,
    folder: String,
    max_megabytes: u32,
    interval_seconds: u32,
    counters: Vec<String>,
    remote: Option<String>,
    user: Option<String>,
    begin: Option<NaiveDateTime>,
    end: Option<NaiveDateTime>,
    run_seconds: Option<u32>,
}

impl Default for CounterLog {
    /// The PerfLog-Long collector.
    fn default() -> Self {
        Self::of(Profile::Long, Windows::default())
    }
}

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

impl CounterLog {
    /// The collector of a profile, with what the machine's Windows has.
    #[must_use]
    pub fn of(profile: Profile, windows: Windows) -> Self {
        Self {
            windows,
            name: profile.collector_name().to_owned(),
            folder: r"c:\perflogs".to_owned(),
            max_megabytes: profile.max_megabytes(),
            interval_seconds: profile.interval_seconds(),
            counters: profile.counters(windows).into_iter().map(str::to_owned).collect(),
            remote: None,
            user: None,
            begin: None,
            end: None,
            run_seconds: None,
        }
    }

    /// On another machine.
    ///
    /// # Errors
    /// When it is no computer name, or holds what cmd would take for something else.
    pub fn with_remote(self, machine: Option<&str>) -> Result<Self, Refused> {
        let Some(machine) = machine else { return Ok(self) };
        let name = machine.trim_start_matches('\\');
        // Letters of any alphabet mean nothing to cmd; scripts, which are ASCII, are refused for such a machine.
        let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
            return refuse(
                "the machine",
                machine,
                "must be a computer name of letters, digits, dashes, underscores and dots",
            );
        }
        Ok(Self { remote: Some(name.to_owned()), ..self })
    }

    /// As another user, whose password logman asks for.
    ///
    /// # Errors
    /// When it holds what cmd would take for something else.
    pub fn with_user(self, user: Option<&str>) -> Result<Self, Refused> {
        let Some(user) = user else { return Ok(self) };
        let plain = |c: char| c.is_ascii_alphanumeric() || " -_.@$\\".contains(c);
        if user.trim().is_empty() || user.starts_with('-') || user.ends_with('\\') || !user.chars().all(plain) {
            return refuse(
                "the user",
                user,
                r"must be a name such as DOMAIN\name, of letters, digits, blanks and - _ . @ $ only",
            );
        }
        Ok(Self { user: Some(user.to_owned()), ..self })
    }

    /// From and to a time of the machine's clock, or for so many seconds.
    ///
    /// # Errors
    /// When it ends before it begins, or runs for a day or longer, which logman cannot be told so.
    pub fn with_schedule(
        self,
        begin: Option<NaiveDateTime>,
        end: Option<NaiveDateTime>,
        run_seconds: Option<u32>,
    ) -> Result<Self, Refused> {
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
        Ok(Self { begin, end, run_seconds, ..self })
    }

    /// With another name.
    ///
    /// # Errors
    /// When it is empty, or holds what cmd or logman would take for something else.
    pub fn with_name(self, name: &str) -> Result<Self, Refused> {
        let safe = |c: char| c.is_ascii_alphanumeric() || " -_.".contains(c);
        if name.trim().is_empty() || name.trim() != name || name.starts_with('-') {
            return refuse(
                "the collector name",
                name,
                "must not be empty, begin with a dash, or begin or end with a blank",
            );
        }
        if !name.chars().all(safe) {
            return refuse(
                "the collector name",
                name,
                "may hold letters, digits, blanks, dashes, underscores and dots only",
            );
        }
        Ok(Self { name: name.to_owned(), ..self })
    }

    /// With another folder for the logs.
    ///
    /// # Errors
    /// When it is no absolute Windows path, or holds what cmd would take for something else.
    pub fn with_folder(self, folder: &str) -> Result<Self, Refused> {
        // A backslash before the closing quote would swallow it.
        let trimmed = folder.trim_end_matches(['\\', '/']);
        let drive = matches!(trimmed.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
        let rooted = drive && (trimmed.len() == 2 || trimmed.as_bytes()[2] == b'\\') || trimmed.starts_with(r"\\");
        if !rooted {
            return refuse("the folder", folder, r"must be an absolute Windows path such as D:\perflogs");
        }
        if !folder.is_ascii() || folder.chars().any(|c| c.is_control() || UNSAFE.contains(&c) || "*?/".contains(c)) {
            return refuse("the folder", folder, "may hold plain ASCII without \" % & | < > ^ ! * ? / only");
        }
        Ok(Self { folder: trimmed.to_owned(), ..self })
    }

    /// With another largest size, in MB.
    ///
    /// # Errors
    /// When it is 0.
    pub fn with_max_megabytes(self, max_megabytes: u32) -> Result<Self, Refused> {
        if max_megabytes == 0 {
            return refuse("the size", "0", "must be at least 1 MB");
        }
        Ok(Self { max_megabytes, ..self })
    }

    /// With another interval, in seconds.
    ///
    /// # Errors
    /// When it is 0 or above a day, which logman cannot be told.
    pub fn with_interval(self, interval_seconds: u32) -> Result<Self, Refused> {
        if interval_seconds == 0 || interval_seconds >= 24 * 3600 {
            return refuse("the interval", &interval_seconds.to_string(), "must be from 1 second to below 24 hours");
        }
        Ok(Self { interval_seconds, ..self })
    }

    /// With further counters.
    ///
    /// # Errors
    /// When one is no counter path or cannot be quoted.
    pub fn with_counters<'a>(mut self, counters: impl IntoIterator<Item = &'a str>) -> Result<Self, Refused> {
        for counter in counters {
            if !counter.starts_with('\\') || counter[1..].find('\\').is_none_or(|at| at + 2 >= counter.len()) {
                return refuse("the counter", counter, r"must be a path such as \Process V2(*)\*");
            }
            if !counter.is_ascii() || counter.chars().any(|c| c.is_control() || c == '"') || counter.ends_with('\\') {
                return refuse("the counter", counter, "may hold plain ASCII without quotation marks only");
            }
            if !self.counters.iter().any(|known| known.eq_ignore_ascii_case(counter)) {
                self.counters.push(counter.to_owned());
            }
        }
        Ok(self)
    }

    /// The Windows that it is for.
    #[must_use]
    pub fn windows(&self) -> Windows {
        self.windows
    }

    /// The collector's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The machine that it runs on, where that is another.
    #[must_use]
    pub fn remote(&self) -> Option<&str> {
        self.remote.as_deref()
    }

    /// Seconds between samples.
    #[must_use]
    pub fn interval_seconds(&self) -> u32 {
        self.interval_seconds
    }

    /// Size at which its log overwrites itself, MB.
    #[must_use]
    pub fn max_megabytes(&self) -> u32 {
        self.max_megabytes
    }

    /// Its counter paths.
    #[must_use]
    pub fn counters(&self) -> &[String] {
        &self.counters
    }

    /// Folder of its logs.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Logman's arguments for an action. `computer` stands for the computer name: `%computername%`
    /// where cmd reads the line, the name itself where logman is started without cmd.
    #[must_use]
    pub fn arguments(&self, action: Action, computer: &str) -> Vec<String> {
        let on = |mut arguments: Vec<String>| {
            if let Some(machine) = &self.remote {
                arguments.extend(["-s".to_owned(), machine.clone()]);
            }
            arguments
        };
        let verb = |verb: &str| on(vec![verb.to_owned(), self.name.clone()]);
        match action {
            Action::Start => verb("start"),
            Action::Stop => verb("stop"),
            Action::Status => verb("query"),
            Action::Delete => verb("delete"),
            Action::Create => {
                let mut arguments = on(vec!["create".to_owned(), "counter".to_owned(), self.name.clone()]);
                let computer = self.remote.as_deref().unwrap_or(computer);
                let output = format!(r"{}\{computer}_{}.blg", self.folder, self.name);
                let max = self.max_megabytes.to_string();
                for argument in ["-o", &output, "-f", "bincirc", "-v", "mmddhhmm", "-max", &max, "-c"] {
                    arguments.push(argument.to_owned());
                }
                arguments.extend(self.counters.iter().cloned());
                arguments.extend(["-si".to_owned(), self.interval(self.interval_seconds)]);
                // The form that logman's own help gives.
                let time = |time: NaiveDateTime| time.format("%-m/%-d/%Y %-I:%M:%S%p").to_string();
                arguments.extend(self.begin.into_iter().flat_map(|t| ["-b".to_owned(), time(t)]));
                arguments.extend(self.end.into_iter().flat_map(|t| ["-e".to_owned(), time(t)]));
                arguments.extend(self.run_seconds.into_iter().flat_map(|s| ["-rf".to_owned(), self.interval(s)]));
                // A star makes logman ask for the password, which then stands in no script and no history.
                arguments.extend(self.user.iter().flat_map(|user| ["-u".to_owned(), user.clone(), "*".to_owned()]));
                arguments
            }
        }
    }

    /// Logman's form of an interval: `hh:mm:ss`. Server 2003 documents `[[hh:]mm:]ss`, where the parts in brackets are
    /// left out when they are nothing.
    fn interval(&self, seconds: u32) -> String {
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match (self.windows <= Windows::Xp, h, m) {
            (true, 0, 0) => format!("{s:02}"),
            (true, 0, _) => format!("{m:02}:{s:02}"),
            _ => format!("{h:02}:{m:02}:{s:02}"),
        }
    }

    /// The command as a person types it at a prompt.
    #[must_use]
    pub fn command_line(&self, action: Action) -> String {
        self.command(action).to_string()
    }
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
    fn the_article_to_the_letter() {
        assert_eq!(
            CounterLog::default().command_line(Action::Create),
            r#"Logman.exe create counter PerfLog-Long -o "c:\perflogs\%computername%_PerfLog-Long.blg" -f bincirc -v mmddhhmm -max 300 -c "\LogicalDisk(*)\*" "\Memory\*" "\Cache\*" "\Network Interface(*)\*" "\Paging File(*)\*" "\PhysicalDisk(*)\*" "\Processor(*)\*" "\Processor Information(*)\*" "\Process(*)\*" "\Redirector\*" "\Server\*" "\System\*" "\Server Work Queues(*)\*" "\Terminal Services\*" -si 00:05:00"#
        );
        let rest: Vec<_> = Action::ALL[1..].iter().map(|a| CounterLog::default().command_line(*a)).collect();
        assert_eq!(
            rest,
            [
                "Logman.exe start PerfLog-Long",
                "Logman.exe stop PerfLog-Long",
                "Logman.exe query PerfLog-Long",
                "Logman.exe delete PerfLog-Long"
            ]
        );
    }

    #[test]
    fn everything_can_be_set() {
        let log = CounterLog::default()
            .with_name("My log")
            .and_then(|l| l.with_folder(r"D:\perf logs\"))
            .and_then(|l| l.with_interval(15))
            .and_then(|l| l.with_max_megabytes(800))
            .and_then(|l| l.with_counters([r"\Process V2(*)\*"]))
            .unwrap();
        let line = log.command_line(Action::Create);
        assert!(
            line.starts_with(r#"Logman.exe create counter "My log" -o "D:\perf logs\%computername%_My log.blg" "#),
            "{line}"
        );
        assert!(line.ends_with(r#""\Terminal Services\*" "\Process V2(*)\*" -si 00:00:15"#), "{line}");
        assert!(line.contains(" -max 800 "), "{line}");
    }

    #[test]
    fn elsewhere_and_at_another_time() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).unwrap();
        let at = |hour| day.and_hms_opt(hour, 5, 0);
        let log = CounterLog::of(Profile::Lean, Windows::default())
            .with_remote(Some(r"\\srv-7"))
            .and_then(|l| l.with_user(Some(r"CORP\svc perf")))
            .and_then(|l| l.with_schedule(at(0), at(22), None))
            .unwrap();
        let line = log.command_line(Action::Create);
        assert!(
            line.starts_with(
                r#"Logman.exe create counter PerfLog-Lean -s srv-7 -o "c:\perflogs\srv-7_PerfLog-Lean.blg" "#
            ),
            "{line}"
        );
        let end = r#" -si 00:05:00 -b "3/3/2026 12:05:00AM" -e "3/3/2026 10:05:00PM" -u "CORP\svc perf" "*""#;
        assert!(line.ends_with(end), "{line}");
        assert_eq!(log.command_line(Action::Stop), "Logman.exe stop PerfLog-Lean -s srv-7");
        let log = CounterLog::default;
        assert!(
            log().with_schedule(None, None, Some(7200)).unwrap().command_line(Action::Create).ends_with("-rf 02:00:00")
        );
        assert!(
            log().with_schedule(at(3), at(2), None).is_err() && log().with_schedule(None, None, Some(90_000)).is_err()
        );
        assert_eq!(
            log().with_remote(Some("größe-7")).unwrap().command_line(Action::Stop),
            "Logman.exe stop PerfLog-Long -s \"größe-7\""
        );
        // The fullwidth quotation mark becomes a plain one where a program takes its arguments in a code page.
        for machine in ["", "a b", "a&b", "-s", "a\u{ff02}b", "a%b", "a^b", "a!b"] {
            assert!(log().with_remote(Some(machine)).is_err(), "{machine:?}");
        }
        for user in ["", "a\"b", "a&b", "%u%", "-u", "a\\"] {
            assert!(log().with_user(Some(user)).is_err(), "{user:?}");
        }
    }

    #[test]
    fn what_could_inject_a_command_is_refused() {
        let log = CounterLog::default;
        for name in ["", " a", "-a", "a&b", "a\"b", "%x%", "a\nb", "ä"] {
            assert!(log().with_name(name).is_err(), "{name:?}");
        }
        for folder in ["", "perflogs", r"C:perf", r#"c:\a" & del"#, r"c:\%temp%", "c:\\a\nb", r"c:\a|b", r"c:\ä"] {
            assert!(log().with_folder(folder).is_err(), "{folder:?}");
        }
        for counter in ["", "Memory", r"\Memory", r"\Memory\", "\\Memory\\a\" & x", "\\a\\b\nc"] {
            assert!(log().with_counters([counter]).is_err(), "{counter:?}");
        }
        assert!(log().with_counters([r"\Memory\Free & Zero Page List Bytes"]).is_ok());
        assert!(log().with_interval(0).is_err() && log().with_max_megabytes(0).is_err());
    }

    #[test]
    fn server_2003_has_its_own_form_of_an_interval() {
        let interval = |seconds| {
            let log = CounterLog::of(Profile::Long, Windows::Xp).with_interval(seconds).unwrap();
            log.command_line(Action::Create).rsplit(' ').next().unwrap().to_owned()
        };
        assert_eq!([15, 300, 7200].map(interval), ["15", "05:00", "02:00:00"]);
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

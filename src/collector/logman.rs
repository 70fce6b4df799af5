//! A counter log and logman's commands for it.

use chrono::NaiveDateTime;

use super::command::{COMPUTER_NAME, CommandLine};
use super::profile::Profile;
use super::settings::{self, InvalidSetting};
use super::windows::Windows;

/// An action on a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Define it; it does not run yet.
    Create,
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Show whether it runs.
    Status,
    /// Delete its definition; its logs are kept.
    Delete,
}

impl Action {
    /// All actions, in the order in which they are used.
    pub const ALL: [Self; 5] = [Self::Create, Self::Start, Self::Stop, Self::Status, Self::Delete];

    /// The action's name on the command line and in file names.
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

/// The program that manages counter logs.
const LOGMAN: &str = "Logman.exe";
/// The default folder of Windows for logs of collectors.
pub(super) const DEFAULT_FOLDER: &str = r"c:\perflogs";
/// The folder of the logs of a collector with a user, if none is given: the default one is for what SYSTEM writes, and a
/// user who can write there could redirect it.
pub(super) const USER_FOLDER: &str = r"c:\perflogs\logs";

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

impl CounterLog {
    /// The collector of a profile, with the counters of this Windows release.
    #[must_use]
    pub fn of(profile: Profile, windows: Windows) -> Self {
        Self {
            windows,
            name: profile.collector_name().to_owned(),
            folder: DEFAULT_FOLDER.to_owned(),
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

    /// Sets another machine.
    ///
    /// # Errors
    /// If it is not a computer name.
    pub fn with_remote(self, machine: Option<&str>) -> Result<Self, InvalidSetting> {
        let Some(machine) = machine else { return Ok(self) };
        Ok(Self { remote: Some(settings::machine(machine)?), ..self })
    }

    /// Sets another user; logman asks for the password.
    ///
    /// # Errors
    /// If it is not a user name.
    pub fn with_user(self, user: Option<&str>) -> Result<Self, InvalidSetting> {
        let Some(user) = user else { return Ok(self) };
        Ok(Self { user: Some(settings::user(user)?), ..self }.apart_from_system())
    }

    /// Sets a start and end time on the machine's clock, or a run time in seconds.
    ///
    /// # Errors
    /// If the end is not after the start, or the run time is not less than a day.
    pub fn with_schedule(
        self,
        begin: Option<NaiveDateTime>,
        end: Option<NaiveDateTime>,
        run_seconds: Option<u32>,
    ) -> Result<Self, InvalidSetting> {
        settings::schedule(begin, end, run_seconds)?;
        Ok(Self { begin, end, run_seconds, ..self })
    }

    /// Sets another name.
    ///
    /// # Errors
    /// If it is empty or too long, or contains characters that cmd or logman would misread.
    pub fn with_name(self, name: &str) -> Result<Self, InvalidSetting> {
        Ok(Self { name: settings::name(name)?, ..self })
    }

    /// Sets another folder for the logs.
    ///
    /// # Errors
    /// If it is not an absolute Windows path below a drive or a share, is too long, or contains characters that cmd
    /// would misread.
    pub fn with_folder(self, folder: &str) -> Result<Self, InvalidSetting> {
        Ok(Self { folder: settings::folder(folder)?, ..self }.apart_from_system())
    }

    /// With a user, the logs are not where SYSTEM writes, which it does only on the machine itself.
    fn apart_from_system(self) -> Self {
        if self.user.is_some() && self.remote.is_none() && self.folder.eq_ignore_ascii_case(DEFAULT_FOLDER) {
            return Self { folder: USER_FOLDER.to_owned(), ..self };
        }
        self
    }

    /// Sets a subfolder of its folder. The name is a constant and needs no check.
    pub(super) fn in_subfolder(self, name: &'static str) -> Self {
        Self { folder: format!(r"{}\{name}", self.folder), ..self }
    }

    /// Sets another maximum size, in MB.
    ///
    /// # Errors
    /// If it is 0.
    pub fn with_max_megabytes(self, max_megabytes: u32) -> Result<Self, InvalidSetting> {
        Ok(Self { max_megabytes: settings::max_megabytes(max_megabytes)?, ..self })
    }

    /// Sets another interval, in seconds.
    ///
    /// # Errors
    /// If it is 0 or not less than a day.
    pub fn with_interval(self, interval_seconds: u32) -> Result<Self, InvalidSetting> {
        Ok(Self { interval_seconds: settings::interval(interval_seconds)?, ..self })
    }

    /// Adds counters.
    ///
    /// # Errors
    /// If one is not a counter path or cannot be quoted, or if the command becomes too long for cmd.
    pub fn with_counters<'a>(mut self, counters: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidSetting> {
        for counter in counters {
            let counter = settings::counter(counter)?;
            if !self.counters.iter().any(|known| known.eq_ignore_ascii_case(&counter)) {
                self.counters.push(counter);
            }
        }
        settings::all_counters(&self.counters)?;
        Ok(self)
    }

    /// The Windows release of the collector.
    #[must_use]
    pub fn windows(&self) -> Windows {
        self.windows
    }

    /// The collector's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The machine that it runs on, if remote.
    #[must_use]
    pub fn remote(&self) -> Option<&str> {
        self.remote.as_deref()
    }

    /// The user that it runs as, if set.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Start time on the machine's clock; `None` if started manually.
    #[must_use]
    pub fn begin(&self) -> Option<NaiveDateTime> {
        self.begin
    }

    /// End time on the machine's clock.
    #[must_use]
    pub fn end(&self) -> Option<NaiveDateTime> {
        self.end
    }

    /// Whether it starts or ends at a set time.
    #[must_use]
    pub fn is_scheduled(&self) -> bool {
        self.begin.is_some() || self.end.is_some()
    }

    /// Run time in seconds.
    #[must_use]
    pub fn run_seconds(&self) -> Option<u32> {
        self.run_seconds
    }

    /// Seconds between samples.
    #[must_use]
    pub fn interval_seconds(&self) -> u32 {
        self.interval_seconds
    }

    /// Size in MB at which its log starts to overwrite its oldest samples.
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

    /// Whether the collector is for a Windows older than Vista, whose tools and service differ.
    #[must_use]
    pub fn is_before_vista(&self) -> bool {
        self.windows <= Windows::Xp
    }

    /// The logman command for an action.
    #[must_use]
    pub fn command(&self, action: Action) -> CommandLine {
        let verb: &[&str] = match action {
            Action::Create => &["create", "counter"],
            Action::Start => &["start"],
            Action::Stop => &["stop"],
            Action::Status => &["query"],
            Action::Delete => &["delete"],
        };
        let mut arguments: Vec<String> = verb.iter().chain(&[self.name.as_str()]).map(|a| (*a).to_owned()).collect();
        arguments.extend(self.remote.iter().flat_map(|machine| ["-s".to_owned(), machine.clone()]));
        if action == Action::Create {
            arguments.extend(self.definition());
        }
        CommandLine::new(LOGMAN, arguments)
    }

    /// The arguments that define the collector.
    fn definition(&self) -> Vec<String> {
        let computer = self.remote.as_deref().unwrap_or(COMPUTER_NAME);
        let output = format!(r"{}\{computer}_{}.blg", self.folder, self.name);
        let max = self.max_megabytes.to_string();
        let mut arguments =
            ["-o", &output, "-f", "bincirc", "-v", "mmddhhmm", "-max", &max, "-c"].map(str::to_owned).to_vec();
        arguments.extend(self.counters.iter().cloned());
        arguments.extend(["-si".to_owned(), self.interval(self.interval_seconds)]);
        // The format in logman's help.
        let time = |time: NaiveDateTime| time.format("%-m/%-d/%Y %-I:%M:%S%p").to_string();
        arguments.extend(self.begin.into_iter().flat_map(|begin| ["-b".to_owned(), time(begin)]));
        arguments.extend(self.end.into_iter().flat_map(|end| ["-e".to_owned(), time(end)]));
        arguments.extend(self.run_seconds.into_iter().flat_map(|seconds| ["-rf".to_owned(), self.interval(seconds)]));
        // With a star, logman asks for the password, so no script or command history contains it.
        arguments.extend(self.user.iter().flat_map(|user| ["-u".to_owned(), user.clone(), "*".to_owned()]));
        arguments
    }

    /// An interval in logman's format: `hh:mm:ss`. Server 2003 documents `[[hh:]mm:]ss`, without leading parts that are
    /// 0.
    fn interval(&self, seconds: u32) -> String {
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match (self.is_before_vista(), h, m) {
            (true, 0, 0) => format!("{s:02}"),
            (true, 0, _) => format!("{m:02}:{s:02}"),
            _ => format!("{h:02}:{m:02}:{s:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_article_to_the_letter() {
        assert_eq!(
            CounterLog::default().command(Action::Create).to_string(),
            r#"Logman.exe create counter PerfLog-Long -o "c:\perflogs\%computername%_PerfLog-Long.blg" -f bincirc -v mmddhhmm -max 300 -c "\LogicalDisk(*)\*" "\Memory\*" "\Cache\*" "\Network Interface(*)\*" "\Paging File(*)\*" "\PhysicalDisk(*)\*" "\Processor(*)\*" "\Processor Information(*)\*" "\Process(*)\*" "\Redirector\*" "\Server\*" "\System\*" "\Server Work Queues(*)\*" "\Terminal Services\*" -si 00:05:00"#
        );
        let rest: Vec<_> = Action::ALL[1..].iter().map(|a| CounterLog::default().command(*a).to_string()).collect();
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
        let line = log.command(Action::Create).to_string();
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
        let line = log.command(Action::Create).to_string();
        assert!(
            line.starts_with(
                r#"Logman.exe create counter PerfLog-Lean -s srv-7 -o "c:\perflogs\srv-7_PerfLog-Lean.blg" "#
            ),
            "{line}"
        );
        let end = r#" -si 00:05:00 -b "3/3/2026 12:05:00AM" -e "3/3/2026 10:05:00PM" -u "CORP\svc perf" "*""#;
        assert!(line.ends_with(end), "{line}");
        assert_eq!(log.command(Action::Stop).to_string(), "Logman.exe stop PerfLog-Lean -s srv-7");
        let log = CounterLog::default;
        assert!(
            log()
                .with_schedule(None, None, Some(7200))
                .unwrap()
                .command(Action::Create)
                .to_string()
                .ends_with("-rf 02:00:00")
        );
        assert_eq!(
            log().with_remote(Some("größe-7")).unwrap().command(Action::Stop).to_string(),
            "Logman.exe stop PerfLog-Long -s \"größe-7\""
        );
    }

    #[test]
    fn server_2003_has_its_own_form_of_an_interval() {
        let interval = |seconds| {
            let log = CounterLog::of(Profile::Long, Windows::Xp).with_interval(seconds).unwrap();
            log.command(Action::Create).to_string().rsplit(' ').next().unwrap().to_owned()
        };
        assert_eq!([15, 300, 7200].map(interval), ["15", "05:00", "02:00:00"]);
    }
}

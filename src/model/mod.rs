//! The result: the types behind the JSON contract (`docs/verdict.schema.json`), and the charts that
//! go with them in reports.
//!
//! Fields are added to the contract, never renamed, removed or given another unit.

mod chart;

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::{Serialize, Serializer};

pub use crate::base::units::Unit;
pub use chart::{Chart, ChartMark, ChartPoint, SecondLine, TrendLine};

/// The name that the JSON carries in `schema`.
pub const SCHEMA: &str = "perfverdict/verdict-1";

/// A moment on the clock of the machine that logged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub DateTime<FixedOffset>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// All that one run found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Who wrote this.
    pub tool: Tool,
    /// The files read.
    pub inputs: Vec<Input>,
    /// The machines found in them.
    pub machines: Vec<MachineReport>,
    /// Files that could not be read, each in one line.
    pub problems: Vec<String>,
}

/// The program.
#[derive(Clone, Debug, Serialize)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl Default for Tool {
    fn default() -> Self {
        Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") }
    }
}

/// Format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputFormat {
    /// Binary counter log.
    Blg,
    /// Counter log as comma-separated text.
    PdhCsv,
    /// Counter log as tab-separated text.
    PdhTsv,
    /// Events, as .evtx or exported.
    Evtx,
    /// Pools by tag: PoolMon's display, or a table of the same.
    #[serde(rename = "poolmon")]
    PoolMon,
    /// A debugger's session, saved as text.
    #[serde(rename = "windbg")]
    WinDbg,
    /// A kernel dump: the contract knows no name of its own for it.
    #[serde(rename = "windbg")]
    Dump,
    /// A list of pool tags.
    #[serde(rename = "pooltag")]
    PoolTag,
}

/// One file.
#[derive(Clone, Debug, Serialize)]
pub struct Input {
    /// As given.
    pub path: String,
    /// As found.
    pub format: InputFormat,
    /// Size of the file.
    pub bytes: u64,
    /// Samples read; of other evidence its snapshots, events, tables or entries.
    pub samples: u64,
    /// Expanded counter paths, one per instance.
    pub counters: u64,
    /// Time of the first sample.
    pub first_sample: Option<Time>,
    /// Time of the last sample.
    pub last_sample: Option<Time>,
    /// Median distance of samples, seconds.
    pub interval_seconds: Option<f64>,
    /// What was lost or odd.
    pub warnings: Vec<String>,
}

/// One machine and what was found on it.
#[derive(Clone, Debug, Serialize)]
pub struct MachineReport {
    /// Computer name without leading backslashes.
    pub machine: String,
    /// Samples of all its logs together.
    pub samples: u64,
    /// Time of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_sample: Option<Time>,
    /// Time of the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sample: Option<Time>,
    /// Median distance of samples, seconds.
    pub interval_seconds: Option<f64>,
    /// Windows version of the machine that wrote the log, such as `6.1.7601`.
    pub windows: Option<String>,
    /// RAM; `None` when nothing says it.
    pub physical_memory_bytes: Option<u64>,
    /// Where the figure comes from.
    pub physical_memory_basis: Option<String>,
    /// Restarts seen inside the log.
    pub boots: Vec<Time>,
    /// What events tell, in order of time.
    pub events: Vec<TimelineEvent>,
    /// Judged subjects, the gravest first.
    pub findings: Vec<Finding>,
    /// What could not be judged, and why.
    pub not_analysed: Vec<String>,
}

/// Events of one kind, one after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineEvent {
    /// When the first was.
    pub time: Time,
    /// When the last was, where there are several.
    pub until: Option<Time>,
    /// How many.
    pub count: usize,
    /// Number of the event.
    pub id: u32,
    /// What happened.
    pub text: String,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// `Memory\Pool Nonpaged Bytes`.
    NonpagedPool,
    /// `Memory\Pool Paged Bytes`.
    PagedPool,
    /// Pool that is charged to one process.
    ProcessPool,
    /// Private bytes, or the working set, of one process.
    ProcessPrivateBytes,
    /// Handles, or threads, of one process.
    ProcessHandles,
    /// `Memory\Committed Bytes`.
    Commit,
    /// `Memory\Free System Page Table Entries`.
    FreeSystemPtes,
}

impl Subject {
    /// What it is called in a sentence's beginning.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NonpagedPool => "Nonpaged pool",
            Self::PagedPool => "Paged pool",
            Self::ProcessPool => "Pool of a process",
            Self::ProcessPrivateBytes => "Memory of a process",
            Self::ProcessHandles => "Handles of a process",
            Self::Commit => "Committed memory",
            Self::FreeSystemPtes => "Free system page table entries",
        }
    }

    /// Whether it is one of the two kernel pools.
    #[must_use]
    pub fn is_pool(self) -> bool {
        matches!(self, Self::NonpagedPool | Self::PagedPool)
    }
}

/// The judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Grows and never comes down.
    Leak,
    /// Looks like a leak; something speaks against it, or the log is too short to be sure.
    SuspectedLeak,
    /// Too few samples to say anything.
    InsufficientData,
    /// One rise at once, flat before and after.
    Step,
    /// Rose and has levelled off.
    WarmUp,
    /// Rises and comes down again.
    Load,
    /// Does not grow.
    Stable,
}

/// Who holds the growth of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Drivers: it is charged to no process.
    Kernel,
    /// Processes, to which it is charged.
    User,
    /// Both to a good part.
    Both,
    /// The log has no counters of processes.
    Unknown,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Act now.
    Critical,
    /// Act.
    Warning,
    /// Know.
    Info,
    /// All is well.
    Ok,
}

/// One judged subject.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// Its counter path.
    pub counter: Option<String>,
    /// Base name of the process that it is about, without `#n`.
    pub process: Option<String>,
    /// Its id.
    pub pid: Option<u32>,
    /// The judgement.
    pub verdict: Verdict,
    /// Who holds the growth; `None` when there is none.
    pub origin: Option<Origin>,
    /// 0 to 1: how likely the verdict is right.
    pub confidence: f64,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence.
    pub headline: String,
    /// The evidence, each with its figure; what gates say is among it.
    pub reasons: Vec<String>,
    /// Where sources contradict each other.
    pub disagreements: Vec<String>,
    /// What growth was asked before it was called a leak, and how it answered.
    pub gates: Vec<Gate>,
    /// What would change the verdict.
    pub would_change: Vec<String>,
    /// How it grew.
    pub growth: Option<Growth>,
    /// When it runs out.
    pub exhaustion: Option<Exhaustion>,
    /// The one that the headline names: a process, a driver, or a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub culprit: Option<String>,
    /// Who holds the growth, largest share first.
    pub suspects: Vec<Suspect>,
    /// Loads of the same log that explain its movement, the most telling first.
    pub loads: Vec<Load>,
    /// What to collect, where the data do not suffice.
    pub collect: Option<Collect>,
    /// What to do, in the order in which it narrows.
    pub next_steps: Vec<NextStep>,
    /// For reports.
    #[serde(skip)]
    pub chart: Option<Chart>,
}

/// A load and what it explains of a finding's movement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Load {
    /// Counter path without machine and instance.
    pub counter: String,
    /// Time constant with which the subject follows it.
    pub lag_hours: f64,
    /// Of the movement about a slow drift, beside the loads named before it, 0 to 1.
    pub share: f64,
}

/// What a log must hold to be judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Collect {
    /// How long.
    pub hours: f64,
    /// A sample every so many seconds.
    pub interval_seconds: f64,
}

/// Whether a gate was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Passed {
    /// Yes.
    Yes,
    /// Not clearly.
    Doubtful,
    /// No.
    No,
}

/// One thing that growth must be to be called a leak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// What it must do or be: `stands out of the noise`.
    pub asks: String,
    /// Whether it does.
    pub passed: Passed,
    /// The figures, in a sentence.
    pub text: String,
    /// Where among the reasons of the finding the same text is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<usize>,
}

/// How a subject grew.
#[derive(Clone, Debug, Serialize)]
pub struct Growth {
    /// What the other figures count; all but bytes are for handles, threads and entries alone.
    pub unit: Unit,
    /// Bytes, or what else [`Growth::unit`] names, an hour.
    pub bytes_per_hour: f64,
    /// 95 % confidence interval of the rate.
    pub bytes_per_hour_ci95: Option<[f64; 2]>,
    /// First value of the log, bytes.
    pub first: f64,
    /// Last value.
    pub last: f64,
    /// Largest value.
    pub maximum: f64,
    /// When growth began; `None` when it was there before the log.
    pub since: Option<Time>,
}

/// When a subject runs out.
#[derive(Clone, Debug, Serialize)]
pub struct Exhaustion {
    /// The limit it runs into, bytes.
    pub limit_bytes: Option<f64>,
    /// Which limit that is.
    pub limit_basis: String,
    /// When, at the present rate; `None` when it does not, or too far off to say.
    pub at: Option<Time>,
    /// The earliest and latest time by the rate's confidence interval.
    pub at_ci95: Option<[Option<Time>; 2]>,
    /// No forecast is made beyond this time; what is not full by then is not full before.
    pub not_before: Option<Time>,
    /// The last value as a share of RAM, 0 to 1.
    pub share_of_physical_memory: Option<f64>,
}

/// Kind of a suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuspectKind {
    /// A process.
    Process,
    /// A pool tag.
    PoolTag,
    /// A driver file.
    Driver,
}

/// What a suspect does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Holds the growth.
    Holder,
    /// Holds nothing, but the growth comes while it runs.
    Trigger,
}

/// Who holds a part of the growth, or sets it off.
#[derive(Clone, Debug, Serialize)]
pub struct Suspect {
    /// What it does.
    pub role: Role,
    /// What kind of thing.
    pub kind: SuspectKind,
    /// Process base name, the four characters of a tag, or the driver's file name.
    pub name: String,
    /// Process id.
    pub pid: Option<u32>,
    /// How many processes of that name are summed up here; 0 for tags and drivers.
    pub processes: usize,
    /// Of the finding's growth, 0 to 1: held by it, or come while the trigger ran.
    pub share: f64,
    /// Its own rate.
    pub bytes_per_hour: Option<f64>,
    /// Of a tag: files of the drivers that may own it, the likeliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drivers: Vec<String>,
    /// Of tags and drivers: 0 to 1, how likely it is rightly suspected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Of a driver: who made it and which version it is, as its file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
    /// Why it is suspected.
    pub basis: String,
}

impl NextStep {
    /// The shell that the command is for, where it makes a difference.
    #[must_use]
    pub fn shell(&self) -> Option<&'static str> {
        let command = self.command.as_deref()?;
        // PowerShell's commands have a verb and a noun; variables of cmd, and its loops, mean nothing to it.
        let powershell = ["Get-", "-Object", "$env:"].iter().any(|mark| command.contains(mark));
        let cmd = ["%", " & ", "for /l"].iter().any(|mark| command.contains(mark));
        match (powershell && !command.starts_with("schtasks"), cmd || command.starts_with("schtasks")) {
            (true, _) => Some("PowerShell"),
            (false, true) => Some("cmd"),
            _ => None,
        }
    }
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextStep {
    /// What and why.
    pub text: String,
    /// A command ready to run.
    pub command: Option<String>,
}

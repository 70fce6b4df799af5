//! The result: the types of the JSON contract (`docs/verdict.schema.json`), including charts. A report needs only
//! these.
//!
//! Fields are only added to the contract; none is renamed, removed or given another unit.

mod chart;
mod finding;
mod step;
mod time;

use serde::{Deserialize, Serialize};

pub use chart::{Chart, ChartMark, ChartPoint, LimitLine, SecondLine, TrendLine};
pub use finding::{
    Collect, Exhaustion, Finding, Gate, Growth, Load, Origin, Passed, Role, Severity, Subject, Suspect, SuspectKind,
    Verdict,
};
pub use step::{NextStep, Risk, Shell};
pub use time::Time;

pub use crate::base::units::Unit;

/// The value of `schema` in the JSON.
pub const SCHEMA: &str = "perfverdict/verdict-1";

/// The results of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The program that wrote the report.
    pub tool: Tool,
    /// Files that were read.
    pub inputs: Vec<Input>,
    /// Machines in these files.
    pub machines: Vec<MachineReport>,
    /// Files that could not be read, one line each.
    #[serde(default)]
    pub problems: Vec<String>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            tool: Tool::default(),
            inputs: Vec::new(),
            machines: Vec::new(),
            problems: Vec::new(),
        }
    }
}

/// A program and its version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tool {
    /// Always `perfverdict`.
    pub name: String,
    /// Version of the program.
    pub version: String,
}

impl Default for Tool {
    fn default() -> Self {
        Self { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// Format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum InputFormat {
    /// Binary counter log.
    Blg,
    /// Counter log as comma-separated text.
    PdhCsv,
    /// Counter log as tab-separated text.
    PdhTsv,
    /// Counter log that `perfverdict convert` wrote as Parquet.
    Parquet,
    /// Event log (.evtx) or exported events.
    Evtx,
    /// Pool use by tag: PoolMon's display or a table.
    #[serde(rename = "poolmon")]
    PoolMon,
    /// Output of a kernel debugger, saved as text.
    #[serde(rename = "windbg")]
    WinDbg,
    /// A kernel dump.
    Dump,
    /// A list of pool tags.
    #[serde(rename = "pooltag")]
    PoolTag,
}

impl InputFormat {
    /// Whether it is a counter log.
    #[must_use]
    pub fn is_log(self) -> bool {
        matches!(self, Self::Blg | Self::PdhCsv | Self::PdhTsv | Self::Parquet)
    }

    /// The format's name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blg => "binary counter log (.blg)",
            Self::PdhCsv => "counter log (CSV)",
            Self::PdhTsv => "counter log (TSV)",
            Self::Parquet => "counter log (Parquet)",
            Self::Evtx => "events",
            Self::PoolMon => "pool use by tag",
            Self::WinDbg => "debugger output",
            Self::Dump => "kernel dump",
            Self::PoolTag => "list of pool tags",
        }
    }

    /// The unit of [`Input::samples`]: singular, plural.
    #[must_use]
    pub const fn items(self) -> (&'static str, &'static str) {
        match self {
            Self::Blg | Self::PdhCsv | Self::PdhTsv | Self::Parquet => ("sample", "samples"),
            Self::Evtx => ("relevant event", "relevant events"),
            Self::PoolMon => ("snapshot", "snapshots"),
            Self::WinDbg => ("output", "outputs"),
            Self::Dump => ("driver", "drivers"),
            Self::PoolTag => ("tag", "tags"),
        }
    }
}

/// An input file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Input {
    /// Path of the file.
    pub path: String,
    /// Detected format.
    pub format: InputFormat,
    /// File size in bytes.
    pub bytes: u64,
    /// Number of samples; for other evidence, of snapshots, events, tables or entries.
    pub samples: u64,
    /// Number of expanded counter paths, one per instance.
    pub counters: u64,
    /// Time of the first sample.
    #[serde(default)]
    pub first_sample: Option<Time>,
    /// Time of the last sample.
    #[serde(default)]
    pub last_sample: Option<Time>,
    /// Median time between samples, seconds.
    #[serde(default)]
    pub interval_seconds: Option<f64>,
    /// Loss, damage and irregularities.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// One machine and its findings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MachineReport {
    /// Computer name without leading backslashes.
    pub machine: String,
    /// Number of samples in all its logs.
    pub samples: u64,
    /// Time of the first sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_sample: Option<Time>,
    /// Time of the last sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sample: Option<Time>,
    /// Median time between samples, seconds.
    #[serde(default)]
    pub interval_seconds: Option<f64>,
    /// Windows version of the machine that wrote the log, such as `6.1.7601`.
    #[serde(default)]
    pub windows: Option<String>,
    /// RAM in bytes; `None` if unknown.
    #[serde(default)]
    pub physical_memory_bytes: Option<u64>,
    /// Source of the RAM size.
    #[serde(default)]
    pub physical_memory_basis: Option<String>,
    /// Restarts within the log.
    #[serde(default)]
    pub boots: Vec<Time>,
    /// Events from event logs, in order of time.
    #[serde(default)]
    pub events: Vec<TimelineEvent>,
    /// Results by subject, most severe first.
    pub findings: Vec<Finding>,
    /// What could not be judged, and why.
    #[serde(default)]
    pub not_analysed: Vec<String>,
}

/// Equal events, at most a day apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimelineEvent {
    /// Time of the first event.
    pub time: Time,
    /// Time of the last event, if there are several.
    #[serde(default)]
    pub until: Option<Time>,
    /// Number of events.
    pub count: usize,
    /// Event id.
    pub id: u32,
    /// What happened.
    pub text: String,
}

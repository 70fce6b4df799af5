//! The result: the types behind the JSON contract (`docs/verdict.schema.json`), charts included. A report needs nothing
//! but these.
//!
//! Fields are added to the contract; none is renamed, removed or given another unit.

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

/// The name that the JSON carries in `schema`.
pub const SCHEMA: &str = "perfverdict/verdict-1";

/// All that one run found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// The program that made it.
    pub tool: Tool,
    /// The files read.
    pub inputs: Vec<Input>,
    /// The machines found in them.
    pub machines: Vec<MachineReport>,
    /// Files that could not be read, each in one line.
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
    /// `perfverdict`.
    pub name: String,
    /// Its version.
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
    /// Events, as .evtx or exported.
    Evtx,
    /// Pools by tag: PoolMon's display, or a table of the same.
    #[serde(rename = "poolmon")]
    PoolMon,
    /// A debugger's session, saved as text.
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
        matches!(self, Self::Blg | Self::PdhCsv | Self::PdhTsv)
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blg => "binary counter log (.blg)",
            Self::PdhCsv => "counter log (CSV)",
            Self::PdhTsv => "counter log (TSV)",
            Self::Evtx => "events",
            Self::PoolMon => "pool use by tag",
            Self::WinDbg => "debugger output",
            Self::Dump => "kernel dump",
            Self::PoolTag => "list of pool tags",
        }
    }

    /// What [`Input::samples`] counts: one, several.
    #[must_use]
    pub const fn items(self) -> (&'static str, &'static str) {
        match self {
            Self::Blg | Self::PdhCsv | Self::PdhTsv => ("sample", "samples"),
            Self::Evtx => ("relevant event", "relevant events"),
            Self::PoolMon => ("snapshot", "snapshots"),
            Self::WinDbg => ("output", "outputs"),
            Self::Dump => ("driver", "drivers"),
            Self::PoolTag => ("tag", "tags"),
        }
    }
}

/// One file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
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
    #[serde(default)]
    pub first_sample: Option<Time>,
    /// Time of the last sample.
    #[serde(default)]
    pub last_sample: Option<Time>,
    /// Median distance of samples, seconds.
    #[serde(default)]
    pub interval_seconds: Option<f64>,
    /// What was lost or odd.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// One machine and what was found on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MachineReport {
    /// Computer name without leading backslashes.
    pub machine: String,
    /// Samples of all its logs together.
    pub samples: u64,
    /// Time of the first sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_sample: Option<Time>,
    /// Time of the last sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sample: Option<Time>,
    /// Median distance of samples, seconds.
    #[serde(default)]
    pub interval_seconds: Option<f64>,
    /// Windows version of the machine that wrote the log, such as `6.1.7601`.
    #[serde(default)]
    pub windows: Option<String>,
    /// RAM; `None` when nothing records it.
    #[serde(default)]
    pub physical_memory_bytes: Option<u64>,
    /// Where that figure comes from.
    #[serde(default)]
    pub physical_memory_basis: Option<String>,
    /// Restarts seen inside the log.
    #[serde(default)]
    pub boots: Vec<Time>,
    /// What event logs record, in order of time.
    #[serde(default)]
    pub events: Vec<TimelineEvent>,
    /// Judged subjects, the most severe first.
    pub findings: Vec<Finding>,
    /// What could not be judged, and why.
    #[serde(default)]
    pub not_analysed: Vec<String>,
}

/// Equal events, no more than a day apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimelineEvent {
    /// Time of the first.
    pub time: Time,
    /// Time of the last, where there are several.
    #[serde(default)]
    pub until: Option<Time>,
    /// How many there are.
    pub count: usize,
    /// Event id.
    pub id: u32,
    /// What happened.
    pub text: String,
}

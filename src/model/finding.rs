//! The result for one subject.

use serde::{Deserialize, Serialize};

use super::{Chart, NextStep, Time, Unit};

/// The subject of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Subject {
    /// `Memory\Pool Nonpaged Bytes`.
    NonpagedPool,
    /// `Memory\Pool Paged Bytes`.
    PagedPool,
    /// Pool charged to one process.
    ProcessPool,
    /// Private bytes or working set of one process.
    ProcessPrivateBytes,
    /// Handles or threads of one process.
    ProcessHandles,
    /// `Memory\Committed Bytes`.
    Commit,
    /// `Memory\Free System Page Table Entries`.
    FreeSystemPtes,
    /// A counter with a separate rule: `Memory\Available Bytes`, in a log without committed bytes.
    CounterRule,
}

impl Subject {
    /// The subject's name at the start of a sentence.
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
            Self::CounterRule => "Available memory",
        }
    }

    /// Whether it is one of the two kernel pools.
    #[must_use]
    pub fn is_pool(self) -> bool {
        matches!(self, Self::NonpagedPool | Self::PagedPool)
    }
}

/// How a subject changes over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// Grows and never falls.
    Leak,
    /// Looks like a leak, but some evidence contradicts it or the log is too short.
    SuspectedLeak,
    /// Too few samples for a verdict.
    InsufficientData,
    /// A single step, constant before and after.
    Step,
    /// Rose at first and is constant since.
    WarmUp,
    /// Rises and falls again.
    Load,
    /// Does not grow.
    Stable,
}

impl Verdict {
    /// Whether the verdict is a leak or a suspected leak.
    #[must_use]
    pub fn is_growth(self) -> bool {
        matches!(self, Self::Leak | Self::SuspectedLeak)
    }
}

/// What a pool's growth is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Drivers: the growth is charged to no process.
    Kernel,
    /// Processes: the growth is charged to them.
    User,
    /// Drivers and processes, both with a large share.
    Both,
    /// The log has no counters of processes.
    Unknown,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Act immediately.
    Critical,
    /// Act soon.
    Warning,
    /// For information.
    Info,
    /// No action needed.
    Ok,
}

/// The result for one subject.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// Subject of the finding.
    pub subject: Subject,
    /// Counter path; `None` if the log does not contain the counter.
    #[serde(default)]
    pub counter: Option<String>,
    /// Base name of the process, without `#n`, if the finding is about one.
    #[serde(default)]
    pub process: Option<String>,
    /// Id of that process.
    #[serde(default)]
    pub pid: Option<u32>,
    /// How the subject changes over time.
    pub verdict: Verdict,
    /// What the growth is charged to; `None` without growth.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// Probability that the verdict is right, 0 to 1.
    pub confidence: f64,
    /// Severity of the finding.
    pub severity: Severity,
    /// The result in one sentence.
    pub headline: String,
    /// The evidence, each item with its figures; includes the texts of [`Finding::gates`].
    pub reasons: Vec<String>,
    /// Contradictions between sources.
    #[serde(default)]
    pub disagreements: Vec<String>,
    /// The checks for a leak and their results.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// Data that would change the verdict.
    #[serde(default)]
    pub would_change: Vec<String>,
    /// Figures of the growth.
    #[serde(default)]
    pub growth: Option<Growth>,
    /// Forecast of exhaustion.
    #[serde(default)]
    pub exhaustion: Option<Exhaustion>,
    /// The prime suspect: a process, a driver, or a tag.
    #[serde(default, rename = "culprit", skip_serializing_if = "Option::is_none")]
    pub prime_suspect: Option<String>,
    /// Suspected causes of the growth and correlated processes, largest share first.
    #[serde(default)]
    pub suspects: Vec<Suspect>,
    /// Loads in the same log that explain the movement, most important first.
    #[serde(default)]
    pub loads: Vec<Load>,
    /// What to collect if the data are not sufficient.
    #[serde(default)]
    pub collect: Option<Collect>,
    /// What to do, in the order that narrows the cause.
    #[serde(default)]
    pub next_steps: Vec<NextStep>,
    /// The series and its trend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<Chart>,
}

/// A load and the movement that it explains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Counter path without machine and instance.
    pub counter: String,
    /// Time constant with which the subject follows the load, hours.
    pub lag_hours: f64,
    /// Additional share of the movement, without slow drift, that it explains after the loads before it, 0 to 1.
    pub share: f64,
}

/// The log that is needed for a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collect {
    /// Duration of the log, hours.
    pub hours: f64,
    /// Seconds between samples.
    pub interval_seconds: f64,
}

/// Result of a check for a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Passed {
    /// The check passed.
    Yes,
    /// The result is in doubt.
    Doubtful,
    /// The check failed.
    No,
}

/// One check for a leak and its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gate {
    /// Name of the check: `Larger than the noise`.
    pub asks: String,
    /// Result of the check.
    pub passed: Passed,
    /// The figures, as a sentence.
    pub text: String,
    /// Index of the same text in [`Finding::reasons`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<usize>,
}

/// Growth of a subject. All figures are in [`Growth::unit`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "GrowthText", from = "GrowthText")]
#[non_exhaustive]
pub struct Growth {
    /// Unit of all figures.
    pub unit: Unit,
    /// Rate per hour.
    pub rate_per_hour: f64,
    /// 95 % confidence interval of the rate per hour.
    pub rate_per_hour_ci95: Option<[f64; 2]>,
    /// First value in the log.
    pub first: f64,
    /// Level at the end of the log, by the last five values.
    pub last: f64,
    /// Largest value in the log.
    pub maximum: f64,
    /// Start of the growth; `None` if before the log.
    pub since: Option<Time>,
}

/// [`Growth`] as serialized, with the field names of the first version, which programs read.
#[derive(Serialize, Deserialize)]
struct GrowthText {
    #[serde(default)]
    unit: Option<Unit>,
    #[serde(default)]
    rate_per_hour: Option<f64>,
    #[serde(default)]
    rate_per_hour_ci95: Option<[f64; 2]>,
    bytes_per_hour: f64,
    #[serde(default)]
    bytes_per_hour_ci95: Option<[f64; 2]>,
    first: f64,
    last: f64,
    maximum: f64,
    #[serde(default)]
    since: Option<Time>,
}

impl From<Growth> for GrowthText {
    fn from(growth: Growth) -> Self {
        let Growth { unit, rate_per_hour, rate_per_hour_ci95, first, last, maximum, since } = growth;
        Self {
            unit: Some(unit),
            rate_per_hour: Some(rate_per_hour),
            rate_per_hour_ci95,
            bytes_per_hour: rate_per_hour,
            bytes_per_hour_ci95: rate_per_hour_ci95,
            first,
            last,
            maximum,
            since,
        }
    }
}

impl From<GrowthText> for Growth {
    fn from(text: GrowthText) -> Self {
        Self {
            unit: text.unit.unwrap_or(Unit::Bytes),
            rate_per_hour: text.rate_per_hour.unwrap_or(text.bytes_per_hour),
            rate_per_hour_ci95: text.rate_per_hour_ci95.or(text.bytes_per_hour_ci95),
            first: text.first,
            last: text.last,
            maximum: text.maximum,
            since: text.since,
        }
    }
}

/// Forecast of when a subject is exhausted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exhaustion {
    /// The limit, in the unit of the growth.
    #[serde(default)]
    pub limit_bytes: Option<f64>,
    /// Source of the limit.
    #[serde(default)]
    pub limit_basis: String,
    /// Time of exhaustion at the current rate; `None` if none is expected or it is too far ahead.
    #[serde(default)]
    pub at: Option<Time>,
    /// Earliest and latest time by the rate's 95 % confidence interval.
    #[serde(default)]
    pub at_ci95: Option<[Option<Time>; 2]>,
    /// End of the forecast; no exhaustion is expected before this time.
    #[serde(default)]
    pub not_before: Option<Time>,
    /// The last value as a share of RAM, 0 to 1.
    #[serde(default)]
    pub share_of_physical_memory: Option<f64>,
}

/// Kind of a suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SuspectKind {
    /// A process.
    Process,
    /// A pool tag.
    PoolTag,
    /// A driver file.
    Driver,
}

/// How a suspect is related to the growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The growth is charged to it.
    Holder,
    /// The growth is not charged to it, but occurs while it runs.
    #[serde(rename = "trigger")]
    Correlated,
}

/// A suspected cause of the growth, or a correlated process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "SuspectText", from = "SuspectText")]
#[non_exhaustive]
pub struct Suspect {
    /// How the suspect is related to the growth.
    pub role: Role,
    /// Kind of the suspect.
    pub kind: SuspectKind,
    /// Process base name, the four characters of a tag, or the driver's file name.
    pub name: String,
    /// Process id.
    pub pid: Option<u32>,
    /// Number of processes of that name that are added up here; 0 for tags and drivers.
    pub processes: usize,
    /// Share of the finding's growth that the suspect causes, or that occurs while it runs, 0 to 1.
    pub share: f64,
    /// Growth rate of the suspect, bytes an hour.
    pub rate_per_hour: Option<f64>,
    /// For a tag: files of the drivers that may own it, most likely first.
    pub drivers: Vec<String>,
    /// For tags and drivers: probability that the suspicion is right, 0 to 1.
    pub confidence: Option<f64>,
    /// For a driver: vendor, product and version from its file.
    pub vendor: Option<String>,
    /// Why it is suspected.
    pub basis: String,
}

/// [`Suspect`] as serialized, with the field names of the first version, which programs read.
#[derive(Serialize, Deserialize)]
struct SuspectText {
    role: Role,
    kind: SuspectKind,
    name: String,
    #[serde(default)]
    pid: Option<u32>,
    #[serde(default)]
    processes: usize,
    share: f64,
    #[serde(default)]
    rate_per_hour: Option<f64>,
    #[serde(default)]
    bytes_per_hour: Option<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    drivers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vendor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maker: Option<String>,
    #[serde(default)]
    basis: String,
}

impl From<Suspect> for SuspectText {
    fn from(suspect: Suspect) -> Self {
        Self {
            role: suspect.role,
            kind: suspect.kind,
            name: suspect.name,
            pid: suspect.pid,
            processes: suspect.processes,
            share: suspect.share,
            rate_per_hour: suspect.rate_per_hour,
            bytes_per_hour: suspect.rate_per_hour,
            drivers: suspect.drivers,
            confidence: suspect.confidence,
            maker: suspect.vendor.clone(),
            vendor: suspect.vendor,
            basis: suspect.basis,
        }
    }
}

impl From<SuspectText> for Suspect {
    fn from(text: SuspectText) -> Self {
        Self {
            role: text.role,
            kind: text.kind,
            name: text.name,
            pid: text.pid,
            processes: text.processes,
            share: text.share,
            rate_per_hour: text.rate_per_hour.or(text.bytes_per_hour),
            drivers: text.drivers,
            confidence: text.confidence,
            vendor: text.vendor.or(text.maker),
            basis: text.basis,
        }
    }
}

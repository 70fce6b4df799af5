//! One judged subject.

use serde::{Deserialize, Serialize};

use super::{Chart, NextStep, Time, Unit};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
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
    /// A counter with a rule of its own: `Memory\Available Bytes`, in a log without committed bytes.
    CounterRule,
}

impl Subject {
    /// Its name at the begin of a sentence.
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

/// How a subject moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// Grows and never comes down.
    Leak,
    /// Looks like a leak, but something speaks against it or the log is too short to be sure.
    SuspectedLeak,
    /// Too few samples to say anything.
    InsufficientData,
    /// A single jump, flat before and after.
    Step,
    /// Rose and has levelled off.
    WarmUp,
    /// Rises and comes down again.
    Load,
    /// Does not grow.
    Stable,
}

impl Verdict {
    /// Whether it is a leak, for sure or suspected.
    #[must_use]
    pub fn is_growth(self) -> bool {
        matches!(self, Self::Leak | Self::SuspectedLeak)
    }
}

/// Who holds the growth of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Drivers: it is charged to no process.
    Kernel,
    /// Processes, to which it is charged.
    User,
    /// Drivers and processes, each a good part.
    Both,
    /// The log has no counters of processes.
    Unknown,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Act now.
    Critical,
    /// Act.
    Warning,
    /// Worth knowing.
    Info,
    /// Nothing to do.
    Ok,
}

/// One judged subject.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// Its counter path; `None` when the log does not have the counter.
    #[serde(default)]
    pub counter: Option<String>,
    /// Base name of the process that it is about, without `#n`.
    #[serde(default)]
    pub process: Option<String>,
    /// Id of that process.
    #[serde(default)]
    pub pid: Option<u32>,
    /// How it moves.
    pub verdict: Verdict,
    /// Who holds the growth; `None` when there is none.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// How likely the verdict is right, 0 to 1.
    pub confidence: f64,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence.
    pub headline: String,
    /// The evidence, each item with its figure; texts of [`Finding::gates`] are among it.
    pub reasons: Vec<String>,
    /// Where sources contradict each other.
    #[serde(default)]
    pub disagreements: Vec<String>,
    /// The checks for a leak and their results.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// What would change the verdict.
    #[serde(default)]
    pub would_change: Vec<String>,
    /// How it grew.
    #[serde(default)]
    pub growth: Option<Growth>,
    /// When it is exhausted.
    #[serde(default)]
    pub exhaustion: Option<Exhaustion>,
    /// The prime suspect: a process, a driver, or a tag.
    #[serde(default, rename = "culprit", skip_serializing_if = "Option::is_none")]
    pub prime_suspect: Option<String>,
    /// Who holds the growth, largest share first.
    #[serde(default)]
    pub suspects: Vec<Suspect>,
    /// Loads of the same log that explain its movement, the most telling first.
    #[serde(default)]
    pub loads: Vec<Load>,
    /// What to collect, where the data do not suffice.
    #[serde(default)]
    pub collect: Option<Collect>,
    /// What to do, in the order in which it narrows the cause.
    #[serde(default)]
    pub next_steps: Vec<NextStep>,
    /// The series and its trend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<Chart>,
}

/// A load and what it explains of a finding's movement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Counter path without machine and instance.
    pub counter: String,
    /// Time constant with which the subject follows it, hours.
    pub lag_hours: f64,
    /// Share of the movement about a slow drift that it explains beside the loads named before it, 0 to 1.
    pub share: f64,
}

/// What a log must hold to be judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collect {
    /// How long to log, hours.
    pub hours: f64,
    /// Seconds from one sample to the next.
    pub interval_seconds: f64,
}

/// Result of a check for a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Passed {
    /// Passed.
    Yes,
    /// In doubt.
    Doubtful,
    /// Failed.
    No,
}

/// One check for a leak and its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gate {
    /// What is checked: `Larger than the noise`.
    pub asks: String,
    /// The result.
    pub passed: Passed,
    /// The figures, in a sentence.
    pub text: String,
    /// Where among [`Finding::reasons`] the same text is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<usize>,
}

/// How a subject grew. All figures count [`Growth::unit`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "GrowthText", from = "GrowthText")]
#[non_exhaustive]
pub struct Growth {
    /// Unit of all figures.
    pub unit: Unit,
    /// Rate, an hour.
    pub rate_per_hour: f64,
    /// 95 % confidence interval of the rate.
    pub rate_per_hour_ci95: Option<[f64; 2]>,
    /// First value of the log.
    pub first: f64,
    /// Last value.
    pub last: f64,
    /// Largest value.
    pub maximum: f64,
    /// When growth began; `None` when it was there before the log.
    pub since: Option<Time>,
}

/// [`Growth`] as written: with the names of the first edition, which programs read.
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

/// When a subject is exhausted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exhaustion {
    /// The limit that it reaches, in the unit of the growth.
    #[serde(default)]
    pub limit_bytes: Option<f64>,
    /// What limits it.
    #[serde(default)]
    pub limit_basis: String,
    /// When, at the present rate; `None` when it does not come to that, or too far off to say.
    #[serde(default)]
    pub at: Option<Time>,
    /// The earliest and latest time by the rate's confidence interval.
    #[serde(default)]
    pub at_ci95: Option<[Option<Time>; 2]>,
    /// No forecast is made beyond this time, and no exhaustion is expected before it.
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

/// What a suspect has to do with the growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Holds the growth.
    Holder,
    /// Holds nothing, but the growth comes while it runs.
    #[serde(rename = "trigger")]
    Correlated,
}

/// Who holds a part of the growth, or sets it off.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "SuspectText", from = "SuspectText")]
#[non_exhaustive]
pub struct Suspect {
    /// What it has to do with the growth.
    pub role: Role,
    /// What it is.
    pub kind: SuspectKind,
    /// Process base name, the four characters of a tag, or the driver's file name.
    pub name: String,
    /// Process id.
    pub pid: Option<u32>,
    /// How many processes of that name are summed up here; 0 for tags and drivers.
    pub processes: usize,
    /// Share of the finding's growth that it holds, or that came while the trigger ran, 0 to 1.
    pub share: f64,
    /// Its own rate, bytes an hour.
    pub rate_per_hour: Option<f64>,
    /// Of a tag: files of the drivers that may own it, the likeliest first.
    pub drivers: Vec<String>,
    /// Of tags and drivers: how likely it is rightly suspected, 0 to 1.
    pub confidence: Option<f64>,
    /// Of a driver: its vendor, product and version, as its file says.
    pub vendor: Option<String>,
    /// Why it is suspected.
    pub basis: String,
}

/// [`Suspect`] as written: with the names of the first edition, which programs read.
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

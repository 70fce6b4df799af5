//! What a log contains, without its values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use crate::checks;
use crate::counters::{CounterId, CounterSet, MemoryCounter, ProcessField};
use crate::inputs::Format;
use crate::log::{Cell, Column, ColumnId, Log, LogError, LogWarning, Selection, Sink, ZonedTime};
use crate::model::Time;

/// Maximum number of gaps to list; all are counted.
const GAPS_LISTED: usize = 50;
/// Samples further apart than this many intervals have a gap between them. A late sample is not a gap.
const GAP_INTERVALS: f64 = 1.5;

/// What one log contains.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// The file.
    pub path: String,
    /// `blg`, `pdh-csv`, `pdh-tsv`, `get-counter-csv` or `parquet`.
    pub format: Format,
    /// File size in bytes.
    pub bytes: u64,
    /// Computers whose counters it contains.
    pub machines: Vec<String>,
    /// First sample, on the machine's clock.
    pub first_sample: Option<Time>,
    /// Last sample, on the machine's clock.
    pub last_sample: Option<Time>,
    /// Time zone as logged.
    pub time_zone: Option<String>,
    /// Number of samples.
    pub samples: u64,
    /// Median time between samples, seconds.
    pub interval_seconds: Option<f64>,
    /// Number of gaps.
    pub gap_count: u64,
    /// The first gaps.
    pub gaps: Vec<Gap>,
    /// Number of expanded counter paths.
    pub counters: u64,
    /// Objects, machine by machine.
    pub objects: Vec<Object>,
    /// Counters that the analysis needs and the log does not contain.
    pub missing: Vec<String>,
    /// If counters are missing: objects without any recognized counter. Their language may not be supported.
    pub unknown_objects: Vec<String>,
    /// Windows version of the machine that wrote the log: major, minor, build.
    pub windows: Option<String>,
    /// Pointer size of that machine in bits.
    pub pointer_bits: Option<u32>,
    /// Boot time of that machine.
    pub boot_time: Option<Time>,
    /// Whether the oldest samples are overwritten; `None` if not recorded.
    pub circular: Option<bool>,
    /// Maximum size of the file, bytes.
    pub max_bytes: Option<u64>,
    /// Damage and irregularities.
    #[serde(serialize_with = "as_text")]
    pub warnings: Vec<LogWarning>,
    /// All counter paths, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
}

fn as_text<S: Serializer>(warnings: &[LogWarning], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(warnings.iter().map(ToString::to_string))
}

/// A time without samples.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Gap {
    /// The last sample before the gap.
    pub from: Time,
    /// The first sample after the gap.
    pub to: Time,
    /// Length in seconds.
    pub seconds: f64,
}

/// Content of one object of one machine.
#[derive(Clone, Debug, Serialize)]
pub struct Object {
    /// Computer name.
    pub machine: String,
    /// Object name, as logged.
    pub object: String,
    /// Number of counter paths.
    pub paths: u64,
    /// Number of different instances; 0 for an object without instances.
    pub instances: u64,
    /// Names of the different counters.
    pub counters: Vec<String>,
    /// Number of paths that the analysis uses.
    pub used: u64,
}

/// Whether to list all counter paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// List all paths.
    Listed,
    /// List no paths.
    Omitted,
}

/// Reads a log.
///
/// # Errors
/// Same as [`Log::read`].
pub fn inspect(log: &Log, paths: Paths) -> Result<Facts, LogError> {
    let mut seen = Seen { paths_wanted: paths == Paths::Listed, analyzed: checks::counters(), ..Seen::default() };
    // Read all values, because their warnings are wanted too.
    let contents = log.read(Selection::All, &mut seen)?;
    let info = log.info();
    let time = |time: ZonedTime| Time::of(time, contents.zone);
    let interval = contents.interval_seconds;
    let gap = |pair: &[ZonedTime]| {
        let seconds = pair[1].utc.seconds_since(pair[0].utc);
        let is_gap = interval.is_some_and(|interval| seconds > GAP_INTERVALS * interval);
        is_gap.then(|| Some(Gap { from: time(pair[0])?, to: time(pair[1])?, seconds })).flatten()
    };
    let gaps: Vec<Gap> = seen.times.windows(2).filter_map(gap).collect();
    let missing: Vec<String> =
        NEEDED.iter().filter(|(id, _)| !seen.found.contains(id)).map(|(_, path)| (*path).to_owned()).collect();
    let objects = seen.objects.into_iter().map(|((machine, object), holds)| Object {
        machine,
        object,
        paths: holds.paths,
        instances: holds.instances.len() as u64,
        counters: holds.counters.into_iter().collect(),
        used: holds.used.len() as u64,
    });
    let objects: Vec<Object> = objects.collect();
    let unknown = if missing.is_empty() { Vec::new() } else { contents.unknown_objects().map(str::to_owned).collect() };
    Ok(Facts {
        path: log.path().display().to_string(),
        format: Format::of_log(log.format()),
        bytes: log.size(),
        machines: contents.machines.into_iter().collect(),
        first_sample: contents.first.and_then(time),
        last_sample: contents.last.and_then(time),
        time_zone: info
            .zone
            .as_ref()
            .map(|zone| contents.first.map_or(&*zone.name, |first| zone.name_at(first)).to_owned()),
        samples: contents.samples,
        interval_seconds: interval.map(|s| (s * 1e3).round() / 1e3),
        gap_count: gaps.len() as u64,
        gaps: gaps.into_iter().take(GAPS_LISTED).collect(),
        counters: contents.counters,
        objects,
        missing,
        unknown_objects: unknown,
        windows: info.os_version.map(|(major, minor, build)| format!("{major}.{minor}.{build}")),
        pointer_bits: info.pointer_bits,
        boot_time: info
            .boot_time
            .and_then(crate::base::time::FileTime::to_naive)
            .map(|boot| Time::zoned(boot.and_utc().fixed_offset())),
        circular: info.circular,
        max_bytes: info.max_bytes,
        warnings: contents.warnings,
        paths: seen.paths,
    })
}

/// Counters required for a verdict on the pools and the processes that use them.
const NEEDED: &[(CounterId, &str)] = &[
    (CounterId::Memory(MemoryCounter::PoolNonpagedBytes), r"\Memory\Pool Nonpaged Bytes"),
    (CounterId::Memory(MemoryCounter::PoolPagedBytes), r"\Memory\Pool Paged Bytes"),
    (CounterId::Process(ProcessField::IdProcess), r"\Process(*)\ID Process"),
    (CounterId::Process(ProcessField::PoolNonpagedBytes), r"\Process(*)\Pool Nonpaged Bytes"),
    (CounterId::Process(ProcessField::PoolPagedBytes), r"\Process(*)\Pool Paged Bytes"),
];

#[derive(Default)]
struct Holds {
    paths: u64,
    instances: BTreeSet<String>,
    counters: BTreeSet<String>,
    used: BTreeSet<String>,
}

#[derive(Default)]
struct Seen {
    paths_wanted: bool,
    times: Vec<ZonedTime>,
    objects: BTreeMap<(String, String), Holds>,
    analyzed: CounterSet,
    found: BTreeSet<CounterId>,
    paths: Vec<String>,
}

impl Sink for Seen {
    fn column(&mut self, _: ColumnId, column: &Column) {
        let path = &column.path;
        let machine = path.machine.as_deref().unwrap_or_default().to_owned();
        let holds = self.objects.entry((machine, path.object.to_string())).or_default();
        holds.paths += 1;
        if let Some(instance) = &path.instance
            && !holds.instances.contains(&**instance)
        {
            holds.instances.insert(instance.to_string());
        }
        if !holds.counters.contains(&*path.counter) {
            holds.counters.insert(path.counter.to_string());
        }
        if let Some(id) = column.id.filter(|id| self.analyzed.contains(*id)) {
            holds.used.insert(path.counter.to_string());
            self.found.insert(id);
        }
        if self.paths_wanted {
            self.paths.push(path.to_string());
        }
    }

    fn sample(&mut self, time: ZonedTime, _: &[Cell]) {
        self.times.push(time);
    }
}

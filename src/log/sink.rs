//! The output of a reader: columns, samples, and a summary of the log.

use std::collections::{BTreeMap, BTreeSet};

use super::select::Selection;
use super::warning::LogWarning;
use crate::base::time::{ClockZone, ZonedTime};
use crate::counters::known::{self, Name, WindowsLanguage};
use crate::counters::{CounterId, CounterPath, CounterType, Raw};

/// Index of a column in one log, from 0 in order of first appearance.
pub type ColumnId = usize;

/// One counter of one instance.
#[derive(Clone, Debug)]
pub struct Column {
    /// Path as logged.
    pub path: CounterPath,
    /// Counter type, if the format records it.
    pub kind: Option<CounterType>,
    /// Ticks per second of the second raw value; 0 if the format does not record it.
    pub time_base: i64,
    /// The counter's id in the table, if any.
    pub id: Option<CounterId>,
    /// Position of the column in a CSV of Windows: index in the catalog, then in the object's definitions.
    pub order: (u32, u32),
}

/// One displayed value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Column of the value.
    pub column: ColumnId,
    /// The displayed value; never NaN or infinite.
    pub value: f64,
}

/// One raw value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawCell {
    /// Column of the value.
    pub column: ColumnId,
    /// The value as logged.
    pub raw: Raw,
}

/// Receives the columns and samples of a log.
pub trait Sink {
    /// A column that later samples use. Ids are ascending.
    fn column(&mut self, id: ColumnId, column: &Column);

    /// One sample. Columns without a value have no cell.
    fn sample(&mut self, time: ZonedTime, cells: &[Cell]);

    /// One sample of a [`Query`](super::Query) for raw values. Columns without a valid value have no cell.
    fn raw_sample(&mut self, _time: ZonedTime, _cells: &[RawCell]) {}
}

/// Maximum number of columns of a text or Parquet file. All counters of a large terminal server are 200,000; a column
/// costs memory before any row is read.
pub(crate) const MOST_COLUMNS: usize = 500_000;

/// Summary of a log after reading.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Number of samples in the log.
    pub samples: u64,
    /// Number of samples that the query picked, and the time of the first.
    pub picked: (u64, Option<ZonedTime>),
    /// Number of expanded counter paths, one per instance, wanted or not; without bases of other counters.
    pub counters: u64,
    /// Time of the first sample.
    pub first: Option<ZonedTime>,
    /// Time of the last sample.
    pub last: Option<ZonedTime>,
    /// Whether the log records the offset of its times from UTC.
    pub zone: ClockZone,
    /// Median time between samples, seconds.
    pub interval_seconds: Option<f64>,
    /// Computers that the counters belong to, without leading backslashes.
    pub machines: BTreeSet<String>,
    /// Objects that can have names in a language that is not known, and whether all their counters do. Only of formats
    /// without numbers for names.
    pub(super) foreign: BTreeMap<String, bool>,
    /// Objects as logged, by computer (empty if not in the log), wanted or not.
    pub objects: BTreeMap<String, BTreeSet<String>>,
    /// A collector's description, if the format records it.
    pub description: Option<String>,
    /// Losses and irregularities, each with its position in the file.
    pub warnings: Vec<LogWarning>,
}

impl Contents {
    /// Objects with names in a language that is not known.
    pub fn unknown_objects(&self) -> impl Iterator<Item = &str> {
        self.foreign.iter().filter(|(_, is_foreign)| **is_foreign).map(|(object, _)| object.as_str())
    }

    /// Records a counter of a format without numbers for names. Returns whether a selection wants it, and its id if it
    /// has one.
    pub(super) fn add_counter(
        &mut self,
        path: &CounterPath,
        windows: WindowsLanguage,
        selection: Selection<'_>,
    ) -> (bool, Option<CounterId>) {
        self.counters += 1;
        if let Some(machine) = &path.machine
            && !self.machines.contains(&**machine)
        {
            self.machines.insert(machine.to_string());
        }
        let machine = path.machine.as_deref().unwrap_or_default();
        self.add_object(machine, &path.object);
        self.add_language(path, windows);
        let (is_wanted, id) = selection.wants(machine, Name::text(&path.object), Name::text(&path.counter));
        (is_wanted && selection.wants_instance(path), id)
    }

    /// Notes in which language a counter has its name.
    fn add_language(&mut self, path: &CounterPath, windows: WindowsLanguage) {
        let is_foreign = known::is_in_unknown_language(&path.object, &path.counter, windows);
        match self.foreign.get_mut(&*path.object) {
            Some(all) => *all &= is_foreign,
            None => {
                self.foreign.insert(path.object.to_string(), is_foreign);
            }
        }
    }

    /// Records that a computer has an object.
    pub(super) fn add_object(&mut self, machine: &str, object: &str) {
        match self.objects.get_mut(machine) {
            Some(objects) if objects.contains(object) => {}
            Some(objects) => {
                objects.insert(object.to_owned());
            }
            None => {
                self.objects.insert(machine.to_owned(), BTreeSet::from([object.to_owned()]));
            }
        }
    }
}

/// Collects sample times for [`Contents`].
#[derive(Default)]
pub(super) struct TimeLine {
    times: Vec<i64>,
    first: Option<ZonedTime>,
    last: Option<ZonedTime>,
    picked: (u64, Option<ZonedTime>),
}

impl TimeLine {
    pub(super) fn push(&mut self, time: ZonedTime) {
        self.times.push(time.utc.0);
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    /// Records that the sample was picked.
    pub(super) fn pick(&mut self, time: ZonedTime) {
        self.picked = (self.picked.0 + 1, Some(self.picked.1.map_or(time, |first| first.min(time))));
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    /// Sets the summary of the samples.
    pub(super) fn finish(self, contents: &mut Contents) {
        let mut steps: Vec<i64> = self.times.windows(2).map(|w| w[1].saturating_sub(w[0])).filter(|d| *d > 0).collect();
        contents.samples = self.times.len() as u64;
        let backward = self.times.windows(2).filter(|w| w[1] < w[0]).count();
        if backward > 0 {
            contents.warnings.push(LogWarning::TimesRunBackwards { count: backward });
        }
        contents.picked = self.picked;
        contents.first = self.first;
        contents.last = self.last;
        if !steps.is_empty() {
            let middle = steps.len() / 2;
            let (_, median, _) = steps.select_nth_unstable(middle);
            contents.interval_seconds = Some(*median as f64 / crate::base::time::TICKS_PER_SECOND as f64);
        }
    }
}

//! Several logs as one table: its columns, and its rows in order of time.

use std::collections::HashMap;
use std::thread;

use super::ConvertError;
use crate::counters::CounterType;
use crate::log::pipe::Reader;
use crate::log::zone::Zone;
use crate::log::{
    Cell, Column, ColumnId, Contents, FileTime, Log, LogError, LogWarning, Query, RawCell, Sink, Values, ZonedTime,
};

/// A column of the table.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Path, type and known meaning in the first log.
    pub column: Column,
    /// Index of the first log that contains it.
    pub log: usize,
    /// Whether it is in the first sample of that log.
    pub in_first_sample: bool,
    /// Whether there are any displayed values.
    pub any: bool,
    /// Whether all displayed values are whole numbers.
    pub whole: bool,
    /// Largest absolute displayed value.
    pub largest: f64,
}

/// Result of one pass over all logs.
#[derive(Debug, Default)]
pub struct Plan {
    /// Columns of the table.
    pub columns: Vec<Planned>,
    /// Summary of each log.
    pub contents: Vec<Contents>,
    /// Column of the table, by log and the log's column.
    own: Vec<Vec<usize>>,
}

/// Identity of a column in different logs: the path without case, and for raw values the type and time base. The last
/// number distinguishes duplicates in one log.
type Key = (String, Option<(CounterType, i64)>, usize);

impl Plan {
    /// Reads all logs once. If the query wants displayed values, the plan contains their largest values.
    ///
    /// # Errors
    /// If any log cannot be read.
    pub fn make(logs: &[Log], query: &Query<'_>) -> Result<Self, LogError> {
        let mut plan = Self::default();
        let mut by_key: HashMap<Key, usize> = HashMap::new();
        for (log, opened) in logs.iter().enumerate() {
            plan.own.push(Vec::new());
            let mut pass = Pass {
                plan: &mut plan,
                by_key: &mut by_key,
                twins: HashMap::new(),
                log,
                raw: query.values == Values::Raw,
                samples: 0,
            };
            let contents = opened.read(*query, &mut pass)?;
            plan.contents.push(contents);
        }
        Ok(plan)
    }

    /// Returns the plan, unless there is nothing to write.
    ///
    /// # Errors
    /// If no counter matches or no sample is picked.
    pub fn with_something(self) -> Result<Self, ConvertError> {
        match self.first() {
            None => Err(ConvertError::NoSamples),
            Some(_) if self.columns.is_empty() => Err(ConvertError::NoCounters),
            Some(_) => Ok(self),
        }
    }

    /// Number of columns of the machine that has most.
    #[must_use]
    pub fn columns_of_a_machine(&self) -> usize {
        let mut columns: HashMap<Option<String>, usize> = HashMap::new();
        for planned in &self.columns {
            *columns.entry(planned.column.path.machine.as_deref().map(str::to_uppercase)).or_default() += 1;
        }
        columns.into_values().max().unwrap_or_default()
    }

    /// Time of the very first sample.
    #[must_use]
    pub fn first(&self) -> Option<ZonedTime> {
        self.contents.iter().filter_map(|c| c.picked.1).min()
    }

    /// The log with the earliest sample; it defines the table's time zone.
    #[must_use]
    pub fn first_log(&self) -> usize {
        let begin = |log: &usize| self.contents[*log].picked.1.map_or(i64::MAX, |first| first.utc.0);
        (0..self.contents.len()).min_by_key(begin).unwrap_or(0)
    }

    /// The table's time zone: that of the log with the earliest sample.
    #[must_use]
    pub fn zone(&self, logs: &[Log]) -> Zone {
        let bias = self.first().map_or(0, |first| -i32::from(first.offset_minutes));
        logs[self.first_log()].info().zone.clone().unwrap_or_else(|| Zone::fixed("", bias))
    }

    /// Reads all logs again and passes on their samples in order of time, with the table's column numbers and without
    /// announcing columns; samples with the same time are merged. If two logs have a value of the same column then, the
    /// log listed first has priority. A log whose samples are not in order of time is passed on unchanged. Returns the
    /// warnings of each log: the first pass may not have looked at values.
    ///
    /// # Errors
    /// If one of the logs cannot be read.
    pub fn read(&self, logs: &[Log], query: &Query<'_>, sink: &mut dyn Sink) -> Result<Vec<Vec<LogWarning>>, LogError> {
        if let [only] = logs {
            // Its numbers are the table's, because each of its columns was new.
            return Ok(vec![only.read(*query, sink)?.warnings]);
        }
        let mut warnings: Vec<Vec<LogWarning>> = self.contents.iter().map(|c| c.warnings.clone()).collect();
        let zone = self.zone(logs);
        thread::scope(|scope| {
            let first = |log: usize| self.contents[log].picked.1;
            let mut waiting: Vec<usize> = (0..logs.len()).filter(|log| first(*log).is_some()).collect();
            waiting.sort_by_key(|log| std::cmp::Reverse(first(*log).map(|first| first.utc)));
            let mut open: Vec<(usize, Reader<'_, Result<Contents, LogError>>)> = Vec::new();
            let mut row = Row::new(self.columns.len());
            loop {
                let mut next: Option<FileTime> = None;
                let mut ended = Vec::new();
                for (place, (_, reader)) in open.iter_mut().enumerate() {
                    match Reader::peek(reader) {
                        Some(time) => next = Some(next.map_or(time.utc, |next| next.min(time.utc))),
                        None => ended.push(place),
                    }
                }
                for place in ended.into_iter().rev() {
                    let (log, reader) = open.remove(place);
                    warnings[log] = reader.finish()?.warnings;
                }
                // A log is opened when its first sample is needed, so few are open at a time.
                if let Some(log) =
                    waiting.pop_if(|log| next.is_none_or(|next| first(*log).is_some_and(|first| first.utc <= next)))
                {
                    let query = *query;
                    let reader = Reader::spawn(scope, move |sink| logs[log].read(query, sink));
                    let place = open.partition_point(|(other, _)| *other < log);
                    open.insert(place, (log, reader));
                    continue;
                }
                let Some(next) = next else { return Ok(warnings) };
                row.begin();
                for (log, reader) in &mut open {
                    if reader.peek().is_some_and(|time| time.utc == next)
                        && let Some((_, cells, raw_cells)) = reader.take()
                    {
                        row.add(&self.own[*log], cells, raw_cells);
                    }
                }
                // All on one clock, independent of the clock of their own log.
                let time = zone.zoned_from_utc(next);
                if query.values == Values::Raw && row.cells.is_empty() {
                    sink.raw_sample(time, &row.raw_cells);
                } else {
                    sink.sample(time, &row.cells);
                }
            }
        })
    }
}

/// The first pass over one log.
struct Pass<'p> {
    plan: &'p mut Plan,
    by_key: &'p mut HashMap<Key, usize>,
    twins: HashMap<String, usize>,
    log: usize,
    raw: bool,
    samples: u64,
}

impl Sink for Pass<'_> {
    fn column(&mut self, _: ColumnId, column: &Column) {
        let path = column.path.to_string().to_lowercase();
        let twin = self.twins.entry(path.clone()).or_default();
        let key = (path, column.kind.map(|kind| (kind, column.time_base)).filter(|_| self.raw), *twin);
        *twin += 1;
        let next = self.plan.columns.len();
        let place = *self.by_key.entry(key).or_insert(next);
        if place == next {
            let in_first_sample = self.samples == 0;
            let column = column.clone();
            self.plan.columns.push(Planned {
                column,
                log: self.log,
                in_first_sample,
                any: false,
                whole: true,
                largest: 0.0,
            });
        }
        self.plan.own[self.log].push(place);
    }

    fn sample(&mut self, _: ZonedTime, cells: &[Cell]) {
        self.samples += 1;
        let own = &self.plan.own[self.log];
        for cell in cells {
            let planned = &mut self.plan.columns[own[cell.column]];
            planned.any = true;
            planned.whole &= cell.value.fract() == 0.0;
            planned.largest = planned.largest.max(cell.value.abs());
        }
    }

    fn raw_sample(&mut self, _: ZonedTime, _: &[RawCell]) {
        self.samples += 1;
    }
}

/// The cells of one row, each column once.
struct Row {
    cells: Vec<Cell>,
    raw_cells: Vec<RawCell>,
    /// By column: the number of the last row that contains it.
    taken: Vec<u64>,
    number: u64,
}

impl Row {
    fn new(columns: usize) -> Self {
        Self { cells: Vec::new(), raw_cells: Vec::new(), taken: vec![0; columns], number: 0 }
    }

    fn begin(&mut self) {
        self.cells.clear();
        self.raw_cells.clear();
        self.number += 1;
    }

    fn add(&mut self, own: &[usize], cells: &[Cell], raw_cells: &[RawCell]) {
        let (taken, number) = (&mut self.taken, self.number);
        let mut is_free = |column: usize| std::mem::replace(&mut taken[column], number) != number;
        let moved = cells.iter().map(|cell| Cell { column: own[cell.column], ..*cell });
        self.cells.extend(moved.filter(|cell| is_free(cell.column)));
        let moved = raw_cells.iter().map(|cell| RawCell { column: own[cell.column], ..*cell });
        self.raw_cells.extend(moved.filter(|cell| is_free(cell.column)));
    }
}

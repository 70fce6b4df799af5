//! Single-counter records (kind 01) and wildcard records (kind 02).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::bytes::{Malformed, i64_at, size_at, u32_at, wide_bytes_at, wide_text};
use super::catalog::Entry;
use super::columns::{Columns, Slot};
use super::instances::{Instances, displayed};
use super::names;
use crate::counters::known::{CounterId, Name};
use crate::counters::{CounterPath, CounterType, Raw};
use crate::log::select::Selection;
use crate::log::sink::Column;

/// The counter of a catalog entry.
struct Counter {
    path: CounterPath,
    kind: CounterType,
    time_base: i64,
    id: Option<CounterId>,
    wanted: bool,
    order: (u32, u32),
}

/// Perflib indexes by machine and name, for a log that contains a name table.
pub type Indexes = HashMap<(String, String), u32>;

/// What is wanted from a log with single counters.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The counters to decode.
    pub selection: Selection<'a>,
    /// The log's names.
    pub indexes: &'a Indexes,
    /// The known counters in the catalog.
    pub logged: &'a HashSet<CounterId>,
}

/// The known counters of a catalog.
pub fn logged(entries: &[Entry], indexes: &Indexes) -> HashSet<CounterId> {
    entries.iter().filter_map(|entry| wants(entry, Selection::All, indexes).1).collect()
}

/// Whether a selection wants the counter of an entry, and its id if it has one.
fn wants(entry: &Entry, selection: Selection<'_>, indexes: &Indexes) -> (bool, Option<CounterId>) {
    let wants = |object, counter| selection.wants(&entry.machine, object, counter);
    let by_text = wants(Name::text(&entry.object), Name::text(&entry.counter));
    if by_text.1.is_some() || indexes.is_empty() {
        return by_text;
    }
    // The language is unknown, but the log has a table of its names.
    let indexed = |text| {
        let index = indexes.get(&(names::key(&entry.machine), str::to_lowercase(text))).copied();
        Name { text, index }
    };
    wants(indexed(&entry.object), indexed(&entry.counter))
}

impl Counter {
    fn new(entry: &Entry, place: u32, want: Wanted<'_>) -> Self {
        let (is_wanted, id) = wants(entry, want.selection, want.indexes);
        let wanted = is_wanted && want.selection.needs(id, |better| want.logged.contains(&better));
        Self {
            path: CounterPath {
                // A log converted from one without machine names contains none either.
                machine: (!entry.machine.is_empty()).then(|| Arc::from(&*entry.machine)),
                object: Arc::from(&*entry.object),
                instance: entry.instance.as_deref().map(Arc::from),
                counter: Arc::from(&*entry.counter),
            },
            kind: entry.kind,
            time_base: entry.time_base,
            id,
            wanted: wanted && entry.kind.is_displayed(),
            order: (place, 0),
        }
    }

    fn column(&self, instance: Option<Arc<str>>, selection: Selection<'_>, out: &mut Columns<'_>) -> Slot {
        let path = CounterPath { instance, ..self.path.clone() };
        if !selection.wants_instance(&path) {
            return Slot::UNWANTED;
        }
        out.add(&Column { path, kind: Some(self.kind), time_base: self.time_base, id: self.id, order: self.order })
    }
}

/// Whether a status is valid: 0, or 1 for a new value.
fn is_valid(status: u32) -> bool {
    status <= 1
}

/// Reads a single counter in all samples.
pub struct SingleReader {
    counter: Counter,
    column: Option<Slot>,
}

impl SingleReader {
    /// Creates a reader for a catalog entry; its column exists from the first sample on, valid or not.
    pub fn new(entry: &Entry, place: u32, want: Wanted<'_>, out: &mut Columns<'_>) -> Self {
        let counter = Counter::new(entry, place, want);
        let column = counter.wanted.then(|| counter.column(counter.path.instance.clone(), want.selection, out));
        Self { counter, column }
    }

    /// Number of expanded counter paths: one, unless it cannot be displayed.
    pub fn counters(&self) -> u64 {
        u64::from(self.counter.kind.is_displayed())
    }

    /// Decodes a record.
    ///
    /// # Errors
    /// If the record is too short.
    pub fn read(&self, record: &[u8], out: &mut Columns<'_>) -> Result<(), Malformed> {
        let Some(column) = self.column else { return Ok(()) };
        let parse = || {
            let raw = Raw { first: i64_at(record, 0x18)?, second: i64_at(record, 0x20)?, multi: u32_at(record, 0x28)? };
            Some((u32_at(record, 8)?, raw))
        };
        let (status, raw) = parse().ok_or(Malformed { at: 0, what: "single counter record cut short" })?;
        if is_valid(status) {
            out.value(column, self.counter.kind, self.counter.time_base, raw);
        }
        Ok(())
    }
}

/// Reads a wildcard counter in all samples.
pub struct WildcardReader {
    counter: Counter,
    instances: Instances,
    columns: Vec<Slot>,
}

const BLOCK_HEADER: usize = 0x18;
const ITEM: usize = 24;
/// All names together may be this many times as long as the record: a writer may store equal names once.
const SHARED_NAMES: usize = 16;

impl WildcardReader {
    /// Creates a reader for a catalog entry.
    pub fn new(entry: &Entry, place: u32, want: Wanted<'_>) -> Self {
        let counter = Counter::new(entry, place, want);
        Self { counter, instances: Instances::default(), columns: Vec::new() }
    }

    /// Number of expanded counter paths so far.
    pub fn counters(&self) -> u64 {
        if self.counter.kind.is_displayed() { self.instances.len() as u64 } else { 0 }
    }

    /// Decodes a record's block, which follows its header.
    ///
    /// # Errors
    /// If the block is damaged; the instances before the damage were decoded.
    pub fn read(&mut self, block: &[u8], selection: Selection<'_>, out: &mut Columns<'_>) -> Result<(), Malformed> {
        let broken = |at, what| Malformed { at, what };
        let header = block.get(..BLOCK_HEADER).ok_or(broken(0, "wildcard record cut short"))?;
        let status = u32_at(header, 8).unwrap_or(0).max(u32_at(header, 12).unwrap_or(0));
        let count = size_at(header, 4).unwrap_or(0);
        let mut names = 0;
        self.instances.begin();
        for (number, item) in block[BLOCK_HEADER..].chunks_exact(ITEM).take(count).enumerate() {
            let at = BLOCK_HEADER + number * ITEM;
            let name_at = size_at(item, 0).unwrap_or(0);
            if name_at < BLOCK_HEADER {
                return Err(broken(at, "instance name inside the record's header"));
            }
            let name = wide_bytes_at(block, name_at).ok_or(broken(at, "instance name beyond its record"))?;
            // Equal names may share a text, but overlapping names would multiply the file's bytes.
            names += name.len();
            if names > SHARED_NAMES * block.len() {
                return Err(broken(at, "instance names that overlap"));
            }
            let (slot, new) = self.instances.next(name);
            if let (Some(k), true) = (new, self.counter.wanted) {
                let text = Arc::from(displayed(&wide_text(name), k));
                let column = self.counter.column(Some(text), selection, out);
                self.columns.push(column);
            }
            let (Some(first), Some(second)) = (i64_at(item, 8), i64_at(item, 16)) else { continue };
            if let Some(&column) = self.columns.get(slot)
                && is_valid(status)
            {
                let raw = Raw { first, second, multi: u32_at(item, 4).unwrap_or(1).max(1) };
                out.value(column, self.counter.kind, self.counter.time_base, raw);
            }
        }
        let room = (block.len() - BLOCK_HEADER) / ITEM;
        if count > room { Err(broken(4, "more instances than the record can hold")) } else { Ok(()) }
    }
}

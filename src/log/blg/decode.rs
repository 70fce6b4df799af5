//! Samples: matches their records to the catalog and passes them to the readers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::bytes::{Malformed, size_at};
use super::catalog::Entry;
use super::columns::Columns;
use super::layout::{RECORD_OBJECT, RECORD_SAMPLE, RECORD_SINGLE, RECORD_WILDCARD, REPORT_EVERY};
use super::object::ObjectReader;
use super::records::{Catalog, Index};
use super::wildcard::{self, Indexes, SingleReader, Wanted, WildcardReader};
use crate::base::time::FileTime;
use crate::counters::known::CounterId;
use crate::log::error::{LogErrorKind, WithoutSamples};
use crate::log::sample_clock::SampleClock;
use crate::log::select::{Picker, Query};
use crate::log::sink::{Contents, Sink, TimeLine};
use crate::log::warning::{Counted, Damage, LogWarning, RecordCounts};
use crate::log::zone::Zone;

/// Reads one catalog entry in all samples, even if several catalogs repeat it.
enum Reader {
    Single(SingleReader),
    Wildcard(WildcardReader),
    Object(ObjectReader),
}

/// Reads all samples of a file.
pub struct Decoder<'a> {
    file: &'a [u8],
    index: &'a Index,
    zone: &'a Zone,
    query: &'a Query<'a>,
    out: Columns<'a>,
    readers: Vec<Reader>,
    /// Unions of a log's first catalogs, if it has several: the log, and the entries in order.
    unions: Vec<([u8; 16], Vec<Entry>)>,
    indexes: Indexes,
    /// Known counters by catalog or union.
    logged: HashMap<usize, Rc<HashSet<CounterId>>>,
    /// Catalog or union, by log and number of entries.
    by_size: HashMap<([u8; 16], usize), usize>,
    /// Reader by catalog (unions come after the others) and entry; created when the entry's first record shows its
    /// kind.
    routes: Vec<Vec<Option<usize>>>,
    /// Identity by catalog and entry. The number distinguishes entries that a catalog contains twice.
    keys: Vec<Vec<(String, usize)>>,
    /// Readers by their entry and the kind of its records, so that a repeated catalog reuses them.
    by_entry: HashMap<(String, usize, u8), usize>,
    unknown_kinds: BTreeMap<u8, u64>,
    broken: Counted<Damage>,
    mismatched: Counted<RecordCounts>,
}

impl<'a> Decoder<'a> {
    /// Creates a decoder that passes samples to `sink`.
    pub fn new(file: &'a [u8], index: &'a Index, zone: &'a Zone, query: &'a Query<'a>, sink: &'a mut dyn Sink) -> Self {
        let unions = unions(&index.catalogs);
        let all = || index.catalogs.iter().map(|c| &c.entries).chain(unions.iter().map(|(_, entries)| entries));
        let mut by_size = HashMap::new();
        // The newest catalog comes before older ones, and catalogs come before unions.
        for (place, (log, entries)) in unions.iter().enumerate() {
            by_size.insert((*log, entries.len()), index.catalogs.len() + place);
        }
        for (place, catalog) in index.catalogs.iter().enumerate() {
            by_size.insert((catalog.log, catalog.entries.len()), place);
        }
        Self {
            file,
            index,
            zone,
            query,
            out: Columns::new(sink, query.values),
            readers: Vec::new(),
            routes: all().map(|entries| vec![None; entries.len()]).collect(),
            keys: all().map(|entries| keys(entries)).collect(),
            indexes: index.names.by_name(),
            logged: HashMap::new(),
            by_size,
            unions,
            by_entry: HashMap::new(),
            unknown_kinds: BTreeMap::new(),
            broken: Counted::default(),
            mismatched: Counted::default(),
        }
    }

    /// Reads all samples.
    ///
    /// # Errors
    /// If no sample can be decoded.
    pub fn run(mut self, done: &mut dyn FnMut(usize)) -> Result<Contents, LogErrorKind> {
        let mut scratch = Vec::new();
        let mut line = TimeLine::default();
        let mut clock = SampleClock::new(self.zone.clone());
        let mut counts: HashMap<[u8; 16], u64> = HashMap::new();
        let mut picker = Picker::new(self.query);
        for (number, sample) in self.index.samples.iter().enumerate() {
            let Some(catalog) = sample.catalog else { continue };
            let offset = self.index.offset(sample);
            if number % REPORT_EVERY == REPORT_EVERY - 1 {
                done(offset);
            }
            let time = clock.zoned(FileTime(sample.time)).0;
            line.push(time);
            if !picker.picks(time) {
                continue;
            }
            // Samples of other logs in the file do not count as previous samples.
            let number = counts.entry(self.index.catalogs[catalog].log).or_insert(0);
            *number += 1;
            self.out.begin_sample(*number);
            let payload = self.index.payload(self.file, sample, &mut scratch);
            if let Err(e) = self.sample(payload, catalog) {
                self.broken.add(Damage::InSample { offset, byte: e.at, what: e.what });
            }
            self.out.end_sample(time);
            line.pick(time);
        }
        let mut contents = Contents { warnings: self.index.warnings.clone(), ..Contents::default() };
        contents.warnings.extend(self.broken.some(|damage| *damage).map(LogWarning::DamagedSamples));
        contents.warnings.extend(self.mismatched.some(|counts| *counts).map(LogWarning::SamplesThatFitNoCatalog));
        let unknown = self.unknown_kinds.iter().map(|(&kind, &count)| LogWarning::UnknownRecords { kind, count });
        contents.warnings.extend(unknown);
        let entries = || self.index.catalogs.iter().flat_map(|c| &c.entries);
        entries().for_each(|e| contents.add_object(&e.machine, &e.object));
        contents.machines = entries().map(|e| &e.machine).filter(|m| !m.is_empty()).cloned().collect();
        if line.len() == 0 {
            let entries: usize = self.index.catalogs.iter().map(|c| c.entries.len()).sum();
            return Err(LogErrorKind::NoSamples(WithoutSamples::Catalog(entries)));
        }
        contents.counters = self.readers.iter().map(Reader::counters).sum();
        line.finish(&mut contents);
        Ok(contents)
    }

    fn sample(&mut self, payload: &[u8], catalog: usize) -> Result<(), Malformed> {
        let body = container(payload)?;
        let records = split(body);
        let Some(catalog) = self.fitting(catalog, records.len()) else {
            let entries = self.index.catalogs[catalog].entries.len();
            self.mismatched.add(RecordCounts { records: records.len(), entries });
            return Ok(());
        };
        let mut first_error = None;
        for (place, (at, record)) in records.into_iter().enumerate() {
            let kind = record[3];
            let Some(reader) = self.route(catalog, place, kind) else { continue };
            let read = match (&mut self.readers[reader], kind) {
                (Reader::Single(single), RECORD_SINGLE) => single.read(record, &mut self.out),
                (Reader::Wildcard(wildcard), RECORD_WILDCARD) => {
                    wildcard.read(&record[8..], self.query.selection, &mut self.out)
                }
                (Reader::Object(object), RECORD_OBJECT) => {
                    object.read(&record[8..], &self.index.names, self.query.selection, &mut self.out)
                }
                _ => Err(Malformed { at: 0, what: "a record of another kind than the samples before" }),
            };
            if let Err(e) = read {
                first_error.get_or_insert(Malformed { at: 8 + at + e.at, what: e.what });
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    /// The catalog of a sample with this many records: its own, else the newest of the same log with as many entries,
    /// else such a union of the log's first catalogs.
    fn fitting(&self, catalog: usize, records: usize) -> Option<usize> {
        let own = &self.index.catalogs[catalog];
        if own.entries.len() == records {
            return Some(catalog);
        }
        self.by_size.get(&(own.log, records)).copied()
    }

    /// The entries of a catalog or, with higher indexes, of a union.
    fn entries(&self, catalog: usize) -> &[Entry] {
        match self.index.catalogs.get(catalog) {
            Some(catalog) => &catalog.entries,
            None => &self.unions[catalog - self.index.catalogs.len()].1,
        }
    }

    /// The known counters of a catalog, found once.
    fn logged(&mut self, catalog: usize) -> Rc<HashSet<CounterId>> {
        if let Some(logged) = self.logged.get(&catalog) {
            return logged.clone();
        }
        let logged = Rc::new(wildcard::logged(self.entries(catalog), &self.indexes));
        self.logged.insert(catalog, logged.clone());
        logged
    }

    /// The reader of a catalog's entry, created for the kind of its first record.
    fn route(&mut self, catalog: usize, place: usize, kind: u8) -> Option<usize> {
        if let Some(reader) = self.routes[catalog][place] {
            return Some(reader);
        }
        let (name, twin) = &self.keys[catalog][place];
        let key = (name.clone(), *twin, kind);
        let reader = match self.by_entry.get(&key) {
            Some(reader) => *reader,
            None => {
                let entry = &self.entries(catalog)[place].clone();
                let logged = self.logged(catalog);
                let want = Wanted { selection: self.query.selection, indexes: &self.indexes, logged: &logged };
                let order = u32::try_from(place).unwrap_or(u32::MAX);
                self.readers.push(match kind {
                    RECORD_SINGLE => Reader::Single(SingleReader::new(entry, order, want, &mut self.out)),
                    RECORD_WILDCARD => Reader::Wildcard(WildcardReader::new(entry, order, want)),
                    RECORD_OBJECT => Reader::Object(ObjectReader::new(entry, order)),
                    _ => {
                        *self.unknown_kinds.entry(kind).or_default() += 1;
                        return None;
                    }
                });
                self.by_entry.insert(key, self.readers.len() - 1);
                self.readers.len() - 1
            }
        };
        self.routes[catalog][place] = Some(reader);
        Some(reader)
    }
}

impl Reader {
    fn counters(&self) -> u64 {
        match self {
            Self::Single(reader) => reader.counters(),
            Self::Wildcard(reader) => reader.counters(),
            Self::Object(reader) => reader.counters(),
        }
    }
}

/// Keys that make entries of different catalogs equal, with the ordinal among duplicates in its own catalog.
fn keys(entries: &[Entry]) -> Vec<(String, usize)> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let key = |entry: &Entry| {
        let instance = entry.instance.as_deref().unwrap_or("\0");
        format!(r"\{}\{}({instance})\{}\{:?}", entry.machine, entry.object, entry.counter, entry.kind).to_lowercase()
    };
    let numbered = |name: String| {
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        (name, *count - 1)
    };
    entries.iter().map(key).map(numbered).collect()
}

/// Maximum number of catalogs of one log in a union; each is a copy of all earlier entries.
const MOST_UNITED: usize = 16;

/// The entries of a log's first two catalogs, of its first three, and so on, each entry once.
fn unions(catalogs: &[Catalog]) -> Vec<([u8; 16], Vec<Entry>)> {
    let mut so_far: HashMap<[u8; 16], United> = HashMap::new();
    let mut unions = Vec::new();
    for catalog in catalogs {
        let united = so_far.entry(catalog.log).or_default();
        united.catalogs += 1;
        if united.catalogs > MOST_UNITED {
            continue;
        }
        let before = united.entries.len();
        for (entry, key) in catalog.entries.iter().zip(keys(&catalog.entries)) {
            if united.known.insert(key) {
                united.entries.push(entry.clone());
            }
        }
        if before > 0 && united.entries.len() > before {
            unions.push((catalog.log, united.entries.clone()));
        }
    }
    unions
}

/// The catalogs of one log, merged.
#[derive(Default)]
struct United {
    catalogs: usize,
    entries: Vec<Entry>,
    known: HashSet<(String, usize)>,
}

/// The bytes of the records in a sample's container.
fn container(payload: &[u8]) -> Result<&[u8], Malformed> {
    if payload.get(..4) != Some(&[b'B', b'L', 3, RECORD_SAMPLE]) {
        return Err(Malformed { at: 0, what: "no sample record (BL 3 0)" });
    }
    let size = size_at(payload, 4).unwrap_or(0).clamp(8, payload.len().max(8));
    payload.get(8..size).ok_or(Malformed { at: 4, what: "sample record cut short" })
}

/// The records of a container, each with its offset; a damaged one ends the list.
fn split(body: &[u8]) -> Vec<(usize, &[u8])> {
    let mut records = Vec::new();
    let mut at = 0;
    while let Some(rest) = body.get(at..).filter(|rest| rest.starts_with(&[b'B', b'L', 3])) {
        let Some(record) = size_at(rest, 4).filter(|s| *s >= 8).and_then(|size| rest.get(..size)) else { break };
        records.push((at, record));
        at += record.len();
    }
    records
}

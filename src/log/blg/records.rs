//! Records: joins events from their parts, and indexes a log's samples.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::buffer::{self, Buffers};
use super::catalog::{self, Entry};
use super::event::{self, PdhEvent};
use super::layout::{EVENT_CATALOG, EVENT_DATA, EVENT_NAMES, EVENT_SUMMARY, REPORT_EVERY};
use super::names::NameTables;
use crate::base::time::TICKS_PER_SECOND;
use crate::log::error::{LogErrorKind, WithoutSamples};
use crate::log::warning::{Counted, Damage, LogWarning};

/// Maximum number of parts of a record: 8,000 parts of 8,000 bytes are a sample of 64 MB.
const MAX_PARTS: u32 = 8000;

/// The position of one sample in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleRecord {
    /// Local time of the logging machine, FILETIME ticks.
    pub time: i64,
    /// Index of its catalog in [`Index::catalogs`]. All samples of an index have one.
    pub catalog: Option<usize>,
    /// Parts of the record, a range of [`Index::pieces`].
    pub pieces: Range<usize>,
}

/// A record that is not a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherRecord {
    /// `EVENT_*` of [`super::layout`].
    pub kind: u8,
    /// Local time, FILETIME ticks.
    pub time: i64,
    /// Parts of the record, a range of [`Index::pieces`].
    pub pieces: Range<usize>,
}

/// A catalog and the PDH log that it belongs to.
#[derive(Debug)]
pub struct Catalog {
    /// Distinguishes PDH logs in one file.
    pub log: [u8; 16],
    /// Local time of its event, FILETIME ticks.
    time: i64,
    /// One entry for each record of a sample.
    pub entries: Vec<Entry>,
}

impl Catalog {
    /// Local time of its event, FILETIME ticks.
    #[cfg(feature = "parquet")]
    pub fn time(&self) -> i64 {
        self.time
    }
}

/// The content of a file, from one pass over its event headers.
#[derive(Debug, Default)]
pub struct Index {
    /// All catalogs, in order.
    pub catalogs: Vec<Catalog>,
    /// All name tables.
    pub names: NameTables,
    /// All complete samples, in order of time within each session.
    pub samples: Vec<SampleRecord>,
    /// Name tables and catalogs, in order.
    pub heads: Vec<OtherRecord>,
    /// Summaries, in order.
    pub tails: Vec<OtherRecord>,
    /// Lost and damaged parts.
    pub warnings: Vec<LogWarning>,
    /// File offset and length of each part.
    pieces: Vec<(usize, usize)>,
}

/// A record with missing parts.
struct Pending {
    first_offset: usize,
    parts: BTreeMap<u32, (usize, usize)>,
}

type Key = ([u8; 16], u8, i64, u32);

impl Index {
    /// Reads all buffers.
    ///
    /// # Errors
    /// If the file has data but no catalog, or no counter event.
    pub fn build(file: &[u8], buffers: &Buffers, done: &mut dyn FnMut(usize)) -> Result<Self, LogErrorKind> {
        let mut builder = Builder::default();
        for (number, buffer) in buffers.ordered.iter().enumerate() {
            if number % REPORT_EVERY == REPORT_EVERY - 1 {
                done(buffer.offset);
            }
            builder.processor = buffer.processor;
            let walked = event::walk(file, buffer, |event| builder.event(file, event));
            if let Err(broken) = walked {
                builder.broken.add(Damage::Structure { offset: broken.at, what: broken.what });
            }
        }
        builder.finish(buffers)
    }

    /// The payload of a sample: borrowed if it is one part, else joined in `scratch`.
    pub fn payload<'a>(&self, file: &'a [u8], sample: &SampleRecord, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        join(file, self.pieces(&sample.pieces), scratch)
    }

    /// File offset and length of each part of a record.
    pub fn pieces(&self, range: &Range<usize>) -> &[(usize, usize)] {
        self.pieces.get(range.clone()).unwrap_or_default()
    }

    /// File offset of a sample's first part.
    pub fn offset(&self, sample: &SampleRecord) -> usize {
        self.pieces.get(sample.pieces.start).map_or(0, |piece| piece.0)
    }
}

fn join<'a>(file: &'a [u8], pieces: &[(usize, usize)], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let slice = |(offset, len): (usize, usize)| file.get(offset..offset + len).unwrap_or_default();
    if let [piece] = pieces {
        return slice(*piece);
    }
    scratch.clear();
    for piece in pieces {
        scratch.extend_from_slice(slice(*piece));
    }
    scratch
}

#[derive(Default)]
struct Builder {
    index: Index,
    pending: HashMap<Key, Pending>,
    /// By sample: its log.
    logs: Vec<[u8; 16]>,
    /// By log: its first and its newest catalog.
    of_log: HashMap<[u8; 16], (usize, usize)>,
    /// Number of samples before the newest catalog.
    samples_before_last: usize,
    /// Whether there was any event except the log header.
    any_event: bool,
    /// Processor of the current buffer, and of each sample.
    processor: u8,
    processors: Vec<u8>,
    scratch: Vec<u8>,
    broken: Counted<Damage>,
}

impl Builder {
    fn event(&mut self, file: &[u8], event: Option<PdhEvent>) {
        self.any_event = true;
        let Some(event) = event else { return };
        let piece = (event.payload, event.len);
        if event.parts <= 1 {
            self.complete(file, event, &[piece]);
            return;
        }
        if event.parts > MAX_PARTS || event.part == 0 || event.part > event.parts {
            self.broken.add(Damage::PartNumber { offset: event.payload, part: event.part, parts: event.parts });
            return;
        }
        let key = (event.log, event.kind, event.time, event.parts);
        let pending =
            self.pending.entry(key).or_insert_with(|| Pending { first_offset: event.payload, parts: BTreeMap::new() });
        pending.parts.insert(event.part, piece);
        if pending.parts.len() == event.parts as usize
            && let Some(done) = self.pending.remove(&key)
        {
            let pieces: Vec<_> = done.parts.into_values().collect();
            self.complete(file, event, &pieces);
        }
    }

    fn complete(&mut self, file: &[u8], event: PdhEvent, pieces: &[(usize, usize)]) {
        let start = self.index.pieces.len();
        self.index.pieces.extend_from_slice(pieces);
        let range = start..self.index.pieces.len();
        let other = OtherRecord { kind: event.kind, time: event.time, pieces: range.clone() };
        match event.kind {
            EVENT_CATALOG | EVENT_NAMES => self.index.heads.push(other),
            EVENT_SUMMARY => self.index.tails.push(other),
            _ => {}
        }
        match event.kind {
            EVENT_DATA => {
                // The newest of its log so far.
                let catalog = self.of_log.get(&event.log).map(|(_, newest)| *newest);
                self.index.samples.push(SampleRecord { time: event.time, catalog, pieces: range });
                self.logs.push(event.log);
                self.processors.push(self.processor);
            }
            EVENT_CATALOG => {
                let payload = join(file, pieces, &mut self.scratch);
                match catalog::parse(payload) {
                    Ok(entries) => self.catalog(event, entries),
                    Err(e) => self.broken.add(Damage::Structure { offset: event.payload + e.at, what: e.what }),
                }
            }
            EVENT_NAMES => self.index.names.add(join(file, pieces, &mut self.scratch)),
            _ => {}
        }
    }

    /// Adds a catalog. Catalog events with the same time stamp are one catalog.
    fn catalog(&mut self, event: PdhEvent, entries: Vec<Entry>) {
        match self.index.catalogs.last_mut() {
            Some(last)
                if last.log == event.log && last.time == event.time && self.samples_before_last == self.logs.len() =>
            {
                last.entries.extend(entries);
            }
            _ => {
                let number = self.index.catalogs.len();
                self.of_log.entry(event.log).or_insert((number, number)).1 = number;
                self.index.catalogs.push(Catalog { log: event.log, time: event.time, entries });
            }
        }
        self.samples_before_last = self.logs.len();
    }

    fn finish(mut self, buffers: &Buffers) -> Result<Index, LogErrorKind> {
        if self.index.catalogs.is_empty() {
            let records = self.index.samples.len() + self.pending.len();
            let damage = self.broken.first.first().copied();
            return Err(match records {
                0 if self.any_event || damage.is_some() => LogErrorKind::NoCounters { damage },
                0 => LogErrorKind::NoSamples(WithoutSamples::LogHeader),
                _ => LogErrorKind::NoCatalog { records, damage },
            });
        }
        let mut nameless = 0;
        for (sample, log) in self.index.samples.iter_mut().zip(&self.logs) {
            // In a circular log, the catalog may come after its samples.
            sample.catalog = sample.catalog.or_else(|| self.of_log.get(log).map(|(first, _)| *first));
            nameless += usize::from(sample.catalog.is_none());
        }
        if buffers.ordered.windows(2).any(|w| w[0].processor != w[1].processor) {
            self.merge_processors();
        }
        self.index.samples.retain(|s| s.catalog.is_some());
        self.warn(buffers, nameless);
        Ok(self.index)
    }

    /// Sorts samples by time: buffers are in order only for each processor. Local times go back by an hour when
    /// daylight saving time ends, in each processor's own stream.
    fn merge_processors(&mut self) {
        const HOUR: i64 = 3600 * TICKS_PER_SECOND;
        let steps = self.index.samples.windows(2).map(|w| w[1].time.saturating_sub(w[0].time));
        let (backward, mut forward): (Vec<i64>, Vec<i64>) = steps.partition(|step| *step < 0);
        // A clock change goes back by an hour, less about one interval.
        let middle = forward.len() / 2;
        let usual = if forward.is_empty() { 0 } else { *forward.select_nth_unstable(middle).1 };
        let is_set_back = |step: i64| step < 0 && (0..=3 * usual.min(HOUR)).contains(&(step.saturating_add(HOUR)));
        if backward.len() <= 1 && backward.iter().all(|step| is_set_back(*step)) {
            return; // Already in order, except for one end of daylight saving time.
        }
        let mut clocks: HashMap<u8, (i64, i64)> = HashMap::new();
        let mut keyed: Vec<(i64, SampleRecord)> = Vec::with_capacity(self.index.samples.len());
        for (sample, processor) in self.index.samples.drain(..).zip(&self.processors) {
            let (last, back) = clocks.entry(*processor).or_insert((sample.time, 0));
            let step = sample.time.saturating_sub(*last);
            if is_set_back(step) {
                *back += HOUR;
            }
            *last = sample.time;
            keyed.push((sample.time.saturating_add(*back), sample));
        }
        keyed.sort_by_key(|(time, _)| *time);
        self.index.samples.extend(keyed.into_iter().map(|(_, sample)| sample));
    }

    fn warn(&mut self, buffers: &Buffers, nameless: usize) {
        let warnings = &mut self.index.warnings;
        if buffers.missing_tail > 0 {
            warnings.push(LogWarning::CutOff { missing_bytes: buffers.missing_tail });
        }
        let unreadable: Counted<usize> = buffers.unreadable.iter().copied().collect();
        let headless = |offset: &usize| Damage::Structure { offset: *offset, what: "no buffer header" };
        warnings.extend(unreadable.some(headless).map(LogWarning::UnreadableBuffers));
        warnings.extend(self.broken.some(|damage| *damage).map(LogWarning::DamagedEvents));
        let mut incomplete: Vec<_> =
            self.pending.iter().map(|(key, p)| (p.first_offset, p.parts.len(), key.3)).collect();
        incomplete.sort_unstable();
        let incomplete: Counted<_> = incomplete.into_iter().collect();
        let place = |&(offset, found, parts): &_| Damage::Incomplete { offset, found, parts };
        warnings.extend(incomplete.some(place).map(LogWarning::IncompleteRecords));
        if nameless > 0 {
            warnings.push(LogWarning::SamplesWithoutCatalog { count: nameless });
        }
    }
}

/// Creates the index of a file with a known buffer size.
///
/// # Errors
/// Same as [`Index::build`].
pub fn open(file: &[u8], buffer_size: usize, done: &mut dyn FnMut(usize)) -> Result<Index, LogErrorKind> {
    Index::build(file, &buffer::find(file, buffer_size, done), done)
}

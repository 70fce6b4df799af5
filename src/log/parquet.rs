//! Reads the Parquet files that `perfverdict convert` writes: one row a counter and sample, sorted by counter within a
//! row group. A row group at a time is in memory.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, RowGroupReader, SerializedFileReader};
use parquet::schema::parser::parse_message_type;
use serde::{Deserialize, Serialize};

use super::error::{LogErrorKind, WithoutSamples};
use super::info::LogInfo;
use super::map::Bytes;
use super::select::{Picker, Query, Values};
use super::sink::{Cell, Column, ColumnId, Contents, MOST_COLUMNS, Sink, TimeLine};
use super::warning::LogWarning;
use super::zone::Zone;
use crate::base::catch_panic::catch_panic;
use crate::base::time::{ClockZone, FileTime, TICKS_PER_SECOND, UNIX_EPOCH_SECONDS, ZonedTime};
use crate::counters::CounterPath;
use crate::counters::known::WindowsLanguage;

/// The columns of the table.
pub(crate) const SCHEMA: &str = "message counters {
    required binary machine (STRING);
    required binary object (STRING);
    optional binary instance (STRING);
    required binary counter (STRING);
    optional int64 pid;
    required int64 time (TIMESTAMP(MICROS, true));
    required double value;
}";
/// The key of [`ParquetFacts`] in a file.
pub(crate) const FACTS_KEY: &str = "perfverdict";
/// The first bytes of every Parquet file.
pub(super) const MAGIC: &[u8] = b"PAR1";
/// Rows of a row group: eight times as many as are written.
const MOST_ROWS: usize = 1 << 20;
/// Rows of a file for each of its bytes; logs have less than one.
const ROWS_A_BYTE: usize = 8;
/// Rows that are decoded at a time.
const BATCH: usize = 1 << 13;
/// Bytes of a text: machine, object, instance or counter. PDH allows 2,048 characters.
const LONGEST_TEXT: usize = 6144;

/// What the rows do not say about the log that they are of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ParquetFacts {
    /// Name of the machine as logged; the rows have it in upper case.
    pub(crate) machine: Option<String>,
    /// Windows of the log's writer.
    pub(crate) os_version: Option<(u8, u8, u32)>,
    pub(crate) pointer_bits: Option<u32>,
    /// Boot time, FILETIME in UTC.
    pub(crate) boot: Option<i64>,
    pub(crate) zone: Option<Zone>,
    /// Whether the offsets were recorded.
    pub(crate) is_zone_known: bool,
    /// Minutes from UTC to the machine's clock, each from a time on, in microseconds since 1970.
    pub(crate) offsets: Vec<(i64, i16)>,
}

impl ParquetFacts {
    fn offset(&self, time: i64) -> i16 {
        let after = self.offsets.partition_point(|(begin, _)| *begin <= time);
        self.offsets.get(after.saturating_sub(1)).map_or(0, |(_, minutes)| *minutes)
    }
}

/// The bytes of the file, shared with the readers of its columns.
struct Chunks(Arc<Bytes>);

impl Chunks {
    fn part(&self, begin: u64, bytes: usize) -> Result<&[u8], ParquetError> {
        let begin = usize::try_from(begin).unwrap_or(usize::MAX);
        let part = begin.checked_add(bytes).and_then(|end| self.0.get(begin..end));
        part.ok_or_else(|| ParquetError::EOF("beyond the end of the file".to_owned()))
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

/// Reads on from a place.
struct ChunkRead(Cursor<Shared>);

struct Shared(Arc<Bytes>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Read for ChunkRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl ChunkReader for Chunks {
    type T = ChunkRead;

    fn get_read(&self, start: u64) -> Result<ChunkRead, ParquetError> {
        let mut cursor = Cursor::new(Shared(self.0.clone()));
        cursor.set_position(start);
        Ok(ChunkRead(cursor))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes, ParquetError> {
        self.part(start, length).map(bytes::Bytes::copy_from_slice)
    }
}

/// An open file.
pub struct ParquetLog {
    reader: SerializedFileReader<Chunks>,
    facts: ParquetFacts,
    info: LogInfo,
}

fn damaged(reason: &impl ToString) -> LogErrorKind {
    LogErrorKind::DamagedParquet { reason: reason.to_string() }
}

impl ParquetLog {
    /// Opens a file.
    ///
    /// # Errors
    /// If it is damaged, or another program wrote it.
    pub fn open(bytes: &Arc<Bytes>) -> Result<Self, LogErrorKind> {
        let open = || SerializedFileReader::new(Chunks(bytes.clone()));
        let reader = catch_panic(open).map_err(|e| damaged(&e))?.map_err(|e| damaged(&e))?;
        let metadata = reader.metadata();
        let own = parse_message_type(SCHEMA).map_err(|e| damaged(&e))?;
        let has_own_columns = metadata.file_metadata().schema().get_fields() == own.get_fields();
        let rows = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let is_large = metadata.row_groups().iter().any(|group| rows(group.num_rows()) > MOST_ROWS)
            || metadata.row_groups().iter().fold(0_usize, |sum, group| sum.saturating_add(rows(group.num_rows())))
                > MOST_ROWS.saturating_add(bytes.len().saturating_mul(ROWS_A_BYTE));
        if !has_own_columns || is_large {
            return Err(LogErrorKind::ForeignParquet);
        }
        let values = metadata.file_metadata().key_value_metadata();
        let facts = values.and_then(|all| all.iter().find(|value| value.key == FACTS_KEY)?.value.as_deref());
        let mut facts: ParquetFacts = facts.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        facts.zone = facts.zone.take().and_then(Zone::checked);
        facts.machine = facts.machine.take().filter(|name| name.len() <= LONGEST_TEXT);
        facts.offsets.retain(|(_, minutes)| (-14 * 60..=14 * 60).contains(minutes));
        let info = LogInfo {
            os_version: facts.os_version,
            pointer_bits: facts.pointer_bits,
            boot_time: facts.boot.map(FileTime),
            zone: facts.zone.clone(),
            circular: None,
            max_bytes: None,
        };
        Ok(Self { reader, facts, info })
    }

    /// What is known about the log that it was made from.
    pub fn info(&self) -> &LogInfo {
        &self.info
    }

    /// Reads all rows.
    ///
    /// # Errors
    /// If no sample can be read.
    pub fn read(&self, query: &Query<'_>, sink: &mut dyn Sink) -> Result<Contents, LogErrorKind> {
        let mut reading = Reading::new(query, sink, &self.facts);
        let mut error = None;
        for number in 0..self.reader.num_row_groups() {
            let read = || reading.group(&*self.reader.get_row_group(number)?);
            match catch_panic(read).map_err(|e| e.to_string()).and_then(|read| read.map_err(|e| e.to_string())) {
                Ok(()) => {}
                Err(reason) => {
                    error = Some(reason);
                    break;
                }
            }
        }
        reading.finish(error)
    }
}

/// A row: its time, and its cell if the counter is wanted.
#[derive(Clone, Copy)]
struct Row {
    time: i64,
    cell: Option<Cell>,
}

/// The texts of a row.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Texts {
    machine: Vec<u8>,
    object: Vec<u8>,
    instance: Option<Vec<u8>>,
    counter: Vec<u8>,
}

/// The samples while they are put together.
struct Reading<'r> {
    query: &'r Query<'r>,
    sink: &'r mut dyn Sink,
    facts: &'r ParquetFacts,
    picker: Picker,
    contents: Contents,
    line: TimeLine,
    /// By the hash of a counter's texts: its column, if it is wanted. Texts of half a million counters would take more
    /// memory than all else.
    columns: HashMap<[u64; 2], Option<ColumnId>>,
    /// Two independent hashes do not collide.
    hashers: [RandomState; 2],
    /// The path of the last new counter: neighbours share their texts.
    last: Option<CounterPath>,
    wanted: usize,
    /// Whether there are more counters than are read.
    too_many: bool,
    /// Samples with times that do not exist.
    impossible_times: usize,
    /// Rows that belong to no complete sample: a row group can end within one.
    rows: Vec<Row>,
    cells: Vec<Cell>,
}

impl<'r> Reading<'r> {
    fn new(query: &'r Query<'r>, sink: &'r mut dyn Sink, facts: &'r ParquetFacts) -> Self {
        Self {
            query,
            sink,
            facts,
            picker: Picker::new(query),
            contents: Contents::default(),
            line: TimeLine::default(),
            columns: HashMap::new(),
            hashers: [RandomState::new(), RandomState::new()],
            last: None,
            wanted: 0,
            too_many: false,
            impossible_times: 0,
            rows: Vec::new(),
            cells: Vec::new(),
        }
    }

    fn group(&mut self, group: &dyn RowGroupReader) -> Result<(), ParquetError> {
        let text = |at| TextColumn::new(group.get_column_reader(at)?);
        let (mut machines, mut objects, mut instances, mut counters) = (text(0)?, text(1)?, text(2)?, text(3)?);
        let mut times = numbers::<Int64Type>(group.get_column_reader(5)?)?;
        let mut values = numbers::<DoubleType>(group.get_column_reader(6)?)?;
        let (mut last, mut column) = (None, None);
        loop {
            let count = machines.batch()?;
            let (times, values) = (batch(&mut times)?, batch(&mut values)?);
            let counts = [objects.batch()?, instances.batch()?, counters.batch()?, times.len(), values.len()];
            if counts.iter().any(|other| *other != count) {
                return Err(ParquetError::General("columns of different lengths".to_owned()));
            }
            if count == 0 {
                break;
            }
            for (row, (time, value)) in times.into_iter().zip(values).enumerate() {
                let texts = (machines.get(row), objects.get(row), instances.get(row), counters.get(row));
                if last.as_ref() != Some(&texts) {
                    let bytes = |text: &Option<ByteArray>| text.as_ref().map(|text| text.data().to_vec());
                    column = self.column(&Texts {
                        machine: bytes(&texts.0).unwrap_or_default(),
                        object: bytes(&texts.1).unwrap_or_default(),
                        instance: bytes(&texts.2),
                        counter: bytes(&texts.3).unwrap_or_default(),
                    })?;
                    last = Some(texts);
                }
                let cell = column.filter(|_| value.is_finite()).map(|column| Cell { column, value });
                self.rows.push(Row { time, cell });
            }
        }
        self.rows.sort_by_key(|row| row.time);
        let last = self.rows.last().map_or(0, |last| last.time);
        let end = self.rows.partition_point(|row| row.time < last);
        // No sample has as many rows as that.
        let is_endless = self.rows.len() - end > MOST_ROWS;
        self.samples(if is_endless { self.rows.len() } else { end });
        Ok(())
    }

    /// The column of a counter, if it is wanted.
    fn column(&mut self, texts: &Texts) -> Result<Option<ColumnId>, ParquetError> {
        let key = [self.hashers[0].hash_one(texts), self.hashers[1].hash_one(texts)];
        if let Some(column) = self.columns.get(&key) {
            return Ok(*column);
        }
        if self.columns.len() == MOST_COLUMNS {
            self.too_many = true;
            return Err(ParquetError::General("too many counters".to_owned()));
        }
        let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) if bytes.len() <= LONGEST_TEXT => Ok(text.to_owned()),
            _ => Err(ParquetError::General("a name is not valid".to_owned())),
        };
        let machine = match &self.facts.machine {
            Some(machine) => Some(machine.clone()),
            // Without facts, what the rows have; with facts, the log named no machine.
            None => (self.facts.offsets.is_empty()).then(|| text(&texts.machine)).transpose()?,
        };
        let mut path = CounterPath {
            machine: machine.map(Arc::from),
            object: text(&texts.object)?.into(),
            instance: texts.instance.as_deref().map(text).transpose()?.map(Arc::from),
            counter: text(&texts.counter)?.into(),
        };
        if let Some(last) = self.last.take() {
            path.share(last);
        }
        self.last = Some(path.clone());
        let language = WindowsLanguage::EnglishOrUnknown;
        let (is_wanted, id) = self.contents.add_counter(&path, language, self.query.selection);
        let mut column = None;
        if is_wanted {
            let order = (u32::try_from(self.wanted).unwrap_or(u32::MAX), 0);
            self.sink.column(self.wanted, &Column { path, kind: None, time_base: 0, id, order });
            column = Some(self.wanted);
            self.wanted += 1;
        }
        self.columns.insert(key, column);
        Ok(column)
    }

    /// Passes on the samples of the first rows.
    fn samples(&mut self, end: usize) {
        let mut begin = 0;
        while begin < end {
            let time = self.rows[begin].time;
            let next = begin + self.rows[begin..end].partition_point(|row| row.time == time);
            self.cells.clear();
            if self.query.values != Values::None {
                self.cells.extend(self.rows[begin..next].iter().filter_map(|row| row.cell));
                // Two counters of one name.
                self.cells.sort_by_key(|cell| cell.column);
                self.cells.dedup_by_key(|cell| cell.column);
            }
            begin = next;
            let ticks = time.checked_add(UNIX_EPOCH_SECONDS * (TICKS_PER_SECOND / 10)).and_then(|t| t.checked_mul(10));
            let Some(utc) = ticks.map(FileTime).filter(|time| time.to_naive().is_some()) else {
                self.impossible_times += 1;
                continue;
            };
            let time = ZonedTime { utc, offset_minutes: self.facts.offset(time) };
            self.line.push(time);
            if self.picker.picks(time) {
                self.sink.sample(time, &self.cells);
                self.line.pick(time);
            }
        }
        self.rows.drain(..end);
    }

    fn finish(mut self, error: Option<String>) -> Result<Contents, LogErrorKind> {
        // The last sample is whole only if the file is.
        if error.is_none() {
            self.samples(self.rows.len());
        }
        let mut contents = self.contents;
        if !self.facts.is_zone_known {
            contents.zone = ClockZone::Unknown;
            contents.warnings.push(LogWarning::NoTimeZone);
        }
        let count = self.impossible_times;
        contents.warnings.extend((count > 0).then_some(LogWarning::ImpossibleTimes { count }));
        match error {
            Some(_) if self.too_many => {
                return Err(LogErrorKind::TooManyColumns { columns: MOST_COLUMNS + 1, most: MOST_COLUMNS });
            }
            None if self.line.len() == 0 && count > 0 => return Err(damaged(&"all its times are impossible")),
            Some(reason) if self.line.len() == 0 => return Err(damaged(&reason)),
            None if self.line.len() == 0 => {
                return Err(LogErrorKind::NoSamples(WithoutSamples::Header(contents.counters)));
            }
            Some(_) => contents.warnings.push(LogWarning::FileCutOff),
            None => {}
        }
        self.line.finish(&mut contents);
        Ok(contents)
    }
}

/// A column of texts, a batch at a time.
struct TextColumn {
    reader: ColumnReaderImpl<ByteArrayType>,
    values: Vec<ByteArray>,
    levels: Vec<i16>,
    /// By row: its place in the values.
    places: Vec<Option<usize>>,
}

impl TextColumn {
    fn new(reader: ColumnReader) -> Result<Self, ParquetError> {
        match reader {
            ColumnReader::ByteArrayColumnReader(reader) => {
                Ok(Self { reader, values: Vec::new(), levels: Vec::new(), places: Vec::new() })
            }
            _ => Err(ParquetError::General("not a column of texts".to_owned())),
        }
    }

    /// Reads the next rows. Returns how many.
    fn batch(&mut self) -> Result<usize, ParquetError> {
        self.values.clear();
        self.levels.clear();
        self.places.clear();
        let (rows, ..) = self.reader.read_records(BATCH, Some(&mut self.levels), None, &mut self.values)?;
        let mut next = 0;
        for row in 0..rows {
            let is_there = self.levels.get(row).is_none_or(|level| *level > 0) && next < self.values.len();
            self.places.push(is_there.then_some(next));
            next += usize::from(is_there);
        }
        Ok(rows)
    }

    fn get(&self, row: usize) -> Option<ByteArray> {
        Some(self.values[(*self.places.get(row)?)?].clone())
    }
}

/// A column of numbers.
fn numbers<T: DataType>(reader: ColumnReader) -> Result<ColumnReaderImpl<T>, ParquetError> {
    T::get_column_reader(reader).ok_or_else(|| ParquetError::General("not a column of numbers".to_owned()))
}

fn batch<T: DataType>(reader: &mut ColumnReaderImpl<T>) -> Result<Vec<T::T>, ParquetError> {
    let mut values = Vec::new();
    reader.read_records(BATCH, None, None, &mut values)?;
    Ok(values)
}

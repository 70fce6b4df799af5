//! Writes the samples as Parquet, for tables in `DuckDB`, Spark, `ClickHouse` and similar tools.
//!
//! One row per sample and counter: `machine`, `object`, `instance`, `counter`, `pid` if in the same sample, `time` in
//! UTC, `value`. Partitioned as in Hive, `machine=SRV01/day=2026-03-03/`, so that a folder with the converted logs of
//! many machines is one table.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::{ColumnWriter, get_typed_column_writer_mut};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;

use super::plan::Plan;
use super::{ConvertError, ConvertWarning, check_columns, descriptions_left_out, warnings_of};
use crate::base::time::{ClockZone, TICKS_PER_SECOND, UNIX_EPOCH_SECONDS};
use crate::counters::{CounterId, ProcessField};
use crate::log::blg::writer::guid_of;
use crate::log::parquet::{FACTS_KEY, ParquetFacts, SCHEMA};
use crate::log::{Cell, Column, ColumnId, FileTime, Log, Query, Sink, Values, ZonedTime};
use crate::machine::UNNAMED;
use crate::output::{TemporaryFile, TemporaryPath, named};

/// Rows per row group, a good size for readers. If many machines are open at once, they share four times as many.
const GROUP_ROWS: usize = 1 << 17;
/// A row group with fewer rows is not worth its overhead.
const FEWEST_ROWS: usize = 1 << 12;

/// Writes the logs' samples into a folder, which is created if necessary. Files are named after the logs and the query:
/// converting the same again replaces only these files. Returns warnings about the logs.
///
/// # Errors
/// If a log cannot be read or a file cannot be written.
pub fn write(logs: &[Log], query: &Query<'_>, folder: &Path) -> Result<Vec<ConvertWarning>, ConvertError> {
    let plan = Plan::make(logs, &Query { values: Values::None, ..*query })?.with_something()?;
    check_columns(plan.columns_of_a_machine())?;
    let stem = identity(logs, query);
    let schema = Arc::new(parse_message_type(SCHEMA).map_err(other)?);
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut table = Table {
        folder: folder.to_owned(),
        file_name: format!("perfverdict-{stem:016x}.parquet"),
        schema,
        properties,
        columns: plan.columns.iter().map(|planned| texts(&planned.column)).collect(),
        machines: plan.columns.iter().map(|planned| planned.column.path.machine.clone()).collect(),
        facts: facts(logs, &plan),
        id_columns: id_columns(&plan),
        ids: vec![None; plan.columns.len()],
        open: BTreeMap::new(),
        done: BTreeMap::new(),
        years_left_out: 0,
        made: Vec::new(),
        error: None,
    };
    let read = plan.read(logs, query, &mut table).map_err(ConvertError::from);
    let finished = read.and_then(|read| table.finish().map(|()| read).map_err(ConvertError::from));
    let read = finished.inspect_err(|_| table.remove_folders())?;
    let mut warnings = warnings_of(logs, &read);
    warnings.extend(descriptions_left_out(logs, &plan));
    let count = table.years_left_out;
    warnings.extend((count > 0).then_some(ConvertWarning::YearsLeftOut { count }));
    Ok(warnings)
}

/// Facts that are not in the rows: those of the log with the earliest sample, whose clock all samples are on.
fn facts(logs: &[Log], plan: &Plan) -> ParquetFacts {
    let first = plan.first_log();
    let info = logs[first].info();
    ParquetFacts {
        machine: None,
        os_version: info.os_version,
        pointer_bits: info.pointer_bits,
        boot: info.boot_time.map(|time| time.0),
        zone: info.zone.clone(),
        is_zone_known: plan.contents[first].zone == ClockZone::Recorded,
        offsets: Vec::new(),
    }
}

/// Identity for the file names: the logs, by their first bytes independent of their path, and the query.
fn identity(logs: &[Log], query: &Query<'_>) -> u64 {
    let mut text: Vec<u8> = logs.iter().flat_map(Log::identity).collect();
    text.extend(format!("{:?} {:?} {}", query.selection, query.range, query.every).bytes());
    u64::from_le_bytes(guid_of(&text).first_chunk().copied().unwrap_or_default())
}

fn other(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

/// Texts that are the same in all rows of a column.
struct Texts {
    machine: ByteArray,
    object: ByteArray,
    instance: Option<ByteArray>,
    counter: ByteArray,
    /// The id in the instance name of `Process V2`.
    pid: Option<i64>,
}

fn texts(column: &Column) -> Texts {
    let path = &column.path;
    let bytes = |text: &str| ByteArray::from(text);
    let pid = || path.instance.as_deref()?.rsplit_once(':')?.1.parse().ok();
    Texts {
        // Logs of one machine may write its name in lower or upper case.
        machine: bytes(&path.machine.as_deref().unwrap_or(UNNAMED).to_uppercase()),
        object: bytes(&path.object),
        instance: path.instance.as_deref().map(bytes),
        counter: bytes(&path.counter),
        pid: if path.object.eq_ignore_ascii_case("Process V2") { pid() } else { None },
    }
}

/// By column: the `ID Process` of the same instance.
fn id_columns(plan: &Plan) -> Vec<Option<usize>> {
    let place = |column: &Column| {
        let machine = column.path.machine.as_deref().map(str::to_lowercase);
        (machine, column.path.object.to_lowercase(), column.path.instance.as_deref().map(str::to_lowercase))
    };
    let is_id = |id| matches!(id, Some(CounterId::Process(ProcessField::IdProcess)));
    let ids = plan.columns.iter().enumerate().filter(|(_, planned)| is_id(planned.column.id));
    let ids: HashMap<_, usize> = ids.map(|(at, planned)| (place(&planned.column), at)).collect();
    plan.columns.iter().map(|planned| ids.get(&place(&planned.column)).copied()).collect()
}

/// An open file: the rows of one machine and day.
struct Partition {
    day: i64,
    path: PathBuf,
    writer: SerializedFileWriter<TemporaryFile>,
    rows: Vec<Row>,
    facts: ParquetFacts,
}

#[derive(Clone, Copy)]
struct Row {
    column: u32,
    pid: Option<u32>,
    /// Microseconds since 1970, UTC.
    time: i64,
    value: f64,
}

struct Table {
    folder: PathBuf,
    file_name: String,
    schema: TypePtr,
    properties: WriterPropertiesPtr,
    columns: Vec<Texts>,
    /// By column: its machine as logged.
    machines: Vec<Option<Arc<str>>>,
    facts: ParquetFacts,
    id_columns: Vec<Option<usize>>,
    /// By column that is an `ID Process`: its value in the current sample.
    ids: Vec<Option<u32>>,
    /// Open files by machine.
    open: BTreeMap<Vec<u8>, Partition>,
    /// Written files, by the path that they get when all are complete. They are closed, because there can be thousands.
    done: BTreeMap<PathBuf, TemporaryPath>,
    /// Number of samples before 1601.
    years_left_out: u64,
    /// Created folders.
    made: Vec<PathBuf>,
    error: Option<io::Error>,
}

impl Table {
    fn add(&mut self, time: ZonedTime, cells: &[Cell]) -> io::Result<()> {
        // The reader knows no time before 1601.
        if time.utc.to_naive().is_none() {
            self.years_left_out += 1;
            return Ok(());
        }
        let micros = unix_micros(time.utc);
        let day = micros.div_euclid(86_400_000_000);
        for cell in cells {
            if self.id_columns[cell.column] == Some(cell.column) {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
                let id = cell.value as u32;
                self.ids[cell.column] = Some(id);
            }
        }
        for cell in cells {
            let machine = self.columns[cell.column].machine.data();
            if self.open.get(machine).is_none_or(|partition| partition.day != day) {
                let machine = machine.to_vec();
                self.begin(machine, day, cell.column)?;
            }
            let share = 4 * GROUP_ROWS / self.open.len();
            let texts = &self.columns[cell.column];
            let own = texts.pid.and_then(|pid| u32::try_from(pid).ok());
            let pid = own.or_else(|| self.id_columns[cell.column].and_then(|at| self.ids[at]));
            let column = u32::try_from(cell.column).map_err(io::Error::other)?;
            let Some(partition) = self.open.get_mut(texts.machine.data()) else { continue };
            if partition.facts.offsets.last().is_none_or(|(_, offset)| *offset != time.offset_minutes) {
                partition.facts.offsets.push((micros, time.offset_minutes));
            }
            partition.rows.push(Row { column, pid, time: micros, value: cell.value });
            if partition.rows.len() >= share.clamp(FEWEST_ROWS, GROUP_ROWS) {
                partition.flush(&self.columns).map_err(|e| named(&partition.path, &other(e)))?;
            }
        }
        for cell in cells {
            self.ids[cell.column] = None;
        }
        Ok(())
    }

    /// Ends the machine's file of the previous day, and starts that of a day.
    fn begin(&mut self, machine: Vec<u8>, day: i64, column: usize) -> io::Result<()> {
        if let Some(before) = self.open.remove(&machine) {
            let (file, path) = before.finish(&self.columns)?;
            self.done.insert(path, file);
        }
        let date = chrono::DateTime::from_timestamp(day * 86_400, 0)
            .map_or_else(String::new, |t| t.format("%Y-%m-%d").to_string());
        let name = partition_name(&String::from_utf8_lossy(&machine));
        let folder = self.folder.join(format!("machine={name}")).join(format!("day={date}"));
        let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
        self.made.extend(missing.into_iter().rev().map(Path::to_owned));
        std::fs::create_dir_all(&folder).map_err(|e| named(&folder, &e))?;
        // Clocks can be set back to a completed day.
        let mut path = folder.join(&self.file_name);
        for number in 2.. {
            if !self.done.contains_key(&path) {
                break;
            }
            path = folder.join(self.file_name.replace(".parquet", &format!("-{number}.parquet")));
        }
        let file = TemporaryFile::create_in(&folder).map_err(|e| named(&folder, &e))?;
        let writer = SerializedFileWriter::new(file, self.schema.clone(), self.properties.clone()).map_err(other)?;
        let machine_name = self.machines[column].as_deref().map(str::to_owned);
        let facts = ParquetFacts { machine: machine_name, ..self.facts.clone() };
        self.open.insert(machine, Partition { day, path, writer, rows: Vec::new(), facts });
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        for partition in std::mem::take(&mut self.open).into_values() {
            let (file, path) = partition.finish(&self.columns)?;
            self.done.insert(path, file);
        }
        for (path, file) in std::mem::take(&mut self.done) {
            file.persist(&path).map_err(|e| named(&path, &e))?;
        }
        Ok(())
    }

    /// Removes the folders that were created and are empty.
    fn remove_folders(&mut self) {
        self.open.clear();
        self.done.clear();
        for folder in self.made.drain(..).rev() {
            // A folder that is not empty is kept.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

impl Partition {
    /// Writes the rows so far as a row group.
    fn flush(&mut self, columns: &[Texts]) -> Result<(), ParquetError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut rows = std::mem::take(&mut self.rows);
        // Counter by counter: equal adjacent texts compress well and are skipped quickly.
        rows.sort_by_key(|row| row.column);
        let of = |row: &Row| &columns[row.column as usize];
        let mut group = self.writer.next_row_group()?;
        texts_of(&mut group, rows.iter().map(|row| Some(of(row).machine.clone())), Presence::Required)?;
        texts_of(&mut group, rows.iter().map(|row| Some(of(row).object.clone())), Presence::Required)?;
        texts_of(&mut group, rows.iter().map(|row| of(row).instance.clone()), Presence::Optional)?;
        texts_of(&mut group, rows.iter().map(|row| Some(of(row).counter.clone())), Presence::Required)?;
        let pids: Vec<i64> = rows.iter().filter_map(|row| row.pid.map(i64::from)).collect();
        let levels: Vec<i16> = rows.iter().map(|row| i16::from(row.pid.is_some())).collect();
        next_column(&mut group, |column| {
            get_typed_column_writer_mut::<Int64Type>(column).write_batch(&pids, Some(&levels), None)
        })?;
        let times: Vec<i64> = rows.iter().map(|row| row.time).collect();
        next_column(&mut group, |column| {
            get_typed_column_writer_mut::<Int64Type>(column).write_batch(&times, None, None)
        })?;
        let values: Vec<f64> = rows.iter().map(|row| row.value).collect();
        next_column(&mut group, |column| {
            get_typed_column_writer_mut::<DoubleType>(column).write_batch(&values, None, None)
        })?;
        group.close()?;
        Ok(())
    }

    fn finish(mut self, columns: &[Texts]) -> io::Result<(TemporaryPath, PathBuf)> {
        let path = self.path.clone();
        let named = |e| named(&path, &other(e));
        self.flush(columns).map_err(named)?;
        let facts = serde_json::to_string(&self.facts)?;
        self.writer.append_key_value_metadata(KeyValue::new(FACTS_KEY.to_owned(), facts));
        Ok((self.writer.into_inner().map_err(named)?.close(), self.path))
    }
}

type Group<'w> = SerializedRowGroupWriter<'w, TemporaryFile>;

/// Whether each row of a column has a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

fn texts_of(
    group: &mut Group<'_>,
    texts: impl Iterator<Item = Option<ByteArray>>,
    presence: Presence,
) -> Result<(), ParquetError> {
    let texts: Vec<Option<ByteArray>> = texts.collect();
    let level = |text: &Option<ByteArray>| i16::from(text.is_some());
    let levels: Option<Vec<i16>> = (presence == Presence::Optional).then(|| texts.iter().map(level).collect());
    let values: Vec<ByteArray> = texts.into_iter().flatten().collect();
    next_column(group, |column| {
        get_typed_column_writer_mut::<ByteArrayType>(column).write_batch(&values, levels.as_deref(), None)
    })
}

fn next_column(
    group: &mut Group<'_>,
    write: impl FnOnce(&mut ColumnWriter<'_>) -> Result<usize, ParquetError>,
) -> Result<(), ParquetError> {
    let mut column =
        group.next_column()?.ok_or_else(|| ParquetError::General("more columns than the schema".to_owned()))?;
    write(column.untyped())?;
    column.close()
}

/// A machine name as part of a path: characters other than letters, digits and a few signs are written as `%XX`, as in
/// Hive, so that no name leads to another folder.
fn partition_name(machine: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || byte == b'.' && machine.len() > 2;
    machine
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn unix_micros(time: FileTime) -> i64 {
    time.0.div_euclid(10) - UNIX_EPOCH_SECONDS * (TICKS_PER_SECOND / 10)
}

impl Sink for Table {
    fn column(&mut self, _: ColumnId, _: &Column) {}

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        if self.error.is_none() {
            self.error = self.add(time, cells).err();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_machine_name_leads_out_of_the_folder() {
        assert_eq!(partition_name("SRV-01.corp_x"), "SRV-01.corp_x");
        assert_eq!(partition_name(".."), "%2E%2E");
        assert_eq!(partition_name("a/../b=c é"), "a%2F..%2Fb%3Dc%20%C3%A9");
    }
}

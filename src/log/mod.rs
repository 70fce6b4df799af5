//! Logs of any format, opened by content and read in one pass.
//!
//! [`Log::open`] maps a file and detects its format. [`Log::read`] passes every sample to a [`Sink`] with the counters
//! of a [`Selection`]; other counters are not decoded.

pub mod blg;
pub(crate) mod code_page;
mod error;
mod get_counter;
mod info;
mod map;
mod parallel;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub mod pdh_text;
pub(crate) mod pipe;
mod sample_clock;
mod samples;
mod select;
mod sink;
mod time_zone;
mod warning;
pub mod zone;
mod zone_names;

use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::base::time::{FileTime, ZonedTime};
pub use error::{LogError, LogErrorKind, TimeColumn, WithoutSamples};
pub use info::{Format, LogInfo};
pub use map::{Bytes, is_being_written};
pub use samples::{Sample, Samples};
pub use select::{Query, Selection, TimeRange, Values};
pub(crate) use sink::MOST_COLUMNS;
pub use sink::{Cell, Column, ColumnId, Contents, RawCell, Sink};
pub use warning::{Counted, Damage, LogWarning, RecordCounts, RowDefect};

use crate::progress;
use blg::writer::WriterOptions;

/// The format of a counter log as text, from its first bytes; `None` for other files.
#[must_use]
pub fn text_format(head: &[u8]) -> Option<Format> {
    if let Some(log) = get_counter::GetCounterLog::open(head) {
        return Some(log.format());
    }
    pdh_text::separator_of(head).map(|separator| if separator == b'\t' { Format::PdhTsv } else { Format::PdhCsv })
}

/// From this size on, a .blg is decoded in its own thread.
const READ_AHEAD: usize = 4 << 20;

enum Body {
    Blg(blg::BlgLog),
    Text(pdh_text::TextLog),
    GetCounter(get_counter::GetCounterLog),
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::ParquetLog>),
}

/// An open log.
pub struct Log {
    path: PathBuf,
    bytes: Arc<Bytes>,
    body: Body,
}

impl Log {
    /// Opens a log. Its format is detected by content, not by file name.
    ///
    /// # Errors
    /// If the file cannot be read, has an unknown format, or contains nothing that can be decoded.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LogError> {
        let path = path.as_ref();
        let bytes = Bytes::map(path).map_err(|e| LogErrorKind::Io(e).at(path))?;
        Self::from_bytes(path, bytes)
    }

    /// Same as [`Log::open`], for bytes in memory; `path` names them in messages.
    ///
    /// # Errors
    /// Same as [`Log::open`].
    pub fn from_vec(path: &Path, bytes: Vec<u8>) -> Result<Self, LogError> {
        Self::from_bytes(path, Bytes::Owned(bytes))
    }

    /// Same as [`Log::open`], for bytes from any source; `path` names them in messages.
    ///
    /// # Errors
    /// Same as [`Log::open`].
    pub fn from_bytes(path: &Path, bytes: Bytes) -> Result<Self, LogError> {
        let bytes = Arc::new(bytes);
        let body = Self::recognise(&bytes).map_err(|kind| kind.at(path))?;
        Ok(Self { path: path.to_owned(), bytes, body })
    }

    fn recognise(bytes: &Arc<Bytes>) -> Result<Body, LogErrorKind> {
        if bytes.is_empty() {
            return Err(LogErrorKind::Empty);
        }
        if blg::is_trace_file(bytes) {
            return blg::BlgLog::open(bytes, &mut |end| bytes.release(end)).map(Body::Blg);
        }
        #[cfg(feature = "parquet")]
        if bytes.starts_with(parquet::MAGIC) {
            return parquet::ParquetLog::open(bytes).map(|log| Body::Parquet(Box::new(log)));
        }
        if let Some(log) = get_counter::GetCounterLog::open(bytes) {
            return Ok(Body::GetCounter(log));
        }
        pdh_text::TextLog::open(bytes).map(Body::Text)
    }

    /// The path of the log.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// File size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The detected format.
    #[must_use]
    pub fn format(&self) -> Format {
        match &self.body {
            Body::Blg(_) => Format::Blg,
            Body::Text(text) if text.is_tab_separated() => Format::PdhTsv,
            Body::Text(_) => Format::PdhCsv,
            Body::GetCounter(log) => log.format(),
            #[cfg(feature = "parquet")]
            Body::Parquet(_) => Format::Parquet,
        }
    }

    /// Information about the machine and the logging.
    #[must_use]
    pub fn info(&self) -> &LogInfo {
        match &self.body {
            Body::Blg(log) => log.info(),
            Body::Text(log) => log.info(),
            Body::GetCounter(log) => log.info(),
            #[cfg(feature = "parquet")]
            Body::Parquet(log) => log.info(),
        }
    }

    /// Reads the data of a [`Query`] or a [`Selection`], in order of time within each logging session.
    ///
    /// # Errors
    /// If the file contains no sample that can be decoded. If some samples are readable, damage is reported in
    /// [`Contents::warnings`].
    pub fn read<'q>(&self, query: impl Into<Query<'q>>, sink: &mut dyn Sink) -> Result<Contents, LogError> {
        let query = &query.into();
        let mut before = 0;
        let mut release = |end: usize| {
            self.bytes.release(end);
            progress::add(end.saturating_sub(before) as u64);
            before = end;
        };
        let read = match &self.body {
            Body::Blg(log) => {
                let mut read = |sink: &mut dyn Sink| log.read(&self.bytes, query, sink, &mut release);
                if self.bytes.len() < READ_AHEAD { read(sink) } else { pipe::read_ahead(read, sink) }
            }
            Body::Text(log) => log.read(&self.bytes, query, sink, &mut release),
            Body::GetCounter(log) => log.read(&self.bytes, query, sink),
            #[cfg(feature = "parquet")]
            Body::Parquet(log) => log.read(query, sink),
        };
        read.map_err(|kind| kind.at(&self.path))
    }

    /// Reads the data of a query into memory.
    ///
    /// ```no_run
    /// use perfverdict::log::{Log, Selection};
    ///
    /// let log = Log::open("server.blg")?;
    /// for sample in log.samples(Selection::All)?.iter() {
    ///     for (path, value) in sample.values() {
    ///         println!("{} {path} {value}", sample.time);
    ///     }
    /// }
    /// # Ok::<(), perfverdict::log::LogError>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`Log::read`].
    pub fn samples<'q>(&self, query: impl Into<Query<'q>>) -> Result<Samples, LogError> {
        let mut samples = Samples::default();
        samples.contents = self.read(query, &mut samples)?;
        Ok(samples)
    }

    /// Writes .blg files as one, with the samples that a query picks, record by record. Returns their number; `None`,
    /// with nothing written, for other formats and for logs that do not fit into one.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub(crate) fn copy_blgs(
        logs: &[Self],
        query: &Query<'_>,
        file_name: &str,
        out: impl Write + Seek,
    ) -> io::Result<Option<u64>> {
        fn source(log: &Log) -> Option<(&[u8], &blg::BlgLog)> {
            match &log.body {
                Body::Blg(blg) => Some((&log.bytes, blg)),
                _ => None,
            }
        }
        match logs.iter().map(source).collect::<Option<Vec<_>>>() {
            Some(sources) => blg::BlgLog::copy(&sources, query, file_name, out),
            None => Ok(None),
        }
    }

    /// Bytes that identify this log, independent of its path and its growth.
    #[cfg(feature = "parquet")]
    pub(crate) fn identity(&self) -> Vec<u8> {
        match &self.body {
            Body::Blg(log) => log.identity(),
            // The schema and row groups are at the end.
            Body::Parquet(_) => self.bytes[self.bytes.len().saturating_sub(1 << 14)..].to_vec(),
            // The header and the first row.
            Body::Text(_) | Body::GetCounter(_) => {
                self.bytes.split_inclusive(|b| *b == b'\n').take(2).flatten().copied().collect()
            }
        }
    }

    /// The log's name tables: machine, and its names by Perflib index.
    pub(crate) fn name_tables(&self) -> Vec<(String, Vec<(u32, String)>)> {
        match &self.body {
            Body::Blg(log) => log.name_tables(),
            _ => Vec::new(),
        }
    }

    /// The name of a Perflib index in the language of a computer, if in the log.
    pub(crate) fn name(&self, machine: &str, index: u32) -> Option<&str> {
        match &self.body {
            Body::Blg(log) => log.name(machine, index),
            _ => None,
        }
    }

    /// The machine facts of the log, for the header of another .blg.
    pub(crate) fn writer_options(&self, file_name: &str) -> WriterOptions {
        match &self.body {
            Body::Blg(log) => log.writer_options(file_name),
            _ => WriterOptions {
                os_version: (0, 0, 0),
                zone: self.info().zone.clone().unwrap_or_else(|| zone::Zone::fixed("", 0)),
                boot: FileTime::default(),
                perf_frequency: crate::base::time::TICKS_PER_SECOND,
                log_guid: blg::writer::guid_of(self.path.as_os_str().as_encoded_bytes()),
                file_name: file_name.to_owned(),
                circular_bytes: None,
            },
        }
    }

    /// Damage that is known before reading.
    pub(crate) fn damage(&self) -> &[LogWarning] {
        match &self.body {
            Body::Blg(log) => log.warnings(),
            _ => &[],
        }
    }
}

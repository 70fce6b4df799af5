//! The binary log (.blg), read without Windows.
//!
//! A .blg is an ETW trace file: a sequence of fixed-size buffers (`buffer`) of events (`event`), the first of which is
//! the log header (`header`). PDH logs four kinds of events: name tables (`names`), catalogs (`catalog`), samples, and
//! a summary that readers do not need. Large records are split into parts (`records`). A sample has one record for each
//! catalog entry (`decode`): one counter, one counter of many instances (`wildcard`), or a whole object (`object`,
//! `perflib`).

mod buffer;
mod bytes;
mod catalog;
mod columns;
mod copy;
mod decode;
mod event;
mod header;
mod instances;
mod layout;
mod names;
mod object;
mod perflib;
mod records;
mod wildcard;
pub mod writer;

use std::io::{self, Seek, Write};

use super::error::LogErrorKind;
use super::info::LogInfo;
use super::select::Query;
use super::sink::{Contents, Sink};
use super::warning::LogWarning;
use super::zone::Zone;
use crate::base::time::ClockZone;
use writer::WriterOptions;

/// Whether a file is an ETW trace file, of which a .blg is one kind.
#[must_use]
pub fn is_trace_file(file: &[u8]) -> bool {
    buffer::buffer_size(file).is_some()
}

/// An open .blg: its header and the index of its samples. The caller keeps the bytes.
pub struct BlgLog {
    index: records::Index,
    zone: Zone,
    info: LogInfo,
    perf_frequency: i64,
}

impl BlgLog {
    /// Indexes a file. Calls `done` with the number of bytes that are not needed soon.
    ///
    /// # Errors
    /// If it has no counters, or no catalog with their names.
    pub fn open(file: &[u8], done: &mut dyn FnMut(usize)) -> Result<Self, LogErrorKind> {
        let header = header::LogHeader::parse(file).ok_or_else(|| LogErrorKind::NotALog {
            found: "an ETW log header that is cut off or damaged (copy the whole file again)".to_owned(),
        })?;
        let mut index = records::open(file, header.buffer_size, done)?;
        if header.events_lost > 0 || header.buffers_lost > 0 {
            index
                .warnings
                .push(LogWarning::DroppedByLogger { events: header.events_lost, buffers: header.buffers_lost });
        }
        if !header.closed {
            index.warnings.push(LogWarning::NotClosed);
        }
        let zone = header.zone.clone().unwrap_or_else(|| {
            index.warnings.push(LogWarning::NoTimeZone);
            Zone::fixed("", 0)
        });
        let (major, minor, build) = header.os_version;
        let info = LogInfo {
            // A log converted from one without a version has zeros here.
            os_version: (major > 0).then_some((major, minor, build)),
            pointer_bits: u32::try_from(header.pointer_size * 8).ok(),
            boot_time: header.boot,
            zone: (!zone.name.is_empty()).then(|| zone.clone()),
            circular: Some(header.is_circular()),
            max_bytes: header.max_bytes,
        };
        Ok(Self { index, zone, info, perf_frequency: header.perf_frequency })
    }

    /// Information from the header.
    #[must_use]
    pub fn info(&self) -> &LogInfo {
        &self.info
    }

    /// Reads all samples; `file` must be the bytes passed to [`BlgLog::open`].
    ///
    /// # Errors
    /// If no sample can be decoded.
    pub fn read(
        &self,
        file: &[u8],
        query: &Query<'_>,
        sink: &mut dyn Sink,
        done: &mut dyn FnMut(usize),
    ) -> Result<Contents, LogErrorKind> {
        let contents = decode::Decoder::new(file, &self.index, &self.zone, query, sink).run(done)?;
        // A log converted from one without a zone has a zone without a name.
        let zone = if self.info.zone.is_some() { ClockZone::Recorded } else { ClockZone::Unknown };
        Ok(Contents { zone, ..contents })
    }

    /// Writes logs as one, with the samples that a query picks, record by record.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn copy(
        logs: &[(&[u8], &Self)],
        query: &Query<'_>,
        file_name: &str,
        out: impl Write + Seek,
    ) -> io::Result<Option<u64>> {
        let Some((_, first)) = logs.first() else { return Ok(None) };
        let sources = logs.iter().map(|(file, log)| copy::Source { file, index: &log.index, zone: &log.zone });
        copy::copy(&sources.collect::<Vec<_>>(), query, first.writer_options(file_name), out)
    }

    /// Bytes that identify this log: its GUIDs, its machine's boot, its catalogs' times.
    #[cfg(feature = "parquet")]
    pub fn identity(&self) -> Vec<u8> {
        let boot = self.info.boot_time.unwrap_or_default().0.to_le_bytes();
        let own = self.index.catalogs.iter().flat_map(|c| c.log.into_iter().chain(c.time().to_le_bytes()));
        boot.into_iter().chain(own).collect()
    }

    /// The name tables: machine, and its names by Perflib index.
    #[must_use]
    pub fn name_tables(&self) -> Vec<(String, Vec<(u32, String)>)> {
        self.index.names.tables()
    }

    /// The name of a Perflib index in the language of a computer.
    pub(super) fn name(&self, machine: &str, index: u32) -> Option<&str> {
        self.index.names.get(machine, index)
    }

    /// The machine facts of this log, for another log of the machine.
    pub(super) fn writer_options(&self, file_name: &str) -> WriterOptions {
        WriterOptions {
            os_version: self.info.os_version.unwrap_or_default(),
            zone: self.zone.clone(),
            boot: self.info.boot_time.unwrap_or_default(),
            perf_frequency: self.perf_frequency,
            log_guid: self.index.catalogs.first().map_or([0; 16], |catalog| catalog.log),
            file_name: file_name.to_owned(),
            circular_bytes: None,
        }
    }

    /// Damage found in the file.
    #[must_use]
    pub fn warnings(&self) -> &[LogWarning] {
        &self.index.warnings
    }
}

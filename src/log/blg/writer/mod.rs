//! Writes sequential and circular .blg files in the format of Vista and later.
//!
//! The layout follows logs of 64-bit Windows 8 and 10: private logger, header buffer, then buffers that are filled
//! until the next event no longer fits. No sample of a *circular* log was available; here the header, name tables and
//! catalog come before the part that is overwritten, as the header's "start buffers" field suggests.

mod catalog;
mod header;
mod perflib;
mod put;
mod record;

use std::io::{self, Seek, SeekFrom, Write};

pub use super::catalog::Entry;
pub use perflib::{CounterDefinition, ObjectBlock, ObjectInstance};
pub use record::{Record, WildcardItem};

use super::bytes::pad8;
use super::layout::{
    BUFFER_HEADER, BUFFER_SIZE, EVENT_CATALOG, EVENT_DATA, EVENT_HEADER, EVENT_NAMES, PART_SIZE, PDH_EVENT_GUID,
};
use crate::base::time::{FileTime, ZonedTime};
use crate::log::zone::Zone;

/// Flags of a buffer that is followed by others.
const BUFFER_FULL: u16 = 0x20;
/// Flags of the last buffer of a session.
const BUFFER_LAST: u16 = 0x21;

/// Facts about the writing machine for the log header.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// Windows version: major, minor, build.
    pub os_version: (u8, u8, u32),
    /// Time zone of the machine.
    pub zone: Zone,
    /// Boot time of the machine, UTC.
    pub boot: FileTime,
    /// Ticks per second of the performance counter.
    pub perf_frequency: i64,
    /// GUID that identifies the log.
    pub log_guid: [u8; 16],
    /// File name in the header.
    pub file_name: String,
    /// Maximum file size of a circular log, bytes; `None` for a sequential one.
    pub circular_bytes: Option<u64>,
}

/// A GUID for a log, derived from text that is unique to it: the same text results in the same GUID.
#[must_use]
pub fn guid_of(text: &[u8]) -> [u8; 16] {
    // FNV-1a, twice with different start values.
    let hash = |start: u64| text.iter().fold(start, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01B3));
    let mut guid = [0; 16];
    guid[..8].copy_from_slice(&hash(0xCBF2_9CE4_8422_2325).to_le_bytes());
    guid[8..].copy_from_slice(&hash(0x8422_2325_CBF2_9CE4).to_le_bytes());
    guid
}

/// Writes one log.
pub struct BlgWriter<W> {
    out: W,
    options: WriterOptions,
    start: ZonedTime,
    /// Events of the current buffer, without its header.
    events: Vec<u8>,
    /// Index of the next buffer in the file, and in time.
    next_place: u64,
    sequence: u64,
    /// First buffer that may be overwritten, and maximum number of buffers in the file.
    wrap: Option<(u64, u64)>,
    buffers: u64,
    last: ZonedTime,
    payload: Vec<u8>,
}

impl<W: Write + Seek> BlgWriter<W> {
    /// Starts a log: header, name tables (machine and pairs of index and name), catalog.
    ///
    /// # Errors
    /// If the output cannot be written, or if a circular log is too small for its catalog and at least two buffers of
    /// samples.
    pub fn new(
        out: W,
        options: WriterOptions,
        names: &[(String, Vec<(u32, String)>)],
        entries: &[Entry],
        start: ZonedTime,
    ) -> io::Result<Self> {
        let mut writer = Self::begin(out, options, start)?;
        // Time stamps are unique: each table is a microsecond earlier than the next event.
        let catalog_time = start.local().0 - 10;
        for (machine, table) in names {
            for payload in catalog::name_tables(machine, table) {
                writer.event(EVENT_NAMES, catalog_time - 10, (1, 1), &payload)?;
            }
        }
        writer.record(EVENT_CATALOG, catalog_time, &catalog::catalog(entries))?;
        writer.wrap()?;
        Ok(writer)
    }

    /// Starts a log with only its header.
    pub(super) fn begin(out: W, options: WriterOptions, start: ZonedTime) -> io::Result<Self> {
        let mut writer = Self {
            out,
            options,
            start,
            events: Vec::with_capacity(BUFFER_SIZE as usize),
            next_place: 1,
            sequence: 1,
            wrap: None,
            buffers: 1,
            last: start,
            payload: Vec::new(),
        };
        writer.header_buffer()?;
        Ok(writer)
    }

    /// From here on, a circular log overwrites its oldest buffers.
    fn wrap(&mut self) -> io::Result<()> {
        let Some(bytes) = self.options.circular_bytes else { return Ok(()) };
        self.flush_buffer(BUFFER_FULL)?;
        let limit = bytes / u64::from(BUFFER_SIZE);
        if limit < self.next_place + 2 {
            let needed = (self.next_place + 2) * u64::from(BUFFER_SIZE);
            let message = format!("a circular log of these counters needs at least {needed} bytes, not {bytes}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.wrap = Some((self.next_place, limit));
        Ok(())
    }

    /// Sets the sample time of the following events.
    pub(super) fn at(&mut self, time: ZonedTime) {
        self.last = time;
    }

    /// Writes one sample: a record for each catalog entry, in their order.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn sample(&mut self, time: ZonedTime, records: &[Record<'_>]) -> io::Result<()> {
        self.last = time;
        let mut payload = std::mem::take(&mut self.payload);
        record::sample(&mut payload, time, records);
        let written = self.record(EVENT_DATA, time.local().0, &payload);
        self.payload = payload;
        written
    }

    /// Size of the file so far in bytes, in whole buffers.
    pub fn bytes(&self) -> u64 {
        self.buffers * u64::from(BUFFER_SIZE)
    }

    /// Ends the log and returns the output.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        if !self.events.is_empty() {
            self.flush_buffer(BUFFER_LAST)?;
        }
        self.header_buffer()?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Splits a payload into parts, each an event.
    fn record(&mut self, kind: u8, time: i64, payload: &[u8]) -> io::Result<()> {
        let parts = u32::try_from(payload.len().div_ceil(PART_SIZE).max(1)).map_err(io::Error::other)?;
        for (part, bytes) in (1..).zip(payload.chunks(PART_SIZE)) {
            self.event(kind, time, (part, parts), bytes)?;
        }
        Ok(())
    }

    /// Writes one event: a whole record, or one part of it.
    pub(super) fn event(&mut self, kind: u8, time: i64, (part, parts): (u32, u32), payload: &[u8]) -> io::Result<()> {
        let size = EVENT_HEADER + payload.len();
        if BUFFER_HEADER + self.events.len() + pad8(size) > BUFFER_SIZE as usize {
            self.flush_buffer(BUFFER_FULL)?;
        }
        let e = &mut self.events;
        let start = e.len();
        let short = u16::try_from(size).map_err(io::Error::other)?;
        e.extend(short.to_le_bytes());
        e.extend([0x14, 0xC0, kind, 0, 0x3C, 0]);
        e.extend([0; 8]); // thread and process
        e.extend(time.to_le_bytes());
        e.extend(PDH_EVENT_GUID);
        e.extend(0_u32.to_le_bytes());
        e.extend(0x001A_0200_u32.to_le_bytes());
        e.extend(self.options.log_guid);
        e.extend(part.to_le_bytes());
        e.extend(parts.to_le_bytes());
        e.extend(payload);
        e.resize(start + pad8(size), 0);
        Ok(())
    }

    fn header_buffer(&mut self) -> io::Result<()> {
        let start_buffers = self.wrap.map_or(1, |(first, _)| first);
        let event = header::log_header(&self.options, self.start, self.last, self.buffers, start_buffers);
        let head = header::buffer_header(BUFFER_HEADER + event.len(), 0, 0, 4, 0);
        self.write_buffer(0, &head, &event)
    }

    fn flush_buffer(&mut self, flag: u16) -> io::Result<()> {
        let end = BUFFER_HEADER + self.events.len();
        let head = header::buffer_header(end, self.last.utc.0, self.sequence, 0, flag);
        let events = std::mem::take(&mut self.events);
        self.write_buffer(self.next_place, &head, &events)?;
        self.events = events;
        self.events.clear();
        self.sequence += 1;
        self.buffers = self.buffers.max(self.next_place + 1);
        self.next_place += 1;
        if let Some((first, limit)) = self.wrap
            && self.next_place >= limit
        {
            self.next_place = first;
        }
        Ok(())
    }

    fn write_buffer(&mut self, place: u64, head: &[u8], events: &[u8]) -> io::Result<()> {
        self.out.seek(SeekFrom::Start(place * u64::from(BUFFER_SIZE)))?;
        self.out.write_all(head)?;
        self.out.write_all(events)?;
        let padding = BUFFER_SIZE as usize - head.len() - events.len();
        self.out.write_all(&vec![0xFF; padding])
    }
}

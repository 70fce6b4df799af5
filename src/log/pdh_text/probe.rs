//! Samples rows of the whole file. They show what a single row cannot: the order of day and month, whether the rows are
//! in order of time, and what marks in numbers mean.

use super::csv_reader;
use super::header::{Header, TimeCells};
use super::record::Record;
use super::time;
use crate::base::grouping::{Evidence, Style};
use crate::base::time::FileTime;

/// What the sampled rows show.
pub struct Probed {
    /// The order of day and month: a file saved by a spreadsheet may have days first.
    pub order: time::Order,
    /// Whether the rows are unordered, for example sorted newest first.
    pub is_disordered: bool,
    /// The meaning of the marks in numbers, by wanted cell.
    pub styles: Vec<Style>,
}

/// Bytes after a probed position in which the next row must start.
const PROBED: usize = 1 << 18;
/// Number of positions in the file whose dates show the order of day and month.
const PROBES: usize = 2000;
/// Number of cells in which marks are counted, in all rows together, if numbers have commas: about 30 ms.
const MARKED_CELLS: usize = 300_000;
/// The same if none has, as in logs of Windows.
const UNMARKED_CELLS: usize = 30_000;

/// From this many backward steps between probed rows on, the rows are unordered: not just a clock change or an appended
/// log.
const DISORDER: usize = 8;

/// Samples rows of the whole file. `fields` are the positions of the wanted cells in a row.
pub fn probe(header: &Header, body: &[u8], fields: &[usize], done: &mut dyn FnMut(usize)) -> Probed {
    let step = (body.len() / PROBES).max(1);
    // With rows of one length, equal steps would always hit the same phase of an alternating pattern.
    let places = (0..body.len()).step_by(step).enumerate().map(|(n, at)| at + n * 7919 % step);
    let mut marks = Marks::new(header, fields);
    let mut cells: Vec<Vec<u8>> = Vec::new();
    for (number, at) in places.filter(|at| *at < body.len()).enumerate() {
        // Reading one row can load much of the file around it.
        done(header.body + at);
        let near = &body[at..body.len().min(at + PROBED)];
        let Some(begin) = (if at == 0 { Some(0) } else { memchr::memchr(b'\n', near).map(|end| end + 1) }) else {
            continue;
        };
        let row = &near[begin..];
        cells.extend(time_cell(row, header));
        marks.add(row, number);
    }
    let order = time::order_of(&cells);
    let times: Vec<FileTime> = cells.iter().filter_map(|cell| time::parse(cell, order)).collect();
    let is_disordered = times.windows(2).filter(|pair| pair[1] < pair[0]).count() > DISORDER;
    Probed { order, is_disordered, styles: marks.styles() }
}

/// The time of a row, without its quotes.
fn time_cell(row: &[u8], header: &Header) -> Option<Vec<u8>> {
    if header.time != TimeCells::default() {
        return time_cells(row, header);
    }
    let end = memchr::memchr2(header.separator, b'\n', row)?;
    let cell = row[..end].trim_ascii();
    Some(cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell).to_vec())
}

/// The time of a row that does not begin with it, or has it in two cells.
fn time_cells(text: &[u8], header: &Header) -> Option<Vec<u8>> {
    let row = &text[..memchr::memchr(b'\n', text)?];
    let mut record = csv::ByteRecord::new();
    csv_reader(header.separator).from_reader(row).read_byte_record(&mut record).ok()?;
    let mut cell = record.get(header.time.first)?.to_vec();
    if let Some(clock) = header.time.clock {
        cell.push(b' ');
        cell.extend_from_slice(record.get(clock)?);
    }
    Some(cell)
}

/// Collects what the numbers of each wanted column show about their marks.
struct Marks<'f> {
    fields: &'f [usize],
    separator: u8,
    width: usize,
    record: Record,
    /// Only every n-th row is used.
    step: usize,
    /// Number of cells that were looked at.
    seen: usize,
    has_commas: bool,
    columns: Vec<Evidence>,
}

impl<'f> Marks<'f> {
    fn new(header: &Header, fields: &'f [usize]) -> Self {
        let width = header.columns.len() + 1;
        Self {
            fields,
            separator: header.separator,
            width,
            record: Record::new(header.separator, width),
            step: (PROBES * width).div_ceil(MARKED_CELLS),
            seen: 0,
            has_commas: false,
            columns: vec![Evidence::default(); fields.len()],
        }
    }

    fn add(&mut self, row: &[u8], number: usize) {
        if self.fields.is_empty() || !number.is_multiple_of(self.step) {
            return;
        }
        // Of a row that is longer than what was loaded, or has no end, the last cell can be cut.
        let end = memchr::memchr(b'\n', row).or_else(|| memchr::memrchr(self.separator, row)).unwrap_or(0);
        let row = &row[..end];
        let between_cells = if self.separator == b',' { self.width - 1 } else { 0 };
        self.has_commas = self.has_commas || memchr::memchr_iter(b',', row).nth(between_cells).is_some();
        if !self.has_commas && self.seen > UNMARKED_CELLS {
            return;
        }
        self.seen += self.width;
        self.record.read(row);
        for (evidence, &field) in self.columns.iter_mut().zip(self.fields) {
            if let Some(cell) = self.record.get(field) {
                evidence.add(cell);
            }
        }
    }

    fn styles(&self) -> Vec<Style> {
        let mut file = Evidence::default();
        self.columns.iter().for_each(|column| file.add_all(column));
        self.columns.iter().map(|column| column.style(&file, self.separator)).collect()
    }
}

//! Rows: a piece of the body turned into times and cells.

use std::ops::Range;

use super::csv_reader;
use super::number::{Number, parse_cell};
use super::scan::{Places, Scanner};
use super::time::{self, Order};
use crate::log::moment::FileTime;
use crate::log::sink::Cell;

/// Line numbers that a warning shows; the rest are counted.
const LINES_SHOWN: usize = 5;

/// Rows that share a defect.
#[derive(Default)]
pub struct Rows {
    pub count: u64,
    /// Where the first ones begin in the body.
    pub shown: Vec<usize>,
}

impl Rows {
    pub fn add(&mut self, at: usize) {
        self.count += 1;
        if self.shown.len() < LINES_SHOWN {
            self.shown.push(at);
        }
    }

    /// Takes in those of a later piece.
    pub fn append(&mut self, later: Self) {
        self.count += later.count;
        self.shown.extend(later.shown);
        self.shown.truncate(LINES_SHOWN);
    }

    pub fn warn(&self, body: &[u8], warnings: &mut Vec<String>, what: &str) {
        if self.count > 0 {
            let lines: Vec<String> = self.shown.iter().map(|at| line_number(body, *at).to_string()).collect();
            let more = if self.count > self.shown.len() as u64 { ", …" } else { "" };
            warnings.push(format!("{} {what}: line {}{more}", self.count, lines.join(", ")));
        }
    }
}

/// The line, counted from the header's 1, at an offset in the body.
pub fn line_number(body: &[u8], at: usize) -> usize {
    memchr::memchr_iter(b'\n', &body[..at.min(body.len())]).count() + 2
}

/// How to read a row.
pub struct Plan {
    pub separator: u8,
    /// Cells of a row, the time included.
    pub width: usize,
    pub order: Order,
    /// Places of the wanted cells in a row, ascending; the n-th is of column n.
    pub fields: Vec<usize>,
    /// Whether the body ends within a row.
    pub is_cut: bool,
}

/// What a piece of the body holds.
#[derive(Default)]
pub struct Piece {
    /// Place in the body, local time, and the end of its cells.
    pub rows: Vec<(usize, FileTime, usize)>,
    pub cells: Vec<Cell>,
    pub timeless: Rows,
    pub uneven: Rows,
    pub no_number: Rows,
    pub minus_one: Rows,
}

impl Piece {
    fn end_row(&mut self, at: usize, local: FileTime, (no_number, minus_one): (bool, bool)) {
        if no_number {
            self.no_number.add(at);
        }
        if minus_one {
            self.minus_one.add(at);
        }
        self.rows.push((at, local, self.cells.len()));
    }
}

/// Reads rows.
pub struct RowReader<'p> {
    plan: &'p Plan,
    scanner: Scanner,
}

impl<'p> RowReader<'p> {
    pub fn new(plan: &'p Plan) -> Self {
        let fields = std::iter::once(0).chain(plan.fields.iter().copied());
        Self { plan, scanner: Scanner::new(plan.separator, plan.width, fields) }
    }

    /// Reads the rows that begin in a range of the body.
    pub fn read(&self, body: &[u8], range: Range<usize>) -> Piece {
        let mut piece = Piece::default();
        let mut places = Places::default();
        // The row that a range begins within belongs to the range before.
        let mut at = match range.start {
            0 => 0,
            start => memchr::memchr(b'\n', &body[start - 1..]).map_or(body.len(), |newline| start + newline),
        };
        while at < range.end {
            let rest = &body[at..];
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let row = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            let is_cut = self.plan.is_cut && at + end >= body.len();
            self.row(row, at, is_cut, &mut places, &mut piece);
            at += end + 1;
        }
        piece
    }

    fn row(&self, row: &[u8], at: usize, is_cut: bool, places: &mut Places, piece: &mut Piece) {
        if !is_cut && self.scanner.scan(row, places) {
            let mark = piece.cells.len();
            if self.cells(self.scanner.cells(row, places), at, piece) {
                return;
            }
            piece.cells.truncate(mark);
        }
        self.odd_row(row, at, is_cut, piece);
    }

    /// Takes the time and the wanted cells. `false`, with nothing counted, when a quote is odd.
    fn cells<'r>(&self, mut cells: impl Iterator<Item = Option<&'r [u8]>>, at: usize, piece: &mut Piece) -> bool {
        let Some(Some(first)) = cells.next() else { return false };
        let Some(local) = time::parse(first, self.plan.order) else { return false };
        let mut odd = (false, false);
        for (column, cell) in cells.enumerate() {
            let Some(cell) = cell else { return false };
            self.cell(column, cell, &mut odd, piece);
        }
        piece.end_row(at, local, odd);
        true
    }

    fn cell(&self, column: usize, cell: &[u8], (no_number, minus_one): &mut (bool, bool), piece: &mut Piece) {
        match parse_cell(cell, self.plan.separator != b',') {
            Number::Value(value) => piece.cells.push(Cell { column, value }),
            Number::Blank => {}
            Number::MinusOne => *minus_one = true,
            Number::None => *no_number = true,
        }
    }

    /// Any other row, by the CSV parser. A record never spans lines, so that one lost quote costs one row.
    fn odd_row(&self, row: &[u8], at: usize, is_cut: bool, piece: &mut Piece) {
        let mut record = csv::ByteRecord::new();
        if !matches!(csv_reader(self.plan.separator).from_reader(row).read_byte_record(&mut record), Ok(true)) {
            return;
        }
        let Some(local) = record.get(0).and_then(|cell| time::parse(cell, self.plan.order)) else {
            if !record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                piece.timeless.add(at);
            }
            return;
        };
        if record.len() != self.plan.width {
            piece.uneven.add(at);
        }
        // The last cell of a file that was cut may lack digits.
        let whole = if is_cut { record.len() - 1 } else { record.len() };
        let mut odd = (false, false);
        for (column, &field) in self.plan.fields.iter().enumerate() {
            match record.get(field).filter(|_| field < whole) {
                Some(cell) => self.cell(column, cell, &mut odd, piece),
                None => break,
            }
        }
        piece.end_row(at, local, odd);
    }
}

//! Rows: converts a piece of the body into times and cells.

use std::ops::Range;

use super::header::TimeCells;
use super::number::{Number, is_no_value, parse_cell};
use super::record::Record;
use super::scan::{Places, Scanner};
use super::time::{self, Order};
use crate::base::grouping::{self, Meaning, Reading, Style};
use crate::base::time::FileTime;
use crate::log::sink::Cell;
use crate::log::warning::{Counted, RowDefect};

/// The line number of an offset in the body; the header is line 1.
pub fn line_number(body: &[u8], at: usize) -> usize {
    memchr::memchr_iter(b'\n', &body[..at.min(body.len())]).count() + 2
}

/// The layout of a row.
pub struct Plan {
    pub separator: u8,
    /// Number of cells in a row, including the time.
    pub width: usize,
    pub order: Order,
    pub time: TimeCells,
    /// Positions of the wanted cells in a row, ascending; the n-th belongs to column n.
    pub fields: Vec<usize>,
    /// The meaning of the marks in numbers, by wanted cell.
    pub styles: Vec<Style>,
    /// Whether the body ends within a row.
    pub is_cut: bool,
    /// Whether the last column is not a counter, and so is a description if its rows are blank.
    pub ends_in_description: bool,
}

/// Whether a row is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowEnd {
    Whole,
    /// The file ends within the row.
    Cut,
}

/// Content of a piece of the body.
#[derive(Default)]
pub struct Piece {
    /// Position in the body, local time, and the end of its cells.
    pub rows: Vec<(usize, FileTime, usize)>,
    pub cells: Vec<Cell>,
    /// Offsets in the body of rows with a defect; the same applies to the next fields.
    pub timeless: Counted<usize>,
    pub uneven: Counted<usize>,
    /// The same by [`ODD_CELLS`].
    pub odd_cells: [Counted<usize>; ODD_CELLS.len()],
    /// Number of rows with values beyond the header's columns.
    pub longer: u64,
    /// Whether a row has text in the column of the description.
    pub described: bool,
}

impl Piece {
    /// Adds the defects of a later piece.
    pub fn add_defects(&mut self, later: Self) {
        self.timeless.append(later.timeless);
        self.uneven.append(later.uneven);
        for (rows, later) in self.odd_cells.iter_mut().zip(later.odd_cells) {
            rows.append(later);
        }
        self.longer += later.longer;
        self.described |= later.described;
    }

    fn end_row(&mut self, at: usize, local: FileTime, odd: OddCells) {
        for (rows, is_odd) in self.odd_cells.iter_mut().zip(odd) {
            if is_odd {
                rows.add(at);
            }
        }
        self.rows.push((at, local, self.cells.len()));
    }
}

/// Buffers that are reused from row to row.
struct Work {
    places: Places,
    record: Record,
}

impl Work {
    fn new(plan: &Plan) -> Self {
        Self { places: Places::default(), record: Record::new(plan.separator, plan.width) }
    }
}

/// Maximum length in bytes of a row without its cells, and of a cell: far above any real log.
const LONGEST_ROW: usize = 1 << 16;
const LONGEST_CELL: usize = 1 << 10;

/// Whether the last cell of a row is blank.
fn ends_in_blank(row: &[u8], separator: u8) -> bool {
    let last = memchr::memrchr(separator, row).map_or(row, |at| &row[at + 1..]);
    last.iter().all(|byte| byte.is_ascii_whitespace() || *byte == b'"')
}

/// The defects that cells of a row can have.
pub const ODD_CELLS: [RowDefect; 5] = [
    RowDefect::NotANumber,
    RowDefect::MinusOne,
    RowDefect::CommaOfThousands,
    RowDefect::DecimalComma,
    RowDefect::PointOfThousands,
];

/// Which of [`ODD_CELLS`] a row has.
type OddCells = [bool; ODD_CELLS.len()];

fn note(odd: &mut OddCells, defect: RowDefect) {
    for (is_odd, of) in odd.iter_mut().zip(ODD_CELLS) {
        *is_odd |= of == defect;
    }
}

/// Reads rows.
pub struct RowReader<'p> {
    plan: &'p Plan,
    scanner: Scanner,
    /// Whether a point can be between groups of digits.
    points_group: bool,
}

impl<'p> RowReader<'p> {
    pub fn new(plan: &'p Plan) -> Self {
        let fields = std::iter::once(plan.time.first).chain(plan.time.clock).chain(plan.fields.iter().copied());
        let points_group = plan.styles.iter().any(|style| style.point == Meaning::Thousands);
        Self { plan, scanner: Scanner::new(plan.separator, plan.width, fields), points_group }
    }

    /// Reads the rows that start in a range of the body.
    pub fn read(&self, body: &[u8], range: Range<usize>) -> Piece {
        let mut piece = Piece::default();
        let mut work = Work::new(self.plan);
        // A row that starts before the range belongs to the previous range.
        let mut at = match range.start {
            0 => 0,
            start => memchr::memchr(b'\n', &body[start - 1..range.end]).map_or(body.len(), |newline| start + newline),
        };
        while at < range.end {
            at = self.row_at(body, at, &mut work, &mut piece);
        }
        piece
    }

    /// Reads the rows that start at these positions of the body.
    pub fn read_at(&self, body: &[u8], places: &[usize]) -> Piece {
        let mut piece = Piece::default();
        let mut work = Work::new(self.plan);
        for &at in places {
            self.row_at(body, at, &mut work, &mut piece);
        }
        piece
    }

    /// Reads the row at a position of the body; returns the start of the next.
    fn row_at(&self, body: &[u8], at: usize, work: &mut Work, piece: &mut Piece) -> usize {
        let rest = &body[at..];
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let row = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        if self.plan.ends_in_description && !piece.described && !ends_in_blank(row, self.plan.separator) {
            work.record.read(row);
            let last = work.record.get(self.plan.width - 1);
            piece.described = last.is_some_and(|cell| !cell.trim_ascii().is_empty());
        }
        let is_last = self.plan.is_cut && at + end >= body.len();
        self.row(row, at, if is_last { RowEnd::Cut } else { RowEnd::Whole }, work, piece);
        at + end + 1
    }

    fn row(&self, row: &[u8], at: usize, end: RowEnd, work: &mut Work, piece: &mut Piece) {
        let places = &mut work.places;
        if end == RowEnd::Whole && self.scanner.scan(row, places) {
            let mark = piece.cells.len();
            if self.cells(self.scanner.cells(row, places), at, piece) {
                return;
            }
            piece.cells.truncate(mark);
        }
        self.odd_row(row, at, end, &mut work.record, piece);
    }

    /// Reads the time and the wanted cells. `false`, with nothing counted, if a quote does not match.
    fn cells<'r>(&self, mut cells: impl Iterator<Item = Option<&'r [u8]>>, at: usize, piece: &mut Piece) -> bool {
        let Some(Some(first)) = cells.next() else { return false };
        let local = match self.plan.time.clock {
            None => time::parse(first, self.plan.order),
            Some(_) => cells.next().flatten().and_then(|clock| self.joined_time(first, clock)),
        };
        let Some(local) = local else { return false };
        let mut odd = OddCells::default();
        for (column, cell) in cells.enumerate() {
            let Some(cell) = cell else { return false };
            self.cell(column, cell, &mut odd, piece);
        }
        piece.end_row(at, local, odd);
        true
    }

    #[inline]
    fn cell(&self, column: usize, cell: &[u8], odd: &mut OddCells, piece: &mut Piece) {
        match parse_cell(cell) {
            Number::Value(value) if !self.points_group => piece.cells.push(Cell { column, value }),
            Number::Blank => {}
            number => self.odd_cell(column, cell, number, odd, piece),
        }
    }

    /// Adds a cell in a form that Windows does not write, or a value in a file with grouped points.
    #[cold]
    fn odd_cell(&self, column: usize, cell: &[u8], number: Number, odd: &mut OddCells, piece: &mut Piece) {
        if number == Number::MinusOne {
            return note(odd, RowDefect::MinusOne);
        }
        let style = self.plan.styles.get(column).copied().unwrap_or(Style::DECIMAL);
        let Some(Reading { value, comma, point }) = grouping::parse(cell, style) else {
            return note(odd, RowDefect::NotANumber);
        };
        if is_no_value(value) {
            return note(odd, RowDefect::MinusOne);
        }
        match comma {
            Some(Meaning::Decimal) => note(odd, RowDefect::DecimalComma),
            Some(Meaning::Thousands) => note(odd, RowDefect::CommaOfThousands),
            None => {}
        }
        if point == Some(Meaning::Thousands) {
            note(odd, RowDefect::PointOfThousands);
        }
        piece.cells.push(Cell { column, value });
    }

    /// The time of a date and a time of day in two cells.
    fn joined_time(&self, date: &[u8], clock: &[u8]) -> Option<FileTime> {
        time::parse(&[date, b" ", clock].concat(), self.plan.order)
    }

    /// Reads other rows with the CSV parser. A record never spans lines, so a lost quote costs one row.
    fn odd_row(&self, row: &[u8], at: usize, end: RowEnd, record: &mut Record, piece: &mut Piece) {
        if row.len() > LONGEST_CELL * self.plan.width + LONGEST_ROW {
            piece.timeless.add(at);
            return;
        }
        record.read(row);
        // If a truncated row is only a time, the time may be incomplete.
        let TimeCells { first, clock } = self.plan.time;
        let last = clock.unwrap_or(first);
        let time_cell = record.get(first).filter(|_| end == RowEnd::Whole || record.len() > last + 1);
        let local = time_cell.and_then(|cell| match clock {
            None => time::parse(cell, self.plan.order),
            Some(clock) => self.joined_time(cell, record.get(clock)?),
        });
        let Some(local) = local else {
            if !record.is_blank() {
                piece.timeless.add(at);
            }
            return;
        };
        if record.len() != self.plan.width {
            piece.uneven.add(at);
        }
        // With more cells than names, the header lacks one, and all later values would be in the wrong column.
        if (self.plan.width..record.len()).any(|cell| record.get(cell).is_some_and(|c| !c.trim_ascii().is_empty())) {
            piece.longer += 1;
        }
        // The last cell of a truncated file may lack digits. An editor that drops the last line end keeps all cells,
        // and writes no quotes.
        let believed = end == RowEnd::Whole || (record.len() == self.plan.width && !row.contains(&b'"'));
        let whole = if believed { record.len() } else { record.len().saturating_sub(1) };
        let mut odd = OddCells::default();
        for (column, &field) in self.plan.fields.iter().enumerate() {
            match record.get(field).filter(|_| field < whole) {
                Some(cell) => self.cell(column, cell, &mut odd, piece),
                None => break,
            }
        }
        piece.end_row(at, local, odd);
    }
}

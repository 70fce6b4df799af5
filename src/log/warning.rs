//! Losses and irregularities in a log, each with its position in the file.

use std::fmt;

use crate::base::units::{counted, times};

/// Maximum number of items of one kind to keep; all are counted.
const KEPT: usize = 5;

/// The number of items of one kind, and the first few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted<T> {
    /// Number of all items.
    pub count: u64,
    /// The first items.
    pub first: Vec<T>,
}

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Self { count: 0, first: Vec::new() }
    }
}

impl<T> Counted<T> {
    /// Adds an item.
    pub fn add(&mut self, thing: T) {
        self.count += 1;
        if self.first.len() < KEPT {
            self.first.push(thing);
        }
    }

    /// Adds the items of a later part of the file.
    pub fn append(&mut self, later: Self) {
        self.count += later.count;
        self.first.extend(later.first);
        self.first.truncate(KEPT);
    }

    /// The same with converted items; `None` if there are none.
    pub fn some<U>(&self, place: impl Fn(&T) -> U) -> Option<Counted<U>> {
        (self.count > 0).then(|| Counted { count: self.count, first: self.first.iter().map(place).collect() })
    }

    fn number(&self, one: &str, many: &str) -> String {
        number(self.count, one, many)
    }

    fn list(&self, separator: &str) -> String
    where
        T: fmt::Display,
    {
        let shown: Vec<String> = self.first.iter().map(ToString::to_string).collect();
        let more = if self.count > self.first.len() as u64 { format!("{separator}…") } else { String::new() };
        shown.join(separator) + &more
    }
}

impl<T> FromIterator<T> for Counted<T> {
    fn from_iter<I: IntoIterator<Item = T>>(things: I) -> Self {
        let mut all = Self::default();
        things.into_iter().for_each(|thing| all.add(thing));
        all
    }
}

fn number(count: u64, one: &str, many: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), one, many)
}

/// Damage in a .blg, with its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A structure that cannot be read.
    Structure {
        /// Offset in the file.
        offset: usize,
        /// The problem at this offset.
        what: &'static str,
    },
    /// A structure within a sample's record cannot be read.
    InSample {
        /// Offset of the record in the file.
        offset: usize,
        /// Offset in the record.
        byte: usize,
        /// The problem at this offset.
        what: &'static str,
    },
    /// A part of a record has an impossible number.
    PartNumber {
        /// Offset in the file.
        offset: usize,
        /// Number of the part.
        part: u32,
        /// Number of parts that it states.
        parts: u32,
    },
    /// A record with missing parts.
    Incomplete {
        /// Offset of the first existing part in the file.
        offset: usize,
        /// Number of existing parts.
        found: usize,
        /// Number of all parts.
        parts: u32,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Structure { offset, what } => write!(f, "offset 0x{offset:x}: {what}"),
            Self::InSample { offset, byte, what } => {
                write!(f, "offset 0x{offset:x}, byte {byte} of the record: {what}")
            }
            Self::PartNumber { offset, part, parts } => {
                write!(f, "offset 0x{offset:x}: impossible part {part} of {parts}")
            }
            Self::Incomplete { offset, found, parts } => write!(f, "offset 0x{offset:x}: {found} of {parts} parts"),
        }
    }
}

/// A sample whose records match no catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordCounts {
    /// Number of records in the sample.
    pub records: usize,
    /// Number of entries in its catalog.
    pub entries: usize,
}

impl fmt::Display for RecordCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records for a catalog of {} entries", self.records, self.entries)
    }
}

/// A defect of rows in a text log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowDefect {
    /// The first cell is not a time.
    NoTime,
    /// The number of cells differs from the header.
    Width {
        /// Number of cells in the header.
        cells: usize,
    },
    /// A cell is not a number.
    NotANumber,
    /// A cell is -1, which means no value.
    MinusOne,
    /// A comma, as in `1,000`, was read as the mark between thousands.
    CommaOfThousands,
    /// A comma, as in `1,000`, was read as the decimal mark.
    DecimalComma,
    /// A point, as in `1.000`, was read as the mark between thousands.
    PointOfThousands,
    /// The time equals that of the row before.
    SameTime,
    /// The time goes back one hour.
    HourBack,
    /// The time skips one hour.
    HourForward,
}

/// A loss or irregularity in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogWarning {
    /// Another program has the file open.
    BeingWritten,
    /// No time zone is recorded.
    NoTimeZone,
    /// The name of the time zone is cut.
    ZoneNameCut {
        /// The zone that was found.
        name: String,
    },
    /// Samples are earlier than the one before.
    TimesRunBackwards {
        /// Number of such samples.
        count: usize,
    },
    /// Samples with times that do not exist.
    ImpossibleTimes {
        /// Number of such samples.
        count: usize,
    },
    /// The last buffer is incomplete.
    CutOff {
        /// Number of missing bytes.
        missing_bytes: usize,
    },
    /// The logger did not close the log.
    NotClosed,
    /// The logger was too slow and dropped data.
    DroppedByLogger {
        /// Number of dropped events.
        events: u32,
        /// Number of dropped buffers.
        buffers: u32,
    },
    /// Buffers without a header.
    UnreadableBuffers(Counted<Damage>),
    /// Events that extend beyond their buffers.
    DamagedEvents(Counted<Damage>),
    /// Records with missing parts.
    IncompleteRecords(Counted<Damage>),
    /// Samples that are only partly readable.
    DamagedSamples(Counted<Damage>),
    /// Samples of a log whose catalog is not in the file.
    SamplesWithoutCatalog {
        /// Number of samples.
        count: usize,
    },
    /// Samples that match no catalog.
    SamplesThatFitNoCatalog(Counted<RecordCounts>),
    /// Records of an unknown kind.
    UnknownRecords {
        /// Kind of the records.
        kind: u8,
        /// Number of records.
        count: u64,
    },
    /// Defective rows of a text log, by line.
    Rows {
        /// Kind of the defect.
        defect: RowDefect,
        /// Line numbers.
        lines: Counted<usize>,
    },
    /// Rows that are not in order of time.
    RowsOutOfOrder,
    /// Columns that are not counter paths.
    NotCounterPaths(Counted<String>),
    /// Rows of a Get-Counter export with an unreadable time.
    UnreadableTimes {
        /// Number of rows.
        count: u64,
        /// The first such time.
        found: String,
    },
    /// An export of Get-Counter ends within a reading, or a Parquet file is damaged behind its first rows.
    FileCutOff,
    /// Readings of a Get-Counter export that are not numbers.
    ReadingsNotNumbers {
        /// Number of readings.
        count: u64,
    },
    /// Readings of a Get-Counter export without a counter path.
    ReadingsWithoutPath {
        /// Number of readings.
        count: u64,
    },
}

impl fmt::Display for LogWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeingWritten => {
                f.write_str("another program is writing to this file: samples that it still has in memory are missing")
            }
            Self::NoTimeZone => f.write_str("no time zone is recorded: times are those of the machine's clock, whose distance from UTC is not known"),
            Self::ZoneNameCut { name } => {
                write!(f, "the name of the time zone is incomplete; it was read as \"{name}\"")
            }
            Self::TimesRunBackwards { count } => write!(
                f,
                "times run backwards {}: a clock was set, or logs were combined out of order",
                times(*count)
            ),
            Self::ImpossibleTimes { count } => {
                write!(f, "left out {} dated before 1601 or after 30828", counted(*count, "sample", "samples"))
            }
            Self::CutOff { missing_bytes } => write!(
                f,
                "the file is cut off: its last buffer lacks {}; all complete samples before the cut \
                 were read",
                counted(*missing_bytes, "byte", "bytes")
            ),
            Self::NotClosed => f.write_str(
                "the log was not closed: it is still being written, or the machine stopped; everything that had reached \
                 the file was read",
            ),
            Self::DroppedByLogger { events, buffers } => {
                write!(f, "the logger itself dropped {events} events and {buffers} buffers")
            }
            Self::UnreadableBuffers(at) => {
                write!(f, "{} ({})", at.number("unreadable buffer", "unreadable buffers"), at.list("; "))
            }
            Self::DamagedEvents(at) if at.count == 1 => {
                write!(f, "1 damaged event; the rest of its buffer could not be read ({})", at.list("; "))
            }
            Self::DamagedEvents(at) => write!(
                f,
                "{}; the rest of their buffers could not be read ({})",
                at.number("damaged event", "damaged events"),
                at.list("; ")
            ),
            Self::IncompleteRecords(at) => write!(
                f,
                "skipped {} (cut off, lost or overwritten): {}",
                at.number("incomplete record", "incomplete records"),
                at.list("; ")
            ),
            Self::DamagedSamples(at) => write!(
                f,
                "{}, of which the readable part was used ({})",
                at.number("damaged sample", "damaged samples"),
                at.list("; ")
            ),
            Self::SamplesWithoutCatalog { count } => write!(
                f,
                "skipped {}: the catalog of their log is not in the file",
                counted(*count, "sample", "samples")
            ),
            Self::SamplesThatFitNoCatalog(at) => write!(
                f,
                "{} left blank, which fit no catalog ({})",
                at.number("sample", "samples"),
                at.list("; ")
            ),
            Self::UnknownRecords { kind, count } => write!(
                f,
                "skipped {} of unknown kind {kind}; please report this log",
                number(*count, "record", "records")
            ),
            Self::Rows { defect, lines } => rows(f, *defect, lines),
            Self::RowsOutOfOrder => f.write_str("the rows were not in order of time and were sorted"),
            Self::NotCounterPaths(columns) => write!(
                f,
                "skipped {}: {}",
                columns.number("column that is not a counter path", "columns that are not counter paths"),
                columns.list("; ")
            ),
            Self::UnreadableTimes { count, found } => {
                write!(f, "skipped {} without a readable time (\"{found}\")", number(*count, "row", "rows"))
            }
            Self::FileCutOff => f.write_str("the file is cut off or damaged: everything before that place was read"),
            Self::ReadingsNotNumbers { count } => {
                write!(f, "{} left blank that are not numbers", number(*count, "reading", "readings"))
            }
            Self::ReadingsWithoutPath { count } => {
                write!(f, "skipped {} without a counter path", number(*count, "reading", "readings"))
            }
        }
    }
}

fn rows(f: &mut fmt::Formatter<'_>, defect: RowDefect, lines: &Counted<usize>) -> fmt::Result {
    let rows = lines.number("row", "rows");
    let times = lines.number("time", "times");
    match defect {
        RowDefect::NoTime => write!(f, "skipped {rows} without a readable time"),
        RowDefect::Width { cells } => {
            write!(f, "{rows} without exactly the header's {cells} cells, missing cells left blank")
        }
        RowDefect::NotANumber => write!(f, "{rows} with cells that are not numbers, left blank"),
        RowDefect::CommaOfThousands => {
            write!(f, "{rows} with numbers such as 1,000: the comma was read as a thousands separator (1000)")
        }
        RowDefect::DecimalComma => {
            write!(f, "{rows} with numbers such as 1,000: the comma was read as the decimal separator (1.0)")
        }
        RowDefect::PointOfThousands => {
            write!(f, "{rows} with numbers such as 1.000: the point was read as a thousands separator (1000)")
        }
        RowDefect::MinusOne => write!(f, "{rows} with cells of -1, which means no value, left blank"),
        RowDefect::SameTime => {
            write!(f, "{rows} with the time of the row before (spreadsheets drop seconds), spread out over time")
        }
        RowDefect::HourBack => write!(f, "{times} an hour back, treated as the end of daylight saving time"),
        RowDefect::HourForward => {
            write!(f, "{times} that skip an hour of a Sunday night, treated as the start of daylight saving time")
        }
    }?;
    write!(f, " ({} {})", if lines.count == 1 { "line" } else { "lines" }, lines.list(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_few_are_shown_and_the_rest_counted() {
        let damage = |offset| Damage::Structure { offset, what: "no buffer header" };
        assert_eq!(
            LogWarning::DamagedEvents([damage(0x48)].into_iter().collect()).to_string(),
            "1 damaged event; the rest of its buffer could not be read (offset 0x48: no buffer header)"
        );
        let lines: Counted<usize> = (2..9).collect();
        assert_eq!(
            LogWarning::Rows { defect: RowDefect::NotANumber, lines }.to_string(),
            "7 rows with cells that are not numbers, left blank (lines 2, 3, 4, 5, 6, …)"
        );
    }
}

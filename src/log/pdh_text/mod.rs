//! PDH text: CSV and TSV files of relog, typeperf and perfmon.

mod header;
pub mod number;
mod probe;
mod reader;
mod record;
mod rows;
mod scan;
mod time;

use std::borrow::Cow;

use super::code_page;
use super::error::LogErrorKind;
use super::info::LogInfo;
use super::select::Query;
use super::sink::{Contents, Sink};

pub(crate) use header::{can_contain, shorten};
pub(super) use header::{first_line, narrow};
pub(crate) use time::YEARS;
pub(super) use time::{Order, order_of, parse as parse_time};

/// Creates a CSV reader for rows of any length.
pub(super) fn csv_reader(separator: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(separator).has_headers(false).flexible(true);
    builder
}

/// A text file as lines, whatever its encoding.
#[must_use]
pub fn decode_lines(bytes: &[u8]) -> String {
    let narrow = header::narrow(bytes);
    code_page::decode(code_page::of_header(&narrow), &narrow).into_owned()
}

/// The separator of PDH text, from its first bytes; `None` for other files.
pub(super) fn separator_of(head: &[u8]) -> Option<u8> {
    header::separator_of(&header::narrow(head))
}

/// An open text log with its header. The caller keeps the bytes.
pub struct TextLog {
    header: header::Header,
    info: LogInfo,
}

impl TextLog {
    /// Reads the header.
    ///
    /// # Errors
    /// If the file is not PDH text, or names no counter.
    pub fn open(bytes: &[u8]) -> Result<Self, LogErrorKind> {
        let header = header::parse(&header::narrow(bytes))?;
        let zone = header.zone.clone();
        Ok(Self { header, info: LogInfo { zone, ..LogInfo::default() } })
    }

    /// Information from the header.
    #[must_use]
    pub fn info(&self) -> &LogInfo {
        &self.info
    }

    /// Whether the separator is a tab.
    #[must_use]
    pub fn is_tab_separated(&self) -> bool {
        self.header.separator == b'\t'
    }

    /// Reads all rows; `bytes` must be those passed to [`TextLog::open`]. Calls `done` during reading, with the number
    /// of bytes that are not needed again.
    ///
    /// # Errors
    /// If no row can be read.
    pub fn read(
        &self,
        bytes: &[u8],
        query: &Query<'_>,
        sink: &mut dyn Sink,
        done: &mut dyn FnMut(usize),
    ) -> Result<Contents, LogErrorKind> {
        match header::narrow(bytes) {
            // Without the byte order mark, offsets are slightly low, which does no harm.
            Cow::Borrowed(text) => reader::read(&self.header, text, query, sink, done),
            Cow::Owned(text) => reader::read(&self.header, &text, query, sink, &mut |_| {}),
        }
    }
}

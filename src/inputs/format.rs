//! The table that recognizes formats by content, with their names and kinds. New formats are added only here.

mod head;
mod table;

use std::path::Path;

use serde::{Serialize, Serializer};

use crate::evidence::collection::EvidenceKind;
use crate::log;
use crate::model::InputFormat;
use head::Head;
use table::{CERTAINTIES, Certainty, Row, TABLE};

/// Format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Binary log of Performance Monitor. Other event traces (.etl) have the same first bytes.
    Blg,
    /// Comma- or semicolon-separated counter log.
    PdhCsv,
    /// Tab-separated counter log.
    PdhTsv,
    /// Output of `Get-Counter | Export-Csv`.
    GetCounter,
    /// `PoolMon`'s display, saved as text.
    PoolMonDisplay,
    /// A table of pool use by tag, written by a script.
    PoolTagTable,
    /// A list of pool tags and the drivers that own them.
    PoolTagList,
    /// Output of a kernel debugger.
    DebuggerText,
    /// A kernel dump.
    KernelDump,
    /// An event log (.evtx).
    EventLog,
    /// Events exported as XML.
    EventXml,
    /// Events exported as text.
    EventText,
    /// A driver file.
    DriverFile,
    /// A .zip archive.
    Zip,
    /// A Performance Monitor template.
    Template,
    /// Output of `Get-Counter` other than CSV: console text, JSON or CLIXML.
    GetCounterOutput,
    /// A program or library that is not a driver.
    Program,
    /// A dump of a process.
    ProcessDump,
    /// A list of the running programs.
    TaskList,
    /// An export of `VMMap`.
    VmMap,
    /// A log of BibTeX, which has the extension .blg too.
    BibTex,
    /// A Parquet file.
    Parquet,
    /// A tar archive.
    Tar,
    /// An Office document in a .zip archive.
    OfficeDocument,
    /// An Office document from before 2007.
    OldOfficeDocument,
    /// A PDF document.
    Pdf,
    /// A gzip file.
    Gzip,
    /// A 7-Zip archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A Windows cabinet.
    Cabinet,
}

/// Kind of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatKind {
    /// A counter log.
    CounterLog,
    /// Evidence other than counter logs.
    Evidence(EvidenceKind),
    /// An archive whose files are inputs.
    Archive,
    /// Recognized but not supported; with the action to take instead.
    NotRead(&'static str),
}

use Certainty::Magic;
use FormatKind::{Archive, CounterLog, Evidence, NotRead};

impl Format {
    /// The format of a file by its content; the path only shows whether a program is a driver. `None` for an unknown
    /// format.
    #[must_use]
    pub fn of(bytes: &[u8], path: &Path) -> Option<Self> {
        let head = Head::new(bytes, path);
        CERTAINTIES.into_iter().find_map(|certainty| Self::at(certainty, &head))
    }

    /// The format of a file by its first bytes only; `None` also for text.
    #[must_use]
    pub fn of_binary(bytes: &[u8], path: &Path) -> Option<Self> {
        Self::at(Magic, &Head::new(bytes, path))
    }

    fn at(certainty: Certainty, head: &Head<'_>) -> Option<Self> {
        let fits = |row: &&Row| row.recognised_by.iter().any(|(sure, test)| *sure == certainty && test(head));
        TABLE.iter().find(fits).map(|row| row.format)
    }

    /// The format of an open counter log.
    #[must_use]
    pub fn of_log(format: log::Format) -> Self {
        match format {
            log::Format::Blg => Self::Blg,
            log::Format::PdhCsv => Self::PdhCsv,
            log::Format::PdhTsv => Self::PdhTsv,
            log::Format::GetCounter => Self::GetCounter,
            log::Format::Parquet => Self::Parquet,
            log::Format::GetCounterOutput => Self::GetCounterOutput,
        }
    }

    /// The format's name: "kernel dump".
    #[must_use]
    pub fn noun(self) -> &'static str {
        self.row().map_or("file of an unknown format", |row| row.noun)
    }

    /// The format's name with its article: "a kernel dump".
    #[must_use]
    pub fn name(self) -> String {
        format!("{}{}", self.row().map_or("a ", |row| row.article), self.noun())
    }

    /// What to do with a file of this format where a counter log is expected.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self.kind() {
            NotRead(advice) => advice,
            Evidence(EvidenceKind::DriverFile) => {
                "give its folder to perfverdict analyze or perfverdict tag with --drivers"
            }
            Evidence(EvidenceKind::PoolTagList) => {
                "give it to perfverdict analyze together with the log, or to perfverdict tag with --pooltag"
            }
            Evidence(_) => "perfverdict analyze reads it; give it together with the log of the same machine",
            Archive => "perfverdict analyze reads the files in it",
            CounterLog => "check that it is complete",
        }
    }

    /// The format's name in JSON.
    #[must_use]
    pub fn contract_name(self) -> &'static str {
        self.row().map_or("file", |row| row.contract_name)
    }

    /// The format in a report's list of inputs; `None` for driver files and unsupported formats.
    #[must_use]
    pub fn input_format(self) -> Option<InputFormat> {
        self.row().and_then(|row| row.input)
    }

    /// The format's kind.
    #[must_use]
    pub fn kind(self) -> FormatKind {
        self.row().map_or(NotRead("provide a log"), |row| row.kind)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.format == self)
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.contract_name())
    }
}

#[cfg(test)]
mod tests;

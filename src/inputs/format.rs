//! The one table that tells formats by their content: what each is called, what kind of thing it is, and how it is
//! recognised. A format is added here and nowhere else.

use std::borrow::Cow;
use std::path::Path;
use std::sync::OnceLock;

use crate::evidence::collection::EvidenceKind;
use crate::evidence::{drivers, dump, events, poolmon, pooltag, text, windbg};
use crate::log::{self, blg};

/// Format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Performance Monitor's binary log. Other event traces (.etl) have the same beginning.
    Blg,
    /// Comma- or semicolon-separated counter log.
    PdhCsv,
    /// Tab-separated counter log.
    PdhTsv,
    /// `Get-Counter | Export-Csv`.
    GetCounter,
    /// `PoolMon`'s display, saved as text.
    PoolMonDisplay,
    /// A table of pool use by tag, as scripts write it.
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
    /// An Office document in a .zip archive.
    OfficeDocument,
    /// An Office document of before 2007.
    OldOfficeDocument,
    /// PDF.
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

/// What kind of thing a format is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatKind {
    /// A counter log.
    CounterLog,
    /// Evidence besides counter logs.
    Evidence(EvidenceKind),
    /// An archive whose files are inputs.
    Archive,
    /// Recognised, but not read; with what to do instead.
    NotRead(&'static str),
}

/// How sure a recognition is. All formats are asked for the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Certainty {
    /// The first bytes are the format's own.
    Magic,
    /// The text names its format.
    Signature,
    /// Lines look like those of the format. A debugger session can contain a table that looks like `PoolMon`'s, and lists
    /// of tags look like prose: the order in the table decides.
    Shape,
}

const CERTAINTIES: [Certainty; 3] = [Certainty::Magic, Certainty::Signature, Certainty::Shape];

/// Whether the head of a file is of a format.
type Sign = fn(&Head<'_>) -> bool;

/// A row of the table.
struct Row {
    format: Format,
    /// With its article, to follow "is".
    name: &'static str,
    /// In JSON.
    contract_name: &'static str,
    /// What is counted of it: one, and several.
    items: (&'static str, &'static str),
    kind: FormatKind,
    recognised_by: &'static [(Certainty, Sign)],
}

use Certainty::{Magic, Shape, Signature};
use FormatKind::{Archive, CounterLog, Evidence, NotRead};

const SAMPLES: (&str, &str) = ("sample", "samples");
const EVENTS: (&str, &str) = ("relevant event", "relevant events");
const SNAPSHOTS: (&str, &str) = ("snapshot", "snapshots");
const FILES: (&str, &str) = ("file", "files");

/// All formats, within one certainty in the order in which they are asked.
const TABLE: &[Row] = &[
    Row {
        format: Format::Blg,
        name: "a binary counter log (.blg)",
        contract_name: "blg",
        items: SAMPLES,
        kind: CounterLog,
        recognised_by: &[(Magic, |head| blg::is_trace_file(head.bytes))],
    },
    Row {
        format: Format::KernelDump,
        name: "a kernel dump",
        contract_name: "dump",
        items: ("driver", "drivers"),
        kind: Evidence(EvidenceKind::KernelDump),
        recognised_by: &[(Magic, |head| dump::is_dump(head.bytes))],
    },
    Row {
        format: Format::EventLog,
        name: "an event log (.evtx)",
        contract_name: "evtx",
        items: EVENTS,
        kind: Evidence(EvidenceKind::EventLog),
        recognised_by: &[(Magic, |head| events::is_evtx(head.bytes))],
    },
    Row {
        format: Format::DriverFile,
        name: "a driver file",
        contract_name: "driver",
        items: FILES,
        kind: Evidence(EvidenceKind::DriverFile),
        recognised_by: &[(Magic, |head| head.begins(b"MZ") && drivers::is_driver_name(head.path))],
    },
    Row {
        format: Format::Program,
        name: "a program (.exe or .dll)",
        contract_name: "program",
        items: FILES,
        kind: NotRead("provide driver files (.sys) or logs"),
        recognised_by: &[(Magic, |head| head.begins(b"MZ"))],
    },
    Row {
        format: Format::ProcessDump,
        name: "a dump of a process",
        contract_name: "process-dump",
        items: FILES,
        kind: NotRead("provide a kernel dump (MEMORY.DMP)"),
        recognised_by: &[(Magic, |head| head.begins(b"MDMP"))],
    },
    Row {
        format: Format::OfficeDocument,
        name: "an Office document (.xlsx or .docx)",
        contract_name: "office",
        items: FILES,
        kind: NotRead("save the table as CSV"),
        recognised_by: &[(Magic, |head| {
            head.begins(b"PK\x03\x04") && head.bytes.get(30..).is_some_and(|b| b.starts_with(b"[Content_Types].xml"))
        })],
    },
    Row {
        format: Format::Zip,
        name: "a .zip archive",
        contract_name: "zip",
        items: FILES,
        kind: Archive,
        recognised_by: &[(Magic, |head| head.begins(b"PK\x03\x04") || head.begins(b"PK\x05\x06"))],
    },
    Row {
        format: Format::Gzip,
        name: "a gzip file",
        contract_name: "gzip",
        items: FILES,
        kind: NotRead(UNPACK),
        recognised_by: &[(Magic, |head| head.begins(b"\x1F\x8B"))],
    },
    Row {
        format: Format::SevenZip,
        name: "a 7-Zip archive",
        contract_name: "7z",
        items: FILES,
        kind: NotRead(UNPACK),
        recognised_by: &[(Magic, |head| head.begins(b"7z\xBC\xAF\x27\x1C"))],
    },
    Row {
        format: Format::Rar,
        name: "a RAR archive",
        contract_name: "rar",
        items: FILES,
        kind: NotRead(UNPACK),
        recognised_by: &[(Magic, |head| head.begins(b"Rar!\x1A\x07"))],
    },
    Row {
        format: Format::Cabinet,
        name: "a cabinet (.cab)",
        contract_name: "cab",
        items: FILES,
        kind: NotRead(UNPACK),
        recognised_by: &[(Magic, |head| head.begins(b"MSCF\0\0\0\0"))],
    },
    Row {
        format: Format::Pdf,
        name: "a PDF",
        contract_name: "pdf",
        items: FILES,
        kind: NotRead("provide the log itself"),
        recognised_by: &[(Magic, |head| head.begins(b"%PDF-"))],
    },
    Row {
        format: Format::OldOfficeDocument,
        name: "an Office document (.xls or .doc)",
        contract_name: "office",
        items: FILES,
        kind: NotRead("save the table as CSV"),
        recognised_by: &[(Magic, |head| head.begins(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))],
    },
    Row {
        format: Format::Template,
        name: "a Performance Monitor template",
        contract_name: "template",
        items: FILES,
        kind: NotRead("provide the log that its data collector set writes"),
        recognised_by: &[(Signature, |head| head.text().is_some_and(is_template))],
    },
    Row {
        format: Format::GetCounterOutput,
        name: "output of Get-Counter that is not CSV",
        contract_name: "get-counter-output",
        items: FILES,
        kind: NotRead("export it with Export-Csv or Export-Counter"),
        recognised_by: &[(Signature, |head| head.text().is_some_and(is_get_counter_output))],
    },
    Row {
        format: Format::EventXml,
        name: "events exported as XML",
        contract_name: "evtx",
        items: EVENTS,
        kind: Evidence(EvidenceKind::EventXml),
        recognised_by: &[(Signature, |head| head.text().is_some_and(events::is_event_xml))],
    },
    Row {
        format: Format::PoolTagTable,
        name: "a table of pool use by tag",
        contract_name: "poolmon",
        items: SNAPSHOTS,
        kind: Evidence(EvidenceKind::PoolTagTable),
        recognised_by: &[(Shape, |head| head.text().is_some_and(poolmon::is_table))],
    },
    Row {
        format: Format::PoolMonDisplay,
        name: "a PoolMon display",
        contract_name: "poolmon",
        items: SNAPSHOTS,
        kind: Evidence(EvidenceKind::PoolMonDisplay),
        recognised_by: &[(Shape, |head| head.text().is_some_and(poolmon::is_display))],
    },
    Row {
        format: Format::PoolTagList,
        name: "a list of pool tags",
        contract_name: "pooltag",
        items: ("tag", "tags"),
        kind: Evidence(EvidenceKind::PoolTagList),
        recognised_by: &[(Shape, |head| head.text().is_some_and(pooltag::is_pooltag))],
    },
    Row {
        format: Format::EventText,
        name: "events exported as text",
        contract_name: "evtx",
        items: EVENTS,
        kind: Evidence(EvidenceKind::EventText),
        recognised_by: &[(Shape, |head| head.text().is_some_and(events::is_event_text))],
    },
    Row {
        format: Format::DebuggerText,
        name: "debugger output",
        contract_name: "windbg",
        items: ("output", "outputs"),
        kind: Evidence(EvidenceKind::DebuggerText),
        recognised_by: &[(Shape, |head| head.text().is_some_and(windbg::is_session))],
    },
    Row {
        format: Format::GetCounter,
        name: "a counter log of Get-Counter (CSV)",
        contract_name: "get-counter-csv",
        items: SAMPLES,
        kind: CounterLog,
        recognised_by: &[(Shape, |head| head.text_log() == Some(log::Format::GetCounter))],
    },
    Row {
        format: Format::PdhTsv,
        name: "a counter log as tab-separated text (PDH-TSV)",
        contract_name: "pdh-tsv",
        items: SAMPLES,
        kind: CounterLog,
        recognised_by: &[
            (Signature, |head| head.has_pdh_signature() && head.text_log() == Some(log::Format::PdhTsv)),
            (Shape, |head| head.text_log() == Some(log::Format::PdhTsv)),
        ],
    },
    Row {
        format: Format::PdhCsv,
        name: "a counter log as comma-separated text (PDH-CSV)",
        contract_name: "pdh-csv",
        items: SAMPLES,
        kind: CounterLog,
        recognised_by: &[
            (Signature, |head| head.has_pdh_signature()),
            (Shape, |head| head.text_log() == Some(log::Format::PdhCsv)),
        ],
    },
];

const UNPACK: &str = "unpack it first";

impl Format {
    /// The format of a file by its content; by its path only whether a program is a driver. `None` for an unknown format.
    #[must_use]
    pub fn of(bytes: &[u8], path: &Path) -> Option<Self> {
        let head = Head { bytes, path, text: OnceLock::new() };
        let at = |certainty| {
            let fits = |row: &&Row| row.recognised_by.iter().any(|(sure, test)| *sure == certainty && test(&head));
            TABLE.iter().find(fits).map(|row| row.format)
        };
        CERTAINTIES.into_iter().find_map(at)
    }

    /// The format of an open counter log.
    #[must_use]
    pub fn of_log(format: log::Format) -> Self {
        match format {
            log::Format::Blg => Self::Blg,
            log::Format::PdhCsv => Self::PdhCsv,
            log::Format::PdhTsv => Self::PdhTsv,
            log::Format::GetCounter => Self::GetCounter,
        }
    }

    /// What it is called, with its article: "a kernel dump".
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("a file", |row| row.name)
    }

    /// What it is called, and for what is not read what to do instead: "a gzip file (unpack it first)".
    #[must_use]
    pub fn described(self) -> String {
        match self.kind() {
            NotRead(advice) => format!("{} ({advice})", self.name()),
            _ => self.name().to_owned(),
        }
    }

    /// What it is called in JSON.
    #[must_use]
    pub fn contract_name(self) -> &'static str {
        self.row().map_or("file", |row| row.contract_name)
    }

    /// What is counted of it: one, and several.
    #[must_use]
    pub fn items(self) -> (&'static str, &'static str) {
        self.row().map_or(FILES, |row| row.items)
    }

    /// What kind of thing it is.
    #[must_use]
    pub fn kind(self) -> FormatKind {
        self.row().map_or(NotRead("provide a log"), |row| row.kind)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.format == self)
    }
}

/// The beginning of a file.
struct Head<'a> {
    bytes: &'a [u8],
    path: &'a Path,
    text: OnceLock<Option<Cow<'a, str>>>,
}

impl Head<'_> {
    fn begins(&self, magic: &[u8]) -> bool {
        self.bytes.starts_with(magic)
    }

    /// The beginning as text; `None` for what is not text.
    fn text(&self) -> Option<&str> {
        self.text.get_or_init(|| text::head(self.bytes)).as_deref()
    }

    fn has_pdh_signature(&self) -> bool {
        self.text().is_some_and(|text| text.trim_start_matches(['\u{feff}', ' ', '"']).starts_with("(PDH-"))
    }

    /// The format of a counter log as text, whether or not it has a signature.
    fn text_log(&self) -> Option<log::Format> {
        log::text_format(&self.bytes[..self.bytes.len().min(text::HEAD)])
    }
}

/// Whether XML is a data collector set, as Performance Monitor exports it.
fn is_template(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    text.starts_with('<') && text.contains("<DataCollectorSet")
}

/// Whether text is what `Get-Counter` prints, or what `ConvertTo-Json` and `Export-Clixml` make of it.
fn is_get_counter_output(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    let printed = || text.starts_with("Timestamp") && text.lines().next().is_some_and(|l| l.contains("CounterSamples"));
    let json = || text.starts_with(['[', '{']) && text.contains("\"CounterSamples\"");
    let clixml = || text.starts_with("<Objs") && text.contains("PerformanceCounterSampleSet");
    printed() || json() || clixml()
}

#[cfg(test)]
mod tests;

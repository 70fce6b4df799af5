//! The table of formats: one row each.

use super::head::Head;
use super::{Format, FormatKind};
use crate::evidence::collection::EvidenceKind;
use crate::evidence::{drivers, dump, events, poolmon, pooltag, windbg};
use crate::log::{self, blg};
use crate::model::InputFormat;

/// Certainty of a recognition. Formats are tested in this order, most certain first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    /// The first bytes identify the format.
    Magic,
    /// The text names its format.
    Signature,
    /// Lines look like this format. A debugger session can contain a table that looks like `PoolMon`'s, and lists of
    /// tags look like prose: the order in the table decides.
    Shape,
}

pub(super) const CERTAINTIES: [Certainty; 3] = [Certainty::Magic, Certainty::Signature, Certainty::Shape];

/// Whether the head of a file is of a format.
pub(super) type Sign = fn(&Head<'_>) -> bool;

/// A row of the table.
pub(super) struct Row {
    pub(super) format: Format,
    /// `a `, `an ` or empty.
    pub(super) article: &'static str,
    pub(super) noun: &'static str,
    /// Name in JSON.
    pub(super) contract_name: &'static str,
    /// Format in a report's list of inputs; `None` if not listed.
    pub(super) input: Option<InputFormat>,
    pub(super) kind: FormatKind,
    pub(super) recognised_by: &'static [(Certainty, Sign)],
}

use Certainty::{Magic, Shape, Signature};
use FormatKind::{Archive, CounterLog, Evidence, NotRead};

/// All formats; within one certainty in the order of the tests.
pub(super) const TABLE: &[Row] = &[
    Row {
        format: Format::Blg,
        article: "a ",
        noun: InputFormat::Blg.name(),
        contract_name: "blg",
        input: Some(InputFormat::Blg),
        kind: CounterLog,
        recognised_by: &[(Magic, |head| blg::is_trace_file(head.bytes))],
    },
    Row {
        format: Format::KernelDump,
        article: "a ",
        noun: InputFormat::Dump.name(),
        contract_name: "dump",
        input: Some(InputFormat::Dump),
        kind: Evidence(EvidenceKind::KernelDump),
        recognised_by: &[(Magic, |head| dump::is_dump(head.bytes))],
    },
    Row {
        format: Format::EventLog,
        article: "an ",
        noun: "event log (.evtx)",
        contract_name: "evtx",
        input: Some(InputFormat::Evtx),
        kind: Evidence(EvidenceKind::EventLog),
        recognised_by: &[(Magic, |head| events::is_evtx(head.bytes))],
    },
    Row {
        format: Format::DriverFile,
        article: "a ",
        noun: "driver file",
        contract_name: "driver",
        input: None,
        kind: Evidence(EvidenceKind::DriverFile),
        recognised_by: &[(Magic, |head| head.begins(b"MZ") && drivers::is_driver_name(head.path))],
    },
    Row {
        format: Format::Program,
        article: "a ",
        noun: "program (.exe or .dll)",
        contract_name: "program",
        input: None,
        kind: NotRead("provide driver files (.sys) or logs"),
        recognised_by: &[(Magic, |head| head.begins(b"MZ"))],
    },
    Row {
        format: Format::ProcessDump,
        article: "a ",
        noun: "dump of a process (a user-mode minidump)",
        contract_name: "process-dump",
        input: None,
        kind: NotRead("provide a kernel dump (MEMORY.DMP), or a log with \\Process(*)\\* to see how the process grows"),
        recognised_by: &[(Magic, |head| head.begins(b"MDMP"))],
    },
    Row {
        format: Format::Parquet,
        article: "a ",
        noun: "Parquet file",
        contract_name: "parquet",
        input: Some(InputFormat::Parquet),
        kind: PARQUET,
        recognised_by: &[(Magic, |head| head.begins(b"PAR1"))],
    },
    Row {
        format: Format::Tar,
        article: "a ",
        noun: "tar archive",
        contract_name: "tar",
        input: None,
        kind: Archive,
        recognised_by: &[(Magic, |head| head.bytes.get(257..262) == Some(b"ustar"))],
    },
    Row {
        format: Format::OfficeDocument,
        article: "an ",
        noun: "Office document (.xlsx or .docx)",
        contract_name: "office",
        input: None,
        kind: NotRead("save the table as CSV"),
        recognised_by: &[(Magic, |head| {
            head.begins(b"PK\x03\x04") && head.bytes.get(30..).is_some_and(|b| b.starts_with(b"[Content_Types].xml"))
        })],
    },
    Row {
        format: Format::Zip,
        article: "a ",
        noun: ".zip archive",
        contract_name: "zip",
        input: None,
        kind: Archive,
        recognised_by: &[(Magic, |head| head.begins(b"PK\x03\x04") || head.begins(b"PK\x05\x06"))],
    },
    Row {
        format: Format::Gzip,
        article: "a ",
        noun: "gzip file",
        contract_name: "gzip",
        input: None,
        kind: Archive,
        recognised_by: &[(Magic, |head| head.begins(b"\x1F\x8B"))],
    },
    Row {
        format: Format::SevenZip,
        article: "a ",
        noun: "7-Zip archive",
        contract_name: "7z",
        input: None,
        kind: Archive,
        recognised_by: &[(Magic, |head| head.begins(b"7z\xBC\xAF\x27\x1C"))],
    },
    Row {
        format: Format::Rar,
        article: "a ",
        noun: "RAR archive",
        contract_name: "rar",
        input: None,
        kind: NotRead("unpack it first"),
        recognised_by: &[(Magic, |head| head.begins(b"Rar!\x1A\x07"))],
    },
    Row {
        format: Format::Cabinet,
        article: "a ",
        noun: "cabinet (.cab)",
        contract_name: "cab",
        input: None,
        kind: Archive,
        recognised_by: &[(Magic, |head| head.begins(b"MSCF\0\0\0\0"))],
    },
    Row {
        format: Format::Pdf,
        article: "a ",
        noun: "PDF",
        contract_name: "pdf",
        input: None,
        kind: NotRead("provide the log itself"),
        recognised_by: &[(Magic, |head| head.begins(b"%PDF-"))],
    },
    Row {
        format: Format::OldOfficeDocument,
        article: "an ",
        noun: "Office document (.xls or .doc)",
        contract_name: "office",
        input: None,
        kind: NotRead("save the table as CSV"),
        recognised_by: &[(Magic, |head| head.begins(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))],
    },
    Row {
        format: Format::Template,
        article: "a ",
        noun: "Performance Monitor template",
        contract_name: "template",
        input: None,
        kind: NotRead("provide the log that its data collector set writes"),
        recognised_by: &[(Signature, |head| head.is_template())],
    },
    Row {
        format: Format::BibTex,
        article: "a ",
        noun: "log of BibTeX, which has the extension .blg too",
        contract_name: "bibtex",
        input: None,
        kind: NotRead("provide the .blg of a Performance Monitor collector"),
        recognised_by: &[(Signature, |head| {
            head.begins(b"This is BibTeX") || head.begins(b"This is 8-bit Big BibTeX")
        })],
    },
    Row {
        format: Format::VmMap,
        article: "an ",
        noun: "export of VMMap",
        contract_name: "vmmap",
        input: None,
        kind: NotRead("it shows one process at one time; provide a log with \\Process(*)\\* to see what grows"),
        recognised_by: &[(Signature, |head| head.is_vmmap())],
    },
    Row {
        format: Format::TaskList,
        article: "a ",
        noun: "task list",
        contract_name: "task-list",
        input: None,
        kind: NotRead(
            "it shows the processes at one time; provide a log with \\Process(*)\\* to see which of them grows",
        ),
        recognised_by: &[(Shape, |head| head.is_task_list())],
    },
    Row {
        format: Format::GetCounterOutput,
        article: "",
        noun: "output of Get-Counter",
        contract_name: "get-counter-output",
        input: Some(InputFormat::PdhCsv),
        kind: CounterLog,
        recognised_by: &[(Signature, |head| head.text_log() == Some(log::Format::GetCounterOutput))],
    },
    Row {
        format: Format::EventXml,
        article: "",
        noun: "events exported as XML",
        contract_name: "evtx",
        input: Some(InputFormat::Evtx),
        kind: Evidence(EvidenceKind::EventXml),
        recognised_by: &[(Signature, |head| head.text().is_some_and(events::is_event_xml))],
    },
    Row {
        format: Format::PoolTagTable,
        article: "a ",
        noun: "table of pool use by tag",
        contract_name: "poolmon",
        input: Some(InputFormat::PoolMon),
        kind: Evidence(EvidenceKind::PoolTagTable),
        recognised_by: &[(Shape, |head| head.text().is_some_and(poolmon::is_table))],
    },
    Row {
        format: Format::PoolMonDisplay,
        article: "a ",
        noun: "PoolMon display",
        contract_name: "poolmon",
        input: Some(InputFormat::PoolMon),
        kind: Evidence(EvidenceKind::PoolMonDisplay),
        recognised_by: &[(Shape, |head| head.text().is_some_and(poolmon::is_display))],
    },
    Row {
        format: Format::PoolTagList,
        article: "a ",
        noun: InputFormat::PoolTag.name(),
        contract_name: "pooltag",
        input: Some(InputFormat::PoolTag),
        kind: Evidence(EvidenceKind::PoolTagList),
        recognised_by: &[(Shape, |head| head.text().is_some_and(pooltag::is_pooltag))],
    },
    Row {
        format: Format::EventText,
        article: "",
        noun: "events exported as text",
        contract_name: "evtx",
        input: Some(InputFormat::Evtx),
        kind: Evidence(EvidenceKind::EventText),
        recognised_by: &[(Shape, |head| head.text().is_some_and(events::is_event_text))],
    },
    Row {
        format: Format::DebuggerText,
        article: "",
        noun: InputFormat::WinDbg.name(),
        contract_name: "windbg",
        input: Some(InputFormat::WinDbg),
        kind: Evidence(EvidenceKind::DebuggerText),
        recognised_by: &[(Shape, |head| head.text().is_some_and(windbg::is_session))],
    },
    Row {
        format: Format::GetCounter,
        article: "a ",
        noun: "counter log of Get-Counter (CSV)",
        contract_name: "get-counter-csv",
        input: Some(InputFormat::PdhCsv),
        kind: CounterLog,
        recognised_by: &[(Shape, |head| head.text_log() == Some(log::Format::GetCounter))],
    },
    Row {
        format: Format::PdhTsv,
        article: "a ",
        noun: "counter log (PDH-TSV)",
        contract_name: "pdh-tsv",
        input: Some(InputFormat::PdhTsv),
        kind: CounterLog,
        recognised_by: &[
            (Signature, |head| head.has_pdh_signature() && head.text_log() == Some(log::Format::PdhTsv)),
            (Shape, |head| head.text_log() == Some(log::Format::PdhTsv)),
        ],
    },
    Row {
        format: Format::PdhCsv,
        article: "a ",
        noun: "counter log (PDH-CSV)",
        contract_name: "pdh-csv",
        input: Some(InputFormat::PdhCsv),
        kind: CounterLog,
        recognised_by: &[
            (Signature, |head| head.has_pdh_signature()),
            (Shape, |head| head.text_log() == Some(log::Format::PdhCsv)),
        ],
    },
];

/// The crate that reads Parquet is large, so that it is not in every build.
const PARQUET: FormatKind = if cfg!(feature = "parquet") {
    CounterLog
} else {
    NotRead("provide the log that it was made from; this build does not read Parquet, one with --features parquet does")
};

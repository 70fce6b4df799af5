//! Why events, or parts of them, could not be read.

use super::xml_limits::XmlLimit;
use crate::base::catch_panic::ReaderPanic;
use crate::base::units::counted;

/// A file of events that cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The header of an .evtx is damaged.
    #[error("is a damaged event log: {0}")]
    Evtx(#[source] Box<evtx::err::EvtxError>),
    /// An .evtx without a readable record.
    #[error("contains no event that can be read: {first}")]
    NoRecord {
        /// Why the first record is not readable.
        first: String,
    },
    /// An export that would need a multiple of its size in memory.
    #[error(
        "is larger than {limit_mb} MB, the limit for exported events; export the System log as .evtx, which is read at \
         any size"
    )]
    XmlTooLarge {
        /// Limit in MB.
        limit_mb: usize,
    },
    /// XML that takes the parser too long.
    #[error("is not an export of events: {0}")]
    XmlTooComplex(XmlLimit),
    /// Not XML.
    #[error("is not well-formed XML: {0}")]
    Xml(#[from] roxmltree::Error),
    /// The reader panicked.
    #[error(transparent)]
    Panic(#[from] ReaderPanic),
}

/// Events in a file that could not be read or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventWarning {
    /// Damaged events.
    #[error("{} could not be read; the first because of: {first}", counted(*.count, "event", "events"))]
    Damaged {
        /// Number of damaged events.
        count: usize,
        /// Why the first could not be read, in the reader's words.
        first: String,
    },
    /// The end of an .evtx is missing.
    #[error("is cut off: its last events are missing")]
    CutOff,
    /// Events without a readable time.
    #[error("ignored {undated} of {all} events: their time could not be read")]
    Undated {
        /// Number of events without a time.
        undated: usize,
        /// Number of all events.
        all: usize,
    },
    /// The dates are valid as both month/day and day/month.
    #[error("its dates can be read as month/day or day/month; they were read as month/day")]
    AmbiguousDates,
    /// No event is relevant.
    #[error(
        "none of its {} is about memory, restarts or installations (2004, 2019, 2020, 6008, 7045 …); provide the System log",
        counted(*.all, "event", "events")
    )]
    NothingRelevant {
        /// Number of all events.
        all: usize,
    },
}

//! Why events could not be read, and what of them could not.

use super::super::catch_panic::ReaderPanic;
use crate::base::units::counted;

/// A file of events that cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The header of an .evtx is damaged.
    #[error("is a damaged event log: {0}")]
    Evtx(#[source] Box<evtx::err::EvtxError>),
    /// An .evtx without a record that can be read.
    #[error("contains no event that can be read: {first}")]
    NoRecord {
        /// Why the first could not be.
        first: String,
    },
    /// An export that would take several times its size in memory.
    #[error(
        "is larger than {limit_mb} MB, the limit for exported events; export the System log as .evtx, which is read at \
         any size"
    )]
    XmlTooLarge {
        /// The limit, MB.
        limit_mb: usize,
    },
    /// Not XML.
    #[error("is not well-formed XML: {0}")]
    Xml(#[from] roxmltree::Error),
    /// The reader panicked.
    #[error(transparent)]
    Panic(#[from] ReaderPanic),
}

/// What of a file of events could not be read or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventWarning {
    /// Damaged events.
    #[error("{} could not be read; the first because of: {first}", counted(*.count, "event", "events"))]
    Damaged {
        /// How many.
        count: usize,
        /// Why the first could not be read, as its reader puts it.
        first: String,
    },
    /// The end of an .evtx is missing.
    #[error("is cut off: its last events are missing")]
    CutOff,
    /// Events without a readable time.
    #[error("ignored {undated} of {all} events: their time could not be read")]
    Undated {
        /// How many.
        undated: usize,
        /// Events in all.
        all: usize,
    },
    /// Dates fit month/day and day/month alike.
    #[error("its dates can be read as month/day or day/month; they were read as month/day")]
    AmbiguousDates,
    /// None of the events is one that is used.
    #[error(
        "none of its {} is about memory, restarts or installations (2004, 2019, 2020, 6008, 7045 …); provide the System log",
        counted(*.all, "event", "events")
    )]
    NothingRelevant {
        /// Events in all.
        all: usize,
    },
}

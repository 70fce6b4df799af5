//! Evidence besides counter logs: `PoolMon` snapshots, debugger output, kernel dumps, event logs, lists of pool tags
//! and driver files. Each reader returns facts; `explain` turns them into sentences.

pub mod clock;
pub mod collection;
pub mod consistency;
pub mod dates;
pub mod drivers;
pub mod dump;
mod error;
pub mod events;
mod machine_evidence;
pub mod owner;
pub mod poolmon;
pub mod pooltag;
mod tag;
pub mod text;
pub mod well_known;
pub mod windbg;

pub use crate::base::catch_panic::ReaderPanic;
pub use crate::base::time::Timestamp;
pub use error::{EvidenceError, EvidenceErrorKind};
pub use machine_evidence::{EvidenceNote, MachineEvidence, MachineFacts, tags_that_matter};
pub use tag::{Tag, TagPattern};

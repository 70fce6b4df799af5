//! Sentences about the machine.

use super::words::snapshot_place;
use crate::base::{Ram, RamSource};

/// The source of the size of physical memory.
#[must_use]
pub fn ram(ram: &Ram) -> String {
    ram_source(&ram.source)
}

/// A source of the size of physical memory.
#[must_use]
pub fn ram_source(source: &RamSource) -> String {
    match source {
        RamSource::User => "set with --ram".to_owned(),
        RamSource::NumaNodes { nodes } => format!(r"\NUMA Node Memory(*)\Total MBytes in the log ({nodes} nodes)"),
        RamSource::Estimated => {
            "a rough estimate: Available Bytes plus what is in use (working sets, cache, pools); set the exact \
                                 size with --ram"
                .to_owned()
        }
        RamSource::Event2004 { when } => format!("event 2004 of {} UTC", when.format("%Y-%m-%d %H:%M")),
        RamSource::Vm { file } => format!("!vm in {file}"),
        RamSource::DumpHeader { file } => format!("the header of {file}"),
        RamSource::SnapshotHead(place) => format!("the head of {}", snapshot_place(place)),
    }
}

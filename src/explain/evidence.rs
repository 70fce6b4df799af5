//! Sentences about evidence besides counter logs: snapshots, debugger output, dumps, events, lists of tags and drivers.

use super::words::{names, snapshot_place};
use crate::base::units::{self, counted};
use crate::evidence::EvidenceNote;
use crate::evidence::collection::Unused;
use crate::evidence::consistency::{ImpossibleRam, Inconsistency};
use crate::evidence::drivers::{Occurrence, Vendor};
use crate::evidence::events::Installed;
use crate::evidence::owner::{Description, OwnerBasis, OwnerDisagreement};
use crate::evidence::poolmon::{Ordering, SnapshotNote, SnapshotSource};
use crate::explain::machine::ram_source;

/// An ignored item or an assumption, as a sentence.
#[must_use]
pub fn note(note: &EvidenceNote) -> String {
    match note {
        EvidenceNote::TimeZoneUnknown => {
            "The machine's time zone is unknown because there is no counter log: event times are UTC".to_owned()
        }
        EvidenceNote::AmbiguousDates => {
            "The dates of the snapshots can be read as month/day or day/month; they were read as month/day".to_owned()
        }
        EvidenceNote::Snapshots(note) => snapshot_note(*note),
        EvidenceNote::VmOfOtherMachine { file, bytes, reason } => format!(
            "Ignored !vm in {file}, which is from another machine: it shows {} of RAM, but {}",
            size(*bytes),
            impossible_ram(*reason)
        ),
        EvidenceNote::RamOfOtherMachine { source, bytes, reason } => format!(
            "Ignored the RAM of {} in {}, which is from another machine: {}",
            size(*bytes),
            ram_source(source),
            impossible_ram(*reason)
        ),
    }
}

fn snapshot_note(note: SnapshotNote) -> String {
    match note {
        SnapshotNote::Undated { undated, all } => {
            format!("Ignored {undated} of {all} snapshots: they have no time, so their place among the others is unknown")
        }
        SnapshotNote::Restarted { used, all } => format!(
            "The machine was restarted between the snapshots, as their counts of allocations show: only the {used} of {all} \
             between two restarts were used"
        ),
        SnapshotNote::NumbersContradictCounts => {
            "The numbers in the names of the snapshot files do not rise with the counts of allocations: the files may be \
             from several runs"
                .to_owned()
        }
    }
}

/// Why a machine cannot have this amount of RAM, as a clause after "but" or a colon.
#[must_use]
pub fn impossible_ram(reason: ImpossibleRam) -> String {
    match reason {
        ImpossibleRam::LessThanCounted { counted_bytes } => {
            format!("the counters show {} of memory in use or available", size(counted_bytes))
        }
        ImpossibleRam::UnlikeInferred { inferred_bytes } => {
            format!("the counters imply about {}", size(inferred_bytes))
        }
    }
}

/// The difference between a snapshot and the counters, without a full stop.
#[must_use]
pub fn inconsistency(found: &Inconsistency) -> String {
    format!(
        "{} shows {} at {}, but the counters show {}",
        snapshot_place(&found.place),
        found.pool.name().to_ascii_lowercase(),
        size(found.said_bytes),
        size(found.counted_bytes)
    )
}

/// Evidence that was ignored because it belongs to no machine in the report.
#[must_use]
pub fn unused(unused: &Unused) -> String {
    match unused {
        Unused::OtherMachines { machines, reported } => {
            format!("evidence of {} was ignored: the report is about {}", names(machines), names(reported))
        }
        Unused::NoMachine { first, more, reported } => {
            let more =
                if *more > 0 { format!(" and {}", counted(*more, "more file", "more files")) } else { String::new() };
            format!(
                "{}{more}: ignored, because nothing in it names its machine and the logs beside it are of several ({}); \
                 put it into a folder with the log of its machine",
                first.display(),
                names(reported)
            )
        }
    }
}

/// How the order of snapshots is known, as a clause after "ordered by".
#[must_use]
pub fn ordering(ordering: Ordering) -> &'static str {
    match ordering {
        Ordering::Times => "the times in the files or their names",
        Ordering::Modified => "the times when the files were last written",
        Ordering::Numbers => "the numbers in the names of the files",
        Ordering::File => "their order in the file",
        Ordering::Allocations => "their counts of allocations, which only rise",
        Ordering::Single => "nothing, as there is only one",
    }
}

/// The tool that took a snapshot.
#[must_use]
pub fn snapshot_source(source: SnapshotSource) -> &'static str {
    match source {
        SnapshotSource::PoolMon => "PoolMon",
        SnapshotSource::Script => "pool script",
        SnapshotSource::Debugger => "!poolused",
        SnapshotSource::Dump => "kernel dump",
        SnapshotSource::Event => "event 2004",
    }
}

/// The kind of installation, within a sentence.
#[must_use]
pub fn installed(what: Installed) -> &'static str {
    match what {
        Installed::Driver => "driver",
        Installed::Service => "service",
        Installed::Update => "update",
    }
}

/// The purpose of a tag, and the list that describes it.
#[must_use]
pub fn description(Description { text, list }: &Description) -> String {
    format!("{text} ({list})")
}

/// Vendor, product and version of a driver; empty if its file does not contain them.
#[must_use]
pub fn vendor(Vendor { company, product, version, unsigned }: &Vendor) -> String {
    const UNSIGNED: &str = "no signature in the file";
    let parts: Vec<&str> =
        [company, product, version].into_iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
    match (parts.join(", "), unsigned) {
        (made, false) => made,
        (made, true) if made.is_empty() => UNSIGNED.to_owned(),
        (made, true) => format!("{made}; {UNSIGNED}"),
    }
}

/// The source that names a driver as the owner of a tag.
#[must_use]
pub fn owner_basis(basis: &OwnerBasis) -> String {
    match basis {
        OwnerBasis::NamedByList { list } => format!("named by {list}"),
        OwnerBasis::DriverColumn => "named in the snapshot's driver column".to_owned(),
        OwnerBasis::InItsFile { occurrences, reversed, allocates } => {
            let each = occurrences.iter().map(|(occurrence, count)| match count {
                1 => occurrence_name(*occurrence).to_owned(),
                n => format!("{} ({n} times)", occurrence_name(*occurrence)),
            });
            let order = if *reversed { " in reversed byte order" } else { "" };
            let imports = if *allocates { "" } else { "; it does not import the pool's functions" };
            format!("its file contains the tag{order} {}{imports}", each.collect::<Vec<_>>().join(" and "))
        }
        OwnerBasis::Debugger { times } => format!("a debugger found the tag in its memory {}", units::times(*times)),
    }
}

fn occurrence_name(occurrence: Occurrence) -> &'static str {
    match occurrence {
        Occurrence::Immediate => "as an operand of an instruction",
        Occurrence::Compared => "as an operand of a comparison",
        Occurrence::Constant => "as a constant",
        Occurrence::Text => "within a text",
    }
}

/// A contradiction between sources about the owner of a tag.
#[must_use]
pub fn owner_disagreement(disagreement: &OwnerDisagreement) -> String {
    match disagreement {
        OwnerDisagreement::SeveralListed { tag, listed } => {
            format!("lists of pool tags name several drivers for {tag}: {}", listed.join(", "))
        }
        OwnerDisagreement::FoundElsewhere { tag, listed, scanned, found_in, used } => {
            let verb = match (used, found_in.len()) {
                (true, 1) => "uses it",
                (true, _) => "use it",
                (false, 1) => "contains it",
                (false, _) => "contain it",
            };
            format!(
                "lists of pool tags name {} for {tag}, but of the {} scanned {} {verb}",
                listed.join(", "),
                counted(*scanned, "driver file", "driver files"),
                found_in.join(", "),
            )
        }
        OwnerDisagreement::NotFound { tag, listed, scanned } => format!(
            "lists of pool tags name {} for {tag}, but none of the {} scanned contains it: that file was not scanned, or \
             the tag belongs to another driver that was not scanned",
            listed.join(", "),
            counted(*scanned, "driver file", "driver files"),
        ),
    }
}

fn size(bytes: u64) -> String {
    units::bytes(bytes as f64)
}

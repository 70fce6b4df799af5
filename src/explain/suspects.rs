//! Suspects, and why they are suspected.

use super::events;
use super::evidence::{description, owner_basis, vendor};
use super::words::{process_name, snapshot_place};
use crate::attribute::pool_evidence::PrimeSuspect;
use crate::attribute::suspect::{Basis, Suspect, TagGrowth};
use crate::base::units;
use crate::model;

/// A suspect for the report.
pub fn suspect(suspect: &Suspect) -> model::Suspect {
    model::Suspect {
        role: suspect.role,
        kind: suspect.kind,
        name: suspect.name.clone(),
        pid: suspect.pid,
        processes: suspect.processes,
        share: suspect.share,
        rate_per_hour: suspect.rate,
        drivers: suspect.drivers.clone(),
        confidence: suspect.confidence,
        vendor: suspect.vendor.as_ref().map(vendor),
        basis: basis(&suspect.basis),
    }
}

/// Why a suspect is suspected.
fn basis(basis: &Basis) -> String {
    match basis {
        Basis::ChargedPool { from, to, handles } => {
            let handles = handles.map_or_else(String::new, |(before, after)| {
                format!(", its handles from {} to {}", units::count(before), units::count(after))
            });
            format!("pool charged to it rose from {} to {}{handles}", units::bytes(*from), units::bytes(*to))
        }
        Basis::SameName { processes, largest_pid, largest_share, largest } => {
            let pid = largest_pid.map_or_else(String::new, |pid| format!(" (PID {pid})"));
            format!(
                "{processes} processes of this name; the largest{pid} has {} of the growth: {}",
                units::percent(*largest_share),
                self::basis(largest)
            )
        }
        Basis::GrowsWhileItRuns => "nothing is charged to it, but the growth comes while it runs".to_owned(),
        Basis::PrivateBytes { from, to } => {
            format!("its private bytes rose from {} to {}", units::bytes(*from), units::bytes(*to))
        }
        Basis::TagGrew(growth) => tag_growth(growth),
        Basis::TagInOneSnapshot { bytes, share, place, description: about } => {
            let about = about.as_ref().map_or_else(String::new, |about| format!("; {}", description(about)));
            format!(
                "uses {} in the only snapshot ({}), as much as {} of the growth; a second snapshot would show whether it \
                 grows{about}",
                units::bytes(*bytes as f64),
                snapshot_place(place),
                units::percent(*share)
            )
        }
        Basis::OwnsTags { tags, arrival } => {
            let each = tags.iter().map(|(tag, named)| {
                format!("tag {tag}: {}", named.iter().map(owner_basis).collect::<Vec<_>>().join("; "))
            });
            each.chain(arrival.iter().map(events::arrival)).collect::<Vec<_>>().join(". ")
        }
        Basis::InstalledBefore(arrival) => {
            format!(
                "all of the growth came after it was installed; nothing else points to it. {}",
                events::arrival(arrival)
            )
        }
    }
}

fn tag_growth(growth: &TagGrowth) -> String {
    let mut text = format!(
        "grew from {} to {} over {} snapshots, in {} of {} steps",
        units::bytes(growth.from),
        units::bytes(growth.to),
        growth.snapshots,
        growth.rising_steps,
        growth.steps
    );
    if growth.outstanding > 0 {
        text += &format!(
            "; {} allocations outstanding, {} each",
            units::count(growth.outstanding as f64),
            units::bytes(growth.to / growth.outstanding as f64)
        );
    }
    if let Some(freed) = growth.freed {
        text += &format!("; {} of the new ones were freed", units::percent(freed));
    }
    if let Some(about) = &growth.description {
        text += &format!("; {}", description(about));
    }
    text
}

/// The suspect to name.
pub fn prime(suspect: &PrimeSuspect) -> String {
    match suspect {
        PrimeSuspect::Process { name, pid, processes } if pid.is_some() || *processes == 1 => process_name(name, *pid),
        PrimeSuspect::Process { name, .. } => format!("{name} processes"),
        PrimeSuspect::Driver(file) => file.clone(),
        PrimeSuspect::Tag(tag) => format!("tag {tag}"),
    }
}

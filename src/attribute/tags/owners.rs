//! Who owns the suspect tags, and which tag the verdict names.

use super::{Lead, Tags};
use crate::base::units;
use crate::evidence::MachineEvidence;
use crate::evidence::Tag;
use crate::evidence::owner::Ownership;
use crate::explain::evidence as explain;
use crate::model::{Role, Suspect, SuspectKind};

/// Drivers that are listed.
const MOST_DRIVERS: usize = 6;
/// A driver that is likelier not the one than so.
const LEAST_CONFIDENCE: f64 = 0.1;
/// A second tag of this share of the growth is named beside the first.
const NAMED_BESIDE: f64 = 0.25;

/// Adds who owns the suspect tags. `sure` says whether a series of snapshots showed them grow.
pub fn name(suspects: Vec<(Suspect, Tag)>, clues: &MachineEvidence, sure: bool, tags: &mut Tags) {
    let nobody = Ownership::default();
    let mut drivers: Vec<Suspect> = Vec::new();
    let mut unowned = Vec::new();
    for (mut suspect, tag) in suspects {
        let own = clues.owners.get(&tag).unwrap_or(&nobody);
        let candidates = own.owners.iter().filter(|o| o.confidence >= LEAST_CONFIDENCE);
        suspect.drivers = candidates.clone().map(|o| o.file.clone()).collect();
        if let Some(description) = &own.description {
            suspect.basis += &format!("; {}", explain::description(description));
        }
        if own.on_behalf {
            tags.reasons.push(format!(
                "Tag {tag} is Windows' own, allocated for whoever asks: look for the driver or process that asks, by the tags \
                 that rise with it or by tracing allocations with their stacks"
            ));
        } else if own.owners.is_empty() {
            unowned.push(tag.to_string());
        }
        tags.disagreements.extend(own.disagreements.iter().map(explain::owner_disagreement));
        let blamed = candidates.filter(|o| !(own.on_behalf && o.file.eq_ignore_ascii_case("ntoskrnl.exe")));
        for owner in blamed.take(3) {
            let confidence = super::round(owner.confidence * suspect.confidence.unwrap_or(0.5));
            let named: Vec<String> = owner.basis.iter().map(explain::owner_basis).collect();
            let basis = format!("tag {tag}: {}", named.join("; "));
            if let Some(known) = drivers.iter_mut().find(|d| d.name.eq_ignore_ascii_case(&owner.file)) {
                known.share = (known.share + suspect.share).min(1.0);
                known.confidence = known.confidence.map(|c| c.max(confidence));
                known.bytes_per_hour = known.bytes_per_hour.zip(suspect.bytes_per_hour).map(|(a, b)| a + b);
                known.basis += &format!(". {basis}");
            } else {
                drivers.push(Suspect {
                    role: Role::Holder,
                    kind: SuspectKind::Driver,
                    name: owner.file.clone(),
                    pid: None,
                    processes: 0,
                    share: suspect.share,
                    bytes_per_hour: suspect.bytes_per_hour,
                    drivers: Vec::new(),
                    confidence: Some(confidence),
                    maker: (!owner.vendor.is_empty()).then(|| explain::vendor(&owner.vendor)),
                    basis,
                });
            }
        }
        tags.suspects.push(suspect);
    }
    if clues.scanned > 0 && !unowned.is_empty() {
        tags.reasons.push(format!(
            "None of the {} scanned holds {}: its driver is elsewhere, or makes the tag while it runs",
            units::counted(clues.scanned, "driver file", "driver files"),
            unowned.join(" or ")
        ));
    }
    drivers.retain(|d| d.confidence.is_some_and(|c| c >= LEAST_CONFIDENCE / 2.0));
    drivers.sort_by(|a, b| b.confidence.unwrap_or(0.0).total_cmp(&a.confidence.unwrap_or(0.0)));
    drivers.truncate(MOST_DRIVERS);
    tags.leads = leads(&tags.suspects, clues, sure);
    if let ([lead], Some(first)) = (&tags.leads[..], tags.suspects.first())
        && first.name != lead.tag.padded()
    {
        let own = first.name.trim_end();
        tags.reasons.push(format!(
            "Tag {} holds less than {own}, but {own} is Windows' own: {} is the one that tells who asks",
            lead.tag, lead.tag
        ));
    }
    tags.suspects.extend(drivers);
}

/// The tags to name: the largest, and the next where it makes much of the growth too; Windows' own only where there is no
/// other.
fn leads(suspects: &[Suspect], clues: &MachineEvidence, sure: bool) -> Vec<Lead> {
    let of = |suspect: &Suspect| {
        let tag = clues.owners.keys().find(|tag| tag.padded() == suspect.name).copied()?;
        let own = &clues.owners[&tag];
        let driver = own.owners.first().filter(|o| !own.on_behalf && o.confidence >= LEAST_CONFIDENCE);
        let driver = driver.map(|o| (o.file.clone(), explain::vendor(&o.vendor), o.confidence));
        Some(Lead { tag, driver, on_behalf: own.on_behalf, sure, share: suspect.share })
    };
    let mut leads: Vec<Lead> = suspects.iter().filter_map(of).collect();
    if leads.iter().any(|lead| !lead.on_behalf) {
        leads.retain(|lead| !lead.on_behalf);
    }
    let beside = leads.iter().skip(1).take(1).filter(|lead| lead.share >= NAMED_BESIDE).count();
    leads.truncate(1 + beside);
    leads
}

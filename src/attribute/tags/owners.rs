//! Owners of the suspected tags.

use super::lead::{LEAST_CONFIDENCE, Seen, leads};
use super::{TagDisagreement, TagReason, Tags};
use crate::attribute::suspect::{Basis, Suspect, two_digits};
use crate::evidence::drivers::Vendor;
use crate::evidence::owner::{Owner, Ownership};
use crate::evidence::well_known::KERNEL;
use crate::evidence::{MachineEvidence, Tag};

/// Maximum number of drivers in the list.
const MOST_DRIVERS: usize = 6;
/// Maximum number of drivers per tag.
const MOST_OF_A_TAG: usize = 3;
/// A driver with a lower likelihood is not listed. The value is that of the tag times that of owning it, so half the
/// limit for a certain tag is enough.
const LEAST_OF_A_DRIVER: f64 = LEAST_CONFIDENCE / 2.0;
/// Confidence in a tag that has no confidence yet.
const UNKNOWN_CONFIDENCE: f64 = 0.5;

/// Adds the suspected tags and their owners.
pub fn add(suspects: Vec<(Suspect, Tag)>, evidence: &MachineEvidence, seen: Seen, tags: &mut Tags) {
    let nobody = Ownership::default();
    let mut drivers: Vec<Suspect> = Vec::new();
    let mut unowned = Vec::new();
    for (mut suspect, tag) in suspects {
        let own = evidence.owners.get(&tag).unwrap_or(&nobody);
        let candidates = own.owners.iter().filter(|o| o.confidence >= LEAST_CONFIDENCE);
        suspect.drivers = candidates.clone().map(|o| o.file.clone()).collect();
        match &mut suspect.basis {
            Basis::TagGrew(growth) => growth.description.clone_from(&own.description),
            Basis::TagInOneSnapshot { description, .. } => description.clone_from(&own.description),
            _ => {}
        }
        if own.on_behalf {
            tags.reasons.push(TagReason::AllocatedForOthers(tag));
        } else if own.owners.is_empty() {
            unowned.push(tag);
        }
        tags.disagreements.extend(own.disagreements.iter().cloned().map(TagDisagreement::Owner));
        let blamed = candidates.filter(|o| !(own.on_behalf && o.file.eq_ignore_ascii_case(KERNEL)));
        blamed.take(MOST_OF_A_TAG).for_each(|owner| add_driver(&mut drivers, &suspect, tag, owner));
        tags.suspects.push(suspect);
    }
    if evidence.scanned > 0 && !unowned.is_empty() {
        tags.reasons.push(TagReason::NotInScannedFiles { files: evidence.scanned, tags: unowned });
    }
    drivers.retain(|d| d.confidence.is_some_and(|c| c >= LEAST_OF_A_DRIVER));
    drivers.sort_by(|a, b| b.confidence.unwrap_or(0.0).total_cmp(&a.confidence.unwrap_or(0.0)));
    drivers.truncate(MOST_DRIVERS);
    tags.leads = leads(&tags.suspects, evidence, seen);
    if let ([lead], Some(first)) = (&tags.leads[..], tags.suspects.first())
        && first.name != lead.tag.padded()
    {
        let own = first.name.trim_end().to_owned();
        tags.reasons.push(TagReason::LeadsToWhoAsks { lead: lead.tag, own });
    }
    tags.suspects.extend(drivers);
}

/// Adds the owner of a tag; an owner of several tags is listed once.
fn add_driver(drivers: &mut Vec<Suspect>, of_tag: &Suspect, tag: Tag, owner: &Owner) {
    let confidence = two_digits(owner.confidence * of_tag.confidence.unwrap_or(UNKNOWN_CONFIDENCE));
    let named = (tag, owner.basis.clone());
    if let Some(known) = drivers.iter_mut().find(|d| d.name.eq_ignore_ascii_case(&owner.file)) {
        known.share = (known.share + of_tag.share).min(1.0);
        known.confidence = known.confidence.map(|c| c.max(confidence));
        known.rate = known.rate.zip(of_tag.rate).map(|(a, b)| a + b);
        if let Basis::OwnsTags { tags, .. } = &mut known.basis {
            tags.push(named);
        }
        return;
    }
    let basis = Basis::OwnsTags { tags: vec![named], arrival: None };
    let driver = Suspect::driver(&owner.file, of_tag.share, of_tag.rate, confidence, basis);
    drivers
        .push(Suspect { vendor: Some(owner.vendor.clone()).filter(|vendor| *vendor != Vendor::default()), ..driver });
}

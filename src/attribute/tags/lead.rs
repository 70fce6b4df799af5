//! The tags that a verdict names.

use crate::attribute::suspect::Suspect;
use crate::evidence::drivers::Vendor;
use crate::evidence::{MachineEvidence, Tag};

/// A driver below this likelihood is named with a "perhaps".
pub const LIKELY: f64 = 0.5;
/// A driver below this likelihood is not listed for a tag.
pub(super) const LEAST_CONFIDENCE: f64 = 0.1;
/// A second tag of this share of the growth is named beside the first.
const NAMED_BESIDE: f64 = 0.25;

/// A tag that the verdict names.
#[derive(Clone, Debug)]
pub struct Lead {
    /// The tag.
    pub tag: Tag,
    /// Its likeliest driver.
    pub driver: Option<LeadDriver>,
    /// Whether Windows allocates it for others.
    pub on_behalf: bool,
    /// How its growth is known.
    pub seen: Seen,
    /// Share of the growth.
    pub share: f64,
}

/// How a tag's growth is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Several snapshots show it grow.
    Growing,
    /// One snapshot shows it large.
    Large,
}

/// The likeliest driver of a tag.
#[derive(Clone, Debug)]
pub struct LeadDriver {
    /// File name.
    pub file: String,
    /// Vendor, product and version, where its file is at hand.
    pub vendor: Vendor,
    /// How likely it owns the tag, 0 to 1.
    pub confidence: f64,
}

/// The tags to name: the largest, and the next where it makes much of the growth too; Windows' own only where there is no
/// other.
pub(super) fn leads(suspects: &[Suspect], evidence: &MachineEvidence, seen: Seen) -> Vec<Lead> {
    let lead = |suspect: &Suspect| {
        let (tag, own) = evidence.owners.iter().find(|(tag, _)| tag.padded() == suspect.name)?;
        let likeliest = own.owners.first().filter(|o| !own.on_behalf && o.confidence >= LEAST_CONFIDENCE);
        let driver =
            likeliest.map(|o| LeadDriver { file: o.file.clone(), vendor: o.vendor.clone(), confidence: o.confidence });
        Some(Lead { tag: *tag, driver, on_behalf: own.on_behalf, seen, share: suspect.share })
    };
    let mut leads: Vec<Lead> = suspects.iter().filter_map(lead).collect();
    if leads.iter().any(|lead| !lead.on_behalf) {
        leads.retain(|lead| !lead.on_behalf);
    }
    let beside = leads.iter().skip(1).take(1).filter(|lead| lead.share >= NAMED_BESIDE).count();
    leads.truncate(1 + beside);
    leads
}

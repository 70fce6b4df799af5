//! The tags that a verdict names.

use crate::attribute::suspect::Suspect;
use crate::evidence::drivers::Vendor;
use crate::evidence::{MachineEvidence, Tag};

/// A driver with a lower likelihood is named with "perhaps".
pub const LIKELY: f64 = 0.5;
/// A driver with a lower likelihood is not listed for a tag.
pub(super) const LEAST_CONFIDENCE: f64 = 0.1;
/// A second tag with this share of the growth is named as well.
const NAMED_BESIDE: f64 = 0.25;

/// A tag that the verdict names.
#[derive(Clone, Debug)]
pub struct Lead {
    pub tag: Tag,
    /// Most likely driver of the tag.
    pub driver: Option<LeadDriver>,
    /// Whether Windows allocates the tag for other components.
    pub on_behalf: bool,
    /// Evidence of its growth.
    pub seen: Seen,
    /// Share of the growth, 0 to 1.
    pub share: f64,
}

/// Evidence of a tag's growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It grows over several snapshots.
    Growing,
    /// It is large in a single snapshot.
    Large,
}

/// Most likely driver of a tag.
#[derive(Clone, Debug)]
pub struct LeadDriver {
    pub file: String,
    /// Vendor, product and version, if the file is available.
    pub vendor: Vendor,
    /// How likely the driver owns the tag, 0 to 1.
    pub confidence: f64,
}

/// The tags to name: the largest, and the next if its share is large too; Windows' own tags only if there is no other.
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

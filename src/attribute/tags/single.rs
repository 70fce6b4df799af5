//! A single snapshot: it shows sizes, which are the upper limit of growth.

use super::lead::Seen;
use super::{TagReason, Tags, owners};
use crate::attribute::suspect::{Basis, Suspect, two_digits};
use crate::base::Pool;
use crate::case::Case;
use crate::detect::Trend;
use crate::evidence::poolmon::{PoolSnapshot, TagUse};
use crate::evidence::{MachineEvidence, Tag};

/// In a single snapshot, a tag must have this share of the growth: its memory may be much older.
const SUSPICIOUS_ALONE: f64 = 0.25;
/// Confidence in a tag that is as large as the whole growth.
const CONFIDENCE_ALONE: f64 = 0.6;
/// Maximum number of tags to name.
const NAMED: usize = 3;

/// A tag and its size.
#[derive(Clone, Debug, PartialEq)]
pub struct TagShare {
    pub tag: Tag,
    pub bytes: u64,
    /// Share of the pool, 0 to 1, if the pool's size is known.
    pub of_pool: Option<f64>,
}

/// The largest tag of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct LargestTag {
    pub tag: Tag,
    /// File name of the most likely driver.
    pub driver: Option<String>,
    pub bytes: u64,
    /// Share of the pool, 0 to 1.
    pub share: f64,
}

/// Adds the evidence of a single snapshot.
pub fn alone(case: &Case<'_>, pool: Pool, trend: Option<&Trend>, snapshot: &PoolSnapshot, tags: &mut Tags) {
    let held = snapshot.pool_bytes(pool).map(|bytes| bytes as f64).filter(|held| *held > 0.0);
    let growth = trend.map(|t| t.levels.1 - t.levels.0).filter(|g| *g > 0.0);
    let mut largest: Vec<&TagUse> = snapshot.tags.iter().filter(|t| t.pool == pool).collect();
    largest.sort_by_key(|t| (std::cmp::Reverse(t.bytes), t.tag));
    let share = |t: &&TagUse| TagShare {
        tag: t.tag,
        bytes: t.bytes,
        of_pool: held.map(|held| (t.bytes as f64 / held).min(1.0)),
    };
    tags.largest = largest.iter().take(NAMED).map(share).collect();
    tags.reasons.push(TagReason::OneSnapshot { source: snapshot.taken_by, largest: tags.largest.clone() });
    // Without growth there is no suspect: some tag is always the largest.
    let Some(growth) = growth else { return };
    let suspects: Vec<(Suspect, Tag)> = largest
        .iter()
        .filter(|t| t.bytes as f64 >= SUSPICIOUS_ALONE * growth)
        .take(NAMED)
        .map(|t| {
            let share = (t.bytes as f64 / growth).min(1.0);
            let (bytes, place) = (t.bytes, snapshot.place.clone());
            let basis = Basis::TagInOneSnapshot { bytes, share, place, description: None };
            (Suspect::tag(t.tag, share, None, two_digits(CONFIDENCE_ALONE * share), basis), t.tag)
        })
        .collect();
    owners::add(suspects, case.evidence, Seen::Large, tags);
}

/// The largest tag of a pool, in the last complete snapshot.
pub fn largest(evidence: &MachineEvidence, pool: Pool) -> Option<LargestTag> {
    let whole = |s: &PoolSnapshot| !s.partial && s.tags.iter().any(|t| t.pool == pool);
    let mut latest_first = evidence.snapshots.iter().rev().filter(|_| evidence.inconsistency.is_none());
    let (_, snapshot) = latest_first.find(|(_, s)| whole(s))?;
    let most = snapshot.tags.iter().filter(|t| t.pool == pool).max_by_key(|t| t.bytes)?;
    let share = most.bytes as f64 / snapshot.pool_bytes(pool).filter(|b| *b > 0)? as f64;
    let own = evidence.owners.get(&most.tag).filter(|o| !o.on_behalf);
    let driver = own.and_then(|o| o.owners.first()).map(|o| o.file.clone());
    Some(LargestTag { tag: most.tag, driver, bytes: most.bytes, share: share.min(1.0) })
}

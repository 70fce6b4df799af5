//! Who may hold growth or set it off, and what speaks for it.

use super::events::Arrival;
use crate::evidence::Tag;
use crate::evidence::drivers::Vendor;
use crate::evidence::owner::{Description, OwnerBasis};
use crate::machine::Process;
use crate::model::{Role, SuspectKind};

/// A process, a pool tag or a driver that is suspected.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// Whether it holds the growth or sets it off.
    pub role: Role,
    /// What it is.
    pub kind: SuspectKind,
    /// Process base name, the four characters of a tag, or the driver's file name.
    pub name: String,
    /// Process id.
    pub pid: Option<u32>,
    /// Processes of that name summed up here; 0 for tags and drivers.
    pub processes: usize,
    /// Share of the growth, 0 to 1.
    pub share: f64,
    /// Its own rate, bytes an hour.
    pub rate: Option<f64>,
    /// Of a tag: files of the drivers that may own it, the likeliest first.
    pub drivers: Vec<String>,
    /// Of tags and drivers: how likely it is rightly suspected, 0 to 1.
    pub confidence: Option<f64>,
    /// Of a driver: its vendor, product and version.
    pub vendor: Option<Vendor>,
    /// Why it is suspected.
    pub basis: Basis,
}

/// Why something is suspected. Sizes are bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Basis {
    /// Pool charged to the process rose.
    ChargedPool {
        /// At the begin of the growth.
        from: f64,
        /// At its end.
        to: f64,
        /// Its handles at both times, where they rose clearly too.
        handles: Option<(f64, f64)>,
    },
    /// Several processes of one name hold it together.
    SameName {
        /// How many.
        processes: usize,
        /// Id of the one with the largest share.
        largest_pid: Option<u32>,
        /// That share, 0 to 1.
        largest_share: f64,
        /// Why that one is suspected.
        largest: Box<Basis>,
    },
    /// The process holds none of it, but growth comes while it runs.
    GrowsWhileItRuns,
    /// Private bytes of the process rose.
    PrivateBytes {
        /// At the begin of the growth.
        from: f64,
        /// At its end.
        to: f64,
    },
    /// The tag grew over several snapshots.
    TagGrew(TagGrowth),
    /// The tag holds much of the pool in the only snapshot.
    TagInOneSnapshot {
        /// What it holds.
        bytes: u64,
        /// As a share of the growth.
        share: f64,
        /// Where the snapshot comes from.
        source: String,
        /// What the tag is for.
        description: Option<Description>,
    },
    /// The driver owns tags that grew.
    OwnsTags {
        /// The tags, and who names the driver for each.
        tags: Vec<(Tag, Vec<OwnerBasis>)>,
        /// Its installation shortly before the growth began.
        arrival: Option<Arrival>,
    },
    /// The driver was installed shortly before the growth began, and nothing else is known.
    InstalledBefore(Arrival),
}

/// How a tag grew over snapshots.
#[derive(Clone, Debug)]
pub struct TagGrowth {
    /// Bytes in the first snapshot that lists it.
    pub from: f64,
    /// Bytes in the last.
    pub to: f64,
    /// Snapshots that list it.
    pub snapshots: usize,
    /// Steps from one snapshot to the next in which it rose.
    pub rising_steps: usize,
    /// All such steps.
    pub steps: usize,
    /// Allocations outstanding in the last snapshot.
    pub outstanding: u64,
    /// Of the new allocations those that were freed, 0 to 1, where that is counted.
    pub freed: Option<f64>,
    /// What the tag is for.
    pub description: Option<Description>,
}

impl Suspect {
    /// One process that holds a share of growth.
    #[must_use]
    pub fn process(process: &Process, share: f64, rate: Option<f64>, basis: Basis) -> Self {
        Self::named_process(process.name.to_string(), process.pid, share, rate, basis)
    }

    /// One process that sets growth off.
    #[must_use]
    pub fn correlated(name: &str, pid: Option<u32>, share: f64, rate: f64) -> Self {
        let holder = Self::named_process(name.to_owned(), pid, share, Some(rate), Basis::GrowsWhileItRuns);
        Self { role: Role::Correlated, ..holder }
    }

    fn named_process(name: String, pid: Option<u32>, share: f64, rate: Option<f64>, basis: Basis) -> Self {
        Self { pid, processes: 1, ..Self::of(SuspectKind::Process, name, share, rate, None, basis) }
    }

    /// A pool tag.
    #[must_use]
    pub fn tag(tag: Tag, share: f64, rate: Option<f64>, confidence: f64, basis: Basis) -> Self {
        Self::of(SuspectKind::PoolTag, tag.padded(), share, rate, Some(confidence), basis)
    }

    /// A driver file.
    #[must_use]
    pub fn driver(file: &str, share: f64, rate: Option<f64>, confidence: f64, basis: Basis) -> Self {
        Self::of(SuspectKind::Driver, file.to_owned(), share, rate, Some(confidence), basis)
    }

    fn of(
        kind: SuspectKind,
        name: String,
        share: f64,
        rate: Option<f64>,
        confidence: Option<f64>,
        basis: Basis,
    ) -> Self {
        Self {
            role: Role::Holder,
            kind,
            name,
            pid: None,
            processes: 0,
            share,
            rate,
            drivers: Vec::new(),
            confidence,
            vendor: None,
            basis,
        }
    }
}

/// Two digits, as confidences are given.
#[must_use]
pub fn two_digits(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

//! Suspects of growth, and why they are suspected.

use super::events::Arrival;
use crate::base::SnapshotPlace;
use crate::evidence::Tag;
use crate::evidence::drivers::Vendor;
use crate::evidence::owner::{Description, OwnerBasis};
use crate::machine::Process;
use crate::model::{Role, SuspectKind};

/// A process, a pool tag or a driver.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// Whether its memory grows, or it is only correlated with the growth.
    pub role: Role,
    pub kind: SuspectKind,
    /// Process base name, the four characters of a tag, or the driver's file name.
    pub name: String,
    pub pid: Option<u32>,
    /// Number of processes of that name that are added up here; 0 for tags and drivers.
    pub processes: usize,
    /// Share of the growth, 0 to 1.
    pub share: f64,
    /// Growth rate of the suspect, bytes an hour.
    pub rate: Option<f64>,
    /// For a tag: files of the drivers that may own it, most likely first.
    pub drivers: Vec<String>,
    /// For tags and drivers: how likely the suspicion is right, 0 to 1.
    pub confidence: Option<f64>,
    /// For a driver: its vendor, product and version.
    pub vendor: Option<Vendor>,
    pub basis: Basis,
}

/// Why a suspect is suspected. Sizes are bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Basis {
    /// Pool charged to the process rose.
    ChargedPool {
        /// Size at the start of the growth.
        from: f64,
        /// Size at its end.
        to: f64,
        /// Handles at both times, if they clearly rose too.
        handles: Option<(f64, f64)>,
    },
    /// Several processes of one name grow together.
    SameName {
        /// Number of processes.
        processes: usize,
        /// Id of the process with the largest share.
        largest_pid: Option<u32>,
        /// Largest share, 0 to 1.
        largest_share: f64,
        /// Why that process is suspected.
        largest: Box<Basis>,
    },
    /// None of the growth is charged to the process, but the pool grows while it runs.
    GrowsWhileItRuns,
    /// Private bytes of the process rose.
    PrivateBytes {
        /// Size at the start of the growth.
        from: f64,
        /// Size at its end.
        to: f64,
    },
    /// The tag grew over several snapshots.
    TagGrew(TagGrowth),
    /// The tag uses much of the pool in the only snapshot.
    TagInOneSnapshot {
        /// Bytes of the tag.
        bytes: u64,
        /// The same as a share of the growth.
        share: f64,
        /// Where the snapshot was found.
        place: SnapshotPlace,
        /// Purpose of the tag.
        description: Option<Description>,
    },
    /// The driver owns tags that grew.
    OwnsTags {
        /// The tags, with the sources that name the driver for each.
        tags: Vec<(Tag, Vec<OwnerBasis>)>,
        /// The driver's installation, if shortly before growth started.
        arrival: Option<Arrival>,
    },
    /// The driver was installed shortly before growth started; there is no other evidence.
    InstalledBefore(Arrival),
}

/// Growth of a tag over snapshots.
#[derive(Clone, Debug)]
pub struct TagGrowth {
    /// Bytes in the first snapshot that lists the tag.
    pub from: f64,
    /// Bytes in the last snapshot.
    pub to: f64,
    /// Number of snapshots that list the tag.
    pub snapshots: usize,
    /// Steps between snapshots in which the tag rose.
    pub rising_steps: usize,
    /// All steps between snapshots.
    pub steps: usize,
    /// Allocations outstanding in the last snapshot.
    pub outstanding: u64,
    /// Share of the new allocations that were freed, 0 to 1, if counted.
    pub freed: Option<f64>,
    /// Purpose of the tag.
    pub description: Option<Description>,
}

impl Suspect {
    /// A process with a share of the growth.
    #[must_use]
    pub fn process(process: &Process, share: f64, rate: Option<f64>, basis: Basis) -> Self {
        Self::named_process(process.name.to_string(), process.pid, share, rate, basis)
    }

    /// A process that is correlated with the growth.
    #[must_use]
    pub fn correlated(name: &str, pid: Option<u32>, share: f64, rate: f64) -> Self {
        let holder = Self::named_process(name.to_owned(), pid, share, Some(rate), Basis::GrowsWhileItRuns);
        Self { role: Role::Correlated, ..holder }
    }

    fn named_process(name: String, pid: Option<u32>, share: f64, rate: Option<f64>, basis: Basis) -> Self {
        Self { pid, processes: 1, ..Self::of(SuspectKind::Process, name, share, rate, None, basis) }
    }

    #[must_use]
    pub fn tag(tag: Tag, share: f64, rate: Option<f64>, confidence: f64, basis: Basis) -> Self {
        Self::of(SuspectKind::PoolTag, tag.padded(), share, rate, Some(confidence), basis)
    }

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

/// Rounds to two digits, as confidences are shown.
#[must_use]
pub fn two_digits(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

//! What tags, drivers and events show about a pool.

use super::events::{Arrival, Exhausted};
use super::origin::Holders;
use super::suspect::{Basis, Suspect, two_digits};
use super::tags::{self, TagDisagreement, Tags};
use crate::base::Pool;
use crate::case::Case;
use crate::evidence::Tag;
use crate::evidence::events::Installed;
use crate::model::{Growth, Origin, Role, SuspectKind, Time, Unit, Verdict};

/// A driver installed within this many hours before the growth has its doubt halved; an earlier one only slightly
/// reduced.
const SHORTLY_HOURS: f64 = 2.0;
const DOUBT_SHORTLY: f64 = 0.5;
const DOUBT_BEFORE: f64 = 0.8;
/// Likelihood that a driver is the cause, by the time of its installation alone.
const BY_TIME_ALONE: f64 = 0.4;

/// A driver installed just before the growth is more likely the cause, and a suspect if nothing else names one.
pub fn installed_driver(tags: &mut Tags, arrival: Option<&Arrival>, holders: Option<&Holders>) {
    let Some(arrival) = arrival.filter(|a| a.what == Installed::Driver && a.before > 0.0) else { return };
    let shortly = arrival.before <= SHORTLY_HOURS;
    let is_driver = |s: &Suspect| s.kind == SuspectKind::Driver;
    let Some(file) = arrival.file() else { return };
    let own = |s: &&mut Suspect| is_driver(s) && s.name.eq_ignore_ascii_case(file);
    if let Some(suspect) = tags.suspects.iter_mut().find(own) {
        let doubt = if shortly { DOUBT_SHORTLY } else { DOUBT_BEFORE };
        suspect.confidence = suspect.confidence.map(|c| two_digits(1.0 - (1.0 - c) * doubt));
        if let Basis::OwnsTags { arrival: of, .. } = &mut suspect.basis {
            *of = Some(arrival.clone());
        }
    } else if shortly && holders.is_some_and(|h| h.origin != Origin::User) && !tags.suspects.iter().any(is_driver) {
        let basis = Basis::InstalledBefore(arrival.clone());
        let driver = Suspect::driver(file, 1.0, None, BY_TIME_ALONE, basis);
        tags.suspects.push(Suspect { role: Role::Correlated, ..driver });
    }
}

/// Evidence against the verdict that a pool does not leak.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Contradiction {
    /// An event records that the pool was exhausted although it did not grow.
    ExhaustedWithoutGrowth {
        id: u32,
        at: Time,
        /// Bytes in the pool.
        bytes: f64,
    },
    /// Snapshots show growth that the counters do not.
    Tags(TagDisagreement),
}

/// Events or snapshots that contradict the verdict that a pool does not leak.
#[must_use]
pub fn contradictions(
    case: &Case<'_>,
    pool: Pool,
    exhausted: Option<&Exhausted>,
    now: f64,
    verdict: Verdict,
) -> Vec<Contradiction> {
    let event = exhausted.and_then(|e| Some((e, case.clock(e.hours)?)));
    let mut found: Vec<Contradiction> = event
        .map(|(e, at)| Contradiction::ExhaustedWithoutGrowth { id: e.id, at, bytes: e.bytes })
        .into_iter()
        .collect();
    if verdict != Verdict::InsufficientData {
        found.extend(tags::contradiction(case, pool, now).map(Contradiction::Tags));
    }
    found
}

#[derive(Clone, Debug, PartialEq)]
pub enum PrimeSuspect {
    /// One process, or several of one name.
    Process {
        name: String,
        /// Process id, if there is only one.
        pid: Option<u32>,
        /// Number of processes.
        processes: usize,
    },
    /// A driver file.
    Driver(String),
    /// A pool tag.
    Tag(Tag),
}

/// The suspect that the headline names.
#[must_use]
pub fn prime_suspect(holders: Option<&Holders>, tags: &Tags) -> Option<PrimeSuspect> {
    let process = holders.filter(|h| h.origin == Origin::User).and_then(|h| h.suspects.first());
    if let Some(Suspect { name, pid, processes, .. }) = process.filter(|p| p.role == Role::Holder) {
        return Some(PrimeSuspect::Process { name: name.clone(), pid: *pid, processes: *processes });
    }
    let lead = tags.leads.first()?;
    let likely = lead.driver.as_ref().filter(|driver| driver.confidence >= tags::LIKELY);
    Some(likely.map_or(PrimeSuspect::Tag(lead.tag), |driver| PrimeSuspect::Driver(driver.file.clone())))
}

/// Tags and drivers, then processes, then correlated processes; in each group the largest share first.
#[must_use]
pub fn suspects(holders: Option<&Holders>, tags: &Tags) -> Vec<Suspect> {
    let processes = holders.map(|h| h.suspects.clone()).unwrap_or_default();
    let mut all: Vec<Suspect> = tags.suspects.iter().cloned().chain(processes).collect();
    all.sort_by(|a, b| {
        (a.role == Role::Correlated).cmp(&(b.role == Role::Correlated)).then(b.share.total_cmp(&a.share))
    });
    all
}

/// This many rising snapshots raise a suspicion without a counter log: five rise by chance once in 24 times, …
const SNAPSHOTS_ALONE: usize = 5;
/// … if one tag has this share of the growth, …
const SHARE_ALONE: f64 = 0.5;
/// … if the growth is a larger share of the pool than a morning's load adds, …
const GROWN_ALONE: f64 = 0.25;
/// … and if nearly all steps rise, which the tag's confidence shows.
const STEADY_ALONE: f64 = 0.75;

/// Whether snapshots alone, without a counter log, show enough to suspect a leak. `now` is the pool's size in bytes.
#[must_use]
pub fn suspected_by_snapshots(case: &Case<'_>, verdict: Verdict, tags: &Tags, now: f64) -> bool {
    let steady = |s: &Suspect| {
        s.kind == SuspectKind::PoolTag && s.share >= SHARE_ALONE && s.confidence.is_some_and(|c| c >= STEADY_ALONE)
    };
    case.machine.without_log
        && !verdict.is_growth()
        && tags
            .series
            .is_some_and(|grown| grown.snapshots >= SNAPSHOTS_ALONE && grown.bytes >= GROWN_ALONE * (now - grown.bytes))
        && tags.suspects.iter().any(steady)
}

/// Growth that only snapshots show.
#[must_use]
pub fn growth_of_snapshots(tags: &Tags, values: &[f64]) -> Option<Growth> {
    let grown = tags.series?;
    Some(Growth {
        unit: Unit::Bytes,
        rate_per_hour: grown.bytes / grown.hours?,
        rate_per_hour_ci95: None,
        first: *values.first()?,
        last: *values.last()?,
        maximum: values.iter().copied().fold(f64::MIN, f64::max),
        since: None,
    })
}

//! Restarts of a machine: how logs show them, and their effect on processes.

use std::collections::BTreeSet;

use super::history::Machine;
use super::process::{Process, SYSTEM_PID};
use crate::base::boot::SAME_BOOT_COUNTERS_SECONDS;
use crate::base::time::{FileTime, TICKS_PER_SECOND, ZonedTime};
use crate::counters::{CounterSet, MemoryCounter, ProcessField};

/// Maximum distance of times of the same boot, in ticks.
const SAME_BOOT: i64 = SAME_BOOT_COUNTERS_SECONDS as i64 * TICKS_PER_SECOND;

/// The counters that show restarts and the identity of processes.
#[must_use]
pub fn counters() -> CounterSet {
    let processes = CounterSet::of([ProcessField::IdProcess, ProcessField::ElapsedTime]);
    processes.with(MemoryCounter::SystemUpTime)
}

impl Machine {
    /// Restarts, from `System Up Time` and from the System process, which is a new one after each boot. A boot is
    /// between two samples, so neither jitter nor a clock change counts as one.
    pub(super) fn find_boots(&self) -> Vec<ZonedTime> {
        let mut found: Vec<(usize, i64)> = Vec::new();
        let mut before: Option<i64> = None;
        for (sample, up) in self.store.get(MemoryCounter::SystemUpTime).iter() {
            let Some(time) = self.times.get(sample).map(|t| t.utc.0) else { continue };
            let boot = time.saturating_sub((up * TICKS_PER_SECOND as f64) as i64);
            if before.is_some_and(|before| boot > before) {
                found.push((sample, boot));
            }
            before = Some(time);
        }
        let systems =
            self.processes.iter().filter(|p| p.pid == Some(SYSTEM_PID) && p.name.eq_ignore_ascii_case("System"));
        let mut began: Vec<i64> = systems.filter_map(|p| p.started).map(|t| t.0).collect();
        began.sort_unstable();
        let begin = self.times.first().map_or(i64::MAX, |t| t.utc.0);
        let mut known: BTreeSet<i64> = found.iter().map(|(_, boot)| *boot).collect();
        for boot in began.into_iter().filter(|boot| *boot > begin) {
            // The System process starts shortly after the up time.
            if known.range(boot.saturating_sub(SAME_BOOT)..=boot.saturating_add(SAME_BOOT)).next().is_none() {
                known.insert(boot);
                found.push((self.times.partition_point(|t| t.utc.0 < boot), boot));
            }
        }
        found.sort_unstable();
        let moment = |(sample, boot): (usize, i64)| {
            self.times.get(sample).map(|time| ZonedTime { utc: FileTime(boot), offset_minutes: time.offset_minutes })
        };
        found.into_iter().filter_map(moment).collect()
    }

    /// Splits processes at restarts. Without `Elapsed Time`, a process with the same id after a restart would look like
    /// the same process.
    pub(super) fn split_at_boots(&mut self) {
        for boot in &self.boots {
            let sample = self.times.partition_point(|t| t.utc < boot.utc);
            let (Some(last), Some(first)) =
                (sample.checked_sub(1).and_then(|at| self.times.get(at)), self.times.get(sample))
            else {
                continue;
            };
            let mut later = Vec::new();
            for process in &mut self.processes {
                if process.first_seen < boot.utc && process.last_seen >= boot.utc && !process.identity_unknown {
                    let series = process.series.split_off(sample);
                    later.push(Process { first_seen: first.utc, started: None, series, ..process.clone() });
                    process.last_seen = last.utc;
                }
            }
            self.processes.append(&mut later);
        }
    }

    /// Uses restarts from other evidence if the logs do not show restarts.
    pub fn take_boots(&mut self, boots: &[FileTime]) {
        let (Some(first), Some(last)) = (self.times.first(), self.times.last()) else { return };
        if self.knows_boots() {
            return;
        }
        let within = boots.iter().filter(|boot| **boot > first.utc && **boot <= last.utc);
        let moment = |boot: &FileTime| {
            let sample = self.times.partition_point(|t| t.utc < *boot);
            Some(ZonedTime { utc: *boot, offset_minutes: self.times.get(sample)?.offset_minutes })
        };
        self.boots = within.filter_map(moment).collect();
        self.split_at_boots();
    }

    /// Whether the logs can show restarts.
    #[must_use]
    pub fn knows_boots(&self) -> bool {
        !self.store.get(MemoryCounter::SystemUpTime).is_empty()
            || self.processes.iter().any(|p| p.pid == Some(SYSTEM_PID) && p.started.is_some())
    }
}

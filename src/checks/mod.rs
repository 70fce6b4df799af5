//! The judgement: leak or load, kernel or user, since when, until when.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and dates are computed as floats, and `as` saturates"
)]

pub mod chart;
pub mod commit;
pub mod finding;
pub mod judgement;
pub mod pool;
pub mod process;

pub use crate::forecast::limits::Release;

use std::sync::Arc;

use crate::base::units;
use crate::counters::ProcessField;
use crate::evidence::MachineEvidence;
pub use crate::machine::Pool;
use crate::machine::{Machine, Ram, ram};
use crate::model::{Finding, MachineReport, SuspectKind, Verdict};
use crate::stats::median;

/// What the user knows that the log does not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Physical memory of the machine, and who says so.
    pub ram: Option<Ram>,
    /// Its Windows release.
    pub release: Option<Release>,
    /// Limits of the pools that were measured on it, as the debugger's `!vm` and Process Explorer show them. They
    /// stand in for the documented ones.
    pub measured_limits: Vec<MeasuredLimit>,
    /// What PoolMon, debuggers, events and driver files say.
    pub clues: Arc<MachineEvidence>,
}

/// A pool's limit as it was measured.
#[derive(Clone, Debug)]
pub struct MeasuredLimit {
    /// Whose.
    pub pool: Pool,
    /// Bytes.
    pub bytes: u64,
    /// By whom, in words.
    pub basis: String,
}

/// Judges a machine.
#[must_use]
pub fn judge_machine(machine: &Machine, options: &Options) -> MachineReport {
    let first = machine.times.first();
    let hours: Vec<f64> = machine.times.iter().filter_map(|t| Some(t.utc.seconds_since(first?.utc) / 3600.0)).collect();
    let steps: Vec<f64> = hours.windows(2).map(|w| w[1] - w[0]).collect();
    let interval = (!steps.is_empty()).then(|| median(&steps));
    let ram = options.ram.clone().or_else(|| ram::infer(machine));
    let loads = crate::detect::load::loads(machine, &hours);
    let starts = finding::starts(machine);
    let of = finding::Subjects {
        machine,
        hours: &hours,
        interval,
        ram: ram.as_ref(),
        loads: &loads,
        starts: &starts,
        options,
    };
    let mut findings = Vec::new();
    let mut judged = process::Judged { findings: Vec::new(), series: 0, processes: 0, left_out: 0 };
    if machine.has_memory_counters || machine.store.has_pools() || machine.without_log {
        std::thread::scope(|scope| {
            let paged = scope.spawn(|| pool::finding(&of, Pool::Paged));
            findings.push(pool::finding(&of, Pool::Nonpaged));
            findings.push(paged.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        });
    }
    if !machine.times.is_empty() {
        findings.extend(commit::finding(&of, &findings));
        findings.extend(commit::page_table_entries(&of));
        judged = process::findings(&of);
        findings.append(&mut judged.findings);
        // Stable: of equals nonpaged pool comes first, and processes by what they have grown.
        findings.sort_by_key(|f| (f.severity, f.verdict, f.process.is_some(), f.subject));
    }
    let (events, left) = crate::attribute::timeline::lines(&of);
    let mut notes = not_analysed(&of, &findings, &judged);
    if left > 0 {
        notes.push(format!("The time line has no room for {} more events", units::count(left as f64)));
    }
    MachineReport {
        machine: machine.name.clone(),
        samples: machine.times.len() as u64,
        first_sample: chart::time(machine, 0),
        last_sample: chart::time(machine, machine.times.len().saturating_sub(1)),
        interval_seconds: interval.map(|h| (h * 3.6e6).round() / 1e3),
        windows: machine.info.os_version.map(|(major, minor, build)| format!("{major}.{minor}.{build}")),
        physical_memory_bytes: ram.as_ref().map(|r| r.bytes),
        physical_memory_basis: ram.as_ref().map(|r| r.basis.clone()),
        boots: machine.boots.iter().filter_map(|b| b.to_date_time()).map(crate::model::Time).collect(),
        not_analysed: notes,
        events,
        findings,
    }
}

/// What could not be judged, and why.
fn not_analysed(of: &finding::Subjects<'_>, findings: &[Finding], judged: &process::Judged) -> Vec<String> {
    let (machine, clues) = (of.machine, &of.options.clues);
    let mut notes: Vec<String> = clues.notes.iter().map(crate::explain::evidence::note).collect();
    if machine.without_log {
        notes.push(
            "Whether anything leaks: without a counter log over time nobody can tell; give the .blg or CSV of a collector, or \
             several PoolMon snapshots with their times"
                .to_owned(),
        );
        return notes;
    }
    if findings.iter().filter(|f| f.subject.is_pool()).all(|f| f.counter.is_none()) {
        notes.push(
            "Kernel pools: the log holds neither \\Memory\\Pool Nonpaged Bytes nor \\Memory\\Pool Paged Bytes under a name \
             that is known here. If it has them in another language (perfverdict inspect lists its objects), give the .blg \
             itself, which holds numbers for names; otherwise log \\Memory\\* (perfverdict collect create)"
                .to_owned(),
        );
    } else {
        for pool in [Pool::Nonpaged, Pool::Paged].into_iter().filter(|p| machine.store.get(p.bytes()).is_empty()) {
            notes.push(format!(r"\Memory\{} is not in the log", pool.counter()));
        }
    }
    if machine.processes.is_empty() {
        notes.push(r"Who holds the pools: the log holds no \Process(*) counters".to_owned());
    } else if !machine.has_process_ids {
        notes.push(format!(
            r"Processes of one name: the log holds no \Process(*)\{}, so namesakes cannot be told apart",
            ProcessField::IdProcess.english()
        ));
    }
    if !machine.knows_boots() {
        notes.push(
            "Restarts of the machine: the log holds neither \\System\\System Up Time nor \\Process(System)\\Elapsed Time; a \
             restart within the log would look as if load had gone"
                .to_owned(),
        );
    }
    if of.ram.is_none() {
        notes.push(
            "Share of RAM: no counter of this log says how much memory the machine has; give it with --ram 16GB"
                .to_owned(),
        );
    }
    let leaking = |f: &&Finding| f.subject.is_pool() && matches!(f.verdict, Verdict::Leak | Verdict::SuspectedLeak);
    if findings.iter().filter(leaking).any(|f| f.suspects.iter().all(|s| s.kind == SuspectKind::Process)) {
        notes.push(if clues.snapshots.is_empty() {
            "The pool tag and the driver file: counters do not hold them; the next steps find them".to_owned()
        } else {
            "The pool tag and the driver file: the snapshots that were given do not show what grows".to_owned()
        });
    }
    if findings.iter().filter(leaking).any(|f| f.suspects.iter().any(|s| s.kind == SuspectKind::PoolTag))
        && clues.scanned == 0
    {
        notes.push("Driver files: none were given (--drivers), so owners of tags are as lists name them".to_owned());
    }
    if judged.series > 0 {
        let mut leaking: Vec<_> =
            findings.iter().filter(|f| f.process.is_some()).map(|f| (&f.process, f.pid)).collect();
        leaking.sort_unstable();
        leaking.dedup();
        let mut note = format!(
            "Processes: {} of {} were looked at for growth of memory, handles, threads and charged pool; {}",
            units::counted(judged.series, "series", "series"),
            units::counted(judged.processes, "process", "processes"),
            match leaking.len() {
                0 => "none leaks".to_owned(),
                n => format!("findings were made on {n}"),
            }
        );
        if judged.left_out > 0 {
            note +=
                &format!("; {} more series grew, but less, and were not judged", units::count(judged.left_out as f64));
        }
        notes.push(note);
    }
    notes
}

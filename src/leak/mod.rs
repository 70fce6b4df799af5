//! The judgement: leak or load, kernel or user, since when, until when.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and dates are computed as floats, and `as` saturates"
)]

mod advice;
mod chart;
mod exhaustion;
mod gates;
mod innocent;
mod judge;
mod limits;
mod load;
mod origin;
mod pool;
mod sawtooth;
mod window;

pub use limits::Release;

use crate::counters::ProcessField;
use crate::machine::{Machine, Ram, ram};
use crate::trend::median;
use crate::verdict::{MachineReport, Subject, Verdict};

/// What the user knows that the log does not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Physical memory of the machine, and who says so.
    pub ram: Option<Ram>,
    /// Its Windows release.
    pub release: Option<Release>,
}

/// Judges a machine.
#[must_use]
pub fn judge_machine(machine: &Machine, options: &Options) -> MachineReport {
    let first = machine.times.first();
    let hours: Vec<f64> = machine.times.iter().filter_map(|t| Some(t.utc.seconds_since(first?.utc) / 3600.0)).collect();
    let steps: Vec<f64> = hours.windows(2).map(|w| w[1] - w[0]).collect();
    let interval = (!steps.is_empty()).then(|| median(&steps));
    let ram = options.ram.clone().or_else(|| ram::infer(machine));
    let loads = load::loads(machine, &hours);
    let of = pool::Subjects { machine, hours: &hours, interval, ram: ram.as_ref(), loads: &loads, options };
    let mut findings = Vec::new();
    if machine.has_memory_counters || machine.memory.has_pools() {
        std::thread::scope(|scope| {
            let paged = scope.spawn(|| pool::finding(&of, Subject::PagedPool));
            findings.push(pool::finding(&of, Subject::NonpagedPool));
            findings.push(paged.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        });
        // Stable: of equals nonpaged pool comes first.
        findings.sort_by_key(|f| (f.severity, f.verdict));
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
        boots: machine.boots.iter().filter_map(|b| b.to_date_time()).map(crate::verdict::Time).collect(),
        not_analysed: not_analysed(machine, &findings, ram.is_some()),
        findings,
    }
}

/// What could not be judged, and why.
fn not_analysed(machine: &Machine, findings: &[crate::verdict::Finding], ram_known: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if findings.iter().all(|f| f.counter.is_none()) {
        notes.push(
            "Kernel pools: the log holds neither \\Memory\\Pool Nonpaged Bytes nor \\Memory\\Pool Paged Bytes under a name \
             that is known here. If it has them in another language (perfverdict inspect lists its objects), give the .blg \
             itself, which holds numbers for names; otherwise log \\Memory\\* (perfverdict collect create)"
                .to_owned(),
        );
        return notes;
    }
    for finding in findings.iter().filter(|f| f.counter.is_none()) {
        notes.push(format!(r"\Memory\{} is not in the log", finding.subject.counter()));
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
    if !ram_known {
        notes.push(
            "Share of RAM: no counter of this log says how much memory the machine has; give it with --ram 16GB"
                .to_owned(),
        );
    }
    if findings.iter().any(|f| matches!(f.verdict, Verdict::Leak | Verdict::SuspectedLeak)) {
        notes.push("The pool tag and the driver file: counters do not hold them; the next steps find them".to_owned());
    }
    notes.push(
        "Private bytes, handles and threads of processes, and committed memory, are not judged by themselves yet"
            .to_owned(),
    );
    notes
}

//! What could not be judged, and why.

use super::finding::Finding;
use super::namesakes::NamesakesJudged;
use crate::base::Pool;
use crate::case::Case;
use crate::counters::MemoryCounter;
use crate::evidence::EvidenceNote;
use crate::model::SuspectKind;

/// A subject that was not judged, or a limit of the analysis.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Note {
    /// A problem with the evidence.
    Evidence(EvidenceNote),
    /// Growth cannot be judged without a counter log.
    NoLog,
    /// Neither pool is in the log.
    NoPools,
    /// Neither pool is in the log under a known name, and it has names in a language that is not known.
    UnknownLanguage,
    /// This pool is not in the log.
    NoPool(Pool),
    /// The log has no counters of processes.
    NoProcesses,
    /// The log has no ids of processes.
    NoProcessIds,
    /// How processes of one name were judged without ids.
    Namesakes(NamesakesJudged),
    /// The log has no counters of the machine's memory, only those of processes.
    ProcessesOnly,
    /// The log cannot show restarts.
    NoRestarts,
    /// The size of RAM is unknown.
    NoRam,
    /// Counters do not show pool tags, and there are no snapshots.
    NoSnapshots,
    /// Snapshots do not show what grows.
    SnapshotsShowNothing,
    /// No driver files were given.
    NoDriverFiles,
    /// Number of processes that were checked.
    ProcessesLooked(ProcessesLooked),
    /// Events that do not fit on the time line.
    MoreEvents(usize),
}

/// Number of processes that were checked for growth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessesLooked {
    /// Number of series.
    pub series: usize,
    /// Number of processes.
    pub processes: usize,
    /// Series that grew but exceeded the maximum number to judge.
    pub left_out: usize,
    /// Number of processes with findings.
    pub found: usize,
}

/// What could not be judged on a machine. `own` are the notes of the checks.
#[must_use]
pub fn notes(case: &Case<'_>, findings: &[Finding], own: Vec<Note>) -> Vec<Note> {
    let (machine, evidence) = (case.machine, case.evidence);
    let mut notes: Vec<Note> = evidence.notes.iter().cloned().map(Note::Evidence).collect();
    if machine.without_log {
        notes.push(Note::NoLog);
        return notes;
    }
    let processes_only = !machine.processes.is_empty()
        && !machine.has_memory_counters
        && MemoryCounter::ALL.iter().all(|counter| machine.store.get(*counter).is_empty());
    let pools = || findings.iter().filter(|f| f.subject.is_pool());
    if processes_only {
        notes.push(Note::ProcessesOnly);
    } else if pools().all(|f| f.counter.is_none()) {
        notes.push(if machine.names_unknown() { Note::UnknownLanguage } else { Note::NoPools });
    } else {
        notes.extend(Pool::BOTH.into_iter().filter(|p| !machine.store.is_logged(p.bytes())).map(Note::NoPool));
    }
    if machine.processes.is_empty() {
        notes.push(Note::NoProcesses);
    } else if !machine.has_process_ids && !own.iter().any(|note| matches!(note, Note::Namesakes(_))) {
        notes.push(Note::NoProcessIds);
    }
    if !machine.knows_boots() && !processes_only {
        notes.push(Note::NoRestarts);
    }
    if case.ram.is_none() && !processes_only {
        notes.push(Note::NoRam);
    }
    let leaking = || pools().filter(|f| f.verdict().is_growth());
    if leaking().any(|f| f.suspects.iter().all(|s| s.kind == SuspectKind::Process)) {
        let none = evidence.snapshots.is_empty();
        notes.push(if none { Note::NoSnapshots } else { Note::SnapshotsShowNothing });
    }
    let has_tag = |f: &Finding| f.suspects.iter().any(|s| s.kind == SuspectKind::PoolTag);
    if leaking().any(has_tag) && evidence.scanned == 0 {
        notes.push(Note::NoDriverFiles);
    }
    notes.extend(own);
    notes
}

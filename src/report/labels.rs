//! Labels that views share: badges, kinds, risks.

use crate::model::{NextStep, Risk, Role, Shell, Suspect, SuspectKind, Verdict};

/// The badge of a verdict.
pub fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Leak => "Leak",
        Verdict::SuspectedLeak => "Suspected leak",
        Verdict::InsufficientData => "Not enough data",
        Verdict::Step => "Single jump",
        Verdict::WarmUp => "No leak (warm-up)",
        Verdict::Load => "No leak (load)",
        Verdict::Stable => "Stable",
    }
}

pub fn suspect_kind(suspect: &Suspect) -> &'static str {
    match (suspect.kind, suspect.role) {
        (SuspectKind::Process, Role::Holder) => "process",
        (SuspectKind::Process, Role::Correlated) => "correlated process",
        (SuspectKind::PoolTag, _) => "tag",
        (SuspectKind::Driver, _) => "driver",
    }
}

/// The shell of a step's command, if relevant.
pub fn shell_word(step: &NextStep) -> Option<&'static str> {
    match step.shell? {
        Shell::PowerShell => Some("PowerShell"),
        Shell::Cmd => Some("cmd"),
        Shell::Any => None,
    }
}

/// The risk of a step's command, if it needs a warning.
pub fn risk_word(step: &NextStep) -> &'static str {
    match step.risk {
        Some(Risk::High) => "can stop the machine",
        Some(Risk::Medium) => "pauses a program or changes a setting",
        Some(Risk::Low | Risk::None) | None => "",
    }
}

//! Reports: one exporter a format. They see the verdict and nothing of how it was reached.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "widths in percent")]

mod html;
mod json;
mod svg;
mod text;

pub use html::{HtmlError, to_html};
pub use json::to_json;
pub use text::to_text;

use crate::model::{Finding, MachineReport, Report, Role, Suspect, SuspectKind, Verdict};

/// A verdict in a word or two, as a badge shows it.
fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Leak => "Leak",
        Verdict::SuspectedLeak => "Suspected leak",
        Verdict::InsufficientData => "Too little data",
        Verdict::Step => "One step",
        Verdict::WarmUp => "Warm-up",
        Verdict::Load => "Load",
        Verdict::Stable => "Stable",
    }
}

/// The machine and finding to show first: the gravest, and of equals the first.
fn gravest(report: &Report) -> Option<(&MachineReport, &Finding)> {
    let all = report.machines.iter().flat_map(|m| m.findings.iter().map(move |f| (m, f)));
    all.min_by_key(|(_, f)| (f.severity, f.verdict))
}

/// What kind of suspect, in a word.
fn suspect_kind(suspect: &Suspect) -> &'static str {
    match (suspect.kind, suspect.role) {
        (SuspectKind::Process, Role::Holder) => "process",
        (SuspectKind::Process, Role::Trigger) => "trigger",
        (SuspectKind::PoolTag, _) => "tag",
        (SuspectKind::Driver, _) => "driver",
    }
}

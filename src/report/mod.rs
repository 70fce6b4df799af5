//! Reports: one exporter per format. They use only the result.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "widths in percent")]

mod html;
mod json;
mod labels;
mod text;

pub use html::{HtmlError, to_html};
pub use json::{JsonError, from_json, to_json};
pub use text::{to_text, to_text_wrapped};

use crate::model::{Finding, MachineReport, Report};

/// The machine and finding to show first: the most severe, among equals the first.
fn most_severe(report: &Report) -> Option<(&MachineReport, &Finding)> {
    let all = report.machines.iter().flat_map(|m| m.findings.iter().map(move |f| (m, f)));
    all.min_by_key(|(_, f)| (f.severity, f.verdict))
}

//! The report as one HTML file without network access or scripts.

mod figures;
mod svg;
mod views;

use askama::Template;

use super::most_severe;
use crate::base::units;
use crate::model::{Finding, Report, Severity};
use crate::output::bidi_shown;
use views::{Fact, FindingView, InputView, MachineView};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the report could not be written: {0}")]
pub struct HtmlError(#[from] askama::Error);

/// The report as a page. The same report results in the same bytes.
///
/// # Errors
/// If the template fails, which no report causes.
pub fn to_html(report: &Report) -> Result<String, HtmlError> {
    let most_severe = most_severe(report);
    let is_lead = |finding: &Finding| most_severe.is_some_and(|(_, lead)| std::ptr::eq(lead, finding));
    let lead = most_severe.map(|(machine, finding)| Lead {
        machine: machine.machine.clone(),
        other_machines: match report.machines.len() - 1 {
            0 => String::new(),
            others => units::counted(others, "other machine", "other machines"),
        },
        finding: FindingView::new(finding, 0, machine.last_sample),
    });
    let mut number = 0;
    let machines = report.machines.iter().map(|machine| {
        let findings = machine.findings.iter().map(|finding| {
            number += 1;
            let mut view = FindingView::new(finding, number, machine.last_sample);
            // The lead finding's steps are at the top of the page.
            if is_lead(finding) || finding.severity == Severity::Ok {
                view.next_steps.clear();
            }
            view
        });
        MachineView::new(machine, findings.collect())
    });
    let page = Page {
        title: lead.as_ref().map_or_else(
            || "perfverdict".to_owned(),
            |lead| format!("{}: {} – {}", lead.machine, lead.finding.subject, lead.finding.verdict),
        ),
        tool: format!("{} {}", report.tool.name, report.tool.version),
        machines: machines.collect(),
        inputs: report.inputs.iter().map(InputView::new).collect(),
        problems: report.problems.clone(),
        lead,
    };
    Ok(bidi_shown(page.render()?))
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    title: String,
    tool: String,
    lead: Option<Lead>,
    machines: Vec<MachineView>,
    inputs: Vec<InputView>,
    problems: Vec<String>,
}

struct Lead {
    machine: String,
    /// `1 other machine`; empty if there is none.
    other_machines: String,
    finding: FindingView,
}

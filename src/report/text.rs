//! The short summary for a terminal.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{suspect_kind, verdict_word};
use crate::base::units;
use crate::model::{Finding, Report, Severity, Verdict};
use crate::output::printable;

const BOLD: Style = Style::new().bold();
/// Findings on one machine that a terminal shows; a page shows all.
const MOST_FINDINGS: usize = 10;
const DIM: Style = Style::new().dimmed();

fn style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Critical => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Info => AnsiColor::Cyan,
        Severity::Ok => AnsiColor::Green,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

/// Tells severities apart without colour, with signs that the fonts of old consoles have (WGL4).
fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "×",
        Severity::Warning => "▲",
        Severity::Info => "●",
        Severity::Ok => "√",
    }
}

/// The summary, with ANSI styles; the stream that it is printed to strips them where they do not belong.
#[must_use]
pub fn to_text(report: &Report) -> String {
    let mut out = String::new();
    for machine in report.machines.iter().filter(|m| !m.findings.is_empty()) {
        let window = match (machine.first_sample, machine.last_sample) {
            (Some(first), Some(last)) => {
                let hours = (last.0 - first.0).num_seconds() as f64 / 3600.0;
                format!(
                    "{} to {} ({}), {} samples",
                    units::full_moment(first.0),
                    units::full_moment(last.0),
                    units::duration(hours),
                    machine.samples
                )
            }
            _ => format!("{} samples", machine.samples),
        };
        let name = printable(&machine.machine);
        let mut told = Vec::new();
        let _ = writeln!(out, "{BOLD}{name}{BOLD:#}  {DIM}{window}{DIM:#}");
        // The pools are never left out.
        let told_of = |(place, finding): &(usize, &Finding)| *place < MOST_FINDINGS || finding.process.is_none();
        for (_, finding) in machine.findings.iter().enumerate().filter(told_of) {
            let style = style(finding.severity);
            let sign = sign(finding.severity);
            let word = verdict_word(finding.verdict);
            let headline = printable(&finding.headline);
            let _ = write!(out, "  {style}{sign} {word}{style:#}  {headline}");
            if finding.verdict != Verdict::InsufficientData {
                let _ = write!(out, " {DIM}(confidence {}){DIM:#}", units::percent(finding.confidence));
            }
            out.push('\n');
            for suspect in &finding.suspects {
                let pid = suspect.pid.map_or_else(String::new, |pid| format!(" (PID {pid})"));
                let share = units::percent(suspect.share);
                let kind = suspect_kind(suspect);
                let name = printable(suspect.name.trim_end());
                let maker = suspect.maker.as_ref().map_or_else(String::new, |maker| format!(" ({})", printable(maker)));
                let _ = writeln!(out, "      {share:>6}  {kind} {name}{pid}{maker}: {}", printable(&suspect.basis));
            }
            for disagreement in &finding.disagreements {
                let _ = writeln!(out, "    But: {}", printable(disagreement));
            }
            let first = finding.next_steps.iter().take(usize::from(finding.severity != Severity::Ok));
            for step in first.filter(|step| !told.contains(step)).collect::<Vec<_>>() {
                told.push(step);
                let _ = writeln!(out, "    Next: {}", printable(&step.text));
                if let Some(command) = &step.command {
                    let shell = step.shell().map_or_else(String::new, |shell| format!("  {DIM}({shell}){DIM:#}"));
                    let _ = writeln!(out, "          {}{shell}", printable(command));
                }
            }
        }
        let left = machine.findings.iter().enumerate().filter(|f| !told_of(f)).count();
        if left > 0 {
            let findings = units::counted(left, "more finding", "more findings");
            let _ = writeln!(out, "  {DIM}and {findings} on processes, which the report (-o report.html) shows{DIM:#}");
        }
    }
    let unjudged: Vec<String> =
        report.machines.iter().filter(|m| m.findings.is_empty()).map(|m| printable(&m.machine)).collect();
    if let Some(note) = report.machines.iter().filter(|m| m.findings.is_empty()).find_map(|m| m.not_analysed.first()) {
        let _ = writeln!(out, "{DIM}not judged:{DIM:#} {}. {}", unjudged.join(", "), printable(note));
    }
    out
}

//! The short summary for a terminal.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::labels::{shell_word, suspect_kind, verdict_word};
use crate::base::units;
use crate::base::windows::shown_version;
use crate::model::{Finding, MachineReport, NextStep, Report, Severity, Verdict};
use crate::output::{printable, wrapped};

const BOLD: Style = Style::new().bold();
/// Maximum number of findings per machine in a terminal; a page shows all.
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

/// Distinguishes severities without color, with signs in the fonts of old consoles (WGL4).
fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "×",
        Severity::Warning => "▲",
        Severity::Info => "●",
        Severity::Ok => "√",
    }
}

/// The summary with ANSI styles; the output stream removes them if necessary.
#[must_use]
pub fn to_text(report: &Report) -> String {
    to_text_wrapped(report, None)
}

/// As [`to_text`], with lines wrapped at the width of a terminal, except commands.
#[must_use]
pub fn to_text_wrapped(report: &Report, width: Option<usize>) -> String {
    let mut out = Lines { text: String::new(), width };
    let (judged, others): (Vec<_>, Vec<_>) = report.machines.iter().partition(|m| !m.findings.is_empty());
    judged.into_iter().for_each(|machine| write_machine(&mut out, machine));
    if let Some(note) = others.iter().find_map(|m| m.not_analysed.first()) {
        let names: Vec<String> = others.iter().map(|m| printable(&m.machine)).collect();
        out.line(2, &format!("{DIM}no findings:{DIM:#} {}. {}", names.join(", "), printable(note)));
    }
    out.text
}

/// Lines of text for a terminal.
struct Lines {
    text: String,
    width: Option<usize>,
}

impl Lines {
    /// Adds a line, whose continuation is indented by so many columns more.
    fn line(&mut self, hang: usize, line: &str) {
        self.as_is(&wrapped(line, self.width, hang));
    }

    /// Adds a line that must stay whole.
    fn as_is(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

fn write_machine(out: &mut Lines, machine: &MachineReport) {
    out.line(2, &format!("{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}", printable(&machine.machine), covered(machine)));
    // Never omit the pools.
    let is_shown = |(place, finding): &(usize, &Finding)| *place < MOST_FINDINGS || finding.process.is_none();
    let mut steps = Vec::new();
    for (_, finding) in machine.findings.iter().enumerate().filter(is_shown) {
        write_finding(out, finding);
        let first = finding.next_steps.first().filter(|_| finding.severity != Severity::Ok);
        if let Some(step) = first.filter(|step| !steps.contains(step)) {
            steps.push(step);
            write_step(out, step);
        }
    }
    let left = machine.findings.iter().enumerate().filter(|f| !is_shown(f)).count();
    if left > 0 {
        let findings = units::counted(left, "more finding", "more findings");
        out.line(2, &format!("  {DIM}and {findings} on processes, which the report (-o report.html) shows{DIM:#}"));
    }
}

/// The time that a machine's logs cover, and its Windows.
fn covered(machine: &MachineReport) -> String {
    let samples = units::counted(usize::try_from(machine.samples).unwrap_or(usize::MAX), "sample", "samples");
    let windows = machine.windows.as_ref().map(|version| format!(", {}", shown_version(&printable(version), "")));
    let windows = windows.unwrap_or_default();
    match (machine.first_sample, machine.last_sample) {
        (Some(first), Some(last)) => format!(
            "{} to {}{} ({}), {samples}{windows}",
            units::full_moment(first.local()),
            units::full_moment(last.local()),
            units::zone_note(first.offset()),
            units::duration(last.hours_since(first)),
        ),
        _ => samples + &windows,
    }
}

fn write_finding(out: &mut Lines, finding: &Finding) {
    let (style, sign) = (style(finding.severity), sign(finding.severity));
    let (word, headline) = (verdict_word(finding.verdict), printable(&finding.headline));
    let mut line = format!("  {style}{sign} {word}{style:#}  {headline}");
    if finding.verdict != Verdict::InsufficientData {
        let _ = write!(line, " {DIM}(confidence {}){DIM:#}", units::percent(finding.confidence));
    }
    out.line(2, &line);
    for suspect in &finding.suspects {
        let pid = suspect.pid.map_or_else(String::new, |pid| format!(" (PID {pid})"));
        let (share, kind) = (units::percent(suspect.share), suspect_kind(suspect));
        let name = printable(suspect.name.trim_end());
        let vendor = suspect.vendor.as_ref().map_or_else(String::new, |vendor| format!(" ({})", printable(vendor)));
        out.line(4, &format!("      {share:>6}  {kind} {name}{pid}{vendor}: {}", printable(&suspect.basis)));
    }
    for disagreement in &finding.disagreements {
        out.line(5, &format!("    But: {}", printable(disagreement)));
    }
}

fn write_step(out: &mut Lines, step: &NextStep) {
    out.line(6, &format!("    Next: {}", printable(&step.text)));
    if let Some(command) = &step.command {
        let shell = shell_word(step).map_or_else(String::new, |shell| format!("  {DIM}({shell}){DIM:#}"));
        out.as_is(&format!("          {}{shell}", printable(command)));
    }
}

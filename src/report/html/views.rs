//! Input of the page's template: one view for each part of the result.

use std::collections::HashSet;

use super::figures::{figures, key_figures, machine_facts, table_time};
use super::svg::{Drawing, draw};
use crate::base::units;
use crate::model::{
    Chart, Finding, Gate, Input, MachineReport, NextStep, Passed, Severity, Suspect, Time, TimelineEvent, Verdict,
};
use crate::report::labels::{risk_word, shell_word, suspect_kind, verdict_word};

/// Maximum number of rows of the table behind a chart.
const TABLE_ROWS: usize = 60;
/// Maximum number of rows of the time line; the JSON contains all.
const TIMELINE_ROWS: usize = 60;

pub struct MachineView {
    pub name: String,
    pub facts: Vec<Fact>,
    pub findings: Vec<FindingView>,
    pub events: Vec<EventView>,
    pub events_left: usize,
    pub not_analysed: Vec<String>,
}

/// A line of the time line.
pub struct EventView {
    pub time: String,
    pub id: u32,
    pub text: String,
}

/// A name and its value.
pub struct Fact {
    pub name: &'static str,
    pub value: String,
}

pub struct FindingView {
    pub id: String,
    pub subject: String,
    pub verdict: &'static str,
    pub severity: &'static str,
    pub sign: &'static str,
    pub headline: String,
    pub confidence: String,
    /// Rate, room left and date for the top of the page.
    pub key_figures: Vec<Fact>,
    pub figures: Vec<Fact>,
    pub reasons: Vec<String>,
    pub disagreements: Vec<String>,
    pub gates: Vec<GateView>,
    pub would_change: Vec<String>,
    pub suspects: Vec<SuspectView>,
    pub next_steps: Vec<StepView>,
    pub chart: Option<ChartView>,
}

/// A check for a leak.
pub struct GateView {
    pub class: &'static str,
    pub sign: &'static str,
    pub answer: &'static str,
    pub asks: String,
    pub text: String,
}

pub struct ChartView {
    pub svg: String,
    pub title: String,
    pub description: String,
    pub keys: Vec<Key>,
    pub rows: Vec<Row>,
    pub label: String,
    pub second_label: Option<String>,
}

/// An entry of a chart's legend.
pub struct Key {
    pub class: &'static str,
    pub text: String,
}

pub struct Row {
    pub time: String,
    pub value: String,
    pub second: String,
}

pub struct SuspectView {
    pub kind: &'static str,
    pub who: String,
    /// Vendor, product and version of a driver; else empty.
    pub vendor: String,
    /// Confidence of tags and drivers; else empty.
    pub confidence: String,
    pub share: String,
    /// Width of the bar, 0 to 100.
    pub width: u32,
    pub rate: String,
    pub basis: String,
}

pub struct InputView {
    pub path: String,
    pub format: &'static str,
    pub facts: String,
    pub warnings: Vec<String>,
}

/// A recommended action with its command.
pub struct StepView {
    pub text: String,
    pub command: Option<CommandView>,
}

/// A command, and what to know before running it.
pub struct CommandView {
    pub line: String,
    pub shell: &'static str,
    pub risk: &'static str,
    pub windows: String,
    pub undo: String,
}

impl MachineView {
    pub fn new(machine: &MachineReport, findings: Vec<FindingView>) -> Self {
        Self {
            name: machine.machine.clone(),
            facts: machine_facts(machine),
            findings,
            events: machine.events.iter().take(TIMELINE_ROWS).map(EventView::new).collect(),
            events_left: machine.events.len().saturating_sub(TIMELINE_ROWS),
            not_analysed: machine.not_analysed.clone(),
        }
    }
}

impl StepView {
    fn new(step: &NextStep) -> Self {
        let command = step.command.as_ref().map(|line| CommandView {
            line: line.clone(),
            shell: shell_word(step).unwrap_or_default(),
            risk: risk_word(step),
            windows: step.windows.clone().unwrap_or_default(),
            undo: step.undo.clone().unwrap_or_default(),
        });
        Self { text: step.text.clone(), command }
    }
}

impl FindingView {
    pub fn new(finding: &Finding, number: usize, last_sample: Option<Time>) -> Self {
        Self {
            id: format!("finding-{number}"),
            subject: subject(finding),
            verdict: verdict_word(finding.verdict),
            severity: match finding.severity {
                Severity::Critical => "critical",
                Severity::Warning => "warning",
                Severity::Info => "info",
                Severity::Ok => "ok",
            },
            // Distinguishes severities without color.
            sign: match finding.severity {
                Severity::Critical => "✖",
                Severity::Warning => "▲",
                Severity::Info => "●",
                Severity::Ok => "✔",
            },
            headline: finding.headline.clone(),
            confidence: if finding.verdict == Verdict::InsufficientData {
                String::new()
            } else {
                format!("confidence {}", units::percent(finding.confidence))
            },
            key_figures: key_figures(finding, last_sample),
            figures: figures(finding, last_sample),
            reasons: own_reasons(finding),
            disagreements: finding.disagreements.clone(),
            gates: finding.gates.iter().map(GateView::new).collect(),
            would_change: finding.would_change.clone(),
            suspects: finding.suspects.iter().map(SuspectView::new).collect(),
            next_steps: finding.next_steps.iter().map(StepView::new).collect(),
            chart: finding.chart.as_ref().and_then(|chart| ChartView::new(chart, &finding.headline)),
        }
    }
}

/// The reasons that are not shown as checks for a leak.
fn own_reasons(finding: &Finding) -> Vec<String> {
    let gates: HashSet<usize> = finding.gates.iter().filter_map(|gate| gate.reason).collect();
    let own = finding.reasons.iter().enumerate().filter(|(place, _)| !gates.contains(place));
    own.map(|(_, reason)| reason.clone()).collect()
}

/// The subject of a finding, as a heading.
fn subject(finding: &Finding) -> String {
    let what = finding.subject.name();
    match (&finding.process, finding.pid) {
        (Some(name), Some(pid)) => format!("{what}: {name} (PID {pid})"),
        (Some(name), None) => format!("{what}: {name}"),
        _ => what.to_owned(),
    }
}

impl EventView {
    pub fn new(event: &TimelineEvent) -> Self {
        let mut time = table_time(event.time);
        let mut text = event.text.clone();
        if let Some(until) = event.until {
            time += &format!(" to {}", table_time(until));
            text += &format!(" ({})", units::times(event.count));
        }
        Self { time, id: event.id, text }
    }
}

impl GateView {
    pub fn new(gate: &Gate) -> Self {
        let (class, sign, answer) = match gate.passed {
            Passed::Yes => ("yes", "✓", "passed"),
            Passed::Doubtful => ("doubtful", "?", "in doubt"),
            Passed::No => ("no", "✗", "failed"),
        };
        Self { class, sign, answer, asks: gate.asks.clone(), text: gate.text.clone() }
    }
}

impl SuspectView {
    pub fn new(suspect: &Suspect) -> Self {
        let name = suspect.pid.map_or_else(|| suspect.name.clone(), |pid| format!("{} (PID {pid})", suspect.name));
        Self {
            kind: suspect_kind(suspect),
            who: name.trim_end().to_owned(),
            vendor: suspect.vendor.clone().unwrap_or_default(),
            confidence: suspect.confidence.map(units::percent).unwrap_or_default(),
            share: units::percent(suspect.share),
            width: (suspect.share.clamp(0.0, 1.0) * 100.0).round() as u32,
            rate: suspect.rate_per_hour.map_or_else(|| "–".to_owned(), units::rate),
            basis: suspect.basis.clone(),
        }
    }
}

impl ChartView {
    pub fn new(chart: &Chart, headline: &str) -> Option<Self> {
        let Drawing { svg, from_zero, limit, second } = draw(chart)?;
        let mut keys = vec![Key { class: "series", text: chart.label.clone() }];
        if let (true, Some(line)) = (second, &chart.second) {
            keys.push(Key { class: "charged", text: line.label.clone() });
        }
        if chart.trend.is_some() {
            keys.push(Key { class: "trend", text: "fitted trend with its 95 % band".to_owned() });
        }
        if let (true, Some(line)) = (limit, &chart.limit) {
            keys.push(Key { class: "limit", text: line.label.clone() });
        }
        let axis = if from_zero { "" } else { " The axis does not begin at 0." };
        let step = chart.points.len().div_ceil(TABLE_ROWS).max(1);
        let second_at = |time| {
            let line = chart.second.as_ref()?;
            line.points.iter().find(|p| p.time >= time).map(|p| chart.unit.amount(p.high))
        };
        let rows = chart.points.iter().step_by(step).map(|p| Row {
            time: table_time(p.time),
            value: chart.unit.amount(p.high),
            second: second_at(p.time).unwrap_or_else(|| "–".to_owned()),
        });
        Some(Self {
            svg,
            title: chart.title.clone(),
            description: format!("{headline}{axis}"),
            keys,
            rows: rows.collect(),
            label: chart.label.clone(),
            second_label: chart.second.as_ref().map(|line| line.label.clone()),
        })
    }
}

impl InputView {
    pub fn new(input: &Input) -> Self {
        let mut facts = vec![units::bytes(input.bytes as f64)];
        let (one, many) = input.format.items();
        if input.samples > 0 {
            facts.push(units::counted(usize::try_from(input.samples).unwrap_or(usize::MAX), one, many));
        }
        if input.counters > 0 {
            facts.push(units::counted(usize::try_from(input.counters).unwrap_or(usize::MAX), "counter", "counters"));
        }
        if let (Some(first), Some(last)) = (input.first_sample, input.last_sample) {
            facts.push(format!("{} to {}{}", table_time(first), table_time(last), units::zone_note(first.offset())));
        }
        if let Some(seconds) = input.interval_seconds {
            facts.push(format!("a sample every {}", units::every(seconds)));
        }
        Self {
            path: input.path.clone(),
            format: input.format.name(),
            facts: facts.join(", "),
            warnings: input.warnings.clone(),
        }
    }
}

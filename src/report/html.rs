//! The report as one HTML file that needs nothing else: no network, no script.

use askama::Template;

use super::svg::{Drawing, draw};
use super::{gravest, suspect_kind, verdict_word};
use crate::base::units;
use crate::model::{
    Chart, Exhaustion, Finding, Gate, Input, InputFormat, MachineReport, NextStep, Origin, Passed, Report, Severity,
    Suspect, TimelineEvent, Unit, Verdict,
};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the report could not be written: {0}")]
pub struct HtmlError(#[from] askama::Error);

/// Rows of the table behind a chart.
const TABLE_ROWS: usize = 60;

/// Rows of the time line; the JSON has all.
const TIMELINE_ROWS: usize = 60;

/// The report as a page. The same report gives the same bytes.
///
/// # Errors
/// When the template fails, which no report does.
pub fn to_html(report: &Report) -> Result<String, HtmlError> {
    let gravest = gravest(report);
    let is_lead = |finding: &Finding| gravest.is_some_and(|(_, lead)| std::ptr::eq(lead, finding));
    let lead = gravest.map(|(machine, finding)| Lead {
        machine: machine.machine.clone(),
        other_machines: report.machines.len() - 1,
        finding: FindingView::new(finding, 0),
    });
    let mut number = 0;
    let machines = report.machines.iter().map(|machine| {
        let findings = machine.findings.iter().map(|finding| {
            number += 1;
            let mut view = FindingView::new(finding, number);
            // The lead's stand at the top of the page.
            if is_lead(finding) || finding.severity == Severity::Ok {
                view.next_steps.clear();
            }
            view
        });
        MachineView {
            name: machine.machine.clone(),
            facts: machine_facts(machine),
            findings: findings.collect(),
            events: machine.events.iter().take(TIMELINE_ROWS).map(EventView::new).collect(),
            events_left: machine.events.len().saturating_sub(TIMELINE_ROWS),
            not_analysed: machine.not_analysed.clone(),
        }
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
    Ok(page.render()?)
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
    other_machines: usize,
    finding: FindingView,
}

struct MachineView {
    name: String,
    facts: Vec<Fact>,
    findings: Vec<FindingView>,
    events: Vec<EventView>,
    events_left: usize,
    not_analysed: Vec<String>,
}

/// A line of the time line.
struct EventView {
    time: String,
    id: u32,
    text: String,
}

/// A name and its value.
struct Fact {
    name: &'static str,
    value: String,
}

struct FindingView {
    id: String,
    subject: String,
    verdict: &'static str,
    severity: &'static str,
    sign: &'static str,
    headline: String,
    confidence: String,
    /// Rate, headroom, date: what the first screen shows.
    key_figures: Vec<Fact>,
    figures: Vec<Fact>,
    reasons: Vec<String>,
    disagreements: Vec<String>,
    gates: Vec<GateView>,
    would_change: Vec<String>,
    suspects: Vec<SuspectView>,
    next_steps: Vec<NextStep>,
    chart: Option<ChartView>,
}

/// A gate in the list of what was tested.
struct GateView {
    class: &'static str,
    sign: &'static str,
    answer: &'static str,
    asks: String,
    text: String,
}

struct ChartView {
    svg: String,
    title: String,
    description: String,
    keys: Vec<Key>,
    rows: Vec<Row>,
    label: &'static str,
    second_label: Option<String>,
}

/// An entry of a chart's legend.
struct Key {
    class: &'static str,
    text: String,
}

struct Row {
    time: String,
    value: String,
    second: String,
}

struct SuspectView {
    kind: &'static str,
    who: String,
    /// Of a driver: who made it.
    maker: String,
    /// Of tags and drivers; else empty.
    confidence: String,
    share: String,
    /// 0 to 100.
    width: u32,
    rate: String,
    basis: String,
}

struct InputView {
    path: String,
    format: &'static str,
    facts: String,
    warnings: Vec<String>,
}

impl FindingView {
    fn new(finding: &Finding, number: usize) -> Self {
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
            // Tells severities apart without colour.
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
            key_figures: key_figures(finding),
            figures: figures(finding),
            reasons: finding.reasons.iter().filter(|r| finding.gates.iter().all(|g| g.text != **r)).cloned().collect(),
            disagreements: finding.disagreements.clone(),
            gates: finding.gates.iter().map(GateView::new).collect(),
            would_change: finding.would_change.clone(),
            suspects: finding.suspects.iter().map(SuspectView::new).collect(),
            next_steps: finding.next_steps.clone(),
            chart: finding.chart.as_ref().and_then(|chart| ChartView::new(chart, &finding.headline)),
        }
    }
}

/// What a finding is about, in a heading.
fn subject(finding: &Finding) -> String {
    let what = finding.subject.name();
    match (&finding.process, finding.pid) {
        (Some(name), Some(pid)) => format!("{what}: {name} (PID {pid})"),
        (Some(name), None) => format!("{what}: {name}"),
        _ => what.to_owned(),
    }
}

impl EventView {
    fn new(event: &TimelineEvent) -> Self {
        let mut time = units::full_moment(event.time.0);
        let mut text = event.text.clone();
        if let Some(until) = event.until {
            time += &format!(" to {}", units::full_moment(until.0));
            text += &format!(" ({})", units::times(event.count));
        }
        Self { time, id: event.id, text }
    }
}

impl GateView {
    fn new(gate: &Gate) -> Self {
        let (class, sign, answer) = match gate.passed {
            Passed::Yes => ("yes", "✓", "passed"),
            Passed::Doubtful => ("doubtful", "?", "in doubt"),
            Passed::No => ("no", "✗", "failed"),
        };
        Self { class, sign, answer, asks: gate.asks.clone(), text: gate.text.clone() }
    }
}

impl SuspectView {
    fn new(suspect: &Suspect) -> Self {
        let name = suspect.pid.map_or_else(|| suspect.name.clone(), |pid| format!("{} (PID {pid})", suspect.name));
        Self {
            kind: suspect_kind(suspect),
            who: name.trim_end().to_owned(),
            maker: suspect.maker.clone().unwrap_or_default(),
            confidence: suspect.confidence.map(units::percent).unwrap_or_default(),
            share: units::percent(suspect.share),
            width: (suspect.share.clamp(0.0, 1.0) * 100.0).round() as u32,
            rate: suspect.bytes_per_hour.map_or_else(|| "–".to_owned(), units::rate),
            basis: suspect.basis.clone(),
        }
    }
}

impl ChartView {
    fn new(chart: &Chart, headline: &str) -> Option<Self> {
        let Drawing { svg, from_zero, limit, second } = draw(chart)?;
        let mut keys = vec![Key { class: "series", text: chart.label.to_owned() }];
        if let (true, Some(line)) = (second, &chart.second) {
            keys.push(Key { class: "charged", text: line.label.clone() });
        }
        if chart.trend.is_some() {
            keys.push(Key { class: "trend", text: "fitted trend with its 95 % band".to_owned() });
        }
        if let (true, Some((_, basis))) = (limit, &chart.limit) {
            keys.push(Key { class: "limit", text: basis.clone() });
        }
        let axis = if from_zero { "" } else { " The axis does not begin at 0." };
        let step = chart.points.len().div_ceil(TABLE_ROWS).max(1);
        let second_at = |time| {
            let line = chart.second.as_ref()?;
            line.points.iter().find(|p| p.time >= time).map(|p| chart.unit.amount(p.high))
        };
        let rows = chart.points.iter().step_by(step).map(|p| Row {
            time: units::full_moment(p.time.0),
            value: chart.unit.amount(p.high),
            second: second_at(p.time).unwrap_or_else(|| "–".to_owned()),
        });
        Some(Self {
            svg,
            title: chart.title.clone(),
            description: format!("{headline}{axis}"),
            keys,
            rows: rows.collect(),
            label: chart.label,
            second_label: chart.second.as_ref().map(|line| line.label.clone()),
        })
    }
}

impl InputView {
    fn new(input: &Input) -> Self {
        let format = match input.format {
            InputFormat::Blg => "binary log (.blg)",
            InputFormat::PdhCsv => "PDH-CSV",
            InputFormat::PdhTsv => "PDH-TSV",
            InputFormat::Evtx => "events",
            InputFormat::PoolMon => "pools by tag",
            InputFormat::WinDbg => "debugger text",
            InputFormat::Dump => "kernel dump",
            InputFormat::PoolTag => "list of pool tags",
        };
        let mut facts = vec![units::bytes(input.bytes as f64)];
        let (one, many) = match input.format {
            InputFormat::Blg | InputFormat::PdhCsv | InputFormat::PdhTsv => ("sample", "samples"),
            InputFormat::Evtx => ("event that matters", "events that matter"),
            InputFormat::PoolMon => ("snapshot", "snapshots"),
            InputFormat::WinDbg => ("output", "outputs"),
            InputFormat::Dump => ("driver", "drivers"),
            InputFormat::PoolTag => ("tag", "tags"),
        };
        if input.samples > 0 {
            facts.push(units::counted(usize::try_from(input.samples).unwrap_or(usize::MAX), one, many));
        }
        if input.counters > 0 {
            facts.push(format!("{} counters", units::count(input.counters as f64)));
        }
        if let (Some(first), Some(last)) = (input.first_sample, input.last_sample) {
            facts.push(format!("{} to {}", units::full_moment(first.0), units::full_moment(last.0)));
        }
        if let Some(seconds) = input.interval_seconds {
            facts.push(format!("a sample every {}", interval(seconds)));
        }
        Self { path: input.path.clone(), format, facts: facts.join(", "), warnings: input.warnings.clone() }
    }
}

fn interval(seconds: f64) -> String {
    match seconds.round() {
        1.0 => "second".to_owned(),
        whole if whole < 90.0 => format!("{whole} seconds"),
        _ => units::duration(seconds / 3600.0),
    }
}

fn machine_facts(machine: &MachineReport) -> Vec<Fact> {
    let mut facts = vec![Fact { name: "Machine", value: machine.machine.clone() }];
    if let Some(version) = &machine.windows {
        facts.push(Fact { name: "Windows version of the log's writer", value: version.clone() });
    }
    facts.push(match (machine.physical_memory_bytes, &machine.physical_memory_basis) {
        (Some(bytes), Some(basis)) => {
            Fact { name: "Physical memory", value: format!("{} – {basis}", units::bytes(bytes as f64)) }
        }
        _ => Fact { name: "Physical memory", value: "not known: no counter of the log tells; give --ram".to_owned() },
    });
    if let (Some(first), Some(last)) = (machine.first_sample, machine.last_sample) {
        let hours = (last.0 - first.0).num_seconds() as f64 / 3600.0;
        let value = format!(
            "{} to {} ({}), local time UTC{}",
            units::full_moment(first.0),
            units::full_moment(last.0),
            units::duration(hours),
            first.0.format("%:z")
        );
        facts.push(Fact { name: "Log window", value });
    }
    let mut samples = units::count(machine.samples as f64);
    if let Some(seconds) = machine.interval_seconds {
        samples += &format!(", one every {}", interval(seconds));
    }
    facts.push(Fact { name: "Samples", value: samples });
    let boots: Vec<String> = machine.boots.iter().map(|b| units::full_moment(b.0)).collect();
    facts.push(Fact {
        name: "Restarts within the log",
        value: if boots.is_empty() { "none".to_owned() } else { boots.join(", ") },
    });
    facts
}

/// The end of a forecast, in words.
fn full_at(exhaustion: &Exhaustion) -> String {
    match (exhaustion.at, exhaustion.limit_bytes) {
        (Some(at), _) => at.0.format("%-d %B %Y %H:%M").to_string(),
        (None, Some(_)) => exhaustion
            .not_before
            .map_or_else(|| "not foreseen".to_owned(), |t| format!("not before {}", t.0.format("%-d %B %Y"))),
        (None, None) => "not known".to_owned(),
    }
}

fn key_figures(finding: &Finding) -> Vec<Fact> {
    let (Some(growth), Some(exhaustion)) = (&finding.growth, &finding.exhaustion) else { return Vec::new() };
    let unit = growth.unit;
    let mut facts = vec![Fact { name: "Growth", value: unit.rate(growth.bytes_per_hour) }];
    let room = exhaustion.limit_bytes.map(|limit| (limit - growth.last).max(0.0));
    facts
        .push(Fact { name: "Room left", value: room.map_or_else(|| "not known".to_owned(), |room| unit.amount(room)) });
    facts.push(Fact { name: "Full", value: full_at(exhaustion) });
    facts.extend(finding.culprit.clone().map(|value| Fact { name: "Suspect", value }));
    facts
}

fn figures(finding: &Finding) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(counter) = &finding.counter {
        facts.push(Fact { name: "Counter", value: counter.clone() });
    }
    if let Some(growth) = &finding.growth {
        let unit = growth.unit;
        let leaks = matches!(finding.verdict, Verdict::Leak | Verdict::SuspectedLeak);
        let best = unit.rate(growth.bytes_per_hour);
        let hourly = format!("{}/hour", unit.amount(growth.bytes_per_hour));
        let mut rate = if best == hourly { best } else { format!("{best} ({hourly})") };
        if let Some([low, high]) = growth.bytes_per_hour_ci95 {
            rate += &format!(", 95 % interval {}", unit.rate_interval(low, high));
        }
        facts.push(Fact { name: if leaks { "Growth" } else { "Change over the log" }, value: rate });
        if leaks {
            let since = growth.since.map_or_else(|| "before the log began".to_owned(), |t| units::full_moment(t.0));
            facts.push(Fact { name: "Since", value: since });
        }
        facts.push(Fact {
            name: "First, last, largest value",
            value: format!(
                "{}, {}, {}",
                unit.amount(growth.first),
                unit.amount(growth.last),
                unit.amount(growth.maximum)
            ),
        });
    }
    if let Some(origin) = finding.origin {
        let value = match origin {
            Origin::Kernel => "drivers (charged to no process)",
            Origin::User => "processes",
            Origin::Both => "drivers and processes",
            Origin::Unknown => "not known",
        };
        facts.push(Fact { name: "Held by", value: value.to_owned() });
    }
    if let Some(exhaustion) = &finding.exhaustion {
        if let Some(share) = exhaustion.share_of_physical_memory {
            facts.push(Fact { name: "Share of physical memory", value: units::percent(share) });
        }
        let unit = finding.growth.as_ref().map_or(Unit::Bytes, |growth| growth.unit);
        let limit = exhaustion.limit_bytes.map(|limit| format!("{} – ", unit.amount(limit))).unwrap_or_default();
        facts.push(Fact { name: "Nearest limit", value: limit + &exhaustion.limit_basis });
        let mut full = full_at(exhaustion);
        if let Some([Some(earliest), latest]) = exhaustion.at_ci95 {
            let latest = latest.map_or_else(|| "open".to_owned(), |t| units::full_moment(t.0));
            full += &format!(" (95 % interval {} to {latest})", units::full_moment(earliest.0));
        }
        facts.push(Fact { name: "Full", value: full });
    }
    if finding.verdict != Verdict::InsufficientData {
        facts.push(Fact { name: "Confidence", value: units::percent(finding.confidence) });
    }
    facts
}

//! All sentences for people: headlines, reasons, texts of checks, advice. Facts in, sentences out; another language
//! would be another module like this one.

mod assessment;
mod chart;
mod checks_for_leak;
mod events;
pub mod evidence;
pub mod inputs;
mod limits;
mod machine;
mod notes;
mod pool;
mod reasons;
mod steps;
mod subjects;
mod suspects;
mod tags;
mod words;

use crate::attribute::suspect::two_digits;
use crate::case::Case;
use crate::checks::about::About;
use crate::checks::finding::DatedExhaustion;
use crate::checks::{CheckResults, Finding, Note};
use crate::model;

/// The report on a machine.
#[must_use]
pub fn machine(case: &Case<'_>, found: &CheckResults) -> model::MachineReport {
    let machine = case.machine;
    let (events, left) = events::time_line(case);
    let more = (left > 0).then_some(Note::MoreEvents(left));
    model::MachineReport {
        machine: machine.name.clone(),
        samples: machine.times.len() as u64,
        first_sample: case.sample_time(0),
        last_sample: case.sample_time(machine.times.len().saturating_sub(1)),
        interval_seconds: case.interval.map(|h| (h * 3.6e6).round() / 1e3),
        windows: machine.info.os_version.map(|(major, minor, build)| format!("{major}.{minor}.{build}")),
        physical_memory_bytes: case.ram.as_ref().map(|r| r.bytes),
        physical_memory_basis: case.ram.as_ref().map(machine::ram),
        boots: machine.boots.iter().filter_map(|boot| case.time(*boot)).collect(),
        not_analysed: found.notes.iter().chain(&more).map(notes::note).collect(),
        events,
        findings: found.findings.iter().map(|f| finding(case, f)).collect(),
    }
}

/// A finding with its sentences.
fn finding(case: &Case<'_>, found: &Finding) -> model::Finding {
    let assessment = &found.assessment;
    let process = found.process();
    model::Finding {
        subject: found.subject,
        counter: found.counter.clone(),
        process: process.map(|p| p.name.clone()),
        pid: process.and_then(|p| p.pid),
        verdict: assessment.verdict,
        origin: found.origin,
        confidence: two_digits(assessment.confidence),
        severity: found.severity,
        headline: headline(case, found),
        reasons: reasons::all(found),
        disagreements: found.disagreements.iter().map(reasons::disagreement).collect(),
        gates: reasons::gates(found),
        would_change: found.would_change.iter().map(|change| reasons::would_change(case, change)).collect(),
        growth: found.growth.clone(),
        exhaustion: found.exhaustion.as_ref().map(|dated| exhaustion(dated, found.unit)),
        prime_suspect: found.prime_suspect.as_ref().map(suspects::prime),
        suspects: found.suspects.iter().map(suspects::suspect).collect(),
        loads: assessment.explained.as_ref().map(assessment::loads).unwrap_or_default(),
        collect: assessment.collect,
        next_steps: steps::steps(case, found),
        chart: found.chart.as_ref().map(|facts| chart::chart(case, found, facts)),
    }
}

fn headline(case: &Case<'_>, found: &Finding) -> String {
    match &found.about {
        About::Pool(facts) => pool::headline(case, found, facts),
        About::Process(facts) => subjects::process(case, found, facts),
        About::Commit(facts) => subjects::commit(case, found, facts),
        About::SystemPtes(facts) => subjects::system_ptes(found, facts),
        About::Level(facts) => subjects::level(case, found, *facts),
    }
}

fn exhaustion(dated: &DatedExhaustion, unit: model::Unit) -> model::Exhaustion {
    let exhaustion = &dated.exhaustion;
    model::Exhaustion {
        limit_bytes: exhaustion.limit.as_ref().filter(|_| unit != model::Unit::Percent).map(|limit| limit.value),
        limit_basis: exhaustion.limit.as_ref().map_or_else(limits::unknown, |limit| limits::basis(&limit.basis)),
        at: dated.at,
        at_ci95: dated.at_ci95,
        not_before: dated.not_before,
        share_of_physical_memory: exhaustion.share_of_ram,
    }
}

//! Tables of names and values: facts about a machine, figures of a finding.

use super::Fact;
use crate::base::units;
use crate::base::windows::shown_version;
use crate::model::{Exhaustion, Finding, Growth, MachineReport, Origin, Time, Unit, Verdict};

/// Facts about a machine and its log.
pub fn machine_facts(machine: &MachineReport) -> Vec<Fact> {
    let mut facts = vec![Fact { name: "Machine", value: machine.machine.clone() }];
    facts.extend(
        machine.windows.as_ref().map(|version| Fact { name: "Windows version", value: shown_version(version, "") }),
    );
    facts.push(match (machine.physical_memory_bytes, &machine.physical_memory_basis) {
        (Some(bytes), Some(basis)) => {
            Fact { name: "Physical memory", value: format!("{} – {basis}", units::bytes(bytes as f64)) }
        }
        _ => Fact { name: "Physical memory", value: "Unknown (not recorded in the log; set it with --ram)".to_owned() },
    });
    if let (Some(first), Some(last)) = (machine.first_sample, machine.last_sample) {
        let zone = first.offset().map_or_else(|| "zone not recorded".to_owned(), |zone| format!("UTC{zone}"));
        let value = format!(
            "{} to {} ({}), local time, {zone}",
            table_time(first),
            table_time(last),
            units::duration(last.hours_since(first))
        );
        facts.push(Fact { name: "Time covered", value });
    }
    let mut samples = units::count(machine.samples as f64);
    if let Some(seconds) = machine.interval_seconds {
        samples += &format!(", one every {}", units::every(seconds));
    }
    facts.push(Fact { name: "Samples", value: samples });
    let boots: Vec<String> = machine.boots.iter().map(|b| table_time(*b)).collect();
    facts.push(Fact {
        name: "Restarts within the log",
        value: if boots.is_empty() { "none".to_owned() } else { boots.join(", ") },
    });
    facts
}

/// A forecast time, relative to the last sample.
fn forecast(time: Time, last_sample: Option<Time>) -> String {
    units::forecast(time.local(), last_sample.map_or(0.0, |last| time.hours_since(last)))
}

/// When a subject is exhausted, in words.
fn exhausted_at(exhaustion: &Exhaustion, last_sample: Option<Time>) -> String {
    match (exhaustion.at, exhaustion.limit_bytes) {
        (Some(at), _) => forecast(at, last_sample),
        (None, Some(_)) => exhaustion
            .not_before
            .map_or_else(|| "not expected".to_owned(), |t| format!("not before {}", units::date(t.local()))),
        (None, None) => "unknown".to_owned(),
    }
}

/// Rate, room left and date for the top of the page.
pub fn key_figures(finding: &Finding, last_sample: Option<Time>) -> Vec<Fact> {
    let (Some(growth), Some(exhaustion)) = (&finding.growth, &finding.exhaustion) else { return Vec::new() };
    let unit = growth.unit;
    let mut facts = vec![Fact { name: "Growth", value: unit.rate(growth.rate_per_hour) }];
    let room = exhaustion.limit_bytes.map(|limit| (limit - growth.last).max(0.0));
    facts.push(Fact { name: "Room left", value: room.map_or_else(|| "unknown".to_owned(), |room| unit.amount(room)) });
    facts.push(Fact { name: "Exhausted", value: exhausted_at(exhaustion, last_sample) });
    facts.extend(finding.prime_suspect.clone().map(|value| Fact { name: "Suspect", value }));
    facts
}

/// All figures of a finding.
pub fn figures(finding: &Finding, last_sample: Option<Time>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(counter) = &finding.counter {
        facts.push(Fact { name: "Counter", value: counter.clone() });
    }
    facts.extend(finding.growth.iter().flat_map(|growth| growth_figures(finding, growth)));
    if let Some(origin) = finding.origin {
        let value = match origin {
            Origin::Kernel => "drivers (not charged to any process)",
            Origin::User => "processes",
            Origin::Both => "drivers and processes",
            Origin::Unknown => "unknown",
        };
        facts.push(Fact { name: "Caused by", value: value.to_owned() });
    }
    let exhaustion = finding.exhaustion.iter();
    facts.extend(exhaustion.flat_map(|exhaustion| exhaustion_figures(finding, exhaustion, last_sample)));
    if finding.verdict != Verdict::InsufficientData {
        facts.push(Fact { name: "Confidence", value: units::percent(finding.confidence) });
    }
    facts
}

/// A time in tables.
pub fn table_time(time: Time) -> String {
    units::full_moment(time.local())
}

fn growth_figures(finding: &Finding, growth: &Growth) -> Vec<Fact> {
    let mut facts = Vec::new();
    let unit = growth.unit;
    let leaks = finding.verdict.is_growth();
    let best = unit.rate(growth.rate_per_hour);
    let mut rate = if unit.is_hourly(growth.rate_per_hour) {
        best
    } else {
        format!("{best} ({}/hour)", unit.amount(growth.rate_per_hour))
    };
    if let Some([low, high]) = growth.rate_per_hour_ci95 {
        rate += &format!(", 95 % interval {}", unit.rate_interval(low, high));
    }
    facts.push(Fact { name: if leaks { "Growth" } else { "Change over the log" }, value: rate });
    if leaks {
        let since = growth.since.map_or_else(|| "before logging started".to_owned(), table_time);
        facts.push(Fact { name: "Since", value: since });
    }
    facts.push(Fact {
        name: "First, last, largest value",
        value: format!("{}, {}, {}", unit.amount(growth.first), unit.amount(growth.last), unit.amount(growth.maximum)),
    });
    facts
}

fn exhaustion_figures(finding: &Finding, exhaustion: &Exhaustion, last_sample: Option<Time>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(share) = exhaustion.share_of_physical_memory {
        facts.push(Fact { name: "Share of physical memory", value: units::percent(share) });
    }
    let unit = finding.growth.as_ref().map_or(Unit::Bytes, |growth| growth.unit);
    let limit = exhaustion.limit_bytes.map(|limit| format!("{} – ", unit.amount(limit))).unwrap_or_default();
    facts.push(Fact { name: "Nearest limit", value: limit + &exhaustion.limit_basis });
    let mut full = exhausted_at(exhaustion, last_sample);
    if let Some([Some(earliest), latest]) = exhaustion.at_ci95 {
        let latest = latest.map_or_else(|| "open".to_owned(), |time| forecast(time, last_sample));
        full += &format!(" (95 % interval {} to {latest})", forecast(earliest, last_sample));
    }
    facts.push(Fact { name: "Exhausted", value: full });
    facts
}

//! Sentences about the assessment of a series: its evidence, and what would change the verdict.

use crate::base::units;
use crate::case::Case;
use crate::detect::load::{Explained, Explaining};
use crate::detect::{AssessmentChange, Evidence, GateResult, MIN_SAMPLES, Need, RestartSummary, Wanted};
use crate::explain::checks_for_leak;
use crate::explain::words::moment;
use crate::model::{self, Collect, Time, Unit};

/// A fact that supports a verdict, as a sentence without a full stop. `gates` and `unit` are those of the assessment.
#[must_use]
pub fn evidence(evidence: &Evidence, gates: &[GateResult], unit: Unit) -> String {
    let amount = |value: f64| unit.amount(value);
    match *evidence {
        Evidence::Gate(kind) => {
            let gate = gates.iter().find(|gate| gate.kind == kind);
            gate.map_or_else(String::new, |gate| checks_for_leak::text(gate, unit))
        }
        Evidence::Measured(ref gate) => checks_for_leak::text(gate, unit),
        Evidence::TooFewSamples { samples, span_hours } => too_few_samples(samples, span_hours),
        Evidence::FastSoFar { rate, collect } => fast_so_far(&unit.rate(rate), collect),
        Evidence::FirstFigures { interval_hours, collect } => first_figures(interval_hours, collect),
        Evidence::TooShort { span_hours, collect } => {
            format!("{} without growth do not exclude a leak; {}", units::duration(span_hours), enough(collect, "do"))
        }
        Evidence::DeadCounter => "It reads 0 throughout: the counter does not work, or was not recorded".to_owned(),
        Evidence::Constant { value } => format!("It is {} throughout", amount(value)),
        Evidence::OneStep { before, after } => {
            format!("One step, level on both sides: {} before, {} after", amount(before), amount(after))
        }
        Evidence::LevelledOff { hours, level } => {
            format!("It rose for the first {} and has been level at {} since", units::duration(hours), amount(level))
        }
        Evidence::NoLastingRise => "It rises and falls, and its low-water mark does not keep rising".to_owned(),
        Evidence::StaysBetween { low, high, share } => {
            format!("It stays {}, which is {} of its level", between(low, high, unit), units::percent(share))
        }
        Evidence::MovesBetween { low, high } => format!("It moves {}", between(low, high, unit)),
        Evidence::ComesBackDown { low, high, share } => comes_back_down(&between(low, high, unit), share),
        Evidence::EndsUp { end } => ends_up(&amount(end)),
        Evidence::Falls { by } => format!("It has come down over the log, by {}", amount(by)),
        Evidence::LoadExplains(ref by) => format!("{} of its movement", checks_for_leak::explained_by(by)),
        Evidence::DetectableFrom { rate } => detectable_from(&unit.rate(rate)),
        Evidence::Sawtooth { rises, rate } => sawtooth(rises, &unit.rate(rate)),
        Evidence::SawtoothRises { share, slowest, fastest } => {
            sawtooth_rises(share, &unit.rate(slowest), &unit.rate(fastest))
        }
        Evidence::CertainAfter { hour } => {
            format!(
                "{} after the first sample the rise was proven, and it has not come down since",
                units::duration(hour)
            )
        }
        Evidence::LikeBeforeTheRestart => LIKE_BEFORE_THE_RESTART.to_owned(),
        Evidence::RestartsTooOften { restarts } => restarts_too_often(restarts),
    }
}

const LIKE_BEFORE_THE_RESTART: &str = "Since the restart it has risen at about the same rate as before, where the rise was \
    proven; this stretch alone does not prove it";

fn too_few_samples(samples: usize, span_hours: Option<f64>) -> String {
    format!(
        "The log has {}{}; at least {MIN_SAMPLES} are needed to distinguish growth from chance",
        units::counted(samples, "sample", "samples"),
        span_hours.map_or_else(String::new, |span| format!(" over {}", units::duration(span)))
    )
}

fn fast_so_far(rate: &str, collect: Collect) -> String {
    format!(
        "So far it rose by {rate}; a sample every {} for {} shows whether that goes on",
        units::duration(collect.interval_seconds / 3600.0),
        units::duration(collect.hours)
    )
}

fn first_figures(interval_hours: f64, collect: Collect) -> String {
    format!(
        "At one sample every {} the first figures take {}; {}",
        units::duration(interval_hours),
        units::duration(interval_hours * MIN_SAMPLES as f64),
        enough(collect, "distinguish a leak from the load of a working day")
    )
}

/// Required log length and sample interval.
fn enough(collect: Collect, what: &str) -> String {
    format!(
        "a day and a night at one sample every {} {what}, and a week shows slow leaks too",
        units::duration(collect.interval_seconds / 3600.0)
    )
}

fn between(low: f64, high: f64, unit: Unit) -> String {
    format!("between {} and {} (2nd to 98th percentile)", unit.amount(low), unit.amount(high))
}

fn comes_back_down(between: &str, share: f64) -> String {
    format!("It moves {between}, and by the end it has come down by {} of that", units::percent(share.clamp(0.0, 1.0)))
}

fn ends_up(end: &str) -> String {
    format!(
        "It rises and falls as load does, but the log ends while it is up, at {end}; the next hours will show whether it comes \
         back down"
    )
}

fn detectable_from(rate: &str) -> String {
    format!("Steady leaks of {rate} or more would have been detected; a longer log shows slower ones")
}

fn sawtooth(rises: usize, rate: &str) -> String {
    format!(
        "It rose in a straight line {} at about {rate}, and dropped at once in between. This is the pattern of a leaking process \
         that is restarted; load does not drop at once",
        units::times(rises)
    )
}

fn sawtooth_rises(share: f64, slowest: &str, fastest: &str) -> String {
    format!("Straight rises make up {} of the log, each at {slowest} to {fastest}", units::percent(share))
}

fn restarts_too_often(restarts: usize) -> String {
    format!(
        "The machine restarted {} within the log, and no stretch between restarts has the {MIN_SAMPLES} samples needed to \
         distinguish growth from chance",
        units::times(restarts)
    )
}

/// What would change a verdict, as a sentence without a full stop.
#[must_use]
pub fn would_change(case: &Case<'_>, change: &AssessmentChange) -> String {
    match change {
        AssessmentChange::GoesOnUntil { hour } => goes_on_until(case.clock(*hour)),
        AssessmentChange::Needs { wanted, need } => needs(*wanted, *need),
        AssessmentChange::NoLeakIfItLevelsOff => {
            "It would not be a leak if it levelled off within the next hours, as a cache does that fills evenly"
                .to_owned()
        }
    }
}

fn goes_on_until(at: Option<Time>) -> String {
    let until =
        at.map_or_else(|| "over a second night".to_owned(), |at| format!("until {}, over a second night", moment(at)));
    format!("It would certainly be a leak if growth went on {until} (load comes down by morning, and a cache fills up)")
}

fn needs(wanted: Wanted, need: Need) -> String {
    let leak = match wanted {
        Wanted::Leak => "It would be a leak",
        Wanted::SureLeak => "It would certainly be a leak",
    };
    match checks_for_leak::condition(need) {
        Some(condition) => format!("{leak} if {condition}"),
        // Either outcome is an answer.
        None => "A log twice as long would settle it: a leak doubles, noise does not".to_owned(),
    }
}

/// Results between restarts, as a sentence without a full stop.
#[must_use]
pub fn restarts(summary: &RestartSummary, unit: Unit) -> String {
    let rates: Vec<String> = summary.rates.iter().map(|rate| unit.rate(*rate)).collect();
    let grew = match &rates[..] {
        [] => "none grew".to_owned(),
        few if few.len() <= MOST_RATES => format!("these grew: {}", few.join(", ")),
        [.., last] => format!("{} of them grew, the last by {last}", rates.len()),
    };
    format!(
        "The machine restarted {} within the log, which releases all memory; each stretch was checked separately, and {grew}",
        units::times(summary.restarts)
    )
}

/// Maximum number of rates to list one by one.
const MOST_RATES: usize = 6;

/// A check and its answer. `reason` is the index of the same text among the reasons of the finding.
#[must_use]
pub fn gate(gate: &GateResult, unit: Unit, reason: Option<usize>) -> model::Gate {
    let asks = checks_for_leak::name(gate.kind).to_owned();
    model::Gate { asks, passed: gate.passed, text: checks_for_leak::text(gate, unit), reason }
}

/// The loads that explain a series.
#[must_use]
pub fn loads(explained: &Explained) -> Vec<model::Load> {
    let load = |load: &Explaining| model::Load {
        counter: format!(r"\{}", load.name),
        lag_hours: load.lag,
        share: (load.share * SHARE_DIGITS).round() / SHARE_DIGITS,
    };
    explained.by.loads.iter().map(load).collect()
}

/// Shares are rounded to a thousandth, which is their precision.
const SHARE_DIGITS: f64 = 1000.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{GateKind, Measured, Passed};

    const MB: f64 = 1024.0 * 1024.0;

    #[test]
    fn a_check_is_said_once_among_the_checks_or_by_itself() {
        let gate = GateResult {
            kind: GateKind::NewTerritory,
            passed: Passed::Yes,
            measured: Measured::NewTerritory { above: 50.0 * MB, over_hours: 72.0 },
        };
        let text = "At the end it is 50 MB above the highest level of the 3 days before";
        assert_eq!(evidence(&Evidence::Measured(gate.clone()), &[], Unit::Bytes), text);
        assert_eq!(evidence(&Evidence::Gate(gate.kind), &[gate], Unit::Bytes), text);
    }

    #[test]
    fn what_would_change_a_verdict_is_a_condition_or_a_longer_log() {
        assert_eq!(needs(Wanted::Leak, Need::StaysUp), "It would be a leak if usage stopped coming back down");
        assert_eq!(
            needs(Wanted::SureLeak, Need::Night),
            "It would certainly be a leak if growth went on over a second night (load comes down by morning, a leak does not)"
        );
        let longer = "A log twice as long would settle it: a leak doubles, noise does not";
        assert_eq!([Wanted::Leak, Wanted::SureLeak].map(|wanted| needs(wanted, Need::LongerLog)), [longer, longer]);
    }

    #[test]
    fn rates_between_restarts_are_listed_while_they_are_few() {
        let said = |rates: Vec<f64>| restarts(&RestartSummary { restarts: 8, rates }, Unit::Handles);
        assert!(said(Vec::new()).ends_with("none grew"));
        assert!(said(vec![1.0, 2.0]).ends_with("these grew: 24 handles/day, 48 handles/day"));
        assert!(said(vec![1.0; 7]).ends_with("7 of them grew, the last by 24 handles/day"));
    }
}

//! Sentences about the checks for a leak: their names, their answers, and what they need in order to pass.

use crate::base::units;
use crate::detect::load::{ExplainedBy, Explaining};
use crate::detect::{
    BEYOND_RANDOM_WALK, GROWTH_THAT_MATTERS, GateKind, GateResult, Measured, Need, ONE_DAY_HOURS, Passed,
    RISES_BY_HOUR, SIGNIFICANT, Steep,
};
use crate::model::Unit;

/// What passing a check means, in a few words.
#[must_use]
pub fn name(kind: GateKind) -> &'static str {
    match kind {
        GateKind::Trend => "Not chance",
        GateKind::Noise => "Larger than the noise",
        GateKind::RandomDrift => "Not random drift",
        GateKind::Size => "Large enough to matter",
        GateKind::StayedUp => "Has not come back down",
        GateKind::GoesOn => "Still growing at the end",
        GateKind::NotOneStep => "Not a one-off jump",
        GateKind::HigherEachDay => "Higher each day",
        GateKind::NewTerritory => "Above all earlier levels",
        GateKind::LongEnough => "Observed long enough",
        GateKind::AlsoLater => "Growing after the first quarter",
        GateKind::AlsoEarlier => "Growing before the last minutes",
        GateKind::RisesByHour => "Higher at the same hours of the day",
        GateKind::NotLoad => "Not explained by load",
        GateKind::LoadIsSteady => "Load has not risen",
        GateKind::RisesAsRecorded => "Visible before load is removed",
    }
}

/// The answer of a check, as a sentence without a full stop. `unit` is that of the series.
#[must_use]
pub fn text(gate: &GateResult, unit: Unit) -> String {
    let passed = gate.passed;
    match gate.measured {
        Measured::Trend { z, marks, variance_factor } => trend(passed, z, marks, variance_factor),
        Measured::Noise { growth, noise } => larger_than_noise(passed, growth, noise, unit),
        Measured::RandomDrift { z } => random_drift(passed, z),
        Measured::Size { share, level } => size(passed, share, &unit.amount(level)),
        Measured::TooSmall { growth } => format!("It changes by {}, which is too small to matter", unit.amount(growth)),
        Measured::StayedUp { top, lost } => stayed_up(passed, &unit.amount(top), lost),
        Measured::GoesOn { first, second } => goes_on(passed, &unit.rate(first), &unit.rate(second)),
        Measured::FlatEnd { hours, before } => flat_end(passed, hours, &unit.rate(before)),
        Measured::SlowsLikeCache { more } => slows_like_cache(more),
        Measured::OneStep { hours_before_end, before, after } => {
            one_step(hours_before_end, &unit.amount(before), &unit.amount(after))
        }
        Measured::TwoSteps { hours_before_end, sizes, rest } => two_steps(hours_before_end, sizes, rest, unit),
        Measured::FewSteps { steps, with_programs } => few_steps(steps, with_programs),
        Measured::NoSteps => "A steady rise explains it better than two or three levels".to_owned(),
        Measured::HigherEachDay { gain } => higher_each_day(&unit.amount(gain)),
        Measured::NewTerritory { above, over_hours } => new_territory(above, over_hours, unit),
        Measured::LongEnough { hours, straight, steep } => long_enough(passed, hours, straight, steep, unit),
        Measured::AlsoLater { whole, later, starts_before_end } => {
            also_later(passed, &unit.rate(whole), &unit.rate(later), starts_before_end)
        }
        Measured::AlsoEarlier { hours, z } => also_earlier(passed, hours, z),
        Measured::ByHour { z } => by_hour(passed, z),
        Measured::Load { ref by, of_rise } => load(passed, by, of_rise),
        Measured::LoadRemoved { ref by } => {
            format!("{} of the movement; this was removed before the trend was measured", explained_by(by))
        }
        Measured::LoadIsUp { ref counter } => {
            format!(r"\{counter} has risen since then as well, and usage may come down with it")
        }
        Measured::AsRecorded { raw, rest } => as_recorded(&unit.amount(raw), &unit.amount(rest)),
    }
}

/// What a check needs in order to pass, as a clause after "if"; `None` if more data are enough.
#[must_use]
pub fn condition(need: Need) -> Option<&'static str> {
    Some(match need {
        Need::LongerLog => return None,
        Need::LongerRise => "the rise went on in a longer log",
        Need::StaysUp => "usage stopped coming back down",
        Need::GoesOn => "growth went on after this log (a cache or a warm-up levels off)",
        Need::MoreSteps => "more steps like these followed, at the same hour of the day or more and more often",
        Need::HigherDays => "more days followed that are each higher at the same hours",
        Need::NewHighs => "usage kept rising above all earlier levels",
        Need::Night => "growth went on over a second night (load comes down by morning, a leak does not)",
        Need::GrowthWithoutLoad => "growth went on while load did not rise",
        Need::RisesAsRecorded => "the low-water mark rose even with load in it",
    })
}

/// A score; values above a hundred are not shown exactly.
fn score(z: f64) -> String {
    match z {
        z if z > 100.0 => "over 100".to_owned(),
        z if z.abs() < 0.05 => "0.0".to_owned(),
        z => format!("{z:.1}"),
    }
}

/// The correction for autocorrelation is mentioned from this factor on.
const WORTH_A_WORD: f64 = 1.05;

fn trend(passed: Passed, z: f64, marks: usize, variance_factor: f64) -> String {
    let corrected = if variance_factor > WORTH_A_WORD {
        format!(", corrected for autocorrelation (variance times {variance_factor:.1})")
    } else {
        String::new()
    };
    let test = format!("Mann-Kendall z = {z:.1} over {marks} marks{corrected}");
    match passed {
        Passed::Yes => format!(
            "The low-water mark rises steadily: {test}; only one in 2,000 series without a trend exceeds {SIGNIFICANT}"
        ),
        _ => format!("The low-water mark does not clearly rise: {test}; a leak needs {SIGNIFICANT}"),
    }
}

/// From this multiple on, the ratio of rise to noise is not shown.
const MANY_TIMES: f64 = 1000.0;

fn larger_than_noise(passed: Passed, growth: f64, noise: f64, unit: Unit) -> String {
    let (rise, scatter) = (unit.amount(growth), unit.amount(noise));
    match passed {
        Passed::Yes if noise > 0.0 && growth < MANY_TIMES * noise => {
            format!("The rise of {rise} is {:.0} times the normal variation of {scatter}", growth / noise)
        }
        Passed::Yes => format!("The rise of {rise} is almost free of noise"),
        _ => format!("The change of {rise} is within normal variation ({scatter})"),
    }
}

fn random_drift(passed: Passed, z: f64) -> String {
    let z = score(z);
    match passed {
        Passed::Yes => format!("Random drift would not rise so far: z = {z}"),
        _ => format!("Random drift rises so far now and then: z = {z}; a leak needs {BEYOND_RANDOM_WALK}"),
    }
}

fn size(passed: Passed, share: f64, level: &str) -> String {
    let share = units::percent(share);
    match passed {
        Passed::Yes => format!("It adds {share} to a usual level of {level}"),
        Passed::Doubtful => {
            format!("It adds {share} to a usual level of {level}; a few programs that were started may add as much")
        }
        Passed::No => format!(
            "It changes the usual level of {level} by {share}; less than {} is too small to matter in a log of this length",
            units::percent(GROWTH_THAT_MATTERS)
        ),
    }
}

fn stayed_up(passed: Passed, top: &str, lost: f64) -> String {
    match passed {
        Passed::Yes => {
            format!("It has not come back down: {} of the rise is still there", units::percent((1.0 - lost).min(1.0)))
        }
        _ => format!(
            "It came back down: from {top} it lost {} of its rise, as load does and a leak does not",
            units::percent(lost)
        ),
    }
}

fn goes_on(passed: Passed, first: &str, second: &str) -> String {
    let rates = format!("{first} in the first half, {second} in the second");
    match passed {
        Passed::Yes => format!("It grows until the end of the log: {rates}"),
        Passed::Doubtful => format!("It is slowing down, like a cache that fills: {rates}"),
        Passed::No => format!("It has levelled off, as after a start or when a cache is full: {rates}"),
    }
}

fn flat_end(passed: Passed, hours: f64, before: &str) -> String {
    let since = units::duration(hours);
    match passed {
        Passed::No => {
            format!("It grew by {before} until {since} before the end of the log, then stopped, as a full cache does")
        }
        _ => format!("It grew by {before} until {since} before the end of the log, and hardly since"),
    }
}

fn slows_like_cache(more: f64) -> String {
    format!(
        "It is slowing down like a cache that fills: another period of the same length would add only {} as much",
        units::percent(more)
    )
}

fn one_step(hours_before_end: f64, before: &str, after: &str) -> String {
    format!(
        "One step, {} before the end of the log, explains it better than steady growth: {before} before, {after} after, level \
         on both sides",
        units::duration(hours_before_end)
    )
}

fn two_steps(hours_before_end: (f64, f64), sizes: (f64, f64), rest: f64, unit: Unit) -> String {
    format!(
        "Two steps, {} and {} before the end of the log, of {} and {}, leave {} of the rise for steady growth",
        units::duration(hours_before_end.0),
        units::duration(hours_before_end.1),
        unit.amount(sizes.0),
        unit.amount(sizes.1),
        units::percent(rest.max(0.0))
    )
}

fn few_steps(steps: usize, with_programs: Option<usize>) -> String {
    let better = format!("{steps} steps, level in between, explain it better than steady growth");
    match with_programs {
        None => format!("{better}, and they do not follow the time of day"),
        Some(programs) => format!("{better}, and at {programs} of them a program started that still runs"),
    }
}

fn higher_each_day(gain: &str) -> String {
    format!(
        "At nine of ten times of the day it is higher than a day before, typically by {gain}; the daily load was removed \
         before the trend was measured"
    )
}

fn new_territory(above: f64, over_hours: f64, unit: Unit) -> String {
    format!(
        "At the end it is {} {} the highest level of the {} before",
        unit.amount(above.abs()),
        if above >= 0.0 { "above" } else { "below" },
        units::duration(over_hours)
    )
}

fn long_enough(passed: Passed, hours: f64, straight: f64, steep: Option<Steep>, unit: Unit) -> String {
    let seen = units::duration(hours);
    match (passed, steep) {
        (_, Some(steep)) => format!(
            "It grew for only {seen}, but in a straight line by {}, which is {} of where it began{}",
            unit.amount(steep.growth),
            units::percent(steep.share),
            steep
                .moved_before
                .map_or_else(String::new, |moved| format!("; before that it moved by {}", unit.amount(moved)))
        ),
        (Passed::Yes, None) => format!("It grew for {seen}, two nights included"),
        (Passed::Doubtful, None) if hours >= ONE_DAY_HOURS => {
            format!("It grew for only {seen}: a cache that fills over a day and a night can look the same")
        }
        (Passed::Doubtful, None) => {
            format!("It grew for only {seen}: the load of a working day can look the same until evening")
        }
        (Passed::No, None) => format!(
            "It grew for only {seen}, and a straight line explains only {} of it; the load of a working day bends like this",
            units::percent(straight.max(0.0))
        ),
    }
}

fn also_later(passed: Passed, whole: &str, later: &str, starts_before_end: Option<f64>) -> String {
    match (passed, starts_before_end) {
        (Passed::Yes, _) => format!("It grows without its first quarter as well: {later}, {whole} with it"),
        (_, Some(hours)) => format!(
            "After its first quarter it is level until {} before the end, as with a warm-up before the load of a day",
            units::duration(hours)
        ),
        _ => format!("After its first quarter it hardly grows: {later}, {whole} with it, as with a warm-up"),
    }
}

fn also_earlier(passed: Passed, hours: f64, z: f64) -> String {
    let last = units::duration(hours);
    match passed {
        Passed::Yes => format!("It grew before the last {last} as well: Mann-Kendall z = {z:.1}"),
        _ => format!("Before the last {last} it did not grow: Mann-Kendall z = {z:.1}"),
    }
}

fn by_hour(passed: Passed, z: f64) -> String {
    match passed {
        Passed::Yes => {
            format!("At the same hours of the day it is higher than on earlier days: seasonal Kendall z = {z:.1}")
        }
        _ => format!(
            "At the same hours of the day it is not clearly higher than on earlier days: seasonal Kendall z = {z:.1}; a leak \
             needs {RISES_BY_HOUR}"
        ),
    }
}

fn load(passed: Passed, by: &ExplainedBy, of_rise: f64) -> String {
    let movement = format!("{} of the movement in this log", explained_by(by));
    match passed {
        Passed::Yes => format!("{movement}, and {} of the rise", units::percent(of_rise.clamp(0.0, 1.0))),
        Passed::Doubtful => {
            format!("{movement}, and {} of the rise, because load itself has grown", units::percent(of_rise))
        }
        Passed::No => format!("{movement}, and most of the rise: load has grown, and usage with it"),
    }
}

fn as_recorded(raw: &str, rest: &str) -> String {
    format!("The low-water mark as recorded changed by {raw}, without load by {rest}")
}

fn load_name(load: &Explaining, share: Option<f64>) -> String {
    let share = share.map(units::percent);
    let delay = (load.lag > 0.0).then(|| format!("{} later", units::duration(load.lag)));
    let details: Vec<String> = share.into_iter().chain(delay).collect();
    if details.is_empty() { format!(r"\{}", load.name) } else { format!(r"\{} ({})", load.name, details.join(", ")) }
}

/// The loads and the share that they explain together, without its object: `\System\Processes explains 62 %`.
#[must_use]
pub fn explained_by(by: &ExplainedBy) -> String {
    let several = by.loads.len() > 1;
    let names: Vec<String> = by.loads.iter().map(|load| load_name(load, several.then_some(load.share))).collect();
    let verb = if several { "explain" } else { "explains" };
    format!("{} {verb} {}", names.join(" and "), units::percent(by.share))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: f64 = 1024.0 * 1024.0;

    fn said(kind: GateKind, passed: Passed, measured: Measured) -> String {
        text(&GateResult { kind, passed, measured }, Unit::Bytes)
    }

    #[test]
    fn the_same_figures_are_said_by_how_the_check_went() {
        let noise = || Measured::Noise { growth: 60.0 * MB, noise: 10.0 * MB };
        let larger = said(GateKind::Noise, Passed::Yes, noise());
        assert_eq!(larger, "The rise of 60 MB is 6 times the normal variation of 10 MB");
        let within = said(GateKind::Noise, Passed::No, noise());
        assert_eq!(within, "The change of 60 MB is within normal variation (10 MB)");
        let size = || Measured::Size { share: 0.03, level: 200.0 * MB };
        assert_eq!(said(GateKind::Size, Passed::Yes, size()), "It adds 3.0 % to a usual level of 200 MB");
        assert!(said(GateKind::Size, Passed::Doubtful, size()).contains("programs"));
        assert!(said(GateKind::Size, Passed::No, size()).contains("less than 2.0 %"), "the threshold is said");
    }

    #[test]
    fn a_short_rise_is_proof_only_when_it_is_steep() {
        let hours = 0.5;
        let short =
            said(GateKind::LongEnough, Passed::Doubtful, Measured::LongEnough { hours, straight: 0.95, steep: None });
        assert_eq!(short, "It grew for only 30 minutes: the load of a working day can look the same until evening");
        let steep = Some(Steep { growth: 400.0 * MB, share: 2.0, moved_before: Some(MB) });
        let steep = said(GateKind::LongEnough, Passed::Yes, Measured::LongEnough { hours, straight: 1.0, steep });
        assert_eq!(
            steep,
            "It grew for only 30 minutes, but in a straight line by 400 MB, which is 200 % of where it began; before that it \
             moved by 1.0 MB"
        );
    }

    #[test]
    fn loads_are_named_with_share_and_delay() {
        let load = |name: &str, lag: f64, share: f64| Explaining { name: name.to_owned(), lag, share };
        let one = ExplainedBy { loads: vec![load(r"System\Processes", 0.0, 0.62)], share: 0.62 };
        assert_eq!(explained_by(&one), r"\System\Processes explains 62 %");
        let two = [load(r"Server\Files Open", 4.0, 0.5), load(r"System\Threads", 0.0, 0.2)];
        let two = ExplainedBy { loads: two.to_vec(), share: 0.7 };
        assert_eq!(
            explained_by(&two),
            r"\Server\Files Open (50 %, 4 hours later) and \System\Threads (20 %) explain 70 %"
        );
    }
}

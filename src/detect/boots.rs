//! The stretches between restarts of the machine, each judged by itself.

use crate::base::units;
use crate::checks::finding::Subjects;
use crate::detect::assess::{Judgement, Trend};
use crate::detect::segment::{MIN_SAMPLES, Points};
use crate::log::ZonedTime;
use crate::model::Verdict;

/// After a restart a leak goes on when it has this share of its rate before.
const GOES_ON: f64 = 0.4;
/// Confidence in that.
const LIKE_BEFORE: f64 = 0.7;
/// Rates of stretches that are told one by one.
const MOST_RATES: usize = 6;

/// What was judged, and what restarts have to do with it.
pub struct Judged<'a> {
    pub judgement: Judgement,
    /// The stretch that it was made on.
    pub stretch: Points<'a>,
    /// Restart that it ended with: the leak was another boot's, and the pool was given back.
    pub ended_with: Option<ZonedTime>,
    /// What to say of the other stretches.
    pub said: Option<String>,
}

/// A restart gives all memory back: the stretches between restarts are judged each by itself. The
/// present one counts when it is long enough to judge; otherwise the latest that is.
pub fn judge_between_boots<'a>(
    of: &Subjects<'_>,
    points: Points<'a>,
    judge: impl Fn(Points<'_>) -> Judgement,
) -> Judged<'a> {
    let first = of.machine.times.first();
    let boots: Vec<(f64, ZonedTime)> =
        of.machine.boots.iter().filter_map(|boot| Some((boot.utc.seconds_since(first?.utc) / 3600.0, *boot))).collect();
    let ends = boots.iter().map(|(hour, _)| *hour).chain([f64::INFINITY]);
    let mut rest = points;
    let stretches: Vec<Points<'a>> = ends
        .map(|end| {
            let stretch = rest.before(end);
            rest = rest.from(end);
            stretch
        })
        .collect();
    let judged: Vec<Option<Judgement>> =
        stretches.iter().map(|s| (s.values.len() >= MIN_SAMPLES).then(|| judge(*s))).collect();
    let leaks = |j: &Judgement| matches!(j.verdict, Verdict::Leak | Verdict::SuspectedLeak);
    // The present boot speaks, unless it is innocent for less than half as long as an earlier one
    // took to be found guilty.
    let present = judged.iter().rposition(Option::is_some);
    let guilty = judged.iter().rposition(|j| j.as_ref().is_some_and(leaks));
    let spoken = match (present, guilty) {
        (Some(now), Some(then)) if 2.0 * stretches[now].covered() < stretches[then].covered() => Some(then),
        _ => present,
    };
    let Some(at) = spoken else {
        let mut judgement = judge(points.before(f64::MIN));
        if boots.is_empty() {
            judgement = judge(points);
        } else {
            judgement.reasons[0] = format!(
                "The machine restarted {} within the log, and no stretch between restarts holds the {MIN_SAMPLES} samples \
                 that tell growth from chance",
                units::times(boots.len())
            );
        }
        return Judged { judgement, stretch: points, ended_with: None, said: None };
    };
    let last = judged.len() - 1;
    let leaking: Vec<usize> = (0..judged.len()).filter(|n| judged[*n].as_ref().is_some_and(leaks)).collect();
    let said = (!boots.is_empty()).then(|| {
        let rates: Vec<String> = leaking
            .iter()
            .filter_map(|n| judged[*n].as_ref()?.trend)
            .map(|trend: crate::detect::assess::Trend| points.unit.rate(trend.slope))
            .collect();
        let grew = match rates.len() {
            0 => "none grew".to_owned(),
            1..=MOST_RATES => format!("these grew: {}", rates.join(", ")),
            n => format!("{n} of them grew, the last by {}", rates[n - 1]),
        };
        format!(
            "The machine restarted {} within the log, which gives all memory back; each stretch was judged by itself, and {grew}",
            units::times(boots.len())
        )
    });
    // A boot that does not prove it but rises much as an earlier one that did has the same leak.
    let goes_on = guilty.filter(|then| *then < at).and_then(|then| {
        let (slope, ci95) = judged[at].as_ref()?.overall?;
        let before = judged[then].as_ref()?.trend?;
        (slope >= GOES_ON * before.slope && ci95.0 > 0.0).then(|| Trend {
            slope,
            ci95,
            late: slope,
            hours: (stretches[at].hours[0], stretches[at].hours[stretches[at].hours.len() - 1]),
            levels: (stretches[at].values[0], stretches[at].values[0] + slope * stretches[at].span()),
            began_within: true,
        })
    });
    if let Some(trend) = goes_on {
        let now = judged[at].clone().map(|j| j.reasons).unwrap_or_default();
        let mut reasons = vec![
            "Since the restart it has risen at much the same rate as before, where the rise was proven; of itself this \
             stretch does not prove it"
                .to_owned(),
        ];
        reasons.extend(now);
        return Judged {
            judgement: Judgement::guilty(Verdict::SuspectedLeak, LIKE_BEFORE, reasons, trend),
            stretch: stretches[at],
            ended_with: None,
            said,
        };
    }
    let mut judgement = judged.into_iter().nth(at).flatten().unwrap_or_else(|| judge(points));
    // What grows from a restart on began with it.
    if let (Some(trend), true) = (&mut judgement.trend, at > 0) {
        trend.began_within = true;
    }
    Judged {
        judgement,
        stretch: stretches[at],
        ended_with: if at < last { boots.get(at).map(|(_, boot)| *boot) } else { None },
        said,
    }
}

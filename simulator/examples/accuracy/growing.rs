//! Verdicts of logs that grow, and of logs with parts left out: how early they are right, and whether they stay.

use std::sync::{Mutex, PoisonError};

use perfverdict::model::{Subject, Verdict};
use perfverdict_simulator::families::{Family, Group};
use perfverdict_simulator::log::bytes;
use perfverdict_simulator::outcome::judge;
use perfverdict_simulator::plan::{Course, Plan};
use perfverdict_simulator::simulation::{Sample, Simulation};

use crate::{Options, for_each};

/// Shares of the log after which it is judged.
const SHARES: [f64; 22] = [
    0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9,
    0.95, 1.0,
];
/// Shorter prefixes of healthy machines do not count, hours.
const COUNTED_HOURS: f64 = 6.0;

/// The verdicts of one pool.
struct History {
    family: &'static str,
    leaks: bool,
    steady: bool,
    may_be_suspected: bool,
    hours: f64,
    at: Vec<Verdict>,
    /// With the last hour cut, every second sample, the first tenth cut.
    changed: [Verdict; 3],
}

fn verdicts(plan: &Plan, samples: Vec<Sample>, whole: &mut Simulation) -> [Verdict; 2] {
    whole.samples = samples;
    let report = judge(bytes(plan, whole));
    [Subject::NonpagedPool, Subject::PagedPool].map(|subject| {
        report.findings.iter().find(|f| f.subject == subject).map_or(Verdict::InsufficientData, |f| f.verdict)
    })
}

fn run(family: &'static str, plan: &Plan) -> [History; 2] {
    let mut simulation = Simulation::new(plan);
    let samples = std::mem::take(&mut simulation.samples);
    let n = samples.len();
    let mut judged = |kept: Vec<Sample>| {
        if kept.len() < 2 { [Verdict::InsufficientData; 2] } else { verdicts(plan, kept, &mut simulation) }
    };
    let at: Vec<[Verdict; 2]> = SHARES
        .iter()
        .map(|share| judged(samples.iter().filter(|s| s.at <= share * plan.hours + 1e-9).cloned().collect()))
        .collect();
    let changed = [
        judged(samples.iter().filter(|s| s.at <= plan.hours - 1.0).cloned().collect()),
        judged(samples.iter().step_by(2).cloned().collect()),
        judged(samples[n / 10..].to_vec()),
    ];
    [0, 1].map(|pool| History {
        family,
        leaks: simulation.truth[pool].leaks,
        steady: plan.leaks.iter().all(|leak| leak.course == Course::Ramp),
        may_be_suspected: plan.open_end,
        hours: plan.hours,
        at: at.iter().map(|both| both[pool]).collect(),
        changed: changed.map(|both| both[pool]),
    })
}

fn alarm(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Leak | Verdict::SuspectedLeak)
}

/// The share of the log from which on a leak is called one, and kept.
fn kept_from(at: &[Verdict]) -> f64 {
    let wrong = at.iter().rposition(|verdict| !alarm(*verdict));
    wrong.map_or(SHARES[0], |last| SHARES.get(last + 1).copied().unwrap_or(f64::INFINITY))
}

fn flips_back(at: &[Verdict]) -> bool {
    at.windows(2).any(|w| w[0] == Verdict::Leak && w[1] != Verdict::Leak)
}

fn share(right: usize, all: usize) -> f64 {
    100.0 * right as f64 / all.max(1) as f64
}

/// Prints how verdicts change as logs grow.
pub fn print(families: &[(Group, &'static Family)], options: &Options) {
    let all: Mutex<Vec<History>> = Mutex::new(Vec::new());
    for_each(families, options, |family, plan| {
        let found = run(families[family].1.name, &plan);
        all.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
    });
    let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!(
        "| machines | pools | kept from (median % of the log) | sure leaks that flip back % | calm prefixes suspected % | called a leak % | of 6 to 20 h suspected % | changed by an hour less % | every second sample % | first tenth cut % |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    for (_, family) in families {
        row(family.name, &all.iter().filter(|c| c.family == family.name).collect::<Vec<_>>());
    }
    row("**together**", &all.iter().collect::<Vec<_>>());
}

fn row(name: &str, all: &[&History]) {
    let leaks: Vec<&&History> = all.iter().filter(|c| c.leaks).collect();
    let mut kept: Vec<f64> = leaks.iter().filter(|c| c.steady).map(|c| kept_from(&c.at)).collect();
    kept.sort_by(f64::total_cmp);
    let flips = leaks.iter().filter(|c| flips_back(&c.at)).count();
    let calm = all.iter().filter(|c| !c.leaks && !c.may_be_suspected);
    let prefixes: Vec<(f64, Verdict)> = calm
        .flat_map(|c| SHARES.iter().zip(&c.at).map(|(share, verdict)| (share * c.hours, *verdict)))
        .filter(|(hours, _)| *hours >= COUNTED_HOURS)
        .collect();
    let short: Vec<&(f64, Verdict)> = prefixes.iter().filter(|(hours, _)| *hours < 20.0).collect();
    let suspected = prefixes.iter().filter(|(_, verdict)| alarm(*verdict)).count();
    let sure = prefixes.iter().filter(|(_, verdict)| *verdict == Verdict::Leak).count();
    let short_suspected = short.iter().filter(|(_, verdict)| alarm(*verdict)).count();
    let changed = [0, 1, 2].map(|n| all.iter().filter(|c| c.at.last() != Some(&c.changed[n])).count());
    println!(
        "| {name} | {} | {:.0} | {:.1} | {:.1} | {:.2} | {:.1} | {:.1} | {:.1} | {:.1} |",
        all.len(),
        100.0 * kept.get(kept.len() / 2).copied().unwrap_or(f64::NAN),
        share(flips, leaks.len()),
        share(suspected, prefixes.len()),
        share(sure, prefixes.len()),
        share(short_suspected, short.len()),
        share(changed[0], all.len()),
        share(changed[1], all.len()),
        share(changed[2], all.len())
    );
}

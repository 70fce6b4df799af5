//! The accuracy of the judgement, in short: a few machines of every kind, whole logs through the real readers. The
//! bench of the same name (`cargo run --release --example accuracy`) does it at length.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::struct_excessive_bools,
    reason = "a simulation counts in floats, and a plan is a list of what is so"
)]

#[path = "../examples/accuracy/anchors.rs"]
#[allow(dead_code, reason = "the bench uses more of it")]
mod anchors;
#[path = "../examples/accuracy/log.rs"]
mod log;
#[path = "../examples/accuracy/machine.rs"]
mod machine;
#[path = "../examples/accuracy/plan.rs"]
mod plan;
#[path = "../examples/accuracy/random.rs"]
#[allow(dead_code, reason = "the bench uses more of it")]
mod random;
#[path = "../examples/accuracy/score.rs"]
#[allow(dead_code, reason = "the bench uses more of it")]
mod score;

use plan::{FAMILIES, Group};
use score::{Score, judge, run, word};

/// Seeds of their own, which no threshold was chosen on.
const FIRST_SEED: u64 = 2_000_000;
const SEEDS: u64 = if cfg!(windows) { 1 } else { 5 };
/// Longer logs take their time without optimisation; on Windows the judgement is the same, and is not measured again.
const MOST_SAMPLES: f64 = if cfg!(windows) { 2000.0 } else { 4500.0 };
/// Of so few machines one may be missed.
const SPARED: usize = if cfg!(windows) { 1 } else { 0 };

fn score(group: Group) -> Score {
    let families: Vec<_> = FAMILIES.iter().filter(|f| f.group == group).collect();
    let scores: Vec<Score> = std::thread::scope(|scope| {
        let halves = families.chunks(families.len().div_ceil(2)).map(|half| {
            scope.spawn(move || {
                let mut score = Score::default();
                for family in half {
                    let plans = (FIRST_SEED..).map(|seed| (family.draw)(family.name, seed));
                    let short = plans.filter(|plan| plan.hours * 3600.0 / plan.interval < MOST_SAMPLES);
                    for plan in short.take(usize::try_from(SEEDS).unwrap()) {
                        let outcomes = run(&plan).0;
                        let judged = if group == Group::Processes { &outcomes[2..] } else { &outcomes[..2] };
                        judged.iter().for_each(|outcome| score.add(outcome));
                    }
                }
                score
            })
        });
        halves.collect::<Vec<_>>().into_iter().map(|half| half.join().unwrap()).collect()
    });
    let mut all = Score::default();
    scores.iter().for_each(|score| all.merge(score));
    all
}

fn share((right, all): (usize, usize)) -> f64 {
    if all == 0 { 1.0 } else { (right + SPARED) as f64 / all as f64 }
}

#[test]
fn calm_machines_are_let_alone() {
    let calm = score(Group::Calm);
    assert!(calm.calm as u64 >= 30 * SEEDS, "{calm:?}");
    assert!(calm.alarms * 100 <= calm.calm + SPARED * 100 && calm.sure_alarms == 0, "{calm:?}");
}

#[test]
fn large_leaks_are_found() {
    let large = score(Group::Large);
    assert!(large.leaks as u64 >= 16 * SEEDS, "{large:?}");
    assert!(share((large.found, large.leaks)) >= 0.98 && large.sure_alarms == 0, "{large:?}");
    assert!(share((large.found_sure, large.leaks)) >= 0.93, "{large:?}");
    for right in [large.origin, large.culprit, large.pid, large.trigger] {
        assert!(right.1 > 0 && share(right) >= 0.98, "{large:?}");
    }
    assert!(share(large.rate) >= 0.95, "{large:?}");
    // The yardsticks do worse on the same logs, or alarm where nothing is wrong.
    assert!(large.anchors[0].0 < large.found / 2, "PAL: {large:?}");
}

#[test]
fn small_leaks_are_found() {
    let small = score(Group::Small);
    assert!(share((small.found, small.leaks)) >= 0.9 && small.sure_alarms == 0, "{small:?}");
    assert!(small.alarms * 20 <= small.calm, "{small:?}");
    assert!(share(small.origin) >= 0.95 && share(small.rate) >= 0.85, "{small:?}");
}

#[test]
fn leaking_processes_are_found() {
    let processes = score(Group::Processes);
    assert!(share((processes.found, processes.leaks)) >= 0.95, "{processes:?}");
}

#[test]
fn held_out_families_hold() {
    let held_out = score(Group::HeldOut);
    assert!(share((held_out.found, held_out.leaks)) >= 0.95 && held_out.sure_alarms <= 1, "{held_out:?}");
}

#[test]
fn the_same_log_as_blg_and_as_csv_gives_the_same_verdict() {
    let some = if cfg!(windows) { 8 } else { 1 };
    for family in FAMILIES.iter().filter(|f| f.name != "gaps and blanks").step_by(some) {
        let plan = (FIRST_SEED + 100..FIRST_SEED + 120)
            .map(|seed| (family.draw)(family.name, seed))
            .min_by(|a, b| (a.hours / a.interval).total_cmp(&(b.hours / b.interval)))
            .unwrap();
        let life = machine::live(&plan);
        let blg = log::blg(&plan, &life);
        let converted = {
            use perfverdict::convert::{Dialect, write_text};
            use perfverdict::log::{Log, Selection};
            let log = [Log::from_vec(std::path::Path::new("simulated"), blg.clone()).unwrap()];
            let mut text = Vec::new();
            write_text(&log, &Selection::All.into(), Dialect::default(), &mut text).unwrap();
            text
        };
        let said = |bytes: Vec<u8>| -> Vec<String> {
            let tell = |f: &perfverdict::model::Finding| {
                let first = f.suspects.first().map(|s| (s.name.clone(), s.pid));
                format!("{:?} {:?} {} {:?} {first:?}", f.subject, f.process, word(f.verdict), f.origin)
            };
            let mut all: Vec<String> = judge(bytes).findings.iter().map(tell).collect();
            all.sort();
            all
        };
        let from_blg = said(blg);
        assert_eq!(from_blg, said(converted), "{}: converted", family.name);
        assert_eq!(from_blg, said(log::csv(&plan, &life)), "{}: as Windows writes a CSV", family.name);
    }
}

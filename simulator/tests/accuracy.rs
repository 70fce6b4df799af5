//! The accuracy of the judgement in short: a few machines of every kind, whole logs through the real readers.
//! `cargo xtask accuracy` measures it at length.

use perfverdict::model::Finding;
use perfverdict_simulator::families::{self, Family, Group};
use perfverdict_simulator::outcome::{Outcome, Run, judge};
use perfverdict_simulator::plan::Plan;
use perfverdict_simulator::score::{Right, Score};
use perfverdict_simulator::{log, simulation::Simulation};

/// Seeds of their own, which no threshold was chosen on.
const FIRST_SEED: u64 = 5_000_000;
const SEEDS: usize = 5;
/// Longer logs take their time without optimisation.
const MOST_SAMPLES: f64 = 4500.0;

fn samples(plan: &Plan) -> f64 {
    plan.hours * 3600.0 / plan.interval
}

fn score_families(group: Group, families: &[Family]) -> Score {
    let mut score = Score::default();
    for family in families {
        let plans = (FIRST_SEED..).map(|seed| family.plan(seed)).filter(|plan| samples(plan) < MOST_SAMPLES);
        for plan in plans.take(SEEDS) {
            let run = Run::new(&plan);
            let judged: &[Outcome] =
                if group == Group::Processes { std::slice::from_ref(run.processes()) } else { run.pools() };
            judged.iter().for_each(|outcome| score.add(outcome));
        }
    }
    score
}

/// The score of a group, on two threads.
fn score(group: Group) -> Score {
    let (some, others) = group.families().split_at(group.families().len() / 2);
    std::thread::scope(|scope| {
        let half = scope.spawn(move || score_families(group, some));
        let mut score = score_families(group, others);
        score.merge(&half.join().unwrap());
        score
    })
}

fn share(right: usize, all: usize) -> f64 {
    if all == 0 { 1.0 } else { right as f64 / all as f64 }
}

#[test]
fn healthy_machines_raise_no_alarm() {
    let healthy = score(Group::NoLeak);
    assert!(healthy.healthy >= 30 * SEEDS, "{healthy:?}");
    // One in 200 is suspected; of 350 pools, 2 % or more are then one time in 1,000.
    assert!(healthy.alarms * 50 <= healthy.healthy && healthy.sure_alarms == 0, "{healthy:?}");
}

#[test]
fn large_leaks_are_found() {
    let large = score(Group::Large);
    assert!(large.leaks >= 16 * SEEDS, "{large:?}");
    assert!(share(large.found, large.leaks) >= 0.98 && large.sure_alarms == 0, "{large:?}");
    assert!(share(large.found_sure, large.leaks) >= 0.93, "{large:?}");
    for Right { right, all } in [large.origin, large.suspect, large.pid, large.correlated] {
        assert!(all > 0 && share(right, all) >= 0.98, "{large:?}");
    }
    assert!(share(large.rate.right, large.rate.all) >= 0.95, "{large:?}");
    // PAL does worse on the same logs.
    assert!(large.yardsticks[0].found < large.found / 2, "PAL: {large:?}");
}

#[test]
fn small_leaks_are_found() {
    let small = score(Group::Small);
    assert!(share(small.found, small.leaks) >= 0.9 && small.sure_alarms == 0, "{small:?}");
    assert!(small.alarms * 20 <= small.healthy, "{small:?}");
    assert!(share(small.origin.right, small.origin.all) >= 0.95, "{small:?}");
    assert!(share(small.rate.right, small.rate.all) >= 0.85, "{small:?}");
}

#[test]
fn leaking_processes_are_found() {
    let processes = score(Group::Processes);
    assert!(share(processes.found, processes.leaks) >= 0.95, "{processes:?}");
}

#[test]
fn leaks_of_held_out_families_are_found() {
    let held_out = score(Group::HeldOut);
    assert!(share(held_out.found, held_out.leaks) >= 0.95 && held_out.sure_alarms <= 1, "{held_out:?}");
}

fn converted_to_csv(blg: &[u8]) -> Vec<u8> {
    use perfverdict::convert::{Dialect, write_text};
    use perfverdict::log::{Log, Selection};
    let log = [Log::from_vec(std::path::Path::new("simulated"), blg.to_vec()).unwrap()];
    let mut text = Vec::new();
    write_text(&log, &Selection::All.into(), Dialect::default(), &mut text).unwrap();
    text
}

/// Verdicts, and who is suspected first.
fn verdicts(bytes: Vec<u8>) -> Vec<String> {
    let facts = |f: &Finding| {
        let first = f.suspects.first().map(|s| (s.name.clone(), s.pid));
        format!("{:?} {:?} {:?} {:?} {first:?}", f.subject, f.process, f.verdict, f.origin)
    };
    let mut all: Vec<String> = judge(bytes).findings.iter().map(facts).collect();
    all.sort();
    all
}

#[test]
fn a_blg_and_a_csv_of_the_same_samples_get_the_same_verdict() {
    // Only the CSV has blanks.
    for (_, family) in families::all().filter(|(_, family)| family.name != "gaps and blanks") {
        let plans = (FIRST_SEED + 100..FIRST_SEED + 120).map(|seed| family.plan(seed));
        let plan = plans.min_by(|a, b| samples(a).total_cmp(&samples(b))).unwrap();
        let simulation = Simulation::new(&plan);
        let blg = log::blg(&plan, &simulation);
        let csv = converted_to_csv(&blg);
        let of_blg = verdicts(blg);
        assert_eq!(of_blg, verdicts(csv), "{}: converted", family.name);
        assert_eq!(of_blg, verdicts(log::csv(&plan, &simulation)), "{}: as Windows writes a CSV", family.name);
    }
}

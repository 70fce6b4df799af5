//! The tables of docs/accuracy.md.

use perfverdict_simulator::families::Group;
use perfverdict_simulator::outcome::Outcome;
use perfverdict_simulator::score::{Right, Score, f1};
use perfverdict_simulator::yardsticks::YARDSTICKS;

use crate::Measured;

/// Prints all tables.
pub fn print(measured: &[Measured]) {
    let mut pools = Score::default();
    let mut groups = Vec::new();
    let mut all_named = (0, 0);
    head();
    for group in Group::ALL {
        let mut sum = Score::default();
        let mut named = (0, 0);
        for Measured { family, outcomes, false_names, .. } in measured.iter().filter(|m| m.group == *group) {
            let score = score(outcomes.iter().flat_map(|machine| of_group(*group, machine)));
            row(&format!("{}: {}", group.name(), family.name), &score, (*false_names, outcomes.len()));
            sum.merge(&score);
            named = (named.0 + false_names, named.1 + outcomes.len());
        }
        row(&format!("**{}, together**", group.name()), &sum, named);
        all_named = (all_named.0 + named.0, all_named.1 + named.1);
        if matches!(group, Group::NoLeak | Group::Large | Group::Small) {
            pools.merge(&sum);
        }
        groups.push((*group, sum));
    }
    row("**all pools but the held out**", &pools, all_named);
    let processes = score(measured.iter().flat_map(|m| m.outcomes.iter().map(|machine| &machine[2])));
    row("**all processes**", &processes, all_named);
    intervals(measured);
    f1_table(&groups, &pools);
    let kept = measured.iter().filter(|m| !matches!(m.group, Group::Processes | Group::HeldOut));
    let kept: Vec<&Outcome> = kept.flat_map(|m| m.outcomes.iter().flat_map(|machine| &machine[..2])).collect();
    gates(&kept);
    calibration(&kept);
}

/// What a group is about: the pools, or the processes.
fn of_group(group: Group, machine: &[Outcome; 3]) -> &[Outcome] {
    if group == Group::Processes { &machine[2..] } else { &machine[..2] }
}

fn score<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> Score {
    let mut score = Score::default();
    outcomes.for_each(|outcome| score.add(outcome));
    score
}

fn head() {
    println!(
        "| machines | leaks | found % | called a leak % | precision % | false alarms of 1000 | sure ones | origin % | suspect % | \
         PID % | rate within 25 % | false names of 1000 logs | {} |\n|{}",
        YARDSTICKS.map(|(name, _)| format!("{name} found/false %")).join(" | "),
        "---|".repeat(12 + YARDSTICKS.len())
    );
}

fn percent(right: usize, all: usize) -> String {
    if all == 0 { "–".to_owned() } else { format!("{:.1}", 100.0 * right as f64 / all as f64) }
}

fn row(name: &str, score: &Score, (names, logs): (usize, usize)) {
    let share = |Right { right, all }| percent(right, all);
    let yardsticks: Vec<String> = score
        .yardsticks
        .iter()
        .map(|y| format!("{}/{}", percent(y.found, score.leaks), percent(y.alarms, score.healthy)))
        .collect();
    println!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        score.leaks,
        percent(score.found, score.leaks),
        percent(score.found_sure, score.leaks),
        percent(score.found, score.found + score.alarms),
        1000 * score.alarms / score.healthy.max(1),
        1000 * score.sure_alarms / score.healthy.max(1),
        share(score.origin),
        share(score.suspect),
        share(score.pid),
        share(score.rate),
        1000 * names / logs.max(1),
        yardsticks.join(" | ")
    );
}

/// Lengths of logs, hours, by which intervals are counted.
const LENGTHS: [(&str, f64, f64); 4] = [
    ("under 20 hours", 0.0, 20.0),
    ("20 hours to 2 days", 20.0, 48.0),
    ("2 to 7 days", 48.0, 168.0),
    ("over 7 days", 168.0, f64::MAX),
];

/// How many intervals hold the truth, by the length of the log.
fn intervals(measured: &[Measured]) {
    println!("\n| length | leaks | found % | rates | held % | dates | held % |\n|---|---|---|---|---|---|---|");
    for (name, from, to) in LENGTHS {
        let pools = measured.iter().flat_map(|m| m.outcomes.iter().flat_map(|machine| &machine[..2]));
        let sum = score(pools.filter(|o| (from..to).contains(&o.hours)));
        let Score { leaks, found, rate_held, date_held, .. } = sum;
        println!(
            "| {name} | {leaks} | {} | {} | {} | {} | {} |",
            percent(found, leaks),
            rate_held.all,
            percent(rate_held.right, rate_held.all),
            date_held.all,
            percent(date_held.right, date_held.all)
        );
    }
}

/// F1 where there are as many healthy pools as leaks.
fn f1_table(groups: &[(Group, Score)], pools: &Score) {
    println!("\n| F1 | perfverdict | {} |", YARDSTICKS.map(|(name, _)| name).join(" | "));
    println!("|{}", "---|".repeat(2 + YARDSTICKS.len()));
    for (group, sum) in groups.iter().filter(|(g, _)| matches!(g, Group::Large | Group::Small | Group::HeldOut)) {
        // False alarms at the rate of all healthy pools.
        let healthy = if *group == Group::HeldOut { sum } else { pools };
        let alarms = |of: usize| {
            let healthy = healthy.healthy.max(1);
            (sum.leaks * of + healthy / 2) / healthy
        };
        let yardsticks: Vec<String> = (sum.yardsticks.iter().zip(&healthy.yardsticks))
            .map(|(own, healthy)| format!("{:.4}", f1(own.found, sum.leaks, alarms(healthy.alarms))))
            .collect();
        let own = f1(sum.found, sum.leaks, alarms(healthy.alarms));
        println!("| {} | {own:.4} | {} |", group.name(), yardsticks.join(" | "));
    }
}

/// What each gate is good for, and what it costs: healthy pools that no other gate clears, and leaks that are missed,
/// or only suspected, for its sake alone.
fn gates(outcomes: &[&Outcome]) {
    let mut names: Vec<&String> = outcomes.iter().flat_map(|o| o.failed.iter().chain(&o.doubts)).collect();
    names.sort_unstable();
    names.dedup();
    let healthy = outcomes.iter().filter(|o| !o.leaks).count().max(1);
    let leaks = outcomes.iter().filter(|o| o.leaks).count().max(1);
    println!(
        "\n| gate | of 1000 healthy pools it fails | it alone clears | of 1000 leaks it alone makes missed | it alone leaves \
         suspected |\n|---|---|---|---|---|"
    );
    for name in names {
        let alone = |list: &[String]| list == [name.as_str()];
        let count = |of: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|o| of(o)).count();
        let fails = count(&|o| !o.leaks && o.failed.contains(name));
        let clears = count(&|o| !o.leaks && !o.is_alarm() && alone(&o.failed));
        let misses = count(&|o| o.leaks && !o.is_alarm() && alone(&o.failed));
        let doubts = count(&|o| o.leaks && o.is_alarm() && !o.is_sure() && alone(&o.doubts));
        println!(
            "| {name} | {} | {} | {:.1} | {:.1} |",
            1000 * fails / healthy,
            1000 * clears / healthy,
            1000.0 * misses as f64 / leaks as f64,
            1000.0 * doubts as f64 / leaks as f64
        );
    }
}

/// Of what is said with some confidence, how much is right.
fn calibration(outcomes: &[&Outcome]) {
    println!("\n| confidence | leak or suspected | right % | other verdicts | right % |\n|---|---|---|---|---|");
    for ends in [0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01].windows(2) {
        let (low, high) = (ends[0], ends[1]);
        let part = |alarm: bool| {
            let within = |o: &&&Outcome| (low..high).contains(&o.confidence) && o.is_alarm() == alarm;
            let chosen: Vec<&&Outcome> = outcomes.iter().filter(within).collect();
            let right = chosen.iter().filter(|o| o.leaks == alarm).count();
            (chosen.len(), 100.0 * right as f64 / chosen.len().max(1) as f64)
        };
        let ((said, right), (cleared, cleared_right)) = (part(true), part(false));
        println!("| {low} to {high:.2} | {said} | {right:.1} | {cleared} | {cleared_right:.1} |");
    }
}

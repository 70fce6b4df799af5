//! Measures the judgement on simulated machines, as whole logs through the real readers.
//!
//! `cargo run --release --example accuracy -- [--seeds N] [--first SEED] [--family NAME] [--show] [--each]
//! [--write FOLDER --logs FROM..TO]`
//!
//! `--show` tells of each machine that was judged wrong, `--each` prints one line a pool.
//!
//! The simulator shares nothing with the detector. Families of the group "held out" had no part in any
//! choice of a threshold, nor have seeds from 1,000,000 on.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::struct_excessive_bools,
    reason = "a simulation counts in floats, and a plan is a list of what is so"
)]

mod anchors;
mod log;
mod machine;
mod plan;
mod random;
mod score;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use perfverdict::checks::{Options as LeakOptions, judge_machine};
use plan::{FAMILIES, Family, Group};
use score::{Outcome, Score, run};

struct Options {
    seeds: u64,
    first: u64,
    family: Option<String>,
    show: bool,
    each: bool,
    write: Option<PathBuf>,
    logs: Range<u64>,
}

fn options() -> Result<Options, String> {
    let mut options =
        Options { seeds: 40, first: 1, family: None, show: false, each: false, write: None, logs: 0..500 };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|e| format!("{text}: {e}"));
        match arg.as_str() {
            "--seeds" => options.seeds = number(value()?)?,
            "--first" => options.first = number(value()?)?,
            "--family" => options.family = Some(value()?),
            "--show" => options.show = true,
            "--each" => options.each = true,
            "--write" => options.write = Some(value()?.into()),
            "--logs" => {
                options.logs = {
                    let text = value()?;
                    let (first, end) = text.split_once("..").ok_or_else(|| format!("{text} is no range"))?;
                    number(first.to_owned())?..number(end.to_owned())?
                }
            }
            _ => {
                return Err(format!(
                    "{arg} is not known; there are --seeds, --first, --family, --show, --each, --write, --logs"
                ));
            }
        }
    }
    Ok(options)
}

/// All outcomes by family, in order of the families.
fn outcomes(families: &[&Family], options: &Options) -> Vec<Vec<Outcome>> {
    let jobs: Vec<(usize, u64)> =
        (0..families.len()).flat_map(|f| (0..options.seeds).map(move |s| (f, options.first + s))).collect();
    let next = AtomicUsize::new(0);
    let all = Mutex::new(vec![Vec::new(); families.len()]);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((family, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let plan = (families[*family].draw)(families[*family].name, *seed);
                    let (found, report, life) = run(&plan);
                    if options.show {
                        show(&plan, &found, &report, &life);
                    }
                    all.lock().unwrap_or_else(PoisonError::into_inner)[*family].extend(found);
                }
            });
        }
    });
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Writes logs into a folder, of one family after another.
fn write(families: &[&Family], options: &Options, folder: &Path) -> std::io::Result<()> {
    for number in options.logs.clone() {
        let count = families.len() as u64;
        let family = families[(number % count) as usize];
        let seed = options.first + number / count;
        let plan = (family.draw)(family.name, seed);
        let bytes = log::bytes(&plan, &machine::live(&plan));
        let name = family.name.replace([' ', ','], "-");
        let extension = if plan.csv { "csv" } else { "blg" };
        std::fs::write(folder.join(format!("{number:04}-{name}.{extension}")), bytes)?;
    }
    Ok(())
}

/// What went wrong with one machine.
fn show(plan: &plan::Plan, found: &[Outcome], report: &perfverdict::model::MachineReport, life: &machine::Life) {
    let wrong = |o: &Outcome| {
        let false_alarm = !o.leaks && o.alarm() && !(o.may_be_suspected && o.suspected);
        let off = o.rate.is_some_and(|r| (r - 1.0).abs() > 0.25);
        let misled = [o.origin, o.culprit, o.pid, o.trigger].contains(&Some(false));
        false_alarm || (o.leaks && !o.alarm()) || off || misled
    };
    if !found.iter().any(wrong) {
        return;
    }
    let mut text = format!("{plan:?}\n{:?} {:?}\n", life.truth, life.process);
    for outcome in found.iter().filter(|o| wrong(o)) {
        text += &format!("  {outcome:?}\n");
    }
    for finding in &report.findings {
        text += &format!("  {} | {:?}\n", finding.headline, finding.growth.as_ref().map(|g| g.since));
        for reason in &finding.reasons {
            text += &format!("      {reason}\n");
        }
        for suspect in &finding.suspects {
            text += &format!("      = {} {:?} {:.2} {}\n", suspect.name, suspect.pid, suspect.share, suspect.basis);
        }
    }
    println!("{text}");
}

fn row(name: &str, score: &Score) {
    let share = |(right, all): (usize, usize)| {
        if all == 0 { "–".to_owned() } else { format!("{:.1}", 100.0 * right as f64 / all as f64) }
    };
    let anchors: Vec<String> = score
        .anchors
        .iter()
        .map(|(found, alarms)| format!("{}/{}", share((*found, score.leaks)), share((*alarms, score.calm))))
        .collect();
    println!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        score.leaks,
        share((score.found, score.leaks)),
        share((score.found_sure, score.leaks)),
        share((score.found, score.found + score.alarms)),
        1000 * score.alarms / score.calm.max(1),
        1000 * score.sure_alarms / score.calm.max(1),
        share(score.origin),
        share(score.culprit),
        share(score.pid),
        share(score.rate),
        anchors.join(" | ")
    );
}

fn head() {
    println!(
        "| family | leaks | found % | said sure % | precision % | false alarms / 1000 | sure ones | origin % | culprit % | PID % | rate \
         within 25 % | PAL found/false % | OLS | MK+Sen |\n|{}",
        "---|".repeat(14)
    );
}

fn main() -> Result<(), String> {
    let options = options()?;
    let wanted = |f: &&Family| options.family.as_ref().is_none_or(|name| f.name.contains(name.as_str()));
    let families: Vec<&Family> = FAMILIES.iter().filter(wanted).collect();
    if let Some(folder) = &options.write {
        return write(&families, &options, folder).map_err(|error| format!("{}: {error}", folder.display()));
    }
    let all = outcomes(&families, &options);
    if options.each {
        for (family, outcomes) in families.iter().zip(&all) {
            for (place, o) in outcomes.iter().enumerate() {
                println!(
                    "{},{},{},{},{},{:?}",
                    family.name.replace(',', ""),
                    ["nonpaged", "paged", "processes"][place % 3],
                    o.leaks,
                    o.verdict,
                    o.confidence,
                    o.doubts.join("+")
                );
            }
        }
        return Ok(());
    }
    let mut groups: Vec<Group> = families.iter().map(|f| f.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut pools = Score::default();
    let mut processes = Score::default();
    let mut kept = Vec::new();
    let mut by_group: Vec<(Group, Score)> = Vec::new();
    for group in groups {
        println!("\n{group:?}\n");
        head();
        let mut sum = Score::default();
        for (family, outcomes) in families.iter().zip(&all).filter(|(f, _)| f.group == group) {
            let mut score = Score::default();
            for (place, outcome) in outcomes.iter().enumerate() {
                if place % 3 == 2 {
                    processes.add(outcome);
                    if group == Group::Processes {
                        score.add(outcome);
                    }
                } else if group != Group::Processes {
                    score.add(outcome);
                    if group != Group::HeldOut {
                        kept.push(outcome.clone());
                    }
                }
            }
            row(family.name, &score);
            sum.merge(&score);
        }
        row("**together**", &sum);
        if matches!(group, Group::Calm | Group::Large | Group::Small) {
            pools.merge(&sum);
        }
        by_group.push((group, sum));
    }
    println!("\nAll pools but the held out, and all processes\n");
    head();
    row("pools", &pools);
    row("processes", &processes);
    for (group, sum) in by_group.iter().filter(|(g, _)| matches!(g, Group::Large | Group::Small | Group::HeldOut)) {
        // As many calm pools as leaks, at the rate of false alarms of all calm pools.
        let calm = if *group == Group::HeldOut { sum } else { &pools };
        let alarms = (sum.leaks as f64 * calm.alarms as f64 / calm.calm.max(1) as f64).round() as usize;
        println!("\nF1 of {group:?}: {:.4}", Score::f1(sum.found, sum.leaks, alarms));
        for (at, (name, _)) in anchors::ANCHORS.iter().enumerate() {
            let alarms = (sum.leaks as f64 * calm.anchors[at].1 as f64 / calm.calm.max(1) as f64).round() as usize;
            println!("  {name}: {:.4}", Score::f1(sum.anchors[at].0, sum.leaks, alarms));
        }
    }
    gates(&kept);
    calibration(&kept);
    if options.family.is_none() {
        speed();
    }
    Ok(())
}

/// What each gate is good for, and what it costs: calm pools that nothing else speaks for, and leaks that are
/// missed, or only suspected, for its sake alone.
fn gates(outcomes: &[Outcome]) {
    let mut names: Vec<&String> = outcomes.iter().flat_map(|o| o.failed.iter().chain(&o.doubts)).collect();
    names.sort_unstable();
    names.dedup();
    let calm = outcomes.iter().filter(|o| !o.leaks).count().max(1);
    let leaks = outcomes.iter().filter(|o| o.leaks).count().max(1);
    println!(
        "\n| gate | of 1000 calm pools it fails | it alone acquits | of 1000 leaks it alone makes missed | it alone leaves \
         suspected |\n|---|---|---|---|---|"
    );
    for name in names {
        let alone = |list: &[String]| list == std::slice::from_ref(name);
        let count = |of: &dyn Fn(&&Outcome) -> bool| outcomes.iter().filter(of).count();
        let fails = count(&|o| !o.leaks && o.failed.contains(name));
        let acquits = count(&|o| !o.leaks && !o.alarm() && alone(&o.failed));
        let misses = count(&|o| o.leaks && !o.alarm() && alone(&o.failed));
        let doubts = count(&|o| o.leaks && o.suspected && alone(&o.doubts));
        println!(
            "| It {name} | {} | {} | {:.1} | {:.1} |",
            1000 * fails / calm,
            1000 * acquits / calm,
            1000.0 * misses as f64 / leaks as f64,
            1000.0 * doubts as f64 / leaks as f64
        );
    }
}

/// What judging takes beyond reading: a month of 300 processes, with load in the log, one of them leaking.
fn speed() {
    let Some(family) = FAMILIES.iter().find(|f| f.name == "process under load") else { return };
    let mut plan = (family.draw)(family.name, 7);
    (plan.hours, plan.interval, plan.processes, plan.load_logged, plan.csv) = (720.0, 300.0, 300, true, false);
    let bytes = log::blg(&plan, &machine::live(&plan));
    let size = bytes.len() >> 20;
    let begin = Instant::now();
    let machine = score::read(bytes);
    let read = begin.elapsed();
    let begin = Instant::now();
    let report = judge_machine(&machine, &LeakOptions::default());
    println!(
        "\n30 days of 300 processes, {size} MB: read in {:.2} s, judged in {:.3} s, {} findings",
        read.as_secs_f64(),
        begin.elapsed().as_secs_f64(),
        report.findings.len()
    );
}

/// Of what was said with such confidence, how much was right.
fn calibration(outcomes: &[Outcome]) {
    println!("\n| confidence | leak or suspected | right % | other verdicts | right % |\n|---|---|---|---|---|");
    for ends in [0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01].windows(2) {
        let (low, high) = (ends[0], ends[1]);
        let within = |o: &&Outcome| (low..high).contains(&o.confidence);
        let part = |alarm: bool| {
            let chosen: Vec<&Outcome> = outcomes.iter().filter(within).filter(|o| o.alarm() == alarm).collect();
            let right = chosen.iter().filter(|o| o.leaks == alarm).count();
            (chosen.len(), 100.0 * right as f64 / chosen.len().max(1) as f64)
        };
        let ((said, right), (cleared, cleared_right)) = (part(true), part(false));
        println!("| {low} to {high:.2} | {said} | {right:.1} | {cleared} | {cleared_right:.1} |");
    }
}

//! How long it takes to read and to judge.

use std::time::Instant;

use perfverdict::{Options, judge_machine};
use perfverdict_simulator::families::Group;
use perfverdict_simulator::{log, outcome, simulation::Simulation};

/// A month of 300 processes, with load in the log, one of them leaking.
pub fn print() {
    let Some(family) = Group::Large.families().iter().find(|f| f.name == "process under load") else { return };
    let mut plan = family.plan(7);
    (plan.hours, plan.interval, plan.processes, plan.load_logged, plan.csv) = (720.0, 300.0, 300, true, false);
    let bytes = log::blg(&plan, &Simulation::new(&plan));
    let size = bytes.len() >> 20;
    let begin = Instant::now();
    let machine = outcome::read(bytes);
    let read = begin.elapsed();
    let begin = Instant::now();
    let report = judge_machine(&machine, &Options::default());
    println!(
        "\n30 days of 300 processes, {size} MB: read in {:.2} s, judged in {:.3} s, {} findings",
        read.as_secs_f64(),
        begin.elapsed().as_secs_f64(),
        report.findings.len()
    );
}

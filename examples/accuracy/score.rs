//! What was said against what is true.

use std::path::Path;

use perfverdict::checks::{Options, judge_machine};
use perfverdict::log::Log;
use perfverdict::machine::{Machine, MachineBuilder, TimeRange, standard_counters};
use perfverdict::model::{Finding, MachineReport, Origin, Passed, Subject, Verdict};

use super::anchors::ANCHORS;
use super::machine::{Life, Truth, live};
use super::plan::Plan;

/// What one pool, or one process, came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub leaks: bool,
    /// Neither verdict would be wrong: load that is up when the log ends.
    pub may_be_suspected: bool,
    pub leak: bool,
    pub suspected: bool,
    pub confidence: f64,
    /// Of leaks found: whether these were right; `None` where there is nothing to be right about.
    pub origin: Option<bool>,
    pub culprit: Option<bool>,
    pub pid: Option<bool>,
    pub trigger: Option<bool>,
    /// Rate said over true rate.
    pub rate: Option<f64>,
    pub anchors: Vec<bool>,
    pub verdict: &'static str,
    /// The gates that were passed in doubt.
    pub doubts: Vec<String>,
    /// The gates that were failed.
    pub failed: Vec<String>,
}

impl Outcome {
    pub fn alarm(&self) -> bool {
        self.leak || self.suspected
    }
}

/// Reads a log of one machine.
pub fn read(bytes: Vec<u8>) -> Machine {
    let log = Log::from_vec(Path::new("simulated"), bytes).expect("a readable log");
    let mut machines = MachineBuilder::new(TimeRange::default(), standard_counters());
    machines.add(&log).expect("a readable log");
    machines.join().swap_remove(0)
}

pub fn judge(bytes: Vec<u8>) -> MachineReport {
    judge_machine(&read(bytes), &Options::default())
}

/// Simulates, logs, reads and judges one machine: the two pools, and then its processes as one.
pub fn run(plan: &Plan) -> (Vec<Outcome>, MachineReport, Life) {
    let life = live(plan);
    let report = judge(super::log::bytes(plan, &life));
    let mut outcomes: Vec<Outcome> = [Subject::NonpagedPool, Subject::PagedPool]
        .into_iter()
        .enumerate()
        .map(|(pool, subject)| {
            let finding = report.findings.iter().find(|f| f.subject == subject).expect("a finding a pool");
            let mut outcome = of_pool(plan, &life.truth[pool], finding);
            let values: Vec<f64> = life.samples.iter().map(|s| s.pools[pool]).collect();
            let hours: Vec<f64> = life.samples.iter().map(|s| s.at).collect();
            outcome.anchors = ANCHORS.iter().map(|(_, says)| says(&hours, &values)).collect();
            outcome
        })
        .collect();
    outcomes.push(of_processes(plan, &life, &report));
    (outcomes, report, life)
}

fn of_pool(plan: &Plan, truth: &Truth, finding: &Finding) -> Outcome {
    let answers = |passed| finding.gates.iter().filter(|g| g.passed == passed).map(|g| g.asks.clone()).collect();
    let mut outcome = Outcome {
        leaks: truth.leaks,
        may_be_suspected: plan.open_end,
        leak: finding.verdict == Verdict::Leak,
        suspected: finding.verdict == Verdict::SuspectedLeak,
        confidence: finding.confidence,
        verdict: word(finding.verdict),
        doubts: answers(Passed::Doubtful),
        failed: answers(Passed::No),
        ..Outcome::default()
    };
    if !truth.leaks || !outcome.alarm() {
        return outcome;
    }
    let expected = match (truth.kernel, truth.user) {
        (true, true) => Origin::Both,
        (true, false) => Origin::Kernel,
        _ => Origin::User,
    };
    outcome.origin = Some(finding.origin == Some(expected));
    if let Some((name, pid)) = truth.culprit {
        let first = finding.suspects.first();
        outcome.culprit = Some(first.is_some_and(|s| s.name == name));
        outcome.pid = pid.map(|pid| first.is_some_and(|s| s.pid == Some(pid)));
    }
    outcome.trigger = truth.trigger.map(|name| finding.suspects.iter().any(|s| s.name == name));
    outcome.rate = truth.rate.and_then(|rate| Some(finding.growth.as_ref()?.rate_per_hour / rate));
    outcome
}

fn of_processes(plan: &Plan, life: &Life, report: &MachineReport) -> Outcome {
    let about_processes =
        |f: &&Finding| !matches!(f.subject, Subject::NonpagedPool | Subject::PagedPool) && f.process.is_some();
    let mut found = report.findings.iter().filter(about_processes);
    let mut outcome = Outcome {
        leaks: life.process.is_some(),
        may_be_suspected: plan.open_end,
        verdict: "none",
        ..Outcome::default()
    };
    let own = |f: &&Finding| match life.process {
        Some((name, pid)) => f.process.as_deref() == Some(name) && f.pid == Some(pid),
        // What a pool leak leaves in its process is no false alarm.
        None => life.truth.iter().filter_map(|t| t.culprit).any(|(name, _)| f.process.as_deref() == Some(name)),
    };
    let chosen = match life.process {
        Some(_) => found.clone().find(own),
        None => found.find(|f| !own(f)),
    };
    if let Some(finding) = chosen {
        outcome.leak = finding.verdict == Verdict::Leak;
        outcome.suspected = finding.verdict == Verdict::SuspectedLeak;
        outcome.confidence = finding.confidence;
        outcome.verdict = word(finding.verdict);
    }
    outcome
}

pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Leak => "leak",
        Verdict::SuspectedLeak => "suspected",
        Verdict::InsufficientData => "insufficient",
        Verdict::Step => "step",
        Verdict::WarmUp => "warm-up",
        Verdict::Load => "load",
        Verdict::Stable => "stable",
    }
}

/// Sums over many outcomes.
#[derive(Clone, Debug, Default)]
pub struct Score {
    pub leaks: usize,
    pub found: usize,
    pub found_sure: usize,
    pub calm: usize,
    pub alarms: usize,
    pub sure_alarms: usize,
    /// Right and counted.
    pub origin: (usize, usize),
    pub culprit: (usize, usize),
    pub pid: (usize, usize),
    pub trigger: (usize, usize),
    pub rate: (usize, usize),
    /// By anchor: leaks found, false alarms.
    pub anchors: [(usize, usize); ANCHORS.len()],
}

/// A rate is right when it is off by no more than this.
const RATE: f64 = 0.25;

impl Score {
    pub fn add(&mut self, outcome: &Outcome) {
        let alarm = outcome.alarm();
        if outcome.leaks {
            self.leaks += 1;
            self.found += usize::from(alarm);
            self.found_sure += usize::from(outcome.leak);
            let count = |sum: &mut (usize, usize), right: Option<bool>| {
                if let Some(right) = right {
                    sum.0 += usize::from(right);
                    sum.1 += 1;
                }
            };
            count(&mut self.origin, outcome.origin);
            count(&mut self.culprit, outcome.culprit);
            count(&mut self.pid, outcome.pid);
            count(&mut self.trigger, outcome.trigger);
            count(&mut self.rate, outcome.rate.map(|r| (r - 1.0).abs() <= RATE));
        } else {
            self.calm += 1;
            self.alarms += usize::from(alarm && !(outcome.may_be_suspected && outcome.suspected));
            self.sure_alarms += usize::from(outcome.leak);
        }
        for (sum, alarm) in self.anchors.iter_mut().zip(&outcome.anchors) {
            if outcome.leaks { sum.0 += usize::from(*alarm) } else { sum.1 += usize::from(*alarm) }
        }
    }

    pub fn merge(&mut self, other: &Self) {
        let pair = |a: &mut (usize, usize), b: (usize, usize)| *a = (a.0 + b.0, a.1 + b.1);
        self.leaks += other.leaks;
        self.found += other.found;
        self.found_sure += other.found_sure;
        self.calm += other.calm;
        self.alarms += other.alarms;
        self.sure_alarms += other.sure_alarms;
        pair(&mut self.origin, other.origin);
        pair(&mut self.culprit, other.culprit);
        pair(&mut self.pid, other.pid);
        pair(&mut self.trigger, other.trigger);
        pair(&mut self.rate, other.rate);
        for (a, b) in self.anchors.iter_mut().zip(other.anchors) {
            pair(a, b);
        }
    }

    /// F1 of so many found of so many leaks, with so many false alarms.
    pub fn f1(found: usize, leaks: usize, alarms: usize) -> f64 {
        2.0 * found as f64 / (leaks + found + alarms).max(1) as f64
    }
}

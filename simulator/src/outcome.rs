//! What perfverdict says of a simulated machine, against what is true.

use std::path::Path;

use perfverdict::machine::{Machine, MachineBuilder};
use perfverdict::model::{Finding, MachineReport, Origin, Passed, Subject, SuspectKind, Time, Verdict};
use perfverdict::{Log, Options, TimeRange, counters_read, judge_machine};

use crate::log::bytes;
use crate::plan::Plan;
use crate::simulation::Simulation;
use crate::truth::Truth;
use crate::yardsticks::YARDSTICKS;

/// What was said of one pool, or of all processes.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Whether it leaks.
    pub leaks: bool,
    /// Load that is up when the log ends: to suspect a leak is not wrong.
    pub may_be_suspected: bool,
    /// What was said; `None` of processes without a finding.
    pub verdict: Option<Verdict>,
    /// How sure that is.
    pub confidence: f64,
    /// Of leaks found: whether this is right; `None` where there is nothing to be right about.
    pub origin: Option<bool>,
    /// Likewise, the name of the first suspect.
    pub suspect: Option<bool>,
    /// Likewise, its process id.
    pub pid: Option<bool>,
    /// Likewise, the process that the growth comes with.
    pub correlated: Option<bool>,
    /// The rate that was said over the true rate.
    pub rate: Option<f64>,
    /// The 95 % interval of the rate over the true rate.
    pub rate_interval: Option<[f64; 2]>,
    /// Whether the interval of the date of exhaustion holds the true date.
    pub date_held: Option<bool>,
    /// Length of the log, hours.
    pub hours: f64,
    /// Which of the [`YARDSTICKS`] would alarm.
    pub yardsticks: Vec<bool>,
    /// The gates that were passed in doubt.
    pub doubts: Vec<String>,
    /// The gates that were failed.
    pub failed: Vec<String>,
}

impl Outcome {
    /// Whether it was called a leak for sure.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.verdict == Some(Verdict::Leak)
    }

    /// Whether the 95 % interval of the rate holds the true rate.
    #[must_use]
    pub fn rate_held(&self) -> Option<bool> {
        self.rate_interval.map(|[low, high]| (low..=high).contains(&1.0))
    }

    /// Whether it was called a leak or suspected.
    #[must_use]
    pub fn is_alarm(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Leak | Verdict::SuspectedLeak))
    }

    /// Whether it was called a leak or suspected, and this is wrong.
    #[must_use]
    pub fn is_false_alarm(&self) -> bool {
        !self.leaks && self.is_alarm() && (self.is_sure() || !self.may_be_suspected)
    }
}

/// Reads a log of one machine.
///
/// # Panics
/// Where the log cannot be read.
#[must_use]
pub fn read(bytes: Vec<u8>) -> Machine {
    let log = Log::from_vec(Path::new("simulated"), bytes).expect("a readable log");
    let mut machines = MachineBuilder::new(TimeRange::default(), counters_read());
    machines.add(&log).expect("a readable log");
    machines.join().swap_remove(0)
}

/// Reads and judges a log of one machine.
#[must_use]
pub fn judge(bytes: Vec<u8>) -> MachineReport {
    judge_machine(&read(bytes), &Options::default())
}

/// One machine, from its simulation to the judgement.
pub struct Run {
    /// The two pools, and then the processes as one.
    pub outcomes: [Outcome; 3],
    /// How many processes were named that have no part in any leak.
    pub false_names: usize,
    /// What perfverdict says.
    pub report: MachineReport,
    /// The truth.
    pub simulation: Simulation,
}

impl Run {
    /// Simulates, logs, reads and judges one machine.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let simulation = Simulation::new(plan);
        let report = judge(bytes(plan, &simulation));
        let outcomes = [
            of_pool(plan, &simulation, 0, &report),
            of_pool(plan, &simulation, 1, &report),
            of_processes(plan, &simulation, &report),
        ];
        let false_names = false_names(&simulation, &report);
        Self { outcomes, false_names, report, simulation }
    }

    /// The pools alone.
    #[must_use]
    pub fn pools(&self) -> &[Outcome] {
        &self.outcomes[..2]
    }

    /// The processes alone.
    #[must_use]
    pub fn processes(&self) -> &Outcome {
        &self.outcomes[2]
    }
}

fn of_pool(plan: &Plan, simulation: &Simulation, pool: usize, report: &MachineReport) -> Outcome {
    let subject = [Subject::NonpagedPool, Subject::PagedPool][pool];
    let finding = report.findings.iter().find(|f| f.subject == subject).expect("a finding a pool");
    let truth = &simulation.truth[pool];
    let values: Vec<f64> = simulation.samples.iter().map(|s| s.pools[pool]).collect();
    let hours: Vec<f64> = simulation.samples.iter().map(|s| s.at).collect();
    let gates = |passed| finding.gates.iter().filter(|g| g.passed == passed).map(|g| g.asks.clone()).collect();
    let mut outcome = Outcome {
        leaks: truth.leaks,
        may_be_suspected: plan.open_end,
        hours: plan.hours,
        verdict: Some(finding.verdict),
        confidence: finding.confidence,
        yardsticks: YARDSTICKS.iter().map(|(_, alarms)| alarms(&hours, &values)).collect(),
        doubts: gates(Passed::Doubtful),
        failed: gates(Passed::No),
        ..Outcome::default()
    };
    if truth.leaks && outcome.is_alarm() {
        add_details(&mut outcome, truth, finding, report.last_sample);
    }
    outcome
}

/// Whether what is said beside the verdict is right.
fn add_details(outcome: &mut Outcome, truth: &Truth, finding: &Finding, last_sample: Option<Time>) {
    let expected = match (truth.kernel, truth.user) {
        (true, true) => Origin::Both,
        (true, false) => Origin::Kernel,
        _ => Origin::User,
    };
    outcome.origin = Some(finding.origin == Some(expected));
    if let Some((name, pid)) = truth.holder {
        let first = finding.suspects.first();
        outcome.suspect = Some(first.is_some_and(|s| s.name == name));
        outcome.pid = pid.map(|pid| first.is_some_and(|s| s.pid == Some(pid)));
    }
    outcome.correlated = truth.correlated.map(|name| finding.suspects.iter().any(|s| s.name == name));
    let Some((rate, growth)) = truth.rate.zip(finding.growth.as_ref()) else { return };
    outcome.rate = Some(growth.rate_per_hour / rate);
    outcome.rate_interval = growth.rate_per_hour_ci95.map(|ends| ends.map(|end| end / rate));
    outcome.date_held = date_held(finding, rate, growth.last, last_sample);
}

/// Whether the true date of exhaustion is within what was said of it; `None` if nothing was said. `last` is the pool's
/// level at the end.
fn date_held(finding: &Finding, rate: f64, last: f64, last_sample: Option<Time>) -> Option<bool> {
    let (said, end) = (finding.exhaustion.as_ref()?, last_sample?);
    let hours = (said.limit_bytes? - last) / rate;
    let until = |time: Time| time.hours_since(end);
    if let Some([earliest, latest]) = said.at_ci95 {
        return Some(until(earliest?) <= hours && latest.is_none_or(|latest| hours <= until(latest)));
    }
    said.not_before.map(|time| until(time) <= hours)
}

/// Names of processes in findings and among suspects that hold no leak, each once.
fn false_names(simulation: &Simulation, report: &MachineReport) -> usize {
    let of_pools = simulation.truth.iter().flat_map(|t| t.holder.map(|(name, _)| name).into_iter().chain(t.correlated));
    let right: Vec<&str> = of_pools.chain(simulation.process.map(|(name, _)| name)).collect();
    let growing = report.findings.iter().filter(|f| f.verdict.is_growth());
    let mut named: Vec<&str> = growing
        .flat_map(|f| {
            let suspects = f.suspects.iter().filter(|s| s.kind == SuspectKind::Process).map(|s| s.name.as_str());
            suspects.chain(f.process.as_deref())
        })
        .filter(|name| !right.contains(name))
        .collect();
    named.sort_unstable();
    named.dedup();
    named.len()
}

fn of_processes(plan: &Plan, simulation: &Simulation, report: &MachineReport) -> Outcome {
    let mut about_processes = report.findings.iter().filter(|f| !f.subject.is_pool() && f.process.is_some());
    let chosen = match simulation.process {
        Some((name, pid)) => about_processes.find(|f| f.process.as_deref() == Some(name) && f.pid == Some(pid)),
        // What a leak of a pool leaves in its process is not a false alarm.
        None => about_processes.find(|f| {
            let mut holders = simulation.truth.iter().filter_map(|truth| truth.holder);
            !holders.any(|(name, _)| f.process.as_deref() == Some(name))
        }),
    };
    Outcome {
        leaks: simulation.process.is_some(),
        may_be_suspected: plan.open_end,
        verdict: chosen.map(|finding| finding.verdict),
        confidence: chosen.map_or(0.0, |finding| finding.confidence),
        ..Outcome::default()
    }
}

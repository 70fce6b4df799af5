//! Leaks under way.

use crate::plan::{Course, Holder, Leak, Plan};
use crate::process::{Process, Processes};
use crate::random::Random;
use crate::truth::Truth;

/// A leak under way.
pub struct RunningLeak {
    leak: Leak,
    /// Bytes an hour where it is even, all holders' together.
    rate: f64,
    holders: Vec<u32>,
    ended: usize,
}

/// Where a step of the simulation is.
#[derive(Clone, Copy)]
pub struct Step {
    /// Hours from the begin of the log.
    pub at: f64,
    /// Hours since the step before.
    pub hours: f64,
    /// Share of the log that is over.
    pub share: f64,
    /// How busy the machine is.
    pub load: f64,
}

impl RunningLeak {
    /// Adds the processes of a leak, and notes what is true of it.
    pub fn new(leak: &Leak, plan: &Plan, processes: &mut Processes, truth: &mut Truth, r: &mut Random) -> Self {
        let bytes = leak.size * plan.base[leak.pool];
        let steady = match leak.course {
            Course::Ramp => Some(bytes / plan.hours),
            Course::From(share) => Some(bytes / (plan.hours * (1.0 - share))),
            Course::Stairs(_) => Some(bytes / (plan.hours / 24.0) / 24.0),
            Course::Accelerating | Course::WithLoad | Course::WhileRuns(..) => None,
        };
        truth.leaks = true;
        truth.rate = steady.map(|rate| rate + truth.rate.unwrap_or(0.0));
        let (name, number) = match leak.holder {
            Holder::Driver => ("", 0),
            Holder::Process | Holder::Recycled(_) => (r.of(&["appsvc", "svchost", "w3wp"]), 1),
            Holder::Namesakes(number) => ("w3wp", number),
        };
        let mut holders: Vec<u32> = (0..number).map(|_| add_holder(name, processes, r)).collect();
        if number == 0 {
            truth.kernel = true;
        } else {
            truth.user = true;
            truth.holder = Some((name, (number == 1 && plan.boots.is_empty()).then(|| holders[0])));
        }
        if let Course::WhileRuns(from, to) = leak.course {
            truth.correlated = Some("scanner");
            let mut scanner = Process::new("scanner", processes.new_pid(r), from * plan.hours, r);
            scanner.ends = to * plan.hours;
            scanner.follows_load = 0.0;
            holders.push(scanner.now.pid);
            // It is not listed until it starts.
            processes.list.push(scanner);
        }
        Self { leak: *leak, rate: bytes / plan.hours, holders, ended: 0 }
    }

    /// One step further.
    pub fn step(
        &mut self,
        plan: &Plan,
        step: Step,
        processes: &mut Processes,
        driver: &mut [f64; 2],
        truth: &mut [Truth; 2],
        r: &mut Random,
    ) {
        let pool = self.leak.pool;
        let grown = self.grown(plan, step, r);
        if let Holder::Recycled(times) = self.leak.holder {
            let due = (step.share * times as f64) as usize;
            if due > self.ended {
                self.ended = due;
                self.replace_holder(step, processes, &mut truth[pool], r);
            }
        }
        if self.leak.holder == Holder::Driver {
            driver[pool] += grown;
            return;
        }
        let each = grown / self.holders.len() as f64;
        for process in processes.list.iter_mut().filter(|process| self.holders.contains(&process.now.pid)) {
            process.leaked.pools[pool] += each;
            process.leaked.handles += if pool == 0 { each / 400.0 } else { 0.0 };
        }
    }

    /// Bytes that leak in a step.
    fn grown(&self, plan: &Plan, step: Step, r: &mut Random) -> f64 {
        let even = self.rate * step.hours * (1.0 + 0.3 * r.normal());
        match self.leak.course {
            Course::Ramp => even,
            Course::From(from) if step.share >= from => even / (1.0 - from),
            Course::Accelerating => even * 2.0 * step.share,
            Course::Stairs(hour) => {
                let now = (plan.begin + step.at) % 24.0;
                let due = (now - hour).rem_euclid(24.0) < step.hours;
                if due { self.rate * 24.0 * r.between(0.6, 1.4) } else { 0.0 }
            }
            Course::WithLoad => even * step.load * 2.5,
            Course::WhileRuns(from, to) if (from..to).contains(&step.share) => even / (to - from),
            Course::From(_) | Course::WhileRuns(..) => 0.0,
        }
    }

    /// Ends the process that leaks, and starts it anew.
    fn replace_holder(&mut self, step: Step, processes: &mut Processes, truth: &mut Truth, r: &mut Random) {
        let place = processes.list.iter().position(|process| Some(&process.now.pid) == self.holders.first());
        if let Some(place) = place {
            let name = processes.list.remove(place).now.name;
            let successor = Process::new(name, processes.new_pid(r), step.at - 0.2 * step.hours, r);
            self.holders = vec![successor.now.pid];
            truth.holder = Some((name, Some(successor.now.pid)));
            processes.list.push(successor);
        }
    }
}

fn add_holder(name: &'static str, processes: &mut Processes, r: &mut Random) -> u32 {
    let pid = processes.new_pid(r);
    let place = 1 + r.below(processes.list.len());
    let mut holder = Process::new(name, pid, -r.between(0.5, 60.0), r);
    holder.follows_load *= 0.3;
    processes.list.insert(place, holder);
    pid
}

//! Sums over many outcomes.

use crate::outcome::Outcome;
use crate::yardsticks::YARDSTICKS;

/// A rate is right when it is off by no more than this.
pub const RATE_TOLERANCE: f64 = 0.25;

/// How many were right, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Right {
    /// Right.
    pub right: usize,
    /// Right or wrong.
    pub all: usize,
}

impl Right {
    fn add(&mut self, right: Option<bool>) {
        self.right += usize::from(right == Some(true));
        self.all += usize::from(right.is_some());
    }

    fn merge(&mut self, other: Self) {
        self.right += other.right;
        self.all += other.all;
    }
}

/// What one of the yardsticks would have said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Yardstick {
    /// Leaks found.
    pub found: usize,
    /// False alarms.
    pub alarms: usize,
}

/// Sums over many outcomes.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// What leaks.
    pub leaks: usize,
    /// Of it, what was called a leak or suspected.
    pub found: usize,
    /// Of it, what was called a leak.
    pub found_sure: usize,
    /// What does not leak.
    pub healthy: usize,
    /// Of it, what was called a leak or suspected.
    pub alarms: usize,
    /// Of it, what was called a leak.
    pub sure_alarms: usize,
    /// Whether drivers or processes hold the leak.
    pub origin: Right,
    /// The name of the first suspect.
    pub suspect: Right,
    /// Its process id.
    pub pid: Right,
    /// The process that the growth comes with.
    pub correlated: Right,
    /// Rates.
    pub rate: Right,
    /// Intervals of the rate that hold the true one.
    pub rate_held: Right,
    /// Dates of exhaustion whose interval holds the true one.
    pub date_held: Right,
    /// Each of the [`YARDSTICKS`].
    pub yardsticks: [Yardstick; YARDSTICKS.len()],
}

impl Score {
    /// Adds one outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        if outcome.leaks {
            self.leaks += 1;
            self.found += usize::from(outcome.is_alarm());
            self.found_sure += usize::from(outcome.is_sure());
            self.origin.add(outcome.origin);
            self.suspect.add(outcome.suspect);
            self.pid.add(outcome.pid);
            self.correlated.add(outcome.correlated);
            self.rate_held.add(outcome.rate_held());
            self.date_held.add(outcome.date_held);
            self.rate.add(outcome.rate.map(|rate| (rate - 1.0).abs() <= RATE_TOLERANCE));
        } else {
            self.healthy += 1;
            self.alarms += usize::from(outcome.is_false_alarm());
            self.sure_alarms += usize::from(outcome.is_sure());
        }
        for (sum, alarms) in self.yardsticks.iter_mut().zip(&outcome.yardsticks) {
            let count = if outcome.leaks { &mut sum.found } else { &mut sum.alarms };
            *count += usize::from(*alarms);
        }
    }

    /// Adds the sums of others.
    pub fn merge(&mut self, other: &Self) {
        self.leaks += other.leaks;
        self.found += other.found;
        self.found_sure += other.found_sure;
        self.healthy += other.healthy;
        self.alarms += other.alarms;
        self.sure_alarms += other.sure_alarms;
        self.origin.merge(other.origin);
        self.suspect.merge(other.suspect);
        self.pid.merge(other.pid);
        self.correlated.merge(other.correlated);
        self.rate.merge(other.rate);
        self.rate_held.merge(other.rate_held);
        self.date_held.merge(other.date_held);
        for (sum, other) in self.yardsticks.iter_mut().zip(other.yardsticks) {
            sum.found += other.found;
            sum.alarms += other.alarms;
        }
    }
}

/// F1 of so many found of so many leaks, with so many false alarms.
#[must_use]
pub fn f1(found: usize, leaks: usize, alarms: usize) -> f64 {
    2.0 * found as f64 / (leaks + found + alarms).max(1) as f64
}

//! How well steps explain the marks of a segment.

use crate::detect::marks::SLIDING_FROM_HOURS;
use crate::detect::shape::{at_the_same_hour, step_segments};
use crate::stats::{best_step, broken_line, line_sse, sen, stepped_line};

/// One step explains the marks if it leaves less than this share of the squares of the better of a straight and a bent
/// line. A staircase of three or more steps exceeds it.
const ONE_STEP_SSE: f64 = 0.8;
/// After a step the level changes by less than this share of the step; more is a leak that started with a step.
const FLAT_AFTER_STEP: f64 = 0.3;
/// Two steps are considered if they leave less than this share of the squares of a straight line: searched over all
/// positions, they remove some 40 % of noise.
const TWO_STEPS_SSE: f64 = 0.45;
/// Two steps explain the rise if they leave less than this share of it to the line between them.
pub const MOSTLY_STEPS: f64 = 0.5;

/// A single step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneStep {
    /// Hours since the first sample.
    pub hour: f64,
    pub before: f64,
    pub after: f64,
}

/// Two steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoSteps {
    /// Hours since the first sample.
    pub hours: (f64, f64),
    pub sizes: (f64, f64),
    /// Share of the growth on the line between them.
    pub rest: f64,
}

/// Steps that explain the marks of a segment; each `None` if they do not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steps {
    /// One step with a constant level after it.
    pub one: Option<OneStep>,
    pub two: Option<TwoSteps>,
    /// Times of two to five steps with constant levels between them, hours.
    pub few: Option<Vec<f64>>,
}

impl Steps {
    /// Searches the marks of a segment that ends at `end`, is `span` hours long and grew by `growth`.
    #[must_use]
    pub fn find(times: &[f64], values: &[f64], end: f64, span: f64, growth: f64) -> Self {
        let line = line_sse(times, values);
        let smooth = broken_line(times, values).map_or(line, |bent| bent.sse.min(line));
        let one = best_step(values).filter(|step| {
            // After a step of a leak, the level keeps rising.
            let slope = sen(&times[step.at..], &values[step.at..]).map_or(0.0, |s| s.slope);
            let rise = slope * (end - times[step.at]);
            step.sse < ONE_STEP_SSE * smooth && rise.abs() < FLAT_AFTER_STEP * (step.after - step.before).abs()
        });
        let two = stepped_line(times, values).and_then(|two| {
            let rest = two.slope * span / growth;
            let hours = (times[two.at.0], times[two.at.1]);
            (two.sse < TWO_STEPS_SSE * line && rest < MOSTLY_STEPS).then_some(TwoSteps {
                hours,
                sizes: two.steps,
                rest,
            })
        });
        let few = step_segments(values, smooth).map(|at| at.iter().map(|n| times[*n]).collect::<Vec<f64>>());
        // Marks of whole days are always a day apart.
        let few = few.filter(|hours| span >= SLIDING_FROM_HOURS || !at_the_same_hour(hours, span / times.len() as f64));
        let one = one.map(|step| OneStep { hour: times[step.at], before: step.before, after: step.after });
        Self { one, two, few }
    }

    /// Times of the steps, if there are several, hours.
    #[must_use]
    pub fn hours(&self) -> Vec<f64> {
        match (&self.few, &self.two) {
            (Some(few), _) => few.clone(),
            (None, Some(two)) => vec![two.hours.0, two.hours.1],
            (None, None) => Vec::new(),
        }
    }
}

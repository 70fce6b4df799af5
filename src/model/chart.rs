//! Charts: what a report draws beside a finding.

use super::{Time, Unit};

/// The lowest and highest value of a stretch of samples; spikes are never lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChartPoint {
    /// Middle of the stretch.
    pub time: Time,
    /// Lowest value.
    pub low: f64,
    /// Highest value.
    pub high: f64,
}

/// A fitted line with its 95 % band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendLine {
    /// Where it begins.
    pub from: (Time, f64),
    /// Where it ends.
    pub to: (Time, f64),
    /// Values at the end by the ends of the rate's confidence interval.
    pub to_ci95: Option<[f64; 2]>,
}

/// A moment worth marking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartMark {
    /// When.
    pub time: Time,
    /// What, in a word or two.
    pub label: String,
}

/// Another series for comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondLine {
    /// What it is.
    pub label: String,
    /// Its values.
    pub points: Vec<ChartPoint>,
}

/// One chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What is drawn, with its unit left out.
    pub title: String,
    /// The line in a word or two.
    pub label: &'static str,
    /// Unit of all values.
    pub unit: Unit,
    /// The series.
    pub points: Vec<ChartPoint>,
    /// Charged to processes, where the log says so.
    pub second: Option<SecondLine>,
    /// The fitted trend, where there is one.
    pub trend: Option<TrendLine>,
    /// The limit that it runs into, where it is near enough to show.
    pub limit: Option<(f64, String)>,
    /// Restarts and the begin of the growth.
    pub marks: Vec<ChartMark>,
}

//! Charts: what a report draws beside a finding.

use serde::{Deserialize, Serialize};

use super::{Time, Unit};

/// The lowest and highest value of several neighbouring samples, so that no spike is lost. Written as `[time, value]` or
/// `[time, low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "ChartPointText", from = "ChartPointText")]
pub struct ChartPoint {
    /// Time of the middle sample.
    pub time: Time,
    /// Lowest value.
    pub low: f64,
    /// Highest value.
    pub high: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ChartPointText {
    Range(Time, f64, f64),
    Single(Time, f64),
}

impl From<ChartPoint> for ChartPointText {
    fn from(point: ChartPoint) -> Self {
        if point.low < point.high {
            Self::Range(point.time, point.low, point.high)
        } else {
            Self::Single(point.time, point.high)
        }
    }
}

impl From<ChartPointText> for ChartPoint {
    fn from(text: ChartPointText) -> Self {
        match text {
            ChartPointText::Range(time, low, high) => Self { time, low, high },
            ChartPointText::Single(time, value) => Self { time, low: value, high: value },
        }
    }
}

/// A fitted line with its 95 % band.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendLine {
    /// Where it begins.
    pub from: (Time, f64),
    /// Where it ends.
    pub to: (Time, f64),
    /// Values at the end, by the lower and upper end of the rate's confidence interval.
    pub to_ci95: Option<[f64; 2]>,
}

/// A labelled time: a restart, an event, the begin of the growth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartMark {
    /// When it happened.
    pub time: Time,
    /// One to three words.
    pub label: String,
}

/// Another series for comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecondLine {
    /// Its name in the legend.
    pub label: String,
    /// Its values.
    pub points: Vec<ChartPoint>,
}

/// A horizontal line that the series must not reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitLine {
    /// In the chart's unit.
    pub value: f64,
    /// What limits the series.
    pub label: String,
}

/// One chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chart {
    /// What is drawn, without the unit.
    pub title: String,
    /// Name of the series in the legend.
    pub label: String,
    /// Unit of all values.
    pub unit: Unit,
    /// The series.
    pub points: Vec<ChartPoint>,
    /// What is charged to processes, where the log has it.
    pub second: Option<SecondLine>,
    /// The fitted trend of growth.
    pub trend: Option<TrendLine>,
    /// The nearest limit, where it is near enough to show.
    pub limit: Option<LimitLine>,
    /// Restarts, events and the begin of the growth.
    #[serde(default)]
    pub marks: Vec<ChartMark>,
}

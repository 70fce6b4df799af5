//! Charts in a report.

use serde::{Deserialize, Serialize};

use super::{Time, Unit};

/// The lowest and highest value of several neighboring samples, so that no spike is lost. Written as `[time, value]` or
/// `[time, low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "ChartPointText", from = "ChartPointText")]
pub struct ChartPoint {
    /// Time of the middle sample.
    pub time: Time,
    /// Lowest value, in the chart's unit.
    pub low: f64,
    /// Highest value, in the chart's unit.
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
    /// Time and value at its start.
    pub from: (Time, f64),
    /// Time and value at its end.
    pub to: (Time, f64),
    /// Values at the end for the lower and upper bound of the rate's confidence interval.
    pub to_ci95: Option<[f64; 2]>,
}

/// A labeled time: a restart, an event, the start of the growth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartMark {
    /// When it happened.
    pub time: Time,
    /// Label of one to three words.
    pub label: String,
}

/// Another series for comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecondLine {
    /// Its name in the legend.
    pub label: String,
    /// Values of the series.
    pub points: Vec<ChartPoint>,
}

/// The limit of the series, as a horizontal line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitLine {
    /// Limit in the chart's unit.
    pub value: f64,
    /// Name of the limit.
    pub label: String,
}

/// One chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chart {
    /// Title, without the unit.
    pub title: String,
    /// Name of the series in the legend.
    pub label: String,
    /// Unit of all values.
    pub unit: Unit,
    /// Points of the series.
    pub points: Vec<ChartPoint>,
    /// Memory charged to processes, if the log contains it.
    pub second: Option<SecondLine>,
    /// The fitted trend of growth.
    pub trend: Option<TrendLine>,
    /// The nearest limit, if close enough to show.
    pub limit: Option<LimitLine>,
    /// Restarts, events and the start of the growth.
    #[serde(default)]
    pub marks: Vec<ChartMark>,
}

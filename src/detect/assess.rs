//! Leak or load: the assessment of one series.
//!
//! The trend of low-water marks is tested (Mann-Kendall with the correction of Hamed and Rao), measured (Sen's slope)
//! and must pass the checks for a leak. A leak that starts late may show only near the end, so shorter and shorter ends
//! are searched too.

use crate::detect::assessment::{Assessment, Context, Evidence};
use crate::detect::gates::Examined;
use crate::detect::load::explain;
use crate::detect::no_growth::{not_grown, too_little, unless_too_short};
use crate::detect::points::{MIN_SAMPLES, Points};
use crate::detect::search::search;
use crate::model::Verdict;
use crate::stats::quantile;

/// Confidence if all values are equal: no leak, but the counter may not work.
const CONSTANT: f64 = 0.95;

/// Assesses a series.
#[must_use]
pub fn assess(points: Points<'_>, context: Context<'_>) -> Assessment {
    if points.values.len() < MIN_SAMPLES || points.span() <= 0.0 {
        return too_little(points, context.interval);
    }
    let (low, high) = (quantile(points.values, 0.0), quantile(points.values, 1.0));
    if low >= high {
        return constant(points, high);
    }
    let Some(whole) = Examined::of(points) else { return too_little(points, context.interval) };
    let explained = explain(points, context.loads);
    let load = explained.as_ref();
    let assessment = search(points, &whole, context, load)
        .unwrap_or_else(|| unless_too_short(points, not_grown(points, &whole, load)));
    Assessment { explained, ..assessment }
}

fn constant(points: Points<'_>, value: f64) -> Assessment {
    if value == 0.0 {
        return Assessment::no_growth(Verdict::InsufficientData, 1.0, vec![Evidence::DeadCounter]);
    }
    let stable = Assessment::no_growth(Verdict::Stable, CONSTANT, vec![Evidence::Constant { value }]);
    unless_too_short(points, Assessment { overall: Some((0.0, (0.0, 0.0))), ..stable })
}

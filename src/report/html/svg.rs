//! Charts as inline SVG, drawn by plotters.
//!
//! Plotters writes colors into the SVG. Each kind of line has its own color, which the page's style sheet replaces with
//! one of its theme, so that a chart follows dark mode and print.

use chrono::{NaiveDateTime, TimeDelta};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::base::units::{self, GB, KB, MB};
use crate::model::{Chart, ChartMark, ChartPoint, Time, TrendLine, Unit};

/// Size of the drawing in its own units; pages scale it.
const SIZE: (u32, u32) = (1040, 340);
/// Minimum share of the top value that growth must have for an axis from 0; less would look flat.
const VISIBLE_GROWTH: f64 = 0.2;

/// Colors that the style sheet replaces.
const SERIES: RGBColor = RGBColor(0x11, 0x11, 0x01);
const CHARGED: RGBColor = RGBColor(0x11, 0x11, 0x02);
const TREND: RGBColor = RGBColor(0x11, 0x11, 0x03);
const LIMIT: RGBColor = RGBColor(0x11, 0x11, 0x04);
const MARK: RGBColor = RGBColor(0x11, 0x11, 0x05);
const GRID: RGBColor = RGBColor(0x11, 0x11, 0x06);
const TEXT: RGBColor = RGBColor(0x11, 0x11, 0x07);

/// A drawn chart.
pub struct Drawing {
    /// An `<svg>` element.
    pub svg: String,
    /// Whether the axis starts at 0.
    pub from_zero: bool,
    /// Whether the limit is drawn.
    pub limit: bool,
    /// Whether the second line is drawn.
    pub second: bool,
}

/// The range of the values, and the unit of the axis.
struct Scale {
    low: f64,
    high: f64,
    unit: f64,
    name: &'static str,
}

impl Scale {
    fn of(chart: &Chart) -> Self {
        let top = chart.points.iter().map(|p| p.high).fold(1.0, f64::max);
        let bottom = chart.points.iter().map(|p| p.low).fold(top, f64::min);
        let (unit, name) = match top {
            // The name of the line includes the unit.
            _ if chart.unit != Unit::Bytes => (1.0, ""),
            t if t >= 1e4 * MB => (GB, "GB"),
            t if t >= 1e4 * KB => (MB, "MB"),
            t if t >= 1e4 => (KB, "KB"),
            _ => (1.0, "bytes"),
        };
        let rises = chart.trend.is_some();
        let second = chart.second.iter().flat_map(|line| &line.points).map(|p| p.high).fold(0.0, f64::max);
        let low = if rises && top - bottom < VISIBLE_GROWTH * top { bottom - 0.15 * (top - bottom) } else { 0.0 };
        let limit = chart.limit.as_ref().map_or(0.0, |line| line.value);
        let shown = if low > 0.0 { 0.0 } else { second };
        let high = top.max(limit).max(shown).max(chart.trend.map_or(0.0, |t| t.to.1));
        // Labels of marks are above everything else.
        let room = match chart.marks.len() {
            0 => 0.08,
            1 => 0.12,
            2 => 0.18,
            _ => 0.24,
        };
        Self { low: low / unit, high: (high + room * (high - low)) / unit, unit, name }
    }
}

/// Number of rows for labels of marks.
const LABEL_ROWS: usize = 4;
/// Number of label characters that fit into the width of a chart.
const LABEL_CHARS: u16 = 125;
/// Maximum number of marks to draw; more would hide the series.
const MOST_MARKS: usize = 200;
/// No Windows counter exceeds this: 2^60.
const LARGEST: f64 = (1_u64 << 60) as f64;
/// A trend that leaves the canvas by more than this many times its height is not drawn.
const FAR_OFF: f64 = 100.0;

type Canvas<'a, B> = ChartContext<'a, B, Cartesian2d<RangedDateTime<NaiveDateTime>, RangedCoordf64>>;

/// Draws a chart; `None` if it has no points or they cannot be drawn.
pub fn draw(chart: &Chart) -> Option<Drawing> {
    let mut svg = String::new();
    let drawn = {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw_on(&root, chart)?
    };
    // Pages scale the drawing; its title and description are beside it.
    let open = svg.find("<svg ")?;
    let close = open + svg[open..].find('>')?;
    let head =
        format!(r#"<svg class="chart" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">"#, SIZE.0, SIZE.1);
    svg.replace_range(..=close, &head);
    Some(Drawing { svg, ..drawn })
}

fn draw_on<B: DrawingBackend>(root: &DrawingArea<B, plotters::coord::Shift>, chart: &Chart) -> Option<Drawing> {
    if !is_drawable(chart) {
        return None;
    }
    let (first, last) = (chart.points.first()?, chart.points.last()?);
    let clock = Clock { offset: first.time.offset().map_or(0, |offset| offset.local_minus_utc()) };
    let scale = Scale::of(chart);
    let (begin, end) = (clock.show(first.time)?, clock.show(last.time)?);
    let end = if end > begin { end } else { begin.checked_add_signed(TimeDelta::minutes(1))? };
    let form = match (end - begin).num_minutes() {
        0..15 => "%H:%M:%S",
        15..10_080 => "%-d %b %H:%M",
        _ => "%-d %b",
    };

    let mut canvas = ChartBuilder::on(root)
        .margin(6)
        .margin_right(24)
        .x_label_area_size(34)
        .y_label_area_size(76)
        .build_cartesian_2d(RangedDateTime::from(begin..end), scale.low..scale.high)
        .ok()?;
    let label = ("sans-serif", 15).into_font().color(&TEXT);
    canvas
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style(label)
        .x_labels(8)
        .y_labels(6)
        .x_label_formatter(&|time: &NaiveDateTime| time.format(form).to_string())
        .y_label_formatter(&|value: &f64| tick(*value, scale.name))
        .draw()
        .ok()?;

    let from_zero = scale.low == 0.0;
    let second = chart.second.as_ref().filter(|_| from_zero);
    if let Some(second) = second {
        for stretch in stretches(&second.points) {
            canvas.draw_series(LineSeries::new(zigzag(stretch, &clock, &scale), CHARGED.stroke_width(2))).ok()?;
        }
    }
    if let Some(line) = &chart.limit {
        let y = line.value / scale.unit;
        canvas.draw_series(DashedLineSeries::new([(begin, y), (end, y)], 8, 6, LIMIT.stroke_width(2))).ok()?;
    }
    draw_marks(&mut canvas, &chart.marks, &clock, &scale, (begin, end))?;
    for stretch in stretches(&chart.points) {
        let line = zigzag(stretch, &clock, &scale);
        if let [lone] = line[..] {
            canvas.draw_series([Circle::new(lone, 2, SERIES.filled())]).ok()?;
        }
        canvas.draw_series(LineSeries::new(line, SERIES.stroke_width(2))).ok()?;
    }
    if let Some(trend) = &chart.trend {
        if !is_near(trend, &scale, (begin, end), &clock) {
            return None;
        }
        draw_trend(&mut canvas, trend, &clock, &scale)?;
    }
    root.present().ok()?;
    Some(Drawing { svg: String::new(), from_zero, limit: chart.limit.is_some(), second: second.is_some() })
}

/// Whether a chart can be drawn. A chart from a file can contain anything, and plotters never ends a dashed line that
/// leaves the canvas far enough.
fn is_drawable(chart: &Chart) -> bool {
    let lines = || std::iter::once(&chart.points).chain(chart.second.as_ref().map(|line| &line.points));
    let mut values = lines().flatten().flat_map(|p| [p.low, p.high]).chain(chart.limit.as_ref().map(|line| line.value));
    values.all(|value| value.abs() <= LARGEST) && lines().all(|points| points.is_sorted_by_key(|point| point.time))
}

/// Whether a trend stays close enough to the canvas.
fn is_near(trend: &TrendLine, scale: &Scale, (begin, end): (NaiveDateTime, NaiveDateTime), clock: &Clock) -> bool {
    let margin = FAR_OFF * (scale.high - scale.low);
    let values = [trend.from.1, trend.to.1].into_iter().chain(trend.to_ci95.into_iter().flatten());
    let mut values = values.map(|value| value / scale.unit);
    let times = [trend.from.0, trend.to.0].map(|time| clock.show(time));
    values.all(|value| value >= scale.low - margin && value <= scale.high + margin)
        && times
            .into_iter()
            .all(|time| time.is_some_and(|time| begin - time <= end - begin && time - end <= end - begin))
}

/// The points of a line: the lowest and highest value of each.
fn zigzag(points: &[ChartPoint], clock: &Clock, scale: &Scale) -> Vec<(NaiveDateTime, f64)> {
    let ends = |p: &ChartPoint| {
        if p.low < p.high { vec![(p.time, p.low), (p.time, p.high)] } else { vec![(p.time, p.high)] }
    };
    points.iter().flat_map(ends).filter_map(|point| place(point, clock, scale)).collect()
}

fn place((time, value): (Time, f64), clock: &Clock, scale: &Scale) -> Option<(NaiveDateTime, f64)> {
    Some((clock.show(time)?, value / scale.unit))
}

/// Draws the marks, with labels of neighboring marks below each other.
fn draw_marks<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    marks: &[ChartMark],
    clock: &Clock,
    scale: &Scale,
    (begin, end): (NaiveDateTime, NaiveDateTime),
) -> Option<()> {
    let mut ends = [begin; LABEL_ROWS];
    for mark in marks.iter().take(MOST_MARKS) {
        let Some(x) = clock.show(mark.time).filter(|x| (begin..=end).contains(x)) else { continue };
        let label: String = mark.label.chars().take(LABEL_CHARS.into()).collect();
        let chars = u16::try_from(label.chars().count()).unwrap_or(LABEL_CHARS) + 2;
        let width = (end - begin) * i32::from(chars) / i32::from(LABEL_CHARS);
        let row = ends.iter().position(|end| x >= *end).unwrap_or(LABEL_ROWS - 1);
        ends[row] = x.checked_add_signed(width)?;
        let drop = 4 + 17 * i32::try_from(row).unwrap_or(0);
        canvas
            .draw_series(DashedLineSeries::new([(x, scale.low), (x, scale.high)], 3, 5, MARK.stroke_width(1)))
            .ok()?;
        let (side, anchor) = if (x - begin) * 4 > (end - begin) * 3 { (-6, HPos::Right) } else { (6, HPos::Left) };
        let style = ("sans-serif", 14).into_font().color(&MARK).pos(Pos::new(anchor, VPos::Top));
        let text = EmptyElement::at((x, scale.high)) + Text::new(label, (side, drop), style);
        canvas.draw_series([text]).ok()?;
    }
    Some(())
}

/// Draws the fitted trend and its band.
fn draw_trend<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    trend: &TrendLine,
    clock: &Clock,
    scale: &Scale,
) -> Option<()> {
    let place = |point| place(point, clock, scale);
    if let (Some(from), Some([low, high])) = (place(trend.from), trend.to_ci95)
        && let (Some(low), Some(high)) = (place((trend.to.0, low)), place((trend.to.0, high)))
    {
        canvas.draw_series([Polygon::new(vec![from, low, high], TREND.mix(0.25))]).ok()?;
    }
    let ends: Vec<_> = [trend.from, trend.to].into_iter().filter_map(place).collect();
    canvas.draw_series(DashedLineSeries::new(ends, 10, 5, TREND.stroke_width(3))).ok()?;
    Some(())
}

/// A line is not drawn across a gap of this many usual steps: the values in it are unknown.
const GAP_STEPS: i64 = 5;

/// The points between gaps. A gap is relative to the steps next to it, because joined logs may have different
/// intervals.
fn stretches(points: &[ChartPoint]) -> Vec<&[ChartPoint]> {
    let steps: Vec<i64> = points.windows(2).map(|w| (w[1].time.utc() - w[0].time.utc()).num_milliseconds()).collect();
    let beside = |at: Option<usize>| at.and_then(|at| steps.get(at)).copied().unwrap_or(0);
    let mut found = Vec::new();
    let mut begin = 0;
    for (at, step) in steps.iter().enumerate() {
        let usual = beside(at.checked_sub(1)).max(beside(Some(at + 1)));
        if usual > 0 && *step > GAP_STEPS * usual {
            found.push(&points[begin..=at]);
            begin = at + 1;
        }
    }
    found.push(&points[begin..]);
    found
}

/// The clock of a chart's axis: that of its first point, so that it is continuous across a change of daylight saving
/// time.
struct Clock {
    offset: i32,
}

impl Clock {
    fn show(&self, time: Time) -> Option<NaiveDateTime> {
        time.utc().checked_add_signed(TimeDelta::seconds(i64::from(self.offset)))
    }
}

fn tick(value: f64, unit: &str) -> String {
    let whole = (value * 10.0).round() / 10.0;
    let figure = if (whole - whole.round()).abs() < 1e-9 { units::count(whole.round()) } else { format!("{whole:.1}") };
    if unit.is_empty() { figure } else { format!("{figure} {unit}") }
}

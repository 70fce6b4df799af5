//! Charts as inline SVG, drawn by plotters.
//!
//! Plotters writes colours into the SVG. Each kind of line has a colour of its own there, which the
//! page's style sheet replaces by one of its theme, so that a chart follows dark mode and print.

use chrono::{NaiveDateTime, TimeDelta};
use plotters::prelude::*;

use crate::base::units;
use crate::model::{Chart, ChartPoint, Time, Unit};

/// Size of the drawing, in units of its own; pages scale it.
const SIZE: (u32, u32) = (1040, 340);
/// Share of the top that growth must have for an axis from 0; less would look flat.
const VISIBLE_GROWTH: f64 = 0.2;

/// Colours that the style sheet knows.
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
    /// Whether the axis begins at 0.
    pub from_zero: bool,
    /// Whether the limit is drawn.
    pub limit: bool,
    /// Whether the second line is drawn.
    pub second: bool,
}

/// The range of the values, and the unit that the axis counts in.
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
            // The line's name says what is counted.
            _ if chart.unit != Unit::Bytes => (1.0, ""),
            t if t >= 1e4 * f64::from(1 << 20) => (f64::from(1 << 30), "GB"),
            t if t >= 1e4 * 1024.0 => (f64::from(1 << 20), "MB"),
            t if t >= 1e4 => (1024.0, "KB"),
            _ => (1.0, "bytes"),
        };
        let rises = chart.trend.is_some();
        let second = chart.second.iter().flat_map(|line| &line.points).map(|p| p.high).fold(0.0, f64::max);
        let low = if rises && top - bottom < VISIBLE_GROWTH * top { bottom - 0.15 * (top - bottom) } else { 0.0 };
        let limit = chart.limit.as_ref().map_or(0.0, |line| line.value);
        let shown = if low > 0.0 { 0.0 } else { second };
        let high = top.max(limit).max(shown).max(chart.trend.map_or(0.0, |t| t.to.1));
        // Labels of marks stand above everything.
        let room = match chart.marks.len() {
            0 => 0.08,
            1 => 0.12,
            2 => 0.18,
            _ => 0.24,
        };
        Self { low: low / unit, high: (high + room * (high - low)) / unit, unit, name }
    }
}

/// Rows that labels of marks are set in.
const LABEL_ROWS: usize = 4;
/// Characters of a label that fit into the width of a chart.
const LABEL_CHARS: i32 = 125;

/// Draws a chart. `None` when it has no points, or when they cannot be drawn.
pub fn draw(chart: &Chart) -> Option<Drawing> {
    let mut svg = String::new();
    let drawn = {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw_on(&root, chart)?
    };
    // Pages scale the drawing; its title and description stand beside it.
    let open = svg.find("<svg ")?;
    let close = open + svg[open..].find('>')?;
    let head =
        format!(r#"<svg class="chart" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">"#, SIZE.0, SIZE.1);
    svg.replace_range(..=close, &head);
    Some(Drawing { svg, ..drawn })
}

fn draw_on<B: DrawingBackend>(root: &DrawingArea<B, plotters::coord::Shift>, chart: &Chart) -> Option<Drawing> {
    let (first, last) = (chart.points.first()?, chart.points.last()?);
    let clock = Clock { offset: first.time.offset().map_or(0, |offset| offset.local_minus_utc()) };
    let scale = Scale::of(chart);
    let (begin, end) = (clock.show(first.time)?, clock.show(last.time)?);
    let end = if end > begin { end } else { begin.checked_add_signed(TimeDelta::minutes(1))? };
    let minutes = (end - begin).num_minutes();
    let form = match minutes {
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

    let place = |(time, value): (Time, f64)| Some((clock.show(time)?, value / scale.unit));
    let zigzag = |points: &[ChartPoint]| -> Vec<(NaiveDateTime, f64)> {
        let ends = |p: &ChartPoint| {
            if p.low < p.high { vec![(p.time, p.low), (p.time, p.high)] } else { vec![(p.time, p.high)] }
        };
        points.iter().flat_map(ends).filter_map(place).collect()
    };
    let from_zero = scale.low == 0.0;
    let second = chart.second.as_ref().filter(|_| from_zero);
    if let Some(second) = second {
        for stretch in stretches(&second.points) {
            canvas.draw_series(LineSeries::new(zigzag(stretch), CHARGED.stroke_width(2))).ok()?;
        }
    }
    if let Some(line) = &chart.limit {
        let y = line.value / scale.unit;
        canvas.draw_series(DashedLineSeries::new([(begin, y), (end, y)], 8, 6, LIMIT.stroke_width(2))).ok()?;
    }
    // Labels of neighbours stand below each other.
    let mut ends = [begin; LABEL_ROWS];
    for mark in &chart.marks {
        let Some(x) = clock.show(mark.time).filter(|x| (begin..=end).contains(x)) else { continue };
        let width = (end - begin) * i32::try_from(mark.label.chars().count() + 2).unwrap_or(i32::MAX) / LABEL_CHARS;
        let row = ends.iter().position(|end| x >= *end).unwrap_or(LABEL_ROWS - 1);
        ends[row] = x + width;
        let drop = 4 + 17 * i32::try_from(row).unwrap_or(0);
        canvas
            .draw_series(DashedLineSeries::new([(x, scale.low), (x, scale.high)], 3, 5, MARK.stroke_width(1)))
            .ok()?;
        let side = if (x - begin) * 4 > (end - begin) * 3 { -6 } else { 6 };
        let anchor =
            if side < 0 { plotters::style::text_anchor::HPos::Right } else { plotters::style::text_anchor::HPos::Left };
        let style = ("sans-serif", 14)
            .into_font()
            .color(&MARK)
            .pos(plotters::style::text_anchor::Pos::new(anchor, plotters::style::text_anchor::VPos::Top));
        let text = EmptyElement::at((x, scale.high)) + Text::new(mark.label.clone(), (side, drop), style);
        canvas.draw_series([text]).ok()?;
    }
    for stretch in stretches(&chart.points) {
        let line = zigzag(stretch);
        if let [lone] = line[..] {
            canvas.draw_series([Circle::new(lone, 2, SERIES.filled())]).ok()?;
        }
        canvas.draw_series(LineSeries::new(line, SERIES.stroke_width(2))).ok()?;
    }
    if let Some(trend) = &chart.trend {
        if let (Some(from), Some([low, high])) = (place(trend.from), trend.to_ci95)
            && let (Some(low), Some(high)) = (place((trend.to.0, low)), place((trend.to.0, high)))
        {
            canvas.draw_series([Polygon::new(vec![from, low, high], TREND.mix(0.25))]).ok()?;
        }
        let ends: Vec<_> = [trend.from, trend.to].into_iter().filter_map(place).collect();
        canvas.draw_series(DashedLineSeries::new(ends, 10, 5, TREND.stroke_width(3))).ok()?;
    }
    root.present().ok()?;
    Some(Drawing { svg: String::new(), from_zero, limit: chart.limit.is_some(), second: second.is_some() })
}

/// A line is not drawn across a gap of so many usual steps: nobody knows what went on there.
const GAP_STEPS: i64 = 5;

/// The points between gaps. A gap is one against the steps beside it, for logs of different
/// intervals may be joined.
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

/// The clock of a chart's axis: that of its first point, so that it runs evenly through a change
/// of daylight time.
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

//! What load has to say of growth: whether it explains it, has risen with it, or was taken out of it.

use crate::base::units;
use crate::detect::gates::{Gate, GateKind, Passed};
use crate::detect::load::{Explained, Load};
use crate::detect::segment::{Window, marks};
use crate::stats::sen;

/// Growth, or movement, of which load explains more than this share is load; from the lower one on it is in doubt.
pub const MOSTLY_LOAD: f64 = 0.6;
const PARTLY_LOAD: f64 = 0.35;

/// Whether a load, too, stands where it never was before the end of the log, which then may be all there is.
pub fn load_is_up(begin: f64, end: f64, loads: &[Load]) -> Option<Gate> {
    let up = loads.iter().find(|load| load.is_up(begin, end) || load.rises(begin, end))?;
    let text = format!(r"\{} has risen as well since then: what rises with load may come down with it", up.name);
    Some(Gate { kind: GateKind::LoadIsUp, passed: Passed::Doubtful, text })
}

/// How much of a stretch's growth is the load's own.
pub fn not_load(window: &Window, explained: &Explained) -> Option<Gate> {
    let part = explained.part().from(window.hours.0);
    let marks = marks(part);
    let (times, values): (Vec<f64>, Vec<f64>) = marks.iter().map(|m| (m.time, m.value)).unzip();
    let by_load = sen(&times, &values)?.slope;
    let share = if window.slope > 0.0 { (by_load / window.slope).clamp(-9.0, 9.0) } else { 0.0 };
    let passed = match share {
        s if s > MOSTLY_LOAD => Passed::No,
        s if s > PARTLY_LOAD => Passed::Doubtful,
        _ => Passed::Yes,
    };
    let of = format!("{} of the movement in this log", explained.explains());
    let text = match passed {
        Passed::Yes => format!("{of}, and {} of the rise", units::percent(share.clamp(0.0, 1.0))),
        Passed::Doubtful => format!("{of}, and {} of the rise: the load itself has grown", units::percent(share)),
        Passed::No => format!("{of}, and the rise is mostly its own: the load has grown, and this with it"),
    };
    Some(Gate { kind: GateKind::NotLoad, passed, text })
}

/// What is left when load is taken out must show in the low-water mark of what was measured, at least by this
/// share, to be sure, and by this to be suspected: a load that is not logged rides on one that is.
const SHOWS: f64 = 0.5;
const HARDLY_SHOWS: f64 = 0.25;

/// Whether growth that is left without load was in the series from the begin.
pub fn measured(rest: &Window, raw: &Window) -> Gate {
    let share = if rest.growth() > 0.0 { raw.growth() / rest.growth() } else { 0.0 };
    let passed = match share {
        s if s >= SHOWS => Passed::Yes,
        s if s >= HARDLY_SHOWS => Passed::Doubtful,
        _ => Passed::No,
    };
    let text = format!(
        "The low-water mark as it was measured changed by {}, without load by {}",
        raw.unit.amount(raw.growth()),
        raw.unit.amount(rest.growth())
    );
    Gate { kind: GateKind::Measured, passed, text }
}

/// Says what was taken out of a series.
pub fn load_taken_out(explained: &Explained) -> Gate {
    let text = format!("{} of the movement; that was taken out before the trend was measured", explained.explains());
    Gate { kind: GateKind::NotLoad, passed: Passed::Yes, text }
}

//! Machines that no threshold was chosen on.

use super::{BIG, DAYS, Family, SMALL, draw_load, family, make_rough};
use crate::plan::{Course, Holder, Movement, Rhythm};

/// Leaks and others.
pub const HELD_OUT: &[Family] = &[
    family!("shifts", (72.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Shifts], (0.1, 0.8)));
        plan
    }),
    family!("refilled cache", DAYS, |plan, r| {
        plan.both(Movement::Refills { size: r.between(0.1, 0.5), hours: r.log_between(3.0, 60.0) });
        plan
    }),
    family!("two steps", DAYS, |plan, r| {
        plan.both(Movement::Step { size: r.between(0.03, 0.3), at: r.between(0.1, 0.45) });
        plan.both(Movement::Step { size: r.between(0.03, 0.3), at: r.between(0.55, 0.9) });
        plan
    }),
    family!("step and wandering", DAYS, |plan, r| {
        plan.both(Movement::Step { size: r.between(0.05, 0.3), at: r.between(0.1, 0.9) });
        let tau_hours = plan.hours * r.log_between(0.01, 0.15);
        plan.both(Movement::Wander { size: r.between(0.01, 0.08), tau_hours });
        plan
    }),
    family!("stairs under shifts", (240.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Shifts], (0.05, 0.5)));
        let hour = r.between(0.0, 24.0);
        plan.leak(r, BIG, Course::Stairs(hour), Holder::Driver)
    }),
    family!("late and recycled", (192.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Shifts], (0.02, 0.15)));
        plan.leak(r, (1.0, 3.0), Course::Ramp, Holder::Recycled(3))
    }),
    family!("ramp and wandering", (96.0, 720.0), |plan, r| {
        let tau_hours = plan.hours * r.log_between(0.01, 0.1);
        plan.both(Movement::Wander { size: r.between(0.01, 0.05), tau_hours });
        plan.leak(r, BIG, Course::Ramp, Holder::Process)
    }),
    family!("small under shifts", (168.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Shifts], (0.1, 0.5)));
        plan.load_logged = true;
        make_rough(&mut plan, r);
        plan.leak(r, SMALL, Course::Ramp, Holder::Driver)
    }),
    family!("small, shifts, late", (240.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Shifts], (0.05, 0.2)));
        plan.load_logged = true;
        let from = r.between(0.15, 0.5);
        plan.leak(r, (0.1, 0.3), Course::From(from), Holder::Process)
    }),
];

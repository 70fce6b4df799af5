//! Machines that do not leak, however their pools move.

use super::{DAYS, Family, add_bad_samples, draw_load, family, few_samples, make_rough};
use crate::plan::{Load, Movement, RHYTHMS, Rhythm};

/// Nothing leaks.
pub const NO_LEAK: &[Family] = &[
    family!("quiet", (0.5, 720.0), |plan, _r| plan),
    family!("daily load", (48.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Daily, Rhythm::Wave, Rhythm::Nightly], (0.05, 0.8)));
        plan
    }),
    family!("weekly load", (48.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Office], (0.05, 0.8)));
        plan
    }),
    family!("bursts", DAYS, |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Bursts, Rhythm::Aimless], (0.05, 0.6)));
        plan.both(Movement::Spikes { size: r.between(0.05, 0.6), per_day: r.between(0.5, 10.0) });
        plan
    }),
    family!("growing load", (72.0, 720.0), |plan, r| {
        plan.load = Some(Load { grows: r.between(0.3, 1.5), ..draw_load(r, RHYTHMS, (0.1, 0.8)) });
        plan.load_logged = true;
        plan
    }),
    family!("up and down", DAYS, |plan, r| {
        plan.both(Movement::Hill { size: r.between(0.1, 1.0), at: r.between(0.25, 0.7), width: r.between(0.08, 0.3) });
        plan
    }),
    family!("warm-up", (12.0, 240.0), |plan, r| {
        plan.both(Movement::WarmUp { size: r.between(0.2, 1.0), tau: r.between(0.02, 0.2) });
        plan
    }),
    family!("cache fills", DAYS, |plan, r| {
        plan.both(Movement::Cache { size: r.between(0.1, 1.0), full_at: r.between(0.15, 0.6) });
        plan
    }),
    family!("one step", DAYS, |plan, r| {
        plan.both(Movement::Step { size: r.between(0.08, 0.8), at: r.between(0.1, 0.9) });
        plan
    }),
    family!("services started and stopped", DAYS, |plan, r| {
        for _ in 0..2 {
            let size = r.log_between(0.02, 0.5) * if r.chance(0.8) { 1.0 } else { -1.0 };
            plan.both(Movement::Step { size, at: r.between(0.05, 0.95) });
        }
        if r.chance(0.4) {
            plan.load = Some(draw_load(r, RHYTHMS, (0.02, 0.3)));
        }
        plan
    }),
    family!("a service after another", DAYS, |plan, r| {
        plan.steps_start_processes = true;
        let count = 3 + r.below(2);
        for number in 0..count {
            let at = (number as f64 + r.between(0.4, 0.9)) / (count as f64 + 0.3);
            plan.both(Movement::Step { size: r.between(0.06, 0.25), at });
        }
        plan
    }),
    family!("users grow unseen", (144.0, 720.0), |plan, r| {
        plan.load =
            Some(Load { grows: r.between(0.3, 1.2), ..draw_load(r, &[Rhythm::Office, Rhythm::Daily], (0.2, 0.8)) });
        plan.load_logged = false;
        plan
    }),
    family!("cache fills ever more slowly", (12.0, 720.0), |plan, r| {
        plan.both(Movement::LogCache { size: r.between(0.1, 0.8), tau: r.log_between(1e-4, 3e-3) });
        plan
    }),
    family!("part of a day", (3.0, 24.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Daily, Rhythm::Wave], (0.1, 0.9)));
        plan.open_end = true;
        plan
    }),
    family!("wandering", DAYS, |plan, r| {
        for pool in 0..2 {
            let tau_hours = plan.hours * r.log_between(0.01, 0.3);
            plan.movements[pool].push(Movement::Wander { size: r.between(0.01, 0.15), tau_hours });
        }
        plan
    }),
    family!("shrinking", DAYS, |plan, r| {
        plan.both(Movement::Shrink { size: r.between(0.1, 0.6) });
        plan
    }),
    family!("ends under load", (30.0, 336.0), |plan, r| {
        // From midday to midday.
        plan.hours = (plan.hours / 24.0).round() * 24.0;
        plan.begin = r.of(&[0.0, 24.0, 48.0, 72.0]) + r.between(11.0, 14.0);
        plan.load = Some(draw_load(r, &[Rhythm::Daily], (0.2, 0.9)));
        plan.open_end = true;
        plan
    }),
    family!("churn", DAYS, |plan, r| {
        plan.churn = r.between(20.0, 60.0);
        plan.processes = 6;
        plan
    }),
    family!("dead counters", DAYS, |plan, r| {
        plan.dead = true;
        plan.load = Some(draw_load(r, RHYTHMS, (0.05, 0.4)));
        plan
    }),
    family!("zeros", DAYS, |plan, r| {
        plan.zeros = r.log_between(0.001, 0.3);
        if r.chance(0.5) {
            plan.load = Some(draw_load(r, RHYTHMS, (0.05, 0.4)));
        }
        plan
    }),
    family!("rough, bent load logged", (96.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.1, 0.5)));
        plan.load_logged = true;
        make_rough(&mut plan, r);
        plan
    }),
    family!("rough, bent load not logged", (96.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Office, Rhythm::Daily, Rhythm::Wave], (0.1, 0.5)));
        plan.load_logged = false;
        make_rough(&mut plan, r);
        plan
    }),
    family!("warm-up, then the day's load", (18.0, 96.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Daily, Rhythm::Wave, Rhythm::Office], (0.05, 0.5)));
        let tau = r.log_between(0.5, 6.0) / plan.hours;
        plan.both(Movement::WarmUp { size: r.between(0.1, 0.8), tau });
        plan
    }),
    family!("weekend, then a working day", (16.0, 60.0), |plan, r| {
        // Ends within a working day, before the evening.
        let end = 168.0 + r.of(&[0.0, 24.0]) + r.between(10.5, 16.5);
        plan.begin = (end - plan.hours).max(122.0);
        plan.hours = end - plan.begin;
        plan.load = Some(draw_load(r, &[Rhythm::Office], (0.1, 0.9)));
        plan
    }),
    family!("bad samples", DAYS, |plan, r| {
        add_bad_samples(&mut plan, r);
        if r.chance(0.5) {
            plan.load = Some(draw_load(r, RHYTHMS, (0.05, 0.4)));
        }
        plan
    }),
    family!("guests that hold pool", (24.0, 336.0), |plan, r| {
        plan.churn = r.between(10.0, 80.0);
        plan.guests_hold = r.log_between(0.001, 0.02);
        plan.load = Some(draw_load(r, &[Rhythm::Daily, Rhythm::Office], (0.02, 0.2)));
        plan
    }),
    family!("cache fills over days", (20.0, 300.0), |plan, r| {
        let mut full_at = r.log_between(12.0, 96.0) / plan.hours;
        if plan.hours > 40.0 {
            // One that fills evenly for two days and longer, and is not full at the end, looks like a leak.
            full_at = full_at.min(0.75);
        }
        plan.both(Movement::Cache { size: r.between(0.05, 0.8), full_at });
        if r.chance(0.5) {
            plan.load = Some(draw_load(r, RHYTHMS, (0.02, 0.2)));
        }
        // Not full before the end of the log, it may be suspected.
        plan.open_end = full_at > 0.8;
        plan
    }),
    family!("files that a server opens", (20.0, 500.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Daily, Rhythm::Office], (0.02, 0.2)));
        plan.load_logged = r.chance(0.3);
        let tau_hours = r.log_between(1.5, 10.0);
        plan.both(Movement::Files { size: r.between(0.1, 1.0), tau_hours });
        // A working day is about a quarter of a day at full load.
        plan.open_end = plan.hours < 16.0 * tau_hours;
        plan
    }),
    family!("memory added while running", DAYS, |plan, r| {
        let at = r.between(0.1, 0.9);
        plan.hot_add = Some(at);
        plan.both(Movement::Step { size: r.log_between(0.005, 0.1), at });
        plan.load = Some(draw_load(r, RHYTHMS, (0.02, 0.3)));
        plan
    }),
    family!("released every night", (18.0, 336.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Daily, Rhythm::Office], (0.02, 0.2)));
        let hour = r.between(0.0, 5.0);
        plan.both(Movement::Nightly { size: r.between(0.1, 1.0), hour });
        plan.open_end = plan.hours < 30.0;
        plan
    }),
    family!("incidents", DAYS, |plan, r| {
        for _ in 0..=r.below(3) {
            let width = (r.log_between(0.3, 12.0) / plan.hours).min(0.2);
            plan.both(Movement::Pulse { size: r.between(0.05, 1.0), at: r.between(0.02, 0.97 - width), width });
        }
        plan
    }),
    family!("a spike at the end", (2.0, 240.0), |plan, r| {
        let width = r.log_between(0.05, 0.4) / plan.hours;
        plan.both(Movement::Pulse { size: r.between(0.1, 1.0), at: 1.0 - width, width: 2.0 * width });
        plan
    }),
    family!("a month at 15 minutes", (700.0, 740.0), |plan, r| {
        plan.interval = 900.0;
        plan.load = Some(draw_load(r, RHYTHMS, (0.05, 0.6)));
        plan
    }),
    family!("mixed intervals", DAYS, |plan, r| {
        plan.thinned = Some((r.between(0.1, 0.8), r.of(&[2, 3, 5, 10])));
        plan.load = Some(draw_load(r, RHYTHMS, (0.05, 0.6)));
        plan
    }),
    family!("few samples", (0.5, 400.0), |plan, r| {
        few_samples(&mut plan, r);
        if r.chance(0.5) {
            plan.load = Some(draw_load(r, RHYTHMS, (0.05, 0.4)));
        }
        // Of less than a day, the rise of its load may be suspected.
        plan.open_end = plan.hours < 20.0;
        plan
    }),
];

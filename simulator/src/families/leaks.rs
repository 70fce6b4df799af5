//! Machines with a leak.

use super::{BIG, Family, SMALL, add_bad_samples, draw_load, family, make_rough};
use crate::plan::{Course, Holder, Leak, Movement, NONPAGED, ProcessLeak, RHYTHMS, Rhythm};

/// Leaks that add half the pool or more.
pub const LARGE: &[Family] = &[
    family!("ramp", (2.0, 720.0), |plan, r| plan.leak(r, BIG, Course::Ramp, Holder::Driver)),
    family!("ramp under load", (72.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.1, 0.6)));
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("stairs", (192.0, 720.0), |plan, r| {
        let hour = r.between(0.0, 24.0);
        plan.leak(r, BIG, Course::Stairs(hour), Holder::Driver)
    }),
    family!("late start", (48.0, 720.0), |plan, r| {
        let from = r.between(0.2, 0.75);
        if r.chance(0.5) {
            plan.load = Some(draw_load(r, RHYTHMS, (0.03, 0.2)));
        }
        plan.leak(r, BIG, Course::From(from), Holder::Driver)
    }),
    family!("accelerating", (48.0, 720.0), |plan, r| plan.leak(r, BIG, Course::Accelerating, Holder::Driver)),
    family!("with load", (96.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Daily, Rhythm::Wave, Rhythm::Office], (0.02, 0.2)));
        plan.leak(r, BIG, Course::WithLoad, Holder::Driver)
    }),
    family!("after a restart", (72.0, 720.0), |plan, r| {
        plan.boots = vec![r.between(0.3, 0.65)];
        let size = if r.chance(0.5) { BIG } else { (1.0, 3.0) };
        plan.leak(r, size, Course::Ramp, Holder::Driver)
    }),
    family!("short and fast", (0.4, 8.0), |plan, r| {
        plan.noise = r.log_between(0.0003, 0.003);
        plan.leak(r, (0.8, 4.0), Course::Ramp, Holder::Driver)
    }),
    family!("gaps and blanks", (48.0, 720.0), |plan, r| {
        let at = r.between(0.1, 0.7);
        plan.gaps = vec![(at, at + r.between(0.02, 0.2))];
        plan.missing = r.between(0.0, 0.1);
        plan.blank = 0.05;
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("zeros", (48.0, 720.0), |plan, r| {
        plan.zeros = r.log_between(0.001, 0.3);
        if r.chance(0.5) {
            plan.load = Some(draw_load(r, RHYTHMS, (0.03, 0.3)));
        }
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("both pools", (48.0, 720.0), |plan, r| {
        for pool in 0..2 {
            let holder = if pool == NONPAGED { Holder::Driver } else { Holder::Process };
            plan.leaks.push(Leak { pool, size: r.log_between(0.5, 2.0), course: Course::Ramp, holder });
        }
        plan
    }),
    family!("one process", (24.0, 720.0), |plan, r| {
        let course = if r.chance(0.6) { Course::Ramp } else { Course::From(r.between(0.2, 0.6)) };
        plan.leak(r, BIG, course, Holder::Process)
    }),
    family!("process under load", (72.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.05, 0.4)));
        plan.leak(r, BIG, Course::Ramp, Holder::Process)
    }),
    family!("eight of one name", (48.0, 720.0), |plan, r| plan.leak(r, BIG, Course::Ramp, Holder::Namesakes(8))),
    family!("recycled process", (96.0, 720.0), |plan, r| {
        let teeth = 3 + r.below(3);
        plan.leak(r, (1.0, 3.0), Course::Ramp, Holder::Recycled(teeth))
    }),
    family!("kernel and process", (48.0, 720.0), |plan, r| {
        let pool = r.below(2);
        let size = r.between(0.4, 1.5);
        for holder in [Holder::Driver, Holder::Process] {
            plan.leaks.push(Leak { pool, size: size * r.between(0.8, 1.25), course: Course::Ramp, holder });
        }
        plan
    }),
    family!("triggered by a process", (48.0, 480.0), |plan, r| {
        let from = r.between(0.15, 0.4);
        let course = Course::WhileRuns(from, from + r.between(0.25, 0.5));
        plan.leak(r, (0.5, 2.0), course, Holder::Driver)
    }),
    family!("short, under load", (3.0, 20.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Daily, Rhythm::Wave, Rhythm::Office, Rhythm::Bursts], (0.03, 0.3)));
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("two days under load", (20.0, 60.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.03, 0.3)));
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("after a warm-up", (36.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.03, 0.2)));
        let tau = r.log_between(0.5, 6.0) / plan.hours;
        plan.both(Movement::WarmUp { size: r.between(0.1, 0.5), tau });
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("since the weekend", (40.0, 120.0), |plan, r| {
        plan.begin = r.between(120.0, 160.0);
        plan.load = Some(draw_load(r, &[Rhythm::Office], (0.05, 0.3)));
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("bad samples", (48.0, 720.0), |plan, r| {
        add_bad_samples(&mut plan, r);
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("among guests that hold pool", (48.0, 336.0), |plan, r| {
        plan.churn = r.between(10.0, 60.0);
        plan.guests_hold = r.log_between(0.001, 0.01);
        plan.leak(r, BIG, Course::Ramp, Holder::Process)
    }),
    family!("memory added while running", (48.0, 720.0), |plan, r| {
        plan.hot_add = Some(r.between(0.1, 0.9));
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("among incidents", (72.0, 720.0), |plan, r| {
        let width = (r.log_between(0.3, 12.0) / plan.hours).min(0.1);
        plan.both(Movement::Pulse { size: r.between(0.05, 0.5), at: r.between(0.02, 0.85), width });
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("a month at 15 minutes", (700.0, 740.0), |plan, r| {
        plan.interval = 900.0;
        plan.load = Some(draw_load(r, RHYTHMS, (0.05, 0.4)));
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!("mixed intervals", (48.0, 720.0), |plan, r| {
        plan.thinned = Some((r.between(0.1, 0.8), r.of(&[2, 3, 5, 10])));
        plan.leak(r, BIG, Course::Ramp, Holder::Process)
    }),
];

/// Leaks that add 5 to 30 % of the pool.
pub const SMALL_LEAKS: &[Family] = &[
    family!("small ramp", (48.0, 720.0), |plan, r| plan.leak(r, SMALL, Course::Ramp, Holder::Driver)),
    family!("small, bent load logged", (96.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.1, 0.5)));
        plan.load_logged = true;
        make_rough(&mut plan, r);
        plan.leak(r, SMALL, Course::Ramp, Holder::Driver)
    }),
    family!("small, bent load not logged", (168.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, &[Rhythm::Office, Rhythm::Daily, Rhythm::Wave], (0.1, 0.5)));
        plan.load_logged = false;
        make_rough(&mut plan, r);
        plan.leak(r, SMALL, Course::Ramp, Holder::Driver)
    }),
    family!("small late start", (96.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.02, 0.15)));
        let from = r.between(0.15, 0.6);
        plan.leak(r, (0.1, 0.3), Course::From(from), Holder::Driver)
    }),
    family!("small of a process", (96.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.02, 0.3)));
        make_rough(&mut plan, r);
        plan.leak(r, SMALL, Course::Ramp, Holder::Process)
    }),
];

/// Leaks of a process, apart from the pools.
pub const PROCESSES: &[Family] = &[
    family!("private bytes", (48.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.02, 0.3)));
        plan.process_leak = Some(ProcessLeak::PrivateBytes);
        plan
    }),
    family!("handles", (48.0, 720.0), |plan, r| {
        plan.load = Some(draw_load(r, RHYTHMS, (0.02, 0.3)));
        plan.process_leak = Some(ProcessLeak::Handles);
        plan
    }),
    family!("threads", (48.0, 720.0), |plan, _r| {
        plan.process_leak = Some(ProcessLeak::Threads);
        plan
    }),
];

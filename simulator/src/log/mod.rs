//! A simulation as a log: the bytes of a .blg or of a PDH-CSV, as Windows would have written them.

mod blg;
mod csv;

use perfverdict::log::FileTime;

use crate::plan::Plan;
use crate::process::ProcessSample;
use crate::simulation::{Sample, Simulation};

pub use blg::blg;
pub use csv::csv;

/// The log in the form that the plan asks for.
#[must_use]
pub fn bytes(plan: &Plan, simulation: &Simulation) -> Vec<u8> {
    if plan.csv { csv(plan, simulation) } else { blg(plan, simulation) }
}

const MACHINE: &str = "SIM01";
/// 2026-01-05 00:00 UTC, a Monday.
const MONDAY: i64 = 134_120_448_000_000_000;
const TICKS: f64 = 1e7;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Gauge,
    /// Logged as a sum that runs, displayed a second.
    Rate,
    /// Logged as idle time, displayed in percent.
    Busy,
    /// Logged as the time of the begin, displayed as seconds since.
    Since,
}

struct Counter {
    object: &'static str,
    instance: Option<&'static str>,
    name: &'static str,
    kind: Kind,
    value: fn(&Sample) -> f64,
}

struct Field {
    name: &'static str,
    kind: Kind,
    value: fn(&ProcessSample) -> f64,
}

fn counters(plan: &Plan) -> Vec<Counter> {
    let gauge = |object, name, value| Counter { object, instance: None, name, kind: Kind::Gauge, value };
    let mut all = vec![
        gauge("Memory", "Pool Nonpaged Bytes", |s| s.pools[0]),
        gauge("Memory", "Pool Paged Bytes", |s| s.pools[1]),
        gauge("Memory", "Available Bytes", |s| s.available),
        gauge("Memory", "Committed Bytes", |s| s.committed),
        gauge("Memory", "Commit Limit", |s| s.commit_limit),
        Counter { object: "System", instance: None, name: "System Up Time", kind: Kind::Since, value: |s| s.up },
    ];
    if plan.dead {
        all.push(gauge("Memory", "Pool Nonpaged Allocs", |_| 0.0));
        all.push(gauge("Memory", "Free System Page Table Entries", |_| 4_294_967_295.0));
    }
    if plan.load_logged {
        all.push(gauge("System", "Processes", |s| s.processes.len() as f64));
        all.push(gauge("Server", "Server Sessions", |s| s.sessions));
        all.push(gauge("TCPv4", "Connections Established", |s| s.connections));
        let with =
            |object, instance, name, kind, value| Counter { object, instance: Some(instance), name, kind, value };
        all.push(with("Network Interface", "Ethernet0", "Bytes Total/sec", Kind::Rate, |s: &Sample| s.network));
        all.push(with("PhysicalDisk", "_Total", "Disk Bytes/sec", Kind::Rate, |s: &Sample| s.disk));
        all.push(with("Processor", "_Total", "% Processor Time", Kind::Busy, |s: &Sample| s.busy));
    }
    all
}

fn fields() -> [Field; 8] {
    let field = |name, value| Field { name, kind: Kind::Gauge, value };
    [
        field("ID Process", |p| f64::from(p.pid)),
        Field { name: "Elapsed Time", kind: Kind::Since, value: |p| p.started },
        field("Pool Nonpaged Bytes", |p| p.pools[0]),
        field("Pool Paged Bytes", |p| p.pools[1]),
        field("Private Bytes", |p| p.private),
        field("Handle Count", |p| p.handles),
        field("Thread Count", |p| p.threads),
        field("Working Set", |p| p.working_set),
    ]
}

/// `_Total`: the sum of all, without identity.
fn total(sample: &Sample) -> ProcessSample {
    let sum = |of: fn(&ProcessSample) -> f64| sample.processes.iter().map(of).sum::<f64>();
    ProcessSample {
        name: "_Total",
        pid: 0,
        started: sample.at,
        pools: [sum(|p| p.pools[0]), sum(|p| p.pools[1])],
        private: sum(|p| p.private),
        handles: sum(|p| p.handles),
        threads: sum(|p| p.threads),
        working_set: sum(|p| p.working_set),
    }
}

fn time(plan: &Plan, at: f64) -> FileTime {
    FileTime(MONDAY + ((plan.begin + at) * 3600.0 * TICKS).round() as i64)
}

/// The processes that run. One that starts later is not listed.
fn listed(sample: &Sample) -> impl Iterator<Item = &ProcessSample> {
    sample.processes.iter().filter(|p| p.started <= sample.at)
}

//! A life as a log: the bytes of a .blg or of a PDH-CSV, as Windows would have written them.

use std::collections::BTreeMap;
use std::io::Cursor;

use perfverdict::counters::{CounterType, Raw};
use perfverdict::log::blg::writer::{BlgWriter, Entry, Record, WildcardItem, WriterOptions};
use perfverdict::log::zone::Zone;
use perfverdict::log::{FileTime, ZonedTime};

use super::machine::{Life, Running, Sample};
use super::plan::Plan;
use super::random::Random;

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
    value: fn(&Running) -> f64,
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
fn total(sample: &Sample) -> Running {
    let sum = |of: fn(&Running) -> f64| sample.processes.iter().map(of).sum::<f64>();
    Running {
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

/// Those that run; what is to start later is not listed.
fn listed(sample: &Sample) -> impl Iterator<Item = &Running> {
    sample.processes.iter().filter(|p| p.started <= sample.at)
}

/// The log in the form that the plan asks for.
pub fn bytes(plan: &Plan, life: &Life) -> Vec<u8> {
    if plan.csv { csv(plan, life) } else { blg(plan, life) }
}

pub fn blg(plan: &Plan, life: &Life) -> Vec<u8> {
    let (counters, fields) = (counters(plan), fields());
    let kind = |kind| match kind {
        Kind::Gauge => CounterType::LARGE_RAWCOUNT,
        Kind::Rate => CounterType::BULK_COUNT,
        Kind::Busy => CounterType::TIMER_100NS_INV,
        Kind::Since => CounterType::ELAPSED_TIME,
    };
    let entry = |object: &str, instance: Option<&str>, counter: &str, of| Entry {
        kind: kind(of),
        time_base: TICKS as i64,
        scale: 0,
        machine: MACHINE.to_owned(),
        object: object.to_owned(),
        instance: instance.map(str::to_owned),
        counter: counter.to_owned(),
    };
    let mut entries: Vec<Entry> = counters.iter().map(|c| entry(c.object, c.instance, c.name, c.kind)).collect();
    entries.extend(fields.iter().map(|f| entry("Process", Some("*"), f.name, f.kind)));
    let zone = Zone::fixed("UTC", 0);
    let start = zone.moment_from_utc(time(plan, 0.0));
    let options = WriterOptions {
        os_version: (10, 0, 17763),
        zone: zone.clone(),
        boot: FileTime(start.utc.0 - 36_000_000_000),
        perf_frequency: TICKS as i64,
        log_guid: [7; 16],
        file_name: r"c:\perflogs\sim.blg".to_owned(),
        circular_bytes: None,
    };
    let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options, &[], &entries, start).expect("a log in memory");
    let mut sums = vec![0.0; counters.len()];
    let mut before = None;
    for sample in &life.samples {
        let now = time(plan, sample.at);
        let moment: ZonedTime = zone.moment_from_utc(now);
        let seconds = before.map_or(0.0, |before| (sample.at - before) * 3600.0);
        before = Some(sample.at);
        let mut records = Vec::with_capacity(entries.len());
        for (counter, sum) in counters.iter().zip(&mut sums) {
            let value = (counter.value)(sample);
            let raw = match counter.kind {
                Kind::Gauge => Raw { first: value as i64, second: 0, multi: 1 },
                Kind::Since => Raw { first: now.0 - (value * 3600.0 * TICKS) as i64, second: now.0, multi: 1 },
                Kind::Rate => {
                    *sum += value * seconds;
                    Raw { first: *sum as i64, second: now.0, multi: 1 }
                }
                Kind::Busy => {
                    *sum += (1.0 - value / 100.0) * seconds * TICKS;
                    Raw { first: *sum as i64, second: now.0, multi: 1 }
                }
            };
            records.push(Record::Single(Some(raw)));
        }
        let total = total(sample);
        for field in &fields {
            let items = listed(sample).chain([&total]).map(|p| {
                let value = (field.value)(p);
                let raw = match field.kind {
                    Kind::Since => Raw { first: time(plan, value).0, second: now.0, multi: 1 },
                    _ => Raw { first: value as i64, second: 0, multi: 1 },
                };
                WildcardItem { name: p.name, raw }
            });
            records.push(Record::Wildcard(items.collect()));
        }
        writer.sample(moment, &records).expect("a log in memory");
    }
    writer.finish().expect("a log in memory").into_inner()
}

pub fn csv(plan: &Plan, life: &Life) -> Vec<u8> {
    use std::fmt::Write;

    let (counters, fields) = (counters(plan), fields());
    let mut random = Random::new(plan.seed ^ 0xB1A4);
    // Instances as Windows names them: by their place among the namesakes.
    let mut columns: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::new();
    let mut placed: Vec<Vec<usize>> = Vec::with_capacity(life.samples.len());
    let mut labels: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    for sample in &life.samples {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let places = listed(sample).map(|p| p.name).chain(["_Total"]).map(|name| {
            let number = seen.entry(name).or_default();
            let place = *labels.entry((name, *number)).or_insert_with(|| {
                let label = if *number == 0 { name.to_owned() } else { format!("{name}#{number}") };
                let next = columns.len();
                *columns.entry(label.clone()).or_insert_with(|| {
                    names.push(label);
                    next
                })
            });
            *number += 1;
            place
        });
        placed.push(places.collect());
    }
    let mut text = String::from("\"(PDH-CSV 4.0) (UTC)(0)\"");
    for c in &counters {
        let instance = c.instance.map_or_else(String::new, |i| format!("({i})"));
        let _ = write!(text, ",\"\\\\{MACHINE}\\{}{instance}\\{}\"", c.object, c.name);
    }
    for name in &names {
        for field in &fields {
            let _ = write!(text, ",\"\\\\{MACHINE}\\Process({name})\\{}\"", field.name);
        }
    }
    for (number, (sample, places)) in life.samples.iter().zip(&placed).enumerate() {
        let stamp = time(plan, sample.at).to_naive().expect("a day of 2026");
        let _ = write!(text, "\r\n\"{}\"", stamp.format("%m/%d/%Y %H:%M:%S%.3f"));
        let mut cell = |text: &mut String, value: Option<f64>| match value {
            Some(value) if plan.blank == 0.0 || !random.chance(plan.blank) => {
                if value.fract() == 0.0 {
                    let _ = write!(text, ",\"{}\"", value as i64);
                } else {
                    let _ = write!(text, ",\"{value}\"");
                }
            }
            _ => text.push_str(",\" \""),
        };
        for c in &counters {
            let value = (c.value)(sample);
            cell(
                &mut text,
                match c.kind {
                    Kind::Gauge => Some(value.floor()),
                    Kind::Since => Some((value * 3600.0 * 1e3).round() / 1e3),
                    Kind::Rate | Kind::Busy => (number > 0).then_some(value),
                },
            );
        }
        let total = total(sample);
        let mut row: Vec<Option<&Running>> = vec![None; names.len()];
        for (process, place) in listed(sample).chain([&total]).zip(places) {
            row[*place] = Some(process);
        }
        for process in &row {
            for field in &fields {
                cell(
                    &mut text,
                    process.map(|p| match field.kind {
                        Kind::Since => ((sample.at - p.started) * 3600.0 * 1e3).round() / 1e3,
                        _ => (field.value)(p).floor(),
                    }),
                );
            }
        }
    }
    text.push_str("\r\n");
    text.into_bytes()
}

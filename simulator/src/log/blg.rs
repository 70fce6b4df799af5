//! Binary logs.

use std::io::Cursor;

use perfverdict::counters::{CounterType, Raw};
use perfverdict::log::ZonedTime;
use perfverdict::log::blg::writer::{BlgWriter, Entry, Record, WildcardItem, WriterOptions};
use perfverdict::log::zone::Zone;

use super::{Counter, Field, FileTime, Kind, MACHINE, TICKS, counters, fields, listed, time, total};
use crate::plan::Plan;
use crate::simulation::{Sample, Simulation};

/// The log as a .blg.
///
/// # Panics
/// Never: writing to memory does not fail.
#[must_use]
pub fn blg(plan: &Plan, simulation: &Simulation) -> Vec<u8> {
    let (counters, fields) = (counters(plan), fields());
    let mut entries: Vec<Entry> = counters.iter().map(|c| entry(c.object, c.instance, c.name, c.kind)).collect();
    entries.extend(fields.iter().map(|f| entry("Process", Some("*"), f.name, f.kind)));
    let zone = Zone::fixed("UTC", 0);
    let start = zone.zoned_from_utc(time(plan, 0.0));
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
    for sample in &simulation.samples {
        let now = time(plan, sample.at);
        let moment: ZonedTime = zone.zoned_from_utc(now);
        let seconds = before.map_or(0.0, |before| (sample.at - before) * 3600.0);
        before = Some(sample.at);
        let mut records: Vec<Record> = counters
            .iter()
            .zip(&mut sums)
            .map(|(counter, sum)| Record::Single(Some(raw(counter, sample, now, seconds, sum))))
            .collect();
        let total = total(sample);
        for field in &fields {
            let items = listed(sample).chain([&total]).map(|process| {
                let value = (field.value)(process);
                WildcardItem { name: process.name, raw: raw_of_process(plan, field, value, now) }
            });
            records.push(Record::Wildcard(items.collect()));
        }
        writer.sample(moment, &records).expect("a log in memory");
    }
    writer.finish().expect("a log in memory").into_inner()
}

fn entry(object: &str, instance: Option<&str>, counter: &str, kind: Kind) -> Entry {
    Entry {
        kind: match kind {
            Kind::Gauge => CounterType::LARGE_RAWCOUNT,
            Kind::Rate => CounterType::BULK_COUNT,
            Kind::Busy => CounterType::TIMER_100NS_INV,
            Kind::Since => CounterType::ELAPSED_TIME,
        },
        time_base: TICKS as i64,
        scale: 0,
        machine: MACHINE.to_owned(),
        object: object.to_owned(),
        instance: instance.map(str::to_owned),
        counter: counter.to_owned(),
    }
}

/// The raw value of a counter; rates add up.
fn raw(counter: &Counter, sample: &Sample, now: FileTime, seconds: f64, sum: &mut f64) -> Raw {
    let value = (counter.value)(sample);
    match counter.kind {
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
    }
}

fn raw_of_process(plan: &Plan, field: &Field, value: f64, now: FileTime) -> Raw {
    match field.kind {
        Kind::Since => Raw { first: time(plan, value).0, second: now.0, multi: 1 },
        _ => Raw { first: value as i64, second: 0, multi: 1 },
    }
}

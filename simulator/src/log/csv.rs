//! Logs as comma-separated text.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Counter, Kind, MACHINE, counters, fields, listed, time, total};
use crate::plan::Plan;
use crate::process::ProcessSample;
use crate::random::Random;
use crate::simulation::{Sample, Simulation};

/// The log as a PDH-CSV.
///
/// # Panics
/// Never: all times are of this century.
#[must_use]
pub fn csv(plan: &Plan, simulation: &Simulation) -> Vec<u8> {
    let (counters, fields) = (counters(plan), fields());
    let mut random = Random::new(plan.seed ^ 0xB1A4);
    let columns = Columns::new(&simulation.samples);
    let mut text = String::from("\"(PDH-CSV 4.0) (UTC)(0)\"");
    for c in &counters {
        let instance = c.instance.map_or_else(String::new, |i| format!("({i})"));
        let _ = write!(text, ",\"\\\\{MACHINE}\\{}{instance}\\{}\"", c.object, c.name);
    }
    for name in &columns.names {
        for field in &fields {
            let _ = write!(text, ",\"\\\\{MACHINE}\\Process({name})\\{}\"", field.name);
        }
    }
    for (number, (sample, places)) in simulation.samples.iter().zip(&columns.places).enumerate() {
        let stamp = time(plan, sample.at).to_naive().expect("a day of 2026");
        let _ = write!(text, "\r\n\"{}\"", stamp.format("%m/%d/%Y %H:%M:%S%.3f"));
        for counter in &counters {
            cell(&mut text, plan, &mut random, displayed(counter, sample, number));
        }
        let total = total(sample);
        let mut row: Vec<Option<&ProcessSample>> = vec![None; columns.names.len()];
        for (process, place) in listed(sample).chain([&total]).zip(places) {
            row[*place] = Some(process);
        }
        for process in &row {
            for field in &fields {
                let value = process.map(|p| match field.kind {
                    Kind::Since => ((sample.at - p.started) * 3600.0 * 1e3).round() / 1e3,
                    _ => (field.value)(p).floor(),
                });
                cell(&mut text, plan, &mut random, value);
            }
        }
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// Instances as Windows names them: by their place among the namesakes.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    /// By sample, the column of each process.
    places: Vec<Vec<usize>>,
}

impl Columns {
    fn new(samples: &[Sample]) -> Self {
        let mut columns = Self::default();
        let mut known: BTreeMap<(&str, usize), usize> = BTreeMap::new();
        for sample in samples {
            let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
            let names = listed(sample).map(|p| p.name).chain(["_Total"]);
            let places = names.map(|name| {
                let number = seen.entry(name).or_default();
                let place = *known.entry((name, *number)).or_insert_with(|| {
                    columns.names.push(if *number == 0 { name.to_owned() } else { format!("{name}#{number}") });
                    columns.names.len() - 1
                });
                *number += 1;
                place
            });
            let places = places.collect();
            columns.places.push(places);
        }
        columns
    }
}

fn displayed(counter: &Counter, sample: &Sample, number: usize) -> Option<f64> {
    let value = (counter.value)(sample);
    match counter.kind {
        Kind::Gauge => Some(value.floor()),
        Kind::Since => Some((value * 3600.0 * 1e3).round() / 1e3),
        Kind::Rate | Kind::Busy => (number > 0).then_some(value),
    }
}

fn cell(text: &mut String, plan: &Plan, random: &mut Random, value: Option<f64>) {
    let value = value.filter(|_| plan.blank == 0.0 || !random.chance(plan.blank));
    let _ = match value {
        Some(value) if value.fract() == 0.0 => write!(text, ",\"{}\"", value as i64),
        Some(value) => write!(text, ",\"{value}\""),
        None => write!(text, ",\" \""),
    };
}

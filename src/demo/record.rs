//! Writes the log of a simulated machine, as a collector on that machine would.

use std::io::{self, Seek, Write};

use super::machine::SimulatedMachine;
use super::windows::{self, Counter, OBJECTS, PERF_FREQUENCY, PROCESS_WHOLE};
use crate::base::time::{FileTime, TICKS_PER_SECOND, ZonedTime};
use crate::counters::types::SecondValue;
use crate::counters::{CounterType, Raw};
use crate::log::blg::writer::{
    BlgWriter, CounterDefinition, Entry, ObjectBlock, ObjectInstance, Record, WildcardItem, WriterOptions,
};

/// The counters that a collector logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counters {
    /// `\Memory\*`, `\System\*`, `\Process(*)\*`: whole objects, as PerfLog-Long does.
    WholeObjects,
    /// The same, with all counters of the `Process` object.
    WholeProcesses,
    /// Some counters by name, those of `\Process(*)` as wildcards.
    ByName,
}

/// Counters that [`Counters::ByName`] logs: Perflib indexes of an object and of its counters.
const BY_NAME: &[(u32, &[u32])] =
    &[(4, &[24, 26, 30, 56, 58, 64]), (2, &[674, 248]), (230, &[784, 58, 56, 186, 952, 684])];

/// A collector that writes a machine's log.
pub struct Recorder<W> {
    writer: BlgWriter<W>,
    entries: Vec<(u32, &'static [Counter], Option<Counter>)>,
    definitions: Vec<Vec<CounterDefinition>>,
}

impl<W: Write + Seek> Recorder<W> {
    /// Starts a log at `start`.
    ///
    /// # Errors
    /// If a circular log is too small for its catalog.
    pub fn new(
        out: W,
        machine: &SimulatedMachine,
        counters: Counters,
        options: WriterOptions,
        start: ZonedTime,
    ) -> io::Result<Self> {
        let mut entries = Vec::new();
        for &(object, _, all) in OBJECTS {
            match counters {
                Counters::WholeProcesses if object == 230 => entries.push((object, PROCESS_WHOLE, None)),
                Counters::WholeObjects | Counters::WholeProcesses => entries.push((object, all, None)),
                Counters::ByName => {
                    let wanted = BY_NAME.iter().find(|(index, _)| *index == object).map_or(&[][..], |(_, list)| *list);
                    let chosen = wanted.iter().filter_map(|index| all.iter().find(|(i, _, _)| i == index));
                    entries.extend(chosen.map(|counter| (object, all, Some(*counter))));
                }
            }
        }
        let names = match counters {
            Counters::WholeObjects => vec![(machine.name.to_owned(), windows::name_table(&[]))],
            Counters::WholeProcesses => vec![(machine.name.to_owned(), windows::name_table(PROCESS_WHOLE))],
            Counters::ByName => Vec::new(),
        };
        let catalog: Vec<Entry> = entries.iter().map(|&(object, _, counter)| entry(machine, object, counter)).collect();
        let writer = BlgWriter::new(out, options, &names, &catalog, start)?;
        let definitions = entries.iter().map(|(_, all, _)| windows::definitions(all)).collect();
        Ok(Self { writer, entries, definitions })
    }

    /// Logs one sample of the machine.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn sample(&mut self, machine: &SimulatedMachine, time: ZonedTime) -> io::Result<()> {
        let now = time.utc;
        let objects: Vec<Vec<ObjectInstance>> =
            self.entries.iter().map(|(object, all, _)| instances(machine, *object, all, now)).collect();
        let mut records = Vec::new();
        for (place, (object, all, counter)) in self.entries.iter().enumerate() {
            let instances = &objects[place];
            let perf_time = windows::perf_time(machine, now);
            records.push(match counter {
                None => Record::Object(ObjectBlock {
                    name_index: *object,
                    counters: &self.definitions[place],
                    instances,
                    perf_time,
                    perf_frequency: PERF_FREQUENCY,
                }),
                Some((index, _, kind)) => {
                    let column = all.iter().position(|(i, _, _)| i == index).unwrap_or(0);
                    let raw = |first| raw(*kind, first, now, perf_time);
                    if *object == 230 {
                        let item = |i: &'_ ObjectInstance| raw(i.values[column]);
                        let items = instances.iter().map(|i| WildcardItem { name: &i.name, raw: item(i) });
                        Record::Wildcard(items.collect())
                    } else {
                        Record::Single(instances.first().map(|i| raw(i.values[column])))
                    }
                }
            });
        }
        self.writer.sample(time, &records)
    }

    /// Size of the file so far, bytes.
    pub fn bytes(&self) -> u64 {
        self.writer.bytes()
    }

    /// Ends the log. Returns the output.
    ///
    /// # Errors
    /// Same as [`Recorder::sample`].
    pub fn finish(self) -> io::Result<W> {
        self.writer.finish()
    }
}

fn instances(machine: &SimulatedMachine, object: u32, counters: &[Counter], now: FileTime) -> Vec<ObjectInstance> {
    if object == 230 {
        return windows::process_instances(machine, counters, now);
    }
    let values = counters.iter().map(|(index, _, kind)| windows::machine_value(machine, *index, *kind)).collect();
    vec![ObjectInstance { name: String::new(), values }]
}

fn raw(kind: CounterType, first: i64, now: FileTime, perf_time: i64) -> Raw {
    let second = match kind.second_value() {
        SecondValue::Time100ns | SecondValue::ObjectTime => now.0,
        SecondValue::PerfTime => perf_time,
        SecondValue::None | SecondValue::Base => 0,
    };
    Raw { first, second, multi: 1 }
}

fn entry(machine: &SimulatedMachine, object: u32, counter: Option<Counter>) -> Entry {
    let name = OBJECTS.iter().find(|(index, _, _)| *index == object).map_or("", |(_, name, _)| name);
    let (counter_name, kind) = counter.map_or(("*", CounterType(0)), |(_, name, kind)| (name, kind));
    let time_base = match kind.second_value() {
        SecondValue::Time100ns | SecondValue::ObjectTime => TICKS_PER_SECOND,
        _ => PERF_FREQUENCY,
    };
    Entry {
        kind,
        time_base,
        scale: 0,
        machine: machine.name.to_owned(),
        object: name.to_owned(),
        instance: (object == 230).then(|| "*".to_owned()),
        counter: counter_name.to_owned(),
    }
}

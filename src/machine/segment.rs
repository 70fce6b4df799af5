//! Segments: one machine's part of one log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::process::{Naming, Tracker};
use super::store::{Part, SeriesStore, Step};
use crate::counters::{CounterId, Instances, ProcessField, known};
use crate::log::{Cell, Column, ColumnId, Sink, ZonedTime};

/// Name of a machine whose name is not in the log.
pub const UNNAMED: &str = "unnamed";

/// One machine's part of a range of samples with ascending times.
#[derive(Default)]
pub(super) struct LogSegment {
    pub machine: String,
    /// Shared with the other machines of the log.
    pub times: Arc<[ZonedTime]>,
    pub store: SeriesStore,
    pub processes: Tracker,
    pub processes_v2: Tracker,
}

/// The target of a column's values in a range.
#[derive(Clone, Copy)]
enum Route {
    Store(u32, Step),
    Process(u32, ProcessField),
    ProcessV2(u32, ProcessField),
    Unused,
}

/// Maximum number of machines: a report of more is of no use, and one log can name a hundred thousand.
pub const MOST_MACHINES: usize = 2000;

/// What decides the route of a column.
struct Source {
    id: Option<CounterId>,
    instance: Arc<str>,
    is_process_v2: bool,
}

/// A column's machine, its route, and the range of the route. Small, because every cell reads it.
#[derive(Clone, Copy)]
struct Routed {
    machine: u32,
    route: Option<(u32, Route)>,
}

/// Distributes the cells of a log to its machines. Only machines with a value in a range use memory in it, because a
/// log can name thousands of machines and go back in time at every sample.
#[derive(Default)]
pub(super) struct Recorder {
    columns: Vec<Source>,
    /// Routes by column.
    routed: Vec<Routed>,
    names: Vec<String>,
    by_name: BTreeMap<String, usize>,
    /// By machine: its segment in the current range.
    current: Vec<Option<Box<LogSegment>>>,
    /// Machines with a value in the current range.
    live: Vec<usize>,
    stretch: u32,
    times: Vec<ZonedTime>,
    longest: Arc<[ZonedTime]>,
    done: Vec<LogSegment>,
    /// Machines with a segment in `done`.
    recorded: BTreeSet<usize>,
}

impl Recorder {
    /// All segments, including machines in the log without known counters.
    pub fn finish<'a>(mut self, machines: impl IntoIterator<Item = &'a str>) -> Vec<LogSegment> {
        self.cut();
        for name in machines {
            let machine = self.machine(Some(name));
            if !self.longest.is_empty() && machine < MOST_MACHINES && self.recorded.insert(machine) {
                let (machine, times) = (self.names[machine].clone(), self.longest.clone());
                self.done.push(LogSegment { machine, times, ..LogSegment::default() });
            }
        }
        self.keep_blank();
        self.done
    }

    /// Gives every machine a series for each memory counter in the log, even without a value: a blank is not missing.
    fn keep_blank(&mut self) {
        let mut logged: BTreeMap<&str, BTreeSet<CounterId>> = BTreeMap::new();
        for (source, routed) in self.columns.iter().zip(&self.routed) {
            let machine = routed.machine as usize;
            if let Some(id @ CounterId::Memory(_)) = source.id
                && id.instances() == Instances::Single
                && machine < MOST_MACHINES
            {
                logged.entry(&self.names[machine]).or_default().insert(id);
            }
        }
        for segment in &mut self.done {
            for id in logged.remove(&*segment.machine).unwrap_or_default() {
                segment.store.place(id, Part::Whole);
            }
        }
    }

    fn machine(&mut self, name: Option<&str>) -> usize {
        let name = name.unwrap_or(UNNAMED);
        let next = self.names.len();
        let machine = *self.by_name.entry(name.to_uppercase()).or_insert(next);
        if machine == next {
            self.names.push(name.to_owned());
            self.current.push(None);
        }
        machine
    }

    /// Ends the range of ascending times; the columns continue in the next.
    fn cut(&mut self) {
        if self.times.is_empty() {
            return;
        }
        let times: Arc<[ZonedTime]> = std::mem::take(&mut self.times).into();
        for machine in std::mem::take(&mut self.live) {
            if let Some(mut segment) = self.current[machine].take() {
                segment.times = times.clone();
                segment.processes.end();
                segment.processes_v2.end();
                self.recorded.insert(machine);
                self.done.push(*segment);
            }
        }
        if times.len() > self.longest.len() {
            self.longest = times;
        }
        self.stretch = self.stretch.wrapping_add(1);
    }
}

/// The segment of a machine in the current range.
fn segment<'r>(
    current: &'r mut [Option<Box<LogSegment>>],
    live: &mut Vec<usize>,
    machine: usize,
    names: &[String],
) -> &'r mut LogSegment {
    current[machine].get_or_insert_with(|| {
        live.push(machine);
        Box::new(LogSegment { machine: names[machine].clone(), ..LogSegment::default() })
    })
}

/// The route to a place.
fn to(place: usize, route: impl FnOnce(u32) -> Route) -> Route {
    u32::try_from(place).map_or(Route::Unused, route)
}

fn route(source: &Source, segment: &mut LogSegment) -> Route {
    let instance = &source.instance;
    match source.id {
        Some(CounterId::Process(field)) if source.is_process_v2 => {
            to(segment.processes_v2.instance(instance, Naming::WithId), |place| Route::ProcessV2(place, field))
        }
        Some(CounterId::Process(field)) => {
            to(segment.processes.instance(instance, Naming::Numbered), |place| Route::Process(place, field))
        }
        Some(id) => SeriesStore::route(id, instance)
            .map_or(Route::Unused, |(part, step)| to(segment.store.place(id, part), |place| Route::Store(place, step))),
        None => Route::Unused,
    }
}

impl Sink for Recorder {
    fn column(&mut self, _: ColumnId, column: &Column) {
        let machine = u32::try_from(self.machine(column.path.machine.as_deref())).unwrap_or(u32::MAX);
        self.columns.push(Source {
            id: column.id,
            instance: column.path.instance.clone().unwrap_or_default(),
            is_process_v2: known::is_process_v2(&column.path.object),
        });
        self.routed.push(Routed { machine, route: None });
    }

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        if self.times.last().is_some_and(|last| time.utc <= last.utc) {
            self.cut();
        }
        let sample = self.times.len();
        self.times.push(time);
        for cell in cells {
            let routed = &mut self.routed[cell.column];
            let machine = routed.machine as usize;
            if machine >= MOST_MACHINES {
                continue;
            }
            let segment = segment(&mut self.current, &mut self.live, machine, &self.names);
            let route = match routed.route {
                Some((stretch, route)) if stretch == self.stretch => route,
                _ => {
                    let route = route(&self.columns[cell.column], segment);
                    routed.route = Some((self.stretch, route));
                    route
                }
            };
            match route {
                Route::Store(place, step) => segment.store.take(place as usize, step, sample, cell.value),
                Route::Process(at, field) => segment.processes.value(at as usize, field, cell.value),
                Route::ProcessV2(at, field) => segment.processes_v2.value(at as usize, field, cell.value),
                Route::Unused => {}
            }
        }
        for machine in &self.live {
            if let Some(segment) = &mut self.current[*machine] {
                segment.processes.end_sample(sample, time);
                segment.processes_v2.end_sample(sample, time);
            }
        }
    }
}

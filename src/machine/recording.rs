//! Recordings: what one log holds of one machine.

use std::collections::BTreeMap;

use super::Window;
use super::process::Tracker;
use super::series::Series;
use crate::counters::{Known, MemoryCounter, ProcessField};
use crate::log::{Cell, Column, ColumnId, Moment, Sink};

/// Name of a machine that the log does not name.
pub const UNNAMED: &str = "unnamed";

/// The values of the machine-wide counters.
#[derive(Clone, Debug, Default)]
pub struct MemorySeries {
    counters: [Series; MemoryCounter::COUNT],
    /// RAM of each NUMA node, MB.
    pub numa_total_mbytes: Vec<Series>,
}

impl MemorySeries {
    /// The values of a counter.
    #[must_use]
    pub fn get(&self, counter: MemoryCounter) -> &Series {
        &self.counters[counter as usize]
    }

    pub(super) fn get_mut(&mut self, counter: usize) -> &mut Series {
        &mut self.counters[counter]
    }

    pub(super) fn into_counters(self) -> [Series; MemoryCounter::COUNT] {
        self.counters
    }

    /// Whether the log has any of the `Memory` object's pool counters.
    #[must_use]
    pub fn has_pools(&self) -> bool {
        !self.get(MemoryCounter::PoolNonpagedBytes).is_empty() || !self.get(MemoryCounter::PoolPagedBytes).is_empty()
    }
}

/// One machine's part of a stretch of samples whose times only rise.
#[derive(Default)]
pub(super) struct Recording {
    pub machine: String,
    pub times: Vec<Moment>,
    pub memory: MemorySeries,
    pub processes: Tracker,
    pub processes_v2: Tracker,
}

/// Where a column's values go.
#[derive(Clone, Copy)]
enum Route {
    Memory(MemoryCounter),
    NumaNode(usize),
    Process(usize, ProcessField),
    ProcessV2(usize, ProcessField),
    Unused,
}

/// Sorts the cells of a log to its machines.
#[derive(Default)]
pub(super) struct Recorder {
    /// Samples outside are passed over.
    window: Window,
    columns: Vec<Column>,
    routes: Vec<(usize, Route)>,
    machines: BTreeMap<String, usize>,
    current: Vec<Recording>,
    done: Vec<Recording>,
    times: Vec<Moment>,
}

impl Recorder {
    /// A recorder of the samples within a window.
    pub fn new(window: Window) -> Self {
        Self { window, ..Self::default() }
    }

    /// All recordings. Machines that the log names without counters known here are among them.
    pub fn finish<'a>(mut self, machines: impl IntoIterator<Item = &'a str>) -> Vec<Recording> {
        for name in machines {
            self.machine(Some(name));
        }
        self.cut();
        self.done
    }

    fn machine(&mut self, name: Option<&str>) -> usize {
        let name = name.unwrap_or(UNNAMED);
        let key = name.to_uppercase();
        let next = self.current.len();
        let place = *self.machines.entry(key).or_insert(next);
        if place == next {
            self.current.push(Recording { machine: name.to_owned(), ..Recording::default() });
        }
        place
    }

    /// Ends the stretch of rising times; the columns go on in the next.
    fn cut(&mut self) {
        let times = std::mem::take(&mut self.times);
        let names: Vec<String> = self.current.iter().map(|r| r.machine.clone()).collect();
        // A stretch wholly outside of the window holds nothing.
        for mut recording in self.current.drain(..).filter(|_| !times.is_empty()) {
            recording.times.clone_from(&times);
            recording.processes.end();
            recording.processes_v2.end();
            self.done.push(recording);
        }
        self.current = names.into_iter().map(|machine| Recording { machine, ..Recording::default() }).collect();
        for at in 0..self.columns.len() {
            self.routes[at].1 = self.route(at, self.routes[at].0);
        }
    }

    fn route(&mut self, column: ColumnId, machine: usize) -> Route {
        let column = &self.columns[column];
        let recording = &mut self.current[machine];
        let instance = column.path.instance.as_deref().unwrap_or("");
        match column.known {
            Some(Known::Memory(counter)) => Route::Memory(counter),
            // _Total is the sum of the nodes, and must not be added to it.
            Some(Known::NumaNodeTotalMBytes) if instance != "_Total" => {
                recording.memory.numa_total_mbytes.push(Series::default());
                Route::NumaNode(recording.memory.numa_total_mbytes.len() - 1)
            }
            Some(Known::Process(field)) => Route::Process(recording.processes.instance(instance, false), field),
            Some(Known::ProcessV2(field)) => Route::ProcessV2(recording.processes_v2.instance(instance, true), field),
            _ => Route::Unused,
        }
    }
}

impl Sink for Recorder {
    fn column(&mut self, id: ColumnId, column: &Column) {
        let machine = self.machine(column.path.machine.as_deref());
        self.columns.push(column.clone());
        let route = self.route(id, machine);
        self.routes.push((machine, route));
    }

    fn sample(&mut self, time: Moment, cells: &[Cell]) {
        if !self.window.holds(time) {
            return;
        }
        if self.times.last().is_some_and(|last| time.utc <= last.utc) {
            self.cut();
        }
        let sample = self.times.len();
        self.times.push(time);
        for cell in cells {
            let (machine, route) = self.routes[cell.column];
            let recording = &mut self.current[machine];
            match route {
                Route::Memory(counter) => recording.memory.get_mut(counter as usize).push(sample, cell.value),
                Route::NumaNode(node) => recording.memory.numa_total_mbytes[node].push(sample, cell.value),
                Route::Process(at, field) => recording.processes.value(at, field, cell.value),
                Route::ProcessV2(at, field) => recording.processes_v2.value(at, field, cell.value),
                Route::Unused => {}
            }
        }
        for recording in &mut self.current {
            recording.processes.end_sample(sample, time);
            recording.processes_v2.end_sample(sample, time);
        }
    }
}

//! Recordings: what one log holds of one machine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::process::Tracker;
use super::series::Series;
use crate::counters::{CounterId, LoadCounter, MemoryCounter, ProcessField};
use crate::log::{Cell, Column, ColumnId, Sink, ZonedTime};

/// Name of a machine that the log does not name.
pub const UNNAMED: &str = "unnamed";

/// The values of the machine-wide counters.
#[derive(Clone, Debug, Default)]
pub struct MemorySeries {
    counters: [Series; MemoryCounter::COUNT],
    /// RAM of each NUMA node, MB.
    pub numa_total_mbytes: Vec<Series>,
    /// `Paging File(_Total)\% Usage`.
    pub paging_file: Series,
    loads: [LoadSeries; LoadCounter::COUNT],
}

/// A load counter: Windows' own sum where the log has it, and ours.
#[derive(Clone, Debug, Default)]
struct LoadSeries {
    total: Series,
    sum: Series,
}

impl MemorySeries {
    /// The values of a counter.
    #[must_use]
    pub fn get(&self, counter: MemoryCounter) -> &Series {
        &self.counters[counter as usize]
    }

    /// The values of a load counter.
    #[must_use]
    pub fn load(&self, counter: LoadCounter) -> &Series {
        let LoadSeries { total, sum } = &self.loads[counter as usize];
        if total.is_empty() { sum } else { total }
    }

    pub(super) fn get_mut(&mut self, counter: MemoryCounter) -> &mut Series {
        &mut self.counters[counter as usize]
    }

    /// All series, for joining: those of every machine first, then the NUMA nodes', of which there are as
    /// many as asked for.
    pub(super) fn all_mut(&mut self, nodes: usize) -> impl Iterator<Item = &mut Series> {
        self.numa_total_mbytes.resize_with(nodes.max(self.numa_total_mbytes.len()), Series::default);
        let loads = self.loads.iter_mut().flat_map(|load| [&mut load.total, &mut load.sum]);
        self.counters.iter_mut().chain([&mut self.paging_file]).chain(loads).chain(&mut self.numa_total_mbytes)
    }

    /// Whether the log has any of the `Memory` object's pool counters.
    #[must_use]
    pub fn has_pools(&self) -> bool {
        !self.get(MemoryCounter::PoolNonpagedBytes).is_empty() || !self.get(MemoryCounter::PoolPagedBytes).is_empty()
    }
}

/// One machine's part of a stretch of samples whose times only rise.
#[derive(Default)]
pub(super) struct LogSegment {
    pub machine: String,
    /// Shared with the other machines of the log.
    pub times: Arc<[ZonedTime]>,
    pub memory: MemorySeries,
    pub processes: Tracker,
    pub processes_v2: Tracker,
}

/// Where a column's values go within a stretch.
#[derive(Clone, Copy)]
enum Route {
    Memory(MemoryCounter),
    NumaNode(usize),
    PagingFile,
    Load(LoadCounter),
    LoadTotal(LoadCounter),
    Process(usize, ProcessField),
    ProcessV2(usize, ProcessField),
    Unused,
}

/// A column's machine, and its route in the stretch of that number. Looked up for every cell, so small.
#[derive(Clone, Copy)]
struct Routed {
    machine: usize,
    stretch: usize,
    route: Route,
}

/// Sorts the cells of a log to its machines. Only machines that have a value in a stretch take room
/// in it, since a log can name thousands of machines and fall back in time at every sample.
#[derive(Default)]
pub(super) struct Recorder {
    columns: Vec<Column>,
    /// By column.
    routed: Vec<Routed>,
    names: Vec<String>,
    by_name: BTreeMap<String, usize>,
    /// By machine: its recording in the present stretch.
    current: Vec<Option<Box<LogSegment>>>,
    /// Machines with a value in the present stretch.
    live: Vec<usize>,
    stretch: usize,
    times: Vec<ZonedTime>,
    longest: Arc<[ZonedTime]>,
    done: Vec<LogSegment>,
    /// Machines with a recording in `done`.
    recorded: BTreeSet<usize>,
}

impl Recorder {
    /// All recordings. Machines that the log names without counters known here are among them.
    pub fn finish<'a>(mut self, machines: impl IntoIterator<Item = &'a str>) -> Vec<LogSegment> {
        self.cut();
        for name in machines {
            let machine = self.machine(Some(name));
            if !self.longest.is_empty() && self.recorded.insert(machine) {
                let times = self.longest.clone();
                self.done.push(LogSegment { machine: name.to_owned(), times, ..LogSegment::default() });
            }
        }
        self.done
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

    /// Ends the stretch of rising times; the columns go on in the next.
    fn cut(&mut self) {
        if self.times.is_empty() {
            return;
        }
        let times: Arc<[ZonedTime]> = std::mem::take(&mut self.times).into();
        for machine in std::mem::take(&mut self.live) {
            if let Some(mut recording) = self.current[machine].take() {
                recording.times = times.clone();
                recording.processes.end();
                recording.processes_v2.end();
                self.recorded.insert(machine);
                self.done.push(*recording);
            }
        }
        if times.len() > self.longest.len() {
            self.longest = times;
        }
        self.stretch += 1;
    }
}

/// The recording of a machine in the present stretch.
fn recording<'r>(
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

fn route(column: &Column, recording: &mut LogSegment) -> Route {
    let instance = column.path.instance.as_deref().unwrap_or("");
    match column.known {
        Some(CounterId::Memory(counter)) => Route::Memory(counter),
        // _Total is the sum of the nodes, and must not be added to it.
        Some(CounterId::NumaNodeTotalMBytes) if instance != "_Total" => {
            recording.memory.numa_total_mbytes.push(Series::default());
            Route::NumaNode(recording.memory.numa_total_mbytes.len() - 1)
        }
        Some(CounterId::PagingFileUsage) if instance == "_Total" => Route::PagingFile,
        Some(CounterId::Load(counter)) if instance == "_Total" => Route::LoadTotal(counter),
        // An instance of the same processors, node by node (`0,_Total`), is a sum as well.
        Some(CounterId::Load(counter)) if !instance.ends_with("_Total") => Route::Load(counter),
        Some(CounterId::Process(field)) => Route::Process(recording.processes.instance(instance, false), field),
        Some(CounterId::ProcessV2(field)) => Route::ProcessV2(recording.processes_v2.instance(instance, true), field),
        _ => Route::Unused,
    }
}

impl Sink for Recorder {
    fn column(&mut self, _: ColumnId, column: &Column) {
        let machine = self.machine(column.path.machine.as_deref());
        self.columns.push(column.clone());
        self.routed.push(Routed { machine, stretch: usize::MAX, route: Route::Unused });
    }

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        if self.times.last().is_some_and(|last| time.utc <= last.utc) {
            self.cut();
        }
        let sample = self.times.len();
        self.times.push(time);
        for cell in cells {
            let routed = &mut self.routed[cell.column];
            let recording = recording(&mut self.current, &mut self.live, routed.machine, &self.names);
            if routed.stretch != self.stretch {
                routed.route = route(&self.columns[cell.column], recording);
                routed.stretch = self.stretch;
            }
            match routed.route {
                Route::Memory(counter) => recording.memory.get_mut(counter).push(sample, cell.value),
                Route::NumaNode(node) => recording.memory.numa_total_mbytes[node].push(sample, cell.value),
                Route::PagingFile => recording.memory.paging_file.push(sample, cell.value),
                Route::Load(counter) => recording.memory.loads[counter as usize].sum.add(sample, cell.value),
                Route::LoadTotal(counter) => recording.memory.loads[counter as usize].total.push(sample, cell.value),
                Route::Process(at, field) => recording.processes.value(at, field, cell.value),
                Route::ProcessV2(at, field) => recording.processes_v2.value(at, field, cell.value),
                Route::Unused => {}
            }
        }
        for machine in &self.live {
            if let Some(recording) = &mut self.current[*machine] {
                recording.processes.end_sample(sample, time);
                recording.processes_v2.end_sample(sample, time);
            }
        }
    }
}

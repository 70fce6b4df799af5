//! The Windows objects that the simulated machines log, with the real indexes and counter types.

use super::machine::{DRIVER_CODE, Process, SimulatedMachine};
use crate::base::time::{FileTime, TICKS_PER_SECOND};
use crate::base::units::{KB, MB};
use crate::counters::CounterType;
use crate::log::blg::writer::{CounterDefinition, ObjectInstance};

/// Ticks per second of the simulated performance counter.
pub const PERF_FREQUENCY: i64 = 2_533_203;

/// A counter: Perflib index, name, type.
pub type Counter = (u32, &'static str, CounterType);

const SMALL: CounterType = CounterType::RAWCOUNT;
const LARGE: CounterType = CounterType::LARGE_RAWCOUNT;
const RATE: CounterType = CounterType::COUNTER;
const BULK: CounterType = CounterType::BULK_COUNT;
const CPU: CounterType = CounterType::TIMER_100NS;
const ELAPSED: CounterType = CounterType::ELAPSED_TIME;

/// The `Memory` object of Windows 7 and Server 2008 R2.
pub const MEMORY: &[Counter] = &[
    (28, "Page Faults/sec", RATE),
    (24, "Available Bytes", LARGE),
    (26, "Committed Bytes", LARGE),
    (30, "Commit Limit", LARGE),
    (40, "Pages/sec", RATE),
    (56, "Pool Paged Bytes", LARGE),
    (58, "Pool Nonpaged Bytes", LARGE),
    (60, "Pool Paged Allocs", SMALL),
    (64, "Pool Nonpaged Allocs", SMALL),
    (678, "Free System Page Table Entries", SMALL),
    (818, "Cache Bytes", LARGE),
    (66, "Pool Paged Resident Bytes", LARGE),
    (70, "System Code Resident Bytes", LARGE),
    (74, "System Driver Resident Bytes", LARGE),
    (1406, "% Committed Bytes In Use", CounterType::RAW_FRACTION),
    (1406, "% Committed Bytes In Use", CounterType::RAW_BASE),
    (1380, "Available KBytes", LARGE),
    (1382, "Available MBytes", LARGE),
    (1678, "Modified Page List Bytes", LARGE),
];

/// The counters of the `System` object that the analysis reads.
pub const SYSTEM: &[Counter] = &[
    (146, "Context Switches/sec", RATE),
    (674, "System Up Time", ELAPSED),
    (44, "Processor Queue Length", SMALL),
    (248, "Processes", SMALL),
    (250, "Threads", SMALL),
];

/// The `Process` object.
pub const PROCESS: &[Counter] = &[
    (6, "% Processor Time", CPU),
    (142, "% User Time", CPU),
    (144, "% Privileged Time", CPU),
    (172, "Virtual Bytes Peak", LARGE),
    (174, "Virtual Bytes", LARGE),
    (28, "Page Faults/sec", RATE),
    (178, "Working Set Peak", LARGE),
    (180, "Working Set", LARGE),
    (182, "Page File Bytes Peak", LARGE),
    (184, "Page File Bytes", LARGE),
    (186, "Private Bytes", LARGE),
    (680, "Thread Count", SMALL),
    (682, "Priority Base", SMALL),
    (684, "Elapsed Time", ELAPSED),
    (784, "ID Process", SMALL),
    (1410, "Creating Process ID", SMALL),
    (56, "Pool Paged Bytes", SMALL),
    (58, "Pool Nonpaged Bytes", SMALL),
    (952, "Handle Count", SMALL),
    (1420, "IO Read Bytes/sec", BULK),
    (1422, "IO Write Bytes/sec", BULK),
    (1424, "IO Data Bytes/sec", BULK),
    (1478, "Working Set - Private", LARGE),
];

/// The `Process` object with all counters of Windows 7 and later.
pub const PROCESS_WHOLE: &[Counter] = &[
    PROCESS[0],
    PROCESS[1],
    PROCESS[2],
    PROCESS[3],
    PROCESS[4],
    PROCESS[5],
    PROCESS[6],
    PROCESS[7],
    PROCESS[8],
    PROCESS[9],
    PROCESS[10],
    PROCESS[11],
    PROCESS[12],
    PROCESS[13],
    PROCESS[14],
    PROCESS[15],
    PROCESS[16],
    PROCESS[17],
    PROCESS[18],
    (1412, "IO Read Operations/sec", BULK),
    (1414, "IO Write Operations/sec", BULK),
    (1416, "IO Data Operations/sec", BULK),
    (1418, "IO Other Operations/sec", BULK),
    PROCESS[19],
    PROCESS[20],
    PROCESS[21],
    (1426, "IO Other Bytes/sec", BULK),
    PROCESS[22],
];

/// Objects with their Perflib index and name.
pub const OBJECTS: &[(u32, &str, &[Counter])] =
    &[(4, "Memory", MEMORY), (2, "System", SYSTEM), (230, "Process", PROCESS)];

/// The definitions of a counter list.
pub fn definitions(counters: &[Counter]) -> Vec<CounterDefinition> {
    counters.iter().map(|(name_index, _, kind)| CounterDefinition { name_index: *name_index, kind: *kind }).collect()
}

/// The name table of a machine: every index used here, once, and those of `more`, such as [`PROCESS_WHOLE`].
pub fn name_table(more: &[Counter]) -> Vec<(u32, String)> {
    let mut table: Vec<(u32, String)> = vec![(1, "1847".to_owned())];
    for (index, object, counters) in OBJECTS {
        table.push((*index, (*object).to_owned()));
        table.extend(counters.iter().map(|(index, name, _)| (*index, (*name).to_owned())));
    }
    table.extend(more.iter().map(|(index, name, _)| (*index, (*name).to_owned())));
    table.sort();
    table.dedup();
    table
}

/// The current raw value of a machine counter, by Perflib index.
pub fn machine_value(machine: &SimulatedMachine, index: u32, kind: CounterType) -> i64 {
    let total = |of: fn(&Process) -> f64| machine.processes.iter().map(of).sum::<f64>();
    let value = match index {
        28 => total(|p| p.faults),
        40 => total(|p| p.faults) / 9.0,
        24 => machine.available(),
        1380 => machine.available() / KB,
        1382 => machine.available() / MB,
        26 => machine.committed(),
        1406 if kind.is_base() => machine.commit_limit() / 4096.0,
        1406 => machine.committed() / 4096.0,
        30 => machine.commit_limit(),
        56 => machine.pool_paged(),
        58 => machine.pool_nonpaged(),
        60 => machine.driver_paged / 900.0 + total(|p| p.handles),
        64 => machine.driver_allocs + total(|p| p.handles),
        66 => machine.pool_paged_resident(),
        70 => DRIVER_CODE / 4.0,
        74 => DRIVER_CODE * 0.75,
        678 => 33_556_000.0,
        // By definition, all resident memory of the system itself.
        818 => machine.cache + machine.pool_paged_resident() + DRIVER_CODE,
        1678 => machine.modified,
        146 => total(|p| p.cpu) / 1e4,
        674 => return machine.boot.0,
        44 => 0.0,
        248 => machine.processes.len() as f64,
        250 => total(|p| p.threads),
        _ => 0.0,
    };
    value as i64
}

/// The current raw value of a process counter, by Perflib index.
pub fn process_value(process: &Process, index: u32) -> i64 {
    let value = match index {
        6 => process.cpu,
        142 => process.cpu * 0.6,
        144 => process.cpu * 0.4,
        172 | 174 => process.private * 1.6 + 40.0 * MB,
        28 => process.faults,
        178 | 180 => SimulatedMachine::working_set(process),
        182 | 184 | 186 => process.private,
        680 => process.threads,
        682 => 8.0,
        684 => return process.started.0,
        784 => f64::from(process.pid),
        1410 => 512.0,
        56 => process.paged,
        58 => process.nonpaged,
        952 => process.handles,
        1420 => process.io * 0.7,
        1422 => process.io * 0.3,
        1424 => process.io,
        1412 => process.io / 8192.0,
        1414 => process.io / 20_480.0,
        1416 => process.io / 8192.0 + process.io / 20_480.0,
        1418 => process.faults / 7.0,
        1426 => process.faults * 40.0,
        1478 => process.private * 0.7,
        _ => 0.0,
    };
    value as i64
}

/// The instances of the `Process` object: the idle process, all processes, and their sum.
pub fn process_instances(machine: &SimulatedMachine, counters: &[Counter], now: FileTime) -> Vec<ObjectInstance> {
    let idle_time = ((now.0 - machine.boot.0) as f64 * 0.95) as i64;
    let idle = counters.iter().map(|(index, _, _)| match index {
        6 | 144 => idle_time,
        680 => 1,
        684 => machine.boot.0,
        180 | 178 => 24_576,
        _ => 0,
    });
    let mut instances = vec![ObjectInstance { name: "Idle".to_owned(), values: idle.collect() }];
    for process in &machine.processes {
        let values = counters.iter().map(|(index, _, _)| process_value(process, *index)).collect();
        instances.push(ObjectInstance { name: process.name.to_owned(), values });
    }
    let total = counters.iter().enumerate().map(|(place, (index, _, _))| match index {
        // `_Total` has no id: Windows shows 0, and the time of the sample as its start.
        682 | 784 | 1410 => 0,
        684 => now.0,
        _ => instances.iter().map(|instance| instance.values[place]).sum(),
    });
    let total = ObjectInstance { name: "_Total".to_owned(), values: total.collect() };
    instances.push(total);
    instances
}

/// The value of a machine's performance counter at a time.
pub fn perf_time(machine: &SimulatedMachine, now: FileTime) -> i64 {
    let since_boot = i128::from(now.0 - machine.boot.0) * i128::from(PERF_FREQUENCY);
    i64::try_from(since_boot / i128::from(TICKS_PER_SECOND)).unwrap_or(i64::MAX)
}

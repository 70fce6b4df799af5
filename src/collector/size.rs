//! Estimates the size of a log before it is started.
//!
//! A sample of whole objects is the data of Perflib (winperf.h): for each object a header and the definitions of its
//! counters, and for each instance its name and its values. A single counter has its own record, and one counter of all
//! instances too. The numbers of counters are those of Windows Server 2016 to 2025.

use super::logman::CounterLog;
use crate::base::units::MB;

/// Number of instances of an object.
#[derive(Clone, Copy, Debug)]
enum Instances {
    /// The object has no instances, only one block of values.
    None,
    /// A typical number.
    Typical(u32),
    /// All processes, with `Idle` and `_Total`.
    Processes,
    /// The threads of all processes.
    Threads,
    /// All processors, with `_Total`.
    Processors,
}

/// Parts of a sample of an object.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// Number of counters that Perflib defines, including bases.
    definitions: u32,
    /// Bytes of the values of one instance.
    values: u32,
    instances: Instances,
}

const fn layout(definitions: u32, values: u32, instances: Instances) -> Layout {
    Layout { definitions, values, instances }
}

const OBJECTS: &[(&str, Layout)] = &[
    ("LogicalDisk", layout(32, 184, Instances::Typical(4))),
    ("Memory", layout(36, 232, Instances::None)),
    ("Cache", layout(29, 120, Instances::None)),
    ("Network Interface", layout(18, 120, Instances::Typical(3))),
    ("Paging File", layout(4, 16, Instances::Typical(2))),
    ("PhysicalDisk", layout(29, 168, Instances::Typical(3))),
    ("Processor", layout(15, 96, Instances::Processors)),
    ("Processor Information", layout(36, 216, Instances::Processors)),
    ("Process", layout(28, 192, Instances::Processes)),
    ("Process V2", layout(28, 192, Instances::Processes)),
    ("Thread", layout(12, 88, Instances::Threads)),
    ("Redirector", layout(37, 208, Instances::None)),
    ("Server", layout(26, 128, Instances::None)),
    ("System", layout(18, 112, Instances::None)),
    ("Server Work Queues", layout(18, 96, Instances::Processors)),
    ("Terminal Services", layout(3, 16, Instances::None)),
];

/// An object that is not in the table: an average one.
const UNKNOWN_OBJECT: Layout = layout(20, 120, Instances::Typical(4));

/// Instances that match a pattern such as `w3wp*`: a server with a few web sites has about as many worker processes.
const PATTERN_INSTANCES: u64 = 4;

/// Threads of a process. Servers have 10 to 15 per process on average.
const THREADS_PER_PROCESS: u64 = 12;

/// Bytes of an object's header.
const OBJECT_HEADER: u64 = 64;
/// Bytes of a counter's definition.
const DEFINITION: u64 = 40;
/// Bytes of an instance's header.
const INSTANCE_HEADER: u64 = 24;
/// Bytes of an instance's name: 12 characters of two bytes each.
const INSTANCE_NAME: u64 = 24;
/// Bytes before the values of an instance.
const VALUES_HEADER: u64 = 8;
/// Bytes of the record of a single counter.
const COUNTER_RECORD: u64 = 48;
/// Bytes of the header of the record of one counter of all instances.
const WILDCARD_HEADER: u64 = 32;
/// Bytes of an instance in that record, without its name.
const WILDCARD_VALUE: u64 = 24;
/// Bytes of the headers of a sample, for the event and for Perflib.
const SAMPLE_HEADERS: u64 = 200;
/// Buffers of 64 KB are not completely filled; 2 % are lost.
const PADDING: f64 = 1.02;

/// The estimated size of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    /// Bytes of one sample.
    pub sample: u64,
    /// Bytes per day.
    pub day: f64,
    /// Days that fit before the log overwrites its oldest samples.
    pub days: f64,
    /// Objects and instance patterns among the counters whose size is a guess.
    pub guessed: Vec<String>,
}

/// The size of a collector's log on a machine with this many processes and processors.
#[must_use]
pub fn size(log: &CounterLog, processes: u32, processors: u32) -> Size {
    let machine = TypicalMachine { processes: u64::from(processes), processors: u64::from(processors) };
    let mut guessed: Vec<String> = Vec::new();
    let mut bytes = SAMPLE_HEADERS;
    for path in log.counters() {
        let path = CounterPath::parse(path);
        let known = OBJECTS.iter().find(|(name, _)| name.eq_ignore_ascii_case(path.object));
        if known.is_none() && !guessed.iter().any(|name| name == path.object) {
            guessed.push(path.object.to_owned());
        }
        let layout = known.map_or(UNKNOWN_OBJECT, |(_, layout)| *layout);
        let all = machine.instances(layout.instances);
        // Only the machine shows how many instances match a pattern.
        if path.is_pattern() && all.is_some() {
            guessed.push(format!("{}({})", path.object, path.instance));
        }
        let instances = if path.is_pattern() { all.map(|all| all.min(PATTERN_INSTANCES)) } else { all };
        bytes += path.bytes(layout, instances);
    }
    let sample = (bytes as f64 * PADDING) as u64;
    let day = sample as f64 * 86_400.0 / f64::from(log.interval_seconds());
    Size { sample, day, days: f64::from(log.max_megabytes()) * MB / day, guessed }
}

/// Number of processes and processors of a machine.
struct TypicalMachine {
    processes: u64,
    processors: u64,
}

impl TypicalMachine {
    /// The number of instances; `None` for an object without instances.
    fn instances(&self, instances: Instances) -> Option<u64> {
        match instances {
            Instances::None => None,
            Instances::Typical(count) => Some(u64::from(count)),
            Instances::Processes => Some(self.processes + 2),
            Instances::Threads => Some(self.processes * THREADS_PER_PROCESS + self.processors + 1),
            Instances::Processors => Some(self.processors + 1),
        }
    }
}

/// The parts of a counter path.
struct CounterPath<'a> {
    object: &'a str,
    instance: &'a str,
    counter: &'a str,
}

impl<'a> CounterPath<'a> {
    /// The parts of a path with or without a machine.
    fn parse(path: &'a str) -> Self {
        let path = match path.strip_prefix(r"\\") {
            Some(path) => path.split_once('\\').map_or(path, |(_, rest)| rest),
            None => path.trim_start_matches('\\'),
        };
        // An instance name may contain a backslash, but a counter name cannot.
        let (object, counter) = path.rsplit_once('\\').unwrap_or((path, ""));
        let (object, instance) = object.split_once('(').unwrap_or((object, ""));
        Self { object, instance: instance.strip_suffix(')').unwrap_or(instance), counter }
    }

    /// Whether the instance is a pattern for some of them, such as `w3wp*`.
    fn is_pattern(&self) -> bool {
        self.instance.contains('*') && !self.instance.chars().all(|c| "*/#".contains(c))
    }

    /// Bytes of a sample.
    fn bytes(&self, layout: Layout, instances: Option<u64>) -> u64 {
        let (definitions, values) = (u64::from(layout.definitions), u64::from(layout.values));
        let many = self.instance.contains('*');
        match (self.counter, instances) {
            ("*", None) => OBJECT_HEADER + DEFINITION * definitions + VALUES_HEADER + values,
            // Each counter of a single instance has its own record.
            ("*", Some(_)) if !self.instance.is_empty() && !many => COUNTER_RECORD * definitions,
            ("*", Some(count)) => {
                let instance = INSTANCE_HEADER + INSTANCE_NAME + VALUES_HEADER + values;
                OBJECT_HEADER + DEFINITION * definitions + count * instance
            }
            (_, Some(count)) if many => WILDCARD_HEADER + count * (WILDCARD_VALUE + INSTANCE_NAME),
            _ => COUNTER_RECORD,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::{Profile, Windows};

    #[test]
    fn more_of_everything_takes_more() {
        let of =
            |profile, processes, processors| size(&CounterLog::of(profile, Windows::default()), processes, processors);
        let long = of(Profile::Long, 150, 8);
        assert!(of(Profile::Long, 300, 8).day > 1.6 * long.day);
        assert!(of(Profile::Lean, 150, 8).day < long.day);
        // Sampling twenty times as often fills the larger file in an eighth of the time.
        let fast = of(Profile::Fast, 150, 8);
        assert!((fast.day / long.day - 20.0).abs() < 0.01 && fast.days < long.days / 7.0);
        assert!((10.0..60.0).contains(&long.days), "{long:?}");
        // A single counter needs far less than its object.
        let with = |counter| size(&CounterLog::default().with_counters([counter]).unwrap(), 150, 8);
        let added = |counter| with(counter).sample - long.sample;
        assert!(added(r"\Memory\Available MBytes") < 60 && added(r"\Process(w3wp)\Handle Count") < 60);
        assert!((7_000..9_000).contains(&added(r"\Process(*)\Handle Count")));
        assert!(added(r"\Thread(*)\*") > 2 * long.sample && with(r"\Thread(*)\*").guessed.is_empty());
        let worker = added(r"\Process(w3wp)\*");
        assert!((1_000..2_000).contains(&worker) && with(r"\Process(w3wp)\*").guessed.is_empty(), "{worker}");
        assert!((1_500..3_000).contains(&added(r"\Process(w3wp*)\*")));
        assert_eq!(with(r"\Process(w3wp*)\Handle Count").guessed, ["Process(w3wp*)"]);
        assert_eq!(added(r"\Thread(*/*)\*"), added(r"\Thread(*)\*"));
        assert_eq!(with(r"\\srv\MSSQL$A:Locks(*)\*").guessed, ["MSSQL$A:Locks"]);
        assert_eq!(CounterPath::parse(r"\\srv\Network Interface(a\b)\Bytes Total/sec").counter, "Bytes Total/sec");
    }
}

//! How large a log becomes, before it is started.
//!
//! A sample of whole objects is what Perflib hands out (winperf.h): for each object a header of 64 bytes, 40 for each
//! counter's definition, and for each instance 24 bytes, its name and a block of its values. A counter by itself takes a
//! record of 48 bytes, one of all instances 24 and a name for each. The counts are those of Windows Server 2016 to 2025.

use super::logman::CounterLog;

/// How many instances an object has.
#[derive(Clone, Copy, Debug)]
enum Instances {
    /// The object has none: one block of values.
    One,
    /// So many.
    Some(u32),
    /// Each process, the idle process and the sum.
    Processes,
    /// Each thread of each process.
    Threads,
    /// Each processor and the sum.
    Processors,
}

/// An object of Windows: name, definitions with those of bases, bytes of one instance's values, instances.
type Object = (&'static str, u32, u32, Instances);

const OBJECTS: &[Object] = &[
    ("LogicalDisk", 32, 184, Instances::Some(4)),
    ("Memory", 36, 232, Instances::One),
    ("Cache", 29, 120, Instances::One),
    ("Network Interface", 18, 120, Instances::Some(3)),
    ("Paging File", 4, 16, Instances::Some(2)),
    ("PhysicalDisk", 29, 168, Instances::Some(3)),
    ("Processor", 15, 96, Instances::Processors),
    ("Processor Information", 36, 216, Instances::Processors),
    ("Process", 28, 192, Instances::Processes),
    ("Process V2", 28, 192, Instances::Processes),
    ("Thread", 12, 88, Instances::Threads),
    ("Redirector", 37, 208, Instances::One),
    ("Server", 26, 128, Instances::One),
    ("System", 18, 112, Instances::One),
    ("Server Work Queues", 18, 96, Instances::Processors),
    ("Terminal Services", 3, 16, Instances::One),
];

/// Of an object that is not in the table: a middling one.
const UNKNOWN: (u32, u32, Instances) = (20, 120, Instances::Some(4));

/// Instances that a pattern such as `w3wp*` means: as many worker processes as a server has pools for a few sites.
const PATTERN: u64 = 4;

/// Threads of a process, of which servers have ten to fifteen.
const THREADS: u64 = 12;

/// Bytes of an object's header, of a counter's definition, of an instance without its name, and of a block's length.
const HEADER: u64 = 64;
const DEFINITION: u64 = 40;
const INSTANCE: u64 = 24;
const BLOCK: u64 = 8;
/// A name of a dozen characters, two bytes each.
const NAME: u64 = 24;
/// The record of a counter; what the record of all instances of one begins with, and an instance in it.
const COUNTER: u64 = 48;
const WILDCARD: u64 = 32;
const VALUE: u64 = 24;
/// Headers of a sample as a whole: the event's, and Perflib's.
const SAMPLE: u64 = 200;
/// Buffers of 64 KB are not filled to the last byte.
const PADDING: f64 = 1.02;

/// What a log takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    /// Bytes of one sample.
    pub sample: u64,
    /// Bytes of a day.
    pub day: f64,
    /// Days that fit before the oldest samples are overwritten.
    pub days: f64,
    /// Objects and patterns of instances among the counters whose size is a guess.
    pub guessed: Vec<String>,
}

/// What a collector's log takes on a machine of so many processes and processors.
#[must_use]
pub fn size(log: &CounterLog, processes: u32, processors: u32) -> Size {
    let machine = Machine { processes: u64::from(processes), processors: u64::from(processors) };
    let mut guessed: Vec<String> = Vec::new();
    let mut bytes = SAMPLE;
    for path in log.counters() {
        let (object, instances, counter) = parts(path);
        let known = OBJECTS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(object));
        if known.is_none() && !guessed.iter().any(|name| name == object) {
            guessed.push(object.to_owned());
        }
        let (definitions, values, of_object) = known.map_or(UNKNOWN, |(_, d, v, i)| (*d, *v, *i));
        let all = machine.instances(of_object);
        // How many instances some pattern means is known on the machine alone.
        let some = instances.contains('*') && !instances.chars().all(|c| "*/#".contains(c));
        if some && all.is_some() {
            guessed.push(format!("{object}({instances})"));
        }
        let (definitions, values) = (u64::from(definitions), u64::from(values));
        bytes += match (counter, if some { all.map(|all| all.min(PATTERN)) } else { all }) {
            ("*", None) => HEADER + DEFINITION * definitions + BLOCK + values,
            // Of a single instance each counter is logged by itself.
            ("*", Some(_)) if !instances.is_empty() && !instances.contains('*') => COUNTER * definitions,
            ("*", Some(count)) => HEADER + DEFINITION * definitions + count * (INSTANCE + NAME + BLOCK + values),
            (_, Some(count)) if instances.contains('*') => WILDCARD + count * (VALUE + NAME),
            _ => COUNTER,
        };
    }
    let sample = (bytes as f64 * PADDING) as u64;
    let day = sample as f64 * 86_400.0 / f64::from(log.interval_seconds());
    Size { sample, day, days: f64::from(log.max_megabytes()) * f64::from(1 << 20) / day, guessed }
}

/// How many of what a machine has.
struct Machine {
    processes: u64,
    processors: u64,
}

impl Machine {
    fn instances(&self, of_object: Instances) -> Option<u64> {
        match of_object {
            Instances::One => None,
            Instances::Some(count) => Some(u64::from(count)),
            Instances::Processes => Some(self.processes + 2),
            Instances::Threads => Some(self.processes * THREADS + self.processors + 1),
            Instances::Processors => Some(self.processors + 1),
        }
    }
}

/// Object, instance and counter of a path, with or without a machine in front.
fn parts(path: &str) -> (&str, &str, &str) {
    let path = match path.strip_prefix(r"\\") {
        Some(path) => path.split_once('\\').map_or(path, |(_, rest)| rest),
        None => path.trim_start_matches('\\'),
    };
    // A backslash may stand in an instance's name, but not in a counter's.
    let (object, counter) = path.rsplit_once('\\').unwrap_or((path, ""));
    let (object, instance) = object.split_once('(').unwrap_or((object, ""));
    (object, instance.strip_suffix(')').unwrap_or(instance), counter)
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
        // Twenty times as often fills the larger file in an eighth of the time.
        let fast = of(Profile::Fast, 150, 8);
        assert!((fast.day / long.day - 20.0).abs() < 0.01 && fast.days < long.days / 7.0);
        assert!((10.0..60.0).contains(&long.days), "{long:?}");
        // A counter by itself takes far less than its object.
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
        assert_eq!(parts(r"\\srv\Network Interface(a\b)\Bytes Total/sec").2, "Bytes Total/sec");
    }
}

//! How large a log becomes, before it is started.
//!
//! A sample of whole objects is what Perflib hands out (winperf.h): for each object a header of 64 bytes, 40 for each
//! counter's definition, and for each instance 24 bytes, its name and a block of its values. The counts are those of
//! Windows Server 2016 to 2025.

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
    ("Redirector", 37, 208, Instances::One),
    ("Server", 26, 128, Instances::One),
    ("System", 18, 112, Instances::One),
    ("Server Work Queues", 18, 96, Instances::Processors),
    ("Terminal Services", 3, 16, Instances::One),
];

/// Of an object that is not in the table: a middling one.
const UNKNOWN: (u32, u32, Instances) = (20, 120, Instances::Some(4));

/// Bytes of an object's header, of a counter's definition, of an instance without its name, and of a block's length.
const HEADER: u64 = 64;
const DEFINITION: u64 = 40;
const INSTANCE: u64 = 24;
const BLOCK: u64 = 8;
/// A name of a dozen characters, two bytes each.
const NAME: u64 = 24;
/// Headers of a sample as a whole: the event's, and Perflib's.
const SAMPLE: u64 = 200;
/// Buffers of 64 KB are not filled to the last byte.
const PADDING: f64 = 1.02;

/// What a log takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Bytes of one sample.
    pub sample: u64,
    /// Bytes of a day.
    pub day: f64,
    /// Days that fit before the oldest samples are overwritten.
    pub days: f64,
}

/// What a collector's log takes on a machine of so many processes and processors.
#[must_use]
pub fn size(log: &CounterLog, processes: u32, processors: u32) -> Size {
    let mut objects: Vec<&str> = log.counters().iter().filter_map(|path| object(path)).collect();
    objects.sort_unstable();
    objects.dedup();
    let bytes: u64 = objects.iter().map(|name| object_bytes(name, processes, processors)).sum();
    let sample = ((bytes + SAMPLE) as f64 * PADDING) as u64;
    let day = sample as f64 * 86_400.0 / f64::from(log.interval_seconds());
    Size { sample, day, days: f64::from(log.max_megabytes()) * f64::from(1 << 20) / day }
}

/// The object of a counter path.
fn object(path: &str) -> Option<&str> {
    path.strip_prefix('\\')?.split(['(', '\\']).next()
}

fn object_bytes(name: &str, processes: u32, processors: u32) -> u64 {
    let known = OBJECTS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    let (definitions, values, instances) = known.map_or(UNKNOWN, |(_, d, v, i)| (*d, *v, *i));
    let block = BLOCK + u64::from(values);
    let blocks = match instances {
        Instances::One => block,
        Instances::Some(count) => u64::from(count) * (INSTANCE + NAME + block),
        Instances::Processes => (u64::from(processes) + 2) * (INSTANCE + NAME + block),
        Instances::Processors => (u64::from(processors) + 1) * (INSTANCE + NAME + block),
    };
    HEADER + DEFINITION * u64::from(definitions) + blocks
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
        // A path beside the whole object adds nothing.
        let again = CounterLog::default().with_counters([r"\Process(*)\Handle Count"]).unwrap();
        assert_eq!(size(&again, 150, 8), long);
    }
}

//! The collector's own figures held against logs.

mod common;

use std::io::Cursor;

use common::real;
use perfverdict::collector::{CounterLog, Profile, Windows, size};
use perfverdict::counters::CounterType;
use perfverdict::counters_read;
use perfverdict::demo::write_big;
use perfverdict::log::blg::writer::{
    BlgWriter, CounterDefinition, Entry, ObjectBlock, ObjectInstance, Record, WriterOptions,
};
use perfverdict::log::zone::Zone;
use perfverdict::log::{FileTime, Log, Query, Selection, ZonedTime};

struct Count;

impl perfverdict::log::Sink for Count {
    fn column(&mut self, _: usize, _: &perfverdict::log::Column) {}
    fn sample(&mut self, _: perfverdict::log::ZonedTime, _: &[perfverdict::log::Cell]) {}
}

fn bytes_per_sample(path: &std::path::Path) -> f64 {
    let log = Log::open(path).unwrap();
    let contents = log.read(Query::from(Selection::Counters(&counters_read())), &mut Count).unwrap();
    std::fs::metadata(path).unwrap().len() as f64 / contents.samples as f64
}

/// The estimate against a log of the same objects that our own writer makes.
#[test]
fn the_estimated_size_is_that_of_a_written_log() {
    let folder = tempfile::tempdir().unwrap();
    let [blg, _] = write_big(folder.path(), 12 << 20).unwrap();
    let written = bytes_per_sample(&blg);
    let log = CounterLog::of(Profile::Lean, Windows::default());
    let estimated = size(&log, 230, 1).sample as f64;
    assert!((estimated / written - 1.0).abs() < 0.15, "estimated {estimated}, written {written}");
}

/// What Windows Server 2022 has: counters of 4 bytes and of 8, bases among them, and an instance's name, where there are
/// instances. Those of memory, processes and processors are as many as in a log of Windows 11 among the real ones.
const SERVER: &[(&str, usize, usize, &str, usize)] = &[
    ("LogicalDisk", 18, 14, "HarddiskVolume1", 4),
    ("Memory", 14, 22, "", 0),
    ("Cache", 28, 1, "", 0),
    ("Network Interface", 6, 12, "vmxnet3 Ethernet Adapter", 3),
    ("Paging File", 4, 0, r"\??\C:\pagefile.sys", 2),
    ("PhysicalDisk", 16, 13, "0 C:", 3),
    ("Processor", 6, 9, "_Total", 17),
    ("Processor Information", 18, 18, "0,_Total", 18),
    ("Process", 8, 20, "svchost.exe", 182),
    ("Redirector", 22, 15, "", 0),
    ("Server", 20, 6, "", 0),
    ("System", 8, 10, "", 0),
    ("Server Work Queues", 12, 6, "Blocking Queue", 17),
    ("Terminal Services", 3, 0, "", 0),
];

/// Bytes of a log of so many samples that our writer makes of a server's objects.
fn written(objects: &[&str], samples: i64) -> u64 {
    let moment =
        |number: i64| ZonedTime { utc: FileTime(134_000_000_000_000_000 + number * 3_000_000_000), offset_minutes: 0 };
    let options = WriterOptions {
        os_version: (10, 0, 20348),
        zone: Zone::fixed("UTC", 0),
        boot: moment(-12).utc,
        perf_frequency: 10_000_000,
        log_guid: [3; 16],
        file_name: r"c:\perflogs\MADE.blg".into(),
        circular_bytes: None,
    };
    let chosen: Vec<_> = SERVER.iter().filter(|(name, ..)| objects.contains(name)).collect();
    let mut names = vec![(58, "Value".to_owned())];
    names.extend((1000..).step_by(2).zip(&chosen).map(|(index, (name, ..))| (index, (*name).to_owned())));
    let entry = |name: &str, instances| Entry {
        kind: CounterType::LARGE_RAWCOUNT,
        time_base: 0,
        scale: 0,
        machine: "MADE".into(),
        object: name.into(),
        instance: (instances > 0).then(|| "*".to_owned()),
        counter: "*".into(),
    };
    let entries: Vec<Entry> = chosen.iter().map(|(name, .., instances)| entry(name, *instances)).collect();
    let tables = [("MADE".to_owned(), names)];
    let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options, &tables, &entries, moment(0)).unwrap();
    let parts: Vec<(Vec<CounterDefinition>, Vec<ObjectInstance>)> = chosen
        .iter()
        .map(|(_, small, large, name, instances)| {
            let of = |kind, count| std::iter::repeat_n(CounterDefinition { name_index: 58, kind }, count);
            let counters = of(CounterType::LARGE_RAWCOUNT, *large).chain(of(CounterType::RAWCOUNT, *small)).collect();
            let instance = ObjectInstance { name: (*name).to_owned(), values: vec![7; small + large] };
            (counters, vec![instance; (*instances).max(1)])
        })
        .collect();
    for number in 0..samples {
        let record = |(index, (counters, instances))| {
            Record::Object(ObjectBlock {
                name_index: index,
                counters,
                instances,
                perf_time: number,
                perf_frequency: 1000,
            })
        };
        let records: Vec<_> =
            (1000..).step_by(2).zip(parts.iter().map(|(c, i)| (&c[..], &i[..]))).map(record).collect();
        writer.sample(moment(number), &records).unwrap();
    }
    writer.finish().unwrap().into_inner().len() as u64
}

/// The estimate of every profile against a log of its counters that our own writer makes.
#[test]
fn the_estimated_size_is_that_of_a_written_log_of_the_same_counters() {
    for profile in [Profile::Long, Profile::Fast, Profile::Lean] {
        let log = CounterLog::of(profile, Windows::default());
        let objects: Vec<&str> =
            log.counters().iter().map(|path| path[1..].split(['(', '\\']).next().unwrap()).collect();
        let written = (written(&objects, 330) - written(&objects, 30)) as f64 / 300.0;
        let estimated = size(&log, 180, 16).sample as f64;
        println!("{profile:?}: estimated {estimated}, written {written}");
        assert!((estimated / written - 1.0).abs() < 0.15, "{profile:?}: estimated {estimated}, written {written}");
    }
}

/// And against one that Windows wrote: other objects and 32 bits, so less closely.
#[test]
fn the_estimated_size_is_near_that_of_a_real_log() {
    let Some(path) = real("blg/whole-objects-vista.blg") else { return };
    let written = bytes_per_sample(&path);
    let log = CounterLog::of(Profile::Lean, Windows::default())
        .with_counters([r"\LogicalDisk(*)\*", r"\PhysicalDisk(*)\*", r"\Network Interface(*)\*", r"\Processor(*)\*"])
        .unwrap();
    let estimated = size(&log, 55, 1).sample as f64;
    println!("estimated {estimated}, written {written}");
    assert!((0.5..1.5).contains(&(estimated / written)), "estimated {estimated}, written {written}");
}

//! What our writer writes our reader reads: sequential and circular, single counters, wildcards
//! and whole objects, split records, and files cut anywhere.
#![allow(
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "tests compare exact values"
)]

mod common;

use std::io::Cursor;
use std::path::Path;

use common::{Table, read_bytes as read};
use perfverdict::counters::{CounterType, Raw};
use perfverdict::counters_read;
use perfverdict::demo::SCENARIOS;
use perfverdict::log::blg::writer::{
    BlgWriter, CounterDefinition, Entry, ObjectBlock, ObjectInstance, Record, WildcardItem, WriterOptions,
};
use perfverdict::log::zone::Zone;
use perfverdict::log::{FileTime, Log, LogWarning, Selection, ZonedTime};
use proptest::prelude::*;

const START: i64 = 134_000_000_000_000_000;

fn moment(number: i64) -> ZonedTime {
    ZonedTime { utc: FileTime(START + number * 600_000_000), offset_minutes: 120 }
}

fn options(circular_bytes: Option<u64>) -> WriterOptions {
    WriterOptions {
        os_version: (10, 0, 17763),
        zone: Zone::fixed("Test", -120),
        boot: FileTime(START - 36_000_000_000),
        perf_frequency: 1000,
        log_guid: [7; 16],
        file_name: r"c:\perflogs\made.blg".into(),
        circular_bytes,
    }
}

fn entry(object: &str, instance: Option<&str>, counter: &str) -> Entry {
    Entry {
        kind: CounterType::LARGE_RAWCOUNT,
        time_base: 0,
        scale: 0,
        machine: "MADE".into(),
        object: object.into(),
        instance: instance.map(str::to_owned),
        counter: counter.into(),
    }
}

fn raw(first: i64) -> Raw {
    Raw { first, second: 0, multi: 1 }
}

/// One single counter and one wildcard, whose instances are `names(sample)`.
fn made(samples: i64, circular: Option<u64>, names: impl Fn(i64) -> Vec<String>) -> Vec<u8> {
    let entries = [entry("Memory", None, "Pool Nonpaged Bytes"), entry("Process", Some("*"), "Handle Count")];
    let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options(circular), &[], &entries, moment(0)).unwrap();
    for number in 0..samples {
        let names = names(number);
        let items = names.iter().zip(0..).map(|(name, i)| WildcardItem { name, raw: raw(number * 1000 + i) }).collect();
        let single = (number % 5 != 3).then(|| raw(number));
        writer.sample(moment(number), &[Record::Single(single), Record::Wildcard(items)]).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn instances_come_and_go_and_namesakes_are_numbered() {
    let names = |n: i64| -> Vec<String> {
        let list: &[&str] = if n < 2 { &["a", "s", "s"] } else { &["s", "b", "s", "s"] };
        list.iter().map(|s| (*s).to_owned()).collect()
    };
    let (table, contents) = read(made(4, None, names));
    assert_eq!(contents.samples, 4);
    assert_eq!(contents.counters, 1 + 5, "a, s, s#1, b, s#2");
    assert_eq!(contents.interval_seconds, Some(60.0));
    assert_eq!(contents.first, Some(moment(0)));
    let row = |n: usize| -> Vec<(String, f64)> {
        let strip = |p: &str| p.replace(r"\\MADE\Process", "").replace(r"\Handle Count", "");
        table.rows[n].1.iter().map(|(path, v)| (strip(path), *v)).collect()
    };
    let named = |list: &[(&str, f64)]| list.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect::<Vec<_>>();
    assert_eq!(row(1)[1..], named(&[("(a)", 1000.0), ("(s)", 1001.0), ("(s#1)", 1002.0)]));
    assert_eq!(
        row(3),
        named(&[("(s)", 3000.0), ("(b)", 3001.0), ("(s#1)", 3002.0), ("(s#2)", 3003.0)]),
        "null counter"
    );
}

#[test]
fn records_above_a_part_are_split_and_joined() {
    // 400 instances are about 16 KB a sample: three parts, some across buffers.
    let names = |_| (0..400).map(|i| format!("process{i}")).collect();
    let (table, contents) = read(made(20, None, names));
    assert_eq!((contents.samples, contents.counters), (20, 401));
    assert!(contents.warnings.is_empty(), "{:?}", contents.warnings);
    assert_eq!(table.rows[19].1.last().unwrap().1, 19_399.0);
}

#[test]
fn a_wrapped_circular_log_keeps_the_newest_samples_in_order() {
    let names = |_| (0..400).map(|i| format!("process{i}")).collect();
    let bytes = made(200, Some(512 * 1024), names);
    assert_eq!(bytes.len(), 512 * 1024);
    let log = Log::from_vec(Path::new("made.blg"), bytes.clone()).unwrap();
    assert_eq!(log.info().circular, Some(true));
    let (table, contents) = read(bytes);
    assert_eq!(contents.last, Some(moment(199)));
    assert!(table.rows.windows(2).all(|w| w[1].0.utc.seconds_since(w[0].0.utc) == 60.0), "in order and without a gap");
    assert!((15..60).contains(&table.rows.len()), "{}", table.rows.len());
    let seam: Vec<_> = contents.warnings.iter().filter(|w| matches!(w, LogWarning::IncompleteRecords(_))).collect();
    assert!(seam.len() <= 1, "{:?}", contents.warnings);
}

#[test]
fn a_circular_log_that_cannot_hold_its_samples_is_refused() {
    let entries = [entry("Memory", None, "x")];
    let made = BlgWriter::new(Cursor::new(Vec::new()), options(Some(65_536)), &[], &entries, moment(0));
    assert!(made.err().unwrap().to_string().contains("at least 262144 bytes"));
}

#[test]
fn an_analysis_skips_a_counter_where_the_log_has_a_better_one() {
    let read = |counters: &[&str]| {
        let entries: Vec<Entry> = counters.iter().map(|counter| entry("Process", Some("app"), counter)).collect();
        let out = Cursor::new(Vec::new());
        let mut writer = BlgWriter::new(out, options(None), &[], &entries, moment(0)).unwrap();
        let records: Vec<Record<'_>> = counters.iter().map(|_| Record::Single(Some(raw(1)))).collect();
        writer.sample(moment(0), &records).unwrap();
        let log = Log::from_vec(Path::new("made.blg"), writer.finish().unwrap().into_inner()).unwrap();
        let mut table = Table::default();
        log.read(Selection::Counters(&counters_read()), &mut table).unwrap();
        table.rows[0].1.iter().map(|(path, _)| path.rsplit_once('\\').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(read(&["Virtual Bytes", "Handle Count"]), ["Virtual Bytes", "Handle Count"]);
    assert_eq!(read(&["Virtual Bytes", "Private Bytes"]), ["Private Bytes"]);
}

#[test]
fn the_demonstration_logs_read_back() {
    for scenario in SCENARIOS {
        let bytes = scenario.log().unwrap();
        assert!((200_000..1_000_000).contains(&bytes.len()), "{}: {} bytes", scenario.file_name, bytes.len());
        let (table, contents) = read(bytes);
        assert!(contents.samples >= 70, "{}: {contents:?}", scenario.file_name);
        let lost: Vec<_> =
            contents.warnings.iter().filter(|w| !matches!(w, LogWarning::IncompleteRecords(_))).collect();
        assert!(lost.is_empty(), "{}: {lost:?}", scenario.file_name);
        // The sum of the processes is what _Total says, through all renumbering.
        for (_, cells) in &table.rows {
            let of = |pick: &dyn Fn(&str) -> bool| -> f64 {
                cells.iter().filter(|(p, _)| p.ends_with(r"\Handle Count") && pick(p)).map(|(_, v)| v).sum()
            };
            assert_eq!(of(&|p| p.contains("(_Total)")), of(&|p| !p.contains("(_Total)")));
        }
    }
}

#[test]
fn no_cut_and_no_damage_panics() {
    let bytes = SCENARIOS[1].log().unwrap();
    let try_read = |bytes: Vec<u8>| {
        if let Ok(log) = Log::from_vec(Path::new("cut.blg"), bytes) {
            let _ = log.read(Selection::Counters(&counters_read()), &mut Table::default());
        }
    };
    for cut in (0..bytes.len()).step_by(4099) {
        try_read(bytes[..cut].to_vec());
    }
    let mut state = 1_u64;
    for _ in 0..300 {
        let mut damaged = bytes.clone();
        for _ in 0..50 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % damaged.len();
            damaged[at] = (state >> 20) as u8;
        }
        try_read(damaged);
    }
}

#[test]
fn a_log_without_its_catalog_says_how_to_avoid_that() {
    let names = |_| (0..400).map(|i| format!("process{i}")).collect();
    let mut bytes = made(200, Some(512 * 1024), names);
    bytes[65_536..2 * 65_536].fill(0);
    let error = Log::from_vec(Path::new("made.blg"), bytes).err().unwrap().to_string();
    assert!(error.contains("no counter catalog") && error.contains("larger file"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Any names and values come back, split or not, whatever comes and goes.
    #[test]
    fn what_is_written_is_read(
        samples in prop::collection::vec(prop::collection::vec(("[a-zA-Z0-9 ._#é€\u{1F600}]{1,40}", any::<i32>()), 0..60), 1..40),
    ) {
        let entries = [entry("Process", Some("*"), "Handle Count")];
        let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options(None), &[], &entries, moment(0)).unwrap();
        for (number, items) in samples.iter().enumerate() {
            let items = items.iter().map(|(name, v)| WildcardItem { name, raw: raw(i64::from(*v)) }).collect();
            writer.sample(moment(number as i64), &[Record::Wildcard(items)]).unwrap();
        }
        let (table, contents) = read(writer.finish().unwrap().into_inner());
        prop_assert_eq!(contents.samples as usize, samples.len());
        prop_assert!(contents.warnings.is_empty());
        for ((_, cells), items) in table.rows.iter().zip(&samples) {
            let read: Vec<f64> = cells.iter().map(|(_, v)| *v).collect();
            let written: Vec<f64> = items.iter().map(|(_, v)| f64::from(*v)).collect();
            prop_assert_eq!(read, written);
        }
    }

    /// Any catalog of single counters, wildcards and whole objects, in one log that wraps or not: what is
    /// left of it holds what was written.
    #[test]
    fn any_catalog_is_read_as_it_was_written(
        kinds in prop::collection::vec(0_u8..3, 1..12),
        sizes in prop::collection::vec(prop::collection::vec(0_usize..90, 1..12), 2..60),
        wraps: bool,
    ) {
        let counters = [CounterDefinition { name_index: 58, kind: CounterType::LARGE_RAWCOUNT }];
        let entries: Vec<Entry> = kinds.iter().enumerate().map(|(number, kind)| match kind {
            0 => entry("Memory", None, &format!("single {number}")),
            1 => entry("Wild", Some("*"), &format!("wildcard {number}")),
            _ => entry(&format!("Object {number}"), Some("*"), "*"),
        }).collect();
        let mut table = vec![(58, "Value".to_owned())];
        table.extend((0_u32..).zip(&kinds).map(|(number, _)| (1000 + number, format!("Object {number}"))));
        let circular = wraps.then_some(640 * 1024);
        let tables = [("MADE".to_owned(), table)];
        let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options(circular), &tables, &entries, moment(0)).unwrap();
        let names: Vec<String> = (0..90).map(|n| format!("instance {}", n / 3)).collect();
        let mut written: Vec<Vec<f64>> = Vec::new();
        for (sample, sizes) in (0..).zip(&sizes) {
            let mut values = Vec::new();
            let size_of = |number: usize| sizes[number % sizes.len()];
            let instances: Vec<Vec<ObjectInstance>> = (0..kinds.len()).map(|number| {
                (0..size_of(number)).map(|n| ObjectInstance { name: names[n].clone(), values: vec![sample * 1000 + n as i64] }).collect()
            }).collect();
            let records: Vec<Record<'_>> = kinds.iter().enumerate().map(|(number, kind)| {
                let size = if *kind == 0 { 1 } else { size_of(number) };
                values.extend((0..size).map(|n| (sample * 1000 + n as i64) as f64));
                match kind {
                    0 => Record::Single(Some(raw(sample * 1000))),
                    1 => Record::Wildcard((0..size).map(|n| WildcardItem { name: &names[n], raw: raw(sample * 1000 + n as i64) }).collect()),
                    _ => Record::Object(ObjectBlock {
                        name_index: 1000 + number as u32,
                        counters: &counters,
                        instances: &instances[number],
                        perf_time: sample,
                        perf_frequency: 1000,
                    }),
                }
            }).collect();
            writer.sample(moment(sample), &records).unwrap();
            written.push(values);
        }
        let (table, contents) = read(writer.finish().unwrap().into_inner());
        prop_assert!(wraps || contents.samples as usize == sizes.len(), "{contents:?}");
        prop_assert!(contents.warnings.iter().all(|w| wraps && matches!(w, LogWarning::IncompleteRecords(_))), "{contents:?}");
        for (time, cells) in &table.rows {
            let sample = (time.utc.0 - START) / 600_000_000;
            let read: Vec<f64> = cells.iter().map(|(_, value)| *value).collect();
            prop_assert_eq!(&read, &written[sample as usize]);
        }
        prop_assert_eq!(table.rows.last().map(|(time, _)| *time), Some(moment(sizes.len() as i64 - 1)), "the newest is there");
    }
}

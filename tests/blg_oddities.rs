//! Binary logs of forms that no sample at hand has, built as the format's parts suggest them.
#![allow(clippy::float_cmp, clippy::cast_possible_truncation, reason = "tests compare exact values")]

mod common;

use std::io::Cursor;

use common::{Table, read_bytes as read};
use perfverdict::counters::{CounterType, Raw};
use perfverdict::log::blg::writer::{
    BlgWriter, CounterDefinition, Entry, ObjectBlock, ObjectInstance, Record, WildcardItem, WriterOptions,
};
use perfverdict::log::zone::Zone;
use perfverdict::log::{FileTime, LogWarning, ZonedTime};

const BUFFER: usize = 65_536;

fn minute(number: i64) -> ZonedTime {
    ZonedTime { utc: FileTime(134_000_000_000_000_000 + number * 600_000_000), offset_minutes: 0 }
}

fn options(guid: u8) -> WriterOptions {
    WriterOptions {
        os_version: (10, 0, 17763),
        zone: Zone::fixed("Test", 0),
        boot: FileTime(133_999_000_000_000_000),
        perf_frequency: 1000,
        log_guid: [guid; 16],
        file_name: "odd.blg".into(),
        circular_bytes: None,
    }
}

fn entry(machine: &str, object: &str, instance: Option<&str>, counter: &str) -> Entry {
    Entry {
        kind: CounterType::LARGE_RAWCOUNT,
        time_base: 0,
        scale: 0,
        machine: machine.into(),
        object: object.into(),
        instance: instance.map(str::to_owned),
        counter: counter.into(),
    }
}

fn raw(first: i64) -> Raw {
    Raw { first, second: 0, multi: 1 }
}

/// Single counters with the minute as their value, from one minute to another.
fn singles(guid: u8, machine: &str, counters: &[&str], minutes: std::ops::Range<i64>) -> Vec<u8> {
    let entries: Vec<Entry> = counters.iter().map(|counter| entry(machine, "Memory", None, counter)).collect();
    let first = minute(minutes.start);
    let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options(guid), &[], &entries, first).unwrap();
    for number in minutes {
        let records: Vec<Record<'_>> = counters.iter().map(|_| Record::Single(Some(raw(number)))).collect();
        writer.sample(minute(number), &records).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn minutes(table: &Table) -> Vec<i64> {
    table.rows.iter().map(|(time, _)| (time.utc.0 - minute(0).utc.0) / 600_000_000).collect()
}

#[test]
fn appended_sessions_with_their_own_headers_follow_one_another() {
    let mut bytes = singles(1, "M", &["a", "b"], 0..5);
    bytes.extend(singles(2, "M", &["b", "c"], 10..13));
    let (table, contents) = read(bytes);
    assert_eq!(minutes(&table), [0, 1, 2, 3, 4, 10, 11, 12]);
    assert_eq!((contents.samples, contents.counters), (8, 3), "a, b and c: b goes on");
    assert_eq!(table.rows[7].1, [(r"\\M\Memory\b".to_owned(), 12.0), (r"\\M\Memory\c".to_owned(), 12.0)]);
    assert_eq!(contents.warnings, []);
}

#[test]
fn buffers_of_another_log_in_one_session_have_their_own_catalog() {
    let mut bytes = singles(1, "M", &["a", "b"], 0..3);
    // No header between them, and sequence numbers that begin anew: flush times tell the order.
    bytes.extend(&singles(2, "N", &["c"], 5..8)[BUFFER..]);
    let (table, contents) = read(bytes);
    assert_eq!(minutes(&table), [0, 1, 2, 5, 6, 7]);
    assert_eq!(contents.machines.into_iter().collect::<Vec<_>>(), ["M", "N"]);
    assert_eq!(table.rows[5].1, [(r"\\N\Memory\c".to_owned(), 7.0)]);
}

#[test]
fn buffers_of_several_processors_are_put_in_order_of_time() {
    // Two processors took turns: each one's buffers are in order, together they are not.
    let names: Vec<String> = (0..200).map(|n| format!("counter number {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut bytes = singles(1, "M", &names, 0..40);
    let buffers = bytes.len() / BUFFER;
    assert!(buffers >= 7, "{buffers}");
    let sequence =
        |bytes: &mut [u8], at: usize, number: u64| bytes[at + 0x18..at + 0x20].copy_from_slice(&number.to_le_bytes());
    for number in 1..buffers {
        let at = number * BUFFER;
        bytes[at + 0x28] = u8::try_from(number % 2).unwrap();
        // All of processor 1 were flushed first, but for the first buffer with the catalog.
        let order = if number == 1 {
            1
        } else if number % 2 == 1 {
            1 + number
        } else {
            100 + number
        };
        sequence(&mut bytes, at, order as u64);
    }
    let (table, contents) = read(bytes);
    assert!(minutes(&table).windows(2).all(|w| w[0] < w[1]), "{:?}", minutes(&table));
    assert!(contents.samples >= 35, "{contents:?}");
}

#[test]
fn a_catalog_above_8000_bytes_is_split_like_any_record() {
    let names: Vec<String> = (0..400).map(|n| format!("counter number {n} of quite a lot of them")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (table, contents) = read(singles(1, "M", &names, 0..3));
    assert_eq!((contents.samples, contents.counters, table.rows[2].1.len()), (3, 400, 400));
}

/// An event of a file: where it begins, its size with padding.
fn events(bytes: &[u8], buffer: usize) -> Vec<(usize, usize)> {
    let start = buffer * BUFFER;
    let end = start + u32::from_le_bytes(bytes[start + 0x30..start + 0x34].try_into().unwrap()) as usize;
    let mut at = start + 0x48;
    let mut found = Vec::new();
    while at < end {
        let size = usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]])).next_multiple_of(8);
        found.push((at, size));
        at += size;
    }
    found
}

/// A file of which the one buffer of events holds these, from whatever files.
fn of_events(header: &[u8], chosen: &[&[u8]]) -> Vec<u8> {
    let mut bytes = header[..2 * BUFFER].to_vec();
    bytes[BUFFER + 0x48..].fill(0xFF);
    let mut at = BUFFER + 0x48;
    for event in chosen {
        bytes[at..at + event.len()].copy_from_slice(event);
        at += event.len();
    }
    let end = u32::try_from(at - BUFFER).unwrap().to_le_bytes();
    bytes[BUFFER + 0x30..BUFFER + 0x34].copy_from_slice(&end);
    bytes
}

fn event_bytes(bytes: &[u8]) -> Vec<Vec<u8>> {
    events(bytes, 1).into_iter().map(|(at, size)| bytes[at..at + size].to_vec()).collect()
}

#[test]
fn counters_added_to_a_running_log() {
    let first = event_bytes(&singles(1, "M", &["a"], 0..2));
    let second = event_bytes(&singles(1, "M", &["b"], 2..3));
    let both = event_bytes(&singles(1, "M", &["a", "b"], 3..5));
    let header = singles(1, "M", &["a"], 0..2);
    // A new catalog of all counters.
    let (table, contents) = read(of_events(&header, &[&first[0], &first[1], &first[2], &both[0], &both[1], &both[2]]));
    assert_eq!((contents.samples, contents.counters), (4, 2));
    assert_eq!(table.rows.iter().map(|(_, cells)| cells.len()).collect::<Vec<_>>(), [1, 1, 2, 2]);
    // A new catalog of the added one alone, and samples of both: the union of all catalogs.
    let (table, contents) = read(of_events(&header, &[&first[0], &first[1], &second[0], &both[1], &both[2]]));
    assert_eq!((contents.samples, contents.counters, contents.warnings), (3, 2, vec![]));
    assert_eq!(table.rows[2].1, [(r"\\M\Memory\a".to_owned(), 4.0), (r"\\M\Memory\b".to_owned(), 4.0)]);
    // Whole catalog events of one time stamp are one catalog.
    let mut later = second[0].clone();
    later[0x10..0x18].copy_from_slice(&first[0][0x10..0x18]);
    let (table, _) = read(of_events(&header, &[&first[0], &later, &both[1]]));
    assert_eq!(table.rows[0].1.len(), 2);
    // Samples that fit nothing are counted and named.
    let (_, contents) = read(of_events(&header, &[&first[0], &first[1], &both[1]]));
    assert!(matches!(contents.warnings[..], [LogWarning::SamplesThatFitNoCatalog(_)]), "{:?}", contents.warnings);
}

#[test]
fn wildcards_with_parents_repeated_and_no_names() {
    let entries = [entry("M", "Thread", Some("*"), "ID Thread")];
    let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options(1), &[], &entries, minute(0)).unwrap();
    let samples: [&[&str]; 3] = [&["w3wp/0", "w3wp/1", "w3wp/0", "svc#1/0"], &[], &["w3wp/0"]];
    for (number, names) in (0..).zip(samples) {
        let items = names.iter().zip(0..).map(|(name, n)| WildcardItem { name, raw: raw(n) }).collect();
        writer.sample(minute(number), &[Record::Wildcard(items)]).unwrap();
    }
    let (table, contents) = read(writer.finish().unwrap().into_inner());
    let expected = ["w3wp/0", "w3wp/1", "w3wp/0#1", "svc#1/0"].map(|name| format!(r"\\M\Thread({name})\ID Thread"));
    assert_eq!(table.paths, expected);
    assert_eq!(table.rows.iter().map(|(_, cells)| cells.len()).collect::<Vec<_>>(), [4, 0, 1]);
    assert_eq!(contents.warnings, []);
}

fn put(bytes: &mut [u8], at: usize, value: i32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn threads_have_their_processes_and_numbers_stand_for_names() {
    // The writer makes blocks of one object. Here the object of the threads is asked for, and that of
    // the processes stands beside it in the block, as Perflib gives it.
    let counter = [CounterDefinition { name_index: 804, kind: CounterType::LARGE_RAWCOUNT }];
    let instances = |names: &[&str]| -> Vec<ObjectInstance> {
        names.iter().zip(0..).map(|(name, n)| ObjectInstance { name: (*name).into(), values: vec![n] }).collect()
    };
    let names = [(
        "M".to_owned(),
        vec![(230, "Process".to_owned()), (232, "Thread".to_owned()), (804, "ID Thread".to_owned())],
    )];
    let entries = [entry("M", "Thread", Some("*"), "*")];
    let block = |name_index, instances: &[ObjectInstance]| {
        let mut bytes = Vec::new();
        ObjectBlock { name_index, counters: &counter, instances, perf_time: 5, perf_frequency: 1000 }
            .write(&mut bytes, minute(0));
        bytes
    };
    let processes = block(230, &instances(&["Idle", "w3wp", "w3wp"]));
    let mut threads = block(232, &instances(&["0", "1", "0", ""]));
    // Parents: object 230, instances 1, 1, 2 and 0; the last has a number for a name.
    let first = 0x58 + 0x40 + 0x28;
    let mut at = first;
    for (parent, id) in [(1, -1), (1, -1), (2, -1), (0, 4711)] {
        put(&mut threads, at + 4, 230);
        put(&mut threads, at + 8, parent);
        put(&mut threads, at + 12, id);
        let size = u32::from_le_bytes(threads[at..at + 4].try_into().unwrap()) as usize;
        at += size + u32::from_le_bytes(threads[at + size..at + size + 4].try_into().unwrap()) as usize;
    }
    let mut both = threads.clone();
    both.extend(&processes[0x58..]);
    let total = i32::try_from(both.len()).unwrap();
    put(&mut both, 0x14, total);
    put(&mut both, 0x1C, 2);

    let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options(1), &names, &entries, minute(0)).unwrap();
    writer.sample(minute(0), &[Record::RawObject(&both)]).unwrap();
    writer.sample(minute(1), &[Record::RawObject(&threads)]).unwrap();
    let (table, contents) = read(writer.finish().unwrap().into_inner());
    let shown = |row: usize| -> Vec<String> {
        let short = |path: &str| path.replace(r"\\M\Thread(", "").replace(r")\ID Thread", "");
        table.rows[row].1.iter().map(|(path, _)| short(path)).collect()
    };
    assert_eq!(shown(0), ["w3wp/0", "w3wp/1", "w3wp/0#1", "Idle/4711"]);
    assert_eq!(shown(1), ["1/0", "1/1", "2/0", "0/4711"], "without the processes only their numbers are known");
    assert_eq!(contents.warnings, []);
}

//! Cut and damaged logs: whatever is done to a file, reading it ends, panics nowhere, and takes no
//! more memory than a file of its size may.

mod common;

use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;
use perfverdict::counters::{CounterType, Raw};
use perfverdict::inputs::{Archive, UnpackLimit};
use perfverdict::log::blg::writer::{
    BlgWriter, CounterDefinition, Entry, ObjectBlock, ObjectInstance, Record, WildcardItem, WriterOptions,
};
use perfverdict::log::zone::Zone;
use perfverdict::log::{
    Bytes, Cell, Column, ColumnId, Contents, Damage, FileTime, Log, LogErrorKind, LogWarning, Selection, Sink,
    ZonedTime,
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What reading a small file may take, whatever is in it: a buffer or two, and the file some times over.
fn allowed(bytes: usize) -> usize {
    (4 << 20) + 40 * bytes
}

#[derive(Default)]
struct Count {
    columns: usize,
    samples: u64,
}

impl Sink for Count {
    fn column(&mut self, id: ColumnId, _: &Column) {
        assert_eq!(id, self.columns);
        self.columns += 1;
    }

    fn sample(&mut self, _: ZonedTime, cells: &[Cell]) {
        self.samples += 1;
        assert!(cells.iter().all(|cell| cell.column < self.columns && cell.value.is_finite()));
    }
}

fn read(bytes: &[u8]) -> Option<Contents> {
    let log = Log::from_bytes(Path::new("damaged"), Bytes::Owned(bytes.to_vec())).ok()?;
    log.read(Selection::All, &mut Count::default()).ok()
}

fn read_all(bytes: &[u8], is_archive: bool) {
    if !is_archive {
        read(bytes);
        return;
    }
    let Ok(mut archive) = Archive::open(Cursor::new(bytes), UnpackLimit::default()) else { return };
    for (number, _) in archive.files() {
        if let Ok(bytes) = archive.unpack(number) {
            read(&bytes);
        }
    }
}

fn moment(number: i64) -> ZonedTime {
    ZonedTime { utc: FileTime(134_000_000_000_000_000 + number * 600_000_000), offset_minutes: 60 }
}

/// A log of a few samples with a record of every kind, and one in several parts.
fn small_blg(circular: bool) -> Vec<u8> {
    let entry = |object: &str, instance: Option<&str>, counter: &str, kind| Entry {
        kind,
        time_base: 1000,
        scale: 0,
        machine: "SMALL".into(),
        object: object.into(),
        instance: instance.map(str::to_owned),
        counter: counter.into(),
    };
    let entries = [
        entry("Memory", None, "Pool Nonpaged Bytes", CounterType::LARGE_RAWCOUNT),
        entry("Process", Some("*"), "Handle Count", CounterType::RAWCOUNT),
        entry("System", Some("*"), "*", CounterType(0)),
    ];
    let names = [(
        "SMALL".to_owned(),
        vec![(2, "System".to_owned()), (146, "Switches/sec".to_owned()), (44, "Queue".to_owned())],
    )];
    let options = WriterOptions {
        os_version: (10, 0, 17763),
        zone: Zone::fixed("Test", -60),
        boot: FileTime(133_999_000_000_000_000),
        perf_frequency: 1000,
        log_guid: [7; 16],
        file_name: "small.blg".into(),
        circular_bytes: circular.then_some(4 * 65_536),
    };
    let counters = [
        CounterDefinition { name_index: 146, kind: CounterType::COUNTER },
        CounterDefinition { name_index: 44, kind: CounterType::RAWCOUNT },
    ];
    let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options, &names, &entries, moment(0)).unwrap();
    for number in 0..if circular { 60 } else { 3 } {
        let raw = |first| Raw { first, second: number, multi: 1 };
        let names: Vec<String> =
            (0..if number == 1 || circular { 250 } else { 3 }).map(|n| format!("process{}", n / 2)).collect();
        let items = names.iter().map(|name| WildcardItem { name, raw: raw(number) }).collect();
        let instances = ["a", "a", "b"].map(|name| ObjectInstance { name: name.into(), values: vec![number, 7] });
        let object = ObjectBlock {
            name_index: 2,
            counters: &counters,
            instances: &instances,
            perf_time: number,
            perf_frequency: 1000,
        };
        writer
            .sample(moment(number), &[Record::Single(Some(raw(5))), Record::Wildcard(items), Record::Object(object)])
            .unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn small_csv() -> Vec<u8> {
    let mut text = "\"(PDH-CSV 4.0) (Hora estándar)(-60)\",\"\\\\S\\Memory\\Pool Nonpaged Bytes\",\"\\\\S\\Process(a)\\ID Process\"".to_owned();
    for minute in 0..12 {
        text += &format!("\r\n\"01/02/2026 03:{minute:02}:00.000\",\"{}\",\"8.56e-005\"", minute * 1000);
    }
    text.into_bytes()
}

fn small_export() -> Vec<u8> {
    "\"Timestamp\",\"Readings\"\n\"3/3/2026 2:10:00 AM\",\"\\\\srv\\memory\\available mbytes :\n2048\n\n\\\\srv\\process(a)\\handle count :\n7\n\"\n"
        .as_bytes()
        .to_vec()
}

fn small_zip() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("logs/a.csv", small_csv()), ("logs/b.csv", small_export())] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The same in an archive of another kind.
fn small_archive(kind: &str) -> Vec<u8> {
    common::archive::packed(kind, &[("logs/a.csv", &small_csv()), ("logs/b.csv", &small_export())])
}

/// Small logs, with how many bytes of each file hold anything, and whether it is an archive.
fn small_logs() -> Vec<(&'static str, Vec<u8>, bool)> {
    let utf16 = |bytes: &[u8]| -> Vec<u8> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    vec![
        ("blg", small_blg(false), false),
        ("circular blg", small_blg(true), false),
        ("csv", small_csv(), false),
        ("utf-16 csv", utf16(&small_csv()), false),
        ("Get-Counter", small_export(), false),
        ("zip", small_zip(), true),
        ("tar", small_archive("tar"), true),
        ("tar.gz", small_archive("tar.gz"), true),
        ("gzip", common::archive::gzipped(&small_csv()), true),
        ("cab", small_archive("cab"), true),
        ("7z", small_archive("7z"), true),
    ]
}

fn check(what: &str, bytes: &[u8], is_archive: bool) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    read_all(bytes, is_archive);
    let taken = MEMORY.peak_usage().saturating_sub(before);
    assert!(taken <= allowed(bytes.len()), "{what}: {taken} bytes of memory for a file of {}", bytes.len());
}

/// Held by each test that counts memory, so that no other one uses memory at the same time.
static MEMORY_IS_COUNTED: Mutex<()> = Mutex::new(());

fn count_memory() -> MutexGuard<'static, ()> {
    MEMORY_IS_COUNTED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn binary_logs_that_are_cut() {
    cuts(|name| name == "blg");
}

#[test]
fn circular_logs_that_are_cut() {
    cuts(|name| name == "circular blg");
}

#[test]
fn texts_and_archives_that_are_cut() {
    cuts(|name| !name.ends_with("blg"));
}

fn cuts(of: fn(&str) -> bool) {
    let _alone = count_memory();
    for (name, bytes, is_archive) in small_logs().into_iter().filter(|(name, ..)| of(name)) {
        if !is_archive {
            let whole = read(&bytes).unwrap_or_else(|| panic!("{name} is whole"));
            assert!(
                whole.samples > 0
                    && whole
                        .warnings
                        .iter()
                        .all(|w| matches!(w, LogWarning::NoTimeZone | LogWarning::IncompleteRecords(_))),
                "{name}: {whole:?}"
            );
        }
        // Padding is all the same wherever it is cut.
        let worth = |cut: &usize| bytes[..*cut].last() != Some(&0xFF) || cut.is_multiple_of(509);
        // The samples of the circular log are alike, so that every fifth byte is every field of one or another of them.
        let every = if name == "circular blg" { 5 } else { 1 };
        for cut in (0..bytes.len()).filter(worth).step_by(every) {
            check(&format!("{name} cut at {cut}"), &bytes[..cut], is_archive);
        }
    }
}

#[test]
fn damaged_logs() {
    let _alone = count_memory();
    let logs = small_logs();
    let used: Vec<Vec<usize>> =
        logs.iter().map(|(_, bytes, _)| (0..bytes.len()).filter(|at| bytes[*at] != 0xFF).collect()).collect();
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    // Fuzzing does more of it.
    for case in 0..20_000 {
        // The circular log is the largest and takes longest.
        let number = match random(logs.len()) {
            1 => random(2),
            other => other,
        };
        let (name, bytes, is_archive) = &logs[number];
        let mut damaged = bytes.clone();
        for _ in 0..=random(8) {
            let at = used[number][random(used[number].len())];
            match random(8) {
                // A hole, a flipped bit, a stray byte, a size that lies.
                0 => {
                    let end = (at + random(600)).min(damaged.len());
                    damaged[at..end].fill(0);
                }
                1 => damaged[at] ^= 1 << random(8),
                2 => damaged[at] = 0xFF,
                _ => damaged[at] = u8::try_from(random(256)).unwrap(),
            }
        }
        check(&format!("case {case}, {name}"), &damaged, *is_archive);
    }
}

fn place(damage: &Damage) -> usize {
    let Damage::Structure { offset, .. } = *damage else { return 0 };
    offset
}

#[test]
fn lost_buffers_are_counted_and_named_and_the_rest_is_read() {
    let _alone = count_memory();
    let bytes = small_blg(true);
    let whole = read(&bytes).unwrap().samples;
    let mut zeroed = bytes.clone();
    zeroed[3 * 65_536..].fill(0);
    let contents = read(&zeroed).unwrap();
    assert!(contents.samples > 0 && contents.samples < whole);
    assert!(
        contents
            .warnings
            .iter()
            .any(|w| matches!(w, LogWarning::UnreadableBuffers(at) if place(&at.first[0]) == 0x3_0000)),
        "{:?}",
        contents.warnings
    );

    let mut flipped = bytes;
    flipped[2 * 65_536 + 0x48..][..2].copy_from_slice(&[3, 0]); // the first event's size
    let contents = read(&flipped).unwrap();
    assert!(contents.samples > 0 && contents.samples < whole);
    assert!(
        contents.warnings.iter().any(|w| matches!(w, LogWarning::DamagedEvents(at) if place(&at.first[0]) == 0x2_0048)),
        "{:?}",
        contents.warnings
    );
}

/// A few kilobytes in an archive can be a header of millions of cells, none of which is a counter.
#[test]
fn a_header_of_commas_takes_no_memory() {
    let header = format!("\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\S\\Memory\\Available Bytes\"{}\n", ",".repeat(1_000_000));
    let _alone = count_memory();
    let size = header.len();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let error = Log::from_bytes(Path::new("commas.csv"), Bytes::Owned(header.into_bytes())).err().unwrap();
    assert!(matches!(error.kind, LogErrorKind::TooManyColumns { .. }), "{error}");
    let taken = MEMORY.peak_usage().saturating_sub(before);
    assert!(taken < size, "{taken} bytes for a file of {size}");
}

/// PDH allows 2,048 characters; a name of 400 KB would be written again for each instance of it.
#[test]
fn a_name_longer_than_windows_allows_is_no_counter() {
    let long = "L".repeat(10_000);
    let text = format!(
        "\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\S\\Memory\\Available Bytes\",\"\\\\S\\Process({long})\\Handle Count\",\"\\\\S\\Memory\\Commit \
         Limit\"\n\"03/03/2026 10:00:00.000\",\"1\",\"2\",\"3\"\n"
    );
    let log = Log::from_bytes(Path::new("long.csv"), Bytes::Owned(text.into_bytes())).unwrap();
    let contents = log.read(Selection::All, &mut Count::default()).unwrap();
    assert_eq!(contents.counters, 2);
    assert!(contents.warnings.iter().any(|w| matches!(w, LogWarning::NotCounterPaths(_))), "{:?}", contents.warnings);
}

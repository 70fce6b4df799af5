//! What the tests share.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod archive;

use std::path::{Path, PathBuf};

use perfverdict::evidence::Tag;
use perfverdict::log::{Cell, Column, ColumnId, Contents, Log, Selection, Sink, ZonedTime};
use perfverdict::model::{Finding, Report, Subject, SuspectKind};
use perfverdict::{Options, TimeRange, analyze};

/// A file of real logs, which lie beside the checkout where there are any. Prints why a test is
/// skipped where there are none.
pub fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: the real file {name} is not beside this checkout");
    None
}

/// A file of the fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Everything that a log holds, by path.
#[derive(Default)]
pub struct Table {
    pub paths: Vec<String>,
    pub rows: Vec<(ZonedTime, Vec<(String, f64)>)>,
}

impl Sink for Table {
    fn column(&mut self, _: ColumnId, column: &Column) {
        self.paths.push(column.path.to_string());
    }

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        self.rows.push((time, cells.iter().map(|c| (self.paths[c.column].clone(), c.value)).collect()));
    }
}

/// Reads a whole log from memory.
pub fn read_bytes(bytes: Vec<u8>) -> (Table, Contents) {
    let mut table = Table::default();
    let log = Log::from_vec(Path::new("made.blg"), bytes).unwrap_or_else(|e| panic!("{e}"));
    let contents = log.read(Selection::All, &mut table).unwrap_or_else(|e| panic!("{e}"));
    (table, contents)
}

/// The report of files.
pub fn run(paths: &[PathBuf]) -> Report {
    analyze(paths, &Options::default(), TimeRange::default())
}

/// The finding about a subject, of the first machine.
pub fn finding(report: &Report, subject: Subject) -> &Finding {
    report.machines[0].findings.iter().find(|f| f.subject == subject).unwrap()
}

/// The tag that holds most, and its likeliest driver.
pub fn prime(finding: &Finding) -> (&str, Option<&str>) {
    let tag = finding.suspects.iter().find(|s| s.kind == SuspectKind::PoolTag).unwrap();
    (tag.name.as_str(), tag.drivers.first().map(String::as_str))
}

/// The text of a file, whatever its code page.
pub fn text_of(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}

/// The tag of that name.
pub fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}

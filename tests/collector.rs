//! The collector's own figures held against logs.

mod common;

use common::real;
use perfverdict::collector::{CounterLog, Profile, Windows, size};
use perfverdict::demo::write_big;
use perfverdict::log::{Log, Query, Selection};

struct Count;

impl perfverdict::log::Sink for Count {
    fn column(&mut self, _: usize, _: &perfverdict::log::Column) {}
    fn sample(&mut self, _: perfverdict::log::Moment, _: &[perfverdict::log::Cell]) {}
}

fn bytes_per_sample(path: &std::path::Path) -> f64 {
    let log = Log::open(path).unwrap();
    let contents = log.read(Query::from(Selection::Known), &mut Count).unwrap();
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

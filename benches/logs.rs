//! Times to read, analyze and convert a log of a server with 230 processes:
//! `cargo bench --package perfverdict-benches`. Whole-process times beside other tools: `benches/peers.py`.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use perfverdict::Options;
use perfverdict::convert::{Dialect, write_text};
use perfverdict::counters_read;
use perfverdict::log::pdh_text::number::{format_g, push_g};
use perfverdict::log::{Cell, Column, ColumnId, Log, Query, Selection, Sink, Values, ZonedTime};
use perfverdict::machine::{MachineBuilder, TimeRange};

struct Nothing;

impl Sink for Nothing {
    fn column(&mut self, _: ColumnId, _: &Column) {}

    fn sample(&mut self, _: ZonedTime, cells: &[Cell]) {
        black_box(cells);
    }
}

fn open(path: &Path) -> Log {
    Log::open(path).unwrap_or_else(|e| panic!("{e}"))
}

fn logs(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let counters = counters_read();
    let files: [PathBuf; 2] = perfverdict::demo::write_big(folder.path(), 40 << 20).unwrap();
    for path in &files {
        let name = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let mut group = criterion.benchmark_group(&name);
        group.sample_size(20).throughput(Throughput::Bytes(open(path).size()));
        group.bench_function("open", |b| b.iter(|| open(path)));
        let log = open(path);
        for (name, query) in [
            ("columns only", Query { values: Values::None, ..Selection::All.into() }),
            ("known counters", Selection::Counters(&counters).into()),
            ("all counters", Selection::All.into()),
        ] {
            group.bench_function(name, |b| b.iter(|| log.read(query, &mut Nothing).unwrap()));
        }
        group.bench_function("history", |b| {
            b.iter(|| {
                let mut machines = MachineBuilder::new(TimeRange::default(), counters_read());
                machines.add(&log).unwrap();
                machines.join()
            });
        });
        group.bench_function("to CSV", |b| {
            b.iter(|| {
                write_text(std::slice::from_ref(&log), &Selection::All.into(), Dialect::default(), &mut std::io::sink())
                    .unwrap()
            });
        });
        group.finish();
    }
    let mut machines = MachineBuilder::new(TimeRange::default(), counters_read());
    machines.add(&open(&files[0])).unwrap();
    let machines = machines.join();
    criterion.bench_function("judge", |b| b.iter(|| perfverdict::judge_machine(&machines[0], &Options::default())));
}

fn numbers(criterion: &mut Criterion) {
    let values: Vec<f64> = (0..1000).map(|n| f64::from(n) * 1_234.567_891 / 7.0).collect();
    let mut group = criterion.benchmark_group("1000 fractions of 20 digits");
    group.bench_function("any number", |b| {
        b.iter(|| values.iter().map(|value| format_g(*value, 20).len()).sum::<usize>());
    });
    let mut out = Vec::new();
    group.bench_function("the usual ones", |b| {
        b.iter(|| {
            out.clear();
            values.iter().for_each(|value| push_g(&mut out, *value, 20));
            out.len()
        });
    });
    group.finish();
}

criterion_group!(benches, logs, numbers);
criterion_main!(benches);

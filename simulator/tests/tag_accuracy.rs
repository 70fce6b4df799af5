//! How well the leaking tag is distinguished from noise.

use perfverdict::model::{Subject, SuspectKind, Verdict};
use perfverdict::{Options, TimeRange, analyze};
use perfverdict_simulator::tags::{LEAKING_TAG, snapshots};

const RUNS: u64 = 60;

/// The verdict on a pool, and which tags are suspected.
fn suspects(text: &str) -> (Verdict, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.txt");
    std::fs::write(&path, text).unwrap();
    let report = analyze(&[path], &Options::default(), TimeRange::default());
    let finding = report.machines[0].findings.iter().find(|f| f.subject == Subject::NonpagedPool).unwrap();
    let tags = finding.suspects.iter().filter(|s| s.kind == SuspectKind::PoolTag).map(|s| s.name.clone());
    (finding.verdict, tags.collect())
}

fn the_leaking_tag_is_found(count: usize, leak: f64, least: u64) {
    let (mut first, mut alone) = (0, 0);
    for seed in 0..RUNS {
        let (_, tags) = suspects(&snapshots(seed * 7919 + count as u64, count, leak));
        first += u64::from(tags.first().is_some_and(|tag| tag == LEAKING_TAG));
        alone += u64::from(tags == [LEAKING_TAG]);
    }
    println!("{count} snapshots, leak of {leak} of the pool: named first in {first} of {RUNS}, alone in {alone}");
    assert!(first >= least, "{count} snapshots, {leak}: {first} of {RUNS}");
}

fn healthy_pools_are_not_suspected(count: usize) {
    let suspected = (0..RUNS)
        .filter(|seed| {
            let (verdict, _) = suspects(&snapshots(seed * 104_729 + count as u64, count, 0.0));
            matches!(verdict, Verdict::Leak | Verdict::SuspectedLeak)
        })
        .count();
    println!("{count} snapshots of healthy pools: {suspected} of {RUNS} suspected");
    assert!(suspected <= 3, "{count} snapshots: {suspected} of {RUNS}");
}

#[test]
fn the_leaking_tag_is_found_in_12_snapshots() {
    the_leaking_tag_is_found(12, 0.3, 57);
}

#[test]
fn the_leaking_tag_is_found_in_24_snapshots() {
    the_leaking_tag_is_found(24, 0.3, 57);
}

#[test]
fn the_leaking_tag_is_found_in_48_snapshots() {
    the_leaking_tag_is_found(48, 0.4, 51);
}

// Half a day that ends at noon is nothing but the morning's rise, and no log of that length can distinguish that from a
// leak: 24 snapshots are not tested.

#[test]
fn healthy_pools_are_not_suspected_in_12_snapshots() {
    healthy_pools_are_not_suspected(12);
}

#[test]
fn healthy_pools_are_not_suspected_in_48_snapshots() {
    healthy_pools_are_not_suspected(48);
}

#[test]
fn healthy_pools_are_not_suspected_in_96_snapshots() {
    healthy_pools_are_not_suspected(96);
}

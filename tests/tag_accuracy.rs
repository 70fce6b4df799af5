//! How well the leaking tag is told from noise: made pools of thirty tags that wander, spike and follow load, with one that
//! leaks or none.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made counts and sizes")]

use std::fmt::Write;

use perfverdict::Options;
use perfverdict::TimeRange;
use perfverdict::analyze;
use perfverdict::model::{Subject, SuspectKind, Verdict};

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Snapshots of a pool of about 300 MB, half an hour apart. The leak adds a share of the pool over all of them.
fn pool(seed: u64, snapshots: usize, leak: f64) -> String {
    let mut random = Random(seed);
    let sizes: Vec<f64> = (0..30).map(|n| 60e6 / (1.0 + f64::from(n) / 2.0) * (0.5 + random.uniform())).collect();
    let kinds: Vec<f64> = (0..30).map(|_| random.uniform()).collect();
    let whole: f64 = sizes.iter().sum();
    let mut walk = vec![0.0; 30];
    let mut text = String::new();
    for number in 0..snapshots {
        let minutes = 30 * number + 60;
        let hour = minutes as f64 / 60.0 % 24.0;
        let load = (1.0 - ((hour - 13.0) / 6.0).powi(2)).max(0.0);
        let mut rows = String::new();
        let mut total = 0.0;
        let mut row = |tag: &str, bytes: f64| {
            let outstanding = (bytes / 512.0).round().max(1.0);
            total += outstanding * 512.0;
            let frees = 90_000 * (number + 1);
            let allocs = outstanding as usize + frees;
            writeln!(rows, " {tag:<4} Nonp {allocs} ( 0) {frees} ( 0) {outstanding} {} ( 0) 512", outstanding * 512.0)
                .unwrap();
        };
        for (tag, ((size, kind), walk)) in sizes.iter().zip(&kinds).zip(&mut walk).enumerate() {
            let bytes = match kind {
                // Jitter, load, spikes, and what wanders.
                k if *k < 0.5 => size * (1.0 + 0.02 * random.normal()),
                k if *k < 0.7 => size * (1.0 + 0.3 * load + 0.02 * random.normal()),
                k if *k < 0.85 => size * if random.uniform() < 0.1 { 1.5 } else { 1.0 },
                _ => {
                    *walk = 0.8 * *walk + 0.01 * random.normal();
                    size * (1.0 + *walk)
                }
            };
            row(&format!("T{tag:03}"), bytes);
        }
        row("Leak", 2e6 + leak * whole * number as f64 / (snapshots - 1) as f64 * (1.0 + 0.01 * random.normal()));
        let (day, hour) = (3 + minutes / 1440, minutes / 60 % 24);
        writeln!(text, "2026-03-{day:02} {hour:02}:{:02}:00", minutes % 60).unwrap();
        writeln!(text, " Memory: 8388608K Avail: 4000000K PageFlts: 1 InRam Krnl:1K P: 1K").unwrap();
        writeln!(text, " Commit: 1K Limit: 1K Peak: 1K  Pool N:{}K P: 1000K\n{rows}", (total / 1024.0) as u64).unwrap();
    }
    text
}

/// Which tags are suspected of a pool.
fn suspects(text: &str) -> (Verdict, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.txt");
    std::fs::write(&path, text).unwrap();
    let report = analyze(&[path], &Options::default(), TimeRange::default());
    let finding = report.machines[0].findings.iter().find(|f| f.subject == Subject::NonpagedPool).unwrap();
    let tags = finding.suspects.iter().filter(|s| s.kind == SuspectKind::PoolTag).map(|s| s.name.clone());
    (finding.verdict, tags.collect())
}

#[test]
fn the_leaking_tag_is_told_from_noise() {
    for (snapshots, leak, least) in [(12, 0.3, 0.95), (24, 0.3, 0.95), (48, 0.4, 0.85)] {
        let runs = 60;
        let (mut named, mut alone) = (0, 0);
        for seed in 0..runs {
            let (_, tags) = suspects(&pool(seed * 7919 + snapshots as u64, snapshots, leak));
            named += usize::from(tags.first().is_some_and(|tag| tag == "Leak"));
            alone += usize::from(tags == ["Leak"]);
        }
        println!(
            "{snapshots} snapshots, leak of {leak} of the pool: named first in {named} of {runs}, alone in {alone}"
        );
        assert!(named as f64 >= least * runs as f64, "{snapshots} snapshots, {leak}: {named} of {runs}");
    }
}

#[test]
fn calm_pools_accuse_nobody() {
    // Half a day that ends at noon is nothing but the morning's rise, which no log of that length tells from a leak.
    for snapshots in [12, 48, 96] {
        let runs = 60;
        let mut wrong = 0;
        for seed in 0..runs {
            let (verdict, _) = suspects(&pool(seed * 104_729 + snapshots as u64, snapshots, 0.0));
            wrong += usize::from(matches!(verdict, Verdict::Leak | Verdict::SuspectedLeak));
        }
        println!("{snapshots} snapshots of calm pools: {wrong} of {runs} suspected");
        assert!(wrong <= 3, "{snapshots} snapshots: {wrong} of {runs}");
    }
}

//! Simulated pools by tag: thirty tags that jitter, spike, wander and follow load, and one that may leak.

use std::fmt::Write;

use perfverdict::base::units::KB;

/// The tag that leaks.
pub const LEAKING_TAG: &str = "Leak";

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

    /// Nearly normal: the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// A tag that does not leak.
struct Tag {
    size: f64,
    kind: f64,
    walk: f64,
}

impl Tag {
    /// Its bytes in the next snapshot.
    fn bytes(&mut self, load: f64, random: &mut Random) -> f64 {
        let factor = match self.kind {
            kind if kind < 0.5 => 1.0 + 0.02 * random.normal(),
            kind if kind < 0.7 => 1.0 + 0.3 * load + 0.02 * random.normal(),
            kind if kind < 0.85 => {
                if random.uniform() < 0.1 {
                    1.5
                } else {
                    1.0
                }
            }
            _ => {
                self.walk = 0.8 * self.walk + 0.01 * random.normal();
                1.0 + self.walk
            }
        };
        self.size * factor
    }
}

/// A row of `PoolMon`'s display, and its bytes.
fn row(tag: &str, bytes: f64, snapshot: usize) -> (String, f64) {
    let outstanding = (bytes / 512.0).round().max(1.0);
    let frees = 90_000 * (snapshot + 1);
    let allocs = outstanding as usize + frees;
    let bytes = outstanding * 512.0;
    (format!(" {tag:<4} Nonp {allocs} ( 0) {frees} ( 0) {outstanding} {bytes} ( 0) 512\n"), bytes)
}

/// Snapshots of a pool of about 300 MB, half an hour apart, as `PoolMon` writes them. The leak adds a share of the pool
/// over all of them.
#[must_use]
pub fn snapshots(seed: u64, count: usize, leak: f64) -> String {
    let mut random = Random(seed);
    let sizes: Vec<f64> = (0..30).map(|n| 60e6 / (1.0 + f64::from(n) / 2.0) * (0.5 + random.uniform())).collect();
    let mut tags: Vec<Tag> = sizes.iter().map(|size| Tag { size: *size, kind: random.uniform(), walk: 0.0 }).collect();
    let whole: f64 = sizes.iter().sum();
    let mut text = String::new();
    for number in 0..count {
        let minutes = 30 * number + 60;
        let load = (1.0 - ((minutes as f64 / 60.0 % 24.0 - 13.0) / 6.0).powi(2)).max(0.0);
        let mut rows: Vec<(String, f64)> = tags
            .iter_mut()
            .enumerate()
            .map(|(tag, state)| row(&format!("T{tag:03}"), state.bytes(load, &mut random), number))
            .collect();
        let leaked = leak * whole * number as f64 / (count - 1) as f64 * (1.0 + 0.01 * random.normal());
        rows.push(row(LEAKING_TAG, 2e6 + leaked, number));
        let total: f64 = rows.iter().map(|(_, bytes)| bytes).sum();
        let rows: String = rows.into_iter().map(|(row, _)| row).collect();
        let (day, hour, minute) = (3 + minutes / 1440, minutes / 60 % 24, minutes % 60);
        let _ = write!(
            text,
            "2026-03-{day:02} {hour:02}:{minute:02}:00
 Memory: 8388608K Avail: 4000000K PageFlts: 1 InRam Krnl:1K P: 1K
 Commit: 1K Limit: 1K Peak: 1K  Pool N:{}K P: 1000K
{rows}
",
            (total / KB) as u64
        );
    }
    text
}

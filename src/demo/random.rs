//! Random numbers that are the same on every machine and in every version.

/// `SplitMix64` (Steele, Lea and Flood 2014), good enough for noise in demo logs.
pub struct Random(u64);

impl Random {
    /// A generator; every seed has its own sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to below 1.
    pub fn uniform(&mut self) -> f64 {
        // Every number of 53 bits is an exact double.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A nearly normal number with mean 0 and standard deviation 1: the sum of twelve uniform numbers minus 6. It uses
    /// no function of the math library, whose last digits differ between systems.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_never_changes() {
        let mut random = Random::new(1);
        assert_eq!([random.next(), random.next()], [10_451_216_379_200_822_465, 13_757_245_211_066_428_519]);
        let mut random = Random::new(7);
        let numbers: Vec<f64> = (0..10_000).map(|_| random.normal()).collect();
        let mean = numbers.iter().sum::<f64>() / 1e4;
        let variance = numbers.iter().map(|n| n * n).sum::<f64>() / 1e4;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
    }
}

//! Calculates the value that Performance Monitor displays from raw values.

use super::types::{CounterType, Formula};

/// The raw values of one counter in one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The value of the counter.
    pub first: i64,
    /// The clock or the base, depending on the counter type.
    pub second: i64,
    /// The multi count; 1 except for multi timers.
    pub multi: u32,
}

/// The displayed value of a counter; `None` if Windows shows a blank.
///
/// `before` is the raw value of the same path in the previous sample; `None` if that sample has no valid value.
/// `time_base` is in ticks per second of the second raw value.
///
/// The result is blank for types that need two samples without a previous one, a count that fell, and a clock that did
/// not advance. Percentages are not limited to 100, as on Windows.
#[must_use]
pub fn cook(kind: CounterType, time_base: i64, before: Option<&Raw>, now: &Raw) -> Option<f64> {
    let formula = kind.formula();
    match formula {
        Formula::Value => return Some(now.first as f64),
        Formula::Fraction => {
            return Some(if now.second == 0 { 0.0 } else { 100.0 * (now.first as f64 / now.second as f64) });
        }
        Formula::ElapsedTime => {
            let ticks = now.second.checked_sub(now.first).filter(|t| *t >= 0)?;
            return (time_base > 0).then(|| ticks as f64 / time_base as f64);
        }
        Formula::Base | Formula::NoValue => return None,
        _ => {}
    }
    let before = before?;
    let n = now.first.checked_sub(before.first).filter(|n| *n >= 0)? as f64;
    if formula == Formula::Delta {
        return Some(n);
    }
    let ticks = now.second.checked_sub(before.second).filter(|d| *d >= 0)?;
    let averages = matches!(formula, Formula::AverageTimer | Formula::AverageBulk | Formula::SampleFraction);
    if ticks == 0 {
        return averages.then_some(0.0);
    }
    let d = ticks as f64;
    let frequency = time_base as f64;
    let multi = f64::from(now.multi.max(1));
    let value = match formula {
        Formula::Rate if time_base > 0 => n / (d / frequency),
        Formula::AverageTimer if time_base > 0 => (n / frequency) / d,
        Formula::Rate | Formula::AverageTimer => return None,
        Formula::Timer | Formula::SampleFraction => 100.0 * (n / d),
        Formula::TimerInverse => (100.0 * (1.0 - n / d)).max(0.0),
        Formula::QueueLength | Formula::AverageBulk => n / d,
        Formula::MultiTimer => 100.0 * (n / d) / multi,
        Formula::MultiTimerInverse => (100.0 * (multi - n / d) / multi).max(0.0),
        _ => return None,
    };
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(first: i64, second: i64) -> Raw {
        Raw { first, second, multi: 1 }
    }

    fn two(code: u32, base: i64, a: (i64, i64), b: (i64, i64)) -> Option<f64> {
        cook(CounterType(code), base, Some(&raw(a.0, a.1)), &raw(b.0, b.1))
    }

    #[test]
    fn every_formula_by_hand() {
        assert_eq!(cook(CounterType(0x0001_0000), 0, None, &raw(4_294_967_295, 0)), Some(4_294_967_295.0));
        assert_eq!(two(0x0040_0400, 0, (3, 0), (10, 0)), Some(7.0));
        assert_eq!(two(0x1041_0500, 1000, (100, 0), (300, 2000)), Some(100.0));
        assert_eq!(two(0x2051_0500, 10_000_000, (0, 0), (25, 100)), Some(25.0));
        assert_eq!(two(0x2151_0500, 10_000_000, (0, 0), (25, 100)), Some(75.0));
        assert_eq!(two(0x2151_0500, 10_000_000, (0, 0), (101, 100)), Some(0.0), "inverse has a floor");
        assert_eq!(two(0x2051_0500, 10_000_000, (0, 0), (1071, 100)), Some(1071.0), "and no cap");
        assert_eq!(two(0x0055_0500, 10_000_000, (0, 0), (250, 100)), Some(2.5));
        assert_eq!(two(0x3002_0400, 1000, (0, 0), (500, 10)), Some(0.05));
        assert_eq!(two(0x4002_0500, 0, (0, 0), (500, 10)), Some(50.0));
        assert_eq!(cook(CounterType(0x2002_0400), 0, None, &raw(1, 4)), Some(25.0));
        assert_eq!(two(0x20C2_0400, 0, (0, 0), (1, 4)), Some(25.0));
        assert_eq!(cook(CounterType(0x3024_0500), 10, None, &raw(5, 35)), Some(3.0));
        let four = |first, second| Raw { first, second, multi: 4 };
        assert_eq!(cook(CounterType(0x2251_0500), 0, Some(&four(0, 0)), &four(200, 100)), Some(50.0));
        assert_eq!(cook(CounterType(0x2351_0500), 0, Some(&four(0, 0)), &four(100, 100)), Some(75.0));
    }

    #[test]
    fn blank_where_windows_shows_a_blank() {
        for code in [0x1041_0500, 0x2051_0500, 0x2151_0500, 0x3002_0400, 0x4002_0500, 0x0045_0500] {
            assert_eq!(cook(CounterType(code), 10, None, &raw(1, 1)), None, "{code:08X} needs two samples");
            assert_eq!(two(code, 10, (10, 10), (9, 20)), None, "{code:08X} fell");
            assert_eq!(two(code, 10, (10, 10), (12, 9)), None, "{code:08X} clock ran back");
        }
        assert_eq!(two(0x1041_0500, 10, (1, 5), (2, 5)), None, "no time went by");
        assert_eq!(two(0x3002_0400, 10, (1, 5), (2, 5)), Some(0.0), "no operation: average is 0");
        assert_eq!(cook(CounterType(0x2002_0400), 0, None, &raw(1, 0)), Some(0.0));
        for code in [0x4003_0403, 0x0000_0B00, 0x4000_0200, 0xDEAD_BEEF] {
            assert_eq!(two(code, 10, (0, 0), (5, 5)), None, "{code:08X}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_raw_values_are_safe(
            code in proptest::sample::select(vec![
                0x0040_0500_u32, 0x1041_0500, 0x2051_0500, 0x2151_0500, 0x3002_0400, 0x4002_0500,
                0x2002_0400, 0x20C2_0400, 0x3024_0500, 0x2251_0500, 0x2351_0500, 0x0045_0500,
            ]),
            base: i64, n0: i64, d0: i64, n1: i64, d1: i64, multi: u32,
        ) {
            let before = Raw { first: n0, second: d0, multi };
            let now = Raw { first: n1, second: d1, multi };
            if let Some(value) = cook(CounterType(code), base, Some(&before), &now) {
                proptest::prop_assert!(value.is_finite());
            }
        }
    }
}

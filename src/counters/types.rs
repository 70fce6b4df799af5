//! Perflib counter types, the `PERF_*` codes of the public header `winperf.h`.

use std::fmt;

/// A Perflib counter type code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CounterType(pub u32);

/// How a counter's raw values become the displayed value.
///
/// `N` is the first raw value, `D` the second, `F` the time base in ticks per second, `B` the multi count; 0 is the
/// previous sample, 1 the current one. Operations are in the order that reproduces Windows' digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// `N1`
    Value,
    /// `N1 - N0`
    Delta,
    /// `(N1 - N0) / ((D1 - D0) / F)`
    Rate,
    /// `100 * ((N1 - N0) / (D1 - D0))`
    Timer,
    /// `max(0, 100 * (1 - (N1 - N0) / (D1 - D0)))`
    TimerInverse,
    /// `(N1 - N0) / (D1 - D0)`
    QueueLength,
    /// `((N1 - N0) / F) / (D1 - D0)`, 0 when the base does not change
    AverageTimer,
    /// `(N1 - N0) / (D1 - D0)`, 0 when the base does not change
    AverageBulk,
    /// `100 * (N1 / D1)`, 0 when the base is 0
    Fraction,
    /// `100 * ((N1 - N0) / (D1 - D0))`, 0 when the base does not change
    SampleFraction,
    /// `(D1 - N1) / F`, in seconds
    ElapsedTime,
    /// `100 * ((N1 - N0) / (D1 - D0)) / B`
    MultiTimer,
    /// `max(0, 100 * (B - (N1 - N0) / (D1 - D0)) / B)`
    MultiTimerInverse,
    /// The base of another counter: never displayed.
    Base,
    /// Text, no data, or an undocumented code: no value.
    NoValue,
}

/// Source of a counter's second raw value in a `PERF_DATA_BLOCK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondValue {
    /// No second value.
    None,
    /// The value of the base counter that follows in the definition list.
    Base,
    /// The block's system time in 100 ns units.
    Time100ns,
    /// The object's own clock.
    ObjectTime,
    /// The block's performance counter.
    PerfTime,
}

impl CounterType {
    /// `PERF_COUNTER_RAWCOUNT`, a 32-bit level.
    pub const RAWCOUNT: Self = Self(0x0001_0000);
    /// `PERF_COUNTER_LARGE_RAWCOUNT`, a 64-bit level.
    pub const LARGE_RAWCOUNT: Self = Self(0x0001_0100);
    /// `PERF_COUNTER_COUNTER`, events per second from a 32-bit count.
    pub const COUNTER: Self = Self(0x1041_0400);
    /// `PERF_COUNTER_BULK_COUNT`, events per second from a 64-bit count.
    pub const BULK_COUNT: Self = Self(0x1041_0500);
    /// `PERF_100NSEC_TIMER`, busy share of time, percent.
    pub const TIMER_100NS: Self = Self(0x2051_0500);
    /// `PERF_100NSEC_TIMER_INV`, non-idle share of time, percent.
    pub const TIMER_100NS_INV: Self = Self(0x2151_0500);
    /// `PERF_RAW_FRACTION`, a level relative to its base, percent.
    pub const RAW_FRACTION: Self = Self(0x2002_0400);
    /// `PERF_RAW_BASE`, the base of a [`Self::RAW_FRACTION`].
    pub const RAW_BASE: Self = Self(0x4003_0403);
    /// `PERF_ELAPSED_TIME`, seconds since a start time.
    pub const ELAPSED_TIME: Self = Self(0x3024_0500);

    /// The formula for the displayed value of this type.
    #[must_use]
    pub fn formula(self) -> Formula {
        match self.0 {
            0x0000_0000 | 0x0000_0100 | 0x0001_0000 | 0x0001_0100 => Formula::Value,
            0x0040_0400 | 0x0040_0500 => Formula::Delta,
            0x1041_0400 | 0x1041_0500 | 0x0041_0400 => Formula::Rate,
            0x2041_0500 | 0x2051_0500 | 0x2061_0500 | 0x2047_0500 | 0x2057_0500 | 0x2067_0500 => Formula::Timer,
            0x2141_0500 | 0x2151_0500 => Formula::TimerInverse,
            0x0045_0400 | 0x0045_0500 | 0x0055_0500 | 0x0065_0500 => Formula::QueueLength,
            0x3002_0400 => Formula::AverageTimer,
            0x4002_0500 => Formula::AverageBulk,
            0x2002_0400 | 0x2002_0500 => Formula::Fraction,
            0x20C2_0400 => Formula::SampleFraction,
            0x3024_0500 => Formula::ElapsedTime,
            // Public pages disagree on the multi timers; this follows the comments in winperf.h: per instance of the
            // multi count, with both clocks in one unit.
            0x2241_0500 | 0x2251_0500 => Formula::MultiTimer,
            0x2341_0500 | 0x2351_0500 => Formula::MultiTimerInverse,
            0x4003_0401 | 0x4003_0402 | 0x4003_0403 | 0x4003_0500 | 0x4203_0500 => Formula::Base,
            _ => Formula::NoValue,
        }
    }

    /// Whether this is the base of the counter before it. Bases are never displayed.
    #[must_use]
    pub fn is_base(self) -> bool {
        self.formula() == Formula::Base
    }

    /// Whether a counter of this type has a value that a reader can print.
    #[must_use]
    pub fn is_displayed(self) -> bool {
        !matches!(self.formula(), Formula::Base | Formula::NoValue)
    }

    /// Whether the displayed value needs the previous sample.
    #[must_use]
    pub fn needs_two_samples(self) -> bool {
        !matches!(
            self.formula(),
            Formula::Value | Formula::Fraction | Formula::ElapsedTime | Formula::Base | Formula::NoValue
        )
    }

    /// Source of the second raw value in a `PERF_DATA_BLOCK`.
    #[must_use]
    pub fn second_value(self) -> SecondValue {
        let based = matches!(
            self.formula(),
            Formula::AverageTimer | Formula::AverageBulk | Formula::Fraction | Formula::SampleFraction
        ) || matches!(self.0, 0x2047_0500 | 0x2057_0500 | 0x2067_0500);
        if based {
            SecondValue::Base
        } else if self.formula() == Formula::Value || self.0 & 0xC00 == 0 {
            SecondValue::None
        } else if self.formula() == Formula::ElapsedTime || self.0 & 0x0030_0000 == 0x0020_0000 {
            SecondValue::ObjectTime
        } else if self.0 & 0x0030_0000 == 0x0010_0000 {
            SecondValue::Time100ns
        } else {
            SecondValue::PerfTime
        }
    }

    /// Whether the base counter's value is the multi count (`PERF_MULTI_COUNTER`).
    #[must_use]
    pub fn is_multi(self) -> bool {
        matches!(self.formula(), Formula::MultiTimer | Formula::MultiTimerInverse)
    }
}

impl fmt::Debug for CounterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CounterType({:08X})", self.0)
    }
}

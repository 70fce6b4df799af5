//! Numbers in PDH text: formats and parses them.

/// Significant digits of `%.20g`, which Windows 10 and later use.
pub const DIGITS: usize = 20;
/// Significant digits of `%.17g`, which Windows up to Server 2016 (build 14393) uses.
pub const DIGITS_2016: usize = 17;

/// The digits that a Windows version (major, minor, build) writes; those of new versions if unknown.
#[must_use]
pub fn digits_of(os_version: Option<(u8, u8, u32)>) -> usize {
    match os_version {
        Some((major, _, build)) if major < 10 || build <= 14_393 => DIGITS_2016,
        _ => DIGITS,
    }
}

/// A value as `%.{digits}g` of the Windows C run-time writes it: exact decimal digits, no trailing zeros, exponents of
/// three digits.
#[must_use]
pub fn format_g(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = digits.max(1);
    let scientific = format!("{value:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let limit = i32::try_from(digits).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= limit {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:03}", without_zeros(mantissa), exponent.unsigned_abs());
    }
    let decimals = usize::try_from(limit - 1 - exponent).unwrap_or(0);
    without_zeros(&format!("{value:.decimals$}")).to_owned()
}

/// Appends the text of [`format_g`]; fast for whole numbers and for the usual fractions.
pub fn push_g(out: &mut Vec<u8>, value: f64, digits: usize) {
    let size = value.abs();
    // With 17 digits, whole numbers below 1e17 are written out; with 20 digits, every u64 is.
    let limit = if digits >= 20 { 18_446_744_073_709_551_615.0 } else { 1e17 };
    let quick = if digits < 17 {
        false
    } else if size.fract() == 0.0 && size < limit {
        if value < 0.0 {
            out.push(b'-');
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 2^64")]
        push_whole(out, size as u64);
        true
    } else {
        value > 0.0 && push_fraction(out, value, digits)
    };
    if !quick {
        out.extend(format_g(value, digits).as_bytes());
    }
}

fn push_whole(out: &mut Vec<u8>, mut number: u64) {
    let mut text = [b'0'; 20];
    let mut at = text.len();
    loop {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&text[at..]);
}

/// Number of decimals to calculate: 20 significant digits after four zeros, and one for rounding.
const DECIMALS: usize = 27;

/// Appends a fraction above 0.0001, exactly: it is a whole number divided by 2^s, and its decimals are calculated nine
/// at a time. `false`, with nothing appended, outside that range.
#[allow(clippy::cast_possible_truncation, reason = "the shifts leave as many bits as the types have")]
fn push_fraction(out: &mut Vec<u8>, value: f64, digits: usize) -> bool {
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = value.to_bits();
    let exponent = (bits >> FRACTION_BITS) as u32;
    let Some(shift) = (1023 + FRACTION_BITS).checked_sub(exponent).filter(|s| (1..=96).contains(s)) else {
        return false;
    };
    if value < 1e-4 || digits > 20 {
        return false;
    }
    let mantissa = u128::from(bits & ((1 << FRACTION_BITS) - 1) | 1 << FRACTION_BITS);
    let mut whole = (mantissa >> shift) as u64;
    let mut rest = mantissa & ((1 << shift) - 1);
    let mut decimals = [0_u8; DECIMALS];
    for nine in decimals.chunks_exact_mut(9) {
        rest *= 1_000_000_000;
        let mut chunk = (rest >> shift) as u32;
        rest &= (1 << shift) - 1;
        for digit in nine.iter_mut().rev() {
            *digit = (chunk % 10) as u8;
            chunk /= 10;
        }
    }
    let keep = match whole.checked_ilog10() {
        Some(log) => digits.saturating_sub(log as usize + 1),
        None => digits + decimals.iter().take_while(|digit| **digit == 0).count(),
    };
    let Some((kept, cut)) = decimals.split_at_mut_checked(keep).filter(|(_, cut)| !cut.is_empty()) else {
        return false;
    };
    let beyond_half = rest != 0 || cut[1..].iter().any(|digit| *digit != 0);
    let is_odd = kept.last().map_or(whole % 2, |digit| u64::from(digit % 2)) == 1;
    if cut[0] > 5 || cut[0] == 5 && (beyond_half || is_odd) {
        match kept.iter().rposition(|digit| *digit != 9) {
            Some(at) => {
                kept[at] += 1;
                kept[at + 1..].fill(0);
            }
            None => {
                kept.fill(0);
                whole += 1;
            }
        }
    }
    push_whole(out, whole);
    if let Some(last) = kept.iter().rposition(|digit| *digit != 0) {
        out.push(b'.');
        out.extend(kept[..=last].iter().map(|digit| b'0' + digit));
    }
    true
}

fn without_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// The content of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A value.
    Value(f64),
    /// No value.
    Blank,
    /// `-1`, which older versions of Windows write for no value. No counter is ever -1.
    MinusOne,
    /// Text that is not a number.
    None,
}

/// Whether a number means no value.
#[must_use]
#[allow(clippy::float_cmp, reason = "exactly -1 is written")]
pub fn is_no_value(value: f64) -> bool {
    value == -1.0
}

/// Reads a cell as Windows writes it in every language.
#[must_use]
pub fn parse_cell(cell: &[u8]) -> Number {
    // Most cells are short whole numbers; each below 2^53 is an exact double.
    if (1..=15).contains(&cell.len())
        && let Some(whole) = whole(cell)
    {
        return Number::Value(whole as f64);
    }
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Number::Blank;
    }
    let Ok(text) = std::str::from_utf8(cell) else { return Number::None };
    // "inf" and "nan" parse as numbers, but Windows never writes them.
    match text.parse::<f64>() {
        Ok(value) if is_no_value(value) => Number::MinusOne,
        Ok(value) if value.is_finite() => Number::Value(value),
        _ => Number::None,
    }
}

fn whole(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_as_windows_writes_them() {
        // From CSV logs of Windows 10 and 11.
        assert_eq!(format_g(8.57e-05, 20), "8.5699999999999996016e-005");
        assert_eq!(format_g(11_980.986_682_813_664, 17), "11980.986682813664");
        assert_eq!(format_g(208_351_232.0, 20), "208351232");
        assert_eq!(format_g(0.0001, 20), "0.00010000000000000000479");
        assert_eq!(format_g(1e20, 20), "1e+020");
        assert_eq!(format_g(-2.5, 20), "-2.5");
        assert_eq!(format_g(0.0, 20), "0");
        assert_eq!(format_g(1e23, 3), "1e+023", "rounding up changes the exponent");
        assert_eq!(format_g(f64::MAX, 17), "1.7976931348623157e+308");
    }

    #[test]
    fn cells() {
        assert_eq!(parse_cell(b" "), Number::Blank);
        assert_eq!(parse_cell(b"999999999999999"), Number::Value(999_999_999_999_999.0));
        assert_eq!(parse_cell(b"18446744073709551615"), Number::Value(18_446_744_073_709_551_615.0));
        assert_eq!(parse_cell(b"2.20E+12"), Number::Value(2.2e12));
        assert_eq!(parse_cell(b"8.5699999999999996016e-005"), Number::Value(8.57e-5));
        assert_eq!((parse_cell(b"-1"), parse_cell(b"-1.0")), (Number::MinusOne, Number::MinusOne));
        for text in ["x", "nan", "inf", "1,5", "1:"] {
            assert_eq!(parse_cell(text.as_bytes()), Number::None, "{text}");
        }
    }

    fn pushed(value: f64, digits: usize) -> String {
        let mut out = Vec::new();
        push_g(&mut out, value, digits);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_quick_way_gives_the_same_at_the_edges() {
        for value in [
            0.0,
            1.0,
            -1.0,
            0.5,
            1e-4,
            0.000_099_999,
            0.1,
            0.999_999_999_999_999_9,
            9.999_999_999_999_998,
            1e17,
            1e16,
            99_999_999_999_999_990.0,
            1.8e19,
            18_446_744_073_709_551_615.0,
            1e20,
            1e300,
            5e-324,
            4_503_599_627_370_497.5,
            0.000_1 + f64::EPSILON,
            123_456.789,
            -2.5,
            1_071.328_125,
            // Ties: 21 and 18 digits, the last of which is 5.
            524_288.000_001_907_3,
            2_251_799_813_685_248.25,
            2_251_799_813_685_248.75,
        ] {
            for digits in [17, 18, 20] {
                assert_eq!(pushed(value, digits), format_g(value, digits), "{value:e} {digits}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn the_quick_way_gives_the_same(value: f64, small in -1e9_f64..1e9, tiny in 0.0_f64..1.0, whole: i64, power in 0..60_u32) {
            let binary = (whole >> 20) as f64 / 2_f64.powi(power as i32);
            for value in [value, small, tiny, whole as f64, binary] {
                if value.is_finite() {
                    for digits in [17, 20] {
                        proptest::prop_assert_eq!(pushed(value, digits), format_g(value, digits));
                    }
                }
            }
        }

        #[test]
        fn seventeen_digits_are_enough_to_come_back(value: f64) {
            proptest::prop_assume!(value.is_finite() && value != -1.0);
            let text = format_g(value, 17);
            proptest::prop_assert_eq!(parse_cell(text.as_bytes()), Number::Value(value));
        }
    }
}

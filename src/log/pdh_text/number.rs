//! Numbers as Windows writes them into PDH text, and as they are found there.

/// Significant digits of `%.20g`, which Windows 10 and later use.
pub const DIGITS: usize = 20;
/// Significant digits of `%.17g`, which Windows up to Server 2016 (build 14393) uses.
pub const DIGITS_2016: usize = 17;

/// The digits that a version of Windows (major, minor, build) writes; the newer where it is not known.
#[must_use]
pub fn digits_of(os_version: Option<(u8, u8, u32)>) -> usize {
    match os_version {
        Some((major, _, build)) if major < 10 || build <= 14_393 => DIGITS_2016,
        _ => DIGITS,
    }
}

/// A value as C's `%.{digits}g` of the Windows run-time writes it: exact decimal digits, trailing
/// zeros cut, exponents of three digits.
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

fn without_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A value.
    Value(f64),
    /// Nothing.
    Blank,
    /// `-1`, which older versions of Windows write for no value. No counter is ever negative by one.
    MinusOne,
    /// Something that is no number.
    None,
}

/// Reads a cell.
#[must_use]
pub fn parse_cell(cell: &[u8], decimal_comma: bool) -> Number {
    // Most cells are short whole numbers; below 2^53 each is a double.
    if (1..=15).contains(&cell.len())
        && let Some(whole) = whole(cell)
    {
        return Number::Value(whole as f64);
    }
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Number::Blank;
    }
    if cell == b"-1" {
        return Number::MinusOne;
    }
    let Ok(text) = std::str::from_utf8(cell) else { return Number::None };
    let value = match text.parse::<f64>() {
        Err(_) if decimal_comma => text.replace(',', ".").parse(),
        parsed => parsed,
    };
    // "inf" and "nan" parse as numbers but are none of Windows' making.
    value.ok().filter(|v| v.is_finite()).map_or(Number::None, Number::Value)
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
        assert_eq!(parse_cell(b" ", false), Number::Blank);
        assert_eq!(parse_cell(b"999999999999999", false), Number::Value(999_999_999_999_999.0));
        assert_eq!(parse_cell(b"18446744073709551615", false), Number::Value(18_446_744_073_709_551_615.0));
        assert_eq!(parse_cell(b"2.20E+12", false), Number::Value(2.2e12));
        assert_eq!(parse_cell(b"0,003396216", true), Number::Value(0.003_396_216));
        assert_eq!(parse_cell(b"8.5699999999999996016e-005", false), Number::Value(8.57e-5));
        assert_eq!(parse_cell(b"-1", false), Number::MinusOne);
        for text in ["x", "nan", "inf", "1,5", "1:"] {
            assert_eq!(parse_cell(text.as_bytes(), false), Number::None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn seventeen_digits_are_enough_to_come_back(value: f64) {
            proptest::prop_assume!(value.is_finite() && value != -1.0);
            let text = format_g(value, 17);
            proptest::prop_assert_eq!(parse_cell(text.as_bytes(), false), Number::Value(value));
        }
    }
}

//! Numbers with other marks than Windows writes: decimal commas, and marks between groups of three digits. Spreadsheets
//! and scripts write them as their country does.

use std::borrow::Cow;

/// What a point or a comma in a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It is before the fraction.
    Decimal,
    /// It is between groups of three digits.
    Thousands,
}

/// The meaning of the marks in a column, for numbers that can be read in two ways: `1,000` and `1.000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The meaning of a comma.
    pub comma: Meaning,
    /// The meaning of a point.
    pub point: Meaning,
}

impl Style {
    /// Both are decimal, as in text that has no groups of digits.
    pub const DECIMAL: Self = Self { comma: Meaning::Decimal, point: Meaning::Decimal };
}

/// A number, and the meaning of its only mark if the style of its column decided that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The number.
    pub value: f64,
    /// What was assumed about its comma.
    pub comma: Option<Meaning>,
    /// What was assumed about its point.
    pub point: Option<Meaning>,
}

/// What a number shows about its marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// It has none.
    Plain,
    /// This mark is decimal; the other, if any, is between groups.
    Decimal(u8),
    /// This mark is between groups, and there is no other.
    Thousands(u8),
    /// This mark is either.
    Either(u8),
}

/// Longest text of a number with its marks.
const LONGEST: usize = 64;

/// Blanks and apostrophes between groups: no-break spaces in UTF-8 and in the code pages of Windows, and ordinary ones.
const GAPS: [&[u8]; 6] = [b"\xE2\x80\xAF", b"\xE2\x80\x99", b"\xC2\xA0", b"\xA0", b" ", b"'"];

/// A number of digits, points, commas and an exponent. Blanks and apostrophes between digits are left out.
fn clean(cell: &[u8]) -> Option<Cow<'_, [u8]>> {
    if cell.len() > LONGEST {
        return None;
    }
    if cell.iter().copied().all(is_of_number) {
        return Some(Cow::Borrowed(cell));
    }
    let mut text = Vec::with_capacity(cell.len());
    let mut rest = cell;
    while let [byte, behind @ ..] = rest {
        if let Some(after) = GAPS.iter().find_map(|gap| rest.strip_prefix(*gap)) {
            let is_before_group = after.len() >= 3 && after[..3].iter().all(u8::is_ascii_digit);
            if !is_before_group || after.get(3).is_some_and(u8::is_ascii_digit) || !ends_in_digit(&text) {
                return None;
            }
            rest = after;
            continue;
        }
        if !is_of_number(*byte) {
            return None;
        }
        text.push(*byte);
        rest = behind;
    }
    Some(Cow::Owned(text))
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'+' | b'e' | b'E')
}

fn ends_in_digit(text: &[u8]) -> bool {
    text.last().is_some_and(u8::is_ascii_digit)
}

/// Whether a whole number is written in groups of three digits.
fn is_grouped(whole: &[u8], mark: u8) -> bool {
    let mut groups = whole.split(|byte| *byte == mark);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3)
}

/// The form of a number, and its digits and marks without sign and exponent.
fn form(text: &[u8]) -> Option<(Form, &[u8])> {
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let end = unsigned.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(unsigned.len());
    let (number, exponent) = unsigned.split_at(end);
    if !number.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) {
        return None;
    }
    let Some(last) = number.iter().rposition(|byte| !byte.is_ascii_digit()) else {
        return Some((Form::Plain, number));
    };
    let (mark, whole, fraction) = (number[last], &number[..last], &number[last + 1..]);
    let form = if let Some(other) = whole.iter().copied().find(|byte| !byte.is_ascii_digit()) {
        if other == mark {
            let all_same = number.iter().all(|byte| byte.is_ascii_digit() || *byte == mark);
            (all_same && is_grouped(number, mark)).then_some(Form::Thousands(mark))?
        } else {
            is_grouped(whole, other).then_some(Form::Decimal(mark))?
        }
    } else if fraction.len() == 3 && is_grouped(whole, mark) && !whole.starts_with(b"0") && exponent.is_empty() {
        Form::Either(mark)
    } else {
        Form::Decimal(mark)
    };
    Some((form, number))
}

/// Reads a number with marks; `None` if it is none.
#[must_use]
pub fn parse(cell: &[u8], style: Style) -> Option<Reading> {
    let mut text = clean(cell.trim_ascii())?.into_owned();
    let (form, _) = form(&text)?;
    let (mut comma, mut point) = (None, None);
    let decimal = match form {
        Form::Plain | Form::Thousands(_) => None,
        Form::Decimal(mark) => Some(mark),
        Form::Either(b',') => {
            comma = Some(style.comma);
            (style.comma == Meaning::Decimal).then_some(b',')
        }
        Form::Either(mark) => {
            // A point is decimal unless the file shows that it is not: nothing is assumed.
            point = Some(style.point).filter(|meaning| *meaning == Meaning::Thousands);
            (style.point == Meaning::Decimal).then_some(mark)
        }
    };
    text.retain(|byte| !matches!(byte, b'.' | b',') || Some(*byte) == decimal);
    text.iter_mut().filter(|byte| **byte == b',').for_each(|byte| *byte = b'.');
    let value: f64 = std::str::from_utf8(&text).ok()?.parse().ok()?;
    value.is_finite().then_some(Reading { value, comma, point })
}

/// Numbers that agree, for each that does not: a typing error or a damaged cell decides nothing.
const NEARLY_ALL: u64 = 20;

/// How many numbers show what a mark means.
#[derive(Clone, Copy, Default)]
struct Shown {
    decimal: u32,
    thousands: u32,
}

impl Shown {
    /// The meaning, if nearly all numbers agree.
    fn meaning(self) -> Option<Meaning> {
        let most = |many: u32, few: u32| many > 0 && u64::from(few) * NEARLY_ALL <= u64::from(many);
        match (self.decimal, self.thousands) {
            (decimal, thousands) if most(decimal, thousands) => Some(Meaning::Decimal),
            (decimal, thousands) if most(thousands, decimal) => Some(Meaning::Thousands),
            _ => None,
        }
    }
}

/// What numbers of a column, or of a file, show about their marks.
#[derive(Clone, Copy, Default)]
pub struct Evidence {
    comma: Shown,
    point: Shown,
    /// Numbers of four digits or more without marks: with marks between groups they would have one.
    ungrouped: u32,
}

impl Evidence {
    /// Adds a cell.
    pub fn add(&mut self, cell: &[u8]) {
        let Some(text) = clean(cell.trim_ascii()) else { return };
        let Some((form, number)) = form(&text) else { return };
        match form {
            Form::Plain => self.ungrouped += u32::from(number.len() > 3),
            Form::Decimal(mark) => {
                self.of(mark).decimal += 1;
                let other = if mark == b',' { b'.' } else { b',' };
                if number.contains(&other) {
                    self.of(other).thousands += 1;
                }
            }
            Form::Thousands(mark) => self.of(mark).thousands += 1,
            Form::Either(_) => {}
        }
    }

    /// Adds the evidence of another column.
    pub fn add_all(&mut self, other: &Self) {
        for (to, from) in [(&mut self.comma, other.comma), (&mut self.point, other.point)] {
            to.decimal += from.decimal;
            to.thousands += from.thousands;
        }
        self.ungrouped += other.ungrouped;
    }

    fn of(&mut self, mark: u8) -> &mut Shown {
        if mark == b',' { &mut self.comma } else { &mut self.point }
    }

    /// The style of a column: by its own numbers, then by all numbers of the file, then by the file's separator, which
    /// is a comma only where a comma is not decimal.
    #[must_use]
    pub fn style(&self, file: &Self, separator: u8) -> Style {
        let by_point =
            |evidence: &Self| (evidence.point.meaning() == Some(Meaning::Decimal)).then_some(Meaning::Thousands);
        let by_ungrouped = (self.ungrouped > 0).then_some(Meaning::Decimal);
        let usual = if separator == b',' { Meaning::Thousands } else { Meaning::Decimal };
        let own = self.comma.meaning().or_else(|| by_point(self));
        let comma = own.or_else(|| file.comma.meaning()).or_else(|| by_point(file)).or(by_ungrouped).unwrap_or(usual);
        let point = self.point.meaning().or_else(|| file.point.meaning()).unwrap_or(Meaning::Decimal);
        Style { comma, point }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THOUSANDS: Style = Style { comma: Meaning::Thousands, point: Meaning::Thousands };

    fn value(cell: &str, style: Style) -> Option<f64> {
        parse(cell.as_bytes(), style).map(|reading| reading.value)
    }

    #[test]
    fn numbers_that_tell_their_marks() {
        for (text, number) in [
            ("1.000.000,5", 1_000_000.5),
            ("1,000,000.5", 1_000_000.5),
            ("1,234.5", 1234.5),
            ("1.000.000", 1e6),
            ("0,003396216", 0.003_396_216),
            ("-1.234,5", -1234.5),
            ("1 234 567,25", 1_234_567.25),
            ("1\u{a0}234", 1234.0),
            ("1\u{202f}234,5", 1234.5),
            ("1'234.5", 1234.5),
            ("2,20E+12", 2.2e12),
            ("0,125", 0.125),
        ] {
            for style in [Style::DECIMAL, THOUSANDS] {
                assert_eq!(value(text, style), Some(number), "{text}");
            }
        }
        assert_eq!(parse(b"1\xA0234", Style::DECIMAL).map(|r| r.value), Some(1234.0), "a code page of Windows");
    }

    #[test]
    fn numbers_that_do_not_tell_them() {
        assert_eq!(
            parse(b"1,000", THOUSANDS),
            Some(Reading { value: 1000.0, comma: Some(Meaning::Thousands), point: None })
        );
        assert_eq!(
            parse(b"1,000", Style::DECIMAL),
            Some(Reading { value: 1.0, comma: Some(Meaning::Decimal), point: None })
        );
        assert_eq!(value("1.234", THOUSANDS), Some(1234.0));
        assert_eq!(value("1.234", Style::DECIMAL), Some(1.234));
    }

    #[test]
    fn what_is_no_number() {
        for text in ["", "x", "1,00,0", "1.2.3", "1 2", "1  000", ",", "1,000,00.5", "12:30", "1e", "+", "1 0000"] {
            assert_eq!(value(text, THOUSANDS), None, "{text}");
        }
    }

    fn style(column: &[&str], file: &[&str], separator: u8) -> Style {
        let of = |cells: &[&str]| {
            let mut evidence = Evidence::default();
            cells.iter().for_each(|cell| evidence.add(cell.as_bytes()));
            evidence
        };
        of(column).style(&of(file), separator)
    }

    #[test]
    fn other_rows_tell() {
        assert_eq!(style(&["1", "12.5", "1,000"], &[], b',').comma, Meaning::Thousands);
        assert_eq!(style(&["1,000", "0,5"], &["12.5"], b',').comma, Meaning::Decimal);
        assert_eq!(style(&["1,000", "1500"], &[], b',').comma, Meaning::Decimal, "1500 would be 1,500");
        assert_eq!(style(&["1,000"], &["12.5"], b',').comma, Meaning::Thousands);
        assert_eq!(style(&["1,000"], &["2,5"], b',').comma, Meaning::Decimal);
        assert_eq!(style(&["1,000"], &[], b',').comma, Meaning::Thousands);
        assert_eq!(style(&["1,000", "12.25"], &[], b'\t').comma, Meaning::Thousands);
        assert_eq!(style(&["1,000"], &[], b';').comma, Meaning::Decimal);
        assert_eq!(style(&["1,000", "1500"], &["1,234.5"], b',').comma, Meaning::Thousands);
        assert_eq!(style(&["1.000", "1.000.000"], &[], b';').point, Meaning::Thousands);
        assert_eq!(style(&["1.000", "1.000,5"], &[], b';').point, Meaning::Thousands);
        assert_eq!(style(&["1.234"], &[], b';').point, Meaning::Decimal);
    }

    proptest::proptest! {
        #[test]
        fn grouped_numbers_come_back(whole: u32, decimals in 0..100_u32, point: bool) {
            let (mark, group) = if point { ('.', ",") } else { (',', ".") };
            let digits = whole.to_string();
            let grouped: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
            let text = format!("{}{mark}{decimals:02}", grouped.join(group));
            proptest::prop_assert_eq!(value(&text, THOUSANDS), Some(f64::from(whole) + f64::from(decimals) / 100.0));
        }

        #[test]
        fn no_cell_panics(cell: Vec<u8>) {
            let _ = parse(&cell, THOUSANDS);
            Evidence::default().add(&cell);
        }
    }
}

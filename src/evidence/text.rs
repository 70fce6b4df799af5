//! Text from other tools, in any encoding.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes at the start of a file that identify its format.
pub const HEAD: usize = 1 << 16;

/// A file as text. PowerShell's `>` writes UTF-16, cmd's the code page of the console, which is read as Western
/// European so that each byte of a pool tag is one character.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if is_mixed(bytes) {
        return mixed(bytes).into();
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0;
    }
    // A character that is split at the end of the head does not mean another encoding.
    let head = &bytes[..bytes.len().min(HEAD)];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    if zeros(1) * 4 > head.len() && zeros(0) * 8 < head.len() {
        return UTF_16LE.decode_without_bom_handling(bytes).0;
    }
    if zeros(0) * 4 > head.len() && zeros(1) * 8 < head.len() {
        return UTF_16BE.decode_without_bom_handling(bytes).0;
    }
    let cut = std::str::from_utf8(bytes).err();
    let encoding = if cut.is_none_or(|e| e.error_len().is_none()) { UTF_8 } else { WINDOWS_1252 };
    encoding.decode_without_bom_handling(bytes).0
}

/// Number of byte pairs that distinguish one byte per character from two.
const PAIRS: usize = 8;

/// Whether the next pairs are Western text with two bytes per character, or with one; `None` for neither.
fn is_wide(bytes: &[u8]) -> Option<bool> {
    let pairs = bytes.chunks_exact(2).take(PAIRS);
    let text = |b: u8| (b' '..=b'~').contains(&b) || b"\r\n\t".contains(&b);
    if pairs.len() < PAIRS {
        return None;
    }
    if pairs.clone().all(|p| text(p[0]) && p[1] == 0) {
        return Some(true);
    }
    pairs.clone().all(|p| text(p[0]) && text(p[1])).then_some(false)
}

/// Whether a file has both: PowerShell's `>` started it and cmd's `>>` continued it, or the reverse.
fn is_mixed(bytes: &[u8]) -> bool {
    let step = (bytes.len() / 512).max(2 * PAIRS) & !1;
    let mut seen = [false; 2];
    for at in (0..bytes.len()).step_by(step) {
        for shift in 0..2 {
            if let Some(wide) = bytes.get(at + shift..).and_then(is_wide) {
                seen[usize::from(wide)] = true;
            }
        }
        if seen == [true, true] {
            return true;
        }
    }
    false
}

/// Decodes parts with one byte and with two bytes per character, in order.
fn mixed(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut wide = is_wide(bytes).unwrap_or(bytes.starts_with(&[0xFF, 0xFE]));
    while !rest.is_empty() {
        if rest.starts_with(&[0xFF, 0xFE]) {
            wide = true;
            rest = &rest[2..];
            continue;
        }
        // The other encoding starts where it is recognized; the last few bytes keep the current one.
        if is_wide(rest) == Some(!wide) {
            wide = !wide;
        }
        let size = if wide { 2.min(rest.len()) } else { 1 };
        let (part, after) = rest.split_at(size);
        let encoding = if wide { UTF_16LE } else { WINDOWS_1252 };
        out.push_str(&encoding.decode_without_bom_handling(part).0);
        rest = after;
    }
    out
}

/// The start of a file as text; `None` for a binary file.
#[must_use]
pub fn head(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = decode(&bytes[..bytes.len().min(HEAD)]);
    let odd = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    // Tags can contain control characters, and debuggers print a few; a program file contains many.
    (!text.trim().is_empty() && odd * 50 <= text.len()).then_some(text)
}

/// A whole number, with or without thousands separators; `None` for anything else and for values beyond 64 bits.
#[must_use]
pub fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let mut groups = text.split([',', '.', '\u{a0}', '\u{202f}', '\'']);
    let first = groups.next()?;
    let whole = !first.is_empty() && first.len() <= 3 && groups.all(|g| g.len() == 3);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let plain = text.chars().all(|c| c.is_ascii_digit() || ",.\u{a0}\u{202f}'".contains(c));
    if whole && plain { digits.parse().ok() } else { None }
}

/// Collapses blanks to one and trims them at the ends.
#[must_use]
pub fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_encoding() {
        let text = "Größe: 5 kB";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&utf16), text);
        assert_eq!(decode(&[&[0xFF, 0xFE][..], &utf16].concat()), text);
        assert_eq!(decode(text.as_bytes()), text);
        assert_eq!(decode(b"Gr\xF6\xDFe: 5 kB"), text);
        assert!(head(&[0x4d, 0x5a, 0x90, 0, 3, 0, 1, 2, 4, 0, 5, 6]).is_none());
    }

    #[test]
    fn both_in_one_file() {
        let (one, two) = ("Memory: 5K of one byte each\r\n".repeat(4), "Memory: 5K of two bytes each\r\n".repeat(4));
        let wide: Vec<u8> = two.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&[&[0xFF, 0xFE][..], &wide, one.as_bytes()].concat()), format!("{two}{one}"));
        assert_eq!(decode(&[one.as_bytes(), &wide].concat()), format!("{one}{two}"));
        assert_eq!(
            decode(&[one.as_bytes(), &[0xFF, 0xFE], &wide, one.as_bytes()].concat()),
            format!("{one}{two}{one}")
        );
    }

    #[test]
    fn numbers_with_separators() {
        for (text, value) in [("1234", Some(1234)), (" 1,234,567 ", Some(1_234_567)), ("1.234", Some(1234))] {
            assert_eq!(number(text), value, "{text}");
        }
        for text in ["", "1,23", "12x", "-5", "99999999999999999999999"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}

//! Text of other tools: whatever encoding it was saved in.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes that tell what a file is.
pub const HEAD: usize = 1 << 16;

/// A file as text. PowerShell's `>` writes UTF-16, cmd's the console's code page; the latter is taken for Western
/// Europe's, which gives each byte of a pool tag a character of its own.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0;
    }
    // A character split at the end of a file's beginning is no reason to think of another encoding.
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

/// The beginning of a file as text, to tell what it is; `None` for what is no text.
#[must_use]
pub fn head(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = decode(&bytes[..bytes.len().min(HEAD)]);
    let odd = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    // Tags may hold control characters, and debuggers print a few; a program file is full of them.
    (!text.trim().is_empty() && odd * 50 <= text.len()).then_some(text)
}

/// A whole number, with or without separators of thousands; `None` for anything else and for what 64 bits do not
/// hold.
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

/// Blanks collapsed to one, none at the ends.
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
    fn numbers_with_separators() {
        for (text, value) in [("1234", Some(1234)), (" 1,234,567 ", Some(1_234_567)), ("1.234", Some(1234))] {
            assert_eq!(number(text), value, "{text}");
        }
        for text in ["", "1,23", "12x", "-5", "99999999999999999999999"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}

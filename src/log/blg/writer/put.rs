//! Building blocks of all structures.

/// Appends a text as UTF-16 with its NUL.
pub fn wide(out: &mut Vec<u8>, text: &str) {
    out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    out.extend([0, 0]);
}

/// Writes the number of bytes since `from` at an earlier offset.
pub fn set_len(out: &mut [u8], at: usize, from: usize) {
    let len = u32::try_from(out.len() - from).unwrap_or(u32::MAX);
    out[at..at + 4].copy_from_slice(&len.to_le_bytes());
}

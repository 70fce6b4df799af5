//! Little-endian reads that stay within the slice.

/// A malformed structure and its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Offset from the start of the structure's bytes.
    pub at: usize,
    /// The problem at this offset.
    pub what: &'static str,
}

macro_rules! reader {
    ($name:ident, $type:ty) => {
        #[doc = concat!("The `", stringify!($type), "` at an offset, if it lies within the slice.")]
        pub fn $name(bytes: &[u8], at: usize) -> Option<$type> {
            let end = at.checked_add(size_of::<$type>())?;
            Some(<$type>::from_le_bytes(bytes.get(at..end)?.try_into().ok()?))
        }
    };
}

reader!(u16_at, u16);
reader!(u32_at, u32);
reader!(i32_at, i32);
reader!(u64_at, u64);
reader!(i64_at, i64);

/// A `u32` used as an offset or a size.
pub fn size_at(bytes: &[u8], at: usize) -> Option<usize> {
    u32_at(bytes, at).and_then(|v| usize::try_from(v).ok())
}

/// 16 bytes at an offset.
pub fn guid_at(bytes: &[u8], at: usize) -> Option<[u8; 16]> {
    bytes.get(at..at.checked_add(16)?)?.try_into().ok()
}

/// Rounds up to a multiple of 8.
pub fn pad8(size: usize) -> usize {
    size.saturating_add(7) & !7
}

/// The bytes of NUL-terminated UTF-16 text at an offset, without the NUL. A truncated text ends with the slice.
pub fn wide_bytes_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at..)?;
    let units = rest.chunks_exact(2).position(|unit| unit == [0, 0]).unwrap_or(rest.len() / 2);
    Some(&rest[..units * 2])
}

/// UTF-16LE bytes as text; invalid characters become U+FFFD.
pub fn wide_text(bytes: &[u8]) -> String {
    char::decode_utf16(bytes.chunks_exact(2).map(|u| u16::from_le_bytes([u[0], u[1]])))
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The NUL-terminated UTF-16 text at an offset.
pub fn wide_text_at(bytes: &[u8], at: usize) -> Option<String> {
    wide_bytes_at(bytes, at).map(wide_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stop_at_the_end() {
        let bytes = [1, 0, 0, 0, 2];
        assert_eq!(u32_at(&bytes, 0), Some(1));
        assert_eq!(u32_at(&bytes, 1), Some(0x0200_0000));
        assert_eq!(u32_at(&bytes, 2), None);
        assert_eq!(u64_at(&bytes, usize::MAX), None);
        assert_eq!(wide_text_at(&[b'a', 0, b'b', 0, 0, 0, b'c', 0], 0).as_deref(), Some("ab"));
        assert_eq!(wide_text_at(&[b'a', 0, b'b'], 0).as_deref(), Some("a"), "cut text ends with the slice");
        assert_eq!(wide_text(&[0x00, 0xD8]), "\u{FFFD}", "a lone surrogate");
    }
}

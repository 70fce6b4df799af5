//! The version resource of a program file: vendor, product and version.
//!
//! Layout: Microsoft, `VS_VERSIONINFO` and its children (Win32 documentation of the version information functions).

/// The strings of the resource; empty if missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionInfo {
    /// `CompanyName`.
    pub company: String,
    /// `ProductName`.
    pub product: String,
    /// `FileDescription`.
    pub description: String,
    /// `FileVersion`, or the numeric version.
    pub version: String,
    /// `OriginalFilename`.
    pub original_name: String,
}

/// Maximum depth of nodes: root, `StringFileInfo`, table, string.
const DEEPEST: usize = 4;
/// Maximum number of characters of a value.
const LONGEST: usize = 200;

/// A node: key, value, and the bytes of its children.
struct Node<'a> {
    key: String,
    value: &'a [u8],
    children: &'a [u8],
    /// Total length, including padding.
    length: usize,
}

fn node(bytes: &[u8]) -> Option<Node<'_>> {
    let word = |at: usize| Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let (length, value_length, kind) = (word(0)?, word(2)?, word(4)?);
    let whole = bytes.get(..length).filter(|_| length >= 6)?;
    let key: Vec<u16> =
        whole[6..].chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).take_while(|c| *c != 0).take(64).collect();
    let begin = (6 + 2 * (key.len() + 1)).next_multiple_of(4);
    // The length of a text is in characters, but some compilers write bytes: limit it to the remaining bytes.
    let size = if kind == 1 { value_length * 2 } else { value_length };
    let rest = whole.get(begin.min(length)..)?;
    let value = &rest[..size.min(rest.len())];
    let children = rest.get(size.next_multiple_of(4)..).unwrap_or(&[]);
    Some(Node { key: String::from_utf16_lossy(&key), value, children, length: length.next_multiple_of(4) })
}

/// Reads a `VS_VERSIONINFO` and ignores damaged parts.
#[must_use]
pub fn parse(bytes: &[u8]) -> VersionInfo {
    let mut info = VersionInfo::default();
    if let Some(root) = node(bytes) {
        let word = |at: usize| Some(u16::from_le_bytes(root.value.get(at..at + 2)?.try_into().ok()?));
        // VS_FIXEDFILEINFO: signature, then the two halves of the version.
        if let (Some(0x04BD), Some(0xFEEF)) = (word(0), word(2))
            && let (Some(b), Some(a), Some(d), Some(c)) = (word(8), word(10), word(12), word(14))
        {
            info.version = format!("{a}.{b}.{c}.{d}");
        }
        walk(root.children, 1, &mut info);
    }
    info
}

fn walk(mut bytes: &[u8], depth: usize, info: &mut VersionInfo) {
    while let Some(node) = node(bytes) {
        let slot = match node.key.as_str() {
            "CompanyName" => Some(&mut info.company),
            "ProductName" => Some(&mut info.product),
            "FileDescription" => Some(&mut info.description),
            "FileVersion" => Some(&mut info.version),
            "OriginalFilename" => Some(&mut info.original_name),
            _ => None,
        };
        if let Some(slot) = slot {
            let text = text(node.value);
            // Use the first language.
            if !text.is_empty() && (slot.is_empty() || node.key == "FileVersion") {
                *slot = text;
            }
        } else if depth < DEEPEST {
            walk(node.children, depth + 1, info);
        }
        let Some(rest) = bytes.get(node.length..).filter(|_| node.length > 0) else { break };
        bytes = rest;
    }
}

fn text(value: &[u8]) -> String {
    let units = value.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).take_while(|c| *c != 0);
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).take(LONGEST).collect();
    super::super::text::collapsed(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>, length in 6..60_u16) {
            let mut bytes = bytes;
            let _ = parse(&bytes);
            if bytes.len() > 2 {
                bytes[..2].copy_from_slice(&length.to_le_bytes());
                let _ = parse(&bytes);
            }
        }
    }
}

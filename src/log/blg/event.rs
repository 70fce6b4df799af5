//! Events in a buffer.

use super::buffer::Buffer;
use super::bytes::{Malformed, guid_at, i64_at, pad8, u16_at, u32_at};
use super::layout::{EVENT_HEADER, HEADER_FULL, HEADER_SYSTEM, PDH_EVENT_GUID};

/// An event logged by PDH: a whole record, or one part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PdhEvent {
    /// `EVENT_*` of [`super::layout`].
    pub kind: u8,
    /// Local time of the logging machine, FILETIME ticks.
    pub time: i64,
    /// Distinguishes PDH logs in one file.
    pub log: [u8; 16],
    /// Number of the part, from 1.
    pub part: u32,
    /// Number of parts of the record.
    pub parts: u32,
    /// File offset of the payload.
    pub payload: usize,
    /// Length of the payload in bytes.
    pub len: usize,
}

/// Calls `each` for every event of a buffer except log headers, in order; with `None` for events that PDH did not log.
///
/// # Errors
/// If an event extends beyond the buffer, the rest of which is then unreadable; the offset is that in the file.
pub fn walk(file: &[u8], buffer: &Buffer, mut each: impl FnMut(Option<PdhEvent>)) -> Result<(), Malformed> {
    let mut at = buffer.offset + super::layout::BUFFER_HEADER;
    while let Some(bytes) = file.get(at..buffer.end) {
        // The unused part of a buffer is padded with ones; a new buffer is zeroed.
        if bytes.len() < 8 || matches!(u32_at(bytes, 0), Some(0 | u32::MAX)) {
            return Ok(());
        }
        let broken = |what| Malformed { at, what };
        let (kind, class) = (bytes[2], bytes[3]);
        if class & 0x80 == 0 {
            return Err(broken("no event header"));
        }
        let system = class == 0xC0 && HEADER_SYSTEM.contains(&kind);
        let size = usize::from(u16_at(bytes, if system { 4 } else { 0 }).unwrap_or(0));
        if size < 8 {
            return Err(broken("event of fewer than 8 bytes"));
        }
        let Some(event) = bytes.get(..size) else {
            return Err(broken("event that extends beyond its buffer"));
        };
        if class == 0xC0
            && HEADER_FULL.contains(&kind)
            && size >= EVENT_HEADER
            && guid_at(event, 0x18) == Some(PDH_EVENT_GUID)
        {
            // The lengths were checked above.
            each(Some(PdhEvent {
                kind: event[4],
                time: i64_at(event, 0x10).unwrap_or(0),
                log: guid_at(event, 0x30).unwrap_or_default(),
                part: u32_at(event, 0x40).unwrap_or(0),
                parts: u32_at(event, 0x44).unwrap_or(0),
                payload: at + EVENT_HEADER,
                len: size - EVENT_HEADER,
            }));
        } else if !system {
            each(None);
        }
        at += pad8(size);
    }
    Ok(())
}

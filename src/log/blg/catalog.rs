//! Catalogs: the counters of a log's samples, in order.

use super::bytes::{Malformed, i32_at, i64_at, size_at, u32_at, wide_text_at};
use crate::counters::CounterType;

/// One catalog entry: each sample has one record for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counter type; undefined for whole objects.
    pub kind: CounterType,
    /// Ticks per second of the second raw value.
    pub time_base: i64,
    /// Power of ten for display, which readers may ignore.
    pub scale: i32,
    /// Computer name without leading backslashes.
    pub machine: String,
    /// Object name, in the machine's language.
    pub object: String,
    /// Instance with parent and number as displayed; `*` for wildcards.
    pub instance: Option<String>,
    /// Counter name; `*` for whole objects.
    pub counter: String,
}

/// Bytes of an entry before its texts.
pub(super) const ENTRY_HEADER: usize = 0x34;
/// Offset of a missing text.
pub(super) const NO_TEXT: u32 = u32::MAX;

impl Entry {
    /// Whether the entry means all counters of an object.
    #[must_use]
    pub fn is_whole_object(&self) -> bool {
        self.counter == "*"
    }
}

/// Parses the payload of a catalog.
///
/// # Errors
/// At the first entry that extends beyond the payload. Earlier entries are lost too, because samples do not match part
/// of a catalog.
pub fn parse(payload: &[u8]) -> Result<Vec<Entry>, Malformed> {
    let mut entries = Vec::new();
    let mut at = 8;
    while let Some(rest) = payload.get(at..).filter(|rest| rest.len() >= 4) {
        let broken = |what| Malformed { at, what };
        let size = size_at(rest, 0).unwrap_or(0);
        if size == 0 {
            break; // padding
        }
        if size < ENTRY_HEADER {
            return Err(broken("catalog entry shorter than its header"));
        }
        let entry = rest.get(..size).ok_or(broken("catalog entry that extends beyond the catalog"))?;
        entries.push(parse_entry(entry).ok_or(broken("catalog entry without machine, object or counter name"))?);
        at += size;
    }
    Ok(entries)
}

fn parse_entry(entry: &[u8]) -> Option<Entry> {
    let text = |at: usize| {
        let offset = u32_at(entry, at).filter(|o| *o != NO_TEXT)?;
        wide_text_at(entry, ENTRY_HEADER.checked_add(usize::try_from(offset).ok()?)?)
    };
    let index = u32_at(entry, 0x2C).unwrap_or(0);
    let instance = text(0x24).map(|name| {
        let name = if index > 0 && index < NO_TEXT { format!("{name}#{index}") } else { name };
        match text(0x28) {
            Some(parent) => format!("{parent}/{name}"),
            None => name,
        }
    });
    let machine = text(0x1C)?;
    Some(Entry {
        kind: CounterType(u32_at(entry, 0x0C)?),
        time_base: i64_at(entry, 0x10)?,
        scale: i32_at(entry, 0x18)?,
        machine: machine.trim_start_matches('\\').to_owned(),
        object: text(0x20)?,
        instance,
        counter: text(0x30)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_lie_are_named() {
        let mut payload = vec![0; 8];
        payload.extend([0x20, 0, 0, 0]);
        assert_eq!(parse(&payload).unwrap_err().what, "catalog entry shorter than its header");
        payload[8] = 0x40;
        assert_eq!(parse(&payload).unwrap_err().what, "catalog entry that extends beyond the catalog");
        assert_eq!(parse(&[]).unwrap(), []);
    }
}

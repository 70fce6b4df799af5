//! The kernel's list of loaded drivers, `nt!PsLoadedModuleList`.
//!
//! Layout of an entry: `LDR_DATA_TABLE_ENTRY` of 64-bit Windows.

use std::collections::HashSet;

use super::LoadedDriver;
use super::memory::Memory;

/// Longest list: Windows loads a few hundred drivers.
const MOST_DRIVERS: usize = 10_000;
/// Longest path in characters.
const LONGEST_PATH: usize = 400;
/// Size of the fields of an entry that are used.
const ENTRY: usize = 0x68;

/// Whether the list was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListEnd {
    /// It leads back to its head.
    Reached,
    /// An entry is missing, or the list is circular without its head.
    Missing,
}

/// The loaded drivers, by address.
pub fn read(memory: &Memory, head: u64) -> (Vec<LoadedDriver>, ListEnd) {
    let mut drivers = Vec::new();
    let mut seen = HashSet::new();
    let mut next = memory.long(head);
    let end = loop {
        let Some(entry) = next else { break ListEnd::Missing };
        if entry == head {
            break ListEnd::Reached;
        }
        if seen.len() >= MOST_DRIVERS || !seen.insert(entry) {
            break ListEnd::Missing;
        }
        let mut fields = [0; ENTRY];
        if memory.read(entry, &mut fields).is_none() {
            break ListEnd::Missing;
        }
        drivers.extend(driver(memory, &fields));
        next = Some(long(&fields, 0));
    };
    drivers.sort_by_key(|driver| (driver.start, driver.size));
    drivers.dedup_by_key(|driver| (driver.start, driver.size));
    (drivers, end)
}

fn long(fields: &[u8; ENTRY], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&fields[at..at + 8]);
    u64::from_le_bytes(bytes)
}

/// The driver of an entry, unless it has neither a path nor a name.
fn driver(memory: &Memory, fields: &[u8; ENTRY]) -> Option<LoadedDriver> {
    let path = string(memory, fields, 0x48).or_else(|| string(memory, fields, 0x58))?;
    let name = path.rsplit(['\\', '/']).next().unwrap_or(&path).to_owned();
    let size = u64::from(u32::from_le_bytes([fields[0x40], fields[0x41], fields[0x42], fields[0x43]]));
    Some(LoadedDriver { name, path, start: long(fields, 0x30), size })
}

/// The text of a `UNICODE_STRING` in an entry: its length in bytes, then its address.
fn string(memory: &Memory, fields: &[u8; ENTRY], at: usize) -> Option<String> {
    let length = usize::from(u16::from_le_bytes([fields[at], fields[at + 1]])) & !1;
    // Two units a character are the most.
    let mut units = vec![0; length.min(4 * LONGEST_PATH)];
    memory.read(long(fields, at + 8), &mut units)?;
    let units = units.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let text: String =
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).take(LONGEST_PATH).collect();
    (!text.is_empty()).then_some(text)
}

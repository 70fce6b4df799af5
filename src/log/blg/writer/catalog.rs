//! Catalogs and name tables.

use super::put::wide;
use crate::log::blg::bytes::pad8;
use crate::log::blg::catalog::{ENTRY_HEADER, Entry, NO_TEXT};
use crate::log::blg::layout::PART_SIZE;

const FLAG_WILDCARD: u32 = 0x01;
const FLAG_WHOLE_OBJECT: u32 = 0x10;

/// The payload of a catalog.
pub fn catalog(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(0x0000_06FF_u32.to_le_bytes());
    out.extend(0x0002_0008_u32.to_le_bytes());
    for entry in entries {
        out.extend(catalog_entry(entry));
    }
    out
}

fn catalog_entry(entry: &Entry) -> Vec<u8> {
    let whole = entry.is_whole_object();
    let mut texts = Vec::new();
    let mut place = |text: &str| {
        let at = u32::try_from(texts.len()).unwrap_or(NO_TEXT);
        wide(&mut texts, text);
        at
    };
    let machine = place(&format!(r"\\{}", entry.machine));
    let object = place(&entry.object);
    let instance = entry.instance.as_deref().map_or(NO_TEXT, &mut place);
    let counter = place(&entry.counter);

    let flags = match (whole, entry.instance.as_deref()) {
        (true, _) => FLAG_WHOLE_OBJECT,
        (false, Some("*")) => FLAG_WILDCARD,
        _ => 0,
    };
    let size = pad8(ENTRY_HEADER + texts.len());
    let mut out = Vec::with_capacity(size);
    out.extend(u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(flags.to_le_bytes());
    out.extend(0_u32.to_le_bytes());
    out.extend(if whole { 0x10 } else { entry.kind.0 }.to_le_bytes());
    out.extend(if whole { 0 } else { entry.time_base }.to_le_bytes());
    out.extend(entry.scale.to_le_bytes());
    for at in [machine, object, instance, NO_TEXT, 0, counter] {
        out.extend(at.to_le_bytes());
    }
    out.extend(texts);
    out.resize(size, 0);
    out
}

/// The payloads of a machine's name table, split between pairs; each is at most one part long.
pub fn name_tables(machine: &str, table: &[(u32, String)]) -> Vec<Vec<u8>> {
    let mut head = Vec::new();
    wide(&mut head, &format!(r"\\{machine}"));
    let mut payloads = Vec::new();
    let mut payload = head.clone();
    for (index, name) in table {
        let mut pair = Vec::new();
        wide(&mut pair, &index.to_string());
        wide(&mut pair, name);
        if payload.len() + pair.len() > PART_SIZE && payload.len() > head.len() {
            payloads.push(std::mem::replace(&mut payload, head.clone()));
        }
        payload.extend(pair);
    }
    if payload.len() > head.len() {
        payloads.push(payload);
    }
    payloads
}

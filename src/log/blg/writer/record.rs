//! The records of a sample.

use super::perflib::ObjectBlock;
use super::put::{set_len, wide};
use crate::base::time::ZonedTime;
use crate::counters::Raw;
use crate::log::blg::bytes::pad8;
use crate::log::blg::layout::{RECORD_OBJECT, RECORD_SAMPLE, RECORD_SINGLE, RECORD_WILDCARD};

/// `PDH_CSTATUS_NO_INSTANCE`: the status of a single counter without a value.
const NO_INSTANCE: u32 = 0x8000_07D1;

/// The record of a sample for one catalog entry.
#[derive(Clone, Debug)]
pub enum Record<'a> {
    /// One counter; `None` if it could not be read.
    Single(Option<Raw>),
    /// One counter of many instances.
    Wildcard(Vec<WildcardItem<'a>>),
    /// A whole object.
    Object(ObjectBlock<'a>),
    /// A whole `PERF_DATA_BLOCK`, unchanged.
    RawObject(&'a [u8]),
}

/// One instance of a wildcard counter. Equal names are written in order, without numbers.
#[derive(Clone, Copy, Debug)]
pub struct WildcardItem<'a> {
    /// Instance name.
    pub name: &'a str,
    /// Raw value.
    pub raw: Raw,
}

/// Writes a sample's payload.
pub fn sample(out: &mut Vec<u8>, time: ZonedTime, records: &[Record<'_>]) {
    out.clear();
    head(out, RECORD_SAMPLE);
    for record in records {
        let start = out.len();
        match record {
            Record::Single(raw) => single(out, time, *raw),
            Record::Wildcard(items) => wildcard(out, time, items),
            Record::Object(object) => {
                head(out, RECORD_OBJECT);
                object.write(out, time);
            }
            Record::RawObject(block) => {
                head(out, RECORD_OBJECT);
                out.extend_from_slice(block);
            }
        }
        out.resize(start + pad8(out.len() - start), 0);
        set_len(out, start + 4, start);
    }
    set_len(out, 4, 0);
}

/// The header of a record; its size is set later.
fn head(out: &mut Vec<u8>, kind: u8) {
    out.extend([b'B', b'L', 3, kind, 0, 0, 0, 0]);
}

fn single(out: &mut Vec<u8>, time: ZonedTime, raw: Option<Raw>) {
    head(out, RECORD_SINGLE);
    out.extend(if raw.is_some() { 0 } else { NO_INSTANCE }.to_le_bytes());
    out.extend(time.local().0.to_le_bytes());
    out.extend([0; 4]);
    let raw = raw.unwrap_or(Raw { first: 0, second: 0, multi: 1 });
    out.extend(raw.first.to_le_bytes());
    out.extend(raw.second.to_le_bytes());
    out.extend(raw.multi.to_le_bytes());
    out.extend([0; 4]);
}

fn wildcard(out: &mut Vec<u8>, time: ZonedTime, items: &[WildcardItem<'_>]) {
    head(out, RECORD_WILDCARD);
    let block = out.len();
    out.extend([0; 4]);
    out.extend(u32::try_from(items.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend([0; 8]);
    out.extend(time.local().0.to_le_bytes());
    let mut names = Vec::new();
    for item in items {
        let at = 0x18 + 24 * items.len() + names.len();
        wide(&mut names, item.name);
        out.extend(u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(item.raw.multi.to_le_bytes());
        out.extend(item.raw.first.to_le_bytes());
        out.extend(item.raw.second.to_le_bytes());
    }
    out.extend(names);
    let len = pad8(out.len() - block);
    out.resize(block + len, 0);
    set_len(out, block, block);
}

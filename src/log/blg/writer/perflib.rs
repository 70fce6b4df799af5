//! `PERF_DATA_BLOCK`s with one object.

use super::put::{set_len, wide};
use crate::base::time::ZonedTime;
use crate::counters::CounterType;
use crate::log::blg::bytes::pad8;

/// One counter of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterDefinition {
    /// Perflib index of its name.
    pub name_index: u32,
    /// Counter type, which includes the size of the value.
    pub kind: CounterType,
}

impl CounterDefinition {
    /// Size of a value in bytes: the type's size field is 0x100 for 64 bits.
    fn size(self) -> usize {
        if self.kind.0 & 0x300 == 0x100 { 8 } else { 4 }
    }
}

/// One instance and its values, in the order of the definitions.
#[derive(Clone, Debug)]
pub struct ObjectInstance {
    /// Instance name without number.
    pub name: String,
    /// Counter values; 4-byte values are truncated to 32 bits, as in Windows.
    pub values: Vec<i64>,
}

/// One object in one sample.
#[derive(Clone, Debug)]
pub struct ObjectBlock<'a> {
    /// Perflib index of its name.
    pub name_index: u32,
    /// Counter definitions.
    pub counters: &'a [CounterDefinition],
    /// Instances; a single one without a name for an object without instances.
    pub instances: &'a [ObjectInstance],
    /// Performance counter at the sample.
    pub perf_time: i64,
    /// Ticks per second of the performance counter.
    pub perf_frequency: i64,
}

const BLOCK_HEADER: u32 = 0x58;
const OBJECT_HEADER: u32 = 0x40;
const DEFINITION: u32 = 0x28;
const INSTANCE: u32 = 0x18;

impl ObjectBlock<'_> {
    /// Appends the block.
    pub fn write(&self, out: &mut Vec<u8>, time: ZonedTime) {
        let start = out.len();
        self.block_header(out, time);
        let object = out.len();
        self.object_header(out, time);
        let offsets = self.definitions(out);
        set_len(out, object + 4, object);
        for instance in self.instances {
            if !self.is_single() {
                instance_header(out, &instance.name);
            }
            self.values(out, instance, &offsets);
        }
        set_len(out, object, object);
        set_len(out, start + 0x14, start);
    }

    fn is_single(&self) -> bool {
        matches!(self.instances, [only] if only.name.is_empty())
    }

    fn block_header(&self, out: &mut Vec<u8>, time: ZonedTime) {
        let start = out.len();
        out.extend(b"P\0E\0R\0F\0");
        for value in [1_u32, 1, 1, 0, BLOCK_HEADER, 1] {
            out.extend(value.to_le_bytes());
        }
        out.extend((-1_i32).to_le_bytes());
        system_time(out, time);
        out.extend([0; 4]);
        out.extend(self.perf_time.to_le_bytes());
        out.extend(self.perf_frequency.to_le_bytes());
        out.extend(time.utc.0.to_le_bytes());
        out.resize(start + BLOCK_HEADER as usize, 0);
    }

    fn object_header(&self, out: &mut Vec<u8>, time: ZonedTime) {
        let instances = if self.is_single() { -1 } else { i32::try_from(self.instances.len()).unwrap_or(i32::MAX) };
        let start = out.len();
        out.extend([0; 8]);
        out.extend(OBJECT_HEADER.to_le_bytes());
        out.extend(self.name_index.to_le_bytes());
        out.extend([0; 4]);
        out.extend((self.name_index + 1).to_le_bytes()); // help
        out.extend([0; 4]);
        out.extend(100_u32.to_le_bytes()); // detail: novice
        out.extend(u32::try_from(self.counters.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(0_i32.to_le_bytes());
        out.extend(instances.to_le_bytes());
        out.extend(0_u32.to_le_bytes()); // UTF-16
        // The clock of the process and system objects is the system time.
        out.extend(time.utc.0.to_le_bytes());
        out.extend(crate::base::time::TICKS_PER_SECOND.to_le_bytes());
        debug_assert_eq!(out.len(), start + OBJECT_HEADER as usize);
    }

    /// Writes the definitions; returns the offset of each counter's value, and the block's size.
    fn definitions(&self, out: &mut Vec<u8>) -> (Vec<usize>, usize) {
        let mut at = 8;
        let mut offsets = Vec::with_capacity(self.counters.len());
        for counter in self.counters {
            let size = counter.size();
            at = if size == 8 { pad8(at) } else { at };
            offsets.push(at);
            let start = out.len();
            out.extend(DEFINITION.to_le_bytes());
            out.extend(counter.name_index.to_le_bytes());
            out.extend([0; 4]);
            out.extend((counter.name_index + 1).to_le_bytes());
            out.extend([0; 8]); // help text and scale
            out.extend(100_u32.to_le_bytes());
            out.extend(counter.kind.0.to_le_bytes());
            out.extend(if size == 8 { 8_u32 } else { 4 }.to_le_bytes());
            out.extend(u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes());
            debug_assert_eq!(out.len(), start + DEFINITION as usize);
            at += size;
        }
        (offsets, pad8(at))
    }

    fn values(&self, out: &mut Vec<u8>, instance: &ObjectInstance, (offsets, size): &(Vec<usize>, usize)) {
        let start = out.len();
        out.resize(start + size, 0);
        set_len(out, start, start);
        for ((counter, value), at) in self.counters.iter().zip(&instance.values).zip(offsets) {
            let bytes = value.to_le_bytes();
            let width = counter.size();
            out[start + at..start + at + width].copy_from_slice(&bytes[..width]);
        }
    }
}

fn instance_header(out: &mut Vec<u8>, name: &str) {
    let start = out.len();
    out.extend([0; 12]);
    out.extend((-1_i32).to_le_bytes());
    out.extend(INSTANCE.to_le_bytes());
    out.extend([0; 4]);
    wide(out, name);
    set_len(out, start + 0x14, start + INSTANCE as usize);
    out.resize(start + pad8(out.len() - start), 0);
    set_len(out, start, start);
}

fn system_time(out: &mut Vec<u8>, time: ZonedTime) {
    use chrono::{Datelike, Timelike};
    let fields = time.utc.to_naive().map_or([0; 8], |t| {
        let weekday = t.weekday().num_days_from_sunday();
        let year = u32::try_from(t.year()).unwrap_or(0);
        [year, t.month(), weekday, t.day(), t.hour(), t.minute(), t.second(), t.nanosecond() / 1_000_000]
    });
    for field in fields {
        out.extend(u16::try_from(field).unwrap_or(0).to_le_bytes());
    }
}

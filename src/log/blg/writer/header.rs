//! Buffer headers and the log header event.

use super::WriterOptions;
use super::put::wide;
use crate::base::time::ZonedTime;
use crate::log::blg::bytes::pad8;
use crate::log::blg::layout::{BUFFER_HEADER, BUFFER_SIZE, MODE_CIRCULAR, SYSTEM_HEADER};
use crate::log::zone::{Rule, Zone};

/// Sequential file of a private logger in the process, without buffers per processor.
const MODE_PRIVATE: u32 = 0x3002_0800;
const MODE_SEQUENTIAL: u32 = 0x1;
/// Timer resolution in all known logs, units of 100 ns.
const TIMER_RESOLUTION: u32 = 156_250;

/// The header of a buffer; `end` is the end of its events.
pub fn buffer_header(end: usize, flushed: i64, sequence: u64, kind: u16, flag: u16) -> Vec<u8> {
    let mut h = Vec::with_capacity(BUFFER_HEADER);
    let end = u32::try_from(end).unwrap_or(u32::MAX);
    h.extend(BUFFER_SIZE.to_le_bytes());
    h.extend(end.to_le_bytes());
    h.extend([0; 8]);
    h.extend(flushed.to_le_bytes());
    h.extend(sequence.to_le_bytes());
    h.extend([0; 16]);
    h.extend(end.to_le_bytes());
    h.extend(flag.to_le_bytes());
    h.extend(kind.to_le_bytes());
    h.resize(BUFFER_HEADER, 0);
    h
}

/// The log header event, padded to 8 bytes.
pub fn log_header(
    options: &WriterOptions,
    start: ZonedTime,
    end: ZonedTime,
    buffers: u64,
    start_buffers: u64,
) -> Vec<u8> {
    let mut h = Vec::new();
    let (major, minor, build) = options.os_version;
    let (mode, megabytes) = match options.circular_bytes {
        Some(bytes) => (MODE_PRIVATE | MODE_CIRCULAR, bytes.div_ceil(1 << 20)),
        None => (MODE_PRIVATE | MODE_SEQUENTIAL, 0),
    };
    let long = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    h.extend(BUFFER_SIZE.to_le_bytes());
    h.extend([major, minor, 1, 5]);
    h.extend(build.to_le_bytes());
    h.extend(1_u32.to_le_bytes()); // processors, 1 in every log seen
    h.extend(end.utc.0.to_le_bytes());
    h.extend(TIMER_RESOLUTION.to_le_bytes());
    h.extend(long(megabytes));
    h.extend(mode.to_le_bytes());
    h.extend(long(buffers));
    h.extend(long(start_buffers));
    h.extend(8_u32.to_le_bytes()); // pointer size
    h.extend(0_u32.to_le_bytes()); // events lost
    h.extend(2600_u32.to_le_bytes()); // MHz
    h.extend([0; 16]); // two pointers
    zone(&mut h, &options.zone);
    h.resize(pad8(h.len()), 0);
    h.extend(options.boot.0.to_le_bytes());
    h.extend(options.perf_frequency.to_le_bytes());
    h.extend(start.utc.0.to_le_bytes());
    h.extend(2_u32.to_le_bytes()); // clock: system time
    h.extend(0_u32.to_le_bytes()); // buffers lost
    wide(&mut h, &guid_text(options.log_guid));
    wide(&mut h, &options.file_name);

    let mut event = Vec::new();
    let size = u16::try_from(SYSTEM_HEADER + h.len()).unwrap_or(u16::MAX);
    event.extend([0, 0, 0x02, 0xC0]);
    event.extend(size.to_le_bytes());
    event.extend([0; 10]); // hook id, thread, process
    event.extend(start.utc.0.to_le_bytes());
    event.extend([0; 8]); // kernel and user time
    event.extend(h);
    event.resize(pad8(event.len()), 0);
    event
}

fn zone(out: &mut Vec<u8>, zone: &Zone) {
    let name = |out: &mut Vec<u8>, name: &str| {
        let start = out.len();
        out.extend(name.encode_utf16().take(31).flat_map(u16::to_le_bytes));
        out.resize(start + 64, 0);
    };
    let date = |out: &mut Vec<u8>, rule: Option<Rule>| match rule {
        Some(r) => {
            for field in [0, r.month, r.weekday, r.week, r.hour, r.minute, 0, 0] {
                out.extend(u16::try_from(field).unwrap_or(0).to_le_bytes());
            }
        }
        None => out.extend([0; 16]),
    };
    out.extend(zone.standard_bias.to_le_bytes());
    name(out, &zone.name);
    date(out, zone.rules.map(|(_, standard)| standard));
    out.extend(0_i32.to_le_bytes());
    name(out, &zone.daylight_name);
    date(out, zone.rules.map(|(daylight, _)| daylight));
    out.extend((zone.daylight_bias - zone.standard_bias).to_le_bytes());
}

fn guid_text(g: [u8; 16]) -> String {
    let [first, second, third] =
        [&g[..4], &g[4..6], &g[6..8]].map(|b| b.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)));
    let [fourth, fifth] = [&g[8..10], &g[10..]].map(|b| b.iter().fold(0, |n, b| n << 8 | u64::from(*b)));
    format!("{first:08x}-{second:04x}-{third:04x}-{fourth:04x}-{fifth:012x}")
}

//! Constants of the file format.

/// A reader reports progress after this many buffers or samples.
pub const REPORT_EVERY: usize = 64;

/// Size of a buffer's header in bytes; events follow.
pub const BUFFER_HEADER: usize = 0x48;
/// Buffer size of all known logs.
pub const BUFFER_SIZE: u32 = 0x1_0000;
/// Size of an event header with the PDH prefix, bytes; the payload follows.
pub const EVENT_HEADER: usize = 0x48;
/// Size of the system trace header before the `TRACE_LOGFILE_HEADER`, bytes.
pub const SYSTEM_HEADER: usize = 0x20;
/// Maximum size of one part of a payload, bytes.
pub const PART_SIZE: usize = 8000;

/// Event class of PDH: 933f3bb3-943e-490d-9ced-3cbb14c14479.
pub const PDH_EVENT_GUID: [u8; 16] =
    [0xB3, 0x3B, 0x3F, 0x93, 0x3E, 0x94, 0x0D, 0x49, 0x9C, 0xED, 0x3C, 0xBB, 0x14, 0xC1, 0x44, 0x79];

/// Event type of a catalog.
pub const EVENT_CATALOG: u8 = 0x20;
/// Event type of a sample.
pub const EVENT_DATA: u8 = 0x22;
/// Event type of a summary.
pub const EVENT_SUMMARY: u8 = 0x23;
/// Event type of a name table.
pub const EVENT_NAMES: u8 = 0x24;

/// Third byte of a system trace header, from a 32-bit and a 64-bit writer.
pub const HEADER_SYSTEM: [u8; 2] = [0x01, 0x02];
/// Whether a buffer's events start with a log header.
pub fn is_log_header(first: &[u8]) -> bool {
    matches!(first, [_, _, kind, 0xC0, _, _, 0, 0, ..] if HEADER_SYSTEM.contains(kind))
}

/// Third byte of a full event header, from a 32-bit and a 64-bit writer.
pub const HEADER_FULL: [u8; 2] = [0x0A, 0x14];

/// Record kind: a whole sample.
pub const RECORD_SAMPLE: u8 = 0;
/// Record kind: one counter.
pub const RECORD_SINGLE: u8 = 1;
/// Record kind: one counter of many instances.
pub const RECORD_WILDCARD: u8 = 2;
/// Record kind: a whole object.
pub const RECORD_OBJECT: u8 = 5;

/// Log file mode: overwrites its oldest buffers.
pub const MODE_CIRCULAR: u32 = 0x2;
/// Log file mode: the maximum file size is in KB.
pub const MODE_KILOBYTES: u32 = 0x2000;

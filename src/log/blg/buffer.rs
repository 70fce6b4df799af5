//! Buffers: the fixed-size pieces of the file, sorted by time.

use super::bytes::{size_at, u64_at};
use super::layout::{BUFFER_HEADER, REPORT_EVERY, is_log_header};

/// Position of one buffer's events in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// File offset of the buffer.
    pub offset: usize,
    /// File offset of the end of its events.
    pub end: usize,
    /// Processor that wrote it.
    pub processor: u8,
    sequence: u64,
    guid_tail: u64,
    flushed: i64,
    starts_session: bool,
}

/// The buffers of a file.
#[derive(Debug, Default)]
pub struct Buffers {
    /// In the order in which they were written.
    pub ordered: Vec<Buffer>,
    /// File offsets of buffers without a readable event, such as zeroed ones.
    pub unreadable: Vec<usize>,
    /// Bytes of the last buffer that are missing in the file.
    pub missing_tail: usize,
}

/// The buffer size of a file, if its first bytes can be those of a trace file.
pub fn buffer_size(file: &[u8]) -> Option<usize> {
    let size = size_at(file, 0)?;
    let plausible = (0x400..=0x100_0000).contains(&size) && size.is_multiple_of(0x400);
    (plausible && is_log_header(file.get(BUFFER_HEADER..)?)).then_some(size)
}

/// Finds the buffers and sorts them.
pub fn find(file: &[u8], size: usize, done: &mut dyn FnMut(usize)) -> Buffers {
    let mut found = Buffers::default();
    let mut in_file = Vec::with_capacity(file.len() / size + 1);
    for (number, bytes) in file.chunks(size).enumerate() {
        let offset = number * size;
        if number % REPORT_EVERY == 0 {
            done(offset);
        }
        if bytes.len() < size {
            found.missing_tail = size - bytes.len();
        }
        match parse(bytes, offset, size) {
            Some(buffer) => in_file.push(buffer),
            None => found.unreadable.push(offset),
        }
    }
    let mut rest = &mut in_file[..];
    while !rest.is_empty() {
        let next = rest.iter().skip(1).position(|b| b.starts_session).map_or(rest.len(), |at| at + 1);
        let (session, tail) = rest.split_at_mut(next);
        order_session(session);
        found.ordered.extend_from_slice(session);
        rest = tail;
    }
    found
}

fn parse(bytes: &[u8], offset: usize, size: usize) -> Option<Buffer> {
    // Every buffer starts with its size: other buffers were overwritten or never written.
    if size_at(bytes, 0)? != size {
        return None;
    }
    let first = bytes.get(BUFFER_HEADER..)?;
    let in_range = |at: usize| size_at(bytes, at).filter(|end| (BUFFER_HEADER..=size).contains(end));
    // Without a usable end, events are read up to the padding.
    let end = in_range(0x30).or_else(|| in_range(0x04)).unwrap_or(size);
    Some(Buffer {
        offset,
        end: offset + end.min(bytes.len()),
        processor: *bytes.get(0x28)?,
        sequence: u64_at(bytes, 0x18)?,
        guid_tail: u64_at(bytes, 0x20)?,
        flushed: i64::from_le_bytes(bytes.get(0x10..0x18)?.try_into().ok()?),
        starts_session: is_log_header(first),
    })
}

/// Sorts the buffers of one session. The first contains the log header and stays first.
///
/// Since Vista, buffers have sequence numbers, which differ from the file order in a circular log. Windows 2003 has a
/// GUID in that place, and appended sessions repeat numbers: sort those by flush time.
fn order_session(session: &mut [Buffer]) {
    let Some((_, body)) = session.split_first_mut() else { return };
    let mut numbers: Vec<u64> = body.iter().map(|b| b.sequence).collect();
    numbers.sort_unstable();
    let numbered = numbers.windows(2).all(|w| w[0] != w[1]) && body.iter().all(|b| b.guid_tail == 0);
    if numbered {
        body.sort_by_key(|b| b.sequence);
    } else {
        body.sort_by_key(|b| b.flushed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(offset: usize, sequence: u64, guid_tail: u64, flushed: i64) -> Buffer {
        Buffer { offset, end: offset, processor: 0, sequence, guid_tail, flushed, starts_session: false }
    }

    #[test]
    fn sequence_numbers_order_a_wrapped_log() {
        let mut session = [buffer(0, 0, 0, 0), buffer(1, 4, 0, 1), buffer(2, 2, 0, 9), buffer(3, 3, 0, 9)];
        order_session(&mut session);
        assert_eq!(session.map(|b| b.offset), [0, 2, 3, 1]);
    }

    #[test]
    fn windows_2003_and_repeated_numbers_go_by_flush_time() {
        let mut guid = [buffer(0, 7, 9, 0), buffer(1, 7, 9, 5), buffer(2, 7, 9, 3)];
        order_session(&mut guid);
        assert_eq!(guid.map(|b| b.offset), [0, 2, 1]);
        let mut appended = [buffer(0, 0, 0, 0), buffer(1, 1, 0, 1), buffer(2, 2, 0, 2), buffer(3, 1, 0, 3)];
        order_session(&mut appended);
        assert_eq!(appended.map(|b| b.offset), [0, 1, 2, 3]);
    }
}

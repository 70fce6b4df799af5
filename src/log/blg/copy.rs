//! A .blg written anew, record by record: what relog does without a counter list.

use std::io::{self, Seek, Write};

use super::records::Index;
use super::writer::{BlgWriter, WriterOptions};
use crate::log::moment::FileTime;
use crate::log::select::{Picker, Query};
use crate::log::zone::Zone;

/// Copies the samples that a query picks, in order of time, with all their counters; the result is
/// sequential, whatever the source was. Returns how many samples there are; `None`, with nothing
/// written, when the file holds several PDH logs or different catalogs, which one log cannot.
///
/// # Errors
/// When the output cannot be written.
pub fn copy(
    file: &[u8],
    index: &Index,
    zone: &Zone,
    query: &Query<'_>,
    options: WriterOptions,
    out: impl Write + Seek,
) -> io::Result<Option<u64>> {
    let Some(first) = index.catalogs.first() else { return Ok(None) };
    if index.catalogs.iter().any(|c| c.log != first.log || c.entries != first.entries) {
        return Ok(None);
    }
    let mut picker = Picker::new(query);
    let mut last = None;
    let mut picked = Vec::new();
    for sample in &index.samples {
        let moment = zone.moment(FileTime(sample.time), last);
        last = Some(moment.utc);
        if picker.picks(moment) {
            picked.push((moment, sample));
        }
    }
    let Some((start, _)) = picked.first() else { return Ok(Some(0)) };
    let mut writer = BlgWriter::begin(out, WriterOptions { log_guid: first.log, ..options }, *start)?;
    let copy = |writer: &mut BlgWriter<_>, kind, time, pieces: &[(usize, usize)]| {
        let parts = u32::try_from(pieces.len()).map_err(io::Error::other)?;
        for (part, (offset, len)) in (1..).zip(pieces) {
            let payload = file.get(*offset..offset + len).unwrap_or_default();
            writer.event(kind, time, (part, parts), payload)?;
        }
        Ok::<_, io::Error>(())
    };
    for head in &index.heads {
        copy(&mut writer, head.kind, head.time, index.pieces(&head.pieces))?;
    }
    for (moment, sample) in &picked {
        writer.at(*moment);
        copy(&mut writer, super::layout::EVENT_DATA, sample.time, index.pieces(&sample.pieces))?;
    }
    // It tells of the whole log, and would be wrong of a part.
    if picked.len() == index.samples.len() {
        for tail in &index.tails {
            copy(&mut writer, tail.kind, tail.time, index.pieces(&tail.pieces))?;
        }
    }
    writer.finish()?;
    Ok(Some(picked.len() as u64))
}

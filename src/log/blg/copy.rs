//! Copies a .blg record by record, like relog without a counter list.

use std::io::{self, Seek, Write};

use super::layout::EVENT_DATA;
use super::records::{Index, OtherRecord, SampleRecord};
use super::writer::{BlgWriter, WriterOptions};
use crate::base::time::FileTime;
use crate::log::ZonedTime;
use crate::log::sample_clock::SampleClock;
use crate::log::select::{Picker, Query};
use crate::log::zone::Zone;

/// A log to copy from.
#[derive(Clone, Copy)]
pub struct Source<'l> {
    /// Bytes of the log.
    pub file: &'l [u8],
    /// Records of the log.
    pub index: &'l Index,
    /// Time zone of the log.
    pub zone: &'l Zone,
}

/// A log with the samples to copy.
type Picked<'l> = (Source<'l>, Vec<(ZonedTime, &'l SampleRecord)>);

impl<'l> Source<'l> {
    fn pick(self, query: &Query<'_>) -> Picked<'l> {
        let mut picker = Picker::new(query);
        let mut clock = SampleClock::new(self.zone.clone());
        let samples = self.index.samples.iter().map(|sample| (clock.zoned(FileTime(sample.time)).0, sample));
        (self, samples.filter(|(time, _)| picker.picks(*time)).collect())
    }

    /// Whether samples of this log can be copied into the other: same records in the same order, same names and same
    /// zone.
    fn fits(self, other: Self) -> bool {
        let (own, theirs) = (&self.index.catalogs[0].entries, &other.index.catalogs[0].entries);
        own == theirs && self.index.names == other.index.names && self.zone == other.zone
    }

    /// Whether all samples belong to one PDH log with one catalog.
    fn is_plain(self) -> bool {
        let mut catalogs = self.index.catalogs.iter();
        catalogs.next().is_some_and(|first| catalogs.all(|c| c.log == first.log && c.entries == first.entries))
    }
}

/// Copies the samples that a query picks, in order of time, with all their counters. The result is sequential, whatever
/// the sources are. Returns the number of samples; `None`, with nothing written, if they do not fit into one log:
/// different catalogs, or overlapping logs.
///
/// # Errors
/// If the output cannot be written.
pub fn copy(
    sources: &[Source<'_>],
    query: &Query<'_>,
    options: WriterOptions,
    out: impl Write + Seek,
) -> io::Result<Option<u64>> {
    let Some(model) = sources.first() else { return Ok(None) };
    if !sources.iter().all(|source| source.is_plain() && source.fits(*model)) {
        return Ok(None);
    }
    let mut picked: Vec<Picked<'_>> = sources.iter().map(|source| source.pick(query)).collect();
    picked.retain(|(_, samples)| !samples.is_empty());
    picked.sort_by_key(|(_, samples)| samples[0].0);
    let ends = |(_, samples): &Picked<'_>| samples.iter().map(|(time, _)| *time).max();
    if picked.windows(2).any(|pair| ends(&pair[0]) >= Some(pair[1].1[0].0)) {
        return Ok(None);
    }
    let Some((first, samples)) = picked.first() else { return Ok(Some(0)) };
    let options = WriterOptions { log_guid: model.index.catalogs[0].log, ..options };
    let mut writer = BlgWriter::begin(out, options, samples[0].0)?;
    copy_others(&mut writer, *first, &first.index.heads)?;
    for (source, samples) in &picked {
        for (moment, sample) in samples {
            writer.at(*moment);
            copy_record(&mut writer, *source, EVENT_DATA, sample.time, source.index.pieces(&sample.pieces))?;
        }
    }
    // A summary describes one whole log; it is wrong for a part or for several logs.
    if sources.len() == 1 && samples.len() == first.index.samples.len() {
        copy_others(&mut writer, *first, &first.index.tails)?;
    }
    writer.finish()?;
    Ok(Some(picked.iter().map(|(_, samples)| samples.len() as u64).sum()))
}

fn copy_others<W: Write + Seek>(
    writer: &mut BlgWriter<W>,
    source: Source<'_>,
    others: &[OtherRecord],
) -> io::Result<()> {
    others
        .iter()
        .try_for_each(|other| copy_record(writer, source, other.kind, other.time, source.index.pieces(&other.pieces)))
}

fn copy_record<W: Write + Seek>(
    writer: &mut BlgWriter<W>,
    source: Source<'_>,
    kind: u8,
    time: i64,
    pieces: &[(usize, usize)],
) -> io::Result<()> {
    let parts = u32::try_from(pieces.len()).map_err(io::Error::other)?;
    for (part, (offset, len)) in (1..).zip(pieces) {
        let payload = source.file.get(*offset..offset + len).unwrap_or_default();
        writer.event(kind, time, (part, parts), payload)?;
    }
    Ok(())
}

//! 7-Zip archives. Files of one block are one stream.
//!
//! The headers have a reader of our own: published ones allocate what a header states.

mod decode;
mod header;

use std::io::{self, Read, Seek, SeekFrom};

use super::error::{ArchiveError, Part, UnpackError};
use super::limit::{Allowance, Exact, Stream};
use super::{Container, Content, Member, Opened, Receive};
use crate::base::time::{FileTime, Timestamp};
use decode::decoder;
use header::{Block, File, Header, Streams};

/// Size of the header at the start, from whose end places are counted.
const START: usize = 32;
/// Largest list of files: 100,000 names of 70 characters.
const LARGEST_LIST: u64 = 16 << 20;

/// Each block is a group; after them the files without content.
struct SevenZip<R> {
    source: Source<R>,
    blocks: Vec<Group>,
}

/// The file, and what limits reading it.
struct Source<R> {
    reader: R,
    size: u64,
    allowance: Allowance,
}

/// A block: where it begins, and its files: index, size and checksum.
struct Group {
    block: Block,
    begin: u64,
    packed: u64,
    files: Vec<(usize, u64, Option<u32>)>,
}

pub(super) fn open<'r>(mut reader: impl Read + Seek + 'r, size: u64, allowance: Allowance) -> io::Result<Opened<'r>> {
    let mut start = [0; START];
    reader.read_exact(&mut start)?;
    let number = |at: usize| start[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let checksum = |at: usize| start[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    if crc(&start[12..]) != checksum(8) {
        return Err(UnpackError::Damaged(Part::Header).into());
    }
    let mut source = Source { reader, size, allowance };
    let mut header = source.header(number(12), number(20), checksum(28))?;
    // The list of files is usually packed, in a separate block.
    for _ in 0..4 {
        match Header::parse(&header)? {
            Header::Packed(streams) => header = source.packed_header(streams)?,
            Header::Plain { streams, files } => return opened(source, streams, files),
        }
    }
    Err(ArchiveError::BadList.into())
}

fn opened<'r, R: Read + Seek + 'r>(source: Source<R>, streams: Streams, files: Vec<File>) -> io::Result<Opened<'r>> {
    let mut blocks = groups(streams)?;
    let (mut members, mut group, mut in_group) = (Vec::new(), 0, 0);
    for (number, file) in files.into_iter().enumerate() {
        let modified = file.modified.and_then(|time| FileTime(time).to_naive()).map(Timestamp::Utc);
        if !file.has_content {
            let name = if file.is_folder { file.name + "/" } else { file.name };
            members.push(Member { name, size: Some(0), modified, group: blocks.len() + number });
            continue;
        }
        while blocks.get(group).is_some_and(|group| group.block.files.len() == in_group) {
            (group, in_group) = (group + 1, 0);
        }
        let block = blocks.get_mut(group).ok_or(ArchiveError::BadList)?;
        let (size, checksum) = block.block.files[in_group];
        in_group += 1;
        block.files.push((number, size, checksum));
        members.push(Member { name: file.name, size: Some(size), modified, group });
    }
    let container = Box::new(SevenZip { source, blocks });
    Ok(Opened { container, members, repeated: Vec::new(), damage: None, content: Content::Files })
}

/// The blocks with their places.
fn groups(streams: Streams) -> io::Result<Vec<Group>> {
    let mut packed = streams.packed.into_iter();
    let mut at = (START as u64).checked_add(streams.begin).ok_or(ArchiveError::BadList)?;
    let mut groups = Vec::new();
    for block in streams.blocks {
        let (begin, mut first) = (at, None);
        for _ in 0..block.packed.len() {
            let size = packed.next().ok_or(ArchiveError::BadList)?;
            first.get_or_insert(size);
            at = at.checked_add(size).ok_or(ArchiveError::BadList)?;
        }
        groups.push(Group { block, begin, packed: first.unwrap_or(0), files: Vec::new() });
    }
    Ok(groups)
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

impl<R: Read + Seek> Source<R> {
    /// The header at the end.
    fn header(&mut self, begin: u64, size: u64, checksum: u32) -> io::Result<Vec<u8>> {
        let begin = (START as u64).checked_add(begin).ok_or(ArchiveError::BadList)?;
        if begin.checked_add(size).is_none_or(|end| end > self.size) {
            return Err(UnpackError::CutOff.into());
        }
        self.reader.seek(SeekFrom::Start(begin))?;
        list(&mut self.reader, size, Some(checksum))
    }

    /// A header that is packed.
    fn packed_header(&mut self, streams: Streams) -> io::Result<Vec<u8>> {
        let groups = groups(streams)?;
        let [group] = &groups[..] else { return Err(ArchiveError::BadList.into()) };
        if group.block.is_encrypted() {
            return Err(ArchiveError::Encrypted.into());
        }
        let mut stream = self.stream(group)?;
        list(&mut stream, group.block.unpacked()?, group.block.checksum)
    }

    /// The unpacked bytes of a block.
    fn stream(&mut self, group: &Group) -> io::Result<Stream<Box<dyn Read + '_>>> {
        self.reader.seek(SeekFrom::Start(group.begin))?;
        let packed = (&mut self.reader).take(group.packed);
        Ok(Stream::new(decoder(&group.block, packed, self.size)?, &self.allowance))
    }
}

/// Reads a list of files.
fn list(reader: &mut impl Read, size: u64, checksum: Option<u32>) -> io::Result<Vec<u8>> {
    if size > LARGEST_LIST {
        return Err(ArchiveError::LongList { most: LARGEST_LIST }.into());
    }
    let mut bytes = Vec::new();
    Exact::new(reader, size, checksum).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl<R: Read + Seek> Container for SevenZip<R> {
    fn unpack(&mut self, group: usize, receive: &mut Receive<'_>) -> io::Result<()> {
        let Some(block) = self.blocks.get(group) else {
            return receive(group - self.blocks.len(), &mut io::empty());
        };
        let mut stream = self.source.stream(block)?;
        for (number, size, checksum) in &block.files {
            let mut file = Exact::new(&mut stream, *size, *checksum);
            receive(*number, &mut file)?;
            let left = file.left();
            stream.skip(left);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

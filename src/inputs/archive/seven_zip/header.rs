//! The headers of 7-Zip archives, as 7zFormat.txt describes them. Every count is checked against the bytes that are left
//! before anything is allocated.

use std::io;

use super::super::bounds::MOST_FILES;
use super::super::error::{ArchiveError, UnpackError};

/// The names of properties.
mod id {
    pub(super) const END: u8 = 0x00;
    pub(super) const HEADER: u8 = 0x01;
    pub(super) const ARCHIVE_PROPERTIES: u8 = 0x02;
    pub(super) const MAIN_STREAMS: u8 = 0x04;
    pub(super) const FILES: u8 = 0x05;
    pub(super) const PACK_INFO: u8 = 0x06;
    pub(super) const UNPACK_INFO: u8 = 0x07;
    pub(super) const SUB_STREAMS: u8 = 0x08;
    pub(super) const SIZE: u8 = 0x09;
    pub(super) const CRC: u8 = 0x0A;
    pub(super) const FOLDER: u8 = 0x0B;
    pub(super) const UNPACK_SIZE: u8 = 0x0C;
    pub(super) const STREAM_COUNT: u8 = 0x0D;
    pub(super) const EMPTY_STREAM: u8 = 0x0E;
    pub(super) const EMPTY_FILE: u8 = 0x0F;
    pub(super) const NAMES: u8 = 0x11;
    pub(super) const MODIFIED: u8 = 0x14;
    pub(super) const PACKED_HEADER: u8 = 0x17;
}

/// Coders of a block, and streams of a coder: the LZMA SDK allows as many, and 7-Zip writes no more.
const MOST_CODERS: u64 = 4;
/// Characters of a name; Windows allows 32,767.
const LONGEST_NAME: usize = 32_768;
/// The method of encryption.
const AES: &[u8] = &[0x06, 0xF1, 0x07, 0x01];

/// A header.
pub(super) enum Header {
    /// It is packed itself.
    Packed(Streams),
    /// Blocks and files.
    Plain { streams: Streams, files: Vec<File> },
}

/// Packed streams, and the blocks that they are of.
#[derive(Default)]
pub(super) struct Streams {
    pub(super) begin: u64,
    /// Size of each stream.
    pub(super) packed: Vec<u64>,
    pub(super) blocks: Vec<Block>,
}

/// A block of files that are packed together.
pub(super) struct Block {
    pub(super) coders: Vec<Coder>,
    /// Pairs of an input of a coder and the output that goes into it.
    bonds: Vec<(u64, u64)>,
    /// Inputs that are packed streams.
    pub(super) packed: Vec<u64>,
    /// By output: its size.
    sizes: Vec<u64>,
    pub(super) checksum: Option<u32>,
    /// Sizes and checksums of its files.
    pub(super) files: Vec<(u64, Option<u32>)>,
}

/// A step of unpacking.
pub(super) struct Coder {
    pub(super) method: Vec<u8>,
    pub(super) properties: Vec<u8>,
    inputs: u64,
    outputs: u64,
}

/// A file.
#[derive(Clone, Default)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) has_content: bool,
    pub(super) is_folder: bool,
    /// FILETIME in UTC.
    pub(super) modified: Option<i64>,
}

impl Block {
    /// Whether a password is needed.
    pub(super) fn is_encrypted(&self) -> bool {
        self.coders.iter().any(|coder| coder.method == AES)
    }

    /// Size of what it unpacks to.
    pub(super) fn unpacked(&self) -> io::Result<u64> {
        let is_last = |output: &usize| self.bonds.iter().all(|(_, from)| *from != *output as u64);
        let last = (0..self.sizes.len()).rfind(is_last).ok_or(ArchiveError::BadList)?;
        Ok(self.sizes[last])
    }

    /// Its coders in the order of unpacking, each with the size of its output. Only of a chain, as for all files but
    /// programs.
    pub(super) fn chain(&self) -> io::Result<Vec<(&Coder, u64)>> {
        let is_chain = self.coders.iter().all(|coder| (coder.inputs, coder.outputs) == (1, 1));
        let ([first], true) = (&self.packed[..], is_chain) else {
            return Err(UnpackError::Unsupported("in several streams").into());
        };
        let (mut chain, mut next) = (Vec::new(), Some(*first));
        while let Some(at) = next {
            let place = usize::try_from(at).map_err(|_| ArchiveError::BadList)?;
            let (Some(coder), Some(size)) = (self.coders.get(place), self.sizes.get(place)) else {
                return Err(ArchiveError::BadList.into());
            };
            if chain.len() == self.coders.len() {
                return Err(ArchiveError::BadList.into());
            }
            chain.push((coder, *size));
            next = self.bonds.iter().find(|(_, from)| *from == at).map(|(to, _)| *to);
        }
        Ok(chain)
    }
}

impl Header {
    /// Reads a header.
    pub(super) fn parse(bytes: &[u8]) -> io::Result<Self> {
        let mut fields = Fields(bytes);
        match fields.byte()? {
            id::PACKED_HEADER => return Ok(Self::Packed(fields.streams()?)),
            id::HEADER => {}
            _ => return Err(ArchiveError::BadList.into()),
        }
        let (mut streams, mut files) = (Streams::default(), Vec::new());
        loop {
            match fields.byte()? {
                id::END => return Ok(Self::Plain { streams, files }),
                id::ARCHIVE_PROPERTIES => {
                    while fields.byte()? != id::END {
                        fields.sized()?;
                    }
                }
                id::MAIN_STREAMS => streams = fields.streams()?,
                id::FILES => files = fields.files()?,
                _ => return Err(ArchiveError::BadList.into()),
            }
        }
    }
}

/// The bytes that are left.
struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    fn bytes(&mut self, count: usize) -> io::Result<&'b [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(ArchiveError::BadList)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn byte(&mut self) -> io::Result<u8> {
        Ok(self.bytes(1)?[0])
    }

    fn expect(&mut self, id: u8) -> io::Result<()> {
        if self.byte()? == id { Ok(()) } else { Err(ArchiveError::BadList.into()) }
    }

    fn number32(&mut self) -> io::Result<u32> {
        Ok(self.bytes(4)?.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
    }

    fn number64(&mut self) -> io::Result<u64> {
        Ok(self.bytes(8)?.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
    }

    /// A number of one to nine bytes: the leading ones of the first are how many follow.
    fn number(&mut self) -> io::Result<u64> {
        let first = self.byte()?;
        let more = first.leading_ones();
        let mut value = 0;
        for at in 0..more {
            value |= u64::from(self.byte()?) << (8 * at);
        }
        let high = u64::from(first) & (0x7F_u64 >> more);
        Ok(value | high.checked_shl(8 * more).unwrap_or(0))
    }

    /// A count of things that each need at least this many bytes.
    fn count(&mut self, bytes_each: usize) -> io::Result<usize> {
        let count = usize::try_from(self.number()?).map_err(|_| ArchiveError::BadList)?;
        if count.checked_mul(bytes_each).is_none_or(|bytes| bytes > self.0.len()) {
            return Err(ArchiveError::BadList.into());
        }
        Ok(count)
    }

    fn sized(&mut self) -> io::Result<Self> {
        let size = self.count(1)?;
        Ok(Fields(self.bytes(size)?))
    }

    fn numbers(&mut self, count: usize) -> io::Result<Vec<u64>> {
        (0..count).map(|_| self.number()).collect()
    }

    /// One bit for each item.
    fn bits(&mut self, count: usize) -> io::Result<Vec<bool>> {
        let bytes = self.bytes(count.div_ceil(8))?;
        Ok((0..count).map(|at| bytes[at / 8] & (0x80 >> (at % 8)) != 0).collect())
    }

    /// Bits, or a mark that all of them are set.
    fn all_or_bits(&mut self, count: usize) -> io::Result<Vec<bool>> {
        if self.byte()? == 0 { self.bits(count) } else { Ok(vec![true; count]) }
    }

    fn checksums(&mut self, count: usize) -> io::Result<Vec<Option<u32>>> {
        let known = self.all_or_bits(count)?;
        known.into_iter().map(|is_known| is_known.then(|| self.number32()).transpose()).collect()
    }

    fn streams(&mut self) -> io::Result<Streams> {
        let mut streams = Streams::default();
        loop {
            match self.byte()? {
                id::END => break,
                id::PACK_INFO => self.packed(&mut streams)?,
                id::UNPACK_INFO => streams.blocks = self.blocks()?,
                id::SUB_STREAMS => {
                    self.sub_streams(&mut streams.blocks)?;
                    return Ok(streams);
                }
                _ => return Err(ArchiveError::BadList.into()),
            }
        }
        for block in &mut streams.blocks {
            block.files = vec![(block.unpacked()?, block.checksum)];
        }
        Ok(streams)
    }

    fn packed(&mut self, streams: &mut Streams) -> io::Result<()> {
        streams.begin = self.number()?;
        let count = self.count(1)?;
        if count as u64 > MOST_FILES {
            return Err(ArchiveError::BadList.into());
        }
        loop {
            match self.byte()? {
                id::END => return Ok(()),
                id::SIZE => streams.packed = self.numbers(count)?,
                id::CRC => drop(self.checksums(count)?),
                _ => return Err(ArchiveError::BadList.into()),
            }
        }
    }

    fn blocks(&mut self) -> io::Result<Vec<Block>> {
        self.expect(id::FOLDER)?;
        let count = self.count(2)?;
        if count as u64 > MOST_FILES {
            return Err(ArchiveError::BadList.into());
        }
        // Blocks that are described elsewhere are written by no program.
        self.expect(0)?;
        let mut blocks = (0..count).map(|_| self.block()).collect::<io::Result<Vec<_>>>()?;
        self.expect(id::UNPACK_SIZE)?;
        for block in &mut blocks {
            let outputs: u64 = block.coders.iter().map(|coder| coder.outputs).sum();
            block.sizes = self.numbers(usize::try_from(outputs).map_err(|_| ArchiveError::BadList)?)?;
        }
        loop {
            match self.byte()? {
                id::END => return Ok(blocks),
                id::CRC => {
                    let checksums = self.checksums(count)?;
                    blocks.iter_mut().zip(checksums).for_each(|(block, checksum)| block.checksum = checksum);
                }
                _ => return Err(ArchiveError::BadList.into()),
            }
        }
    }

    fn block(&mut self) -> io::Result<Block> {
        let few = |count: u64| if count > MOST_CODERS { Err(ArchiveError::BadList) } else { Ok(count) };
        let count = few(self.number()?)?;
        let mut coders = Vec::new();
        for _ in 0..count {
            let flags = self.byte()?;
            let method = self.bytes(usize::from(flags & 0xF))?.to_vec();
            let (inputs, outputs) =
                if flags & 0x10 == 0 { (1, 1) } else { (few(self.number()?)?, few(self.number()?)?) };
            let properties = if flags & 0x20 == 0 { Vec::new() } else { self.sized()?.0.to_vec() };
            if flags & 0xC0 != 0 {
                return Err(ArchiveError::BadList.into());
            }
            coders.push(Coder { method, properties, inputs, outputs });
        }
        let inputs: u64 = coders.iter().map(|coder| coder.inputs).sum();
        let outputs: u64 = coders.iter().map(|coder| coder.outputs).sum();
        let bonds = outputs.checked_sub(1).ok_or(ArchiveError::BadList)?;
        let free = inputs.checked_sub(bonds).ok_or(ArchiveError::BadList)?;
        let bonds = (0..bonds).map(|_| Ok((self.number()?, self.number()?))).collect::<io::Result<Vec<_>>>()?;
        let packed = match free {
            // Only the input that nothing goes into is left.
            1 => (0..inputs).filter(|input| bonds.iter().all(|(to, _)| to != input)).take(1).collect(),
            _ => (0..free).map(|_| self.number()).collect::<io::Result<Vec<_>>>()?,
        };
        Ok(Block { coders, bonds, packed, sizes: Vec::new(), checksum: None, files: Vec::new() })
    }

    /// Sizes and checksums of the files of each block.
    fn sub_streams(&mut self, blocks: &mut [Block]) -> io::Result<()> {
        let mut counts = vec![1; blocks.len()];
        let mut next = self.byte()?;
        if next == id::STREAM_COUNT {
            for count in &mut counts {
                *count = self.number()?;
            }
            next = self.byte()?;
        }
        let files = counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count)).unwrap_or(u64::MAX);
        if files > MOST_FILES {
            return Err(ArchiveError::TooManyFiles { files }.into());
        }
        for (block, count) in blocks.iter_mut().zip(&counts) {
            let Some(stated) = count.checked_sub(1) else { continue };
            let mut left = block.unpacked()?;
            // The last size is what is left.
            for _ in 0..stated {
                let size = if next == id::SIZE { self.number()? } else { 0 };
                left = left.checked_sub(size).ok_or(ArchiveError::BadList)?;
                block.files.push((size, None));
            }
            block.files.push((left, block.checksum.filter(|_| *count == 1)));
        }
        if next == id::SIZE {
            next = self.byte()?;
        }
        let is_known = |block: &Block| block.files.len() == 1 && block.checksum.is_some();
        let unknown = || blocks.iter().filter(|block| !is_known(block)).map(|block| block.files.len()).sum();
        if next == id::CRC {
            let mut checksums = self.checksums(unknown())?.into_iter();
            for block in blocks.iter_mut().filter(|block| !is_known(block)) {
                block.files.iter_mut().zip(&mut checksums).for_each(|((_, own), checksum)| *own = checksum);
            }
            next = self.byte()?;
        }
        if next != id::END {
            return Err(ArchiveError::BadList.into());
        }
        // It ends the streams too.
        self.expect(id::END)
    }

    fn files(&mut self) -> io::Result<Vec<File>> {
        let files = self.number()?;
        if files > MOST_FILES {
            return Err(ArchiveError::TooManyFiles { files }.into());
        }
        let count = usize::try_from(files).map_err(|_| ArchiveError::BadList)?;
        let mut files = vec![File { has_content: true, ..File::default() }; count];
        let mut empty_files = Vec::new();
        loop {
            let property = self.byte()?;
            if property == id::END {
                break;
            }
            let mut fields = self.sized()?;
            match property {
                id::EMPTY_STREAM => {
                    let empty = fields.bits(count)?;
                    files.iter_mut().zip(empty).for_each(|(file, is_empty)| file.has_content = !is_empty);
                }
                id::EMPTY_FILE => {
                    empty_files = fields.bits(files.iter().filter(|file| !file.has_content).count())?;
                }
                id::NAMES => {
                    fields.expect(0)?;
                    for file in &mut files {
                        file.name = fields.name()?;
                    }
                }
                id::MODIFIED => {
                    let known = fields.all_or_bits(count)?;
                    fields.expect(0)?;
                    for (file, _) in files.iter_mut().zip(known).filter(|(_, is_known)| *is_known) {
                        file.modified = i64::try_from(fields.number64()?).ok();
                    }
                }
                _ => {}
            }
        }
        let mut is_file = empty_files.into_iter();
        files.iter_mut().filter(|file| !file.has_content).for_each(|file| {
            file.is_folder = !is_file.next().unwrap_or(false);
        });
        Ok(files)
    }

    /// A name in UTF-16, which a zero ends.
    fn name(&mut self) -> io::Result<String> {
        let mut name = Vec::new();
        loop {
            match self.bytes(2)? {
                [0, 0] => return Ok(String::from_utf16_lossy(&name)),
                _ if name.len() == LONGEST_NAME => return Err(ArchiveError::BadList.into()),
                unit => name.push(unit.first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_one_to_nine_bytes() {
        for (bytes, number) in [
            (&[0x7F][..], 0x7F),
            (&[0x80, 0x81], 0x81),
            (&[0xBF, 0xFF], 0x3FFF),
            (&[0xC1, 0x02, 0x03], 0x01_0302),
            (&[0xFE, 1, 2, 3, 4, 5, 6, 7], 0x07_0605_0403_0201),
            (&[0xFF, 1, 2, 3, 4, 5, 6, 7, 8], 0x0807_0605_0403_0201),
        ] {
            assert_eq!(Fields(bytes).number().unwrap(), number, "{bytes:x?}");
            assert!(Fields(&bytes[..bytes.len() - 1]).number().is_err(), "cut: {bytes:x?}");
        }
    }

    #[test]
    fn counts_that_lie_allocate_nothing() {
        let huge = [0xFF; 9];
        for place in [&[id::HEADER, id::FILES][..], &[id::HEADER, id::MAIN_STREAMS, id::UNPACK_INFO, id::FOLDER]] {
            assert!(Header::parse(&[place, &huge].concat()).is_err());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(0_u8..32, 0..200)) {
            let _ = Header::parse(&[&[id::HEADER], &bytes[..]].concat());
            let _ = Header::parse(&[&[id::PACKED_HEADER, id::PACK_INFO], &bytes[..]].concat());
            let _ = Header::parse(&[&[id::HEADER, id::MAIN_STREAMS, id::UNPACK_INFO, id::FOLDER], &bytes[..]].concat());
        }
    }
}

//! Windows cabinets (.cab). Files of one folder of a cabinet are one stream, in blocks of 32 KB.
//!
//! Published readers unpack a folder from its start for each file, which takes a square of the time, and find files by
//! name only. The layout is that of [MS-CAB].

use std::io::{self, Read, Seek, SeekFrom};

use flate2::{Decompress, FlushDecompress};
use lzxd::{Lzxd, WindowSize};

use super::error::{ArchiveError, Part, UnpackError};
use super::limit::{Allowance, Exact, Stream};
use super::{Container, Content, Member, Opened, Receive};
use crate::base::time::Timestamp;

const RESERVE_PRESENT: u16 = 4;
const PREVIOUS: u16 = 1;
const NEXT: u16 = 2;
/// Folders from this number on continue in another cabinet.
const FIRST_CONTINUED: u16 = 0xFFFD;
const NAME_IS_UTF8: u16 = 0x80;
/// Names are shorter than this, with their final zero.
const LONGEST_NAME: usize = 257;
/// Bytes of an unpacked block.
const LARGEST_BLOCK: usize = 0x8000;

/// Each folder is a group; after them those files that continue in other cabinets.
struct Cabinet<R> {
    reader: R,
    allowance: Allowance,
    folders: Vec<Folder>,
    /// Bytes before the data of each block.
    reserved: usize,
}

#[derive(Default)]
struct Folder {
    begin: u64,
    blocks: u16,
    method: u16,
    /// Its files: index, where they begin, and size.
    files: Vec<(usize, u64, u64)>,
}

/// Reads fields of headers.
struct Fields<'r, R>(&'r mut R);

impl<R: Read> Fields<'_, R> {
    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn number8(&mut self) -> io::Result<u8> {
        Ok(u8::from_le_bytes(self.bytes()?))
    }

    fn number16(&mut self) -> io::Result<u16> {
        Ok(u16::from_le_bytes(self.bytes()?))
    }

    fn number32(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        io::copy(&mut self.0.take(bytes), &mut io::sink()).map(drop)
    }

    fn text(&mut self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            match self.number8()? {
                0 => return Ok(text),
                _ if text.len() == LONGEST_NAME => return Err(ArchiveError::BadList.into()),
                byte => text.push(byte),
            }
        }
    }
}

pub(super) fn open<'r>(mut reader: impl Read + Seek + 'r, size: u64, allowance: Allowance) -> io::Result<Opened<'r>> {
    let mut fields = Fields(&mut reader);
    fields.skip(16)?;
    let first_file = fields.number32()?;
    fields.skip(6)?;
    let (folder_count, file_count, flags) = (fields.number16()?, fields.number16()?, fields.number16()?);
    fields.skip(4)?;
    let (mut reserved, mut reserved_in_folder) = (0, 0);
    if flags & RESERVE_PRESENT != 0 {
        let in_header = fields.number16()?;
        (reserved_in_folder, reserved) = (fields.number8()?, fields.number8()?);
        fields.skip(in_header.into())?;
    }
    for flag in [PREVIOUS, NEXT] {
        if flags & flag != 0 {
            // Its name, and that of its disk.
            fields.text()?;
            fields.text()?;
        }
    }
    let mut folders = Vec::new();
    for _ in 0..folder_count {
        let (begin, blocks, method) = (fields.number32()?, fields.number16()?, fields.number16()?);
        fields.skip(reserved_in_folder.into())?;
        folders.push(Folder { begin: begin.into(), blocks, method, files: Vec::new() });
    }
    reader.seek(SeekFrom::Start(first_file.into()))?;
    let members = files(&mut reader, file_count, &mut folders)?;
    if overlap(&mut folders, size) {
        return Err(ArchiveError::Overlapping.into());
    }
    let container = Box::new(Cabinet { reader, allowance, folders, reserved: reserved.into() });
    Ok(Opened { container, members, repeated: Vec::new(), damage: None, content: Content::Files })
}

/// Reads the list of files, and adds each to its folder.
fn files(reader: &mut impl Read, count: u16, folders: &mut [Folder]) -> io::Result<Vec<Member>> {
    let mut members = Vec::new();
    for number in 0..usize::from(count) {
        let mut fields = Fields(reader);
        let (size, begin) = (fields.number32()?.into(), fields.number32()?.into());
        let (folder, date, time, attributes) =
            (fields.number16()?, fields.number16()?, fields.number16()?, fields.number16()?);
        let name = fields.text()?;
        let name = if attributes & NAME_IS_UTF8 != 0 || name.is_ascii() {
            String::from_utf8_lossy(&name).into_owned()
        } else {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&name).0.into_owned()
        };
        let group = match folder {
            // Each alone.
            FIRST_CONTINUED.. => folders.len() + number,
            folder => {
                let folder = usize::from(folder);
                folders.get_mut(folder).ok_or(ArchiveError::BadList)?.files.push((number, begin, size));
                folder
            }
        };
        let modified = modified(date, time);
        members.push(Member { name: name.replace('\\', "/"), size: Some(size), modified, group });
    }
    Ok(members)
}

/// Last write time in the form of MS-DOS, on the clock of the machine that packed it.
fn modified(date: u16, time: u16) -> Option<Timestamp> {
    let day =
        chrono::NaiveDate::from_ymd_opt(1980 + i32::from(date >> 9), u32::from(date >> 5 & 15), (date & 31).into())?;
    day.and_hms_opt((time >> 11).into(), u32::from(time >> 5 & 63), 2 * u32::from(time & 31)).map(Timestamp::Local)
}

/// Sorts the files of each folder by place. Whether files or folders share bytes.
fn overlap(folders: &mut [Folder], size: u64) -> bool {
    let mut begins: Vec<u64> = folders.iter().filter(|f| f.blocks > 0 && f.begin < size).map(|f| f.begin).collect();
    begins.sort_unstable();
    let share = begins.windows(2).any(|pair| pair[0] == pair[1]);
    share
        || folders.iter_mut().any(|folder| {
            folder.files.sort_by_key(|(_, begin, size)| (*begin, *size));
            folder.files.windows(2).any(|pair| pair[0].1 + pair[0].2 > pair[1].1)
        })
}

impl<R: Read + Seek> Container for Cabinet<R> {
    fn unpack(&mut self, group: usize, receive: &mut Receive<'_>) -> io::Result<()> {
        let Some(folder) = self.folders.get(group) else {
            return Err(UnpackError::Unsupported("continued in another cabinet").into());
        };
        self.reader.seek(SeekFrom::Start(folder.begin))?;
        let blocks = Blocks {
            reader: &mut self.reader,
            left: folder.blocks,
            reserved: self.reserved,
            method: Method::of(folder.method)?,
            packed: Vec::new(),
            block: Vec::new(),
            at: 0,
        };
        let mut stream = Stream::new(blocks, &self.allowance);
        let mut place = 0;
        for (number, begin, size) in &folder.files {
            stream.skip(begin.saturating_sub(place));
            let mut file = Exact::new(&mut stream, *size, None);
            receive(*number, &mut file)?;
            let left = file.left();
            stream.skip(left);
            place = begin + size;
        }
        Ok(())
    }
}

/// How the blocks of a folder are packed.
enum Method {
    None,
    /// Deflate, whose dictionary is the block before.
    MsZip(Box<Decompress>),
    Lzx(Box<Lzxd>),
}

impl Method {
    fn of(method: u16) -> io::Result<Self> {
        Ok(match (method & 0xF, method >> 8 & 0x1F) {
            (0, _) => Self::None,
            (1, _) => Self::MsZip(Box::new(Decompress::new(false))),
            (2, _) => return Err(UnpackError::Method("Quantum".to_owned()).into()),
            (3, window) => Self::Lzx(Box::new(Lzxd::new(match window {
                15 => WindowSize::KB32,
                16 => WindowSize::KB64,
                17 => WindowSize::KB128,
                18 => WindowSize::KB256,
                19 => WindowSize::KB512,
                20 => WindowSize::MB1,
                21 => WindowSize::MB2,
                _ => return Err(UnpackError::Damaged(Part::Method).into()),
            }))),
            _ => return Err(UnpackError::Damaged(Part::Method).into()),
        })
    }
}

/// The unpacked bytes of a folder.
struct Blocks<'r, R> {
    reader: &'r mut R,
    /// Blocks that were not read.
    left: u16,
    reserved: usize,
    method: Method,
    packed: Vec<u8>,
    block: Vec<u8>,
    at: usize,
}

impl<R: Read> Blocks<'_, R> {
    fn next_block(&mut self) -> io::Result<()> {
        let mut fields = Fields(self.reader);
        let (checksum, packed, unpacked) = (fields.number32()?, fields.number16()?, fields.number16()?);
        self.packed.resize(self.reserved + usize::from(packed), 0);
        self.reader.read_exact(&mut self.packed)?;
        let sizes = u32::from(packed) | u32::from(unpacked) << 16;
        let (reserved, data) = self.packed.split_at(self.reserved);
        // 0: the block has none.
        if checksum != 0 && sum(sum(sizes, data), reserved) != checksum && sum(sizes, &self.packed) != checksum {
            return Err(UnpackError::Checksum.into());
        }
        let size = usize::from(unpacked);
        if size > LARGEST_BLOCK {
            return Err(UnpackError::Damaged(Part::Block).into());
        }
        let damaged = || UnpackError::Damaged(Part::Block);
        match &mut self.method {
            Method::None => {
                self.block.clear();
                self.block.extend_from_slice(data);
            }
            Method::MsZip(inflate) => {
                let data = data.strip_prefix(b"CK").ok_or_else(damaged)?;
                inflate.reset(false);
                if !self.block.is_empty() {
                    inflate.set_dictionary(&self.block).map_err(|_| damaged())?;
                }
                let mut block = Vec::with_capacity(size);
                inflate.decompress_vec(data, &mut block, FlushDecompress::Finish).map_err(|_| damaged())?;
                self.block = block;
            }
            Method::Lzx(lzx) => {
                let block = lzx.decompress_next(data, size).map_err(|_| damaged())?;
                self.block.clear();
                self.block.extend_from_slice(block);
            }
        }
        self.at = 0;
        if self.block.len() == size { Ok(()) } else { Err(damaged().into()) }
    }
}

impl<R: Read> Read for Blocks<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            if self.left == 0 {
                return Ok(0);
            }
            self.left -= 1;
            self.next_block()?;
        }
        let bytes = buffer.len().min(self.block.len() - self.at);
        buffer[..bytes].copy_from_slice(&self.block[self.at..self.at + bytes]);
        self.at += bytes;
        Ok(bytes)
    }
}

/// The checksum of [MS-CAB]: numbers of 32 bits combined by XOR; the bytes that are left over in reverse order.
fn sum(seed: u32, bytes: &[u8]) -> u32 {
    let (numbers, rest) = bytes.as_chunks();
    let sum = numbers.iter().fold(seed, |sum, number| sum ^ u32::from_le_bytes(*number));
    sum ^ rest.iter().fold(0, |rest, byte| rest << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::super::{Archive, UnpackLimit};

    fn packed(method: cab::CompressionType, files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut cabinet = cab::CabinetBuilder::new();
        let folder = cabinet.add_folder(method);
        for (name, _) in files {
            folder.add_file(*name);
        }
        let mut writer = cabinet.build(Cursor::new(Vec::new())).unwrap();
        for (_, bytes) in files {
            writer.next_file().unwrap().unwrap().write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// A text of several blocks.
    fn long() -> Vec<u8> {
        (0..20_000).flat_map(|n| format!("{n},{}\n", n * n).into_bytes()).collect()
    }

    #[test]
    fn files_of_one_folder() {
        let long = long();
        for method in [cab::CompressionType::None, cab::CompressionType::MsZip] {
            let bytes = packed(method, &[("logs\\a.csv", &long), ("b.csv", b"second"), ("b.bin", &vec![1; 99_999])]);
            let mut archive = Archive::open(Cursor::new(bytes), UnpackLimit::default()).unwrap();
            assert_eq!(archive.files()[0], (0, "logs/a.csv".to_owned()));
            assert_eq!(&*archive.unpack(1).unwrap(), b"second");
            assert_eq!(*archive.unpack(0).unwrap(), *long);
            assert_eq!(archive.unpack(2).unwrap().len(), 1 << 16, "only its head");
        }
    }

    #[test]
    fn damage_is_an_error_of_the_files_behind_it() {
        let long = long();
        let bytes = packed(cab::CompressionType::MsZip, &[("a.csv", b"first"), ("b.csv", &long), ("c.csv", b"third")]);
        let mut damaged = bytes.clone();
        let middle = bytes.len() / 2;
        damaged[middle] ^= 1;
        let mut archive = Archive::open(Cursor::new(damaged), UnpackLimit::default()).unwrap();
        // The first block is whole.
        assert_eq!(&*archive.unpack(0).unwrap(), b"first");
        assert!(archive.unpack(1).err().unwrap().to_string().contains("checksum"));
        assert!(archive.unpack(2).err().unwrap().to_string().contains("behind a damaged part"));
        for cut in (0..bytes.len()).step_by(97) {
            let Ok(mut archive) = Archive::open(Cursor::new(&bytes[..cut]), UnpackLimit::default()) else { continue };
            assert!(archive.unpack(2).is_err(), "{cut}");
        }
    }

    #[test]
    fn files_that_share_bytes() {
        let bytes = packed(cab::CompressionType::None, &[("a.csv", b"first"), ("b.csv", b"second")]);
        let mut shared = bytes;
        let second = shared.windows(5).rposition(|name| name == b"b.csv").unwrap();
        // Where it begins in its folder.
        shared[second - 12] = 2;
        assert!(
            Archive::open(Cursor::new(shared), UnpackLimit::default()).err().unwrap().to_string().contains("overlap")
        );
    }

    #[test]
    fn lzx() {
        let data = b"\x5b\x80\x80\x8d\x00\x30\xf0\x01\x10\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x48\x65\x6c\x6c\
            \x6f\x2c\x20\x77\x6f\x72\x6c\x64\x21\x0d\x0a\x53\x65\x65\x20\x79\x6f\x75\x20\x6c\x61\x74\x65\x72\x21\x0d\x0a\x00";
        let mut bytes = packed(cab::CompressionType::None, &[("a.txt", &data[..31])]);
        bytes.truncate(bytes.len() - 31 - 8);
        let method = 36 + 6;
        bytes[method..method + 2].copy_from_slice(&[3, 0x13]);
        bytes.extend([0, 0, 0, 0, 52, 0, 31, 0]);
        bytes.extend(data);
        assert_eq!(
            &*Archive::open(Cursor::new(bytes), UnpackLimit::default()).unwrap().unpack(0).unwrap(),
            b"Hello, world!\r\nSee you later!\r\n"
        );
    }
}

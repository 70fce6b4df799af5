//! tar archives: blocks of 512 bytes, a header before each file.

use std::io::{self, Read, Seek, SeekFrom};

use tar::{EntryType, Header};

use super::bounds::MOST_FILES;
use super::error::{ArchiveError, Part, UnpackError};
use super::limit::Exact;
use super::{Container, Content, HEAD, Member, Opened, Receive};
use crate::base::time::Timestamp;

const BLOCK: u64 = HEAD as u64;
/// Longer names and attributes are left out: no system allows a path of this length.
const LONGEST_NAME: u64 = 1 << 16;
/// Maximum size of all long names together. A hundred thousand names of 160 letters.
const LONGEST_NAMES: u64 = 16 << 20;
/// Headers that describe no file: folders, links, long names.
const MOST_HEADERS: u64 = 3 * MOST_FILES;

/// Each file is a separate group.
struct Tar<R> {
    reader: R,
    /// By group: where the file begins, its size and whether it can be read.
    places: Vec<Place>,
}

struct Place {
    begin: u64,
    bytes: u64,
    is_sparse: bool,
}

/// How the list of files ends.
enum End {
    /// With a block of zeros.
    Marked,
    /// With the file.
    OfFile,
}

/// What headers before that of a file say about it.
#[derive(Default)]
struct Extended {
    name: Option<String>,
    bytes: Option<u64>,
    modified: Option<Timestamp>,
}

/// Opens an archive. `damage` is known already, of the file that it is packed in.
pub(super) fn open<'r>(mut reader: impl Read + Seek + 'r, damage: Option<io::Error>) -> io::Result<Opened<'r>> {
    let (mut members, mut places) = (Vec::new(), Vec::new());
    let listed = list(&mut reader, &mut members, &mut places);
    let damage = match listed {
        // Whatever follows the end, such as what fills the last block of a tape.
        Ok(End::Marked) => None,
        Ok(End::OfFile) => damage,
        Err(e) if e.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<ArchiveError>) => return Err(e),
        Err(e) if members.is_empty() => return Err(e),
        // What is cut off in the file around it is not damaged here.
        Err(e) => Some(damage.unwrap_or(e)),
    };
    let damage = damage.map(ArchiveError::Ends);
    Ok(Opened {
        container: Box::new(Tar { reader, places }),
        members,
        repeated: Vec::new(),
        damage,
        content: Content::Files,
    })
}

fn list(reader: &mut (impl Read + Seek), members: &mut Vec<Member>, places: &mut Vec<Place>) -> io::Result<End> {
    let end = reader.seek(SeekFrom::End(0))?;
    let (mut at, mut extended, mut names) = (0, Extended::default(), 0_u64);
    for headers in 0.. {
        if headers > MOST_HEADERS || members.len() as u64 > MOST_FILES {
            return Err(ArchiveError::TooManyFiles { files: headers.min(MOST_FILES + 1) }.into());
        }
        if at == end && headers > 0 {
            return Ok(End::OfFile);
        }
        let mut block = [0; HEAD];
        reader.seek(SeekFrom::Start(at))?;
        reader.read_exact(&mut block).map_err(|_| UnpackError::CutOff)?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(End::Marked);
        }
        let header = Header::from_byte_slice(&block);
        if !has_checksum(header) {
            return Err(UnpackError::Damaged(Part::Header).into());
        }
        let begin = at + BLOCK;
        let bytes = header.entry_size().map_err(|_| UnpackError::Damaged(Part::Header))?;
        let kind = header.entry_type();
        let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse);
        let bytes = extended.bytes.filter(|_| is_file).unwrap_or(bytes);
        match kind {
            EntryType::GNULongName | EntryType::XHeader if bytes <= LONGEST_NAME => {
                let mut text = Vec::new();
                reader.take(bytes).read_to_end(&mut text)?;
                names = names.saturating_add(bytes);
                if names > LONGEST_NAMES {
                    return Err(ArchiveError::LongNames { most: LONGEST_NAMES }.into());
                }
                extended.add(kind, &text);
            }
            _ if is_file => {
                let Extended { name, modified, .. } = std::mem::take(&mut extended);
                let name = name.unwrap_or_else(|| String::from_utf8_lossy(&header.path_bytes()).into_owned());
                let modified = modified.or_else(|| utc(header.mtime().ok()?));
                members.push(Member { name, size: Some(bytes), modified, group: places.len() });
                places.push(Place { begin, bytes, is_sparse: kind == EntryType::GNUSparse });
            }
            // What a link or a folder is called is not needed; a long name of a link is a separate header.
            EntryType::GNULongLink | EntryType::GNULongName | EntryType::XHeader | EntryType::XGlobalHeader => {}
            _ => extended = Extended::default(),
        }
        let blocks = bytes.div_ceil(BLOCK);
        let next = blocks.checked_mul(BLOCK).and_then(|bytes| begin.checked_add(bytes));
        at = next.ok_or(UnpackError::Damaged(Part::Header))?;
        // The last file may lack what fills its last block.
        if at > end {
            let is_cut = begin.saturating_add(bytes) > end;
            return if is_cut { Err(UnpackError::CutOff.into()) } else { Ok(End::OfFile) };
        }
    }
    Ok(End::OfFile)
}

impl Extended {
    /// Adds a long name, or the records of a header of POSIX.
    fn add(&mut self, kind: EntryType, text: &[u8]) {
        let name = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned());
        if kind == EntryType::GNULongName {
            self.name = name(text);
            return;
        }
        for record in tar::PaxExtensions::new(text).flatten() {
            let number = || record.value().ok()?.split('.').next()?.parse().ok();
            match record.key_bytes() {
                b"path" => self.name = name(record.value_bytes()),
                b"size" => self.bytes = number(),
                b"mtime" => self.modified = number().and_then(utc),
                _ => {}
            }
        }
    }
}

/// Whether the checksum of a header is right: the sum of its bytes, with blanks in place of the sum.
fn has_checksum(header: &Header) -> bool {
    const SUM: std::ops::Range<usize> = 148..156;
    let bytes = header.as_bytes();
    let all: u32 = bytes.iter().map(|byte| u32::from(*byte)).sum();
    let sum: u32 = bytes[SUM].iter().map(|byte| u32::from(*byte)).sum();
    header.cksum().is_ok_and(|stated| stated == all - sum + 8 * u32::from(b' '))
}

/// A time in seconds since 1970.
pub(super) fn utc(seconds: u64) -> Option<Timestamp> {
    let time = chrono::DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)?;
    Some(Timestamp::Utc(time.naive_utc()))
}

impl<R: Read + Seek> Container for Tar<R> {
    fn unpack(&mut self, group: usize, receive: &mut Receive<'_>) -> io::Result<()> {
        let place = self.places.get(group).ok_or(UnpackError::Missing)?;
        if place.is_sparse {
            return Err(UnpackError::Unsupported("with holes left out").into());
        }
        self.reader.seek(SeekFrom::Start(place.begin))?;
        receive(group, &mut Exact::new(&mut self.reader, place.bytes, None))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::{Archive, UnpackLimit};
    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mtime(1_772_438_400);
            header.set_cksum();
            tar.append_data(&mut header, name, *bytes).unwrap();
        }
        tar.into_inner().unwrap()
    }

    #[test]
    fn files_with_short_and_long_names() {
        let long = format!("{}/log.csv", "folder".repeat(40));
        let bytes = packed(&[("a.csv", b"first"), (&long, b"second"), ("a.csv", b"third")]);
        let mut archive = Archive::open(Cursor::new(bytes), UnpackLimit::default()).unwrap();
        assert_eq!(archive.repeated(), ["a.csv"]);
        assert_eq!(archive.files(), [(1, long), (2, "a.csv".to_owned())]);
        assert_eq!((&*archive.unpack(1).unwrap(), &*archive.unpack(2).unwrap()), (&b"second"[..], &b"third"[..]));
        assert_eq!(archive.modified(1), utc(1_772_438_400));
    }

    #[test]
    fn records_of_posix() {
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_pax_extensions([("path", &b"folder/caf\xC3\xA9.csv"[..]), ("mtime", b"1772438400.5")]).unwrap();
        let mut header = Header::new_ustar();
        header.set_path("short").unwrap();
        header.set_size(4);
        header.set_cksum();
        tar.append(&header, &b"text"[..]).unwrap();
        let archive = Archive::open(Cursor::new(tar.into_inner().unwrap()), UnpackLimit::default()).unwrap();
        assert_eq!(archive.files(), [(0, "folder/café.csv".to_owned())]);
        assert_eq!(archive.modified(0), utc(1_772_438_400));
    }

    #[test]
    fn what_is_before_damage_is_read() {
        let whole = packed(&[("a.csv", b"first"), ("b.csv", &[b'x'; 2000]), ("c.csv", b"third")]);
        for (cut, files) in [(1024, 1), (1700, 2), (2000, 2), (whole.len() - 1024, 3)] {
            let mut archive = Archive::open(Cursor::new(&whole[..cut]), UnpackLimit::default()).unwrap();
            assert_eq!(archive.files().len(), files, "{cut}");
            assert_eq!(&*archive.unpack(0).unwrap(), b"first");
            let is_cut = archive.damage().is_some();
            assert_eq!((archive.unpack(files - 1).is_err(), is_cut), (files == 2, files == 2), "{cut}");
        }
        let mut wrong = whole;
        wrong[1024 + 10] ^= 1;
        let archive = Archive::open(Cursor::new(wrong), UnpackLimit::default()).unwrap();
        assert_eq!(archive.files().len(), 1);
        assert!(archive.damage().unwrap().contains("its header cannot be valid"));
    }

    #[test]
    fn sizes_that_lie() {
        for bytes in [u64::MAX, 1 << 62, 17 << 30] {
            let mut header = Header::new_gnu();
            header.set_path("a.csv").unwrap();
            header.set_size(bytes);
            header.set_cksum();
            let mut all = header.as_bytes().to_vec();
            all.extend_from_slice(&[b'x'; 1024]);
            let opened = Archive::open(Cursor::new(all), UnpackLimit::default());
            assert!(opened.is_err() || opened.unwrap().unpack(0).is_err(), "{bytes}");
        }
    }
}

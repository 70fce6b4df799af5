//! .zip archives.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use super::bounds::MOST_FILES;
use super::error::{ArchiveError, UnpackError};
use super::limit::{Allowance, Stream};
use super::{Container, Content, Member, Opened, Receive};
use crate::base::time::Timestamp;

/// Each file is a separate group.
struct Zip<R> {
    archive: ZipArchive<R>,
    /// By group: index in the archive.
    places: Vec<usize>,
    allowance: Allowance,
}

pub(super) fn open<'r>(mut reader: impl Read + Seek + 'r, allowance: Allowance) -> io::Result<Opened<'r>> {
    let directory = ZipArchive::new(&mut reader)?.central_directory_start();
    reader.seek(SeekFrom::Start(directory))?;
    let repeated = repeated_names(&mut reader)?;
    let mut archive = ZipArchive::new(reader)?;
    let files = archive.len() as u64;
    if files > MOST_FILES {
        return Err(ArchiveError::TooManyFiles { files }.into());
    }
    if archive.has_overlapping_entries()? {
        return Err(ArchiveError::Overlapping.into());
    }
    let (mut members, mut places) = (Vec::new(), Vec::new());
    for place in 0..archive.len() {
        let Some(Ok(name)) = archive.name_for_index(place) else { continue };
        let name = name.into_owned();
        let entry = archive.by_index_raw(place).ok();
        let size = entry.as_ref().map(zip::read::ZipFile::size);
        let modified = entry.and_then(|entry| entry.last_modified()).and_then(modified);
        members.push(Member { name, size: Some(size.unwrap_or(0)), modified, group: places.len() });
        places.push(place);
    }
    let container = Box::new(Zip { archive, places, allowance });
    Ok(Opened { container, members, repeated, damage: None, content: Content::Files })
}

/// Last write time, on the clock of the machine that packed it.
fn modified(time: zip::DateTime) -> Option<Timestamp> {
    let day = chrono::NaiveDate::from_ymd_opt(time.year().into(), time.month().into(), time.day().into())?;
    day.and_hms_opt(time.hour().into(), time.minute().into(), time.second().into()).map(Timestamp::Local)
}

impl<R: Read + Seek> Container for Zip<R> {
    fn unpack(&mut self, group: usize, receive: &mut Receive<'_>) -> io::Result<()> {
        let place = *self.places.get(group).ok_or(UnpackError::Missing)?;
        let unsupported = |e| -> io::Error {
            match e {
                ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => UnpackError::Encrypted.into(),
                ZipError::UnsupportedArchive(what) => UnpackError::Unsupported(what).into(),
                ZipError::CompressionMethodNotSupported(method) => UnpackError::Method(method.to_string()).into(),
                e => e.into(),
            }
        };
        let file = self.archive.by_index(place).map_err(unsupported)?;
        receive(group, &mut Stream::new(file, &self.allowance))
    }
}

/// Names that occur more than once in the central directory, which `reader` is at the start of.
fn repeated_names(reader: impl Read) -> io::Result<Vec<String>> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    let mut reader = BufReader::new(reader);
    let (mut seen, mut repeated) = (HashSet::new(), BTreeSet::new());
    loop {
        // APPNOTE.TXT 4.3.12: 46 bytes; the lengths of name, extra field and comment are at 28, 30 and 32.
        let mut head = [0; 46];
        if reader.read_exact(&mut head).is_err() || !head.starts_with(SIGNATURE) {
            return Ok(repeated.into_iter().collect());
        }
        let length = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let mut name = vec![0; length(28).into()];
        reader.read_exact(&mut name)?;
        io::copy(&mut (&mut reader).take(u64::from(length(30)) + u64::from(length(32))), &mut io::sink())?;
        if !seen.insert(name.clone()) {
            repeated.insert(String::from_utf8_lossy(&name).into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::super::{Archive, UnpackLimit};
    use crate::log::Bytes;

    #[test]
    fn large_files_go_to_the_disk_and_binary_ones_nowhere() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let line = b"0123456789abcde\n".repeat(1 << 16);
        for (name, bytes) in [("large.csv", &line), ("memory.dmp", &vec![1; 1 << 20])] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            for _ in 0..65 {
                zip.write_all(bytes).unwrap();
            }
        }
        let mut archive = Archive::open(zip.finish().unwrap(), UnpackLimit::default()).unwrap();
        let large = archive.unpack(0).unwrap();
        assert!(matches!(large, Bytes::Mapped(_)) && large.len() == 65 << 20 && large.ends_with(b"abcde\n"));
        assert_eq!(archive.unpack(1).unwrap().len(), 1 << 16);
    }

    /// An archive of one file, and its central directory, which begins after it.
    fn of_one(name: &str) -> (Vec<u8>, usize) {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"content").unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let directory = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        (bytes, directory)
    }

    #[test]
    fn files_of_one_name_and_files_that_overlap() {
        let (bytes, directory) = of_one("a.csv");
        let end = bytes.windows(4).position(|w| w == b"PK\x05\x06").unwrap();
        // The entry twice: two files of one name, in one place.
        let twice = |second: &[u8]| {
            let mut all = bytes[..end].to_vec();
            all.extend_from_slice(second);
            let size = u32::try_from(all.len() - directory).unwrap();
            all.extend_from_slice(&bytes[end..]);
            let end = all.len() - 22;
            for (at, count) in [(8, 2), (10, 2), (12, size)] {
                let width = if at == 12 { 4 } else { 2 };
                all[end + at..end + at + width].copy_from_slice(&count.to_le_bytes()[..width]);
            }
            all
        };
        let entry = &bytes[directory..end];
        assert_eq!(Archive::open(Cursor::new(twice(entry)), UnpackLimit::default()).unwrap().repeated(), ["a.csv"]);
        let other = [&entry[..46], b"b.csv", &entry[51..]].concat();
        let error = Archive::open(Cursor::new(twice(&other)), UnpackLimit::default()).err().unwrap();
        assert!(error.to_string().contains("overlap"), "{error}");
        assert!(Archive::open(Cursor::new(bytes), UnpackLimit::default()).unwrap().repeated().is_empty());
    }

    #[test]
    fn a_size_that_lies_is_found_out() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("a.csv", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&[b'x'; 1000]).unwrap();
        let mut bytes = zip.finish().unwrap().into_inner();
        // The size is both before the file and in the directory at the end.
        let size = 1000_u32.to_le_bytes();
        let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == size).collect();
        places.iter().for_each(|at| bytes[*at..*at + 4].copy_from_slice(&10_u32.to_le_bytes()));
        let unpacked = Archive::open(Cursor::new(bytes), UnpackLimit::default()).unwrap().unpack(0);
        assert!(unpacked.is_err(), "{} places", places.len());
    }
}

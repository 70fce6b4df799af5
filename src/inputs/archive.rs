//! .zip archives, common in support cases.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::format::{Format, FormatKind};
use crate::log::Bytes;

/// Bytes of a file that are enough to detect its format.
const HEAD: u64 = 1 << 16;
/// From this size on, a file is unpacked to disk instead of memory.
const LARGE: u64 = 64 << 20;
/// Maximum number of files. A support case has thousands; each costs memory before any is read.
const MOST_FILES: usize = 100_000;
/// Maximum size of all files together, unpacked: a day of logs of a thousand machines is 50 GB.
const LARGEST_TOTAL: u64 = 64 << 30;
/// Larger files are rejected: no collector writes such a log, but a forged size can be this large.
const LARGEST: u64 = 16 << 30;

/// Why a file in an archive was not unpacked.
#[derive(Debug, thiserror::Error)]
enum UnpackError {
    #[error("is packed in an unsupported way ({0}); unpack it yourself")]
    Unsupported(&'static str),
    #[error("is packed with the unsupported method {0}; unpack it yourself")]
    Method(String),
    #[error("claims to unpack to {} GB; unpack it yourself", bytes >> 30)]
    TooLarge { bytes: u64 },
    #[error("is larger than the archive claims; the archive is damaged")]
    LargerThanClaimed,
}

/// Why an archive was rejected as a whole.
#[derive(Debug, thiserror::Error)]
enum ArchiveError {
    #[error("contains {files} files; the limit is {MOST_FILES}. Unpack it yourself")]
    TooManyFiles { files: usize },
    #[error("its files overlap, as in an archive that is made to exhaust memory. Unpack it yourself if you trust it")]
    Overlapping,
    #[error("claims to unpack to {} GB in all; the limit is {} GB. Unpack it yourself", bytes >> 30, LARGEST_TOTAL >> 30)]
    TooLarge { bytes: u128 },
}

/// An open archive.
pub struct Archive<R> {
    archive: ZipArchive<R>,
    repeated: Vec<String>,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive.
    ///
    /// # Errors
    /// If it cannot be read, is not an archive, or is over a limit: see docs/limits.md.
    pub fn open(mut reader: R) -> io::Result<Self> {
        let directory = ZipArchive::new(&mut reader)?.central_directory_start();
        reader.seek(SeekFrom::Start(directory))?;
        let repeated = repeated_names(&mut reader)?;
        let mut archive = ZipArchive::new(reader)?;
        if archive.len() > MOST_FILES {
            return Err(io::Error::other(ArchiveError::TooManyFiles { files: archive.len() }));
        }
        if archive.has_overlapping_entries()? {
            return Err(io::Error::other(ArchiveError::Overlapping));
        }
        match archive.decompressed_size() {
            Some(bytes) if bytes > LARGEST_TOTAL.into() => Err(io::Error::other(ArchiveError::TooLarge { bytes })),
            _ => Ok(Self { archive, repeated }),
        }
    }

    /// Names that several of its files have. Only the last file of each name can be read.
    #[must_use]
    pub fn repeated(&self) -> &[String] {
        &self.repeated
    }

    /// Its files: index and name.
    #[must_use]
    pub fn files(&self) -> Vec<(usize, String)> {
        let name = |number| Some((number, self.archive.name_for_index(number)?.ok()?.into_owned()));
        (0..self.archive.len()).filter_map(name).filter(|(_, name)| !name.ends_with('/')).collect()
    }

    /// Last write time of a file, on the clock of the machine that packed it.
    pub fn modified(&mut self, number: usize) -> Option<chrono::NaiveDateTime> {
        let time = self.archive.by_index_raw(number).ok()?.last_modified()?;
        let day = chrono::NaiveDate::from_ymd_opt(time.year().into(), time.month().into(), time.day().into())?;
        day.and_hms_opt(time.hour().into(), time.minute().into(), time.second().into())
    }

    /// Unpacks a file; large files to a temporary file. Of files that are neither text nor traces, only the first bytes
    /// are unpacked, which are enough to detect the format.
    ///
    /// # Errors
    /// If it is damaged, encrypted, packed with an unknown method, or larger than the archive states.
    pub fn unpack(&mut self, number: usize) -> io::Result<Bytes> {
        let unsupported = |e| match e {
            zip::result::ZipError::UnsupportedArchive(what) => io::Error::other(UnpackError::Unsupported(what)),
            zip::result::ZipError::CompressionMethodNotSupported(method) => {
                io::Error::other(UnpackError::Method(method.to_string()))
            }
            e => e.into(),
        };
        let file = self.archive.by_index(number).map_err(unsupported)?;
        let name = file.name().map(|name| PathBuf::from(name.into_owned())).unwrap_or_default();
        let size = file.size();
        // The size may be forged: one more byte shows it.
        let mut file = file.take(size.saturating_add(1));
        let mut bytes = Vec::new();
        (&mut file).take(HEAD).read_to_end(&mut bytes)?;
        if !is_readable(&bytes, &name) {
            return Ok(Bytes::Owned(bytes));
        }
        if size > LARGEST {
            return Err(io::Error::other(UnpackError::TooLarge { bytes: size }));
        }
        let lied = || io::Error::new(io::ErrorKind::InvalidData, UnpackError::LargerThanClaimed);
        if size < LARGE {
            file.read_to_end(&mut bytes)?;
            return if bytes.len() as u64 > size { Err(lied()) } else { Ok(Bytes::Owned(bytes)) };
        }
        let mut unpacked = tempfile::tempfile()?;
        unpacked.write_all(&bytes)?;
        let rest = io::copy(&mut file, &mut unpacked)?;
        if bytes.len() as u64 + rest > size { Err(lied()) } else { Bytes::map_file(&unpacked) }
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

/// Whether a file can be an input: a known format, or text in any encoding.
fn is_readable(head: &[u8], path: &Path) -> bool {
    match Format::of_binary(head, path).map(Format::kind) {
        Some(FormatKind::CounterLog | FormatKind::Evidence(_)) => true,
        Some(FormatKind::Archive | FormatKind::NotRead(_)) => false,
        None => {
            // A hole in a file, or a log that was allocated and never written.
            let is_blank = head.iter().all(|byte| *byte == 0);
            let is_utf16 = matches!(head, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, _, 0, ..] | [0, _, 0, _, ..]);
            !is_blank && (is_utf16 || !head.iter().any(|byte| *byte < 9))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

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
        let mut archive = Archive::open(zip.finish().unwrap()).unwrap();
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
        assert_eq!(Archive::open(Cursor::new(twice(entry))).unwrap().repeated(), ["a.csv"]);
        let other = [&entry[..46], b"b.csv", &entry[51..]].concat();
        let error = Archive::open(Cursor::new(twice(&other))).err().unwrap();
        assert!(error.to_string().contains("overlap"), "{error}");
        assert!(Archive::open(Cursor::new(bytes)).unwrap().repeated().is_empty());
    }

    #[test]
    fn a_file_of_zeros_is_not_text() {
        assert!(!is_readable(&[0; 4096], Path::new("memory.bin")));
        assert!(is_readable(&[b'a', 0, b'b', 0], Path::new("a.txt")) && is_readable(b"text", Path::new("a.txt")));
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
        let unpacked = Archive::open(Cursor::new(bytes)).unwrap().unpack(0);
        assert!(unpacked.is_err(), "{} places", places.len());
    }
}

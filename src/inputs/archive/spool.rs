//! Where unpacked files are kept: in memory, or in temporary files.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use super::Member;
use super::error::{SharedError, UnpackError};
use crate::inputs::format::{Format, FormatKind};
use crate::log::Bytes;

/// Bytes of a file that are enough to detect its format.
const HEAD: u64 = 1 << 16;
/// From this size on, a file is unpacked to disk instead of memory.
const LARGE: u64 = 64 << 20;

/// Files that are packed together, one after the other in a temporary file.
pub(super) struct Spool {
    /// Maximum size of a file.
    largest: u64,
    file: Option<File>,
    end: u64,
    /// By index of the file: its place and size.
    kept: HashMap<usize, Result<(u64, u64), SharedError>>,
}

impl Spool {
    pub(super) fn new(largest: u64) -> Self {
        Self { largest, file: None, end: 0, kept: HashMap::new() }
    }

    /// Keeps a file. If it cannot be unpacked, its error is kept.
    pub(super) fn keep(&mut self, number: usize, member: &Member, reader: &mut dyn Read) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        let mut written = Counting { file, bytes: 0 };
        let result = copy(member, self.largest, reader, &mut written);
        let place = (self.end, written.bytes);
        self.end += written.bytes;
        self.kept.insert(number, result.map(|()| place).map_err(SharedError::new));
        Ok(())
    }

    /// Keeps an error for the files of which nothing is known.
    pub(super) fn complete(&mut self, numbers: impl Iterator<Item = usize>, error: Option<io::Error>) {
        let error = SharedError::new(error.unwrap_or_else(|| UnpackError::Missing.into()));
        for number in numbers {
            self.kept.entry(number).or_insert_with(|| Err(error.clone()));
        }
    }

    /// A file that is kept.
    pub(super) fn bytes(&self, number: usize) -> Option<io::Result<Bytes>> {
        let kept = self.kept.get(&number)?;
        Some(match (kept, &self.file) {
            (Err(error), _) => Err(error.to_io()),
            (Ok((begin, bytes)), Some(file)) => Bytes::map_part(file, *begin, *bytes),
            (Ok(_), None) => Ok(Bytes::Owned(Vec::new())),
        })
    }

    /// The bytes of a file that is not packed together with others.
    pub(super) fn unpacked(&self, member: &Member, reader: &mut dyn Read) -> io::Result<Bytes> {
        let mut bytes = Vec::new();
        if member.size.is_some_and(|size| size < LARGE) {
            copy(member, self.largest, reader, &mut bytes)?;
            return Ok(Bytes::Owned(bytes));
        }
        // Many of them are neither text nor traces.
        let Some(mut rest) = begin(member, self.largest, reader, &mut bytes)? else { return Ok(Bytes::Owned(bytes)) };
        let mut file = tempfile::tempfile()?;
        file.write_all(&bytes)?;
        let size = bytes.len() as u64 + io::copy(&mut rest, &mut file)?;
        check(member, self.largest, size)?;
        Bytes::map_part(&file, 0, size)
    }
}

/// Counts what is written, even if not all of it is.
struct Counting<'f> {
    file: &'f mut File,
    bytes: u64,
}

impl Write for Counting<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Copies a file; of files that cannot be inputs, only the first bytes.
fn copy(member: &Member, largest: u64, reader: &mut dyn Read, out: &mut impl Write) -> io::Result<()> {
    let mut head = Vec::new();
    let rest = begin(member, largest, reader, &mut head)?;
    out.write_all(&head)?;
    let Some(mut rest) = rest else { return Ok(()) };
    let size = head.len() as u64 + io::copy(&mut rest, out)?;
    check(member, largest, size)
}

/// Reads the first bytes. If the file can be an input, returns what is left, with one byte more than the archive states:
/// the size may be forged.
fn begin<'r>(
    member: &Member,
    largest: u64,
    reader: &'r mut dyn Read,
    head: &mut Vec<u8>,
) -> io::Result<Option<io::Take<&'r mut dyn Read>>> {
    let size = member.size.unwrap_or(largest);
    let mut reader = reader.take(size.saturating_add(1));
    (&mut reader).take(HEAD).read_to_end(head)?;
    if !is_readable(head, Path::new(&member.name)) {
        return Ok(None);
    }
    if size > largest {
        return Err(UnpackError::TooLarge { bytes: size, most: largest }.into());
    }
    Ok(Some(reader))
}

/// Checks the size of an unpacked file.
fn check(member: &Member, largest: u64, size: u64) -> io::Result<()> {
    match member.size {
        Some(stated) if size > stated => Err(UnpackError::LargerThanClaimed.into()),
        None if size > largest => Err(UnpackError::TooLong { most: largest }.into()),
        _ => Ok(()),
    }
}

/// Whether a file can be an input: a known format, or text in any encoding.
pub(super) fn is_readable(head: &[u8], path: &Path) -> bool {
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

    #[test]
    fn a_file_of_zeros_is_not_text() {
        assert!(!is_readable(&[0; 4096], Path::new("memory.bin")));
        assert!(is_readable(&[b'a', 0, b'b', 0], Path::new("a.txt")) && is_readable(b"text", Path::new("a.txt")));
    }
}

//! Readers that keep the limits of archives.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::error::UnpackError;

/// How many bytes an archive may unpack to, and how many are left of them.
#[derive(Clone)]
pub(super) struct Allowance {
    most: u64,
    left: Rc<Cell<u64>>,
}

impl Allowance {
    pub(super) fn bytes(most: u64) -> Self {
        Self { most, left: Rc::new(Cell::new(most)) }
    }

    /// The same number, which others do not use up.
    pub(super) fn separate(&self) -> Self {
        Self { left: Rc::new(Cell::new(self.left.get())), ..*self }
    }

    fn take(&self, bytes: u64) -> Result<(), UnpackError> {
        let left = self.left.get().checked_sub(bytes).ok_or(UnpackError::Expands { most: self.most })?;
        self.left.set(left);
        Ok(())
    }
}

/// Unpacked bytes: counts them, and returns no more of them after an error.
pub(super) struct Stream<R> {
    inner: R,
    allowance: Allowance,
    has_failed: bool,
}

impl<R: Read> Stream<R> {
    pub(super) fn new(inner: R, allowance: &Allowance) -> Self {
        Self { inner, allowance: allowance.clone(), has_failed: false }
    }

    /// Reads and drops this many bytes; the next read names what goes wrong.
    pub(super) fn skip(&mut self, bytes: u64) {
        let skipped = io::copy(&mut self.take(bytes), &mut io::sink());
        self.has_failed |= skipped.is_ok_and(|skipped| skipped < bytes);
    }
}

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_failed {
            return Err(UnpackError::BehindDamage.into());
        }
        let read = self.inner.read(buffer).and_then(|read| {
            self.allowance.take(read as u64)?;
            Ok(read)
        });
        self.has_failed = read.as_ref().is_err_and(|e| e.kind() != io::ErrorKind::Interrupted);
        read
    }
}

/// An exact number of bytes, with their checksum if it is known.
pub(super) struct Exact<R> {
    inner: R,
    left: u64,
    checksum: Option<u32>,
    crc: flate2::Crc,
}

impl<R: Read> Exact<R> {
    pub(super) fn new(inner: R, bytes: u64, checksum: Option<u32>) -> Self {
        Self { inner, left: bytes, checksum, crc: flate2::Crc::new() }
    }

    /// Bytes that were not read.
    pub(super) fn left(&self) -> u64 {
        self.left
    }
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.inner.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(UnpackError::CutOff.into());
        }
        self.left -= read as u64;
        if let Some(checksum) = self.checksum {
            self.crc.update(&buffer[..read]);
            if self.left == 0 && self.crc.sum() != checksum {
                return Err(UnpackError::Checksum.into());
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_allowed_is_an_error_from_then_on() {
        let mut stream = Stream::new(io::repeat(1), &Allowance::bytes(100));
        let mut buffer = [0; 64];
        assert_eq!(stream.read(&mut buffer).unwrap(), 64);
        assert!(stream.read(&mut buffer).unwrap_err().to_string().contains("more than 1 MB, the limit"));
        assert!(stream.read(&mut buffer).unwrap_err().to_string().contains("behind a damaged part"));
    }

    #[test]
    fn bytes_that_are_missing_or_wrong() {
        let read = |text: &[u8], bytes, checksum| io::read_to_string(Exact::new(text, bytes, checksum));
        assert_eq!(read(b"123456789", 9, Some(0xCBF4_3926)).unwrap(), "123456789");
        assert_eq!(read(b"123456789", 3, None).unwrap(), "123");
        assert!(read(b"123456788", 9, Some(0xCBF4_3926)).unwrap_err().to_string().contains("checksum"));
        assert!(read(b"12345", 9, None).unwrap_err().to_string().contains("cut off"));
    }
}

//! Unpacks the blocks of 7-Zip archives.

use std::io::{self, Read};

use flate2::read::DeflateDecoder;
use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::delta::DeltaReader;
use lzma_rust2::{Lzma2Reader, LzmaReader};

use super::super::error::{Part, UnpackError};
use super::header::{Block, Coder};

/// Largest dictionary of any archive: that of 7-Zip's setting "ultra", for years.
const DICTIONARY: u64 = 64 << 20;
/// A larger archive can have a larger one, up to this many times its size.
const DICTIONARY_RATIO: u64 = 8;
/// Smallest dictionary.
const SMALLEST_DICTIONARY: u64 = 4096;

/// The unpacked bytes of a block. `archive` is the size of the archive.
pub(super) fn decoder<'r>(block: &Block, packed: impl Read + 'r, archive: u64) -> io::Result<Box<dyn Read + 'r>> {
    let most = archive.saturating_mul(DICTIONARY_RATIO).max(DICTIONARY);
    if block.is_encrypted() {
        return Err(UnpackError::Encrypted.into());
    }
    let mut reader: Box<dyn Read + 'r> = Box::new(packed);
    for (coder, size) in block.chain()? {
        reader = Box::new(step(coder, reader, size, most)?.take(size));
    }
    Ok(reader)
}

fn step<'r>(coder: &Coder, reader: Box<dyn Read + 'r>, size: u64, most: u64) -> io::Result<Box<dyn Read + 'r>> {
    let property = |at: usize| coder.properties.get(at).copied().ok_or(UnpackError::Damaged(Part::Method));
    Ok(match &coder.method[..] {
        [0] => reader,
        [0x21] => {
            let bytes = match property(0)? {
                bits @ 0..40 => u64::from(2 | bits & 1) << (bits / 2 + 11),
                40 => u32::MAX.into(),
                _ => return Err(UnpackError::Damaged(Part::Method).into()),
            };
            Box::new(Lzma2Reader::new(reader, dictionary(bytes, size, most)?, None))
        }
        [3, 1, 1] => {
            let bytes = u32::from_le_bytes([property(1)?, property(2)?, property(3)?, property(4)?]);
            let dictionary = dictionary(bytes.into(), size, most)?;
            Box::new(LzmaReader::new_with_props(reader, size, property(0)?, dictionary, None)?)
        }
        [4, 1, 8] => Box::new(DeflateDecoder::new(reader)),
        [3] => Box::new(DeltaReader::new(reader, usize::from(property(0)?) + 1)),
        [4] | [3, 3, 1, 3] => Box::new(BcjReader::new_x86(reader, 0)),
        [0xA] => Box::new(BcjReader::new_arm64(reader, 0)),
        other => return Err(UnpackError::Method(name(other)).into()),
    })
}

/// Size of a dictionary. More than the unpacked bytes is never used, whatever the header states.
fn dictionary(stated: u64, unpacked: u64, most: u64) -> io::Result<u32> {
    let bytes = stated.min(unpacked).max(SMALLEST_DICTIONARY);
    if bytes > most {
        return Err(UnpackError::Dictionary { bytes, most }.into());
    }
    // The reader refuses the last 16 sizes.
    Ok(u32::try_from(bytes).unwrap_or(u32::MAX).min(u32::MAX - 16))
}

/// What a method is called in 7-Zip.
fn name(method: &[u8]) -> String {
    let known = match method {
        [3, 4, 1] => "PPMd",
        [4, 2, 2] => "BZip2",
        [4, 1, 9] => "Deflate64",
        [4, 0xF7, 0x11, 1] => "Zstandard",
        [3, 3, 1, 0x1B] => "BCJ2",
        other => return format!("{other:02X?}"),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionaries_are_limited() {
        let most = DICTIONARY;
        assert_eq!(dictionary(1 << 30, 1000, most).unwrap(), 4096, "of a small file");
        assert_eq!(dictionary(1 << 26, 1 << 40, most).unwrap(), 1 << 26);
        let error = dictionary(u32::MAX.into(), 1 << 40, most).unwrap_err();
        assert_eq!(
            error.to_string(),
            "needs a dictionary of 4095 MB to unpack; the limit is 64 MB. Unpack it yourself"
        );
    }
}

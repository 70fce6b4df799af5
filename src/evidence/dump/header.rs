//! The header of a kernel dump, and the check of its map of pages.
//!
//! Layout: `DUMP_HEADER64` of the Windows SDK, and the documentation of the kdmp-parser crate.

use chrono::NaiveDateTime;

use super::error::{DumpError, PageMapError};
use crate::base::time::FileTime;

/// Size of the header in bytes.
const SIZE: usize = 0x2000;
const PAGE: u64 = 4096;

/// Fields of the header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// Windows build number.
    pub build: u32,
    /// Number of processors.
    pub processors: u32,
    /// Bug check code; 0 if there was none.
    pub bug_check: u32,
    /// Physical memory, bytes.
    pub physical_memory: Option<u64>,
    /// Time of the dump, UTC.
    pub time: Option<NaiveDateTime>,
    /// Hours since boot.
    pub up_hours: Option<f64>,
    /// Kind of the dump.
    pub kind: DumpKind,
}

/// Supported kinds of kernel dumps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DumpKind {
    /// All physical memory, in the format up to Windows 7.
    #[default]
    Full,
    /// Complete memory dump.
    Complete,
    /// Kernel memory.
    Kernel,
    /// Kernel and user memory.
    KernelAndUser,
    /// Kernel memory with a bitmap of its pages.
    Bitmap,
    /// Live kernel dump, written without a bug check.
    Live,
}

/// Whether a file is a kernel dump of any kind.
#[must_use]
pub fn is_dump(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PAGEDU64") || bytes.starts_with(b"PAGEDUMP")
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Value of fields that were not set.
const FILLER: u64 = 0x4547_4150_4547_4150;

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// If the dump is truncated, or of a kind without useful content.
    pub fn parse(bytes: &[u8]) -> Result<Self, DumpError> {
        if bytes.starts_with(b"PAGEDUMP") {
            return Err(DumpError::Bits32);
        }
        if bytes.len() < SIZE {
            return Err(DumpError::CutOff { need: SIZE, have: bytes.len() });
        }
        let long = |at| u64_at(bytes, at).filter(|value| *value != FILLER);
        let word = |at| u32_at(bytes, at).unwrap_or(0);
        let kind = match word(0xF98) {
            1 => DumpKind::Full,
            4 => return Err(DumpError::SmallDump),
            5 => DumpKind::Bitmap,
            6 => DumpKind::Live,
            8 => DumpKind::Kernel,
            9 => DumpKind::KernelAndUser,
            10 => DumpKind::Complete,
            other => return Err(DumpError::UnknownType(other)),
        };
        // PHYSICAL_MEMORY_DESCRIPTOR: runs, then pages.
        let pages = long(0x90).filter(|pages| (1..1 << 40).contains(pages));
        let ticks = |at| long(at).and_then(|ticks| i64::try_from(ticks).ok()).filter(|ticks| *ticks > 0);
        Ok(Self {
            build: word(0xC),
            processors: word(0x34).clamp(1, 2048),
            bug_check: word(0x38),
            physical_memory: pages.map(|pages| pages * PAGE),
            time: ticks(0xFA8).and_then(|ticks| FileTime(ticks).to_naive()),
            up_hours: ticks(0x1030).map(|ticks| ticks as f64 / 3.6e10).filter(|hours| *hours < 1e6),
            kind,
        })
    }
}

/// Checks that the map of pages fits into the file: the parser trusts it, and a forged map would exhaust memory.
///
/// # Errors
/// If it does not fit, the reason.
pub fn check_pages(bytes: &[u8]) -> Result<(), PageMapError> {
    let most = bytes.len() as u64 / PAGE;
    let cut = || PageMapError::CutOff;
    let lies = |pages| PageMapError::TooManyPages { pages, in_file: most };
    match u32_at(bytes, 0xF98) {
        Some(1) => {
            let runs = u32_at(bytes, 0x88).ok_or_else(cut)?;
            let mut pages = 0_u64;
            // The header has room for 42.
            for run in 0..runs.min(43) as usize {
                pages = pages.saturating_add(u64_at(bytes, 0xA0 + 16 * run).ok_or_else(cut)?);
            }
            if pages > most { Err(lies(pages)) } else { Ok(()) }
        }
        Some(8..=10) => {
            let (size, first) = (u64_at(bytes, 0x2010).ok_or_else(cut)?, u64_at(bytes, 0x2018).ok_or_else(cut)?);
            if size < 0x20 || first < 0x2040 {
                return Err(PageMapError::Damaged { offset: 0x2010 });
            }
            let mut pages = 0_u64;
            for entry in 0..size / 16 {
                let at = usize::try_from(0x2030 + 16 * entry).map_err(|_| cut())?;
                let (number, count) = (u64_at(bytes, at).ok_or_else(cut)?, u64_at(bytes, at + 8).ok_or_else(cut)?);
                if number == 0 {
                    break;
                }
                pages = pages.saturating_add(count);
                if pages > most {
                    return Err(lies(pages));
                }
            }
            Ok(())
        }
        Some(5 | 6) => {
            let bits = u64_at(bytes, 0x2030).ok_or_else(cut)?;
            let end = usize::try_from(bits.div_ceil(8)).map_or(bytes.len(), |size| size.saturating_add(0x2038));
            let bitmap = bytes.get(0x2038..end.min(bytes.len())).ok_or_else(cut)?;
            let pages: u64 = bitmap.iter().map(|byte| u64::from(byte.count_ones())).sum();
            if pages > most { Err(lies(pages)) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

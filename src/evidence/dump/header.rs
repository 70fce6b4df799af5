//! The header of a kernel dump, and whether its map of pages can be true.
//!
//! Layout: `DUMP_HEADER64` of the Windows SDK, and the documentation of the kdmp-parser crate.

use chrono::NaiveDateTime;

use crate::log::FileTime;

/// Bytes of the header.
const SIZE: usize = 0x2000;
const PAGE: u64 = 4096;

/// What a header says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// Build of Windows.
    pub build: u32,
    /// Processors.
    pub processors: u32,
    /// Number of the bug check; 0 where there was none.
    pub bug_check: u32,
    /// Physical memory, bytes.
    pub physical_memory: Option<u64>,
    /// When it was written, UTC.
    pub time: Option<NaiveDateTime>,
    /// Hours since boot.
    pub up_hours: Option<f64>,
    /// What kind of dump it is.
    pub kind: &'static str,
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

/// What fills fields that nobody set.
const FILLER: u64 = 0x4547_4150_4547_4150;

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// When the dump is cut off, or of a kind that holds nothing of use.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.starts_with(b"PAGEDUMP") {
            return Err(
                "is a dump of 32-bit Windows, which is not read here: open it in WinDbg, and save what !vm 1, \
                        !poolused 2 and !poolused 4 print; that text is read"
                    .to_owned(),
            );
        }
        if bytes.len() < SIZE {
            return Err(format!("is a kernel dump that is cut off within its header of {SIZE} bytes"));
        }
        let long = |at| u64_at(bytes, at).filter(|value| *value != FILLER);
        let word = |at| u32_at(bytes, at).unwrap_or(0);
        let kind = match word(0xF98) {
            1 => "full memory dump",
            5 => "bitmap memory dump",
            6 => "live kernel dump",
            8 => "kernel memory dump",
            9 => "kernel and user memory dump",
            10 => "complete memory dump",
            4 => {
                return Err(
                    "is a small memory dump, which holds no pool and no drivers' memory: set the machine to write \
                            kernel memory dumps (System Properties, Startup and Recovery)"
                        .to_owned(),
                );
            }
            other => return Err(format!("is a kernel dump of type {other}, which is not known here")),
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

/// Whether the map of pages fits into the file: the parser believes it, and would fill memory with one that lies.
///
/// # Errors
/// What does not fit.
pub fn check_pages(bytes: &[u8]) -> Result<(), String> {
    let most = bytes.len() as u64 / PAGE;
    let cut = || "its map of pages is cut off".to_owned();
    let lies = || "its map names more pages than the file holds; it is cut off or damaged".to_owned();
    match u32_at(bytes, 0xF98) {
        Some(1) => {
            let runs = u32_at(bytes, 0x88).ok_or_else(cut)?;
            let mut pages = 0_u64;
            // The header has room for 42.
            for run in 0..runs.min(43) as usize {
                pages = pages.saturating_add(u64_at(bytes, 0xA0 + 16 * run).ok_or_else(cut)?);
            }
            if pages > most { Err(lies()) } else { Ok(()) }
        }
        Some(8..=10) => {
            let (size, first) = (u64_at(bytes, 0x2010).ok_or_else(cut)?, u64_at(bytes, 0x2018).ok_or_else(cut)?);
            if size < 0x20 || first < 0x2040 {
                return Err("its map of pages is damaged".to_owned());
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
                    return Err(lies());
                }
            }
            Ok(())
        }
        Some(5 | 6) => {
            let bits = u64_at(bytes, 0x2030).ok_or_else(cut)?;
            let end = usize::try_from(bits.div_ceil(8)).map_or(bytes.len(), |size| size.saturating_add(0x2038));
            let bitmap = bytes.get(0x2038..end.min(bytes.len())).ok_or_else(cut)?;
            let pages: u64 = bitmap.iter().map(|byte| u64::from(byte.count_ones())).sum();
            if pages > most { Err(lies()) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

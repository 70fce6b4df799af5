//! A driver image: a PE file on disk, or as loaded in memory.

use object::LittleEndian as LE;
use object::pe::{self, ImageNtHeaders32, ImageNtHeaders64};
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader, ResourceDirectory, SectionTable};

use super::instruction::{Architecture, Occurrence, Section, arm64_loads, occurrence};
use super::version::{self, VersionInfo};
use crate::evidence::tag::Tag;

/// Layout of an image: as a file, or with its sections at their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As a file on disk.
    File,
    /// As loaded in memory.
    Memory,
}

/// Why an image cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The headers are not those of a PE image.
    #[error("{0}")]
    Headers(#[from] object::Error),
    /// The optional header is missing, or is neither 32-bit nor 64-bit.
    #[error("its headers are cut off or damaged at offset {offset:#x}: expected the number 0x10B or 0x20B there")]
    Magic {
        /// Offset of the expected number.
        offset: u64,
    },
    /// A section extends beyond the end of the file.
    #[error("it is cut off: a section ends beyond the end of the file")]
    CutOff,
}

/// Prefixes of functions that allocate pool: the kernel's, and those of libraries that call the kernel for drivers
/// (NDIS, StorPort, the Filter Manager, WDF, video, audio and USB ports).
const ALLOCATE: &[&str] = &[
    "ExAllocatePool",
    "ExAllocateFromLookaside",
    "ExInitializeNPagedLookaside",
    "ExInitializePagedLookaside",
    "ExInitializeLookasideList",
    "NdisAllocate",
    "NdisInitializeNPagedLookaside",
    "StorPortAllocate",
    "ScsiPort",
    "FltAllocate",
    "FltInitialize",
    "WdfVersionBind",
    "VideoPortAllocate",
    "NetioAllocate",
    "RxAllocate",
    "EngAllocMem",
];

/// The executable parts of an image.
fn executable(sections: &SectionTable<'_>, layout: Layout, size: usize) -> Vec<std::ops::Range<usize>> {
    let code = sections.iter().filter(|s| s.characteristics.get(LE).contains(pe::IMAGE_SCN_MEM_EXECUTE)).map(|s| {
        let (begin, length) = match layout {
            Layout::File => s.pe_file_range(),
            Layout::Memory => (s.virtual_address.get(LE), s.virtual_size.get(LE)),
        };
        let begin = (begin as usize).min(size);
        begin..begin.saturating_add(length as usize).min(size)
    });
    // Thousands of sections may overlap; search each byte once.
    let mut code: Vec<std::ops::Range<usize>> = code.filter(|range| !range.is_empty()).collect();
    code.sort_unstable_by_key(|range| range.start);
    code.dedup_by(|later, earlier| {
        let joined = later.start <= earlier.end;
        if joined {
            earlier.end = earlier.end.max(later.end);
        }
        joined
    });
    code
}

/// A parsed image.
pub struct Image<'a> {
    bytes: &'a [u8],
    layout: Layout,
    /// Processor architecture.
    pub architecture: Architecture,
    /// Whether it is a kernel image (`IMAGE_SUBSYSTEM_NATIVE`).
    pub native: bool,
    /// Whether it has an embedded signature. Many Windows drivers are signed by a catalog instead.
    pub signed: bool,
    /// Link time, seconds since 1970; newer linkers write a hash here.
    pub timestamp: u32,
    /// Whether a section extends beyond the end of the file.
    pub cut: bool,
    code: Vec<std::ops::Range<usize>>,
    resources: Option<u32>,
    sections: SectionTable<'a>,
}

impl<'a> Image<'a> {
    /// Parses the headers.
    ///
    /// # Errors
    /// If it is not a PE image.
    pub fn parse(bytes: &'a [u8], layout: Layout) -> Result<Self, ImageError> {
        let dos = pe::ImageDosHeader::parse(bytes)?;
        let offset = u64::from(dos.nt_headers_offset());
        // The magic number of the optional header distinguishes 32-bit from 64-bit.
        let magic = usize::try_from(offset).ok().and_then(|at| bytes.get(at + 24..at + 26));
        match magic {
            Some([0x0B, 0x01]) => Self::of::<ImageNtHeaders32>(bytes, offset, layout),
            Some([0x0B, 0x02]) => Self::of::<ImageNtHeaders64>(bytes, offset, layout),
            _ => Err(ImageError::Magic { offset: offset.saturating_add(24) }),
        }
    }

    fn of<Pe: ImageNtHeaders>(bytes: &'a [u8], mut offset: u64, layout: Layout) -> Result<Self, ImageError> {
        let (headers, directories) = Pe::parse(bytes, &mut offset)?;
        let sections = headers.sections(bytes, offset)?;
        let cut = layout == Layout::File
            && sections.iter().any(|s| {
                let (begin, size) = s.pe_file_range();
                (begin as usize).saturating_add(size as usize) > bytes.len()
            });
        let security = directories.get(pe::IMAGE_DIRECTORY_ENTRY_SECURITY).map(pe::ImageDataDirectory::address_range);
        let file = headers.file_header();
        Ok(Self {
            bytes,
            layout,
            architecture: match file.machine.get(LE) {
                pe::IMAGE_FILE_MACHINE_I386 => Architecture::X86,
                pe::IMAGE_FILE_MACHINE_AMD64 => Architecture::X64,
                pe::IMAGE_FILE_MACHINE_ARM64 => Architecture::Arm64,
                _ => Architecture::Other,
            },
            native: headers.optional_header().subsystem() == pe::IMAGE_SUBSYSTEM_NATIVE,
            // Certificates are not loaded.
            signed: layout == Layout::File
                && security
                    .is_some_and(|(at, size)| size > 0 && (at as usize).saturating_add(size as usize) <= bytes.len()),
            timestamp: file.time_date_stamp.get(LE),
            code: executable(&sections, layout, bytes.len()),
            cut,
            resources: directories
                .get(pe::IMAGE_DIRECTORY_ENTRY_RESOURCE)
                .map(|d| d.virtual_address.get(LE))
                .filter(|at| *at != 0),
            sections,
        })
    }

    /// Vendor, product and version.
    #[must_use]
    pub fn version(&self) -> VersionInfo {
        self.version_bytes().map(version::parse).unwrap_or_default()
    }

    fn at(&self, address: u32) -> Option<&'a [u8]> {
        match self.layout {
            Layout::File => self.sections.pe_data_at(self.bytes, address),
            Layout::Memory => self.bytes.get(address as usize..),
        }
    }

    fn version_bytes(&self) -> Option<&'a [u8]> {
        const RT_VERSION: u16 = 16;
        let directory = ResourceDirectory::new(self.at(self.resources?)?);
        let root = directory.root().ok()?;
        // Type, name, language; the first of each.
        let mut entry = root.entries.iter().find(|e| e.name_or_id().id() == Some(RT_VERSION))?;
        let mut data = entry.data(directory).ok()?;
        for _ in 0..2 {
            let Some(table) = data.clone().table() else { break };
            entry = table.entries.first()?;
            data = entry.data(directory).ok()?;
        }
        let place = data.data()?;
        let bytes = self.at(place.offset_to_data.get(LE))?;
        Some(&bytes[..bytes.len().min(place.size.get(LE) as usize)])
    }

    /// Number of occurrences of a tag, by kind.
    #[must_use]
    pub fn find(&self, tag: Tag) -> Vec<(Occurrence, usize)> {
        let mut counts: Vec<(Occurrence, usize)> = Vec::new();
        let mut count = |occurrence| match counts.iter_mut().find(|(known, _)| *known == occurrence) {
            Some((_, n)) => *n += 1,
            None => counts.push((occurrence, 1)),
        };
        for at in memchr::memmem::find_iter(self.bytes, &tag.0) {
            let before = self.code.partition_point(|range| range.start <= at);
            let code = before > 0 && self.code[before - 1].contains(&at);
            let section = if code { Section::Code } else { Section::Data };
            count(occurrence(self.bytes, at, section, self.architecture));
        }
        if self.architecture == Architecture::Arm64 {
            for range in &self.code {
                arm64_loads(&self.bytes[range.clone()], tag.0).iter().for_each(|_| count(Occurrence::Immediate));
            }
        }
        counts.sort_unstable();
        counts
    }

    /// Whether it imports functions that allocate pool.
    #[must_use]
    pub fn allocates(&self) -> bool {
        ALLOCATE.iter().any(|name| memchr::memmem::find(self.bytes, name.as_bytes()).is_some())
    }
}

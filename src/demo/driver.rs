//! Tiny driver files that only contain a pool tag, in the same place as real ones.
//!
//! Layout: Microsoft, "PE Format", and `VS_VERSIONINFO`.

/// Processor architecture of a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processor {
    /// 32-bit Intel.
    X86,
    /// 64-bit Intel and AMD.
    X64,
    /// 64-bit ARM.
    Arm64,
}

/// A driver file.
#[derive(Clone, Copy, Debug)]
pub struct DriverFile<'a> {
    /// Processor architecture.
    pub processor: Processor,
    /// Machine code.
    pub code: &'a [u8],
    /// Read-only data, including the names of imports.
    pub data: &'a [u8],
    /// `CompanyName`, `ProductName`, `FileDescription`, `FileVersion`, `OriginalFilename`; no resource if the first is
    /// empty.
    pub version: [&'a str; 5],
    /// Whether it has space for a signature.
    pub signed: bool,
}

const HEADERS: usize = 0x400;
const FILE_ALIGNMENT: usize = 0x200;
const PAGE: usize = 0x1000;

#[derive(Default)]
struct Image(Vec<u8>);

impl Image {
    fn put(&mut self, at: usize, bytes: &[u8]) {
        if self.0.len() < at + bytes.len() {
            self.0.resize(at + bytes.len(), 0);
        }
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn u16(&mut self, at: usize, value: u16) {
        self.put(at, &value.to_le_bytes());
    }

    fn u32(&mut self, at: usize, value: usize) {
        self.put(at, &(value as u32).to_le_bytes());
    }
}

impl DriverFile<'_> {
    /// The content of the file, always the same bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let (machine, magic, optional) = match self.processor {
            Processor::X86 => (0x014C, 0x10B, 224),
            Processor::X64 => (0x8664, 0x20B, 240),
            Processor::Arm64 => (0xAA64, 0x20B, 240),
        };
        let resource = if self.version[0].is_empty() { Vec::new() } else { resource(&self.version, 3 * PAGE) };
        let sections: [(&[u8; 8], &[u8], u32); 3] = [
            (b".text\0\0\0", self.code, 0x6000_0020),
            (b".rdata\0\0", self.data, 0x4000_0040),
            (b".rsrc\0\0\0", &resource, 0x4000_0040),
        ];
        let mut image = Image::default();
        image.put(0, b"MZ");
        image.u32(0x3C, 0x80);
        image.put(0x80, b"PE\0\0");
        image.u16(0x84, machine);
        image.u16(0x86, sections.len() as u16);
        // 3 March 2026, as a linker writes it.
        image.u32(0x88, 1_772_496_000);
        image.u16(0x94, optional as u16);
        image.u16(0x96, 0x22);
        let header = 0x98;
        image.u16(header, magic);
        image.u32(header + 16, PAGE);
        image.u32(header + 20, PAGE);
        image.u32(header + 32, PAGE);
        image.u32(header + 36, FILE_ALIGNMENT);
        image.u16(header + 40, 10);
        image.u16(header + 48, 10);
        image.u32(header + 56, 4 * PAGE);
        image.u32(header + 60, HEADERS);
        // IMAGE_SUBSYSTEM_NATIVE.
        image.u16(header + 68, 1);
        let directories = header + optional - 16 * 8;
        image.u32(directories - 4, 16);
        let mut offset = HEADERS;
        for (number, (name, bytes, characteristics)) in sections.into_iter().enumerate() {
            let at = header + optional + 40 * number;
            let size = bytes.len().next_multiple_of(FILE_ALIGNMENT);
            image.put(at, name);
            image.u32(at + 8, bytes.len());
            image.u32(at + 12, (number + 1) * PAGE);
            image.u32(at + 16, size);
            image.u32(at + 20, offset);
            image.u32(at + 36, characteristics as usize);
            image.put(offset, bytes);
            image.put(offset + size, &[]);
            offset += size;
        }
        image.0.resize(offset, 0);
        if !resource.is_empty() {
            image.u32(directories + 16, 3 * PAGE);
            image.u32(directories + 20, resource.len());
        }
        if self.signed {
            // The header of a certificate, without a certificate.
            image.u32(directories + 32, offset);
            image.u32(directories + 36, 16);
            image.put(offset, &[16, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
        image.0
    }
}

/// A resource section with a version in it: type, name, language, data.
fn resource(version: &[&str; 5], address: usize) -> Vec<u8> {
    let info = version_info(version);
    let mut image = Image::default();
    for (level, id) in [16, 1, 0x409].into_iter().enumerate() {
        let at = level * 24;
        image.put(at, &[0; 24]);
        image.u16(at + 14, 1);
        image.u32(at + 16, id);
        let subdirectory = if level < 2 { 0x8000_0000 } else { 0 };
        image.u32(at + 20, (at + 24) | subdirectory);
    }
    image.u32(72, address + 88);
    image.u32(76, info.len());
    image.put(80, &[0; 8]);
    image.put(88, &info);
    image.0
}

fn version_info(version: &[&str; 5]) -> Vec<u8> {
    let names = ["CompanyName", "ProductName", "FileDescription", "FileVersion", "OriginalFilename"];
    let strings: Vec<Vec<u8>> = names
        .iter()
        .zip(version)
        .map(|(name, text)| node(name, 1, &utf16(text), text.chars().count() + 1, &[]))
        .collect();
    let table = node("040904B0", 1, &[], 0, &strings);
    let info = node("StringFileInfo", 1, &[], 0, &[table]);
    let mut fixed = [0_u8; 52];
    fixed[..4].copy_from_slice(&0xFEEF_04BD_u32.to_le_bytes());
    node("VS_VERSION_INFO", 0, &fixed, 52, &[info])
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn node(key: &str, kind: u16, value: &[u8], value_length: usize, children: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0; 6];
    bytes.extend(utf16(key));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(value);
    for child in children {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(child);
    }
    let length = bytes.len() as u16;
    bytes[..2].copy_from_slice(&length.to_le_bytes());
    bytes[2..4].copy_from_slice(&(value_length as u16).to_le_bytes());
    bytes[4..6].copy_from_slice(&kind.to_le_bytes());
    bytes
}

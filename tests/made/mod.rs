//! Driver files and a kernel dump that are made up for tests.

use perfverdict::demo::driver::{DriverFile, Processor};

/// A driver file with code, data and a company.
pub fn driver(processor: Processor, code: &[u8], data: &[u8], company: &str) -> Vec<u8> {
    let version = [company, "Product", "Description", "1.2.3.4", "x.sys"];
    DriverFile { processor, code, data, version, signed: true }.bytes()
}

/// x64 code that passes a tag to the pool.
pub fn x64(tag: [u8; 4]) -> Vec<u8> {
    [&[0x33, 0xC9, 0x41, 0xB8][..], &tag, &[0xFF, 0x15, 0, 0, 0, 0, 0xC3]].concat()
}

/// Virtual memory of a made dump begins here, and has so many pages.
pub const KERNEL: u64 = 0xFFFF_F800_0000_0000;
const PAGES: usize = 512;

/// A full memory dump of a machine with two processors: its module list, the debugger's data block, the tables of tags.
pub fn dump() -> Vec<u8> {
    let mut memory = vec![0_u8; PAGES * 4096];
    let mut put = |at: usize, bytes: &[u8]| memory[at..at + bytes.len()].copy_from_slice(bytes);
    let long = |value: u64| value.to_le_bytes();
    let at = |offset: usize| KERNEL + offset as u64;
    // Two modules: the kernel, whose data has the pointers to both tables, and the leaking driver as it is loaded.
    let (head, modules) = (
        0x1000,
        [
            (0x1100, "\\SystemRoot\\system32\\ntoskrnl.exe", 0x4_0000),
            (0x1300, "\\??\\C:\\Tools\\myfault.sys", 0x6_0000),
        ],
    );
    for (number, (entry, path, base)) in modules.iter().enumerate() {
        let next = modules.get(number + 1).map_or(head, |m| m.0);
        put(*entry, &long(at(next)));
        put(entry + 0x30, &long(at(*base)));
        put(entry + 0x40, &0x4000_u32.to_le_bytes());
        let name: Vec<u8> = path.encode_utf16().flat_map(u16::to_le_bytes).collect();
        put(entry + 0x48, &u16::try_from(name.len()).unwrap().to_le_bytes());
        put(entry + 0x50, &long(at(entry + 0x80)));
        put(entry + 0x80, &name);
    }
    put(head, &long(at(modules[0].0)));
    let file = driver(Processor::X64, &x64(*b"Leak"), b"ExAllocatePoolWithTag", "Sysinternals");
    put(0x6_0000, &file[..0x400]);
    for (section, from) in [(0x1000, 0x400), (0x2000, 0x600), (0x3000, 0x800)] {
        let end = (from + 0x200).min(file.len());
        put(0x6_0000 + section, &file[from..end]);
    }
    let tables = [0x8_0000, 0xA_0000];
    put(0x4_2000, &[long(at(tables[0])), long(at(tables[1]))].concat());
    // KDBG, and the variable that it points to.
    let block = 0x2000;
    put(block + 0x10, b"KDBG");
    // PoolTrackTable.
    put(block + 0x1B8, &long(at(0x3000)));
    put(0x3000, &long(at(tables[0])));
    for row in 0..80_usize {
        let name = if row == 17 { "Leak".to_owned() } else { format!("T{row:03}") };
        for (cpu, table) in tables.iter().enumerate() {
            let place = table + row * 3 * 0x28;
            let (allocs, frees) = if row == 17 { ([40_000_u32, 5000], [3_u32, 0]) } else { ([100, 20], [10, 60]) };
            let bytes = (i64::from(allocs[cpu]) - i64::from(frees[cpu])) * if row == 17 { 16_384 } else { 64 };
            put(place, name.as_bytes());
            put(place + 4, &allocs[cpu].to_le_bytes());
            put(place + 8, &frees[cpu].to_le_bytes());
            put(place + 0x10, &bytes.to_le_bytes());
        }
    }

    let mut dump = vec![0_u8; 0x2000];
    let physical = 16 + PAGES;
    dump[..8].copy_from_slice(b"PAGEDU64");
    let mut header = |at: usize, bytes: &[u8]| dump[at..at + bytes.len()].copy_from_slice(bytes);
    header(0x0C, &7601_u32.to_le_bytes());
    header(0x10, &long(0x1000));
    header(0x20, &long(at(head)));
    header(0x30, &0x8664_u32.to_le_bytes());
    header(0x34, &2_u32.to_le_bytes());
    header(0x80, &long(at(block)));
    header(0x88, &1_u32.to_le_bytes());
    header(0x90, &long((2 << 30) / 4096));
    header(0xA0, &long(physical as u64));
    header(0xF98, &1_u32.to_le_bytes());
    // 3 March 2026, 17:00 UTC.
    header(0xFA8, &long(134_170_308_000_000_000));
    let mut pages = vec![0_u8; 16 * 4096];
    // Page 1 is the root; 2, 3 and 4 the levels below, all for one stretch of addresses.
    let mut entry = |page: usize, index: usize, to: usize| {
        let place = page * 4096 + index * 8;
        pages[place..place + 8].copy_from_slice(&long((to as u64) << 12 | 3));
    };
    entry(1, (KERNEL >> 39 & 511) as usize, 2);
    entry(2, 0, 3);
    entry(3, 0, 4);
    (0..PAGES).for_each(|page| entry(4, page, 16 + page));
    [dump, pages, memory].concat()
}

//! How a tag occurs in a driver's image: as an operand that is passed to the pool, as a constant, or within text.
//!
//! The tag of `ExAllocatePoolWithTag(type, size, tag)` is an immediate operand: in `r8d` on x64 (`41 B8 tag`), pushed
//! on x86 (`68 tag`), in `w2` by `MOVZ` and `MOVK` on ARM64. Encodings: architecture manuals of Intel and ARM.

/// Processor architecture of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// 32-bit Intel.
    X86,
    /// 64-bit Intel and AMD.
    X64,
    /// 64-bit ARM.
    Arm64,
    /// Another architecture.
    Other,
}

/// How a tag occurs in an image, strongest evidence first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occurrence {
    /// Operand of an instruction that passes it on.
    Immediate,
    /// Operand of a comparison, for example in code that inspects tags.
    Compared,
    /// A separate number among data or code.
    Constant,
    /// Part of a longer text.
    Text,
}

/// Kind of a section of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Executable.
    Code,
    /// Not executable.
    Data,
}

/// How the four bytes at `at`, inside a section, occur in an image.
#[must_use]
pub fn occurrence(image: &[u8], at: usize, section: Section, architecture: Architecture) -> Occurrence {
    let before = |n: usize| at.checked_sub(n).and_then(|at| image.get(at)).copied();
    if section == Section::Code
        && matches!(architecture, Architecture::X86 | Architecture::X64)
        && let Some(occurrence) = operand(&before)
    {
        return occurrence;
    }
    let letter = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || b" _-.,:%\\/()'".contains(&b));
    if letter(before(1)) || letter(image.get(at + 4).copied()) { Occurrence::Text } else { Occurrence::Constant }
}

/// Whether these bytes end an x86 or x64 instruction that loads, stores, pushes or compares the 32-bit immediate
/// operand that follows.
fn operand(before: &dyn Fn(usize) -> Option<u8>) -> Option<Occurrence> {
    let last = before(1)?;
    match last {
        // MOV r32, imm32; PUSH imm32.
        0xB8..=0xBF | 0x68 => return Some(Occurrence::Immediate),
        // CMP EAX, imm32.
        0x3D => return Some(Occurrence::Compared),
        _ => {}
    }
    // C7 /0: MOV r/m32, imm32. 81 /7: CMP r/m32, imm32. Between opcode and operand: ModRM, optionally SIB and
    // displacement.
    let forms: [(usize, u8, Option<bool>); 8] = [
        // Distance of ModRM, its mod bits, whether a SIB follows.
        (1, 0b11, None),
        (1, 0b00, Some(false)),
        (2, 0b00, Some(true)),
        (2, 0b01, Some(false)),
        (3, 0b01, Some(true)),
        (5, 0b10, Some(false)),
        (6, 0b10, Some(true)),
        (5, 0b00, None),
    ];
    forms.into_iter().find_map(|(distance, bits, sib)| {
        let modrm = before(distance)?;
        let (register, memory) = (modrm >> 3 & 7, modrm & 7);
        let fits = modrm >> 6 == bits
            && match sib {
                Some(sib) => (memory == 4) == sib && !(bits == 0 && memory == 5),
                // A register or, at distance 5, only an address.
                None => bits == 0b11 || memory == 5,
            };
        match (before(distance + 1)?, register) {
            (0xC7, 0) if fits => Some(Occurrence::Immediate),
            (0x81, 7) if fits => Some(Occurrence::Compared),
            _ => None,
        }
    })
}

/// Maximum distance, in instructions, between the loads of the two halves: compilers put other instructions between
/// them.
const APART: usize = 8;

/// Places where ARM64 code loads a tag: `MOVZ w, #low` and `MOVK w, #high, LSL #16`, in either order. Offsets are those
/// of the second instruction.
#[must_use]
pub fn arm64_loads(code: &[u8], tag: [u8; 4]) -> Vec<usize> {
    const MOVZ: u32 = 0x5280_0000;
    const MOVK: u32 = 0x7280_0000;
    const UPPER: u32 = 1 << 21;
    let (low, high) = (u32::from(tag[0]) | u32::from(tag[1]) << 8, u32::from(tag[2]) | u32::from(tag[3]) << 8);
    let firsts = [(MOVZ | low << 5, MOVK | UPPER | high << 5), (MOVZ | UPPER | high << 5, MOVK | low << 5)];
    let words: Vec<u32> = code.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let register = word & 31;
        for (first, second) in firsts {
            if *word == first | register {
                let next = words[at + 1..].iter().take(APART).position(|next| *next == second | register);
                found.extend(next.map(|next| (at + 1 + next) * 4));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8], section: Section) -> Occurrence {
        let at = bytes.windows(4).position(|w| w == b"Leak").unwrap();
        occurrence(bytes, at, section, Architecture::X64)
    }

    #[test]
    fn instructions_that_pass_it_on() {
        for bytes in [
            &b"\x90\x41\xB8Leak\xE8"[..],
            b"\xBALeak\xE8",
            b"\x68Leak\xE8",
            b"\xC7\x44\x24\x20Leak\x90",
            b"\xC7\x45\xF8Leak\x90",
            b"\xC7\x05\x01\x02\x03\x04Leak",
            b"\xC7\x84\x24\x01\x02\x00\x00Leak",
            b"\xC7\x03Leak\x90",
            b"\x48\xC7\xC1Leak\x90",
            b"\xC7\x04\x24Leak\x90",
        ] {
            assert_eq!(of(bytes, Section::Code), Occurrence::Immediate, "{bytes:x?}");
            assert_ne!(of(bytes, Section::Data), Occurrence::Immediate, "data is no code");
        }
        assert_eq!(of(b"\x90\x3DLeak\x74", Section::Code), Occurrence::Compared);
        assert_eq!(of(b"\x90\x81\xF9Leak\x74", Section::Code), Occurrence::Compared);
        assert_eq!(of(b"\x90\x81\x7D\xF0Leak\x74", Section::Code), Occurrence::Compared);
        assert_eq!(of(b"\0\0\0\0Leak\0\0", Section::Code), Occurrence::Constant);
        assert_eq!(of(b"Memory Leak found", Section::Data), Occurrence::Text);
        assert_eq!(of(b"\0Leaks\0", Section::Data), Occurrence::Text);
        assert_eq!(of(b"Leak", Section::Code), Occurrence::Constant);
    }

    #[test]
    fn arm64_loads_in_two_halves() {
        let word = |w: u32| w.to_le_bytes();
        let (low, high) = (0x654C_u32, 0x6B61_u32);
        let code = [
            word(0x5280_0000 | low << 5 | 2),
            word(0xD503_201F),
            word(0x72A0_0000 | high << 5 | 2),
            word(0x52A0_0000 | high << 5 | 9),
            word(0x7280_0000 | low << 5 | 9),
            word(0x5280_0000 | low << 5 | 3),
            word(0x72A0_0000 | high << 5 | 4),
        ]
        .concat();
        assert_eq!(arm64_loads(&code, *b"Leak"), [8, 16], "the halves of one register only");
    }
}

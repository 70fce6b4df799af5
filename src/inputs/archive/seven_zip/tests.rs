use std::io::{Cursor, Write};

use sevenz_rust2::{ArchiveEntry, ArchiveWriter, EncoderMethod, SourceReader};

use super::super::{Archive, UnpackLimit};
use super::*;

/// A text of more than one chunk.
fn long() -> Vec<u8> {
    (0..60_000).flat_map(|n| format!("{n},{}\n", n % 977).into_bytes()).collect()
}

fn packed(methods: &[EncoderMethod], files: &[(&str, &[u8])], is_solid: bool) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    writer.set_content_methods(methods.iter().map(|method| (*method).into()).collect());
    let entries = || files.iter().map(|(name, bytes)| (ArchiveEntry::new_file(name), *bytes));
    if is_solid {
        let (entries, bytes): (Vec<_>, Vec<_>) = entries().unzip();
        let readers = bytes.into_iter().map(SourceReader::from).collect();
        writer.push_archive_entries(entries, readers).unwrap();
    } else {
        for (entry, bytes) in entries() {
            writer.push_archive_entry(entry, Some(bytes)).unwrap();
        }
    }
    writer.push_archive_entry::<&[u8]>(ArchiveEntry::new_directory("folder"), None).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn files_alone_and_together() {
    let long = long();
    for methods in [
        &[EncoderMethod::LZMA2][..],
        &[EncoderMethod::LZMA],
        &[EncoderMethod::COPY],
        &[EncoderMethod::BCJ_X86_FILTER, EncoderMethod::LZMA2],
        &[EncoderMethod::DELTA_FILTER, EncoderMethod::LZMA],
    ] {
        for is_solid in [false, true] {
            let files =
                [("logs/a.csv", &long[..]), ("b.csv", b"second"), ("c.bin", &vec![1; 99_999]), ("d.csv", &long)];
            let bytes = packed(methods, &files, is_solid);
            let mut archive = Archive::open(Cursor::new(bytes), UnpackLimit::default()).unwrap();
            let names: Vec<String> = archive.files().into_iter().map(|(_, name)| name).collect();
            assert_eq!(names, ["logs/a.csv", "b.csv", "c.bin", "d.csv"], "{methods:?}");
            assert_eq!(*archive.unpack(3).unwrap(), *long, "{methods:?}");
            assert_eq!(*archive.unpack(0).unwrap(), *long);
            assert_eq!(&*archive.unpack(1).unwrap(), b"second");
            assert_eq!(archive.unpack(2).unwrap().len(), 1 << 16, "only its head");
        }
    }
}

#[test]
fn damage_is_an_error_of_the_files_behind_it() {
    let long = long();
    for is_solid in [false, true] {
        let files = [("a.csv", &b"first"[..]), ("b.csv", &long), ("c.csv", b"third")];
        let mut bytes = packed(&[EncoderMethod::LZMA2], &files, is_solid);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        let mut archive = Archive::open(Cursor::new(bytes), UnpackLimit::default()).unwrap();
        assert_eq!(&*archive.unpack(0).unwrap(), b"first");
        assert!(archive.unpack(1).is_err());
        assert_eq!(archive.unpack(2).is_ok(), !is_solid);
    }
}

#[test]
fn what_is_not_read_is_named() {
    let text = |bytes: Vec<u8>| {
        Archive::open(Cursor::new(bytes), UnpackLimit::default()).unwrap().unpack(0).err().unwrap().to_string()
    };
    // The method of the only block, in a list that is not packed.
    let with_method = |method: [u8; 3]| {
        let mut bytes = small(EncoderMethod::LZMA);
        let list = bytes.len() - list_size(&bytes);
        let at = list + bytes[list..].windows(3).position(|id| id == [3, 1, 1]).unwrap();
        bytes[at..at + 3].copy_from_slice(&method);
        with_checksums(bytes)
    };
    assert!(text(with_method([3, 4, 1])).contains("unsupported method PPMd"));
    assert!(text(with_method([4, 2, 2])).contains("unsupported method BZip2"));
}

#[test]
fn a_forged_dictionary_takes_no_memory() {
    let mut bytes = small(EncoderMethod::LZMA2);
    let list = bytes.len() - list_size(&bytes);
    let at = list + bytes[list..].windows(2).position(|id| id == [0x21, 0x21]).unwrap();
    // One byte of properties: 4 GB.
    assert_eq!(bytes[at + 2], 1);
    bytes[at + 3] = 40;
    assert_eq!(
        &*Archive::open(Cursor::new(with_checksums(bytes)), UnpackLimit::default()).unwrap().unpack(0).unwrap(),
        b"content"
    );
}

/// A list of files that is small is not packed.
fn small(method: EncoderMethod) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    writer.set_content_methods(vec![method.into()]).set_encrypt_header(false);
    writer.push_archive_entry(ArchiveEntry::new_file("a.csv"), Some(&b"content"[..])).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let list = bytes.len() - list_size(&bytes);
    assert_eq!(bytes[list], 1, "the list is packed");
    bytes
}

fn list_size(bytes: &[u8]) -> usize {
    usize::from(bytes[20]) + 256 * usize::from(bytes[21])
}

/// Makes the checksums of list and start right.
fn with_checksums(mut bytes: Vec<u8>) -> Vec<u8> {
    let list = crc(&bytes[bytes.len() - list_size(&bytes)..]);
    (&mut bytes[28..32]).write_all(&list.to_le_bytes()).unwrap();
    let start = crc(&bytes[12..32]);
    (&mut bytes[8..12]).write_all(&start.to_le_bytes()).unwrap();
    bytes
}

#[test]
fn any_byte_of_the_list_can_be_wrong() {
    let long = long();
    let bytes = small(EncoderMethod::LZMA2);
    let list = bytes.len() - list_size(&bytes);
    for at in list..bytes.len() {
        for value in [0, 1, 0x0A, 0x7F, 0x80, 0xFF] {
            let mut wrong = bytes.clone();
            wrong[at] = value;
            let Ok(mut archive) = Archive::open(Cursor::new(with_checksums(wrong)), UnpackLimit::default()) else {
                continue;
            };
            for (number, _) in archive.files() {
                let _ = archive.unpack(number);
            }
        }
    }
    let bytes = packed(&[EncoderMethod::LZMA2], &[("a.csv", &long)], true);
    for cut in (0..bytes.len()).step_by(101) {
        assert!(Archive::open(Cursor::new(&bytes[..cut]), UnpackLimit::default()).is_err(), "{cut}");
    }
}

use std::io::Cursor;

use super::*;

#[test]
fn more_files_than_allowed() {
    let mut tar = ::tar::Builder::new(Vec::new());
    for number in 0..=MOST_FILES {
        let mut header = ::tar::Header::new_gnu();
        header.set_path(format!("{number}.csv")).unwrap();
        header.set_size(0);
        header.set_cksum();
        tar.append(&header, &b""[..]).unwrap();
    }
    let bytes = tar.into_inner().unwrap();
    assert!(
        Archive::open(Cursor::new(bytes), UnpackLimit::default())
            .err()
            .unwrap()
            .to_string()
            .contains("the limit is 100000")
    );
}

#[test]
fn other_files_are_no_archives() {
    for bytes in [&b""[..], b"text", b"7z\xBC\xAF\x27\x1C", b"MSCF\0\0\0\0", b"\x1F\x8B", b"Rar!\x1A\x07"] {
        let opened = Archive::open(Cursor::new(bytes), UnpackLimit::default());
        assert!(opened.is_err() || opened.unwrap().unpack(0).is_err());
    }
}

//! gzip: a single log, or a tar archive.

use std::io::{self, Read, Seek, Write};
use std::path::Path;

use flate2::read::{GzDecoder, MultiGzDecoder};

use super::error::{ArchiveError, UnpackError};
use super::limit::{Allowance, Stream};
use super::{Container, Content, HEAD, Member, Opened, Receive, tar};
use crate::inputs::format::{Format, FormatKind};

struct Gzip<R> {
    reader: R,
    allowance: Allowance,
}

pub(super) fn open<'r>(mut reader: impl Read + Seek + 'r, allowance: &Allowance) -> io::Result<Opened<'r>> {
    let header = GzDecoder::new(&mut reader);
    let modified = header.header().map(flate2::GzHeader::mtime).filter(|seconds| *seconds > 0);
    reader.rewind()?;
    let mut head = Vec::new();
    // A damaged file is not a tar archive; its error is that of the file.
    let _ = MultiGzDecoder::new(&mut reader).take(HEAD as u64).read_to_end(&mut head);
    reader.rewind()?;
    match Format::of_binary(&head, Path::new("")) {
        Some(Format::Tar) => unpack_tar(reader, allowance),
        Some(format) if format.kind() == FormatKind::Archive => Err(ArchiveError::Nested.into()),
        _ => Ok(Opened {
            container: Box::new(Gzip { reader, allowance: allowance.clone() }),
            members: vec![Member {
                name: String::new(),
                size: None,
                modified: modified.and_then(|seconds| tar::utc(seconds.into())),
                group: 0,
            }],
            repeated: Vec::new(),
            damage: None,
            content: Content::OneFile,
        }),
    }
}

/// Unpacks a tar archive to a temporary file, because its files cannot be listed without.
fn unpack_tar<'r>(reader: impl Read + 'r, allowance: &Allowance) -> io::Result<Opened<'r>> {
    let mut file = tempfile::tempfile()?;
    let mut stream = Stream::new(MultiGzDecoder::new(reader), allowance);
    let mut buffer = vec![0; 1 << 16];
    let damage = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break None,
            Ok(read) => file.write_all(&buffer[..read])?,
            Err(e) if e.get_ref().and_then(|e| e.downcast_ref()).is_some_and(UnpackError::is_of_archive) => {
                return Err(e);
            }
            Err(e) => break Some(e),
        }
    };
    tar::open(file, damage)
}

impl<R: Read + Seek> Container for Gzip<R> {
    fn unpack(&mut self, group: usize, receive: &mut Receive<'_>) -> io::Result<()> {
        self.reader.rewind()?;
        let decoder = MultiGzDecoder::new(&mut self.reader);
        receive(group, &mut Stream::new(decoder, &self.allowance.separate()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::{Archive, UnpackLimit};
    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn a_single_log_is_the_file_itself() {
        let bytes = [packed(b"first\n"), packed(b"second\n")].concat();
        let mut archive = Archive::open(Cursor::new(&bytes), UnpackLimit::default()).unwrap();
        assert_eq!((archive.content(), archive.files().len()), (Content::OneFile, 1));
        assert_eq!(&*archive.unpack(0).unwrap(), b"first\nsecond\n");
        assert_eq!(&*archive.unpack(0).unwrap(), b"first\nsecond\n", "again");
        for cut in 1..bytes.len() {
            let Ok(mut archive) = Archive::open(Cursor::new(&bytes[..cut]), UnpackLimit::default()) else { continue };
            let whole = cut == packed(b"first\n").len();
            assert_eq!(archive.unpack(0).is_ok(), whole, "{cut}");
        }
    }

    #[test]
    fn a_tar_archive_that_is_cut_has_files() {
        let mut tar = ::tar::Builder::new(Vec::new());
        for (name, text) in [
            ("a.csv", "short\n".to_owned()),
            ("b.csv", (0..9999).fold(String::new(), |text, n| text + &format!("{n}\n"))),
        ] {
            let mut header = ::tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_cksum();
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        let bytes = packed(&tar.into_inner().unwrap());
        let mut whole = Archive::open(Cursor::new(&bytes), UnpackLimit::default()).unwrap();
        assert_eq!((whole.files().len(), whole.damage()), (2, None));
        assert!(whole.unpack(1).unwrap().ends_with(b"9998\n"));
        let mut cut = Archive::open(Cursor::new(&bytes[..bytes.len() / 2]), UnpackLimit::default()).unwrap();
        assert_eq!(cut.files().len(), 2);
        assert!(cut.damage().is_some());
        assert_eq!(&*cut.unpack(0).unwrap(), b"short\n");
        assert!(cut.unpack(1).is_err());
    }

    #[test]
    fn what_expands_too_far_is_refused() {
        let unpacked = |bytes: &[u8], most| {
            let mut size = 0;
            let mut opened = open(Cursor::new(packed(bytes)), &Allowance::bytes(most))?;
            let mut receive = |_, reader: &mut dyn Read| {
                size = io::copy(reader, &mut io::sink())?;
                Ok(())
            };
            opened.container.unpack(0, &mut receive)?;
            Ok::<_, io::Error>(size)
        };
        let mut tar = ::tar::Builder::new(Vec::new());
        let mut header = ::tar::Header::new_gnu();
        header.set_size(0);
        tar.append_data(&mut header, "a.csv", io::empty()).unwrap();
        for bytes in [vec![b'x'; 99_999], tar.into_inner().unwrap()] {
            assert!(unpacked(&bytes, 100_000).is_ok());
            assert!(unpacked(&bytes, 1000).unwrap_err().to_string().contains("the limit"));
        }
    }

    #[test]
    fn archives_in_it_are_refused() {
        let zip = zip::ZipWriter::new(Cursor::new(Vec::new())).finish().unwrap().into_inner();
        for inner in [zip, packed(b"log")] {
            let error = Archive::open(Cursor::new(packed(&inner)), UnpackLimit::default()).err().unwrap();
            assert!(error.to_string().contains("archive inside an archive"), "{error}");
        }
    }
}

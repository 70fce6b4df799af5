//! Archives, made by the programs' own formats.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use sevenz_rust2::{ArchiveEntry, ArchiveWriter, SourceReader};

/// Files by name.
pub type Files<'f> = [(&'f str, &'f [u8])];

/// An archive; `kind` is its extension.
pub fn packed(kind: &str, files: &Files<'_>) -> Vec<u8> {
    match kind {
        "zip" => zip(files),
        "tar" => tar(files),
        "tar.gz" => gzipped(&tar(files)),
        "cab" => cabinet(files),
        "7z" => seven_zip(files),
        other => panic!("{other}"),
    }
}

/// What gzip makes of a file.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn zip(files: &Files<'_>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A tar archive, whose names can lead out of it.
pub fn tar(files: &Files<'_>) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mtime(1_772_438_400);
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn cabinet(files: &Files<'_>) -> Vec<u8> {
    let mut cabinet = cab::CabinetBuilder::new();
    let folder = cabinet.add_folder(cab::CompressionType::MsZip);
    for (name, _) in files {
        folder.add_file(name.replace('/', "\\"));
    }
    let mut writer = cabinet.build(Cursor::new(Vec::new())).unwrap();
    for (_, bytes) in files {
        writer.next_file().unwrap().unwrap().write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// All files in one block, as 7-Zip does it.
fn seven_zip(files: &Files<'_>) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    let entries = files.iter().map(|(name, _)| ArchiveEntry::new_file(name)).collect();
    let readers = files.iter().map(|(_, bytes)| SourceReader::from(*bytes)).collect();
    writer.push_archive_entries(entries, readers).unwrap();
    writer.finish().unwrap().into_inner()
}

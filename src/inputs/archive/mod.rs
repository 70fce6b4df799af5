//! Archives, common in support cases: one place lists and unpacks the files of all kinds of them.
//!
//! Each kind is a [`Container`], which knows its format and nothing else. What can be an input, where unpacked bytes are
//! kept, and what an archive may cost is the same for all.

mod bounds;
mod cabinet;
mod error;
mod gzip;
mod limit;
mod seven_zip;
mod spool;
mod tar;
mod zip;

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read, Seek};
use std::path::Path;

use super::format::Format;
use crate::base::catch_panic::catch_panic;
use crate::base::time::Timestamp;
use crate::log::Bytes;
use bounds::MOST_FILES;
pub use bounds::UnpackLimit;
pub use error::is_over_unpack_limit;
use error::{ArchiveError, UnpackError};
use limit::Allowance;
use spool::Spool;

/// Bytes that are enough to detect the kind of an archive: one block of a tar archive.
pub(super) const HEAD: usize = 512;

/// A file in an archive, as the archive lists it.
struct Member {
    name: String,
    /// Unpacked size, if the archive states it.
    size: Option<u64>,
    modified: Option<Timestamp>,
    /// Files of one group are packed together and can only be unpacked one after the other.
    group: usize,
}

/// Receives a file, by its index, while it is unpacked. It need not be read to its end.
type Receive<'e> = dyn FnMut(usize, &mut dyn Read) -> io::Result<()> + 'e;

/// An archive of one kind.
trait Container {
    /// Unpacks the files of a group, in their order.
    ///
    /// # Errors
    /// If none of those that are left can be unpacked, or `receive` returns an error.
    fn unpack(&mut self, group: usize, receive: &mut Receive<'_>) -> io::Result<()>;
}

/// An archive whose files are listed.
struct Opened<'r> {
    container: Box<dyn Container + 'r>,
    members: Vec<Member>,
    /// Names that several files have, if the list contains only the last of them.
    repeated: Vec<String>,
    /// Why the list is not complete.
    damage: Option<ArchiveError>,
    content: Content,
}

/// What an archive contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Files with names.
    Files,
    /// A single file without a name, as in .gz.
    OneFile,
}

/// An open archive: .zip, tar, gzip, cabinet or 7-Zip.
pub struct Archive<'r> {
    container: Box<dyn Container + 'r>,
    members: Vec<Member>,
    repeated: Vec<String>,
    damage: Option<ArchiveError>,
    content: Content,
    spool: Spool,
}

impl<'r> Archive<'r> {
    /// Opens an archive. Its kind is detected by content.
    ///
    /// # Errors
    /// If it cannot be read, is not an archive, or is over a limit: see docs/limits.md.
    pub fn open(reader: impl Read + Seek + 'r, limit: UnpackLimit) -> io::Result<Self> {
        let Opened { container, members, mut repeated, damage, content } =
            catch_panic(|| opened(reader, limit)).map_err(io::Error::other)??;
        let total = members.iter().filter_map(|member| member.size).fold(0, u64::saturating_add);
        if members.len() as u64 > MOST_FILES {
            return Err(ArchiveError::TooManyFiles { files: members.len() as u64 }.into());
        }
        let most = limit.of_total();
        if total > most {
            return Err(ArchiveError::TooLarge { bytes: total, most }.into());
        }
        let mut seen = HashMap::new();
        let mut again = BTreeSet::new();
        for (number, member) in members.iter().enumerate() {
            if seen.insert(member.name.as_str(), number).is_some() {
                again.insert(member.name.clone());
            }
        }
        repeated.extend(again);
        Ok(Self { container, members, repeated, damage, content, spool: Spool::new(limit.of_file()) })
    }

    /// Names that several of its files have. Only the last file of each name is read.
    #[must_use]
    pub fn repeated(&self) -> &[String] {
        &self.repeated
    }

    /// Why not all of its files are listed: it is damaged or cut off.
    #[must_use]
    pub fn damage(&self) -> Option<String> {
        self.damage.as_ref().map(ToString::to_string)
    }

    /// Whether it contains files with names.
    #[must_use]
    pub fn content(&self) -> Content {
        self.content
    }

    /// Its files: index and name.
    #[must_use]
    pub fn files(&self) -> Vec<(usize, String)> {
        let last: HashMap<&str, usize> =
            self.members.iter().enumerate().map(|(number, member)| (member.name.as_str(), number)).collect();
        let is_last = |(number, member): &(usize, &Member)| last.get(member.name.as_str()) == Some(number);
        let all = self.members.iter().enumerate().filter(is_last);
        all.filter(|(_, member)| !member.name.ends_with('/')).map(|(number, m)| (number, m.name.clone())).collect()
    }

    /// Last write time of a file, if the archive records it.
    #[must_use]
    pub fn modified(&self, number: usize) -> Option<Timestamp> {
        self.members.get(number)?.modified
    }

    /// Unpacks a file; large files, and those that are packed together with others, to a temporary file. Of files that
    /// are neither text nor traces, only the first bytes are unpacked, which are enough to detect the format.
    ///
    /// # Errors
    /// If it is damaged, encrypted, packed with an unknown method, or over a limit.
    pub fn unpack(&mut self, number: usize) -> io::Result<Bytes> {
        let Self { container, members, spool, .. } = self;
        let member = members.get(number).ok_or(UnpackError::Missing)?;
        if let Some(kept) = spool.bytes(number) {
            return kept;
        }
        let group = member.group;
        let in_group = || (0..members.len()).filter(|other| members[*other].group == group);
        if in_group().nth(1).is_some() {
            let mut receive = |number: usize, reader: &mut dyn Read| spool.keep(number, &members[number], reader);
            let done = catch_panic(|| container.unpack(group, &mut receive)).map_err(io::Error::other).flatten();
            spool.complete(in_group(), done.err());
            return spool.bytes(number).unwrap_or_else(|| Err(UnpackError::Missing.into()));
        }
        let mut unpacked = None;
        let mut receive = |_, reader: &mut dyn Read| {
            unpacked = Some(spool.unpacked(member, reader)?);
            Ok(())
        };
        catch_panic(|| container.unpack(group, &mut receive)).map_err(io::Error::other).flatten()?;
        unpacked.ok_or_else(|| UnpackError::Missing.into())
    }
}

/// Opens an archive by its kind. What is none of them gets the error of a .zip archive.
fn opened<'r>(mut reader: impl Read + Seek + 'r, limit: UnpackLimit) -> io::Result<Opened<'r>> {
    let size = reader.seek(io::SeekFrom::End(0))?;
    reader.rewind()?;
    let mut head = Vec::new();
    (&mut reader).take(HEAD as u64).read_to_end(&mut head)?;
    reader.rewind()?;
    let allowance = Allowance::bytes(limit.of_archive(size));
    match Format::of_binary(&head, Path::new("")) {
        Some(Format::Tar) => tar::open(reader, None),
        Some(Format::Gzip) => gzip::open(reader, &allowance),
        Some(Format::Cabinet) => cabinet::open(reader, size, allowance),
        Some(Format::SevenZip) => seven_zip::open(reader, size, allowance),
        _ => zip::open(reader, allowance),
    }
}

#[cfg(test)]
mod tests;

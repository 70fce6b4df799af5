//! Scans driver files for a tag, as `findstr` does, and shows how the tag occurs in the file.

mod error;
mod image;
mod instruction;
mod version;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use error::{ScanError, ScanErrorKind};
pub use image::{Image, ImageError, Layout};
pub use instruction::{Architecture, Occurrence};
pub use version::VersionInfo;

use super::tag::Tag;
use crate::base::threads;
use crate::log::Bytes;

/// Maximum folder depth: a driver store has a few levels.
const DEEPEST: usize = 12;
/// Files larger than this are not drivers.
const LARGEST: u64 = 1 << 30;

/// A driver in which a tag was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagInFile {
    /// The tag.
    pub tag: Tag,
    /// Driver file name.
    pub name: String,
    /// Path of the file, or of the dump that contains it.
    pub path: String,
    /// How the tag occurs and how often, strongest evidence first.
    pub occurrences: Vec<(Occurrence, usize)>,
    /// Whether the tag was found only in reversed byte order.
    pub reversed: bool,
    /// Vendor, product and version.
    pub version: VersionInfo,
    /// Whether it has an embedded signature; `None` in memory, where that is unknown.
    pub signed: Option<bool>,
    /// Whether it imports functions that allocate pool.
    pub allocates: bool,
}

impl TagInFile {
    /// The strongest occurrence.
    #[must_use]
    pub fn best(&self) -> Option<(Occurrence, usize)> {
        self.occurrences.first().copied()
    }

    /// Whether the file names Microsoft as its company.
    #[must_use]
    pub fn is_microsoft(&self) -> bool {
        self.version.company.to_ascii_lowercase().contains("microsoft")
    }

    /// Sort key, most suspicious first: by byte order and occurrence, then third parties before Microsoft.
    #[must_use]
    pub fn rank(&self) -> (bool, Option<Occurrence>, bool, bool, std::cmp::Reverse<usize>, String) {
        let best = self.best();
        (
            self.reversed,
            best.map(|(occurrence, _)| occurrence),
            !self.allocates,
            self.is_microsoft(),
            std::cmp::Reverse(best.map_or(0, |(_, n)| n)),
            self.name.to_ascii_lowercase(),
        )
    }

    /// Whether the driver passes the tag to the pool, as far as a scan can show.
    #[must_use]
    pub fn uses(&self) -> bool {
        !self.reversed && self.best().is_some_and(|(occurrence, _)| occurrence == Occurrence::Immediate)
    }

    /// Vendor, product and version in the file.
    #[must_use]
    pub fn vendor(&self) -> Vendor {
        let VersionInfo { company, product, description, version, .. } = &self.version;
        // Windows drivers all have the same product name.
        let own = !product.is_empty() && !product.contains("Operating System");
        Vendor {
            company: company.clone(),
            product: if own { product.clone() } else { description.clone() },
            version: version.clone(),
            unsigned: self.signed == Some(false),
        }
    }
}

/// Vendor of a driver; fields are empty if not in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vendor {
    /// Company name.
    pub company: String,
    /// Product name, or the file description for a part of Windows.
    pub product: String,
    /// File version.
    pub version: String,
    /// Whether the file has no embedded signature.
    pub unsigned: bool,
}

impl Vendor {
    /// Whether all fields are empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Result of a scan.
#[derive(Debug, Default)]
pub struct Scan {
    /// Drivers with a tag, by tag, most suspicious first.
    pub found: Vec<TagInFile>,
    /// Number of scanned driver files.
    pub files: usize,
    /// Total size of these files in bytes.
    pub bytes: u64,
    /// Files and folders that could not be read.
    pub problems: Vec<ScanError>,
}

/// Searches for tags in all driver files of folders, and in the named files.
#[must_use]
pub fn scan(paths: &[PathBuf], tags: &[Tag]) -> Scan {
    let mut scan = Scan::default();
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if path.is_dir() {
            list(path, 0, &mut files, &mut scan.problems);
            if files.len() == before {
                scan.problems.push(ScanErrorKind::NoDriverFiles.at(path));
            }
        } else if path.is_file() {
            files.push(path.clone());
        } else {
            scan.problems.push(ScanErrorKind::NotFound.at(path));
        }
    }
    files.sort();
    files.dedup();
    let next = AtomicUsize::new(0);
    let gathered = Mutex::new(&mut scan);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    let work = || {
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let looked = look(path, tags);
            let Ok(mut scan) = gathered.lock() else { return };
            match looked {
                Ok(None) => {}
                Ok(Some((bytes, found))) => {
                    scan.files += 1;
                    scan.bytes += bytes;
                    scan.found.extend(found);
                }
                Err(problem) => scan.problems.push(problem),
            }
        }
    };
    std::thread::scope(|scope| {
        // If the system refuses threads, there are fewer.
        let _ = (1..threads).map_while(|_| threads::spawn(scope, work)).count();
        work();
    });
    scan.found.sort_by_cached_key(|found| (found.tag, found.rank(), found.path.clone()));
    // One file may be in several folders, for example in the driver store.
    scan.found.dedup_by(|a, b| a.tag == b.tag && a.name.eq_ignore_ascii_case(&b.name) && a.version == b.version);
    scan.problems.sort_by(|a, b| a.path.cmp(&b.path));
    scan
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, problems: &mut Vec<ScanError>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) => return problems.push(ScanErrorKind::Folder(e).at(folder)),
    };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        // A link to a file is a file; a link to a folder could lead back here.
        let is_file = kind.is_file() || (kind.is_symlink() && path.is_file());
        if kind.is_dir() && depth == DEEPEST {
            problems.push(ScanErrorKind::TooDeep.at(&path));
        } else if kind.is_dir() {
            list(&path, depth + 1, files, problems);
        } else if is_file && is_driver_name(&path) {
            files.push(path);
        }
    }
}

/// Names of kernel programs that do not end in .sys.
const KERNEL_PROGRAMS: &[&str] =
    &["ntoskrnl.exe", "ntkrnlmp.exe", "ntkrnlpa.exe", "ntkrpamp.exe", "hal.dll", "ci.dll", "win32k.sys"];

/// Whether a file is a driver, by its name.
#[must_use]
pub fn is_driver_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    Path::new(&name).extension().is_some_and(|extension| extension == "sys") || KERNEL_PROGRAMS.contains(&&*name)
}

/// Files of Windows that end in .sys and are not drivers.
const NO_DRIVERS: &[&str] = &["pagefile.sys", "hiberfil.sys", "swapfile.sys", "config.sys", "io.sys", "msdos.sys"];

/// Scans a file: its size and the tags found. `None` for other Windows files with such a name.
fn look(path: &Path, tags: &[Tag]) -> Result<Option<(u64, Vec<TagInFile>)>, ScanError> {
    look_into(path, tags).map_err(|kind| kind.at(path))
}

fn look_into(path: &Path, tags: &[Tag]) -> Result<Option<(u64, Vec<TagInFile>)>, ScanErrorKind> {
    let size = std::fs::metadata(path).map_err(ScanErrorKind::File)?.len();
    if size > LARGEST {
        return Err(ScanErrorKind::TooLarge);
    }
    let bytes = Bytes::map(path).map_err(ScanErrorKind::File)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !bytes.starts_with(b"MZ") {
        let known = NO_DRIVERS.iter().any(|other| name.eq_ignore_ascii_case(other));
        return if known { Ok(None) } else { Err(ScanErrorKind::NotADriver) };
    }
    let found = look_at(&bytes, Layout::File, tags)?;
    let named = |found: TagInFile| TagInFile { name: name.clone(), path: path.display().to_string(), ..found };
    Ok(Some((size, found.into_iter().map(named).collect())))
}

/// Tags in an image; the caller sets its name.
///
/// # Errors
/// If it is not a PE image or is truncated.
pub fn look_at(bytes: &[u8], layout: Layout, tags: &[Tag]) -> Result<Vec<TagInFile>, ImageError> {
    let image = Image::parse(bytes, layout)?;
    if image.cut {
        return Err(ImageError::CutOff);
    }
    let mut found = Vec::new();
    // Most files contain none of the tags, so read the vendor only if needed.
    let mut vendor: Option<(VersionInfo, bool)> = None;
    for tag in tags {
        let mut occurrences = image.find(*tag);
        let reversed = occurrences.is_empty() && tag.reversed() != *tag;
        if reversed {
            occurrences = image.find(tag.reversed());
            // In reversed order, many other bytes match and few drivers do.
            occurrences.retain(|(occurrence, _)| *occurrence == Occurrence::Immediate);
        }
        if occurrences.is_empty() {
            continue;
        }
        let (version, allocates) = vendor.get_or_insert_with(|| (image.version(), image.allocates())).clone();
        found.push(TagInFile {
            tag: *tag,
            name: String::new(),
            path: String::new(),
            occurrences,
            reversed,
            version,
            signed: (layout == Layout::File).then_some(image.signed),
            allocates,
        });
    }
    Ok(found)
}

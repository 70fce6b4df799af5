//! Temporary files beside outputs. They have names of their own, and an interrupted program removes them.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{NamedTempFile, TempPath};

/// What the names of temporary files begin and end with. A killed program leaves its file, which must not be taken for
/// a log.
const PREFIX: &str = ".perfverdict-";
const SUFFIX: &str = ".tmp";

/// Temporary files that exist now.
static EXISTING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn existing() -> MutexGuard<'static, Vec<PathBuf>> {
    EXISTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a file is a temporary one that this program made.
#[must_use]
pub fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Removes all temporary files when the program is interrupted or terminated, and exits with this code.
///
/// A program that was started to ignore one of these signals, as `nohup` does, goes on ignoring it.
pub fn remove_when_interrupted(exit_code: i32) {
    // Without a handler the program ends all the same, and its files are known by their names.
    let _ = ctrlc::try_set_handler(move || exit_without_temporary_files(exit_code));
}

/// Removes all temporary files, and exits.
pub fn exit_without_temporary_files(exit_code: i32) -> ! {
    // Locked until the exit, so that no other file is made.
    let existing = existing();
    existing.iter().for_each(|path| drop(std::fs::remove_file(path)));
    std::process::exit(exit_code)
}

/// A temporary file, which is removed when this is dropped.
pub struct TemporaryFile {
    file: NamedTempFile,
    listed: Listed,
}

/// The path of a temporary file that is closed. The file is removed when this is dropped.
pub struct TemporaryPath {
    path: TempPath,
    // Dropped after the file is removed.
    _listed: Listed,
}

/// An entry of the list of existing files.
struct Listed(PathBuf);

impl Drop for Listed {
    fn drop(&mut self) {
        existing().retain(|path| *path != self.0);
    }
}

impl TemporaryFile {
    /// Creates a file in a folder.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be written.
    pub fn create_in(folder: &Path) -> io::Result<Self> {
        Self::create(&mut tempfile::Builder::new(), folder)
    }

    /// As [`Self::create_in`], with the permissions of the builder.
    pub(super) fn create<'n>(builder: &mut tempfile::Builder<'n, 'n>, folder: &Path) -> io::Result<Self> {
        let mut existing = existing();
        let file = builder.prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
        existing.push(file.path().to_owned());
        let listed = Listed(file.path().to_owned());
        Ok(Self { file, listed })
    }

    /// The file.
    #[must_use]
    pub fn as_file(&self) -> &std::fs::File {
        self.file.as_file()
    }

    /// Closes the file.
    #[must_use]
    pub fn close(self) -> TemporaryPath {
        TemporaryPath { path: self.file.into_temp_path(), _listed: self.listed }
    }

    /// Gives the file its final name. A file of that name is replaced.
    ///
    /// # Errors
    /// When the file cannot be renamed.
    pub fn persist(self, path: &Path) -> io::Result<()> {
        self.file.persist(path).map(drop).map_err(|e| e.error)
    }
}

impl Write for TemporaryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TemporaryPath {
    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As [`TemporaryFile::persist`].
    ///
    /// # Errors
    /// When the file cannot be renamed.
    pub fn persist(self, path: &Path) -> io::Result<()> {
        self.path.persist(path).map_err(|e| e.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_files_are_known_by_name_and_listed_while_they_exist() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) =
            (TemporaryFile::create_in(folder.path()).unwrap(), TemporaryFile::create_in(folder.path()).unwrap());
        let (kept, second) = (folder.path().join("kept.csv"), second.close());
        let path = second.path().to_owned();
        assert!(is_temporary(&path) && existing().contains(&path));
        drop(second);
        assert!(!path.exists() && !existing().contains(&path));
        first.persist(&kept).unwrap();
        assert!(kept.exists() && !existing().iter().any(|path| path.starts_with(folder.path())));
        for name in ["a.blg", ".perfverdict-report.html", "x.tmp", ".tmp12345"] {
            assert!(!is_temporary(Path::new(name)), "{name}");
        }
    }
}

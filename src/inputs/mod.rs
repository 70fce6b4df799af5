//! Inputs: lists the files of paths, folders, wildcards and .zip archives.

mod archive;
mod error;
pub mod format;

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub use archive::Archive;
pub use error::InputError;
pub use format::{Format, FormatKind};

use crate::base::system_error;
use crate::base::time::Timestamp;
use crate::evidence::text;
use crate::log::{Bytes, Log, LogError, LogErrorKind, LogWarning};
use crate::output::is_temporary;

/// Maximum folder depth.
const DEEPEST: usize = 16;
/// Bytes that are enough to detect an archive: a header, and the name of its first file.
const ARCHIVE_HEAD: u64 = 64;
type ArchiveFile = Archive<BufReader<File>>;

/// A file to read.
#[derive(Clone)]
pub struct InputFile {
    /// Path in messages; for a file in an archive the archive's path and its own.
    pub path: PathBuf,
    /// Whether the user named the file, instead of its folder or archive.
    pub named: bool,
    /// The open archive, shared by its files, and the file's index in it.
    archived: Option<(Rc<RefCell<ArchiveFile>>, usize)>,
    /// What came from standard input, kept in a temporary file.
    piped: Option<Rc<File>>,
}

/// How a file became an input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Named,
    Found,
}

impl InputFile {
    fn file(path: PathBuf, origin: Origin) -> Self {
        Self { path, named: origin == Origin::Named, archived: None, piped: None }
    }

    /// Standard input, read to its end.
    fn piped() -> io::Result<Self> {
        let mut input = io::stdin().lock();
        if io::IsTerminal::is_terminal(&input) {
            return Err(io::Error::other(NothingPiped));
        }
        let mut file = tempfile::tempfile()?;
        io::copy(&mut input, &mut file)?;
        Ok(Self { piped: Some(Rc::new(file)), ..Self::file(PathBuf::from(STANDARD_INPUT), Origin::Named) })
    }

    /// Opens the file as a log.
    ///
    /// # Errors
    /// Same as [`Log::open`], and if it cannot be unpacked.
    pub fn open(&self) -> Result<Log, LogError> {
        open_log(&self.path, self.bytes().map_err(|e| LogErrorKind::Io(e).at(&self.path))?)
    }

    /// Last write time, if the file system or the archive records it.
    #[must_use]
    pub fn modified(&self) -> Option<Timestamp> {
        if self.piped.is_some() {
            return None;
        }
        match &self.archived {
            Some((archive, number)) => archive.borrow_mut().modified(*number).map(Timestamp::Local),
            None => {
                let time = std::fs::metadata(&self.path).ok()?.modified().ok()?;
                let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
                let seconds = i64::try_from(since.as_secs()).ok()?;
                chrono::DateTime::from_timestamp(seconds, since.subsec_nanos()).map(|t| Timestamp::Utc(t.naive_utc()))
            }
        }
    }

    /// A warning if another program is writing to the file; only Windows reports it.
    #[must_use]
    pub fn warning(&self) -> Option<LogWarning> {
        (self.archived.is_none() && self.piped.is_none() && crate::log::is_being_written(&self.path))
            .then_some(LogWarning::BeingWritten)
    }

    /// The content of the file.
    ///
    /// # Errors
    /// If it cannot be read or unpacked.
    pub fn bytes(&self) -> io::Result<Bytes> {
        if let Some(file) = &self.piped {
            let is_empty = file.metadata()?.len() == 0;
            return if is_empty { Ok(Bytes::Owned(Vec::new())) } else { Bytes::map_file(file) };
        }
        match &self.archived {
            Some((archive, number)) => archive.borrow_mut().unpack(*number),
            None => Bytes::map(&self.path),
        }
    }
}

/// The path that stands for standard input, and what that is called.
const STANDARD_INPUT_PATH: &str = "-";
const STANDARD_INPUT: &str = "standard input";

/// Standard input is a person's keyboard.
#[derive(Debug, thiserror::Error)]
#[error("nothing is piped into it; pipe a log, as in: typeperf … | perfverdict analyze -")]
struct NothingPiped;

/// A path whose files cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct InputProblem {
    /// The path.
    pub path: PathBuf,
    /// The problem.
    pub kind: ProblemKind,
}

/// A problem with a path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// Standard input.
    #[error("cannot be read: {0}")]
    UnreadableInput(io::Error),
    /// A folder without files.
    #[error("the folder contains no files")]
    EmptyFolder,
    /// A pattern that matches no file.
    #[error("no file matches")]
    NoMatch,
    /// A folder that cannot be read.
    #[error("the folder cannot be read: {}", system_error(.0))]
    UnreadableFolder(io::Error),
    /// An archive without files.
    #[error("the archive contains no files")]
    EmptyArchive,
    /// A damaged archive.
    #[error("the archive cannot be read: {}", system_error(.0))]
    UnreadableArchive(io::Error),
    /// Several files of one name in an archive.
    #[error("is in the archive more than once, and only the last one is read; unpack the archive yourself to read all")]
    RepeatedName,
    /// An archive within an archive.
    #[error("is an archive inside an archive; unpack the outer one first")]
    NestedArchive,
}

impl ProblemKind {
    fn at(self, path: &Path) -> InputProblem {
        InputProblem { path: path.to_owned(), kind: self }
    }
}

/// Opens a counter log. For other formats, the error names the format.
///
/// # Errors
/// Same as [`Log::from_bytes`].
pub fn open_log(path: &Path, bytes: Bytes) -> Result<Log, LogError> {
    let head = bytes[..bytes.len().min(text::HEAD)].to_vec();
    Log::from_bytes(path, bytes).map_err(|error| match (&error.kind, Format::of(&head, path)) {
        (LogErrorKind::NotALog { .. }, Some(format)) => {
            LogErrorKind::OtherKind { name: format.name(), advice: format.advice() }.at(path)
        }
        _ => error,
    })
}

/// All files of the paths: opens folders and archives, and matches wildcards. Adds failures to `problems`.
#[must_use]
pub fn expand(paths: &[PathBuf], problems: &mut Vec<InputProblem>) -> Vec<InputFile> {
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == STANDARD_INPUT_PATH {
            match InputFile::piped() {
                Ok(file) => found.push(file),
                Err(e) => problems.push(ProblemKind::UnreadableInput(e).at(Path::new(STANDARD_INPUT))),
            }
        } else if path.is_dir() {
            let before = found.len();
            folder(path, 0, &mut found, problems);
            if found.len() == before {
                problems.push(ProblemKind::EmptyFolder.at(path));
            }
        } else if let Some(files) = wildcard(path, problems) {
            if files.is_empty() {
                problems.push(ProblemKind::NoMatch.at(path));
            }
            files.into_iter().for_each(|file| add(file, Origin::Named, &mut found, problems));
        } else {
            add(path.clone(), Origin::Named, &mut found, problems);
        }
    }
    found
}

/// The files of a pattern such as `logs/*.csv`, which Windows shells leave to programs. `None` for an existing file,
/// and for a path without wildcards.
fn wildcard(path: &Path, problems: &mut Vec<InputProblem>) -> Option<Vec<PathBuf>> {
    let pattern = path.to_str().filter(|text| text.contains(['*', '?']) && !path.exists())?;
    let options = glob::MatchOptions { case_sensitive: !cfg!(windows), ..glob::MatchOptions::default() };
    // On Windows, brackets are normal letters.
    let files = glob::glob_with(&pattern.replace('[', "[[]"), options).ok()?;
    let mut found = Vec::new();
    for file in files {
        match file {
            Ok(file) => found.extend((file.is_file() && !is_temporary(&file)).then_some(file)),
            Err(e) => {
                let folder = e.path().to_owned();
                problems.push(ProblemKind::UnreadableFolder(e.into()).at(&folder));
            }
        }
    }
    Some(found)
}

fn folder(path: &Path, depth: usize, found: &mut Vec<InputFile>, problems: &mut Vec<InputProblem>) {
    let mut entries: Vec<PathBuf> = match std::fs::read_dir(path) {
        Ok(entries) => entries.filter_map(|e| Some(under(path, Path::new(&e.ok()?.file_name())))).collect(),
        Err(e) => return problems.push(ProblemKind::UnreadableFolder(e).at(path)),
    };
    entries.sort();
    for entry in entries {
        // A link to a folder could lead back here.
        if entry.is_dir() && !entry.is_symlink() && depth < DEEPEST {
            folder(&entry, depth + 1, found, problems);
        } else if entry.is_file() && !is_temporary(&entry) {
            add(entry, Origin::Found, found, problems);
        }
    }
}

/// The path of a file in a folder or an archive, with the separators that the user typed: on Windows `logs/a.blg` for
/// `logs/`, and the system's separator if the path has none.
fn under(folder: &Path, file: &Path) -> PathBuf {
    let typed = folder.as_os_str().as_encoded_bytes();
    let separator = if typed.contains(&b'/') && !typed.contains(&b'\\') { "/" } else { std::path::MAIN_SEPARATOR_STR };
    let mut path = folder.as_os_str().to_owned();
    for part in file.components() {
        if !path.as_encoded_bytes().ends_with(separator.as_bytes()) {
            path.push(separator);
        }
        path.push(part);
    }
    path.into()
}

fn add(path: PathBuf, origin: Origin, found: &mut Vec<InputFile>, problems: &mut Vec<InputProblem>) {
    if !is_zip(&path) {
        found.push(InputFile::file(path, origin));
        return;
    }
    let before = problems.len();
    match archive(&path, problems) {
        Ok(files) if files.is_empty() && problems.len() == before => {
            problems.push(ProblemKind::EmptyArchive.at(&path));
        }
        Ok(files) => found.extend(files),
        Err(e) => problems.push(ProblemKind::UnreadableArchive(e).at(&path)),
    }
}

fn is_zip(path: &Path) -> bool {
    let mut start = Vec::new();
    path.is_file()
        && File::open(path).and_then(|file| file.take(ARCHIVE_HEAD).read_to_end(&mut start)).is_ok()
        && Format::of_binary(&start, path).is_some_and(|format| format.kind() == FormatKind::Archive)
}

/// The files of an archive, by name.
fn archive(path: &Path, problems: &mut Vec<InputProblem>) -> io::Result<Vec<InputFile>> {
    let archive = Archive::open(BufReader::new(File::open(path)?))?;
    let files = archive.files();
    for name in archive.repeated() {
        problems.push(ProblemKind::RepeatedName.at(&under(path, Path::new(name))));
    }
    let archive = Rc::new(RefCell::new(archive));
    let mut found = Vec::new();
    for (number, name) in files {
        let path = under(path, Path::new(&name));
        if is_temporary(&path) {
            continue;
        }
        if name.to_ascii_lowercase().ends_with(".zip") {
            problems.push(ProblemKind::NestedArchive.at(&path));
            continue;
        }
        found.push(InputFile { path, named: false, archived: Some((archive.clone(), number)), piped: None });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn folders_wildcards_and_archives_are_their_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("sub")).unwrap();
        // An interrupted program left the last one.
        for name in ["b.csv", "a.csv", "sub/c.blg", "d.txt", ".perfverdict-x1y2z3.tmp"] {
            std::fs::write(at(name), name).unwrap();
        }
        let mut zip = zip::ZipWriter::new(File::create(at("case.zip")).unwrap());
        zip.add_directory("logs", zip::write::SimpleFileOptions::default()).unwrap();
        zip.start_file("logs/e.csv", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"inside").unwrap();
        zip.finish().unwrap();

        let names = |paths: &[PathBuf]| {
            let mut problems = Vec::new();
            let found = expand(paths, &mut problems);
            let short = |input: &InputFile| input.path.strip_prefix(folder.path()).unwrap().display().to_string();
            (found.iter().map(short).collect::<Vec<_>>(), problems.len())
        };
        let native = |name: &str| name.replace('/', std::path::MAIN_SEPARATOR_STR);
        let all = ["a.csv", "b.csv", "case.zip/logs/e.csv", "d.txt", "sub/c.blg"].map(native).to_vec();
        assert_eq!(names(&[folder.path().to_owned()]), (all, 0));
        assert_eq!(names(&[at("*.tmp")]), (vec![], 1));
        assert_eq!(names(&[at("*.csv")]), (vec!["a.csv".to_owned(), "b.csv".to_owned()], 0));
        assert_eq!(names(&[at("*.nothing")]), (vec![], 1));
        assert_eq!(names(&[at("gone.csv")]), (vec!["gone.csv".to_owned()], 0), "opening it will say so");
        assert_eq!(under(Path::new("a/b"), Path::new("c/d")), Path::new("a/b/c/d"));
        assert_eq!(under(Path::new("a/"), Path::new("c")).as_os_str(), "a/c");
        let inside = expand(&[at("case.zip")], &mut Vec::new());
        assert_eq!(&*inside[0].bytes().unwrap(), b"inside");
    }
}

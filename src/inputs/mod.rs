//! Inputs: lists the files of paths, folders, wildcards and archives.

mod archive;
mod error;
pub mod format;

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

pub use archive::{Archive, Content, UnpackLimit, is_over_unpack_limit};
pub use error::InputError;
pub use format::{Format, FormatKind};

use crate::base::system_error;
use crate::base::time::Timestamp;
use crate::evidence::text;
use crate::log::{Bytes, Log, LogError, LogErrorKind, LogWarning};
use crate::output::is_temporary;

/// Maximum folder depth.
const DEEPEST: usize = 16;

/// A file to read.
#[derive(Clone)]
pub struct InputFile {
    /// Path in messages; for a file in an archive the archive's path and its own.
    pub path: PathBuf,
    /// Whether the user named the file, instead of its folder or archive.
    pub named: bool,
    /// The open archive, shared by its files, and the file's index in it.
    archived: Option<(Rc<RefCell<Archive<'static>>>, usize)>,
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

    /// Standard input, read to its end into a temporary file.
    fn piped(file: File) -> Self {
        Self { piped: Some(Rc::new(file)), ..Self::file(PathBuf::from(STANDARD_INPUT), Origin::Named) }
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
            Some((archive, number)) => archive.borrow().modified(*number),
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

/// The path that means standard input, and its name in messages.
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
    /// A link to a folder.
    #[error("is a link to a folder and was not followed; pass its target as an input too")]
    LinkedFolder,
    /// A folder in too many others.
    #[error("is more than {DEEPEST} folders deep and was not read; pass this folder as an input too")]
    TooDeep,
    /// An archive without files.
    #[error("the archive contains no files")]
    EmptyArchive,
    /// A damaged archive.
    #[error("the archive cannot be read: {}", system_error(.0))]
    UnreadableArchive(io::Error),
    /// An archive whose end is damaged.
    #[error("{0}")]
    DamagedArchive(String),
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
pub fn expand(paths: &[PathBuf], limit: UnpackLimit, problems: &mut Vec<InputProblem>) -> Vec<InputFile> {
    let on_disk = on_disk(paths, problems);
    let mut expansion = Expansion { limit, found: Vec::new(), problems };
    for (path, origin) in on_disk {
        if path.as_os_str() == STANDARD_INPUT_PATH {
            match piped() {
                Ok(file) => expansion.add_piped(file),
                Err(e) => expansion.problems.push(ProblemKind::UnreadableInput(e).at(Path::new(STANDARD_INPUT))),
            }
        } else {
            expansion.add(path, origin);
        }
    }
    expansion.found
}

/// The files on disk behind the paths; archives are not opened. Nothing is read.
#[must_use]
pub fn files_on_disk(paths: &[PathBuf]) -> Vec<PathBuf> {
    on_disk(paths, &mut Vec::new()).into_iter().map(|(path, _)| path).collect()
}

fn on_disk(paths: &[PathBuf], problems: &mut Vec<InputProblem>) -> Vec<(PathBuf, Origin)> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            folder(path, 0, &mut found, problems);
            if found.len() == before {
                problems.push(ProblemKind::EmptyFolder.at(path));
            }
        } else if let Some(files) = wildcard(path, problems) {
            if files.is_empty() {
                problems.push(ProblemKind::NoMatch.at(path));
            }
            found.extend(files.into_iter().map(|file| (file, Origin::Named)));
        } else {
            found.push((path.clone(), Origin::Named));
        }
    }
    found
}

/// Standard input, read to its end.
fn piped() -> io::Result<File> {
    let mut input = io::stdin().lock();
    if io::IsTerminal::is_terminal(&input) {
        return Err(io::Error::other(NothingPiped));
    }
    let mut file = tempfile::tempfile()?;
    io::copy(&mut input, &mut file)?;
    Ok(file)
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

fn folder(path: &Path, depth: usize, found: &mut Vec<(PathBuf, Origin)>, problems: &mut Vec<InputProblem>) {
    let mut entries: Vec<PathBuf> = match std::fs::read_dir(path) {
        Ok(entries) => entries.filter_map(|e| Some(under(path, Path::new(&e.ok()?.file_name())))).collect(),
        Err(e) => return problems.push(ProblemKind::UnreadableFolder(e).at(path)),
    };
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            match entry.is_symlink() {
                // It could lead back here.
                true => problems.push(ProblemKind::LinkedFolder.at(&entry)),
                false if depth == DEEPEST => problems.push(ProblemKind::TooDeep.at(&entry)),
                false => folder(&entry, depth + 1, found, problems),
            }
        } else if entry.is_file() && !is_temporary(&entry) {
            found.push((entry, Origin::Found));
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

/// The files that are found behind the paths.
struct Expansion<'p> {
    limit: UnpackLimit,
    found: Vec<InputFile>,
    problems: &'p mut Vec<InputProblem>,
}

impl Expansion<'_> {
    fn add(&mut self, path: PathBuf, origin: Origin) {
        // To open a pipe would take what is in it. Why a file cannot be opened is said when it is read.
        match path.is_file().then(|| File::open(&path)) {
            Some(Ok(file)) if is_archive(&file) => self.add_archive(&path, origin, file),
            _ => self.found.push(InputFile::file(path, origin)),
        }
    }

    fn add_piped(&mut self, file: File) {
        if is_archive(&file) {
            self.add_archive(Path::new(STANDARD_INPUT), Origin::Named, file);
        } else {
            self.found.push(InputFile::piped(file));
        }
    }

    fn add_archive(&mut self, path: &Path, origin: Origin, file: File) {
        let before = self.problems.len();
        match self.archive(path, origin, file) {
            Ok(files) if files.is_empty() && self.problems.len() == before => {
                self.problems.push(ProblemKind::EmptyArchive.at(path));
            }
            Ok(files) => self.found.extend(files),
            Err(e) => self.problems.push(ProblemKind::UnreadableArchive(e).at(path)),
        }
    }

    /// The files of an archive, by name.
    fn archive(&mut self, path: &Path, origin: Origin, file: File) -> io::Result<Vec<InputFile>> {
        let archive = Archive::open(BufReader::new(file), self.limit)?;
        let files = archive.files();
        for name in archive.repeated() {
            self.problems.push(ProblemKind::RepeatedName.at(&inside(path, name)));
        }
        if let Some(damage) = archive.damage() {
            self.problems.push(ProblemKind::DamagedArchive(damage).at(path));
        }
        let content = archive.content();
        let archive = Rc::new(RefCell::new(archive));
        let of = |path, origin, number| InputFile {
            archived: Some((archive.clone(), number)),
            ..InputFile::file(path, origin)
        };
        if content == Content::OneFile {
            return Ok(files.iter().map(|(number, _)| of(path.to_owned(), origin, *number)).collect());
        }
        let mut found = Vec::new();
        for (number, name) in files {
            let path = inside(path, &name);
            if is_temporary(&path) {
                continue;
            }
            if is_archive_name(&path) {
                self.problems.push(ProblemKind::NestedArchive.at(&path));
                continue;
            }
            found.push(of(path, Origin::Found, number));
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }
}

fn is_archive(mut file: &File) -> bool {
    let mut start = Vec::new();
    let read = file.rewind().and_then(|()| file.take(archive::HEAD as u64).read_to_end(&mut start));
    read.is_ok() && Format::of_binary(&start, Path::new("")).is_some_and(|f| f.kind() == FormatKind::Archive)
}

/// The path of a file in an archive. Whatever its name is, the path does not lead out of the archive.
fn inside(archive: &Path, name: &str) -> PathBuf {
    let parts = Path::new(name).components().filter(|part| matches!(part, Component::Normal(_)));
    under(archive, &parts.collect::<PathBuf>())
}

/// Whether a file in an archive is an archive by its name: looking at the content would mean to unpack it.
fn is_archive_name(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ["zip", "tar", "tgz", "gz", "cab", "7z"].contains(&&*extension)
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
            let found = expand(paths, UnpackLimit::default(), &mut problems);
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
        let inside = expand(&[at("case.zip")], UnpackLimit::default(), &mut Vec::new());
        assert_eq!(&*inside[0].bytes().unwrap(), b"inside");
    }
}

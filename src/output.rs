//! Output files that are complete or not written at all.

mod own;
mod temporary;

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::base::system_error;
pub use own::{is_own, is_own_file};
pub use temporary::{
    TemporaryFile, TemporaryPath, exit_without_temporary_files, is_temporary, remove_when_interrupted,
};

/// Writes a file through a temporary file in the same folder, so that no reader sees a partial file.
///
/// # Errors
/// If the folder does not exist or cannot be written; the message names the path.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_streamed(path, |out| out.write_all(bytes))
}

/// Same as [`write_whole`], with the bytes that `fill` writes; returns what `fill` returns. Values that `fill` owns are
/// dropped before the new file replaces the old one, because `fill` may have read from it.
///
/// # Errors
/// Same as [`write_whole`], and those of `fill`; the file is then missing or unchanged.
pub fn write_streamed<T, E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut Output<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let target = target(path);
    let named = |e| named(path, &e);
    let in_place = || File::options().write(true).truncate(true).open(&target).map_err(named);
    let filled = |file: &File| {
        let mut out = Output { out: BufWriter::with_capacity(1 << 16, file), path };
        let filled = fill(&mut out)?;
        out.flush()?;
        Ok::<_, E>(filled)
    };
    if std::fs::metadata(&target).is_ok_and(|meta| !meta.is_file()) {
        return filled(&in_place()?);
    }
    let folder = folder_of(&target);
    let file = match TemporaryFile::create(&mut builder(&target), folder) {
        // The file is writable but its folder is not: a temporary file is not possible.
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied && target.is_file() => return filled(&in_place()?),
        made => made.map_err(named)?,
    };
    let filled = filled(file.as_file())?;
    // The umask can remove permissions that the old file had.
    #[cfg(unix)]
    if let Ok(old) = std::fs::metadata(&target) {
        file.as_file().set_permissions(old.permissions()).map_err(named)?;
    }
    file.persist(&target).map_err(named)?;
    Ok(filled)
}

/// What an output path stands for: a device or a pipe is written to directly, and a link stays a link to its file.
fn target(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| match std::fs::read_link(path) {
        Ok(link) => path.parent().unwrap_or(Path::new("")).join(link),
        Err(_) => verbatim(path),
    })
}

/// The folder of a file, also of one that is only a name.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Checks that a file can be written, before the work that makes its content.
///
/// # Errors
/// When the path is a folder, or its folder does not exist or cannot be written.
pub fn check_writable(path: &Path) -> io::Result<()> {
    let target = target(path);
    let named = |e| named(path, &e);
    match std::fs::metadata(&target) {
        Ok(meta) if meta.is_dir() => Err(named(io::Error::from(io::ErrorKind::IsADirectory))),
        // A device or a pipe.
        Ok(meta) if !meta.is_file() => Ok(()),
        Ok(_) if File::options().write(true).open(&target).is_ok() => Ok(()),
        _ => tempfile::tempfile_in(folder_of(&target)).map(drop).map_err(named),
    }
}

/// An error that names the file instead of the temporary file.
pub fn named(path: &Path, error: &io::Error) -> io::Error {
    let text = system_error(error);
    let text = text.split(" at path ").next().unwrap_or_default();
    io::Error::new(error.kind(), format!("{}: cannot be written: {text}", path.display()))
}

/// A file that is being written. Its errors name it.
pub struct Output<'f> {
    out: BufWriter<&'f File>,
    path: &'f Path,
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).map_err(|e| named(self.path, &e))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().map_err(|e| named(self.path, &e))
    }
}

impl Seek for Output<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.out.seek(to).map_err(|e| named(self.path, &e))
    }
}

/// The path of a new file. Windows renames to a path of 260 characters or more only if it is verbatim (`\\?\…`).
/// Shorter paths stay as they are, because they can be names of devices.
fn verbatim(path: &Path) -> PathBuf {
    let is_long = || std::path::absolute(path).is_ok_and(|whole| whole.as_os_str().len() >= 250);
    let folder = path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let folder = folder.filter(|_| cfg!(windows) && is_long()).and_then(|folder| folder.canonicalize().ok());
    folder.zip(path.file_name()).map_or_else(|| path.to_owned(), |(folder, name)| folder.join(name))
}

/// Temporary files are private to their owner; an output gets the permissions of the old file, or of the umask.
#[cfg(unix)]
fn builder(target: &Path) -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    let old = std::fs::metadata(target).map(|meta| meta.permissions().mode() & 0o777);
    builder.permissions(std::fs::Permissions::from_mode(old.unwrap_or(0o666)));
    builder
}

#[cfg(not(unix))]
fn builder(_: &Path) -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

/// A line wrapped at a width, with the lines after its first indented by so many columns more. Paths, options and
/// commands stay whole.
#[must_use]
pub fn wrapped(line: &str, width: Option<usize>, hang: usize) -> String {
    let Some(width) = width.filter(|width| *width >= NARROWEST) else { return line.to_owned() };
    let text = line.trim_start_matches(' ');
    let first = " ".repeat(line.len() - text.len());
    let next = " ".repeat(line.len() - text.len() + hang);
    let options = textwrap::Options::new(width)
        .initial_indent(&first)
        .subsequent_indent(&next)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::wrap(text, options).join("\n")
}

/// Text is not wrapped at less.
const NARROWEST: usize = 30;

/// Text from a file with its control characters replaced, so that it cannot control a terminal, and with the order of its
/// characters as it is in the file: see [`bidi_shown`].
#[must_use]
pub fn printable(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    bidi_shown(text)
}

/// Text with marks that change the order of characters written as `\u{202e}`. With them a name such as `gpj.exe` can be
/// shown as `exe.jpg`.
#[must_use]
pub fn bidi_shown(text: String) -> String {
    let is_mark =
        |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(is_mark) {
        return text;
    }
    let shown = |c: char| if is_mark(c) { c.escape_unicode().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unwritable_path_is_named_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no/such/folder/report.html");
        let message = write_whole(&path, b"x").unwrap_err().to_string();
        assert!(message.contains("report.html"), "{message}");
        write_whole(&folder.path().join("a"), b"1").unwrap();
        write_whole(&folder.path().join("a"), b"2").unwrap();
        assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"2");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn lines_are_wrapped_between_words() {
        let line = "  a path /tmp/with-dashes/and-more.csv that is kept whole";
        assert_eq!(wrapped(line, None, 2), line);
        let expected = "  a path\n    /tmp/with-dashes/and-more.csv\n    that is kept whole";
        assert_eq!(wrapped(line, Some(30), 2), expected);
        assert_eq!(
            wrapped("\x1b[1mStyles\x1b[0m take no room here", Some(30), 2),
            "\x1b[1mStyles\x1b[0m take no room here"
        );
    }

    #[test]
    fn nothing_from_a_log_steers_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\nc"), "a\u{FFFD}[2Jb\u{FFFD}c");
        assert_eq!(printable("invoice\u{202e}gpj.exe"), r"invoice\u{202e}gpj.exe");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, b"old").unwrap();
        let shared = std::os::unix::fs::PermissionsExt::from_mode(0o664);
        std::fs::set_permissions(&file, shared).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_whole(&link, b"new").unwrap();
        let dangling = folder.path().join("dangling");
        std::os::unix::fs::symlink("made", &dangling).unwrap();
        write_whole(&dangling, b"new").unwrap();
        assert!(folder.path().join("made").is_file());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o664);
        write_whole(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }
}

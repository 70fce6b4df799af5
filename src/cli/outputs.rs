//! Where results are written. No output replaces an input, or a file that this program did not write.

use std::io;
use std::path::{Path, PathBuf};

use super::args::ForceArgs;
use crate::inputs;
use crate::output::{check_writable, folder_of, is_own_file};

/// An output that is refused before the work begins.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct OutputError {
    path: PathBuf,
    kind: OutputErrorKind,
}

/// Why an output is refused.
#[derive(Debug, thiserror::Error)]
enum OutputErrorKind {
    #[error("is an input and cannot also be the output")]
    Input,
    #[error(
        "already exists and is not a report or verdict of perfverdict; use another name, or --force to overwrite it"
    )]
    Foreign,
    #[error("cannot be the output of both {0} and {1}; use two names")]
    Twice(&'static str, &'static str),
    #[error("the report is an HTML page; use a name that ends with .html, such as {}", .0.display())]
    NotHtml(PathBuf),
    #[error("is a folder; use the name of a file, such as {}", .0.display())]
    Folder(PathBuf),
}

impl OutputErrorKind {
    fn at(self, path: &Path) -> OutputError {
        OutputError { path: path.to_owned(), kind: self }
    }
}

/// What may happen to a file that exists where an output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Only a file that this program wrote is replaced.
    KeepForeign,
    /// Every file but an input is replaced.
    Replace,
}

impl ForceArgs {
    /// What `--force` says.
    pub fn existing(&self) -> Existing {
        if self.force { Existing::Replace } else { Existing::KeepForeign }
    }
}

/// Whether an output is standard output.
pub fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Checks an output before the work: it is no input, replaces nothing that it must not, and can be written.
///
/// # Errors
/// When one of these is not so.
pub fn check(output: &Path, inputs: &[PathBuf], existing: Existing) -> anyhow::Result<()> {
    if is_stdout(output) {
        return Ok(());
    }
    refuse_input(output, inputs)?;
    match std::fs::metadata(output) {
        Ok(meta) if meta.is_dir() => {
            return Err(OutputErrorKind::Folder(output.join("report.html")).at(output).into());
        }
        Ok(meta) if meta.is_file() => refuse_foreign(output, existing)?,
        // A device or a pipe, or nothing yet.
        _ => {}
    }
    Ok(check_writable(output)?)
}

/// Refuses to replace a file that this program did not write. An empty file has nothing to lose.
pub fn refuse_foreign(output: &Path, existing: Existing) -> Result<(), OutputError> {
    let is_empty = || std::fs::metadata(output).is_ok_and(|meta| !meta.is_file() || meta.len() == 0);
    if existing == Existing::Replace || !output.exists() || is_empty() || is_own_file(output).unwrap_or(false) {
        return Ok(());
    }
    Err(OutputErrorKind::Foreign.at(output))
}

/// Refuses an output that is an input under whatever name: a link, or a file of a folder or pattern among the inputs.
/// An earlier result in such a folder is no input.
pub fn refuse_input(output: &Path, inputs: &[PathBuf]) -> Result<(), OutputError> {
    if is_stdout(output) || !output.exists() {
        return Ok(());
    }
    let is_input = inputs.iter().any(|input| is_same(input, output)) || {
        let found = inputs::files_on_disk(inputs);
        found.iter().any(|file| is_same(file, output)) && !is_own_file(output).unwrap_or(false)
    };
    if is_input { Err(OutputErrorKind::Input.at(output)) } else { Ok(()) }
}

/// Refuses two outputs of one file.
pub fn refuse_twice(
    (first_option, first): (&'static str, Option<&Path>),
    (second_option, second): (&'static str, Option<&Path>),
) -> Result<(), OutputError> {
    match (first, second) {
        (Some(first), Some(second)) if will_be_same(first, second) => {
            Err(OutputErrorKind::Twice(first_option, second_option).at(first))
        }
        _ => Ok(()),
    }
}

/// The path of a report, which is no input: `.html` is added where there is no extension. Devices and pipes keep their
/// names.
///
/// # Errors
/// When it is an input, or the extension is another one.
pub fn report_path(output: &Path, inputs: &[PathBuf]) -> Result<PathBuf, OutputError> {
    refuse_input(output, inputs)?;
    let is_special =
        std::fs::metadata(output).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) || output.starts_with("/dev");
    if is_stdout(output) || is_special {
        return Ok(output.to_owned());
    }
    let mut with_html = output.as_os_str().to_owned();
    with_html.push(".html");
    match output.extension() {
        None => Ok(with_html.into()),
        Some(extension) if ["html", "htm"].iter().any(|html| extension.eq_ignore_ascii_case(html)) => {
            Ok(output.to_owned())
        }
        Some(_) => Err(OutputErrorKind::NotHtml(output.with_extension("html")).at(output)),
    }
}

/// Whether two paths are one file, links included. Only files and folders are opened: a pipe would wait.
fn is_same(a: &Path, b: &Path) -> bool {
    let opens = |path: &Path| std::fs::metadata(path).is_ok_and(|meta| meta.is_file() || meta.is_dir());
    let by_name = || Some(a.canonicalize().ok()? == b.canonicalize().ok()?);
    let by_identity = || same_file::is_same_file(a, b).ok();
    opens(a) && opens(b) && by_identity().or_else(by_name).unwrap_or(false)
}

/// As [`is_same`], for files that may not exist yet.
fn will_be_same(a: &Path, b: &Path) -> bool {
    let whole = |path: &Path| -> io::Result<_> {
        Ok((folder_of(path).canonicalize()?, path.file_name().map(Path::new).map(Path::to_owned)))
    };
    a == b || is_same(a, b) || matches!((whole(a), whole(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_an_html_file() {
        let path = |text: &str| report_path(Path::new(text), &[]).map(|path| path.display().to_string());
        assert_eq!(path("report").unwrap(), "report.html");
        assert_eq!(path("report.htm").unwrap(), "report.htm");
        assert_eq!(path("a.b/REPORT.HTML").unwrap(), "a.b/REPORT.HTML");
        assert_eq!(path("-").unwrap(), "-");
        let message = path("report.pdf").unwrap_err().to_string();
        assert_eq!(
            message,
            "report.pdf: the report is an HTML page; use a name that ends with .html, such as report.html"
        );
    }

    #[test]
    fn two_outputs_are_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join(".").join("a"));
        let twice = |a: &Path, b: &Path| refuse_twice(("-o", Some(a)), ("--json", Some(b))).is_err();
        assert!(twice(&a, &b) && twice(Path::new("x"), Path::new("./x")) && !twice(&a, &folder.path().join("b")));
        std::fs::write(&a, "").unwrap();
        let link = folder.path().join("link");
        std::fs::hard_link(&a, &link).unwrap();
        assert!(twice(&a, &link));
    }

    #[test]
    fn what_others_wrote_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let foreign = at("notes.html", "<!doctype html><p>Notes");
        let message = check(&foreign, &[], Existing::KeepForeign).unwrap_err().to_string();
        assert!(message.contains("notes.html: already exists") && message.contains("--force"), "{message}");
        assert!(check(&foreign, &[], Existing::Replace).is_ok());
        assert!(check(&foreign, &[folder.path().to_owned()], Existing::Replace).is_err(), "it is an input");
        let own = at("own.html", "<!doctype html><meta name=\"generator\" content=\"perfverdict 0.1\">");
        assert!(check(&own, &[folder.path().to_owned()], Existing::KeepForeign).is_ok());
        assert!(check(&own, std::slice::from_ref(&own), Existing::Replace).is_err(), "it was named");
        assert!(check(&at("empty", ""), &[], Existing::KeepForeign).is_ok());
        assert!(check(folder.path(), &[], Existing::KeepForeign).is_err());
        assert!(check(&folder.path().join("no/such"), &[], Existing::KeepForeign).is_err());
    }
}

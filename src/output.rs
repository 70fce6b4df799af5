//! Output files: written whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a file through a temporary one in the same folder, so that nobody ever sees half of it.
///
/// # Errors
/// When the folder does not exist or cannot be written; the message names the path.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_streamed(path, |out| out.write_all(bytes))
}

/// As [`write_whole`], of what `fill` writes.
///
/// # Errors
/// As [`write_whole`], and whatever `fill` fails with; the file is then not there, or as it was.
pub fn write_streamed<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> Result<(), E>,
) -> Result<(), E> {
    let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: cannot be written: {e}", path.display()));
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(named)?;
    let mut out = BufWriter::with_capacity(1 << 16, file.as_file());
    fill(&mut out)?;
    out.flush().map_err(named)?;
    drop(out);
    set_usual_permissions(file.as_file()).map_err(named)?;
    file.persist(path).map_err(|e| named(e.error))?;
    Ok(())
}

/// Temporary files are for their owner alone; a report is for whoever may read the folder.
#[cfg(unix)]
fn set_usual_permissions(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same shape as on Unix")]
fn set_usual_permissions(_: &std::fs::File) -> io::Result<()> {
    Ok(())
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
}

//! Reports beside the logs that they are of.

use std::path::{Path, PathBuf};

/// The report of a log or folder: beside it. The name contains the log's extension, so that a .csv of the same log gets
/// its own report.
pub fn report_beside(log: &Path) -> PathBuf {
    let whole = std::path::absolute(log).unwrap_or_else(|_| log.to_owned());
    // `..` has no name, and a pattern has several files.
    let whole = if whole.file_name().is_none() || !whole.exists() {
        let folder = if whole.exists() { &whole } else { whole.parent().unwrap_or(&whole) };
        folder.canonicalize().map_or_else(|_| folder.to_owned(), |folder| plain(&folder))
    } else {
        whole
    };
    let mut report = whole.file_name().unwrap_or_default().to_owned();
    report.push(if report.is_empty() { "perfverdict.html" } else { ".perfverdict.html" });
    // The report of a whole drive is written to the drive.
    whole.parent().unwrap_or(&whole).join(report)
}

/// A path that browsers accept: without the `\\?\` before a drive.
fn plain(path: &Path) -> PathBuf {
    let drive = path.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|text| !text.starts_with("UNC\\"));
    drive.map_or_else(|| path.to_owned(), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_input_has_a_report_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().canonicalize().unwrap().join("case");
        std::fs::create_dir(&case).unwrap();
        std::fs::write(case.join("a.blg"), "").unwrap();
        let name = |path: &Path| {
            let report = report_beside(path);
            (report.parent().unwrap().canonicalize().unwrap(), report.file_name().unwrap().to_str().unwrap().to_owned())
        };
        let outer = case.parent().unwrap().to_owned();
        assert_eq!(name(&case.join("a.blg")), (case.clone(), "a.blg.perfverdict.html".to_owned()));
        assert_eq!(name(&case), (outer.clone(), "case.perfverdict.html".to_owned()));
        assert_eq!(name(&case.join("*.blg")), (outer.clone(), "case.perfverdict.html".to_owned()));
        std::fs::create_dir(case.join("sub")).unwrap();
        assert_eq!(name(&case.join("sub").join("..")).1, "case.perfverdict.html");
    }
}

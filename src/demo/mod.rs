//! Logs of simulated machines to try the tool with; the fixtures are these logs.
//!
//! The simulation does not know how leaks are detected. It only adds and multiplies, so that every system writes the
//! same bytes.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "simulated values stay within their counters"
)]

mod big;
pub mod driver;
pub mod incident;
mod machine;
mod random;
mod record;
mod scenario;
mod windows;

use std::io;
use std::path::{Path, PathBuf};

pub use big::{BIG_FILES, write_big};
pub use scenario::{SCENARIOS, Scenario};

/// A file of a demo: its path in the folder of the demo, and its content.
pub type File = (PathBuf, Vec<u8>);

/// All demo logs, in the order of [`SCENARIOS`].
///
/// # Errors
/// When a log cannot be made.
pub fn logs() -> io::Result<Vec<File>> {
    SCENARIOS.iter().map(|scenario| Ok((scenario.file_name.into(), scenario.log()?))).collect()
}

/// Writes files to a folder, which is created if necessary. Returns their paths.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write(folder: &Path, files: &[File]) -> io::Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(crate::output::folder_of(&path))?;
        crate::output::write_whole(&path, bytes)?;
        written.push(path);
    }
    Ok(written)
}

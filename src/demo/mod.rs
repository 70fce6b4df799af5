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

pub use big::write_big;
pub use scenario::{SCENARIOS, Scenario};

/// Writes all demo logs to a folder, which is created if necessary. Returns their paths.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_all(folder: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let mut written = Vec::new();
    for scenario in SCENARIOS {
        let path = folder.join(scenario.file_name);
        crate::output::write_whole(&path, &scenario.log()?)?;
        written.push(path);
    }
    Ok(written)
}

//! Logs of simulated machines to try the tool on; the fixtures are made of them.
//!
//! The simulation knows nothing of how leaks are judged. Its numbers come from additions and
//! multiplications alone, so that every system makes the same bytes.
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

/// Writes all demonstration logs into a folder, which is made if need be. Returns their paths.
///
/// # Errors
/// When the folder or a file cannot be written.
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

//! Running logman on Windows.

use std::io;
use std::process::{Command, ExitStatus};

use super::logman::{Action, CounterLog};

/// Runs logman for an action; its messages go where ours go. `create` makes the log folder first.
///
/// # Errors
/// When logman cannot be started, which is so on every system but Windows, or the folder not made.
pub fn run(log: &CounterLog, action: Action) -> io::Result<ExitStatus> {
    if action == Action::Create {
        std::fs::create_dir_all(log.folder())
            .map_err(|e| io::Error::new(e.kind(), format!("{}: cannot be made: {e}", log.folder())))?;
    }
    // Logman itself does not expand variables.
    let computer = std::env::var("COMPUTERNAME").unwrap_or_else(|_| "localhost".to_owned());
    Command::new("logman.exe").args(log.arguments(action, &computer)).status()
}

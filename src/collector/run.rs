//! Runs commands on Windows.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use super::command::{COMPUTER_NAME, CommandLine};
use super::windows::Windows;

/// Runs a command that prints to our console.
///
/// # Errors
/// If it cannot be started, which is always so on systems other than Windows.
pub fn run_command(command: &CommandLine) -> io::Result<ExitStatus> {
    // Only cmd replaces variables.
    let computer = std::env::var("COMPUTERNAME").unwrap_or_else(|_| "localhost".to_owned());
    let arguments = command.arguments().iter().map(|argument| argument.replace(COMPUTER_NAME, &computer));
    Command::new(in_system_folder(command.program())).args(arguments).status()
}

/// Runs a command that may fail, and discards its output.
pub fn run_quietly(command: &CommandLine) {
    let _ = Command::new(in_system_folder(command.program())).args(command.arguments()).output();
}

/// The Windows release of this machine; `None` on other systems.
#[must_use]
pub fn this_windows() -> Option<Windows> {
    if !cfg!(windows) {
        return None;
    }
    let ver = Command::new(in_system_folder("cmd.exe")).args(["/d", "/c", "ver"]).output().ok()?;
    Windows::from_ver(&String::from_utf8_lossy(&ver.stdout))
}

/// The program in Windows' own folder. An administrator must not start a `logman.exe` that another user put next to
/// this program, for example in a Downloads folder.
fn in_system_folder(program: &str) -> OsString {
    let own = std::env::var_os("SystemRoot").map(|root| PathBuf::from(root).join("System32").join(program));
    own.filter(|path| path.is_file()).map_or_else(|| program.into(), Into::into)
}

//! Running commands on Windows, and what their failures mean.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use super::command::CommandLine;
use super::windows::Windows;

/// Runs a command; its messages go where ours go.
///
/// # Errors
/// When it cannot be started, which is so on every system but Windows.
pub fn run_command(command: &CommandLine) -> io::Result<ExitStatus> {
    // Variables are cmd's; programs do not expand them.
    let computer = std::env::var("COMPUTERNAME").unwrap_or_else(|_| "localhost".to_owned());
    let arguments = command.arguments().iter().map(|a| a.replace("%computername%", &computer));
    Command::new(in_system_folder(command.program())).args(arguments).status()
}

/// Windows' own program of a name. Where an administrator runs this, a logman.exe that somebody left beside it, in
/// the folder of downloads say, must not be what is started.
fn in_system_folder(program: &str) -> OsString {
    let own = std::env::var_os("SystemRoot").map(|root| PathBuf::from(root).join("System32").join(program));
    own.filter(|path| path.is_file()).map_or_else(|| program.into(), Into::into)
}

/// The Windows that this runs on; `None` on other systems.
#[must_use]
pub fn this_windows() -> Option<Windows> {
    if !cfg!(windows) {
        return None;
    }
    let ver = Command::new(in_system_folder("cmd.exe")).args(["/d", "/c", "ver"]).output().ok()?;
    Windows::from_ver(&String::from_utf8_lossy(&ver.stdout))
}

/// Runs a command of which nobody needs to hear, and which may fail.
pub fn run_quietly(command: &CommandLine) {
    let _ = Command::new(in_system_folder(command.program())).args(command.arguments()).output();
}

/// Logman's exit code where there is no collector of a name.
pub const NO_SUCH_COLLECTOR: i32 = 0x8030_0002_u32.cast_signed();

/// Its exit codes where the file that it would begin is there already: `ERROR_ALREADY_EXISTS`, `ERROR_FILE_EXISTS`.
pub const LOG_EXISTS: [i32; 2] = [0x8007_00B7_u32.cast_signed(), 0x8007_0050_u32.cast_signed()];

/// What an exit code of logman means, and what to do. The codes are those of Performance Logs and Alerts (pla.h),
/// of PDH (pdhmsg.h) and of Windows.
#[must_use]
pub fn explain(code: i32) -> Option<&'static str> {
    Some(match code.cast_unsigned() {
        0x8007_0005 | 5 => "access is denied; run it in a prompt that runs as administrator",
        0x8007_00B7 | 0x8007_0050 => {
            "its log file exists already; wait a minute, for its name tells the minute, and try again"
        }
        0x8030_00B7 => "a collector of this name exists already; remove it first, or give another --name",
        0x8030_0002 => "there is no collector of this name; create it first",
        0x8030_00AA => "it runs already, or is in use; stop it first",
        0x8030_0070 => "the disk has too little room; free some, or give another --folder or a smaller --max",
        0x8030_0103 => "it needs a user and a password; give --user",
        0x8030_0104 => "it is not running; start it first",
        0x8007_0003 | 3 => "the folder does not exist on that machine, or its drive; make it first",
        0x8007_0002 | 2 => "a file that it needs is missing; is the folder right?",
        0xC000_0BB8 => "this Windows does not have one of the counter objects; leave it out, or give --windows RELEASE",
        0xC000_0BB9 | 0xC000_0BC0 => "this Windows does not have one of the counters; leave it out",
        0x8007_06BA => {
            "the other machine does not answer: is it on, and does its firewall let performance logs through?"
        }
        0x8007_052E => "the user or the password is wrong",
        0x8007_0569 => {
            "the user may not log on as a batch job, by the machine's policy; give another --user, or ask for the right"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_explained() {
        // As a shell shows them: signed.
        assert!(explain(-2_147_024_891).is_some_and(|why| why.contains("administrator")));
        assert!(explain(-2_144_337_737).is_some_and(|why| why.contains("exists already")));
        assert!(explain(-2_144_337_918).is_some_and(|why| why.contains("create it first")));
        assert_eq!(explain(77), None);
    }
}

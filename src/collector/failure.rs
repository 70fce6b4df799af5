//! The meaning of logman's exit codes.
//!
//! The codes are those of Performance Logs and Alerts (pla.h), of PDH (pdhmsg.h) and of Windows.

/// The exit code of logman if no collector has the name.
pub const NO_SUCH_COLLECTOR: i32 = 0x8030_0002_u32.cast_signed();

/// The exit codes of logman if the log file exists already: `ERROR_ALREADY_EXISTS` and `ERROR_FILE_EXISTS`.
pub const LOG_EXISTS: [i32; 2] = [0x8007_00B7_u32.cast_signed(), 0x8007_0050_u32.cast_signed()];

/// Why logman failed. `Display` explains it and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No administrator rights.
    #[error("access is denied; run this as administrator")]
    AccessDenied,
    /// The log file exists already.
    #[error("a log of this minute already exists; wait a minute and try again")]
    LogExists,
    /// The collector exists already.
    #[error("a collector with this name already exists; delete it first, or use another --name")]
    CollectorExists,
    /// The collector does not exist.
    #[error("no collector has this name; create it first")]
    NoSuchCollector,
    /// The collector is running or in use.
    #[error("the collector is running or in use; stop it first")]
    InUse,
    /// Too little free space on the disk.
    #[error("the disk has not enough free space; free some, or use another --folder or a smaller --max")]
    DiskFull,
    /// The collector needs a user and a password.
    #[error("the collector needs a user and a password; use --user")]
    NeedsUser,
    /// The collector is not running.
    #[error("the collector is not running; start it first")]
    NotRunning,
    /// The folder of the log does not exist.
    #[error("the folder or its drive does not exist on that machine; create it first")]
    NoSuchFolder,
    /// A file does not exist.
    #[error("a file is missing; check the folder")]
    NoSuchFile,
    /// Windows lacks a counter object.
    #[error("this Windows lacks one of the counter objects; leave it out, or use --windows RELEASE")]
    NoSuchObject,
    /// Windows lacks a counter.
    #[error("this Windows lacks one of the counters; leave it out")]
    NoSuchCounter,
    /// The other machine does not answer.
    #[error("the other machine does not answer; check that it is on and that its firewall allows performance logs")]
    NoAnswer,
    /// The user or the password is wrong.
    #[error("the user or the password is wrong")]
    WrongPassword,
    /// A policy does not allow the user to log on as a batch job.
    #[error(
        "a policy of the machine does not let the user log on as a batch job; use another --user, or ask for the right"
    )]
    NoBatchLogon,
}

impl Failure {
    /// The meaning of an exit code; `None` if it is unknown.
    #[must_use]
    pub fn from_exit_code(code: i32) -> Option<Self> {
        Some(match code.cast_unsigned() {
            0x8007_0005 | 5 => Self::AccessDenied,
            0x8007_00B7 | 0x8007_0050 => Self::LogExists,
            0x8030_00B7 => Self::CollectorExists,
            0x8030_0002 => Self::NoSuchCollector,
            0x8030_00AA => Self::InUse,
            0x8030_0070 => Self::DiskFull,
            0x8030_0103 => Self::NeedsUser,
            0x8030_0104 => Self::NotRunning,
            0x8007_0003 | 3 => Self::NoSuchFolder,
            0x8007_0002 | 2 => Self::NoSuchFile,
            0xC000_0BB8 => Self::NoSuchObject,
            0xC000_0BB9 | 0xC000_0BC0 => Self::NoSuchCounter,
            0x8007_06BA => Self::NoAnswer,
            0x8007_052E => Self::WrongPassword,
            0x8007_0569 => Self::NoBatchLogon,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_have_a_meaning() {
        // Signed, as a shell shows them.
        for (code, failure) in [
            (5, Failure::AccessDenied),
            (-2_147_024_891, Failure::AccessDenied),
            (-2_144_337_737, Failure::CollectorExists),
            (NO_SUCH_COLLECTOR, Failure::NoSuchCollector),
            (-2_144_337_918, Failure::NoSuchCollector),
            (LOG_EXISTS[0], Failure::LogExists),
            (LOG_EXISTS[1], Failure::LogExists),
        ] {
            assert_eq!(Failure::from_exit_code(code), Some(failure), "{code}");
        }
        assert_eq!(Failure::from_exit_code(77), None);
    }
}

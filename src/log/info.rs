//! Information in a log besides its samples.

use super::zone::Zone;
use crate::base::time::FileTime;

/// The format of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Performance Monitor's binary log.
    Blg,
    /// Comma- or semicolon-separated text from relog, typeperf or perfmon.
    PdhCsv,
    /// Tab-separated text from the same programs.
    PdhTsv,
    /// PowerShell's `Get-Counter | Export-Csv`.
    GetCounter,
    /// Parquet that `perfverdict convert` wrote.
    Parquet,
    /// What `Get-Counter` prints, or `ConvertTo-Json` or `Export-Clixml` make of it.
    GetCounterOutput,
}

/// Information about the machine and the logging.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogInfo {
    /// Operating system version of the writer: major, minor, build.
    pub os_version: Option<(u8, u8, u32)>,
    /// Pointer size of the writer, 32 or 64 bits.
    pub pointer_bits: Option<u32>,
    /// Boot time of the writing machine, UTC.
    pub boot_time: Option<FileTime>,
    /// Time zone, as logged.
    pub zone: Option<Zone>,
    /// Whether the log overwrites its oldest samples; `None` if the format does not record it.
    pub circular: Option<bool>,
    /// Maximum file size in bytes, if limited.
    pub max_bytes: Option<u64>,
}

//! The arguments, parsed and checked one by one.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::values::{parse_big, parse_max, parse_release, parse_size, parse_time, parse_windows, whole_number};
use crate::collector::{Windows, parse_interval};
use crate::forecast::Release;
use crate::inputs::UnpackLimit;
use crate::log::FileTime;

/// Output of `--version`: the version and facts of the build, set by build.rs.
const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit    ",
    env!("BUILD_COMMIT"),
    "\ntarget    ",
    env!("BUILD_TARGET"),
    "\nprofile   ",
    env!("BUILD_PROFILE"),
    "\nfeatures  ",
    env!("BUILD_FEATURES"),
    "\ncompiler  ",
    env!("BUILD_COMPILER"),
);

/// Reads Windows Performance Monitor logs and tells you whether a machine is leaking memory, what is leaking it, and
/// what to do
#[derive(Parser)]
#[command(version, long_version = LONG_VERSION, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Print only results, warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Also print what is read and written
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Find memory leaks in logs: what is leaking, since when, and until when
    Analyze(AnalyzeArgs),
    /// Make the HTML report from the JSON that analyze wrote
    Report(ReportArgs),
    /// Convert logs to CSV, TSV or .blg, like relog, on any operating system
    Convert(ConvertArgs),
    /// Show what a log contains
    Inspect(InspectArgs),
    /// Create, start, stop and delete the PerfLog-Long collector
    Collect(CollectArgs),
    /// Find out which driver uses a pool tag, from tag lists and driver files
    Tag(TagArgs),
    /// Write shell completions to standard output: PowerShell, bash, zsh, fish or elvish
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write man pages to a folder
    Man {
        /// Folder; created if necessary
        folder: PathBuf,
        #[command(flatten)]
        overwrite: ForceArgs,
    },
    /// Write logs of simulated machines to try the tool with
    Demo(DemoArgs),
}

#[derive(Args)]
pub(super) struct AnalyzeArgs {
    /// Logs (.blg, PDH-CSV, PDH-TSV) and other evidence from the same machine: PoolMon snapshots, event logs
    /// (.evtx, or exported as XML or text), debugger output (!vm, !poolused), kernel dumps, pooltag.txt; also
    /// folders and archives of them
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// Folder of the machine's driver files (System32\drivers or a copy), to find the driver that uses a
    /// leaking pool tag; can be repeated
    #[arg(long, value_name = "FOLDER")]
    pub drivers: Vec<PathBuf>,
    /// List of pool tags (pooltag.txt or localtag.txt) [default: from the installed Debugging Tools or Driver Kit]
    #[arg(long, value_name = "FILE")]
    pub pooltag: Vec<PathBuf>,
    /// Write the report as a single HTML file; - is standard output [default: LOG.perfverdict.html beside the first
    /// input]
    #[arg(short, long, value_name = "REPORT.html")]
    pub output: Option<PathBuf>,
    /// Write no report, for scripts
    #[arg(long, conflicts_with = "output")]
    pub no_report: bool,
    /// Write the verdict as JSON; - is standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Physical memory of the machine, such as 16GB
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub ram: Option<u64>,
    /// Windows release of the machine, such as 2008R2, 2019 or 11, if the log does not record it
    #[arg(long, value_name = "RELEASE", value_parser = parse_release)]
    pub windows: Option<Release>,
    /// Maximum of nonpaged pool as shown by Process Explorer or by !vm in the debugger, such as 255MB
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub nonpaged_max: Option<u64>,
    /// Maximum of paged pool, from the same tools
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub paged_max: Option<u64>,
    /// Ignore samples before this time by the machine's clock, such as "2026-03-03 02:10"
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub from: Option<FileTime>,
    /// Ignore samples after this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub to: Option<FileTime>,
    /// Exit with status 1 if a leak is found
    #[arg(long)]
    pub exit_code: bool,
    #[command(flatten)]
    pub archives: ArchiveArgs,
    #[command(flatten)]
    pub overwrite: ForceArgs,
}

/// How archives among the inputs are read.
#[derive(Args)]
pub(super) struct ArchiveArgs {
    /// Maximum size of an archive's files, unpacked, such as 200GB [default: 100 times the size of the archive,
    /// at least 512 MB and at most 64 GB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    unpack_limit: Option<u64>,
}

impl ArchiveArgs {
    pub fn limit(&self) -> UnpackLimit {
        self.unpack_limit.map(UnpackLimit::bytes).unwrap_or_default()
    }
}

/// What may be overwritten.
#[derive(Args)]
pub(super) struct ForceArgs {
    /// Overwrite files that perfverdict did not write; inputs are never overwritten
    #[arg(long)]
    pub force: bool,
}

#[derive(Args)]
pub(super) struct ReportArgs {
    /// The JSON that analyze --json wrote
    #[arg(value_name = "VERDICT.json")]
    pub verdict: PathBuf,
    /// Write the report as a single HTML file; - is standard output
    #[arg(short, long, value_name = "REPORT.html")]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: ForceArgs,
}

#[derive(Args)]
pub(super) struct ConvertArgs {
    /// Logs (.blg, PDH-CSV, PDH-TSV), or folders or archives of them; several logs are joined
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// Output file; its extension (.csv, .tsv, .blg, or .parquet, which is a folder) sets the format; - is
    /// standard output
    #[arg(short, long, value_name = "FILE", required_unless_present = "list")]
    pub output: Option<PathBuf>,
    /// Format, if the extension does not set it
    #[arg(short, long, value_enum)]
    pub format: Option<OutputFormat>,
    /// Only counters that match this path, in which any part can contain *, such as "\Process(svc*)\*";
    /// can be repeated
    #[arg(short, long = "counter", value_name = "PATH")]
    pub counters: Vec<String>,
    /// File of such paths, one per line
    #[arg(long, value_name = "FILE")]
    pub counter_file: Option<PathBuf>,
    /// Only every N-th sample; rates then cover N intervals
    #[arg(long, value_name = "N", value_parser = whole_number(1..=u32::MAX))]
    pub every: Option<u32>,
    /// Ignore samples before this time by the machine's clock, such as "2026-03-03 02:10"
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub from: Option<FileTime>,
    /// Ignore samples after this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub to: Option<FileTime>,
    /// Append to the output file
    #[arg(long)]
    pub append: bool,
    /// Only list the counters, to standard output or to the output file
    #[arg(short, long, conflicts_with_all = ["format", "append"])]
    pub list: bool,
    /// Significant digits of numbers in text [default: as the Windows that logged writes them: 17 up to
    /// Server 2016, 20 later]
    #[arg(long, value_parser = whole_number(1..=30))]
    pub digits: Option<u32>,
    #[command(flatten)]
    pub archives: ArchiveArgs,
    #[command(flatten)]
    pub overwrite: ForceArgs,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// Comma-separated text
    Csv,
    /// Tab-separated text
    Tsv,
    /// Binary log
    Blg,
    /// A folder of Parquet files, by machine and day
    #[cfg(feature = "parquet")]
    Parquet,
}

#[derive(Args)]
pub(super) struct InspectArgs {
    /// Logs, or folders or archives of them
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// List every counter path
    #[arg(long)]
    pub counters: bool,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub archives: ArchiveArgs,
}

#[derive(Args)]
pub(super) struct CollectArgs {
    #[command(subcommand)]
    pub command: CollectCommand,
}

#[derive(Subcommand)]
pub(super) enum CollectCommand {
    /// Create the collector (on systems other than Windows: print the commands)
    Create {
        #[command(flatten)]
        collector: CollectorArgs,
        /// Start it too
        #[arg(long, conflicts_with = "begin")]
        start: bool,
        /// Start it after every reboot, with a scheduled task
        #[arg(long, conflicts_with_all = ["begin", "end"])]
        at_boot: bool,
        /// Print the commands for this shell instead of running them
        #[arg(long, value_enum, value_name = "SHELL", num_args = 0..=1, require_equals = true, default_missing_value = "cmd")]
        print: Option<Prompt>,
    },
    /// Start the collector
    Start(NamedArgs),
    /// Stop the collector
    Stop(NamedArgs),
    /// Show whether the collector is running
    Status(NamedArgs),
    /// End the log and start the next one; the ended log can be copied and analyzed
    Rotate(NamedArgs),
    /// Delete the collector and its scheduled task; its logs are kept
    Delete(NamedArgs),
    /// Estimate how large the log becomes and how many days it holds
    Size(CollectorArgs),
    /// Write all commands as scripts to a folder
    Script {
        /// Folder; created if necessary
        #[arg(value_name = "FOLDER")]
        into: PathBuf,
        #[command(flatten)]
        collector: CollectorArgs,
        #[command(flatten)]
        overwrite: ForceArgs,
    },
}

#[derive(Args)]
pub(super) struct CollectorArgs {
    /// Kind of collector
    #[arg(long, value_enum, default_value_t = ProfileArg::Long)]
    pub profile: ProfileArg,
    /// Name of the collector [default: PerfLog-Long, PerfLog-Fast or PerfLog-Lean]
    #[arg(long)]
    pub name: Option<String>,
    /// Folder for the logs on the Windows machine
    #[arg(long, value_name = "FOLDER", default_value = r"c:\perflogs")]
    pub folder: String,
    /// Time between samples: seconds, 15s, 5min, 1h or hh:mm:ss [default: 5m, fast: 15s]
    #[arg(long, value_parser = parse_interval)]
    pub interval: Option<u32>,
    /// Size at which the log starts to overwrite its oldest samples: MB, 300MB or 1GB [default: 300, fast: 800]
    #[arg(long, visible_alias = "size", value_name = "MB", value_parser = parse_max)]
    pub max: Option<u32>,
    /// Additional counter path, such as "\Server\Sessions"; can be repeated
    #[arg(long, value_name = "PATH")]
    pub counters: Vec<String>,
    /// Also log Process V2, which shows process ids (Windows 11, Server 2025); fast and lean do so by default if
    /// the release of --windows, or of this machine, has it
    #[arg(long)]
    pub process_v2: bool,
    /// Windows release of the machine, such as 2003, 2008R2 or 11: leaves out counters that it lacks and uses its
    /// syntax of logman [default: the release of this machine; on other systems any of 7 to 2022]
    #[arg(long, value_name = "RELEASE", value_parser = parse_windows)]
    pub windows: Option<Windows>,
    /// Machine to run the collector on, if it is another one
    #[arg(long, value_name = "MACHINE")]
    pub remote: Option<String>,
    /// Run the collector as this user; logman asks for the password
    #[arg(long, value_name = "DOMAIN\\NAME")]
    pub user: Option<String>,
    /// Begin at this time by the machine's clock
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub begin: Option<FileTime>,
    /// End at this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub end: Option<FileTime>,
    /// Stop after this time, such as 90min or 2d; a day or more needs --begin
    #[arg(long, value_name = "TIME", value_parser = parse_interval, conflicts_with = "end")]
    pub run_for: Option<u32>,
    /// Number of processes on the machine, to estimate the size of the log
    #[arg(long, value_name = "N", default_value_t = 150, value_parser = whole_number(1..=100_000))]
    pub processes: u32,
    /// Number of CPUs of the machine, to estimate the size of the log
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = whole_number(1..=10_000))]
    pub cpus: u32,
    /// Days that the log must hold; warns if they do not fit
    #[arg(long, value_name = "N", value_parser = whole_number(1..=100_000))]
    pub days: Option<u32>,
}

/// Kinds of collectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ProfileArg {
    /// Leaks over days: a sample every 5 minutes
    Long,
    /// Leaks within hours: a sample every 15 seconds
    Fast,
    /// Logs of weeks: only memory and processes
    Lean,
}

/// Shells of Windows; each has its own quoting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Prompt {
    /// Command Prompt and .cmd files
    Cmd,
    /// PowerShell of any version
    Powershell,
}

#[derive(Args)]
pub(super) struct NamedArgs {
    /// Name of the collector
    #[arg(long, default_value = "PerfLog-Long")]
    pub name: String,
    /// Machine that the collector runs on, if it is another one
    #[arg(long, value_name = "MACHINE")]
    pub remote: Option<String>,
    /// Print the commands for this shell instead of running them
    #[arg(long, value_enum, value_name = "SHELL", num_args = 0..=1, require_equals = true, default_missing_value = "cmd")]
    pub print: Option<Prompt>,
}

#[derive(Args)]
pub(super) struct TagArgs {
    /// Pool tags as PoolMon shows them, such as Leak; case-sensitive
    #[arg(required = true, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Folder of driver files: System32\\drivers, a mounted image or a copy; can be repeated
    #[arg(long, value_name = "FOLDER")]
    pub drivers: Vec<PathBuf>,
    /// List of pool tags (pooltag.txt or localtag.txt) [default: from the installed Debugging Tools or Driver Kit]
    #[arg(long, value_name = "FILE")]
    pub pooltag: Vec<PathBuf>,
    /// Kernel dumps and debugger output to search for the tag; files, folders or archives
    #[arg(long, value_name = "FILE")]
    pub evidence: Vec<PathBuf>,
    /// Write the result as JSON; - is standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    #[command(flatten)]
    pub archives: ArchiveArgs,
    #[command(flatten)]
    pub overwrite: ForceArgs,
}

#[derive(Args)]
pub(super) struct DemoArgs {
    /// Folder to write to; created if necessary
    pub folder: PathBuf,
    /// Write one PerfLog-Long log of 230 processes and about this many megabytes instead, as .blg and as CSV, for
    /// benchmarks
    #[arg(long, value_name = "MB", value_parser = parse_big)]
    pub big: Option<u32>,
    #[command(flatten)]
    pub overwrite: ForceArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_hold_together() {
        Cli::command().debug_assert();
    }
}

//! `perfverdict collect`

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, anyhow};

use super::args::{CollectArgs, CollectCommand, CollectorArgs, NamedArgs, ProfileArg, Prompt};
use super::outputs::Existing;
use super::{EXIT_OK, note, print, warning};
use crate::base::time::TICKS_PER_SECOND;
use crate::base::units;
use crate::collector::{
    Action, CHECK_TIMES, CommandLine, CounterLog, DAY_SECONDS, Failure, LOG_EXISTS, NO_SUCH_COLLECTOR, PROCESS_V2,
    Profile, Script, TaskAction, WRITTEN_BY, Warning, Windows, run_command, run_quietly, scripts, size, this_windows,
};
use crate::log::FileTime;
use crate::output::write_whole;

/// The name of a log contains the minute (`-v mmddhhmm`), so the next log can start after this time.
const NEXT_MINUTE: Duration = Duration::from_secs(60);

pub fn run(args: &CollectArgs) -> anyhow::Result<u8> {
    match &args.command {
        CollectCommand::Create { collector, start, at_boot, print } => {
            let log = counter_log(collector)?;
            let mut commands = vec![log.command(Action::Create)];
            if *at_boot {
                commands.push(log.boot_task(TaskAction::Create));
            }
            let mut next = Some(next_step(&log));
            if *start {
                commands.push(log.command(Action::Start));
                next = None;
            }
            create(&log, collector, &commands, *print, next)?;
        }
        CollectCommand::Start(args) => act(args, Action::Start)?,
        CollectCommand::Stop(args) => act(args, Action::Stop)?,
        CollectCommand::Status(args) => act(args, Action::Status)?,
        CollectCommand::Rotate(args) => rotate(args)?,
        CollectCommand::Delete(args) => delete(args)?,
        CollectCommand::Size(args) => {
            let size = estimate(&counter_log(args)?, args);
            print(format!("{size}\n"))?;
        }
        CollectCommand::Script { into, collector, overwrite } => script(into, collector, overwrite.existing())?,
    }
    Ok(EXIT_OK)
}

/// Creates a collector, or prints the commands.
fn create(
    log: &CounterLog,
    args: &CollectorArgs,
    commands: &[CommandLine],
    print: Option<Prompt>,
    next: Option<String>,
) -> anyhow::Result<()> {
    note(&estimate(log, args));
    if !printed(new_folder(log, print) + &lines(commands, print), print)? {
        if log.remote().is_none() {
            make_folder(log)?;
        }
        commands.iter().try_for_each(run_to_success)?;
        if let Some(next) = next {
            note(&next);
        }
    }
    if log.is_scheduled() {
        note(CHECK_TIMES);
    }
    Ok(())
}

/// Creates the folder of the logs. One that exists keeps its rights.
fn make_folder(log: &CounterLog) -> anyhow::Result<()> {
    for folder in log.folders_to(log.folder()).into_iter().filter(|folder| !Path::new(folder).exists()) {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create the folder {folder}; run this as administrator"))?;
        let set = log.folder_rights(folder).map_or(Ok(()), |rights| run_to_success(&rights));
        // A folder that stayed with the rights of its parent would be taken for one of the user's the next time.
        set.inspect_err(|_| drop(std::fs::remove_dir(folder)))?;
    }
    Ok(())
}

/// The next step after the collector is created.
fn next_step(log: &CounterLog) -> String {
    if let Some(begin) = log.begin() {
        return format!("Created. It starts at {begin} by the machine's clock");
    }
    let remote = log.remote().map_or_else(String::new, |machine| format!(" --remote {machine}"));
    format!("Created. Start it with: perfverdict collect start --name \"{}\"{remote}", log.name())
}

/// Writes the scripts and says how to use them.
fn script(into: &Path, args: &CollectorArgs, existing: Existing) -> anyhow::Result<()> {
    let log = counter_log(args)?;
    write_scripts(&log, args, into, existing)?;
    note(&estimate(&log, args));
    let run = match log.begin() {
        None => "create.cmd, then start.cmd",
        Some(_) => "create.cmd",
    };
    note(&match log.remote() {
        None => format!("Copy these scripts to the server and run {run} in an elevated prompt"),
        Some(machine) => format!("On any Windows machine, run {run} as an administrator of {machine}"),
    });
    if log.is_scheduled() {
        note(CHECK_TIMES);
    }
    Ok(())
}

/// Writes all scripts, but replaces no file that is not one of ours.
fn write_scripts(log: &CounterLog, args: &CollectorArgs, into: &Path, existing: Existing) -> anyhow::Result<()> {
    // cmd reads a script in the code page of its console, which can be any.
    if let Some(remote) = log.remote().filter(|remote| !remote.is_ascii()) {
        return Err(anyhow!("scripts are ASCII and cannot contain the computer name \"{remote}\"; use its address"));
    }
    if let Some(user) = log.user().filter(|user| !user.is_ascii()) {
        return Err(anyhow!(
            "scripts are ASCII and cannot contain the user name \"{user}\"; use \"collect create\" instead"
        ));
    }
    std::fs::create_dir_all(into).with_context(|| format!("cannot create the folder {}", into.display()))?;
    let scripts = scripts(log, &size(log, args.processes, args.cpus));
    let foreign = |script: &&Script| match std::fs::read(into.join(script.file_name)) {
        Ok(old) => !String::from_utf8_lossy(&old).contains(WRITTEN_BY),
        Err(e) => e.kind() != std::io::ErrorKind::NotFound,
    };
    if existing == Existing::KeepForeign
        && let Some(script) = scripts.iter().find(foreign)
    {
        return Err(anyhow!(
            "{}: already exists and was not written by perfverdict; use another folder, or --force to overwrite it",
            into.join(script.file_name).display()
        ));
    }
    let mut lines = String::new();
    for script in &scripts {
        let path = into.join(script.file_name);
        write_whole(&path, script.text.as_bytes())?;
        lines += &format!("{}\n", path.display());
    }
    Ok(print(lines)?)
}

fn counter_log(args: &CollectorArgs) -> anyhow::Result<CounterLog> {
    let profile = match args.profile {
        ProfileArg::Long => Profile::Long,
        ProfileArg::Fast => Profile::Fast,
        ProfileArg::Lean => Profile::Lean,
    };
    let here = || if args.remote.is_none() { this_windows() } else { None };
    let windows = args.windows.or_else(here).unwrap_or_default();
    if args.process_v2 && args.windows.is_some_and(|windows| windows < Windows::Windows11) {
        return Err(anyhow!("only Windows 11 and Server 2025 have the object Process V2; leave out --process-v2"));
    }
    let v2 = args.process_v2.then_some(PROCESS_V2);
    let counters = args.counters.iter().map(String::as_str).chain(v2);
    let naive = |time: Option<FileTime>| time.and_then(FileTime::to_naive);
    // Logman's own run time ends before a day.
    let (end, run_for) = match (args.begin, args.run_for) {
        (Some(begin), Some(seconds)) if seconds >= DAY_SECONDS => {
            (Some(FileTime(begin.0 + i64::from(seconds) * TICKS_PER_SECOND)), None)
        }
        (_, run_for) => (args.end, run_for),
    };
    Ok(CounterLog::of(profile, windows)
        .with_name(args.name.as_deref().unwrap_or(profile.collector_name()))?
        .with_folder(&args.folder)?
        .with_interval(args.interval.unwrap_or(profile.interval_seconds()))?
        .with_max_megabytes(args.max.unwrap_or(profile.max_megabytes()))?
        .with_counters(counters)?
        .with_remote(args.remote.as_deref())?
        .with_user(args.user.as_deref())?
        .with_schedule(naive(args.begin), naive(end), run_for)?)
}

/// How large the log becomes, as a sentence. Prints the warnings.
fn estimate(log: &CounterLog, args: &CollectorArgs) -> String {
    let size = size(log, args.processes, args.cpus);
    for message in Warning::all(log, &size, args.days, chrono::Local::now().naive_local()) {
        warning(&message.to_string());
    }
    format!(
        "About {} a day for {} processes and {} CPUs: a {} MB file holds {}. Every start creates a new file",
        units::bytes(size.day),
        args.processes,
        args.cpus,
        log.max_megabytes(),
        units::duration(24.0 * size.days)
    )
}

fn named(args: &NamedArgs) -> anyhow::Result<CounterLog> {
    Ok(CounterLog::default().with_name(&args.name)?.with_remote(args.remote.as_deref())?)
}

fn act(args: &NamedArgs, action: Action) -> anyhow::Result<()> {
    let command = named(args)?.command(action);
    if printed(lines(std::slice::from_ref(&command), args.print), args.print)? {
        return Ok(());
    }
    run_to_success(&command)
}

/// Ends the log and starts the next one.
fn rotate(args: &NamedArgs) -> anyhow::Result<()> {
    let log = named(args)?;
    let [stop, start] = [Action::Stop, Action::Start].map(|action| log.command(action));
    if printed(lines(&[stop.clone(), start.clone()], args.print), args.print)? {
        return Ok(());
    }
    run_to_success(&stop)?;
    let mut status = status_of(&start)?;
    if status.code().is_some_and(|code| LOG_EXISTS.contains(&code)) {
        note("A log of this minute already exists. Waiting one minute");
        std::thread::sleep(NEXT_MINUTE);
        status = status_of(&start)?;
    }
    check(&start, status)
}

/// Deletes the collector and, if it exists, its scheduled task.
fn delete(args: &NamedArgs) -> anyhow::Result<()> {
    let log = named(args)?;
    let (delete, delete_task) = (log.command(Action::Delete), log.boot_task(TaskAction::Delete));
    if printed(lines(&[delete.clone(), delete_task.clone()], args.print), args.print)? {
        return Ok(());
    }
    let status = status_of(&delete)?;
    // The task is kept if the collector could not be deleted. Most collectors have no task, which is not a failure.
    if status.success() || status.code() == Some(NO_SUCH_COLLECTOR) {
        run_quietly(&delete_task);
    }
    check(&delete, status)
}

/// Lines that make the folder of the logs if it is missing. Every Windows has the default one.
fn new_folder(log: &CounterLog, shell: Option<Prompt>) -> String {
    let is_default = log.folder().eq_ignore_ascii_case(CounterLog::default().folder());
    if is_default || log.remote().is_some() {
        return String::new();
    }
    let line = |folder| match shell {
        Some(Prompt::Powershell) => log.new_folder_at_powershell_prompt(folder) + "\n",
        Some(Prompt::Cmd) | None => log.new_folder_at_cmd_prompt(folder) + "\n",
    };
    log.folders_to(log.folder()).into_iter().map(line).collect()
}

/// Commands as typed at a prompt.
fn lines(commands: &[CommandLine], shell: Option<Prompt>) -> String {
    let line = |command: &CommandLine| match shell {
        Some(Prompt::Powershell) => format!("{}\n", command.at_powershell_prompt()),
        Some(Prompt::Cmd) | None => format!("{command}\n"),
    };
    commands.iter().map(line).collect()
}

/// Prints lines instead of running their commands, if asked to or if this is not Windows. Says whether it did.
fn printed(lines: String, shell: Option<Prompt>) -> anyhow::Result<bool> {
    if shell.is_none() && cfg!(windows) {
        return Ok(false);
    }
    print(lines)?;
    if shell.is_none() {
        note("Not running on Windows: run these commands on the server, in an elevated prompt");
    }
    Ok(true)
}

fn run_to_success(command: &CommandLine) -> anyhow::Result<()> {
    check(command, status_of(command)?)
}

fn status_of(command: &CommandLine) -> anyhow::Result<ExitStatus> {
    run_command(command).with_context(|| format!("cannot start {}", command.program()))
}

/// An error that explains a failure.
fn check(command: &CommandLine, status: ExitStatus) -> anyhow::Result<()> {
    if status.success() {
        return Ok(());
    }
    let code = status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
    let why = status.code().and_then(Failure::from_exit_code);
    let why = why.map_or_else(|| "see its message above".to_owned(), |failure| failure.to_string());
    Err(anyhow!("{command}\nfailed with exit code {code}: {why}"))
}

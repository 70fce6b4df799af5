//! `perfverdict collect`

use std::io::Write;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, anyhow};

use super::args::{CollectArgs, CollectCommand, CollectorArgs, NamedArgs, ProfileArg, Prompt};
use super::{EXIT_OK, note, warning};
use crate::base::units;
use crate::collector::{
    Action, CHECK_TIMES, CommandLine, CounterLog, Failure, LOG_EXISTS, NO_SUCH_COLLECTOR, PROCESS_V2, Profile, Script,
    TaskAction, WRITTEN_BY, Windows, run_command, run_quietly, scripts, size, this_windows,
};
use crate::output::write_whole;

pub fn run(args: &CollectArgs) -> anyhow::Result<u8> {
    match &args.command {
        CollectCommand::Create { collector, start, at_boot, print } => {
            let log = counter_log(collector)?;
            let mut commands = vec![log.command(Action::Create)];
            if *at_boot {
                commands.push(log.boot_task(TaskAction::Create));
            }
            if *start {
                commands.push(log.command(Action::Start));
            }
            note(&foreseen(&log, collector));
            let code = act(&log, &commands, *print)?;
            if print.is_none() && cfg!(windows) && !*start {
                note(&created(&log));
            }
            if log.is_scheduled() {
                note(CHECK_TIMES);
            }
            Ok(code)
        }
        CollectCommand::Start(args) => act_by_name(args, &[Action::Start]),
        CollectCommand::Stop(args) => act_by_name(args, &[Action::Stop]),
        CollectCommand::Status(args) => act_by_name(args, &[Action::Status]),
        CollectCommand::Rotate(args) => rotate(args),
        CollectCommand::Delete(args) => delete(args),
        CollectCommand::Size(args) => {
            writeln!(std::io::stdout(), "{}", foreseen(&counter_log(args)?, args))?;
            Ok(EXIT_OK)
        }
        CollectCommand::Script { into, collector } => {
            let log = counter_log(collector)?;
            write_scripts(&log, collector, into)?;
            note(&foreseen(&log, collector));
            let run = match log.begin() {
                None => "run create.cmd, then start.cmd,",
                Some(_) => "run create.cmd",
            };
            note(&match log.remote() {
                None => format!("Copy them to the Windows machine; there {run} as administrator."),
                Some(_) => format!("On a Windows machine {run} as a user who administrates the other."),
            });
            if log.is_scheduled() {
                note(CHECK_TIMES);
            }
            Ok(EXIT_OK)
        }
    }
}

/// What to do once a collector is there.
fn created(log: &CounterLog) -> String {
    if let Some(begin) = log.begin() {
        return format!("Created. It starts by itself at {begin} of its machine's clock.");
    }
    let remote = log.remote().map_or_else(String::new, |machine| format!(" --remote {machine}"));
    format!("Created. Start it with: perfverdict collect start --name \"{}\"{remote}", log.name())
}

/// Writes all scripts, but over no file that somebody else wrote.
fn write_scripts(log: &CounterLog, args: &CollectorArgs, into: &Path) -> anyhow::Result<()> {
    // cmd reads a script in the code page of its console, whichever that is.
    if let Some(remote) = log.remote().filter(|remote| !remote.is_ascii()) {
        return Err(anyhow!("scripts are plain ASCII and cannot name the machine \"{remote}\"; give its address"));
    }
    if let Some(user) = log.user().filter(|user| !user.is_ascii()) {
        return Err(anyhow!("scripts are plain ASCII and cannot name the user \"{user}\"; create it without a script"));
    }
    std::fs::create_dir_all(into).with_context(|| format!("{}: cannot be made", into.display()))?;
    let scripts = scripts(log, &size(log, args.processes, args.cpus));
    let foreign = |script: &&Script| match std::fs::read(into.join(script.file_name)) {
        Ok(old) => !String::from_utf8_lossy(&old).contains(WRITTEN_BY),
        Err(e) => e.kind() != std::io::ErrorKind::NotFound,
    };
    if let Some(script) = scripts.iter().find(foreign) {
        return Err(anyhow!(
            "{}: is there already and was not written by perfverdict; move it away, or give another folder",
            into.join(script.file_name).display()
        ));
    }
    for script in &scripts {
        let path = into.join(script.file_name);
        write_whole(&path, script.text.as_bytes())?;
        writeln!(std::io::stdout(), "{}", path.display())?;
    }
    Ok(())
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
        return Err(anyhow!("Process V2 is an object of Windows 11 and Server 2025; leave out --process-v2"));
    }
    let v2 = args.process_v2.then_some(PROCESS_V2);
    let counters = args.counters.iter().map(String::as_str).chain(v2);
    let naive = |time: Option<crate::log::FileTime>| time.and_then(crate::log::FileTime::to_naive);
    Ok(CounterLog::of(profile, windows)
        .with_name(args.name.as_deref().unwrap_or(profile.collector_name()))?
        .with_folder(&args.folder)?
        .with_interval(args.interval.unwrap_or(profile.interval_seconds()))?
        .with_max_megabytes(args.max.unwrap_or(profile.max_megabytes()))?
        .with_counters(counters)?
        .with_remote(args.remote.as_deref())?
        .with_user(args.user.as_deref())?
        .with_schedule(naive(args.begin), naive(args.end), args.run_for)?)
}

/// How large the log becomes, in a sentence; warns where what is asked for does not fit.
fn foreseen(log: &CounterLog, args: &CollectorArgs) -> String {
    let size = size(log, args.processes, args.cpus);
    let now = chrono::Local::now().naive_local();
    // What was asked for, or how long it is to run.
    let scheduled = || {
        let begin = log.begin().unwrap_or(now);
        let to_end = log.end().map(|end| (end - begin).num_seconds() as f64);
        to_end.or(log.run_seconds().map(f64::from)).map(|seconds| seconds / 86_400.0)
    };
    if let Some(days) = args.days.map(f64::from).or_else(scheduled).filter(|days| *days > size.days) {
        warning(&format!(
            "{} do not fit: after {} the log overwrites its oldest samples. Give --max {}, or a longer --interval",
            units::duration(24.0 * days),
            units::duration(24.0 * size.days),
            (days * size.day / f64::from(1 << 20) * 1.1).ceil()
        ));
    }
    if log.end().is_some_and(|end| end < now) {
        warning("its end is in the past by this machine's clock; it would never run");
    }
    if !size.guessed.is_empty() {
        warning(&format!(
            "how much these take is not known here, and only guessed: {}; see what the log takes in its first hour",
            size.guessed.join(", ")
        ));
    }
    format!(
        "With {} processes and {} processors it takes about {} a day; {} MB hold {}. Each start begins a further file of up to that size.",
        args.processes,
        args.cpus,
        units::bytes(size.day),
        log.max_megabytes(),
        units::duration(24.0 * size.days)
    )
}

fn named(args: &NamedArgs) -> anyhow::Result<CounterLog> {
    Ok(CounterLog::default().with_name(&args.name)?.with_remote(args.remote.as_deref())?)
}

fn act_by_name(args: &NamedArgs, actions: &[Action]) -> anyhow::Result<u8> {
    let log = named(args)?;
    let commands: Vec<CommandLine> = actions.iter().map(|action| log.command(*action)).collect();
    act(&log, &commands, args.print)
}

/// Ends the log and begins the next. Each start opens a new file, whose name tells the minute (-v mmddhhmm).
fn rotate(args: &NamedArgs) -> anyhow::Result<u8> {
    let log = named(args)?;
    let [stop, start] = [Action::Stop, Action::Start].map(|action| log.command(action));
    if args.print.is_some() || !cfg!(windows) {
        return act(&log, &[stop, start], args.print);
    }
    succeeded(&stop, started(&stop)?)?;
    let mut status = started(&start)?;
    if status.code().is_some_and(|code| LOG_EXISTS.contains(&code)) {
        note("The name of a log tells the minute, and this minute has one: the next is waited for.");
        std::thread::sleep(Duration::from_secs(60));
        status = started(&start)?;
    }
    succeeded(&start, status)?;
    Ok(EXIT_OK)
}

/// Removes the collector, and the task that starts it where there is one.
fn delete(args: &NamedArgs) -> anyhow::Result<u8> {
    let log = named(args)?;
    let (delete, task) = (log.command(Action::Delete), log.boot_task(TaskAction::Delete));
    if args.print.is_some() || !cfg!(windows) {
        return act(&log, &[delete, task], args.print);
    }
    let status = started(&delete)?;
    // It goes with the collector, or where that is gone already. Most collectors have none, and that is no failure.
    if status.success() || status.code() == Some(NO_SUCH_COLLECTOR) {
        run_quietly(&task);
    }
    succeeded(&delete, status)?;
    Ok(EXIT_OK)
}

fn print_for(prompt: Option<Prompt>, command: &CommandLine) -> std::io::Result<()> {
    match prompt {
        Some(Prompt::Powershell) => writeln!(std::io::stdout(), "{}", command.at_powershell_prompt()),
        _ => writeln!(std::io::stdout(), "{command}"),
    }
}

fn act(log: &CounterLog, commands: &[CommandLine], print: Option<Prompt>) -> anyhow::Result<u8> {
    if print.is_some() || !cfg!(windows) {
        commands.iter().try_for_each(|command| print_for(print, command))?;
        if print.is_none() {
            note("This is no Windows machine: run it there, in a command prompt as administrator.");
        }
        return Ok(EXIT_OK);
    }
    if commands.contains(&log.command(Action::Create)) && log.remote().is_none() {
        std::fs::create_dir_all(log.folder()).with_context(|| {
            format!(
                "{}: the folder for the logs cannot be made; run it in a prompt that runs as administrator",
                log.folder()
            )
        })?;
    }
    for command in commands {
        succeeded(command, started(command)?)?;
    }
    Ok(EXIT_OK)
}

fn started(command: &CommandLine) -> anyhow::Result<ExitStatus> {
    run_command(command).with_context(|| format!("{} could not be started", command.program()))
}

/// What a failure means.
fn succeeded(command: &CommandLine, status: ExitStatus) -> anyhow::Result<()> {
    if status.success() {
        return Ok(());
    }
    let code = status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
    let why = status.code().and_then(Failure::from_exit_code);
    let why = why.map_or_else(|| "its message stands above".to_owned(), |failure| failure.to_string());
    Err(anyhow!("{command}\nfailed with exit code {code}: {why}"))
}

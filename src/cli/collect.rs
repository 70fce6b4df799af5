//! `perfverdict collect`

use std::io::Write;

use anyhow::{Context, anyhow};

use super::args::{CollectArgs, CollectCommand, CollectorArgs, NamedArgs};
use super::{EXIT_OK, note};
use crate::collector::{Action, CounterLog, run as run_logman, scripts};
use crate::output::write_whole;

pub fn run(args: &CollectArgs) -> anyhow::Result<u8> {
    match &args.command {
        CollectCommand::Create { collector, print } => act(&counter_log(collector)?, Action::Create, *print),
        CollectCommand::Start(args) => act_by_name(args, Action::Start),
        CollectCommand::Stop(args) => act_by_name(args, Action::Stop),
        CollectCommand::Status(args) => act_by_name(args, Action::Status),
        CollectCommand::Delete(args) => act_by_name(args, Action::Delete),
        CollectCommand::Script { into, collector } => {
            let log = counter_log(collector)?;
            std::fs::create_dir_all(into).with_context(|| format!("{}: cannot be made", into.display()))?;
            for script in scripts(&log) {
                let path = into.join(&script.file_name);
                write_whole(&path, script.text.as_bytes())?;
                writeln!(std::io::stdout(), "{}", path.display())?;
            }
            note("Copy them to the Windows machine and run create.cmd, then start.cmd, as administrator.");
            Ok(EXIT_OK)
        }
    }
}

fn counter_log(args: &CollectorArgs) -> anyhow::Result<CounterLog> {
    Ok(CounterLog::default()
        .with_name(&args.name)?
        .with_folder(&args.folder)?
        .with_interval(args.interval)?
        .with_max_megabytes(args.max)?
        .with_counters(args.counters.iter().map(String::as_str))?)
}

fn act_by_name(args: &NamedArgs, action: Action) -> anyhow::Result<u8> {
    act(&CounterLog::default().with_name(&args.name)?, action, args.print)
}

fn act(log: &CounterLog, action: Action, print: bool) -> anyhow::Result<u8> {
    if print || !cfg!(windows) {
        writeln!(std::io::stdout(), "{}", log.command_line(action))?;
        if !print {
            note("This is no Windows machine: run the command there, in a command prompt as administrator.");
        }
        return Ok(EXIT_OK);
    }
    let status = run_logman(log, action).context("logman.exe could not be started")?;
    if status.success() {
        if action == Action::Create {
            note(&format!("Created. Start it with: perfverdict collect start --name \"{}\"", log.name()));
        }
        return Ok(EXIT_OK);
    }
    let code = status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
    Err(anyhow!(
        "logman {} failed (exit code {code}); its message stands above. It needs a prompt that runs as administrator",
        action.name()
    ))
}

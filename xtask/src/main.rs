//! Tasks of the project. Run `cargo xtask` for the list.
#![forbid(unsafe_code)]

mod compare;
mod fuzz;
mod made;
mod run;

use std::process::ExitCode;

use anyhow::Result;

use run::{cargo, root, run};

/// A task: its name, its arguments and what it does, and the function that does it.
struct Task {
    name: &'static str,
    arguments: &'static str,
    does: &'static str,
    run: fn(&[String]) -> Result<ExitCode>,
}

const TASKS: &[Task] = &[
    Task {
        name: "fixtures",
        arguments: "[--write]",
        does: "Compare fixtures/ with what the program makes; --write replaces them",
        run: made::fixtures,
    },
    Task {
        name: "scripts",
        arguments: "[--write]",
        does: "Compare logman-scripts/ with what the program makes; --write replaces them",
        run: made::scripts,
    },
    Task {
        name: "snapshots",
        arguments: "[--accept]",
        does: "Test the snapshots of reports and show what differs; --accept replaces them",
        run: made::snapshots,
    },
    Task {
        name: "accuracy",
        arguments: "[--seeds N] [--first SEED] [--family NAME] [--show] [--each]",
        does: "Measure accuracy on simulated machines and print the tables of docs/accuracy.md",
        run: accuracy,
    },
    Task {
        name: "compare",
        arguments: "OLD NEW [--shared FOLDER] [--logs N]",
        does: "Compare the verdicts of two builds of perfverdict over fixtures, real and simulated logs",
        run: compare::run,
    },
    Task {
        name: "fuzz",
        arguments: "[TARGET] [--seconds N]",
        does: "Feed the readers arbitrary bytes (needs a nightly compiler and cargo-fuzz)",
        run: fuzz::run,
    },
    Task {
        name: "windows",
        arguments: "[build | test ARGUMENTS]",
        does: "Build the Windows program and run its tests under Wine (needs Debian and root)",
        run: windows,
    },
];

fn usage() {
    println!("Usage: cargo xtask TASK\n\nTasks:");
    for task in TASKS {
        println!("  {} {}\n      {}", task.name, task.arguments, task.does);
    }
}

fn accuracy(arguments: &[String]) -> Result<ExitCode> {
    let mut command = cargo(&["run", "--package", "perfverdict-simulator", "--example", "accuracy", "--"]);
    run(command.args(arguments))?;
    Ok(ExitCode::SUCCESS)
}

fn windows(arguments: &[String]) -> Result<ExitCode> {
    run(std::process::Command::new(root().join("tools/windows.sh")).args(arguments))?;
    Ok(ExitCode::SUCCESS)
}

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(name) = arguments.first() else {
        usage();
        return Ok(ExitCode::SUCCESS);
    };
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        usage();
        anyhow::bail!("\"{name}\" is not a task");
    };
    (task.run)(&arguments[1..])
}

//! Tasks of the project. Run `cargo xtask` for the list.
#![forbid(unsafe_code)]

mod compare;
mod run;

use std::process::ExitCode;

use anyhow::Result;

/// A task: its name, its arguments and what it does, and the function that does it.
struct Task {
    name: &'static str,
    arguments: &'static str,
    does: &'static str,
    run: fn(&[String]) -> Result<ExitCode>,
}

const TASKS: &[Task] = &[Task {
    name: "compare",
    arguments: "OLD NEW [--shared FOLDER] [--logs N]",
    does: "Compares the verdicts of two builds of perfverdict over fixtures, real and simulated logs",
    run: compare::run,
}];

fn usage() {
    println!("Usage: cargo xtask TASK\n\nTasks:");
    for task in TASKS {
        println!("  {} {}\n      {}", task.name, task.arguments, task.does);
    }
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

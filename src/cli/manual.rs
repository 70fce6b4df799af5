//! `perfverdict completions` and `perfverdict man`

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, EXIT_OK};
use crate::output::write_whole;

const NAME: &str = env!("CARGO_PKG_NAME");

/// Writes shell completions.
pub fn completions(shell: Shell) -> anyhow::Result<u8> {
    // The generator panics on a closed pipe, so it writes to a buffer.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(EXIT_OK)
}

/// Writes a man page for the program and one per command.
pub fn pages(folder: &Path) -> anyhow::Result<u8> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let mut root = Cli::command();
    root.build();
    page(&root, NAME, folder)
}

fn page(command: &clap::Command, name: &str, folder: &Path) -> anyhow::Result<u8> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone().display_name(name.to_owned()))
        .title(name.to_uppercase())
        .render(&mut text)?;
    let path = folder.join(format!("{name}.1"));
    write_whole(&path, &text)?;
    writeln!(std::io::stdout(), "{}", path.display())?;
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        page(inner, &format!("{name}-{}", inner.get_name()), folder)?;
    }
    Ok(EXIT_OK)
}

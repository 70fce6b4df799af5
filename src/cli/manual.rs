//! `perfverdict completions` and `perfverdict man`

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use super::outputs::{self, Existing};
use super::{Cli, EXIT_OK, print};
use crate::output::write_whole;

const NAME: &str = env!("CARGO_PKG_NAME");

/// Writes shell completions.
pub fn completions(shell: Shell) -> anyhow::Result<u8> {
    // The generator panics on a closed pipe, so it writes to a buffer.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    print(&script)?;
    Ok(EXIT_OK)
}

/// Writes a man page for the program and one per command.
pub fn pages(folder: &Path, existing: Existing) -> anyhow::Result<u8> {
    let mut root = Cli::command();
    root.build();
    let mut pages = Vec::new();
    add_page(&root, NAME, folder, &mut pages)?;
    pages.iter().try_for_each(|(path, _)| outputs::refuse_foreign(path, existing))?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let mut lines = String::new();
    for (path, text) in &pages {
        write_whole(path, text)?;
        lines += &format!("{}\n", path.display());
    }
    print(lines)?;
    Ok(EXIT_OK)
}

fn add_page(
    command: &clap::Command,
    name: &str,
    folder: &Path,
    pages: &mut Vec<(PathBuf, Vec<u8>)>,
) -> anyhow::Result<()> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone().display_name(name.to_owned()))
        .title(name.to_uppercase())
        .render(&mut text)?;
    pages.push((folder.join(format!("{name}.1")), text));
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        add_page(inner, &format!("{name}-{}", inner.get_name()), folder, pages)?;
    }
    Ok(())
}

//! Template filters that quote values for batch files and PowerShell.
#![allow(
    clippy::unnecessary_wraps,
    clippy::inline_always,
    clippy::unused_self,
    reason = "askama's rules for a filter, and the code that it derives"
)]

use std::borrow::Borrow;
use std::fmt::Display;

use askama::{Result, Values, filter_fn};

use crate::collector::command::{CommandLine, escape_for_batch, powershell_literal};

/// Text or a command in a batch file.
#[filter_fn]
pub fn batch(text: impl Display, _: &dyn Values) -> Result<String> {
    Ok(escape_for_batch(&text.to_string()))
}

/// Text as a PowerShell string with quotes.
#[filter_fn]
pub fn literal(text: impl Display, _: &dyn Values) -> Result<String> {
    Ok(powershell_literal(&text.to_string()))
}

/// A command for PowerShell.
#[filter_fn]
pub fn call(command: impl Borrow<CommandLine>, _: &dyn Values) -> Result<String> {
    let command = command.borrow();
    Ok(format!("& {} {}", command.program(), command.powershell_arguments()))
}

/// A command for PowerShell that ends the script if it fails.
#[filter_fn]
pub fn invoke(command: impl Borrow<CommandLine>, _: &dyn Values) -> Result<String> {
    let command = command.borrow();
    Ok(format!("Invoke-Program '{}' {}", command.program(), command.powershell_arguments()))
}

//! What to do next.

use serde::{Deserialize, Serialize};

/// The shell that a command is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Shell {
    /// cmd and PowerShell alike.
    Any,
    /// The command prompt (cmd.exe).
    Cmd,
    /// Windows PowerShell or PowerShell 7.
    #[serde(rename = "powershell")]
    PowerShell,
}

/// What a command may do to the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Risk {
    /// Only reads.
    None,
    /// Writes files or logs, or slows the machine a little.
    Low,
    /// Pauses a program, or changes a setting.
    Medium,
    /// Can stop the machine.
    High,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NextStep {
    /// What to do, and why.
    pub text: String,
    /// A command ready to run.
    #[serde(default)]
    pub command: Option<String>,
    /// The shell that the command is written for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<Shell>,
    /// What the command may do to the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// The Windows releases that have the command: `Windows 10, Server 2016 and later`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<String>,
    /// The command that undoes it, where it changes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
}

impl NextStep {
    /// A step without a command.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self { text, command: None, shell: None, risk: None, windows: None, undo: None }
    }
}

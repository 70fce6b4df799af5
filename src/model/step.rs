//! Next steps.

use serde::{Deserialize, Serialize};

/// The shell that a command is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Shell {
    /// Runs in both cmd and PowerShell.
    Any,
    /// The command prompt (cmd.exe).
    Cmd,
    /// Windows PowerShell or PowerShell 7.
    #[serde(rename = "powershell")]
    PowerShell,
}

/// The risk of a command for the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Risk {
    /// The command only reads.
    None,
    /// Writes files or logs, or slows the machine slightly.
    Low,
    /// Pauses a program, or changes a setting.
    Medium,
    /// May stop the machine.
    High,
}

/// A recommended action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NextStep {
    /// The action, and the reason for it.
    pub text: String,
    /// A command ready to run.
    #[serde(default)]
    pub command: Option<String>,
    /// The shell that the command is written for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<Shell>,
    /// The risk of the command for the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Windows releases that support the command: `Windows 10, Server 2016 and later`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<String>,
    /// The command that undoes it, if it changes anything.
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

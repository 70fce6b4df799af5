//! Commands for people to run: with shell, risk, supported Windows releases and undo command.

use crate::model::{NextStep, Risk, Shell};

/// Windows releases that support a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Releases {
    All,
    /// Releases with Windows PowerShell 2.
    Windows7,
    /// Releases with Windows PowerShell 3, which has CIM commands.
    Windows8,
    /// Releases with Windows Performance Recorder built in.
    Windows10,
    /// Windows 2000 and XP.
    UpToXp,
    /// Releases with boot.ini.
    UpToServer2003,
}

impl Releases {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Windows7 => Some("Windows 7, Server 2008 R2 and later"),
            Self::Windows8 => Some("Windows 8, Server 2012 and later"),
            Self::Windows10 => Some("Windows 10, Server 2016 and later"),
            Self::UpToXp => Some("Windows 2000 and XP"),
            Self::UpToServer2003 => Some("Windows XP and Server 2003"),
        }
    }
}

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    line: String,
    shell: Shell,
    risk: Risk,
    releases: Releases,
    undo: Option<&'static str>,
}

impl Command {
    /// A command that only reads, and runs in both cmd and PowerShell.
    pub fn any(line: impl Into<String>) -> Self {
        Self { line: line.into(), shell: Shell::Any, risk: Risk::None, releases: Releases::All, undo: None }
    }

    /// A command for cmd.
    pub fn cmd(line: impl Into<String>) -> Self {
        Self { shell: Shell::Cmd, ..Self::any(line) }
    }

    /// A command for PowerShell 2 and later.
    pub fn powershell(line: impl Into<String>) -> Self {
        Self { shell: Shell::PowerShell, releases: Releases::Windows7, ..Self::any(line) }
    }

    /// Sets the risk.
    pub fn risk(self, risk: Risk) -> Self {
        Self { risk, ..self }
    }

    /// Sets the supported releases.
    pub fn on(self, releases: Releases) -> Self {
        Self { releases, ..self }
    }

    /// Appends options.
    pub fn with_options(self, options: &str) -> Self {
        Self { line: format!("{} {options}", self.line), ..self }
    }

    /// Sets the command that undoes it.
    pub fn undo(self, undo: &'static str) -> Self {
        Self { undo: Some(undo), ..self }
    }
}

/// A step without a command.
pub fn step(text: impl Into<String>) -> NextStep {
    NextStep::new(text.into())
}

/// A step with a command.
pub fn run(text: impl Into<String>, command: Command) -> NextStep {
    NextStep {
        command: Some(command.line),
        shell: Some(command.shell),
        risk: Some(command.risk),
        windows: command.releases.name().map(str::to_owned),
        undo: command.undo.map(str::to_owned),
        ..NextStep::new(text.into())
    }
}

/// A step, with a command if available.
pub fn maybe(text: impl Into<String>, command: Option<Command>) -> NextStep {
    match command {
        Some(command) => run(text, command),
        None => step(text),
    }
}

/// The command that creates and starts the collector.
pub fn collect() -> Command {
    Command::any("perfverdict collect create --start").risk(Risk::Low).undo("perfverdict collect delete")
}

/// A name that is safe in double or single quotes, in cmd and PowerShell. Names come from the log; one that could end
/// the quotes or start a command gets no command at all.
pub fn plain(name: &str) -> Option<&str> {
    name.chars().all(|c| c.is_ascii_alphanumeric() || " ._-".contains(c)).then_some(name)
}

/// A [`plain`] name, quoted if necessary.
pub fn quoted(name: &str) -> String {
    if name.contains(' ') { format!("\"{name}\"") } else { name.to_owned() }
}

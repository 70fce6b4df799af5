//! Command lines, as arguments and as a person types them.

use std::fmt;

use super::logman::{Action, CounterLog};
use super::windows::Windows;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    program: &'static str,
    arguments: Vec<String>,
}

impl CommandLine {
    /// Of a program.
    #[must_use]
    pub fn new(program: &'static str, arguments: Vec<String>) -> Self {
        Self { program, arguments }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &str {
        self.program
    }

    /// Its arguments, each as the program gets it, save for the variables `%computername%` and `%ProgramFiles%`.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// Whether it creates a collector, whose folder must be there.
    #[must_use]
    pub fn creates_log(&self) -> bool {
        self.arguments.first().is_some_and(|verb| verb == "create") && self.program == LOGMAN
    }
}

impl fmt::Display for CommandLine {
    /// As typed at a prompt of cmd.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program)?;
        for argument in &self.arguments {
            let plain = argument.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/".contains(c));
            if plain && !argument.is_empty() {
                write!(f, " {argument}")?;
            } else {
                // Quotation marks within are schtasks' own.
                write!(f, " \"{}\"", argument.replace('"', "\\\""))?;
            }
        }
        Ok(())
    }
}

/// What stands in an argument for a variable of the environment.
pub(super) const VARIABLES: [&str; 2] = ["%computername%", "%ProgramFiles%"];

/// The program that counter logs are made with.
pub(super) const LOGMAN: &str = "Logman.exe";

/// The scheduled task that starts a collector after each restart, which ends a circular log; or its removal.
#[must_use]
pub fn boot_task(log: &CounterLog, create: bool) -> CommandLine {
    let name = format!("{} at boot", log.name());
    let mut arguments = task(log, create, &name);
    if let Some(machine) = log.remote() {
        arguments.extend(["/s".to_owned(), machine.to_owned()]);
    }
    if create {
        // The task runs on the machine itself.
        let start = format!("logman.exe start \"{}\"", log.name());
        arguments.extend(["/sc", "onstart", "/ru", "SYSTEM", "/tr", &start].map(str::to_owned));
    }
    CommandLine::new("schtasks.exe", arguments)
}

/// What a call of schtasks begins with. Before Vista it cannot replace a task that is there.
pub(super) fn task(log: &CounterLog, create: bool, name: &str) -> Vec<String> {
    let verb: &[&str] = match create {
        true if log.windows() <= Windows::Xp => &["/create"],
        true => &["/create", "/f"],
        false => &["/delete", "/f"],
    };
    verb.iter().chain(&["/tn", name]).map(|argument| (*argument).to_owned()).collect()
}

impl CounterLog {
    /// Logman's command for an action.
    #[must_use]
    pub fn command(&self, action: Action) -> CommandLine {
        CommandLine::new(LOGMAN, self.arguments(action, "%computername%"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_starts_it_after_a_restart() {
        let log = CounterLog::default();
        assert_eq!(
            boot_task(&log, true).to_string(),
            r#"schtasks.exe /create /f /tn "PerfLog-Long at boot" /sc onstart /ru SYSTEM /tr "logman.exe start \"PerfLog-Long\"""#
        );
        assert_eq!(boot_task(&log, false).to_string(), r#"schtasks.exe /delete /f /tn "PerfLog-Long at boot""#);
    }
}

//! A command line: its arguments, and how cmd, a batch file and PowerShell quote them.

use std::fmt;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    program: &'static str,
    arguments: Vec<String>,
}

/// Environment variables that an argument may contain. Everything else in an argument is literal.
const VARIABLES: [&str; 2] = [COMPUTER_NAME, PROGRAM_FILES];
/// The name of the computer that runs the command.
pub(super) const COMPUTER_NAME: &str = "%computername%";
/// The folder in which only administrators can install programs.
pub(super) const PROGRAM_FILES: &str = "%ProgramFiles%";

impl CommandLine {
    /// A command line of a program and its arguments.
    #[must_use]
    pub fn new<A: Into<String>>(program: &'static str, arguments: impl IntoIterator<Item = A>) -> Self {
        Self { program, arguments: arguments.into_iter().map(Into::into).collect() }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &'static str {
        self.program
    }

    /// The arguments as the program receives them, except that `COMPUTER_NAME` and `PROGRAM_FILES` are not
    /// replaced yet.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// The arguments for PowerShell 2 and later. In single quotes only the single quote itself is special. A double
    /// quote is escaped for the program, which is right while `$PSNativeCommandArgumentPassing` is `Legacy`, as it
    /// always was before version 7.3.
    pub(super) fn powershell_arguments(&self) -> String {
        let quoted = |argument: &String| {
            let mut text = powershell_literal(&argument.replace('"', "\\\""));
            for variable in VARIABLES.iter().filter(|variable| argument.contains(*variable)) {
                let name = variable.trim_matches('%');
                text = format!("({})", text.replace(variable, &format!("' + $env:{name} + '")));
            }
            text
        };
        self.arguments.iter().map(quoted).collect::<Vec<_>>().join(" ")
    }

    /// The command as typed at a PowerShell prompt. A command with a quotation mark in an argument is left to cmd,
    /// because versions of PowerShell escape it differently; `cmd /s` strips the quotation marks that all of them put
    /// around the whole command.
    #[must_use]
    pub fn at_powershell_prompt(&self) -> String {
        if self.arguments.iter().any(|argument| argument.contains('"')) {
            return format!("cmd.exe /d /s /c {}", powershell_literal(&self.to_string()));
        }
        format!("& {} {}", self.program, self.powershell_arguments())
    }
}

impl fmt::Display for CommandLine {
    /// The command as typed at a cmd prompt.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program)?;
        for argument in &self.arguments {
            let plain = argument.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/".contains(c));
            if plain && !argument.is_empty() {
                write!(f, " {argument}")?;
            } else {
                // Only schtasks has quotation marks within an argument, and reads them escaped like this.
                write!(f, " \"{}\"", argument.replace('"', "\\\""))?;
            }
        }
        Ok(())
    }
}

/// Text for a batch file, in which every percent sign is doubled except around an environment variable.
pub(super) fn escape_for_batch(text: &str) -> String {
    let escaped = text.replace('%', "%%");
    VARIABLES.iter().fold(escaped, |text, variable| text.replace(&variable.replace('%', "%%"), variable))
}

/// Text as a PowerShell string in single quotes, in which nothing but the quote itself is special.
pub(super) fn powershell_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_for_cmd_batch_files_and_powershell() {
        let command = CommandLine::new("tool.exe", ["-a", r"c:\it's 50%\%computername%_x", "", "a&b"]);
        assert_eq!(command.to_string(), r#"tool.exe -a "c:\it's 50%\%computername%_x" "" "a&b""#);
        assert_eq!(escape_for_batch(&command.to_string()), r#"tool.exe -a "c:\it's 50%%\%computername%_x" "" "a&b""#);
        assert_eq!(
            command.at_powershell_prompt(),
            r"& tool.exe '-a' ('c:\it''s 50%\' + $env:computername + '_x') '' 'a&b'"
        );
    }

    #[test]
    fn an_argument_with_quotation_marks_is_left_to_cmd() {
        let command = CommandLine::new("schtasks.exe", ["/tr", r#"run "it's here""#]);
        assert_eq!(command.to_string(), r#"schtasks.exe /tr "run \"it's here\"""#);
        assert_eq!(command.at_powershell_prompt(), r#"cmd.exe /d /s /c 'schtasks.exe /tr "run \"it''s here\""'"#);
    }
}

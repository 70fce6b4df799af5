//! A script file.

use askama::Template;

/// Part of every script: a file without it is not ours.
pub const WRITTEN_BY: &str = "Written by perfverdict collect script";

/// A script file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// File name without a folder.
    pub file_name: &'static str,
    /// Plain ASCII with CRLF line ends.
    pub text: String,
}

impl Script {
    /// Creates a script from a template.
    pub(super) fn new(file_name: &'static str, template: &impl Template) -> Self {
        let mut text = template.to_string().replace('\n', "\r\n");
        // Askama drops the line end of a template's last line.
        if !text.ends_with('\n') {
            text.push_str("\r\n");
        }
        Self { file_name, text }
    }
}

//! The first bytes of a file, which identify its format.

use std::borrow::Cow;
use std::path::Path;
use std::sync::OnceLock;

use crate::evidence::text;
use crate::log;

/// The first bytes of a file.
pub(super) struct Head<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) path: &'a Path,
    text: OnceLock<Option<Cow<'a, str>>>,
}

impl<'a> Head<'a> {
    pub(super) fn new(bytes: &'a [u8], path: &'a Path) -> Self {
        Self { bytes, path, text: OnceLock::new() }
    }

    pub(super) fn begins(&self, magic: &[u8]) -> bool {
        self.bytes.starts_with(magic)
    }

    /// The first bytes as text; `None` if not text.
    pub(super) fn text(&self) -> Option<&str> {
        self.text.get_or_init(|| text::head(self.bytes)).as_deref()
    }

    pub(super) fn has_pdh_signature(&self) -> bool {
        self.text().is_some_and(|text| {
            text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '"')).starts_with("(PDH-")
        })
    }

    /// The format of a counter log as text, whether or not it has a signature.
    pub(super) fn text_log(&self) -> Option<log::Format> {
        log::text_format(&self.bytes[..self.bytes.len().min(text::HEAD)])
    }

    /// Whether it is XML of a data collector set, exported by Performance Monitor.
    pub(super) fn is_template(&self) -> bool {
        self.trimmed().is_some_and(|text| text.starts_with('<') && text.contains("<DataCollectorSet"))
    }

    /// Whether it is what `VMMap` exports as CSV.
    pub(super) fn is_vmmap(&self) -> bool {
        let Some(text) = self.trimmed() else { return false };
        text.starts_with("\"Process:\",") && text.lines().take(8).any(|line| line.starts_with("\"Type\",\"Size\","))
    }

    /// Whether it is what tasklist prints, as a table or as CSV, or `Get-Process`.
    pub(super) fn is_task_list(&self) -> bool {
        let Some(text) = self.trimmed() else { return false };
        let mut lines = text.lines();
        let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let has = |words: &[&str]| words.iter().all(|word| first.contains(word));
        let is_ruled = second.trim_start().starts_with(['=', '-']);
        has(&["\"Image Name\"", "\"PID\""])
            || (is_ruled && (has(&["Image Name", "PID"]) || has(&["Handles", "NPM(K)", "ProcessName"])))
    }

    /// The text without a leading byte order mark and blanks.
    fn trimmed(&self) -> Option<&str> {
        self.text().map(|text| text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']))
    }
}

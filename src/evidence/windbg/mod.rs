//! Saved output of a kernel debugger: `!vm`, `!poolused`, `!poolfind`, `vertarget`, `lm`, and memory searches for a
//! tag; also with Markdown, collapsed blanks or other text between.
//!
//! Layouts: Microsoft's reference of the extensions `!vm` and `!poolused`, and published sessions.

mod modules;
mod poolused;
mod target;
mod vm;
mod warning;

use super::dates;
use super::poolmon::{PoolSnapshot, SnapshotSource, TagUse};
use super::tag::Tag;
use crate::base::SnapshotPlace;
use crate::base::time::Timestamp;

pub use modules::{Module, TagAt};
pub use poolused::PoolFound;
pub use target::Target;
pub use vm::VirtualMemory;
pub use warning::{ImpossibleFigure, SessionWarning};

/// The content of one session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// Output of `vertarget`, and the debugger's banner.
    pub target: Target,
    /// Output of every `!vm`.
    pub memory: Vec<VirtualMemory>,
    /// Output of every `!poolused`.
    pub pools: Vec<PoolSnapshot>,
    /// Output of `!poolfind`, added up by tag.
    pub found: Vec<PoolFound>,
    /// Loaded modules, from `lm`.
    pub modules: Vec<Module>,
    /// Addresses at which memory searches found a tag.
    pub hits: Vec<TagAt>,
    /// Ignored parts.
    pub warnings: Vec<SessionWarning>,
}

impl Session {
    /// The time in the debugged machine or dump.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        self.target.time
    }

    /// Results of `!poolfind` as a snapshot of only these tags; `None` without results.
    #[must_use]
    pub fn found_snapshot(&self, name: &str) -> Option<PoolSnapshot> {
        let mut snapshot =
            PoolSnapshot::new(SnapshotSource::Debugger, SnapshotPlace::PoolFind { file: name.to_owned() });
        (snapshot.partial, snapshot.time) = (true, self.target.time);
        for found in &self.found {
            // Without the kind of pool, the entry belongs to neither.
            let Some(pool) = found.pool else { continue };
            let outstanding = found.allocations as u64;
            let (tag, bytes) = (found.tag, found.bytes);
            snapshot.tags.push(TagUse { tag, pool, allocs: None, frees: None, outstanding, bytes });
        }
        snapshot.sort();
        (!snapshot.tags.is_empty()).then_some(snapshot)
    }

    /// Modules in which a search found a tag, and how often.
    #[must_use]
    pub fn modules_with_tags(&self) -> Vec<(Tag, &Module, usize)> {
        let mut found: Vec<(Tag, &Module, usize)> = Vec::new();
        for hit in &self.hits {
            let Some(module) = self.modules.iter().find(|m| (m.start..m.end).contains(&hit.address)) else { continue };
            match found.iter_mut().find(|(tag, known, _)| *tag == hit.tag && known.start == module.start) {
                Some((.., count)) => *count += 1,
                None => found.push((hit.tag, module, 1)),
            }
        }
        found
    }

    fn is_empty(&self) -> bool {
        self.memory.is_empty()
            && self.pools.is_empty()
            && self.found.is_empty()
            && self.hits.is_empty()
            && self.modules.is_empty()
            && self.target == Target::default()
            && self.warnings.is_empty()
    }
}

/// Whether text is debugger output.
#[must_use]
pub fn is_session(head: &str) -> bool {
    let parsed = parse(head, "");
    !parsed.is_empty()
}

/// Reads a session. `name` is the file name.
#[must_use]
pub fn parse(content: &str, name: &str) -> Session {
    let mut session = Session::default();
    let mut target = target::Reader::default();
    let mut memory = vm::Reader::default();
    let mut pools = poolused::Reader::new(name);
    let mut modules = modules::Reader::default();
    for (number, raw) in content.lines().enumerate() {
        let line = unescape(raw);
        let line = line.trim_end();
        if line.trim().is_empty() {
            continue;
        }
        if let Some(command) = command(line) {
            modules.command(command);
            pools.command(command);
        }
        // Each reader accepts only its own lines.
        let _ = pools.line(line, number + 1) || memory.line(line) || target.line(line) || modules.line(line);
        pools.time = target.time();
    }
    session.target = target.finish();
    session.memory = memory.finish(&mut session.warnings);
    let (snapshots, found) = pools.finish(&mut session.warnings);
    (session.pools, session.found) = (snapshots, found);
    (session.modules, session.hits) = modules.finish();
    session
}

/// The command in a line that starts with a prompt: `0: kd> !vm 1`.
fn command(line: &str) -> Option<&str> {
    let line = line.trim_start();
    // The prompt may be missing.
    if line.starts_with('!') || line.starts_with("s -") {
        return Some(line);
    }
    let (prompt, command) = line.split_once("kd>")?;
    prompt.chars().all(|c| c.is_ascii_digit() || c == ':' || c == ' ' || c == 'l').then_some(command.trim())
}

/// A line without the additions of Markdown, HTML and mail programs.
fn unescape(line: &str) -> std::borrow::Cow<'_, str> {
    let quoted = line.trim_start().starts_with('>');
    if !quoted && !line.contains(['\\', '&', '\u{a0}', '\t']) && !line.contains("**") {
        return line.into();
    }
    let line = line.trim_start_matches(|c: char| quoted && (c == '>' || c == ' '));
    // Marks of bold text, not the stars that the debugger prints.
    let bold = line.contains("**") && !line.contains("***");
    let line = if bold { line.replace("**", "") } else { line.to_owned() };
    let line = if bold { line.trim_start_matches(['*', '-', ' ']) } else { line.as_str() };
    let mut text = line.replace(['\u{a0}', '\t'], " ");
    for (entity, character) in
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#96;", "`"), ("&amp;", "&")]
    {
        if text.contains('&') {
            text = text.replace(entity, character);
        }
    }
    // A backslash before a mark belongs to Markdown; one before a letter belongs to a path.
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && chars.peek().is_some_and(|next| "*_`#<>[]()!-.+|~{}".contains(*next));
        if !escapes {
            out.push(c);
        }
    }
    out.into()
}

/// A date in a line, as [`dates::find`] reads it.
fn date(line: &str) -> Option<Timestamp> {
    let (stamps, _) = dates::resolve(&[dates::find(line)], None);
    stamps[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markdown_does_is_undone() {
        assert_eq!(unescape(r"\*\*\* Excessive NonPaged Pool Usage \*\*\*"), "*** Excessive NonPaged Pool Usage ***");
        assert_eq!(unescape(r"Image path: \SystemRoot\system32\x.sys"), r"Image path: \SystemRoot\system32\x.sys");
        assert_eq!(unescape("> a&nbsp;&lt;b&gt;"), "a <b>");
        assert_eq!(command("0: kd> !vm 1"), Some("!vm 1"));
        assert_eq!(command("lkd> lm a 1"), Some("lm a 1"));
        assert_eq!(command("the kd> prompt"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in "(\\PC{0,50}\n| Tag Allocs Used Allocs Used\n|[ -~]{4} [0-9 ]{0,30}[a-z]{0,5}\n|[0-9a-f`]{17} [0-9a-f`]{17} \\PC{0,9}\n){0,6}") {
            let _ = is_session(&text);
            let _ = parse(&text, "x");
        }
    }
}

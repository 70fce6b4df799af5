//! pooltag.txt and localtag.txt: lists of tags and drivers from Microsoft's debugger and `poolmon /c`.
//!
//! A line is `<tag> - <file> - <description>`; `rem` and `//` start comments. The file is part of the Debugging Tools
//! (`triage\pooltag.txt`) and the Driver Kit.

use std::path::{Path, PathBuf};

use super::error::{EvidenceError, EvidenceErrorKind};
use super::tag::{Tag, TagPattern};
use super::well_known::{self, WellKnown};

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Tags that the line describes.
    pub pattern: TagPattern,
    /// File name of the driver or program; `None` if not in the list.
    pub file: Option<String>,
    /// Purpose of the tag.
    pub description: String,
}

/// Lists of tags in order of priority: first the given lists, then the built-in table.
#[derive(Clone, Debug, Default)]
pub struct PoolTags {
    lists: Vec<(String, Vec<Entry>)>,
}

/// A list's entry for a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTag {
    /// File name of the list, or the built-in table.
    pub list: String,
    /// File name of the driver or program.
    pub file: Option<String>,
    /// Purpose of the tag.
    pub description: String,
    /// Whether Windows allocates the tag on behalf of other components, so its own file is not the cause.
    pub on_behalf: bool,
    /// Whether the entry is for a pattern instead of the tag.
    pub by_pattern: bool,
}

impl PoolTags {
    /// Adds a list under its file name.
    pub fn add(&mut self, name: &str, entries: Vec<Entry>) {
        self.lists.push((name.to_owned(), entries));
    }

    /// Whether any list was added.
    #[must_use]
    pub fn has_lists(&self) -> bool {
        !self.lists.is_empty()
    }

    /// The closest entries of each list for a tag; those that name a file come first. The built-in table is last.
    #[must_use]
    pub fn find(&self, tag: Tag) -> Vec<ListedTag> {
        let builtin = well_known::find(tag);
        let on_behalf = builtin.is_some_and(|known| known.on_behalf);
        let mut found: Vec<ListedTag> = Vec::new();
        for (list, entries) in &self.lists {
            let mut fitting: Vec<&Entry> = entries.iter().filter(|entry| entry.pattern.matches(tag)).collect();
            fitting.sort_by_key(|entry| (entry.pattern.openness(), entry.file.is_none()));
            let Some(closest) = fitting.first().map(|entry| entry.pattern.openness()) else { continue };
            // A tag that several drivers use has several entries.
            fitting.retain(|entry| entry.pattern.openness() == closest);
            fitting.dedup_by(|a, b| a.file == b.file);
            found.extend(fitting.into_iter().take(MOST_OF_A_LIST).map(|entry| ListedTag {
                list: list.clone(),
                file: entry.file.clone(),
                description: entry.description.clone(),
                on_behalf,
                by_pattern: closest > 0,
            }));
        }
        found.extend(builtin.map(|WellKnown { file, description, by_pattern, .. }| ListedTag {
            list: well_known::NAME.to_owned(),
            file: (!file.is_empty()).then(|| file.to_owned()),
            description: description.to_owned(),
            on_behalf,
            by_pattern,
        }));
        found
    }
}

/// Maximum number of entries of one list for one tag.
const MOST_OF_A_LIST: usize = 4;

/// Whether text is such a list: most of the first lines that are not comments are entries.
#[must_use]
pub fn is_pooltag(head: &str) -> bool {
    let lines: Vec<&str> = head.lines().map(str::trim_end).filter(|line| !is_comment(line)).take(200).collect();
    // The last line of the file's head may be truncated.
    let entries = lines.iter().filter(|line| entry(line).is_some()).count();
    entries >= 3 && entries * 5 >= lines.len() * 4
}

/// Reads a list: its entries, and the number of lines that are not entries.
#[must_use]
pub fn parse_pooltag(content: &str) -> (Vec<Entry>, usize) {
    let lines = content.lines().map(str::trim_end).filter(|line| !is_comment(line));
    let (mut entries, mut odd) = (Vec::new(), 0);
    for line in lines {
        match entry(line) {
            Some(entry) => entries.push(entry),
            None => odd += 1,
        }
    }
    (entries, odd)
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    let word = line.split_whitespace().next().unwrap_or("");
    // DOS editors end a file with Ctrl+Z.
    line.is_empty() || line == "\u{1a}" || line.starts_with("//") || word.eq_ignore_ascii_case("rem")
}

fn entry(line: &str) -> Option<Entry> {
    let line = &line.replace('\t', " ");
    // A tag can contain a minus; the separator has blanks around it.
    let (at, rest) = line.match_indices('-').find_map(|(at, _)| {
        let before = line[..at].chars().next_back()?;
        let after = &line[at + 1..];
        let separates = before.is_whitespace() && after.starts_with(char::is_whitespace);
        (separates && line[..at].trim().chars().count() >= 1).then_some((at, after))
    })?;
    let tag = line[..at].trim_end();
    let tag = if tag.chars().count() > 4 { tag.trim() } else { tag };
    let pattern = TagPattern::parse(tag)?;
    let (file, description) = match rest.split_once(" - ").or_else(|| rest.split_once("- ")) {
        Some((file, description)) => (file.trim(), description.trim()),
        None => (rest.trim(), ""),
    };
    // Text that is not a file name is part of the description.
    let named = file.trim_matches(['<', '>', '[', ']']);
    let unknown = named.is_empty() || named.eq_ignore_ascii_case("unknown") || named.len() > 64;
    // Several words are a description; a file name that contains a blank has an extension.
    let words = named.contains(' ') && !named.to_ascii_lowercase().ends_with(".sys");
    let unknown = unknown || words;
    Some(Entry {
        pattern,
        file: (!unknown).then(|| named.to_owned()),
        description: if description.is_empty() && unknown { named.to_owned() } else { description.to_owned() },
    })
}

/// Paths of the list on Windows machines: in the Debugging Tools and Driver Kits in the program folders.
#[must_use]
pub fn installed(program_folders: &[PathBuf]) -> Vec<PathBuf> {
    const KITS: [&str; 4] = ["Windows Kits/10", "Windows Kits/8.1", "Windows Kits/8.0", ""];
    const TOOLS: [&str; 5] = [
        "Debuggers/x64/triage",
        "Debuggers/x86/triage",
        "Debugging Tools for Windows (x64)/triage",
        "Debugging Tools for Windows (x86)/triage",
        "Debugging Tools for Windows/triage",
    ];
    let all = program_folders.iter().flat_map(|folder| {
        KITS.iter().flat_map(move |kit| TOOLS.iter().map(move |tools| folder.join(kit).join(tools).join("pooltag.txt")))
    });
    // One is enough: they are all the same list.
    all.filter(|path| path.is_file()).take(1).collect()
}

/// The program folders of this machine, if it runs Windows.
#[must_use]
pub fn program_folders() -> Vec<PathBuf> {
    let variables = ["ProgramFiles(x86)", "ProgramFiles", "ProgramW6432"];
    variables.iter().filter_map(std::env::var_os).map(PathBuf::from).collect()
}

/// Reads the list at a path.
///
/// # Errors
/// If it cannot be read, or contains no entry.
pub fn read(path: &Path) -> Result<(Vec<Entry>, usize), EvidenceError> {
    let bytes = crate::log::Bytes::map(path).map_err(|e| EvidenceErrorKind::Io(e).at(path))?;
    let (entries, odd) = parse_pooltag(&super::text::decode(&bytes));
    if entries.is_empty() {
        return Err(EvidenceErrorKind::NoPoolTags.at(path));
    }
    Ok((entries, odd))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "//\nrem  <PoolTag> - <binary-name> - <Description>\n\n@MP  - <unknown>    - (Intel) Miniport\n\
        8042 - i8042prt.sys - PS/2 keyboard and mouse\nAfd? - afd.sys      - AFD objects\n\
        AfdB - afd.sys      -     Afd data buffer\nBu*  - burn.sys\nA-b- - x.sys - a tag of minuses\nremX - rem.sys - no comment\n";

    fn tags() -> PoolTags {
        let mut tags = PoolTags::default();
        let (entries, odd) = parse_pooltag(LIST);
        assert_eq!(odd, 0);
        tags.add("pooltag.txt", entries);
        tags
    }

    #[test]
    fn the_closest_entry_answers() {
        assert!(
            is_pooltag(LIST) && !is_pooltag("a list - of things - to do\nand - so - on for long\nwords - and - words")
        );
        let find = |tag: &str| {
            let known = tags().find(Tag::parse(tag).unwrap());
            known.into_iter().next().map(|k| (k.file, k.description))
        };
        let of = |file: &str, text: &str| Some((Some(file.to_owned()), text.to_owned()));
        assert_eq!(find("AfdB"), of("afd.sys", "Afd data buffer"));
        assert_eq!(find("AfdX"), of("afd.sys", "AFD objects"));
        assert_eq!(find("Burn"), of("burn.sys", ""));
        assert_eq!(find("@MP"), Some((None, "(Intel) Miniport".to_owned())));
        assert_eq!(find("A-b-"), of("x.sys", "a tag of minuses"));
        assert_eq!(find("remX"), of("rem.sys", "no comment"));
        assert_eq!(find("zzzz"), None);
    }

    #[test]
    fn found_where_windows_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("Windows Kits/10/Debuggers/x64/triage");
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("pooltag.txt"), LIST).unwrap();
        let found = installed(&[folder.path().to_owned()]);
        assert_eq!(found, [place.join("pooltag.txt")]);
        assert_eq!(read(&found[0]).unwrap().0.len(), 7);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in "(\\PC{0,20} - \\PC{0,20}\n){0,5}") {
            let _ = is_pooltag(&text);
            let _ = parse_pooltag(&text);
        }
    }
}

//! `lm` and similar commands, which list modules; and `s -a … "Tag"`, which searches memory for a tag.

use crate::evidence::tag::Tag;

/// A loaded module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// First address.
    pub start: u64,
    /// Address after the last.
    pub end: u64,
    /// Module name, without extension.
    pub name: String,
    /// File name, if `lmv` prints it.
    pub image: Option<String>,
    /// Value of `CompanyName`.
    pub company: Option<String>,
    /// Value of `FileVersion`.
    pub version: Option<String>,
}

impl Module {
    /// The file name; without `lmv` the module name with `.sys`.
    #[must_use]
    pub fn file(&self) -> String {
        self.image.clone().unwrap_or_else(|| match self.name.as_str() {
            "nt" => "ntoskrnl.exe".to_owned(),
            "hal" => "hal.dll".to_owned(),
            name => format!("{name}.sys"),
        })
    }
}

/// A place in memory that contains a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagAt {
    /// The tag.
    pub tag: Tag,
    /// Address of the tag.
    pub address: u64,
}

/// Maximum number of hits: a tag in pool headers is everywhere.
const MOST_HITS: usize = 100_000;
/// Maximum number of loaded modules of a machine.
const MOST_MODULES: usize = 10_000;

/// Collects modules and hits.
#[derive(Default)]
pub struct Reader {
    modules: Vec<Module>,
    hits: Vec<TagAt>,
    /// The tag of the last search.
    searched: Option<Tag>,
}

impl Reader {
    /// Records the tag of a search.
    pub fn command(&mut self, command: &str) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let searches = words.windows(2).any(|w| {
            let option = w[1].trim_start_matches("-[1]").trim_start_matches('-');
            w[0].ends_with('s') && matches!(option, "a" | "d" | "b")
        });
        self.searched = None;
        if searches {
            let number = || words.last().and_then(|word| u32::from_str_radix(word.trim_start_matches("0x"), 16).ok());
            let quoted = command.rsplit('"').nth(1).and_then(Tag::parse);
            self.searched = quoted.or_else(|| number().map(|n| Tag(n.to_le_bytes())));
        }
    }

    /// Reads a line and returns whether it belongs to these commands.
    pub fn line(&mut self, line: &str) -> bool {
        let text = line.trim();
        if let Some(hit) = self.hit(text) {
            if self.hits.len() < MOST_HITS {
                self.hits.push(hit);
            }
            return true;
        }
        if let Some(module) = module(text) {
            if self.modules.len() < MOST_MODULES && !self.modules.iter().any(|m| m.start == module.start) {
                self.modules.push(module);
            }
            return true;
        }
        // Lines of `lmv` belong to the module above.
        let Some(module) = self.modules.last_mut() else { return false };
        let (Some((name, value)), true) = (text.split_once(':'), line.starts_with(' ')) else { return false };
        let value = value.trim();
        let slot = match name {
            "Image name" => &mut module.image,
            "CompanyName" => &mut module.company,
            "FileVersion" => &mut module.version,
            _ => return false,
        };
        *slot = (!value.is_empty()).then(|| value.chars().take(200).collect());
        true
    }

    /// `fffff8013c5a1234  4c 65 61 6b 48 8b c4 e8-…  Leak....`: the bytes show the tag.
    fn hit(&self, text: &str) -> Option<TagAt> {
        let mut words = text.split_whitespace();
        let address = address(words.next()?)?;
        let rest: Vec<&str> = words.flat_map(|word| word.split('-')).take(4).collect();
        let Some(first) = rest.first() else {
            // `s -[1]a` prints only addresses.
            return self.searched.map(|tag| TagAt { tag, address });
        };
        let tag = if first.len() == 8 {
            // Double words, from `s -d`.
            Tag(u32::from_str_radix(first, 16).ok()?.to_le_bytes())
        } else {
            let byte = |word: &&str| (word.len() == 2).then(|| u8::from_str_radix(word, 16).ok()).flatten();
            let bytes: Vec<u8> = rest.iter().map_while(byte).collect();
            Tag(bytes.try_into().ok()?)
        };
        // Without a preceding search, it is a memory display and not a hit.
        self.searched
            .filter(|searched| *searched == tag || searched.reversed() == tag)
            .map(|tag| TagAt { tag, address })
    }

    /// Returns the modules and hits.
    pub fn finish(self) -> (Vec<Module>, Vec<TagAt>) {
        (self.modules, self.hits)
    }
}

/// An address in kernel memory: 8 or 16 digits, with or without a backtick in the middle.
fn address(text: &str) -> Option<u64> {
    let text = text.trim_start_matches("0x");
    let digits: String = text.chars().filter(|c| *c != '`').collect();
    let whole = matches!(digits.len(), 8 | 16) && text.len() - digits.len() <= 1;
    whole.then(|| u64::from_str_radix(&digits, 16).ok()).flatten()
}

/// `fffff80784da0000 fffff80784da7000   EvilDriver   (no symbols)`.
fn module(text: &str) -> Option<Module> {
    let mut words = text.split_whitespace();
    let (start, end) = (address(words.next()?)?, address(words.next()?)?);
    let name = words.next()?;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    (start < end && end - start < 1 << 32 && plain && name.len() <= 64).then(|| Module {
        start,
        end,
        name: name.to_owned(),
        ..Module::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_and_its_modules() {
        let text = "fffff807`84da1010  4c 65 61 6b e8 00 00 00-00 48 8b d8 48 85 c0 74  Leak.....H..H..t\n\
                    fffff807`84da0000 fffff807`84da7000   myfault    (deferred)\n    Image name: myfault.sys\n    \
                    CompanyName:      Sysinternals\nfffff800`1 x\n";
        let mut reader = Reader::default();
        reader.command("!for_each_module s -a @#Base @#End \"Leak\"");
        text.lines().for_each(|line| {
            reader.line(line);
        });
        let (modules, hits) = reader.finish();
        assert_eq!(hits, [TagAt { tag: Tag(*b"Leak"), address: 0xFFFF_F807_84DA_1010 }]);
        assert_eq!(modules.len(), 1);
        assert_eq!((modules[0].file().as_str(), modules[0].company.as_deref()), ("myfault.sys", Some("Sysinternals")));
    }

    #[test]
    fn a_dump_of_memory_is_no_search() {
        let mut reader = Reader::default();
        assert!(!reader.line("fffff807`84da1010  4c 65 61 6b e8 00 00 00  Leak"));
    }
}

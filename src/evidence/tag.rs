//! Pool tags: the four bytes with which a driver labels its allocations.

use std::fmt;

/// A pool tag in the byte order of memory and `PoolMon`: `Leak`, which is `'kaeL'` in source code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub [u8; 4]);

impl Tag {
    /// A tag as people write it: up to four characters, with or without blanks at the end. `None` for characters beyond
    /// one byte.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [b' '; 4];
        let mut length = 0;
        for c in text.chars() {
            *bytes.get_mut(length)? = u8::try_from(u32::from(c)).ok()?;
            length += 1;
        }
        (length > 0 && bytes.iter().any(|b| *b != b' ')).then_some(Self(bytes))
    }

    /// The tag in reversed byte order, as in a driver's source code.
    #[must_use]
    pub fn reversed(self) -> Self {
        let Self([a, b, c, d]) = self;
        Self([d, c, b, a])
    }

    /// The same letters in other cases: of `leak` also `Leak` and `LEAK`.
    #[must_use]
    pub fn in_other_cases(self) -> Vec<Self> {
        let letters = (0..4).filter(|at| self.0[*at].is_ascii_alphabetic());
        let mut all = vec![self];
        for at in letters {
            for mut tag in all.clone() {
                tag.0[at] ^= 0x20;
                all.push(tag);
            }
        }
        all.remove(0);
        all
    }

    /// Whether every byte is a printable ASCII character.
    #[must_use]
    pub fn is_printable(self) -> bool {
        self.0.iter().all(|b| (b' '..=b'~').contains(b))
    }

    /// Whether it has only letters and digits, and blanks at the end: shells do not interpret these.
    #[must_use]
    pub fn is_plain(self) -> bool {
        self.padded().trim_end().bytes().all(|b| b.is_ascii_alphanumeric())
    }

    /// All four characters; unprintable ones become dots.
    #[must_use]
    pub fn padded(self) -> String {
        self.0.iter().map(|b| if (b' '..=b'~').contains(b) { char::from(*b) } else { '.' }).collect()
    }
}

impl fmt::Display for Tag {
    /// Without blanks at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.padded().trim_end())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({:?})", self.padded())
    }
}

/// A tag with `?` for any character and `*` for any remaining characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPattern(Vec<u8>);

impl TagPattern {
    /// A pattern of pooltag.txt. Shorter tags are padded with blanks.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end();
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        bytes.filter(|b| (1..=4).contains(&b.len())).map(Self)
    }

    /// Whether it matches a tag.
    #[must_use]
    pub fn matches(&self, tag: Tag) -> bool {
        let mut at = 0;
        for byte in &self.0 {
            match byte {
                b'*' => return true,
                // Shorter tags end in blanks, and `?` matches a blank too.
                b'?' => {}
                byte if tag.0[at] == *byte => {}
                _ => return false,
            }
            at += 1;
        }
        tag.0[at..].iter().all(|b| *b == b' ')
    }

    /// Number of wildcard characters; 0 for a plain tag.
    #[must_use]
    pub fn openness(&self) -> usize {
        let star = self.0.iter().position(|b| *b == b'*').map_or(0, |at| 4 - at.min(3));
        let open = |b: &&u8| **b == b'?';
        star + self.0.iter().filter(open).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_are_padded_and_shown_without() {
        let tag = Tag::parse("Io").unwrap();
        assert_eq!((tag.0, tag.to_string(), tag.padded()), (*b"Io  ", "Io".to_owned(), "Io  ".to_owned()));
        assert_eq!(Tag::parse("Leak").unwrap().reversed(), Tag(*b"kaeL"));
        let other = Tag(*b"aB1 ").in_other_cases();
        assert_eq!(other, [Tag(*b"AB1 "), Tag(*b"ab1 "), Tag(*b"Ab1 ")]);
        assert!(Tag::parse("").is_none() && Tag::parse("    ").is_none() && Tag::parse("Leaks").is_none());
        assert!(Tag::parse("日本").is_none());
        assert_eq!(Tag([1, b'a', 0xFF, b' ']).to_string(), ".a.");
    }

    #[test]
    fn patterns_fit_what_they_stand_for() {
        for (pattern, tag, fits) in [
            ("Bu*", "Buff", true),
            ("Bu*", "Bu", true),
            ("Bu*", "bu", false),
            ("Afd?", "AfdB", true),
            ("Afd?", "Afx1", false),
            ("@MP", "@MP", true),
            ("@MP", "@MPx", false),
        ] {
            assert_eq!(TagPattern::parse(pattern).unwrap().matches(Tag::parse(tag).unwrap()), fits, "{pattern} {tag}");
        }
        let open = |p| TagPattern::parse(p).unwrap().openness();
        assert!(open("Leak") < open("Afd?") && open("Afd?") < open("Bu*") && open("Bu*") < open("B*"));
    }
}

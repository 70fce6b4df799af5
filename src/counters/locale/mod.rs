//! Counter names in the languages of Windows.
//!
//! Text logs have names in the machine's language and no indexes. The names are in `names.tsv`: language, object and
//! counter in English, and the name there; a row without a counter is of the object. They come from registry tables,
//! from `typeperf -q` on Server 2016 with each language pack, and from real logs. Arabic, Chinese, Japanese and Korean
//! Windows log the names of the base counters in English.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The table of names.
const NAMES: &str = include_str!("names.tsv");

/// A row of the table.
struct Row {
    #[cfg_attr(not(test), allow(dead_code, reason = "only tests ask for one language"))]
    language: &'static str,
    object: &'static str,
    counter: &'static str,
    name: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    NAMES.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        Some(Row { language: cells.next()?, object: cells.next()?, counter: cells.next()?, name: cells.next()? })
    })
}

struct Folded {
    /// By name: the English object.
    objects: HashMap<String, &'static str>,
    /// By English object and name: the English counter; `None` where a language has two counters of one name.
    counters: HashMap<&'static str, HashMap<String, Option<&'static str>>>,
}

/// The table by folded name.
static FOLDED: LazyLock<Folded> = LazyLock::new(|| {
    let mut folded = Folded { objects: HashMap::new(), counters: HashMap::new() };
    for Row { object, counter, name, .. } in rows() {
        if counter.is_empty() {
            folded.objects.insert(fold(name), object);
            continue;
        }
        let entry = folded.counters.entry(object).or_default().entry(fold(name)).or_insert(Some(counter));
        if *entry != Some(counter) {
            *entry = None;
        }
    }
    folded
});

/// The English name of an object in any of the languages.
#[must_use]
pub fn object(name: &str) -> Option<&'static str> {
    look_up(&FOLDED.objects, name).copied()
}

/// The English name of a counter, once the English name of its object is known.
#[must_use]
pub fn counter(object: &str, name: &str) -> Option<&'static str> {
    look_up(FOLDED.counters.get(object)?, name).copied().flatten()
}

/// Whether an object has this name in English.
pub fn is_english_object(name: &str) -> bool {
    FOLDED.counters.keys().any(|object| object.eq_ignore_ascii_case(name))
}

/// A name in a table. Some programs write a question mark for each letter that they cannot write; such a name is found
/// if it is of one entry only.
fn look_up<'t, T: PartialEq>(table: &'t HashMap<String, T>, name: &str) -> Option<&'t T> {
    let name = fold(name);
    table.get(&name).or_else(|| {
        if !name.contains(['?', char::REPLACEMENT_CHARACTER]) || name.len() > LONGEST {
            return None;
        }
        let mut fitting = table.iter().filter(|(own, _)| is_like(own, &name)).map(|(_, value)| value);
        let found = fitting.next()?;
        fitting.all(|other| other == found).then_some(found)
    })
}

/// Bytes that no name of the table comes near.
const LONGEST: usize = 200;

/// Whether a name is another one with question marks for some letters, but not for most.
fn is_like(name: &str, lossy: &str) -> bool {
    let lost = |c: char| matches!(c, '?' | char::REPLACEMENT_CHARACTER);
    name.chars().count() == lossy.chars().count()
        && name.chars().zip(lossy.chars()).all(|(own, other)| own == other || (lost(other) && own != ' '))
        && lossy.chars().filter(|c| lost(*c)).count() * 2 <= lossy.chars().count()
}

/// A name without what tools on the way from the machine to us change: case, accents, letters that have a plain
/// relative, the kind of apostrophe and of blanks, and hyphens, which releases of Windows put differently.
fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let name = name.replace("&amp;", "&");
    for word in name.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        if word.is_ascii() {
            folded.extend(word.chars().map(|c| c.to_ascii_lowercase()));
            continue;
        }
        for c in word.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
            match c {
                'ł' => folded.push('l'),
                'ı' => folded.push('i'),
                'ø' => folded.push('o'),
                'đ' => folded.push('d'),
                'œ' => folded.push_str("oe"),
                'æ' => folded.push_str("ae"),
                'ß' => folded.push_str("ss"),
                '\u{2019}' => folded.push('\''),
                c if is_combining_mark(c) => {}
                c => folded.push(c),
            }
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::counters::known::{self, MemoryCounter, Name, ProcessField};
    use crate::counters::{CounterId, CounterPath};
    use crate::log::{Log, Selection};

    #[test]
    fn the_object_is_found_first_and_accents_do_not_matter() {
        for (name, counter_name, expected) in [
            ("Arbeitsspeicher", "Nicht-Auslagerungsseiten (Bytes)", ("Memory", "Pool Nonpaged Bytes")),
            ("MEMOIRE", "Octets de reserve non paginee", ("Memory", "Pool Nonpaged Bytes")),
            ("M?moire", "M?gaoctets disponibles", ("Memory", "Available MBytes")),
            ("Proceso", "Numero de identificadores", ("Process", "Handle Count")),
            ("Память", "Байт в невыгружаемом страничном пуле", ("Memory", "Pool Nonpaged Bytes")),
            ("Memória", "Bytes de pool não paginável", ("Memory", "Pool Nonpaged Bytes")),
            ("Memoria", "Byte disponibili", ("Memory", "Available Bytes")),
            ("PAMIEC", "dostepne  bajty", ("Memory", "Available Bytes")),
        ] {
            let found = object(name).unwrap();
            assert_eq!((found, counter(found, counter_name)), (expected.0, Some(expected.1)), "{name}");
        }
        assert_eq!((object("Memory?"), object("?????"), counter("Process", "Zusagegrenze")), (None, None, None));
        assert_eq!(counter("Process", "Taille virtuelle (octets)"), None, "two counters of French have this name");
    }

    /// The languages of the table that have all counters, with the code page of their logs.
    const LANGUAGES: &[(&str, u32)] = &[
        ("cs", 1250),
        ("de", 1252),
        ("es", 1252),
        ("fr", 1252),
        ("hu", 1250),
        ("it", 1252),
        ("nl", 1252),
        ("pl", 1250),
        ("pt-BR", 1252),
        ("pt-PT", 1252),
        ("ru", 1251),
        ("sv", 1252),
        ("tr", 1254),
    ];

    #[test]
    fn a_log_in_each_language_is_read() {
        let wanted: [CounterId; 6] = [
            MemoryCounter::PoolNonpagedBytes.into(),
            MemoryCounter::PoolPagedBytes.into(),
            MemoryCounter::AvailableMBytes.into(),
            ProcessField::PrivateBytes.into(),
            ProcessField::HandleCount.into(),
            ProcessField::IdProcess.into(),
        ];
        for (language, page) in LANGUAGES {
            let name_of = |object: &str, counter: &str| {
                let row = rows().find(|r| r.language == *language && r.object == object && r.counter == counter);
                row.unwrap_or_else(|| panic!("{language} {object} {counter}")).name
            };
            let columns: Vec<String> = wanted
                .iter()
                .map(|id| {
                    let path = CounterPath::parse(&format!(r"\{}", id.english())).unwrap();
                    let instance = if &*path.object == "Process" { "(app)" } else { "" };
                    let (object, counter) = (name_of(&path.object, ""), name_of(&path.object, &path.counter));
                    format!(r#""\\SRV\{object}{instance}\{counter}""#)
                })
                .collect();
            let row = "\"03/02/2026 08:00:00.000\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"\r\n";
            let text = format!("\"(PDH-CSV 4.0) (X)(0)\",{}\r\n{row}", columns.join(","));
            let local = crate::log::code_page::encoding(*page).encode(&text).0.into_owned();
            for bytes in [text.clone().into_bytes(), local] {
                let samples = Log::from_vec(Path::new("made.csv"), bytes).unwrap().samples(Selection::All).unwrap();
                let found: Vec<_> = samples.columns.iter().map(|column| column.id).collect();
                assert_eq!(found, wanted.map(Some), "{language}: {text}");
            }
        }
    }

    #[test]
    fn every_counter_of_the_code_is_found_in_every_language() {
        for row in rows().filter(|row| !row.counter.is_empty()) {
            let english = known::find(Name::text(row.object), Name::text(row.counter));
            let Some(id) = english else { continue };
            let Some(object) =
                rows().find(|r| r.language == row.language && r.object == row.object && r.counter.is_empty())
            else {
                continue;
            };
            let found = known::find(Name::text(object.name), Name::text(row.name));
            let is_ambiguous = row.language == "fr" && row.counter == "Virtual Bytes";
            assert_eq!(found, Some(id).filter(|_| !is_ambiguous), "{} {} {}", row.language, row.object, row.name);
        }
    }
}

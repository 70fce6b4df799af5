//! Who owns a tag: what lists, driver files, debugger sessions and dumps say, joined.

use std::collections::BTreeMap;

use super::Tag;
use super::drivers::{Found, Place};
use super::pooltag::{Known, PoolTags};

/// A driver that may own a tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// File name.
    pub file: String,
    /// 0 to 1: how likely it is the one that allocates with the tag.
    pub confidence: f64,
    /// Who says so, each in words.
    pub basis: Vec<String>,
    /// Company, product and version, where its file is at hand.
    pub maker: String,
    /// Where its file is.
    pub path: Option<String>,
    /// Whether its file says that Microsoft made it; `None` without the file.
    pub microsoft: Option<bool>,
}

/// All that is known of a tag's owner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ownership {
    /// The likeliest first.
    pub owners: Vec<Owner>,
    /// What the tag is for, and who says so.
    pub description: Option<String>,
    /// Whether Windows allocates it for whoever asks: then its own file is not to blame.
    pub on_behalf: bool,
    /// Where sources contradict each other.
    pub disagreements: Vec<String>,
}

/// What owners are found by.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Lists of tags.
    pub lists: PoolTags,
    /// PoolMon's `Mapped_Driver` and the like.
    pub mapped: Vec<(Tag, String)>,
    /// Drivers in which a scan found tags.
    pub found: Vec<Found>,
    /// How many driver files were scanned.
    pub files: usize,
    /// Names of modules in which a debugger found a tag in memory, and how often.
    pub debugged: Vec<(Tag, String, usize)>,
}

/// Owners named beyond this are stray strings.
const MOST_OWNERS: usize = 5;

/// A list names the driver for a tag itself, or for a pattern. Of the 4,572 lines of the debugger's list most name the
/// file rightly; tags that several vendors use are what it gets wrong.
const LISTED: f64 = 0.6;
const LISTED_BY_PATTERN: f64 = 0.4;
/// One driver alone hands the tag to the pool, or one of so many does.
const ONLY_IMMEDIATE: f64 = 0.85;
const SHARED_IMMEDIATE: f64 = 1.0;
/// As a constant the tag may be anything's.
const CONSTANT: f64 = 0.35;
/// In code that compares tags, within a text, or in the other byte order.
const WEAK: f64 = 0.15;
const STRAY: f64 = 0.05;
/// A debugger that finds it in one module's memory does not see how it stands there.
const DEBUGGED: f64 = 0.6;
/// Nothing is certain: two drivers can use one tag, and one of them was not scanned.
const MOST: f64 = 0.97;

/// The file of what a list names: parts of the kernel are `nt!mm` there.
fn normalized(file: &str) -> String {
    let lower = file.trim().to_ascii_lowercase();
    match lower.split_once('!') {
        Some(("nt", _)) => "ntoskrnl.exe".to_owned(),
        Some((module, _)) => format!("{module}.sys"),
        None if lower == "nt" || lower == "ntos" => "ntoskrnl.exe".to_owned(),
        None => lower,
    }
}

#[derive(Default)]
struct Candidate {
    file: String,
    listed: f64,
    /// Whether a list names it for the tag itself.
    exact: bool,
    scanned: f64,
    debugged: f64,
    basis: Vec<String>,
    maker: String,
    path: Option<String>,
    microsoft: Option<bool>,
}

impl Sources {
    /// Who owns a tag.
    #[must_use]
    pub fn ownership(&self, tag: Tag) -> Ownership {
        let known = self.lists.find(tag);
        let mut candidates: BTreeMap<String, Candidate> = BTreeMap::new();
        for Known { list, file, by_pattern, .. } in &known {
            let Some(file) = file else { continue };
            let candidate = of(&mut candidates, file);
            candidate.listed = candidate.listed.max(if *by_pattern { LISTED_BY_PATTERN } else { LISTED });
            candidate.exact |= !by_pattern;
            candidate.basis.push(format!("named by {list}"));
        }
        for (_, file) in self.mapped.iter().filter(|(mapped, _)| *mapped == tag) {
            let candidate = of(&mut candidates, file);
            // The column comes of a list too.
            candidate.listed = candidate.listed.max(LISTED);
            candidate.basis.push("named in the snapshot's driver column".to_owned());
        }
        let found: Vec<&Found> = self.found.iter().filter(|found| found.tag == tag).collect();
        let users = found.iter().filter(|found| found.uses()).count();
        for found in &found {
            let score = match found.best() {
                _ if found.reversed => WEAK,
                Some((Place::Immediate, _)) if !found.allocates => CONSTANT,
                Some((Place::Immediate, _)) if users == 1 => ONLY_IMMEDIATE,
                Some((Place::Immediate, _)) => SHARED_IMMEDIATE / users as f64,
                Some((Place::Constant, _)) => CONSTANT / found_like(&self.found, tag) as f64,
                Some((Place::Compared, _)) => WEAK,
                Some((Place::Text, _)) => STRAY,
                None => continue,
            };
            let candidate = of(&mut candidates, &found.name);
            candidate.scanned = candidate.scanned.max(score);
            candidate.basis.push(format!("its file {}", found.said()));
            candidate.maker = found.maker();
            candidate.path = Some(found.path.clone());
            candidate.microsoft = Some(found.is_microsoft());
            candidate.file.clone_from(&found.name);
        }
        let debugged: Vec<_> = self.debugged.iter().filter(|(of, ..)| *of == tag).collect();
        for (_, file, count) in &debugged {
            let candidate = of(&mut candidates, file);
            candidate.debugged = DEBUGGED / debugged.len() as f64;
            let times = crate::base::units::times(*count);
            candidate.basis.push(format!("a debugger found the tag in its memory {times}"));
        }
        // A list that is right names a file that holds the tag, where that file was scanned with the others.
        let used_elsewhere = found.iter().any(|f| f.uses());
        for candidate in candidates.values_mut().filter(|c| c.listed > 0.0 && c.scanned == 0.0) {
            let of_kernel = candidate.file.eq_ignore_ascii_case("ntoskrnl.exe");
            if self.files > 0 && (used_elsewhere || !of_kernel) {
                candidate.listed *= 0.5;
            }
        }
        let disagreements = self.disagreements(tag, &candidates, users);
        let mut owners: Vec<Owner> = candidates.into_values().map(Candidate::owner).collect();
        // Third parties before Microsoft among equals.
        owners.sort_by(|a, b| {
            b.confidence.total_cmp(&a.confidence).then(a.microsoft.cmp(&b.microsoft)).then(a.file.cmp(&b.file))
        });
        owners.truncate(MOST_OWNERS);
        let description =
            known.iter().find(|k| !k.description.is_empty()).map(|k| format!("{} ({})", k.description, k.list));
        Ownership { owners, description, on_behalf: known.iter().any(|k| k.on_behalf), disagreements }
    }

    fn disagreements(&self, tag: Tag, candidates: &BTreeMap<String, Candidate>, users: usize) -> Vec<String> {
        let mut said = Vec::new();
        let listed: Vec<&Candidate> = candidates.values().filter(|c| c.listed > 0.0).collect();
        let scanned: Vec<&Candidate> = candidates.values().filter(|c| c.scanned >= SHARED_IMMEDIATE / 4.0).collect();
        let agree = listed.iter().any(|c| c.scanned > 0.0);
        let kernel = listed.iter().any(|c| c.file.eq_ignore_ascii_case("ntoskrnl.exe"));
        let names = |of: &[&Candidate]| of.iter().map(|c| c.file.clone()).collect::<Vec<_>>().join(", ");
        let exact: Vec<&Candidate> = listed.iter().copied().filter(|c| c.exact).collect();
        if exact.len() > 1 {
            said.push(format!("lists of tags give {tag} to several: {}", names(&exact)));
        }
        if self.files == 0 {
            return said;
        }
        if !listed.is_empty() && !agree && !scanned.is_empty() {
            said.push(format!(
                "lists of tags give {tag} to {}, but of the {} driver files scanned {} {} it",
                names(&listed),
                self.files,
                names(&scanned),
                if users > 0 { "uses" } else { "holds" },
            ));
        } else if !listed.is_empty() && !agree && !kernel {
            said.push(format!(
                "lists of tags give {tag} to {}, but none of the {} driver files scanned holds it: that file is not among \
                 them, or the tag is another driver's that is not either",
                names(&listed),
                self.files
            ));
        }
        said
    }
}

fn of<'c>(candidates: &'c mut BTreeMap<String, Candidate>, file: &str) -> &'c mut Candidate {
    let key = normalized(file);
    let entry = candidates.entry(key.clone()).or_default();
    if entry.file.is_empty() {
        // What a list writes in capitals is the same file.
        entry.file = if file.contains('!') || !file.contains('.') { key } else { file.trim().to_owned() };
    }
    entry
}

/// Drivers that hold a tag as a constant.
fn found_like(found: &[Found], tag: Tag) -> usize {
    let constant = |f: &&Found| f.tag == tag && f.best().is_some_and(|(place, _)| place == Place::Constant);
    found.iter().filter(constant).count().max(1)
}

impl Candidate {
    fn owner(self) -> Owner {
        let not = (1.0 - self.listed) * (1.0 - self.scanned) * (1.0 - self.debugged);
        Owner {
            file: self.file,
            confidence: ((1.0 - not).clamp(0.0, MOST) * 100.0).round() / 100.0,
            basis: self.basis,
            maker: self.maker,
            path: self.path,
            microsoft: self.microsoft,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::drivers::VersionInfo;

    fn found(name: &str, company: &str, place: Place) -> Found {
        Found {
            tag: Tag(*b"Leak"),
            name: name.to_owned(),
            path: format!("drivers/{name}"),
            places: vec![(place, 2)],
            reversed: false,
            version: VersionInfo { company: company.to_owned(), ..VersionInfo::default() },
            signed: Some(true),
            allocates: true,
        }
    }

    #[test]
    fn agreement_makes_sure_and_strings_do_not() {
        let sources = Sources {
            found: vec![
                found("myfault.sys", "Sysinternals", Place::Immediate),
                found("decoy.sys", "Acme", Place::Text),
            ],
            files: 20,
            ..Sources::default()
        };
        let ownership = sources.ownership(Tag(*b"Leak"));
        let files: Vec<&str> = ownership.owners.iter().map(|o| o.file.as_str()).collect();
        assert_eq!(files, ["myfault.sys", "decoy.sys"]);
        assert!(ownership.owners[0].confidence > 0.9 && ownership.owners[1].confidence < 0.1, "{ownership:?}");
        assert!(ownership.disagreements.is_empty(), "the built-in table agrees");
    }

    #[test]
    fn disagreement_is_said() {
        let of = |found| Sources { found, files: 20, ..Sources::default() }.ownership(Tag(*b"Leak"));
        let ownership = of(vec![found("other.sys", "Acme", Place::Immediate)]);
        assert_eq!(ownership.owners[0].file, "other.sys");
        assert!(ownership.disagreements[0].contains("myfault.sys"), "{ownership:?}");
        assert!(of(Vec::new()).disagreements[0].contains("none of the 20"));
    }

    #[test]
    fn third_parties_come_before_microsoft() {
        let sources = Sources {
            found: vec![
                Found { tag: Tag(*b"Zz19"), ..found("a.sys", "Microsoft Corporation", Place::Immediate) },
                Found { tag: Tag(*b"Zz19"), ..found("b.sys", "Acme", Place::Immediate) },
            ],
            files: 2,
            ..Sources::default()
        };
        assert_eq!(sources.ownership(Tag(*b"Zz19")).owners[0].file, "b.sys");
    }
}

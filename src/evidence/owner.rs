//! Owners of a pool tag, from lists of tags, driver files, debugger output and dumps.

use std::collections::BTreeMap;

use super::drivers::{Occurrence, TagInFile, Vendor};
use super::pooltag::{ListedTag, PoolTags};
use super::tag::Tag;
use super::well_known::KERNEL;

/// A driver that may own a tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// Driver file name.
    pub file: String,
    /// Probability that it allocates with the tag, 0 to 1.
    pub confidence: f64,
    /// The evidence.
    pub basis: Vec<OwnerBasis>,
    /// Vendor, product and version, if the file is available.
    pub vendor: Vendor,
    /// Path of the file.
    pub path: Option<String>,
    /// Whether the file names Microsoft as its vendor; `None` without the file.
    pub microsoft: Option<bool>,
}

/// Evidence that a driver owns a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerBasis {
    /// A list of pool tags.
    NamedByList {
        /// File name of the list, or the built-in table.
        list: String,
    },
    /// The driver column of a snapshot, which is based on a list.
    DriverColumn,
    /// The tag is in its file.
    InItsFile {
        /// How the tag occurs and how often, strongest evidence first.
        occurrences: Vec<(Occurrence, usize)>,
        /// Whether the tag was found only in reversed byte order.
        reversed: bool,
        /// Whether the file imports functions that allocate pool.
        allocates: bool,
    },
    /// A debugger found the tag in the driver's memory.
    Debugger {
        /// Number of occurrences.
        times: usize,
    },
}

/// The purpose of a tag, and the list that describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The text of the list.
    pub text: String,
    /// File name of the list, or the built-in table.
    pub list: String,
}

/// Owners of a tag, and its purpose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ownership {
    /// Most likely first.
    pub owners: Vec<Owner>,
    /// Purpose of the tag.
    pub description: Option<Description>,
    /// Whether Windows allocates the tag on behalf of other components: then its own file is not the cause.
    pub on_behalf: bool,
    /// Contradictions between sources.
    pub disagreements: Vec<OwnerDisagreement>,
}

/// A contradiction between sources about the owner of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerDisagreement {
    /// Lists name several drivers.
    SeveralListed {
        /// The tag.
        tag: Tag,
        /// Drivers in the lists.
        listed: Vec<String>,
    },
    /// Lists name one driver, but the tag was found in another file.
    FoundElsewhere {
        /// The tag.
        tag: Tag,
        /// Drivers in the lists.
        listed: Vec<String>,
        /// Number of scanned driver files.
        scanned: usize,
        /// Drivers whose files contain the tag.
        found_in: Vec<String>,
        /// Whether one of these passes the tag to the pool and does not just contain it.
        used: bool,
    },
    /// Lists name a driver, but none of the scanned files contains the tag.
    NotFound {
        /// The tag.
        tag: Tag,
        /// Drivers in the lists.
        listed: Vec<String>,
        /// Number of scanned driver files.
        scanned: usize,
    },
}

/// All sources for owners of tags.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Lists of tags.
    pub lists: PoolTags,
    /// Drivers of tags from `Mapped_Driver` and similar columns.
    pub mapped: Vec<(Tag, String)>,
    /// Drivers in which a scan found tags.
    pub found: Vec<TagInFile>,
    /// Number of scanned driver files.
    pub files: usize,
    /// Tags that a debugger found in the memory of modules, and how often.
    pub debugged: Vec<(Tag, String, usize)>,
}

/// Maximum number of owners: further ones match by chance.
const MOST_OWNERS: usize = 5;

/// A list names the driver for a tag, or for a pattern. Most of the 4,572 lines of the debugger's list are correct; it
/// is wrong about tags that several vendors use.
const LISTED: f64 = 0.6;
const LISTED_BY_PATTERN: f64 = 0.4;
/// Only one driver passes the tag to the pool; several drivers share this.
const ONLY_IMMEDIATE: f64 = 0.85;
const SHARED_IMMEDIATE: f64 = 1.0;
/// A constant can be there for any reason.
const CONSTANT: f64 = 0.35;
/// From this confidence on, a file contradicts lists that name another.
const LIKELY_BY_FILE: f64 = SHARED_IMMEDIATE / 4.0;
/// In code that compares tags, within text, or in reversed byte order.
const WEAK: f64 = 0.15;
const STRAY: f64 = 0.05;
/// A debugger finds the tag in a module's memory, but not how the module uses it.
const DEBUGGED: f64 = 0.6;
/// Factor on a list's confidence if files were scanned and the listed one does not contain the tag.
const NOT_IN_ITS_FILE: f64 = 0.5;
/// Maximum: two drivers can use one tag, and one of them may not have been scanned.
const MOST: f64 = 0.97;

/// The file in a list, which writes parts of the kernel as `nt!mm`.
fn normalized(file: &str) -> String {
    let lower = file.trim().to_ascii_lowercase();
    match lower.split_once('!') {
        Some(("nt", _)) => KERNEL.to_owned(),
        Some((module, _)) => format!("{module}.sys"),
        None if lower == "nt" || lower == "ntos" => KERNEL.to_owned(),
        None => lower,
    }
}

/// Candidates by file name in lower case.
type Candidates = BTreeMap<String, Candidate>;

#[derive(Default)]
struct Candidate {
    file: String,
    listed: f64,
    /// Whether a list names it for this tag, not for a pattern.
    exact: bool,
    scanned: f64,
    debugged: f64,
    basis: Vec<OwnerBasis>,
    vendor: Vendor,
    path: Option<String>,
    microsoft: Option<bool>,
}

impl Sources {
    /// Whether anything names this very tag.
    #[must_use]
    pub fn names(&self, tag: Tag) -> bool {
        self.lists.find(tag).iter().any(|listed| !listed.by_pattern)
            || self.mapped.iter().any(|(mapped, _)| *mapped == tag)
            || self.found.iter().any(|found| found.tag == tag && found.uses())
    }

    /// The owners of a tag.
    #[must_use]
    pub fn ownership(&self, tag: Tag) -> Ownership {
        let listed = self.lists.find(tag);
        let found: Vec<&TagInFile> = self.found.iter().filter(|found| found.tag == tag).collect();
        let users = found.iter().filter(|found| found.uses()).count();
        let mut candidates = BTreeMap::new();
        self.add_listed(tag, &listed, &mut candidates);
        self.add_found(&found, users, &mut candidates);
        self.add_debugged(tag, &mut candidates);
        // If a list is correct, its file contains the tag, if that file was scanned.
        for candidate in candidates.values_mut().filter(|c| c.listed > 0.0 && c.scanned == 0.0) {
            let of_kernel = candidate.file.eq_ignore_ascii_case(KERNEL);
            if self.files > 0 && (users > 0 || !of_kernel) {
                candidate.listed *= NOT_IN_ITS_FILE;
            }
        }
        let disagreements = self.disagreements(tag, &candidates, users);
        let mut owners: Vec<Owner> = candidates.into_values().map(Candidate::owner).collect();
        // Among equals, third parties come before Microsoft.
        owners.sort_by(|a, b| {
            b.confidence.total_cmp(&a.confidence).then(a.microsoft.cmp(&b.microsoft)).then(a.file.cmp(&b.file))
        });
        owners.truncate(MOST_OWNERS);
        let described = listed.iter().find(|k| !k.description.is_empty());
        let description = described.map(|k| Description { text: k.description.clone(), list: k.list.clone() });
        Ownership { owners, description, on_behalf: listed.iter().any(|k| k.on_behalf), disagreements }
    }

    /// Adds drivers from lists and driver columns.
    fn add_listed(&self, tag: Tag, listed: &[ListedTag], candidates: &mut Candidates) {
        for ListedTag { list, file, by_pattern, .. } in listed {
            let Some(file) = file else { continue };
            let candidate = candidate_of(candidates, file);
            candidate.listed = candidate.listed.max(if *by_pattern { LISTED_BY_PATTERN } else { LISTED });
            candidate.exact |= !by_pattern;
            candidate.basis.push(OwnerBasis::NamedByList { list: list.clone() });
        }
        for (_, file) in self.mapped.iter().filter(|(mapped, _)| *mapped == tag) {
            let candidate = candidate_of(candidates, file);
            candidate.listed = candidate.listed.max(LISTED);
            candidate.basis.push(OwnerBasis::DriverColumn);
        }
    }

    /// Adds drivers whose files contain the tag. `users` is how many of them pass it to the pool.
    fn add_found(&self, found: &[&TagInFile], users: usize, candidates: &mut Candidates) {
        for found in found {
            let score = match found.best() {
                _ if found.reversed => WEAK,
                Some((Occurrence::Immediate, _)) if !found.allocates => CONSTANT,
                Some((Occurrence::Immediate, _)) if users == 1 => ONLY_IMMEDIATE,
                Some((Occurrence::Immediate, _)) => SHARED_IMMEDIATE / users as f64,
                Some((Occurrence::Constant, _)) => CONSTANT / as_constants(&self.found, found.tag) as f64,
                Some((Occurrence::Compared, _)) => WEAK,
                Some((Occurrence::Text, _)) => STRAY,
                None => continue,
            };
            let candidate = candidate_of(candidates, &found.name);
            candidate.scanned = candidate.scanned.max(score);
            candidate.basis.push(OwnerBasis::InItsFile {
                occurrences: found.occurrences.clone(),
                reversed: found.reversed,
                allocates: found.allocates,
            });
            candidate.vendor = found.vendor();
            candidate.path = Some(found.path.clone());
            candidate.microsoft = Some(found.is_microsoft());
            candidate.file.clone_from(&found.name);
        }
    }

    /// Adds drivers in whose memory a debugger found the tag.
    fn add_debugged(&self, tag: Tag, candidates: &mut Candidates) {
        let debugged: Vec<_> = self.debugged.iter().filter(|(of, ..)| *of == tag).collect();
        for (_, file, count) in &debugged {
            let candidate = candidate_of(candidates, file);
            candidate.debugged = DEBUGGED / debugged.len() as f64;
            candidate.basis.push(OwnerBasis::Debugger { times: *count });
        }
    }

    fn disagreements(&self, tag: Tag, candidates: &Candidates, users: usize) -> Vec<OwnerDisagreement> {
        let mut found = Vec::new();
        let listed: Vec<&Candidate> = candidates.values().filter(|c| c.listed > 0.0).collect();
        let in_files: Vec<&Candidate> = candidates.values().filter(|c| c.scanned >= LIKELY_BY_FILE).collect();
        let agree = listed.iter().any(|c| c.scanned > 0.0);
        let kernel = listed.iter().any(|c| c.file.eq_ignore_ascii_case(KERNEL));
        let names = |of: &[&Candidate]| of.iter().map(|c| c.file.clone()).collect::<Vec<_>>();
        let exact: Vec<&Candidate> = listed.iter().copied().filter(|c| c.exact).collect();
        if exact.len() > 1 {
            found.push(OwnerDisagreement::SeveralListed { tag, listed: names(&exact) });
        }
        if self.files == 0 || listed.is_empty() || agree {
            return found;
        }
        let (listed, scanned) = (names(&listed), self.files);
        if !in_files.is_empty() {
            let found_in = names(&in_files);
            found.push(OwnerDisagreement::FoundElsewhere { tag, listed, scanned, found_in, used: users > 0 });
        } else if !kernel {
            found.push(OwnerDisagreement::NotFound { tag, listed, scanned });
        }
        found
    }
}

fn candidate_of<'c>(candidates: &'c mut Candidates, file: &str) -> &'c mut Candidate {
    let key = normalized(file);
    let entry = candidates.entry(key.clone()).or_default();
    if entry.file.is_empty() {
        // File names are case-insensitive.
        entry.file = if file.contains('!') || !file.contains('.') { key } else { file.trim().to_owned() };
    }
    entry
}

/// Number of drivers that contain a tag as a constant.
fn as_constants(found: &[TagInFile], tag: Tag) -> usize {
    let constant =
        |f: &&TagInFile| f.tag == tag && f.best().is_some_and(|(occurrence, _)| occurrence == Occurrence::Constant);
    found.iter().filter(constant).count().max(1)
}

impl Candidate {
    fn owner(self) -> Owner {
        let not = (1.0 - self.listed) * (1.0 - self.scanned) * (1.0 - self.debugged);
        Owner {
            file: self.file,
            confidence: ((1.0 - not).clamp(0.0, MOST) * 100.0).round() / 100.0,
            basis: self.basis,
            vendor: self.vendor,
            path: self.path,
            microsoft: self.microsoft,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::drivers::VersionInfo;

    fn found(name: &str, company: &str, occurrence: Occurrence) -> TagInFile {
        TagInFile {
            tag: Tag(*b"Leak"),
            name: name.to_owned(),
            path: format!("drivers/{name}"),
            occurrences: vec![(occurrence, 2)],
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
                found("myfault.sys", "Sysinternals", Occurrence::Immediate),
                found("decoy.sys", "Acme", Occurrence::Text),
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
    fn disagreements_are_found() {
        let of = |found| Sources { found, files: 20, ..Sources::default() }.ownership(Tag(*b"Leak"));
        let ownership = of(vec![found("other.sys", "Acme", Occurrence::Immediate)]);
        assert_eq!(ownership.owners[0].file, "other.sys");
        let (tag, listed) = (Tag(*b"Leak"), vec!["myfault.sys".to_owned()]);
        let found_in = vec!["other.sys".to_owned()];
        let elsewhere =
            OwnerDisagreement::FoundElsewhere { tag, listed: listed.clone(), scanned: 20, found_in, used: true };
        assert_eq!(ownership.disagreements, [elsewhere]);
        assert_eq!(of(Vec::new()).disagreements, [OwnerDisagreement::NotFound { tag, listed, scanned: 20 }]);
    }

    #[test]
    fn third_parties_come_before_microsoft() {
        let sources = Sources {
            found: vec![
                TagInFile { tag: Tag(*b"Zz19"), ..found("a.sys", "Microsoft Corporation", Occurrence::Immediate) },
                TagInFile { tag: Tag(*b"Zz19"), ..found("b.sys", "Acme", Occurrence::Immediate) },
            ],
            files: 2,
            ..Sources::default()
        };
        assert_eq!(sources.ownership(Tag(*b"Zz19")).owners[0].file, "b.sys");
    }
}

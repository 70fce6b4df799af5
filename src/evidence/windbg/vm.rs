//! `!vm`: physical and committed memory, and the sizes of the pools.

use super::warning::{ImpossibleFigure, SessionWarning};
use crate::base::Pool;

/// The figures of one `!vm`, in bytes. Impossible ones are ignored and reported as warnings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualMemory {
    /// Physical memory, bytes.
    pub physical: Option<u64>,
    /// Available memory, bytes.
    pub available: Option<u64>,
    /// Nonpaged pool in use, bytes; both kinds since Windows 8.
    pub nonpaged: Option<u64>,
    /// Maximum of nonpaged pool, bytes; `None` also if too large to be a limit.
    pub nonpaged_max: Option<u64>,
    /// Paged pool in use, bytes.
    pub paged: Option<u64>,
    /// Maximum of paged pool, bytes; `None` also if too large to be a limit.
    pub paged_max: Option<u64>,
    /// Committed memory, bytes.
    pub committed: Option<u64>,
    /// Commit limit, bytes.
    pub commit_limit: Option<u64>,
    /// Pools whose usage `!vm` reports as excessive.
    pub excessive: Vec<Pool>,
}

impl VirtualMemory {
    /// Pool in use, bytes.
    #[must_use]
    pub fn used(&self, pool: Pool) -> Option<u64> {
        match pool {
            Pool::Nonpaged => self.nonpaged,
            Pool::Paged => self.paged,
        }
    }

    /// Maximum of a pool, bytes.
    #[must_use]
    pub fn maximum(&self, pool: Pool) -> Option<u64> {
        match pool {
            Pool::Nonpaged => self.nonpaged_max,
            Pool::Paged => self.paged_max,
        }
    }
}

/// Address space of a pool on 64-bit Windows, which `!vm` shows as its maximum since Windows 8.1.
const ADDRESS_SPACE: u64 = 1 << 44;
/// Size of a page in bytes.
const PAGE: u64 = 4096;
/// Impossible number of pages: Windows is limited to 2^52 bytes of addresses.
const TOO_MANY_PAGES: u64 = 1 << 40;

/// Figures as printed, before checks.
#[derive(Default)]
struct Raw {
    seen: bool,
    values: VirtualMemory,
    nonpaged_nx: Option<u64>,
    impossible: Vec<ImpossibleFigure>,
}

impl Raw {
    /// The field for a name, if it is used.
    fn slot(&mut self, name: &str) -> Option<&mut Option<u64>> {
        let values = &mut self.values;
        Some(match name {
            "Physical Memory" => &mut values.physical,
            "Available Pages" => &mut values.available,
            "NonPagedPool Usage" => &mut values.nonpaged,
            "NonPagedPoolNx Usage" => &mut self.nonpaged_nx,
            "NonPagedPool Max" => &mut values.nonpaged_max,
            "PagedPool Usage" => &mut values.paged,
            "PagedPool Maximum" | "PagedPool Max" => &mut values.paged_max,
            "Committed pages" => &mut values.committed,
            "Commit limit" => &mut values.commit_limit,
            _ => return None,
        })
    }
}

/// Collects the output of `!vm`.
#[derive(Default)]
pub struct Reader {
    done: Vec<Raw>,
    current: Raw,
}

impl Reader {
    /// Reads a line and returns whether it belongs to `!vm`.
    pub fn line(&mut self, line: &str) -> bool {
        let text = super::super::text::collapsed(line);
        let lower = text.to_ascii_lowercase();
        if lower.contains("excessive") && lower.contains("pool usage") {
            // Stars, from Markdown or the debugger, may be missing: compare only the words.
            let pool =
                if lower.contains("nonpaged") || lower.contains("non-paged") { Pool::Nonpaged } else { Pool::Paged };
            self.current.values.excessive.push(pool);
            self.current.values.excessive.dedup();
            return true;
        }
        let Some((name, pages)) = figure(&text) else { return false };
        if name == "Physical Memory" && self.current.values.physical.is_some() {
            self.done.push(std::mem::take(&mut self.current));
        }
        if self.current.slot(name).is_none() {
            // The command prints about 60 other figures, which are not used.
            return self.current.seen;
        }
        self.current.seen = true;
        let bytes = pages.filter(|p| *p < TOO_MANY_PAGES).and_then(|p| p.checked_mul(PAGE));
        match (bytes, self.current.slot(name)) {
            (Some(_), Some(slot)) => *slot = bytes,
            // A negative number is printed as nearly 2^64 pages.
            _ => self.current.impossible.push(ImpossibleFigure { name: name.to_owned(), bytes: None }),
        }
        true
    }

    /// Every `!vm`, without impossible figures.
    pub fn finish(mut self, warnings: &mut Vec<SessionWarning>) -> Vec<VirtualMemory> {
        if self.current.seen || !self.current.values.excessive.is_empty() {
            self.done.push(self.current);
        }
        self.done.into_iter().map(|raw| judged(raw, warnings)).collect()
    }
}

/// Removes figures that contradict each other.
fn judged(raw: Raw, warnings: &mut Vec<SessionWarning>) -> VirtualMemory {
    let Raw { mut values, nonpaged_nx, mut impossible, .. } = raw;
    if let Some(nx) = nonpaged_nx {
        values.nonpaged = Some(values.nonpaged.unwrap_or(0).saturating_add(nx));
    }
    if let Some(physical) = values.physical {
        // Nonpaged pool is in RAM, and paged pool is committed.
        if values.nonpaged.is_some_and(|n| n > physical) {
            impossible.push(ImpossibleFigure { name: "NonPagedPool Usage".to_owned(), bytes: values.nonpaged.take() });
        }
        let most = values.commit_limit.unwrap_or(physical.saturating_mul(4)).max(physical);
        if values.paged.is_some_and(|p| p > most) {
            impossible.push(ImpossibleFigure { name: "PagedPool Usage".to_owned(), bytes: values.paged.take() });
        }
        // An address space larger than memory is not a limit: 2^44 KB, or 128 GB on a machine with 4 GB.
        values.nonpaged_max = values.nonpaged_max.filter(|max| *max <= physical);
        values.paged_max = values.paged_max.filter(|max| *max <= most);
    }
    // 16 TB is the whole address space of a pool.
    values.nonpaged_max = values.nonpaged_max.filter(|max| *max < ADDRESS_SPACE);
    values.paged_max = values.paged_max.filter(|max| *max < ADDRESS_SPACE);
    // A maximum below the usage is that of another kind of pool.
    values.nonpaged_max = values.nonpaged_max.filter(|max| values.nonpaged.is_none_or(|used| used <= *max));
    values.paged_max = values.paged_max.filter(|max| values.paged.is_none_or(|used| used <= *max));
    if !impossible.is_empty() {
        warnings.push(SessionWarning::ImpossibleFigures(impossible));
    }
    // Impossible usage is not excessive either.
    let excessive = std::mem::take(&mut values.excessive);
    values.excessive = excessive.into_iter().filter(|pool| values.used(*pool).is_some()).collect();
    values
}

/// `Name: 123 ( 492 Kb)`: the name and the pages; `None` for pages beyond 64 bits.
fn figure(text: &str) -> Option<(&str, Option<u64>)> {
    let (name, rest) = text.split_once(':')?;
    let name = name.trim_start_matches(['*', ' ']);
    let rest = rest.trim_start();
    let length = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',').len();
    let (digits, rest) = rest.split_at(length);
    let rest = rest.trim_start();
    let is_kb = rest.starts_with('(') && rest.to_ascii_lowercase().contains("kb)");
    (!digits.is_empty() && is_kb && name.len() < 40).then_some((name, super::super::text::number(digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<VirtualMemory>, Vec<SessionWarning>) {
        let mut reader = Reader::default();
        text.lines().for_each(|line| {
            reader.line(line);
        });
        let mut warnings = Vec::new();
        (reader.finish(&mut warnings), warnings)
    }

    #[test]
    fn usage_maximum_and_what_is_excessive() {
        let (found, warnings) = read(
            "      Physical Memory:    262144   ( 1048576 Kb)\n NonPagedPool Usage: 140000 ( 560000 Kb)\n\
             NonPagedPool Max: 196608 ( 786432 Kb)\n********** Excessive NonPaged Pool Usage *****\n\
             PagedPool Usage:      1597   (    6388 Kb)\nPagedPool Maximum:   33554432   (   134217728 Kb)\n",
        );
        assert_eq!(found.len(), 1);
        let vm = &found[0];
        assert_eq!((vm.physical, vm.nonpaged_max), (Some(1 << 30), Some(196_608 * PAGE)));
        assert_eq!(vm.excessive, [Pool::Nonpaged]);
        assert_eq!(vm.paged_max, None, "128 GB is no limit on a machine of 1");
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn what_cannot_be_is_left_out() {
        let (found, warnings) = read(
            "Physical Memory: 2097152 ( 8388608 Kb)\nNonPagedPool Usage: 30932992 ( 123731968 Kb)\n\
             NonPagedPool Max: 4294967296 (17179869184 Kb)\n********** Excessive NonPaged Pool Usage *****\n\
             Committed pages: 18446735296008579352 (18446708962905662560 Kb)\n",
        );
        let vm = &found[0];
        assert_eq!((vm.nonpaged, vm.nonpaged_max, vm.committed), (None, None, None), "118 GB on 8 GB");
        let figure = |name: &str, bytes| ImpossibleFigure { name: name.to_owned(), bytes };
        let nonpaged = figure("NonPagedPool Usage", Some(30_932_992 * PAGE));
        let impossible = SessionWarning::ImpossibleFigures(vec![figure("Committed pages", None), nonpaged]);
        assert!(vm.excessive.is_empty(), "{vm:?}");
        assert_eq!(warnings, [impossible]);
        assert!(warnings[0].to_string().contains("118 GB"), "{}", warnings[0]);
    }
}

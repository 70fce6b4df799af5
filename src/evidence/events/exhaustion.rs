//! Event 2004 of the Resource-Exhaustion-Detector: memory ran low; Windows lists which processes and tags use it.
//!
//! Fields: the provider's manifest, which is part of Windows.

use crate::base::{Pool, SnapshotPlace};
use crate::evidence::poolmon::{PoolSnapshot, SnapshotSource, TagUse};
use crate::evidence::tag::Tag;

/// The fields of the event, in bytes. Old versions have only the system's part, and texts only the processes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryExhaustion {
    /// Physical memory that Windows manages, bytes.
    pub physical_memory: Option<u64>,
    /// Commit limit, bytes.
    pub commit_limit: Option<u64>,
    /// Committed memory, bytes.
    pub commit_charge: Option<u64>,
    /// Nonpaged pool, bytes.
    pub nonpaged: Option<u64>,
    /// Paged pool, bytes.
    pub paged: Option<u64>,
    /// The largest tags of both pools, with bytes.
    pub tags: Vec<(Pool, Tag, u64)>,
    /// The processes with the most committed memory.
    pub processes: Vec<ProcessUse>,
}

/// A process in the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessUse {
    /// File name.
    pub name: String,
    /// Process id.
    pub pid: u32,
    /// Committed memory, bytes.
    pub commit: u64,
    /// Open handles, if in the event.
    pub handles: Option<u64>,
}

impl MemoryExhaustion {
    /// Pool use by tag; `None` if the event has no tags.
    #[must_use]
    pub fn snapshot(&self, event: u32) -> Option<PoolSnapshot> {
        let mut snapshot = PoolSnapshot::new(SnapshotSource::Event, SnapshotPlace::Event(event));
        snapshot.partial = true;
        snapshot.totals.nonpaged = self.nonpaged;
        snapshot.totals.paged = self.paged;
        snapshot.totals.physical = self.physical_memory;
        let tag_use = |(pool, tag, bytes): &(Pool, Tag, u64)| TagUse {
            tag: *tag,
            pool: *pool,
            allocs: None,
            frees: None,
            outstanding: 0,
            bytes: *bytes,
        };
        snapshot.tags = self.tags.iter().map(tag_use).collect();
        snapshot.sort();
        (!snapshot.tags.is_empty()).then_some(snapshot)
    }
}

/// Processes in a message: `w3wp.exe (1276) consumed 6617141248 bytes, …`.
pub fn of_message(message: &str) -> Option<MemoryExhaustion> {
    let mut processes = Vec::new();
    let words: Vec<&str> = message.split_whitespace().collect();
    // The verb depends on the language: a number in parentheses, a word or two, a number of bytes.
    for (at, word) in words.iter().enumerate() {
        let Some(pid) = word.strip_prefix('(').and_then(|w| w.strip_suffix(')')).and_then(|w| w.parse().ok()) else {
            continue;
        };
        let Some(name) = at.checked_sub(1).and_then(|at| words.get(at)) else { continue };
        let bytes = words[at + 1..].iter().take(4).find_map(|w| w.trim_end_matches([',', '.']).parse::<u64>().ok());
        let Some(commit) = bytes else { continue };
        let name = name.chars().take(64).collect();
        processes.push(ProcessUse { name, pid, commit, handles: None });
    }
    (!processes.is_empty()).then(|| MemoryExhaustion { processes, ..MemoryExhaustion::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_of_a_message() {
        let message = "Windows successfully diagnosed a low virtual memory condition. The following programs consumed the most \
                       virtual memory: qbittorrent.exe (1276) consumed 6617141248 bytes, avp.exe (4508) consumed 297693184 \
                       bytes, and svchost.exe (1432) consumed 196317184 bytes.";
        let found = of_message(message).unwrap();
        assert_eq!(found.processes.len(), 3);
        assert_eq!((found.processes[0].name.as_str(), found.processes[0].pid), ("qbittorrent.exe", 1276));
        assert_eq!(found.processes[2].commit, 196_317_184);
        assert!(found.snapshot(2004).is_none());
        assert!(of_message("nothing (of) 5 use").is_none());
    }
}

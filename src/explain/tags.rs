//! Sentences about pool tags and their drivers.

use super::evidence::{inconsistency, ordering, owner_disagreement, snapshot_source};
use super::words::{list, moment};
use crate::attribute::tags::{
    LIKELY, LargestTag, Lead, Seen, TagDisagreement, TagReason, TagShare, Tags, Taken, Usage,
};
use crate::base::{Pool, units};
use crate::evidence::poolmon::SnapshotSource;

/// The tags in a headline: `; tag NDav → foo.sys`. Empty without tags.
pub fn named(tags: &Tags) -> String {
    let Some(first) = tags.leads.first() else { return String::new() };
    let perhaps = match first.seen {
        Seen::Growing => "",
        Seen::Large => "perhaps ",
    };
    format!("; {perhaps}{}", leads(&tags.leads))
}

/// Tags with their drivers: `tags NDav → foo.sys and Fil2`.
fn leads(leads: &[Lead]) -> String {
    let each: Vec<String> = leads.iter().map(lead).collect();
    format!("{} {}", if each.len() == 1 { "tag" } else { "tags" }, each.join(" and "))
}

fn lead(lead: &Lead) -> String {
    let driver = match &lead.driver {
        Some(driver) if driver.confidence >= LIKELY => format!(" → {}", driver.file),
        Some(driver) => format!(" → perhaps {}", driver.file),
        None if lead.on_behalf => " (allocated by Windows on behalf of others)".to_owned(),
        None => String::new(),
    };
    format!("{}{driver}", lead.tag)
}

/// `; they show tag NDav grow`, or empty.
fn they_show(shown: &[Lead]) -> String {
    if shown.is_empty() { String::new() } else { format!(". They show {} grow", leads(shown)) }
}

/// The largest tag of a pool.
pub fn largest(tag: &LargestTag) -> String {
    let driver = tag.driver.as_ref().map_or_else(String::new, |file| format!(" → {file}"));
    format!("tag {}{driver} uses {}, {} of it", tag.tag, units::bytes(tag.bytes as f64), units::percent(tag.share))
}

/// The largest tags of the only snapshot.
pub fn largest_of_snapshot(largest: &[TagShare]) -> String {
    let share = |t: &TagShare| {
        let of_pool = t.of_pool.map_or_else(String::new, |share| format!(", {} of the pool", units::percent(share)));
        format!("{} ({}{of_pool})", t.tag, units::bytes(t.bytes as f64))
    };
    format!("the largest tags are {}", list(&largest.iter().map(share).collect::<Vec<_>>()))
}

/// The tools that snapshots come from.
fn sources(sources: &[SnapshotSource]) -> String {
    sources.iter().map(|source| snapshot_source(*source)).collect::<Vec<_>>().join(" and ")
}

/// Evidence from tags.
pub fn reason(reason: &TagReason) -> String {
    match reason {
        TagReason::NothingRose { sources: from, snapshots, hours } => {
            let over = hours.map_or_else(String::new, |hours| format!(" in {}", units::duration(hours)));
            format!(
                "{}: over {snapshots} snapshots{over} neither the pool nor any tag rose by more than chance, so they do not show \
                 what leaks. Take snapshots while the pool grows, over more hours",
                sources(from)
            )
        }
        TagReason::Grew { .. } => grew(reason),
        TagReason::InStep { lead, allocations, with, pool } => {
            let other = |of: Pool| if of == *pool { String::new() } else { format!(" of {}", lower(of)) };
            let each: Vec<String> = with
                .iter()
                .map(|(tag, of, gained)| format!("{tag}{} ({})", other(*of), units::count(*gained as f64)))
                .collect();
            format!(
                "These tags rise in step with {lead} ({} allocations): {}. They are allocated together and have one cause",
                units::count(*allocations as f64),
                each.join(", ")
            )
        }
        TagReason::WholeBytes => {
            "A tag uses more than 4 GB, which the display shows modulo 4 GB; the missing part was \
                                  computed from its allocations"
                .to_owned()
        }
        TagReason::OtherTimeSameRate { pool, snapshots, log } => format!(
            "The snapshots are not from the time of the leak in the log, but {} grows about as fast in them: {}, against {}",
            lower(*pool),
            units::rate(*snapshots),
            units::rate(*log)
        ),
        TagReason::OneSnapshot { source, largest } => format!(
            "{}: {}. One snapshot shows what is there, not what grows",
            snapshot_source(*source),
            largest_of_snapshot(largest)
        ),
        TagReason::VirtualMemory { file, used, maximum, usage } => {
            let of = maximum.map_or_else(String::new, |m| format!(" of at most {}", units::bytes(m as f64)));
            let excessive = match usage {
                Usage::Excessive => ", which it calls excessive",
                Usage::Normal => "",
            };
            format!("!vm in {file}: the pool uses {}{of}{excessive}", units::bytes(*used as f64))
        }
        TagReason::AllocatedForOthers(tag) => format!(
            "Windows allocates tag {tag} on behalf of others: find the driver or process that asks for it, by the tags that rise \
             with it or with a trace of allocations and their stacks"
        ),
        TagReason::NotInScannedFiles { files, tags } => format!(
            "None of the {} scanned contains {}: the driver's file is somewhere else, or the driver makes up the tag at run time",
            units::counted(*files, "driver file", "driver files"),
            tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
        ),
        TagReason::LeadsToWhoAsks { lead, own } => format!(
            "Tag {lead} uses less than {own}, but Windows allocates {own} on behalf of others, so {lead} leads to the cause"
        ),
    }
}

fn grew(reason: &TagReason) -> String {
    let TagReason::Grew { sources: from, snapshots, window, ordering: by, bytes, tags, explained } = reason else {
        return String::new();
    };
    let when = window.map_or_else(String::new, |(from, to)| format!(" from {} to {}", moment(from), moment(to)));
    let (from, bytes) = (sources(from), units::bytes(*bytes));
    if tags.is_empty() {
        return format!(
            "{from}: over {snapshots} snapshots{when} the pool grew by {bytes}, but no single tag makes much of that"
        );
    }
    let each: Vec<String> = tags.iter().map(|(tag, gain)| format!("{tag} ({})", units::bytes(*gain))).collect();
    let ordered = by.map_or_else(String::new, |by| format!(", ordered by {},", ordering(by)));
    format!(
        "{from}: over {snapshots} snapshots{when}{ordered} the pool grew by {bytes}; {} {} {} of that",
        list(&each),
        if each.len() == 1 { "explains" } else { "explain" },
        units::percent(*explained)
    )
}

/// A contradiction between tags and counters, or among tags.
pub fn disagreement(disagreement: &TagDisagreement) -> String {
    match disagreement {
        TagDisagreement::Inconsistent { why, shown } => format!(
            "{}. The snapshots of pool tags are from another machine or another time, or their clock is wrong, so they are not \
             used{}",
            inconsistency(why),
            they_show(shown)
        ),
        TagDisagreement::Unexplained { explained } => format!(
            "The tags that grow explain {} of the pool's growth: much of it is in tags that come and go, or in what no tag counts",
            units::percent(*explained)
        ),
        TagDisagreement::OtherRate { snapshots, log, taken, shown } => {
            let time = match taken {
                Taken::AtAnotherTime => "They are from another time and",
                Taken::DuringTheLeak => "They",
            };
            format!(
                "In the snapshots the pool grew by {}, in the log it leaks {}. {time} may show something else, so they are not \
                 used{}",
                units::rate(*snapshots),
                units::rate(*log),
                they_show(shown)
            )
        }
        TagDisagreement::NotInCounters { bytes, shown } => {
            let of_tags = if shown.is_empty() { String::new() } else { format!(" ({})", leads(shown)) };
            format!(
                "The snapshots of pool tags show the pool grow by {}{of_tags}, but the counters do not: check that they are from the \
                 same machine and time",
                units::bytes(*bytes)
            )
        }
        TagDisagreement::Owner(owner) => owner_disagreement(owner),
    }
}

/// A pool's name within a sentence.
pub fn lower(pool: Pool) -> &'static str {
    match pool {
        Pool::Nonpaged => "nonpaged pool",
        Pool::Paged => "paged pool",
    }
}

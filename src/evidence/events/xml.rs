//! Events exported as XML by Event Viewer, `wevtutil` and PowerShell.

use roxmltree::Node;

use super::exhaustion::{MemoryExhaustion, ProcessUse};
use super::xml_limits;
use super::{Event, EventError, EventWarning, Record};
use crate::base::Pool;
use crate::base::time::Timestamp;
use crate::evidence::dates;
use crate::evidence::tag::Tag;
use crate::evidence::text;

/// Maximum size of a file. The events of a year need a fraction of it, and a parsed document needs several times the
/// memory of its text.
const MAX_BYTES: usize = 64 << 20;

/// Whether a file looks like exported events.
#[must_use]
pub fn is_event_xml(head: &str) -> bool {
    let head = head.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    head.starts_with('<') && (head.contains("<Event") || head.contains("schemas.microsoft.com/win/2004/08/events"))
}

/// The relevant events of an export.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exported {
    /// Relevant events.
    pub events: Vec<Event>,
    /// Number of all events.
    pub all: usize,
    /// What could not be read.
    pub warnings: Vec<EventWarning>,
}

#[derive(Default)]
struct Collected {
    events: Vec<Event>,
    all: usize,
    damaged: Option<(usize, String)>,
    /// Number of relevant events without a readable time.
    undated: usize,
}

impl Collected {
    fn add(&mut self, document: &roxmltree::Document<'_>) {
        for event in document.descendants().filter(|n| n.tag_name().name() == "Event") {
            self.all += 1;
            let record = record(event);
            let matters = record.kind().is_some();
            match record.event() {
                Some(event) => self.events.push(event),
                None => self.undated += usize::from(matters),
            }
        }
    }

    fn finish(self) -> Exported {
        let Self { events, all, damaged, undated } = self;
        let damaged = damaged.map(|(count, first)| EventWarning::Damaged { count, first });
        let undated = (undated > 0).then_some(EventWarning::Undated { undated, all });
        Exported { events, all, warnings: damaged.into_iter().chain(undated).collect() }
    }
}

/// The events of a file. If it is damaged or truncated, each event is read separately.
///
/// # Errors
/// If no event can be read, with line and column; or if the file is too large.
pub fn parse_event_xml(bytes: &[u8]) -> Result<Exported, EventError> {
    if bytes.len() > MAX_BYTES {
        return Err(EventError::XmlTooLarge { limit_mb: MAX_BYTES >> 20 });
    }
    let content = text::decode(bytes);
    let content = content.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    if let Some(limit) = xml_limits::exceeded(content) {
        return Err(EventError::XmlTooComplex(limit));
    }
    let mut collected = Collected::default();
    let whole = match roxmltree::Document::parse(content) {
        Ok(document) => {
            collected.add(&document);
            return Ok(collected.finish());
        }
        Err(e) => e,
    };
    for event in each_event(content) {
        match roxmltree::Document::parse(event) {
            Ok(document) => collected.add(&document),
            Err(e) => collected.damaged.get_or_insert_with(|| (0, e.to_string())).0 += 1,
        }
    }
    if collected.all == 0 {
        return Err(whole.into());
    }
    // `wevtutil qe /f:xml` writes events one after another without a root: nothing is lost.
    Ok(collected.finish())
}

/// The text of each event. An event without an end tag extends to the end of the file.
fn each_event(content: &str) -> impl Iterator<Item = &str> {
    let begins = |at: &usize| content[at + 6..].starts_with([' ', '>', '\r', '\n', '\t']);
    let starts: Vec<usize> = content.match_indices("<Event").map(|(at, _)| at).filter(begins).collect();
    let ends = starts.clone().into_iter().skip(1).chain([content.len()]);
    starts.into_iter().zip(ends).map(|(from, to)| {
        let part = &content[from..to];
        part.find("</Event>").map_or(part, |end| &part[..end + 8])
    })
}

/// One rendered event of an .evtx; `None` if not relevant.
pub(super) fn of_record(xml: &str) -> Result<Option<Event>, roxmltree::Error> {
    // The text of an event can contain characters that are invalid in XML.
    let clean: String = xml.chars().filter(|c| !c.is_control() || c.is_whitespace()).collect();
    let document = roxmltree::Document::parse(&clean)?;
    Ok(record(document.root_element()).event())
}

fn record(event: Node<'_, '_>) -> Record {
    let child = |name: &str| event.descendants().find(|n| n.tag_name().name() == name);
    let text = |name: &str| child(name).and_then(|n| n.text()).map(str::trim).unwrap_or_default();
    let provider = child("Provider");
    let source = provider.and_then(|p| p.attribute("Name").or_else(|| p.attribute("EventSourceName")));
    let time = child("TimeCreated").and_then(|n| n.attribute("SystemTime")).and_then(dates::find);
    let (stamps, _) = dates::resolve(&[time], None);
    let fields = child("EventData").or_else(|| child("UserData"));
    let leaves = fields.into_iter().flat_map(|data| data.descendants()).filter(Node::is_element).filter_map(|n| {
        let value = n.text()?.trim();
        let name = n.attribute("Name").unwrap_or(n.tag_name().name());
        (!value.is_empty()).then(|| (name.to_owned(), value.chars().take(400).collect()))
    });
    Record {
        // Windows writes UTC, with or without a Z.
        time: stamps[0].map(|s| Timestamp::Utc(s.utc(0))),
        computer: text("Computer").chars().take(255).collect(),
        source: source.unwrap_or_default().chars().take(200).collect(),
        id: text("EventID").parse().unwrap_or(0),
        fields: leaves.take(60).collect(),
        message: text("Message").chars().take(4000).collect(),
        exhaustion: child("MemoryExhaustionInfo").map(exhaustion),
    }
}

/// Maximum number of tags and processes of an event, which has only a few.
const MOST: usize = 50;

fn exhaustion(info: Node<'_, '_>) -> MemoryExhaustion {
    let number = |of: Node<'_, '_>, name: &str| -> Option<u64> {
        of.descendants().find(|n| n.tag_name().name() == name)?.text()?.trim().parse().ok()
    };
    let part = |name: &str| info.descendants().find(|n| n.tag_name().name() == name);
    let system = part("SystemInfo").unwrap_or(info);
    let pools = [("NonPagedPoolInfo", Pool::Nonpaged), ("PagedPoolInfo", Pool::Paged)];
    let tags = pools.into_iter().flat_map(|(name, pool)| {
        let tags = part(name).into_iter().flat_map(|pool| pool.children()).filter(Node::is_element).take(MOST);
        tags.filter_map(move |tag| {
            let name = tag.descendants().find(|n| n.tag_name().name() == "Name")?.text()?;
            Some((pool, Tag::parse(name).or_else(|| Tag::parse(name.trim()))?, number(tag, "PoolUsed")?))
        })
    });
    let listed = part("ProcessInfo").into_iter().flat_map(|p| p.children()).filter(Node::is_element).take(MOST);
    let processes = listed.filter_map(|process| {
        let name = process.descendants().find(|n| n.tag_name().name() == "Name")?.text()?.trim();
        Some(ProcessUse {
            name: name.chars().take(64).collect(),
            pid: number(process, "ID")?.try_into().ok()?,
            commit: number(process, "CommitCharge")?,
            handles: number(process, "HandleCount"),
        })
    });
    MemoryExhaustion {
        physical_memory: number(system, "PhysicalMemorySize").filter(|bytes| *bytes > 0),
        commit_limit: number(system, "SystemCommitLimit"),
        commit_charge: number(system, "SystemCommitCharge"),
        nonpaged: number(system, "NonPagedPoolUsage"),
        paged: number(system, "PagedPoolUsage"),
        tags: tags.collect(),
        processes: processes.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::events::EventKind;

    const EVENT: &str = r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>
        <Provider Name="Microsoft-Windows-Resource-Exhaustion-Detector"/><EventID>2004</EventID>
        <TimeCreated SystemTime="2023-12-27T11:17:15.5785479Z"/><Computer>srv.example</Computer></System>
        <UserData><MemoryExhaustionInfo><SystemInfo><PhysicalMemorySize>8450822144</PhysicalMemorySize></SystemInfo>
        <NonPagedPoolInfo><Tag_1><Name>Io  </Name><PoolUsed>64679936</PoolUsed></Tag_1></NonPagedPoolInfo>
        <ProcessInfo><Process_1><Name>a.exe</Name><ID>30876</ID><CommitCharge>5</CommitCharge><HandleCount>9</HandleCount>
        </Process_1></ProcessInfo></MemoryExhaustionInfo></UserData></Event>"#;

    fn exhaustions(bytes: &[u8]) -> Vec<MemoryExhaustion> {
        let events = parse_event_xml(bytes).unwrap().events;
        let of = |event: Event| match event.kind {
            EventKind::LowMemory(exhaustion) => Some(*exhaustion),
            _ => None,
        };
        events.into_iter().filter_map(of).collect()
    }

    #[test]
    fn one_event_or_many_in_either_encoding() {
        let other = EVENT.replace("2004<", "1001<");
        let many = format!("<?xml version=\"1.0\"?><Events>{EVENT}{other}{EVENT}</Events>");
        let utf16: Vec<u8> = many.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let rootless = format!("{EVENT}\r\n{other}\r\n{EVENT}");
        assert!(is_event_xml(EVENT) && !is_event_xml("\"(PDH-CSV 4.0)\""));
        for (bytes, count) in [(EVENT.as_bytes(), 1), (many.as_bytes(), 2), (&utf16, 2), (rootless.as_bytes(), 2)] {
            let found = exhaustions(bytes);
            assert_eq!(found.len(), count);
            assert_eq!(found[0].physical_memory, Some(8_450_822_144));
            assert_eq!(found[0].tags, [(Pool::Nonpaged, Tag(*b"Io  "), 64_679_936)]);
            assert_eq!(found[0].processes[0].handles, Some(9));
        }
    }

    #[test]
    fn one_damaged_event_loses_no_other() {
        let bad = EVENT.replace("a.exe", "a & b \u{1}");
        let cut = &EVENT[..EVENT.len() / 2];
        let found = parse_event_xml(format!("<Events>{EVENT}{bad}{EVENT}{cut}").as_bytes()).unwrap();
        assert!(
            found.events.len() == 2 && matches!(found.warnings[..], [EventWarning::Damaged { count: 2, .. }]),
            "{found:?}"
        );
        let undated = EVENT.replace("2023-12-27T", "yesterday ");
        let found = parse_event_xml(undated.as_bytes()).unwrap();
        assert_eq!((found.events.len(), found.warnings), (0, vec![EventWarning::Undated { undated: 1, all: 1 }]));
    }

    #[test]
    fn broken_xml_is_named_with_its_place() {
        let error = parse_event_xml(b"<Event><System></Event>").unwrap_err();
        assert!(matches!(error, EventError::Xml(_)) && error.to_string().contains("1:"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let _ = parse_event_xml(&bytes);
        }
    }
}

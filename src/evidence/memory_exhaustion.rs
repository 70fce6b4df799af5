//! Event 2004 of the Resource-Exhaustion-Detector, as Event Viewer, `wevtutil` and PowerShell export
//! it: XML. Windows writes it when memory runs low, and it says how much memory the machine has.

use chrono::{DateTime, FixedOffset};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryExhaustion {
    /// Computer name; may carry a domain.
    pub computer: String,
    /// When, UTC.
    pub time: Option<DateTime<FixedOffset>>,
    /// Physical memory that Windows manages, bytes.
    pub physical_memory: u64,
}

/// Largest file that is parsed. The events of a year fit in a fraction of it, and a parsed document
/// takes several times the memory of its text.
const MAX_BYTES: usize = 64 << 20;

/// Whether a file looks like exported events.
#[must_use]
pub fn is_event_xml(bytes: &[u8]) -> bool {
    let head = decode(&bytes[..bytes.len().min(4096)]);
    let head = head.trim_start();
    head.starts_with('<') && (head.contains("<Event") || head.contains("schemas.microsoft.com/win/2004/08/events"))
}

/// The events 2004 of a file; other events are passed over.
///
/// # Errors
/// When the file is no well-formed XML, with line and column, or too large.
pub fn parse(bytes: &[u8]) -> Result<Vec<MemoryExhaustion>, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!(
            "the exported events are larger than {} MB; export event 2004 of the System log alone",
            MAX_BYTES >> 20
        ));
    }
    let text = decode(bytes);
    let document = roxmltree::Document::parse(text.trim_start()).map_err(|e| format!("is no well-formed XML: {e}"))?;
    let events = document.descendants().filter(|n| n.tag_name().name() == "Event");
    Ok(events.filter_map(event).collect())
}

fn event(event: roxmltree::Node<'_, '_>) -> Option<MemoryExhaustion> {
    let child = |name: &str| event.descendants().find(|n| n.tag_name().name() == name);
    let text = |name: &str| child(name)?.text().map(str::trim);
    let provider = child("Provider")?.attribute("Name")?;
    if !provider.ends_with("Resource-Exhaustion-Detector") || text("EventID")? != "2004" {
        return None;
    }
    let time = child("TimeCreated").and_then(|n| n.attribute("SystemTime"));
    Some(MemoryExhaustion {
        computer: text("Computer").unwrap_or_default().to_owned(),
        time: time.and_then(|t| DateTime::parse_from_rfc3339(t).ok()),
        physical_memory: text("PhysicalMemorySize")?.parse().ok().filter(|bytes| *bytes > 0)?,
    })
}

/// Event Viewer exports UTF-8, wevtutil UTF-16.
fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let encoding = match bytes {
        [b'<', 0, ..] => encoding_rs::UTF_16LE,
        _ => encoding_rs::UTF_8,
    };
    // A byte order mark overrides.
    encoding.decode(bytes).0
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>
        <Provider Name="Microsoft-Windows-Resource-Exhaustion-Detector"/><EventID>2004</EventID>
        <TimeCreated SystemTime="2023-12-27T11:17:15.5785479Z"/><Computer>srv.example</Computer></System>
        <UserData><MemoryExhaustionInfo><SystemInfo><PhysicalMemorySize>8450822144</PhysicalMemorySize></SystemInfo>
        </MemoryExhaustionInfo></UserData></Event>"#;

    #[test]
    fn one_event_or_many_in_either_encoding() {
        let one = parse(EVENT.as_bytes()).unwrap();
        assert_eq!((&*one[0].computer, one[0].physical_memory), ("srv.example", 8_450_822_144));
        assert_eq!(one[0].time.unwrap().to_rfc3339(), "2023-12-27T11:17:15.578547900+00:00");
        let many = format!("<Events>{EVENT}{}{EVENT}</Events>", EVENT.replace("2004</", "1001</"));
        let wide: Vec<u8> = many.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(is_event_xml(EVENT.as_bytes()) && is_event_xml(&wide));
        assert_eq!(parse(&wide).unwrap().len(), 2);
    }

    #[test]
    fn broken_xml_is_named_with_its_place() {
        let message = parse(b"<Event>\n<a></b></Event>").unwrap_err();
        assert!(message.contains("2:"), "{message}");
        assert!(!is_event_xml(b"\"(PDH-CSV 4.0)\"") && !is_event_xml(b""));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = is_event_xml(&bytes);
            let _ = parse(&bytes);
        }
    }
}

//! Event log files (.evtx), read by the evtx crate.

use std::io::Cursor;

use ::evtx::{EvtxParser, ParserSettings};

use super::{Event, EventError, EventWarning, xml};
use crate::base::catch_panic::catch_panic;

/// Whether a file is an event log.
#[must_use]
pub fn is_evtx(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ElfFile\0")
}

/// The relevant events of an .evtx.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventLog {
    /// Relevant events.
    pub events: Vec<Event>,
    /// Number of all records.
    pub records: usize,
    /// What could not be read.
    pub warnings: Vec<EventWarning>,
}

/// Size of a log's header; chunks follow.
const HEADER: usize = 4096;
const CHUNK: usize = 65_536;
/// Damaged records after which reading stops: a log has about 16 records per chunk of 64 KB.
const MOST_DAMAGED: usize = 100_000;
/// Maximum number of characters of a reader's message.
const LONGEST_MESSAGE: usize = 200;

/// Reads an event log.
///
/// # Errors
/// If it is not an event log, or nothing in it can be read.
pub fn parse_evtx(bytes: &[u8]) -> Result<EventLog, EventError> {
    catch_panic(|| parse(bytes))?
}

fn parse(bytes: &[u8]) -> Result<EventLog, EventError> {
    let parser = EvtxParser::from_read_seek(Cursor::new(bytes)).map_err(|e| EventError::Evtx(Box::new(e)))?;
    let mut parser = parser.with_configuration(ParserSettings::new().num_threads(1).indent(false));
    let mut log = EventLog::default();
    let mut damaged: Option<(usize, String)> = None;
    for record in parser.records() {
        match record {
            Ok(record) => {
                log.records += 1;
                if matters(&record.data) {
                    match xml::of_record(&record.data) {
                        Ok(event) => log.events.extend(event),
                        Err(e) => damaged.get_or_insert_with(|| (0, e.to_string())).0 += 1,
                    }
                }
            }
            Err(e) => {
                let first = || (0, e.to_string().chars().take(LONGEST_MESSAGE).collect());
                let (count, _) = damaged.get_or_insert_with(first);
                *count += 1;
                if *count >= MOST_DAMAGED {
                    break;
                }
            }
        }
    }
    if let Some((count, first)) = damaged {
        if log.records == 0 {
            return Err(EventError::NoRecord { first });
        }
        log.warnings.push(EventWarning::Damaged { count, first });
    }
    if bytes.len() % CHUNK != HEADER % CHUNK {
        log.warnings.push(EventWarning::CutOff);
    }
    Ok(log)
}

/// Ids of events that may be relevant: a log contains tens of thousands of others, which are not parsed.
const NUMBERS: &[&str] = &[
    "2004", "2017", "2019", "2020", "2021", "2022", "333", "6005", "6006", "6008", "12", "13", "41", "1001", "7045",
    "19", "20001", "20003",
];

fn matters(xml: &str) -> bool {
    let Some((_, rest)) = xml.split_once("<EventID") else { return false };
    let Some((_, rest)) = rest.split_once('>') else { return false };
    rest.split('<').next().is_some_and(|number| NUMBERS.contains(&number.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_matter_is_parsed() {
        assert!(matters("<Event><System><EventID Qualifiers=\"49152\">2019</EventID>"));
        assert!(!matters("<Event><System><EventID>4624</EventID>") && !matters("<Event/>"));
        assert!(is_evtx(b"ElfFile\0...") && parse_evtx(b"ElfFile\0cut off").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let whole = [b"ElfFile\0", &bytes[..]].concat();
            let _ = parse_evtx(&whole);
        }
    }
}

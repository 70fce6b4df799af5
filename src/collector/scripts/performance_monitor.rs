//! The collector as a template for the Performance Monitor window, which `logman import` reads too.
//!
//! Format: Microsoft, "Performance Logs and Alerts" (pla.h, schema of `IDataCollectorSet`).

use askama::Template;

use super::script::{Script, WRITTEN_BY};
use crate::collector::logman::CounterLog;

/// `LogFileFormat` of a binary log.
const BINARY: u32 = 3;
/// `AutoPathFormat`: the computer's name at the start (`plaComputer`); month, day, hour and minute at the end
/// (`plaMonthDayHourMinute`).
const FILE_NAME_FORMAT: u32 = 0x2 | 0x4000;

/// The template. Because of its extension, askama escapes values for XML.
#[derive(Template)]
#[template(path = "collector/template.xml")]
struct PerformanceMonitor<'a> {
    log: &'a CounterLog,
}

/// `template.xml`.
pub fn template(log: &CounterLog) -> Script {
    Script::new("template.xml", &PerformanceMonitor { log })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_defines_the_same_collector_as_the_command() {
        let counters = [r"\Memory\Free & Zero Page List Bytes", r"\A <b> 'c'(*)\*"];
        let log = CounterLog::default().with_counters(counters).unwrap();
        let text = template(&log).text;
        let document = roxmltree::Document::parse(&text).unwrap();
        let all = |name: &str| -> Vec<&str> {
            document.descendants().filter(|n| n.has_tag_name(name)).filter_map(|n| n.text()).collect()
        };
        assert_eq!(all("Counter"), log.counters());
        assert_eq!(
            (all("SampleInterval"), all("SegmentMaxSize"), all("RootPath")),
            (vec!["300"], vec!["300"], vec![r"c:\perflogs"])
        );
        // Binary, circular, with the computer at the start of its name and the minute at the end.
        assert_eq!(
            (all("LogFileFormat"), all("LogCircular"), all("FileNameFormat")),
            (vec!["3"], vec!["-1"], vec!["16386"])
        );
        let ends = template(&CounterLog::default().with_schedule(None, None, Some(7200)).unwrap()).text;
        assert!(text.contains("<Duration>0</Duration>") && ends.contains("<Duration>7200</Duration>"), "{ends}");
    }
}

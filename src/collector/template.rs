//! The collector as a template of the Performance Monitor window, which `logman import` reads too.
//!
//! Format: Microsoft, "Performance Logs and Alerts" (pla.h, schema of `IDataCollectorSet`).

use super::logman::CounterLog;
use super::script::{Script, WRITTEN_BY};

/// `LogFileFormat` of a binary log.
const BINARY: u32 = 3;
/// `AutoPathFormat`: the computer's name in front (`plaComputer`), month, day, hour and minute behind
/// (`plaMonthDayHourMinute`).
const FILE_NAME: u32 = 0x2 | 0x4000;

/// The template.
pub fn template(log: &CounterLog) -> Script {
    let mut lines = vec![
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned(),
        format!("<!-- W{WRITTEN_BY}. -->"),
        "<DataCollectorSet>".to_owned(),
        element("Name", log.name()),
        element("DisplayName", log.name()),
        element("Description", "Counter log for memory leaks"),
        // Seconds until it ends; 0 is never.
        element("Duration", &log.run_seconds().unwrap_or(0).to_string()),
        element("RootPath", log.folder()),
        element("SegmentMaxSize", &log.max_megabytes().to_string()),
        "<PerformanceCounterDataCollector>".to_owned(),
        element("DataCollectorType", "0"),
        element("Name", log.name()),
        element("FileName", log.name()),
        element("FileNameFormat", &FILE_NAME.to_string()),
        element("LogAppend", "0"),
        // True, as COM writes it.
        element("LogCircular", "-1"),
        element("LogOverwrite", "0"),
        element("SampleInterval", &log.interval_seconds().to_string()),
        element("LogFileFormat", &BINARY.to_string()),
    ];
    lines.extend(log.counters().iter().map(|counter| element("Counter", counter)));
    lines.extend(["</PerformanceCounterDataCollector>".to_owned(), "</DataCollectorSet>".to_owned()]);
    Script::new("template.xml", &lines)
}

fn element(name: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<{name}>{text}</{name}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_the_command_says() {
        let log = CounterLog::default().with_counters([r"\Memory\Free & Zero Page List Bytes"]).unwrap();
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
        // Binary, circular, with the computer in front of its name and the minute behind.
        assert_eq!(
            (all("LogFileFormat"), all("LogCircular"), all("FileNameFormat")),
            (vec!["3"], vec!["-1"], vec!["16386"])
        );
        let ends = template(&CounterLog::default().with_schedule(None, None, Some(7200)).unwrap()).text;
        assert!(text.contains("<Duration>0</Duration>") && ends.contains("<Duration>7200</Duration>"), "{ends}");
    }
}

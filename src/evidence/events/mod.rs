//! Windows events about memory: exhausted pools, low memory, restarts, crashes and installations.

mod error;
mod evtx;
mod exhaustion;
mod text;
mod xml;
pub mod xml_limits;

use crate::base::Pool;
use crate::base::time::Timestamp;

pub use error::{EventError, EventWarning};
pub use evtx::{EventLog, is_evtx, parse_evtx};
pub use exhaustion::{MemoryExhaustion, ProcessUse};
pub use text::{is_event_text, parse_event_text};
pub use xml::Exported;
pub use xml::{is_event_xml, parse_event_xml};

/// A relevant event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Time of the event.
    pub time: Timestamp,
    /// Computer name, possibly with a domain; empty if not in the export.
    pub computer: String,
    /// Event id.
    pub id: u32,
    /// Event source.
    pub source: String,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// The file server could not allocate pool: it was exhausted (2019 nonpaged, 2020 paged) or at its limit (2017).
    PoolExhausted(Pool),
    /// The file server had no work items left, or a registry write failed for lack of memory.
    OutOfResources,
    /// Memory was low; Windows lists which processes and tags use it.
    LowMemory(Box<MemoryExhaustion>),
    /// The system started.
    Boot,
    /// The system was shut down.
    Shutdown,
    /// The system stopped without a shutdown.
    Crash,
    /// A driver, a service or an update was installed.
    Installed {
        /// Kind of the installation.
        what: Installed,
        /// Name or title, if in the event.
        name: Option<String>,
        /// File, if in the event.
        file: Option<String>,
    },
}

/// Kind of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// A kernel driver.
    Driver,
    /// A service that runs as a process.
    Service,
    /// An update of Windows or of other Microsoft products.
    Update,
}

/// The fields of an event in any form, before its relevance is known.
#[derive(Clone, Debug, Default)]
struct Record {
    time: Option<Timestamp>,
    computer: String,
    source: String,
    id: u32,
    /// Named fields of the event data.
    fields: Vec<(String, String)>,
    /// The message, if in the export.
    message: String,
    exhaustion: Option<MemoryExhaustion>,
}

impl Record {
    fn field(&self, names: &[&str]) -> Option<&str> {
        let found = self.fields.iter().find(|(name, value)| names.iter().any(|n| name == n) && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// The event, if relevant.
    fn event(self) -> Option<Event> {
        let time = self.time?;
        let kind = self.kind()?;
        Some(Event { time, computer: self.computer, id: self.id, source: self.source, kind })
    }

    fn kind(&self) -> Option<EventKind> {
        let source = self.source.to_ascii_lowercase();
        let is = |name: &str| source == name || source == format!("microsoft-windows-{name}");
        let server = matches!(
            source.as_str(),
            "srv" | "srv2" | "srvnet" | "server" | "lanmanserver" | "microsoft-windows-smbserver"
        );
        match self.id {
            2019 if server => Some(EventKind::PoolExhausted(Pool::Nonpaged)),
            2017 if server => Some(EventKind::PoolExhausted(Pool::Nonpaged)),
            2020 if server => Some(EventKind::PoolExhausted(Pool::Paged)),
            2021 | 2022 if server => Some(EventKind::OutOfResources),
            333 if is("application popup") => Some(EventKind::OutOfResources),
            2004 if is("resource-exhaustion-detector") => {
                let exhaustion = self.exhaustion.clone().or_else(|| exhaustion::of_message(&self.message));
                Some(EventKind::LowMemory(Box::new(exhaustion.unwrap_or_default())))
            }
            6005 if is("eventlog") => Some(EventKind::Boot),
            12 if is("kernel-general") => Some(EventKind::Boot),
            6006 if is("eventlog") => Some(EventKind::Shutdown),
            13 if is("kernel-general") => Some(EventKind::Shutdown),
            6008 if is("eventlog") => Some(EventKind::Crash),
            41 if is("kernel-power") => Some(EventKind::Crash),
            1001 if is("wer-systemerrorreporting") || is("bugcheck") => Some(EventKind::Crash),
            7045 if is("service control manager") || is("service-control-manager") => Some(self.service()),
            19 if is("windowsupdateclient") => {
                Some(EventKind::Installed { what: Installed::Update, name: self.update(), file: None })
            }
            20001 | 20003 if is("userpnp") => Some(self.device()),
            _ => None,
        }
    }

    /// 7045: a service was installed. Its type distinguishes drivers from processes.
    fn service(&self) -> EventKind {
        let message = &self.message;
        // In other languages the labels differ, but not their order.
        let values: Vec<&str> =
            message.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.1.trim())).collect();
        let of = |names: &[&str], labels: &[&str], place: usize| {
            let labelled =
                || labels.iter().find_map(|label| Some(message.split_once(label)?.1.lines().next()?.trim().to_owned()));
            let placed = || values.get(place).map(|value| (*value).to_owned());
            self.field(names).map(str::to_owned).or_else(labelled).or_else(placed).unwrap_or_default()
        };
        let name = of(&["ServiceName", "param1"], &["Service Name:"], 0);
        let file = of(&["ImagePath", "param2"], &["Service File Name:"], 1);
        let kind = of(&["ServiceType", "param3"], &["Service Type:"], 2).to_ascii_lowercase();
        let path = file.trim_matches('"').to_ascii_lowercase();
        let is_driver = kind.contains("kernel")
            || kind.contains("file system driver")
            || path.rsplit_once('.').is_some_and(|(_, extension)| extension == "sys");
        EventKind::Installed {
            what: if is_driver { Installed::Driver } else { Installed::Service },
            name: (!name.is_empty()).then(|| short(&name)),
            file: file_name(&file),
        }
    }

    /// 19: an update was installed. Its title, if in the event.
    fn update(&self) -> Option<String> {
        let title = self.field(&["updateTitle"]).map(str::to_owned);
        let title = title.or_else(|| Some(self.message.lines().next()?.rsplit_once(": ")?.1.to_owned()));
        title.map(|title| short(&title))
    }

    /// 20001: a device's driver was installed. 20003: its service was added.
    fn device(&self) -> EventKind {
        let name = self.field(&["DriverName", "ServiceName", "DriverDescription", "DeviceInstanceID"]);
        let from_message = || {
            let after = |mark: &str| Some(self.message.split_once(mark)?.1.split_whitespace().next()?.to_owned());
            after("driver ").or_else(|| after("service "))
        };
        let name = name.map(str::to_owned).or_else(from_message);
        let file = self.field(&["DriverFileName"]).and_then(file_name);
        let name = name.map(|name| short(&file_name(&name).unwrap_or(name)));
        EventKind::Installed { what: Installed::Driver, name, file }
    }
}

/// The last part of a path.
fn file_name(path: &str) -> Option<String> {
    let path = path.trim().trim_matches('"');
    let name = path.rsplit(['\\', '/']).next()?.split('"').next()?.trim();
    (!name.is_empty()).then(|| short(name))
}

/// A name, shortened to a usual length.
fn short(text: &str) -> String {
    super::text::collapsed(text).chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u32, source: &str, fields: &[(&str, &str)], message: &str) -> Option<EventKind> {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 3)?;
        Record {
            time: Some(Timestamp::Utc(day.and_hms_opt(2, 0, 0)?)),
            source: source.to_owned(),
            id,
            fields: fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            message: message.to_owned(),
            ..Record::default()
        }
        .event()
        .map(|event| event.kind)
    }

    #[test]
    fn what_events_mean() {
        assert_eq!(record(2019, "srv", &[], ""), Some(EventKind::PoolExhausted(Pool::Nonpaged)));
        assert_eq!(record(2020, "Srv", &[], ""), Some(EventKind::PoolExhausted(Pool::Paged)));
        assert_eq!(record(2019, "SomeProduct", &[], ""), None, "numbers are each source's own");
        assert_eq!(record(6008, "EventLog", &[], ""), Some(EventKind::Crash));
        assert_eq!(record(41, "Microsoft-Windows-Kernel-Power", &[], ""), Some(EventKind::Crash));
        let driver = |name: &str, file: Option<&str>| {
            Some(EventKind::Installed {
                what: Installed::Driver,
                name: Some(name.to_owned()),
                file: file.map(str::to_owned),
            })
        };
        let fields =
            [("ServiceName", "MyFault"), ("ImagePath", r"\??\C:\t\myfault.sys"), ("ServiceType", "kernel mode driver")];
        assert_eq!(record(7045, "Service Control Manager", &fields, ""), driver("MyFault", Some("myfault.sys")));
        let message = "A service was installed in the system.\n\nService Name:  MyFault\nService File Name:  C:\\t\\myfault.sys\n\
                       Service Type:  kernel mode driver\nService Start Type:  demand start";
        assert_eq!(record(7045, "Service Control Manager", &[], message), driver("MyFault", Some("myfault.sys")));
        let update = record(19, "Microsoft-Windows-WindowsUpdateClient", &[("updateTitle", "KB5001")], "");
        assert!(matches!(update, Some(EventKind::Installed { what: Installed::Update, .. })));
    }
}

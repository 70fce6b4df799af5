//! Counters with a name in the code and their Perflib indexes, one line each.
//!
//! Indexes up to the base index (1847) are the same in every language, so a log that contains a name table is matched
//! by index; all other logs are matched by name.

use super::locale;

/// How the instances of a counter become series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instances {
    /// The object has no instances: one series.
    Single,
    /// One series: only `_Total`.
    Total,
    /// One series: `_Total`, or the sum of the instances if missing. For amounts that can be added.
    TotalOrSum,
    /// One series per instance, without `_Total`. For values that cannot be added, such as latencies: their `_Total` is
    /// an average that hides the slow instance.
    PerInstance,
    /// One series per process, even if its instance name changes.
    PerProcess,
}

/// A name and its Perflib index; 0 for an index that differs from machine to machine.
type Indexed = (u32, &'static str);

const MEMORY: Indexed = (4, "Memory");
const SYSTEM: Indexed = (2, "System");
const SERVER: Indexed = (330, "Server");
const LOGICAL_DISK: Indexed = (236, "LogicalDisk");
const PROCESS: Indexed = (230, "Process");
const PROCESS_V2: Indexed = (0, "Process V2");

/// Generates the enums and the table from the lines below: `Name: instances, [object, counter], …;` with one pair of
/// names for each way in which Windows names the counter.
macro_rules! counters {
    ($($(#[$group_doc:meta])* $group:ident($enum:ident) {
        $($(#[$doc:meta])* $name:ident: $instances:ident, $([$object:expr, $counter:expr]),+;)+
    })+) => {
        $(
            $(#[$group_doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
            #[allow(missing_docs, reason = "the names are the counters' own")]
            pub enum $enum {
                $($(#[$doc])* $name,)+
            }

            impl $enum {
                /// Number of counters.
                pub const COUNT: usize = [$(stringify!($name)),+].len();
                /// All counters, in the order of the table.
                pub const ALL: [Self; Self::COUNT] = [$(Self::$name),+];
            }

            impl From<$enum> for CounterId {
                fn from(counter: $enum) -> Self {
                    Self::$group(counter)
                }
            }
        )+

        /// A counter with a name in the code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each is a group of counters, with its doc there")]
        pub enum CounterId {
            $($group($enum),)+
        }

        static TABLE: &[Row] = &[$($($(
            Row {
                object: $object,
                counter: $counter,
                id: CounterId::$group($enum::$name),
                instances: Instances::$instances,
            },
        )+)+)+];
    };
}

struct Row {
    object: Indexed,
    counter: Indexed,
    id: CounterId,
    instances: Instances,
}

// Indexes from the registry's name tables of eight machines in five languages, equal in all.
#[rustfmt::skip]
counters! {
    /// Memory of the whole machine.
    Memory(MemoryCounter) {
        PoolNonpagedBytes: Single, [MEMORY, (58, "Pool Nonpaged Bytes")];
        PoolPagedBytes: Single, [MEMORY, (56, "Pool Paged Bytes")];
        PoolNonpagedAllocs: Single, [MEMORY, (64, "Pool Nonpaged Allocs")];
        PoolPagedAllocs: Single, [MEMORY, (60, "Pool Paged Allocs")];
        PoolPagedResidentBytes: Single, [MEMORY, (66, "Pool Paged Resident Bytes")];
        AvailableBytes: Single, [MEMORY, (24, "Available Bytes")];
        AvailableKBytes: Single, [MEMORY, (1380, "Available KBytes")];
        AvailableMBytes: Single, [MEMORY, (1382, "Available MBytes")];
        CommittedBytes: Single, [MEMORY, (26, "Committed Bytes")];
        /// Percent.
        CommittedBytesInUse: Single, [MEMORY, (1406, "% Committed Bytes In Use")];
        CommitLimit: Single, [MEMORY, (30, "Commit Limit")];
        CacheBytes: Single, [MEMORY, (818, "Cache Bytes")];
        ModifiedPageListBytes: Single, [MEMORY, (1678, "Modified Page List Bytes")];
        FreeSystemPageTableEntries: Single, [MEMORY, (678, "Free System Page Table Entries")];
        /// Seconds since boot.
        SystemUpTime: Single, [SYSTEM, (674, "System Up Time")];
        /// RAM per node, MB; the sum is the machine's RAM.
        NumaNodeTotalMBytes: PerInstance, [(1814, "NUMA Node Memory"), (1816, "Total MBytes")];
        /// Usage of all paging files, percent.
        PagingFileUsage: Total, [(700, "Paging File"), (702, "% Usage")];
    }

    /// Load counters. Each of these can explain growth as load, in the findings of all checks.
    Load(LoadCounter) {
        /// Clients of the file server.
        ServerSessions: TotalOrSum, [SERVER, (314, "Server Sessions")];
        FilesOpen: TotalOrSum, [SERVER, (362, "Files Open")];
        TerminalSessions: TotalOrSum, [(0, "Terminal Services"), (0, "Active Sessions")];
        /// IPv4 and IPv6 together; `TCP` is the name in Windows 2000.
        TcpConnections: TotalOrSum, [(638, "TCPv4"), (642, "Connections Established")], [(1530, "TCPv6"), (642, "Connections Established")], [(638, "TCP"), (642, "Connections Established")];
        WebConnections: TotalOrSum, [(0, "Web Service"), (0, "Current Connections")];
        SqlConnections: TotalOrSum, [(0, "SQLServer:General Statistics"), (0, "User Connections")];
        NetworkBytes: TotalOrSum, [(510, "Network Interface"), (388, "Bytes Total/sec")];
        DiskBytes: TotalOrSum, [(234, "PhysicalDisk"), (218, "Disk Bytes/sec")];
        ProcessorTime: TotalOrSum, [(238, "Processor"), (6, "% Processor Time")], [(0, "Processor Information"), (0, "% Processor Time")];
        Processes: TotalOrSum, [SYSTEM, (248, "Processes")];
        Threads: TotalOrSum, [SYSTEM, (250, "Threads")];
    }

    /// Latencies of the disks.
    Disk(DiskCounter) {
        /// Seconds per read.
        ReadLatency: PerInstance, [LOGICAL_DISK, (208, "Avg. Disk sec/Read")];
        /// Seconds per write.
        WriteLatency: PerInstance, [LOGICAL_DISK, (210, "Avg. Disk sec/Write")];
    }

    /// Counters of one process.
    Process(ProcessField) {
        IdProcess: PerProcess, [PROCESS, (784, "ID Process")], [PROCESS_V2, (0, "Process ID")], [PROCESS_V2, (0, "ID Process")];
        /// Seconds since the process started.
        ElapsedTime: PerProcess, [PROCESS, (684, "Elapsed Time")], [PROCESS_V2, (0, "Elapsed Time")];
        PoolNonpagedBytes: PerProcess, [PROCESS, (58, "Pool Nonpaged Bytes")], [PROCESS_V2, (0, "Pool Nonpaged Bytes")];
        PoolPagedBytes: PerProcess, [PROCESS, (56, "Pool Paged Bytes")], [PROCESS_V2, (0, "Pool Paged Bytes")];
        PrivateBytes: PerProcess, [PROCESS, (186, "Private Bytes")], [PROCESS_V2, (0, "Private Bytes")];
        HandleCount: PerProcess, [PROCESS, (952, "Handle Count")], [PROCESS_V2, (0, "Handle Count")];
        ThreadCount: PerProcess, [PROCESS, (680, "Thread Count")], [PROCESS_V2, (0, "Thread Count")];
        WorkingSet: PerProcess, [PROCESS, (180, "Working Set")], [PROCESS_V2, (0, "Working Set")];
        WorkingSetPrivate: PerProcess, [PROCESS, (1478, "Working Set - Private")], [PROCESS_V2, (0, "Working Set - Private")];
        VirtualBytes: PerProcess, [PROCESS, (174, "Virtual Bytes")], [PROCESS_V2, (0, "Virtual Bytes")];
        IoDataBytes: PerProcess, [PROCESS, (1424, "IO Data Bytes/sec")], [PROCESS_V2, (0, "IO Data Bytes/sec")];
    }
}

impl MemoryCounter {
    /// Available memory, in the three units in which it is logged.
    pub const AVAILABLE: [Self; 3] = [Self::AvailableBytes, Self::AvailableKBytes, Self::AvailableMBytes];
}

impl LoadCounter {
    /// The counter's English path, without machine and instance.
    #[must_use]
    pub fn english(self) -> String {
        CounterId::from(self).english()
    }
}

impl ProcessField {
    /// The counter's English name.
    #[must_use]
    pub fn english(self) -> &'static str {
        CounterId::from(self).names().1
    }
}

impl CounterId {
    /// All counters, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        let first = |at: usize| at == 0 || TABLE[at - 1].id != TABLE[at].id;
        TABLE.iter().enumerate().filter(move |(at, _)| first(*at)).map(|(_, row)| row.id)
    }

    /// The English path, without machine and instance.
    #[must_use]
    pub fn english(self) -> String {
        let (object, counter) = self.names();
        format!(r"{object}\{counter}")
    }

    /// The counter in whose place it is analyzed; where that is logged, this one is not needed.
    #[must_use]
    pub fn stands_in_for(self) -> Option<Self> {
        match self {
            Self::Process(ProcessField::WorkingSetPrivate | ProcessField::VirtualBytes) => {
                Some(Self::Process(ProcessField::PrivateBytes))
            }
            _ => None,
        }
    }

    /// How its instances become series.
    #[must_use]
    pub fn instances(self) -> Instances {
        self.row().map_or(Instances::Single, |row| row.instances)
    }

    /// English names of its object and its counter.
    fn names(self) -> (&'static str, &'static str) {
        self.row().map_or(("", ""), |row| (row.object.1, row.counter.1))
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.id == self)
    }
}

/// A name as logged: its text, and its Perflib index if the log contains one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// Text in the machine's language.
    pub text: &'a str,
    /// Index into the machine's name table.
    pub index: Option<u32>,
}

impl<'a> Name<'a> {
    /// A name with an unknown index.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self { text, index: None }
    }

    fn is(self, (index, english): Indexed) -> bool {
        match self.index {
            Some(own) if own <= BASE_INDEX && index != 0 => own == index,
            _ => self.text.eq_ignore_ascii_case(english),
        }
    }
}

/// Highest index of the base counters, `Base Index` in the registry's `Perflib` key.
const BASE_INDEX: u32 = 1847;

/// Perflib index of the object `Memory`.
pub const MEMORY_INDEX: u32 = MEMORY.0;

/// Whether an object is `Memory`.
#[must_use]
pub fn is_memory(object: Name<'_>) -> bool {
    object.is(MEMORY) || (object.index.is_none() && locale::object(object.text) == Some(MEMORY.1))
}

/// Whether an object is `Process V2`, whose instances are named `name:id`.
#[must_use]
pub fn is_process_v2(object: &str) -> bool {
    object.eq_ignore_ascii_case(PROCESS_V2.1)
}

/// Whether a name is of a language whose names are not known: an object that another language has, with a counter that it
/// does not have; letters of another script or accents; or, in a log that is not of an English Windows, any unknown object
/// but those of products, which often have English names everywhere.
#[must_use]
pub fn is_in_unknown_language(object: &str, counter: &str, windows: WindowsLanguage) -> bool {
    if locale::is_english_object(object) || is_process_v2(object) {
        return false;
    }
    match locale::object(object) {
        Some(english) => locale::counter(english, counter).is_none(),
        None if object.contains(['.', ':']) => false,
        None => windows == WindowsLanguage::Other || !(object.is_ascii() && counter.is_ascii()),
    }
}

/// What a log shows of the language of its Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowsLanguage {
    /// English, or not shown.
    EnglishOrUnknown,
    /// Another one.
    Other,
}

impl WindowsLanguage {
    /// By the name of the time zone, which is in the language of Windows: "Time" is in every English one but UTC's.
    #[must_use]
    pub fn of_zone(name: Option<&str>) -> Self {
        let is_english = |name: &str| name.len() < 4 || name.contains("Time") || name.contains("UTC");
        if name.is_none_or(is_english) { Self::EnglishOrUnknown } else { Self::Other }
    }
}

/// The counter for an object name and a counter name, if it is in the table.
#[must_use]
pub fn find(object: Name<'_>, counter: Name<'_>) -> Option<CounterId> {
    let row = |object: Name<'_>, counter: Name<'_>| {
        TABLE.iter().find(|row| object.is(row.object) && counter.is(row.counter)).map(|row| row.id)
    };
    row(object, counter).or_else(|| {
        // A text log in a language other than English contains only names.
        let object = object.index.is_none().then(|| locale::object(object.text))??;
        row(Name::text(object), Name::text(locale::counter(object, counter.text)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_by_name_in_any_case_and_by_index_in_any_language() {
        let pool = Some(CounterId::Memory(MemoryCounter::PoolNonpagedBytes));
        assert_eq!(find(Name::text("memory"), Name::text("POOL nonpaged bytes")), pool);
        let german = Name { text: "Arbeitsspeicher", index: Some(4) };
        let bytes = Name { text: "Nicht-Auslagerungsseiten (Bytes)", index: Some(58) };
        assert_eq!(find(german, bytes), pool);
        assert_eq!(
            find(Name { text: "Prozess", index: Some(230) }, bytes),
            Some(CounterId::Process(ProcessField::PoolNonpagedBytes))
        );
        assert_eq!(
            find(Name { text: "Process V2", index: Some(9000) }, Name { text: "Handle Count", index: Some(9010) }),
            Some(CounterId::Process(ProcessField::HandleCount))
        );
        assert_eq!(find(Name::text("Server"), Name::text("Pool Nonpaged Bytes")), None);
    }

    #[test]
    fn the_lines_of_a_counter_agree() {
        for row in TABLE {
            assert_eq!(row.id.instances(), row.instances, "{}", row.id.english());
            let found = find(Name::text(row.object.1), Name::text(row.counter.1));
            assert_eq!(found, Some(row.id), "{} {}", row.object.1, row.counter.1);
        }
        assert_eq!(ProcessField::HandleCount.english(), "Handle Count");
        assert_eq!(LoadCounter::TcpConnections.english(), r"TCPv4\Connections Established");
    }
}

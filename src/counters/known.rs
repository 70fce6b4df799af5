//! The counters that the analysis needs, with their Perflib indexes.
//!
//! Indexes up to the base index (1847) are the same in every language, so a log that carries a
//! name table is matched by index; all other logs are matched by name.

use super::locale;

/// A counter of the `Memory` object, or one that says how much memory the machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the counters' own; their units stand in the table below")]
pub enum MemoryCounter {
    PoolNonpagedBytes,
    PoolPagedBytes,
    PoolNonpagedAllocs,
    PoolPagedAllocs,
    PoolPagedResidentBytes,
    AvailableBytes,
    AvailableKBytes,
    AvailableMBytes,
    CommittedBytes,
    CommitLimit,
    CacheBytes,
    SystemCodeResidentBytes,
    SystemDriverResidentBytes,
    ModifiedPageListBytes,
    FreeSystemPageTableEntries,
    /// `System\System Up Time`, seconds.
    SystemUpTime,
}

/// A counter of one `Process` instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the counters' own; their units stand in the table below")]
pub enum ProcessField {
    IdProcess,
    /// Seconds since the process began.
    ElapsedTime,
    PoolNonpagedBytes,
    PoolPagedBytes,
    PrivateBytes,
    HandleCount,
    ThreadCount,
    WorkingSet,
}

/// What a machine has to do: counters that say how much load there is. Those of objects with
/// instances are the `_Total`, or the sum of the instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the counters' own; their units stand in the table below")]
pub enum LoadCounter {
    /// `Server\Server Sessions`: clients of the file server.
    ServerSessions,
    FilesOpen,
    /// `Terminal Services\Active Sessions`.
    TerminalSessions,
    /// `TCPv4` and `TCPv6`, and `TCP` as Windows 2000 has it.
    TcpConnections,
    /// `Web Service\Current Connections`.
    WebConnections,
    /// `SQLServer:General Statistics\User Connections`.
    SqlConnections,
    NetworkBytes,
    DiskBytes,
    ProcessorTime,
    Processes,
    Threads,
}

impl LoadCounter {
    /// How many there are, for tables indexed by counter.
    pub const COUNT: usize = Self::ALL.len();
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::ServerSessions,
        Self::FilesOpen,
        Self::TerminalSessions,
        Self::TcpConnections,
        Self::WebConnections,
        Self::SqlConnections,
        Self::NetworkBytes,
        Self::DiskBytes,
        Self::ProcessorTime,
        Self::Processes,
        Self::Threads,
    ];

    /// The counter's English path, without machine and instance.
    #[must_use]
    pub fn english(self) -> String {
        let row = TABLE.iter().find(|row| row.known == CounterId::Load(self));
        row.map_or_else(String::new, |row| format!(r"{}\{}", row.object.1, row.counter.1))
    }
}

impl ProcessField {
    /// The counter's English name.
    #[must_use]
    pub fn english(self) -> &'static str {
        TABLE.iter().find(|row| row.known == CounterId::Process(self)).map_or("", |row| row.counter.1)
    }
}

impl MemoryCounter {
    /// How many there are, for tables indexed by counter.
    pub const COUNT: usize = Self::SystemUpTime as usize + 1;
}

/// A counter that the analysis knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CounterId {
    /// One value for the machine.
    Memory(MemoryCounter),
    /// `NUMA Node Memory(*)\Total MBytes`: the nodes together hold the machine's RAM.
    NumaNodeTotalMBytes,
    /// One value for each process.
    Process(ProcessField),
    /// As [`CounterId::Process`], of the object `Process V2`, whose instances are named `name:pid`.
    ProcessV2(ProcessField),
    /// One value for the machine or for each instance of an object.
    Load(LoadCounter),
    /// `Paging File(_Total)\% Usage`.
    PagingFileUsage,
}

/// A name as logged: the text, and the Perflib index where the log has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// In the machine's language.
    pub text: &'a str,
    /// Index into the machine's name table.
    pub index: Option<u32>,
}

impl<'a> Name<'a> {
    /// A name of which only the text is known.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self { text, index: None }
    }

    fn is(self, (index, english): (u32, &str)) -> bool {
        match self.index {
            Some(own) if own <= BASE_INDEX && index != 0 => own == index,
            _ => self.text.eq_ignore_ascii_case(english),
        }
    }
}

/// Highest index of the base counters, `Base Index` in the registry's `Perflib` key.
const BASE_INDEX: u32 = 1847;

struct Row {
    object: (u32, &'static str),
    counter: (u32, &'static str),
    known: CounterId,
}

const fn memory(index: u32, english: &'static str, counter: MemoryCounter) -> Row {
    Row { object: (4, "Memory"), counter: (index, english), known: CounterId::Memory(counter) }
}

const fn process(index: u32, english: &'static str, field: ProcessField) -> Row {
    Row { object: (230, "Process"), counter: (index, english), known: CounterId::Process(field) }
}

/// `Process V2` is not a base object: its indexes differ from machine to machine.
const fn process_v2(english: &'static str, field: ProcessField) -> Row {
    Row { object: (0, "Process V2"), counter: (0, english), known: CounterId::ProcessV2(field) }
}

const fn load(object: (u32, &'static str), counter: (u32, &'static str), known: LoadCounter) -> Row {
    Row { object, counter, known: CounterId::Load(known) }
}

/// Indexes from the registry's name tables of eight machines in five languages, equal in all.
static TABLE: &[Row] = &[
    memory(58, "Pool Nonpaged Bytes", MemoryCounter::PoolNonpagedBytes),
    memory(56, "Pool Paged Bytes", MemoryCounter::PoolPagedBytes),
    memory(64, "Pool Nonpaged Allocs", MemoryCounter::PoolNonpagedAllocs),
    memory(60, "Pool Paged Allocs", MemoryCounter::PoolPagedAllocs),
    memory(66, "Pool Paged Resident Bytes", MemoryCounter::PoolPagedResidentBytes),
    memory(24, "Available Bytes", MemoryCounter::AvailableBytes),
    memory(1380, "Available KBytes", MemoryCounter::AvailableKBytes),
    memory(1382, "Available MBytes", MemoryCounter::AvailableMBytes),
    memory(26, "Committed Bytes", MemoryCounter::CommittedBytes),
    memory(30, "Commit Limit", MemoryCounter::CommitLimit),
    memory(818, "Cache Bytes", MemoryCounter::CacheBytes),
    memory(70, "System Code Resident Bytes", MemoryCounter::SystemCodeResidentBytes),
    memory(74, "System Driver Resident Bytes", MemoryCounter::SystemDriverResidentBytes),
    memory(1678, "Modified Page List Bytes", MemoryCounter::ModifiedPageListBytes),
    memory(678, "Free System Page Table Entries", MemoryCounter::FreeSystemPageTableEntries),
    Row {
        object: (2, "System"),
        counter: (674, "System Up Time"),
        known: CounterId::Memory(MemoryCounter::SystemUpTime),
    },
    Row { object: (1814, "NUMA Node Memory"), counter: (1816, "Total MBytes"), known: CounterId::NumaNodeTotalMBytes },
    Row { object: (700, "Paging File"), counter: (702, "% Usage"), known: CounterId::PagingFileUsage },
    load((330, "Server"), (314, "Server Sessions"), LoadCounter::ServerSessions),
    load((330, "Server"), (362, "Files Open"), LoadCounter::FilesOpen),
    load((0, "Terminal Services"), (0, "Active Sessions"), LoadCounter::TerminalSessions),
    load((638, "TCPv4"), (642, "Connections Established"), LoadCounter::TcpConnections),
    load((1530, "TCPv6"), (642, "Connections Established"), LoadCounter::TcpConnections),
    load((638, "TCP"), (642, "Connections Established"), LoadCounter::TcpConnections),
    load((0, "Web Service"), (0, "Current Connections"), LoadCounter::WebConnections),
    load((0, "SQLServer:General Statistics"), (0, "User Connections"), LoadCounter::SqlConnections),
    load((510, "Network Interface"), (388, "Bytes Total/sec"), LoadCounter::NetworkBytes),
    load((234, "PhysicalDisk"), (218, "Disk Bytes/sec"), LoadCounter::DiskBytes),
    load((238, "Processor"), (6, "% Processor Time"), LoadCounter::ProcessorTime),
    load((0, "Processor Information"), (0, "% Processor Time"), LoadCounter::ProcessorTime),
    load((2, "System"), (248, "Processes"), LoadCounter::Processes),
    load((2, "System"), (250, "Threads"), LoadCounter::Threads),
    process(784, "ID Process", ProcessField::IdProcess),
    process(684, "Elapsed Time", ProcessField::ElapsedTime),
    process(58, "Pool Nonpaged Bytes", ProcessField::PoolNonpagedBytes),
    process(56, "Pool Paged Bytes", ProcessField::PoolPagedBytes),
    process(186, "Private Bytes", ProcessField::PrivateBytes),
    process(952, "Handle Count", ProcessField::HandleCount),
    process(680, "Thread Count", ProcessField::ThreadCount),
    process(180, "Working Set", ProcessField::WorkingSet),
    process_v2("Process ID", ProcessField::IdProcess),
    process_v2("ID Process", ProcessField::IdProcess),
    process_v2("Elapsed Time", ProcessField::ElapsedTime),
    process_v2("Pool Nonpaged Bytes", ProcessField::PoolNonpagedBytes),
    process_v2("Pool Paged Bytes", ProcessField::PoolPagedBytes),
    process_v2("Private Bytes", ProcessField::PrivateBytes),
    process_v2("Handle Count", ProcessField::HandleCount),
    process_v2("Thread Count", ProcessField::ThreadCount),
    process_v2("Working Set", ProcessField::WorkingSet),
];

/// Whether an object is `Memory`.
#[must_use]
pub fn is_memory(object: Name<'_>) -> bool {
    object.is((4, "Memory")) || (object.index.is_none() && locale::object_index(object.text) == Some(4))
}

/// The counter that an object and counter name stand for, if the analysis needs it.
#[must_use]
pub fn find(object: Name<'_>, counter: Name<'_>) -> Option<CounterId> {
    let row = |object: Name<'_>, counter: Name<'_>| {
        TABLE.iter().find(|row| object.is(row.object) && counter.is(row.counter)).map(|row| row.known)
    };
    row(object, counter).or_else(|| {
        // A text log of another language than English has names only.
        let object = object.index.is_none().then(|| locale::object_index(object.text))??;
        let counter = locale::counter_index(object, counter.text)?;
        let indexed = |index| Name { text: "", index: Some(index) };
        row(indexed(object), indexed(counter))
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
            Some(CounterId::ProcessV2(ProcessField::HandleCount))
        );
        assert_eq!(find(Name::text("Server"), Name::text("Pool Nonpaged Bytes")), None);
    }

    #[test]
    fn every_memory_counter_and_process_field_has_a_row() {
        let counters = TABLE.iter().filter(|r| matches!(r.known, CounterId::Memory(_))).count();
        assert_eq!(counters, MemoryCounter::COUNT);
        assert_eq!(ProcessField::HandleCount.english(), "Handle Count");
        for (place, counter) in LoadCounter::ALL.into_iter().enumerate() {
            assert_eq!(counter as usize, place);
            assert!(counter.english().contains('\\'), "{counter:?}");
        }
    }
}

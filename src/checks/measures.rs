//! What a process can leak: one entry a counter.

use super::series::PLAUSIBLE_BYTES;
use crate::base::units::MB;
use crate::counters::ProcessField;
use crate::machine::{Process, ProcessSeries, Series};
use crate::model::{Subject, Unit};

/// Maximum number of handles of a process (Russinovich, "Pushing the Limits of Windows: Handles").
pub(super) const HANDLE_LIMIT: f64 = 16_711_680.0;

/// A resource that a process can leak.
pub(super) struct Measure {
    pub(super) subject: Subject,
    pub(super) field: ProcessField,
    pub(super) unit: Unit,
    pub(super) series: fn(&ProcessSeries) -> &Series,
    /// What says more about the same; judged only where none of these was logged.
    pub(super) unless: &'static [ProcessField],
    /// Largest plausible value.
    pub(super) most: f64,
    /// Smaller growth does not matter: healthy programs gain as much on first use.
    pub(super) least: f64,
    /// Growth below this share of the first level does not matter either: normal work changes it by as much.
    pub(super) share: f64,
}

/// In the order of findings on one process.
pub(super) const MEASURES: [Measure; 8] = [
    Measure {
        subject: Subject::ProcessPrivateBytes,
        field: ProcessField::PrivateBytes,
        unit: Unit::Bytes,
        most: *PLAUSIBLE_BYTES.end(),
        series: |p| &p.private_bytes,
        unless: &[],
        // A heap or a managed runtime commits some MB at once, however little is requested.
        least: 8.0 * MB,
        // Caches and buffers of an active program vary by a tenth.
        share: 0.15,
    },
    Measure {
        subject: Subject::ProcessHandles,
        field: ProcessField::HandleCount,
        unit: Unit::Handles,
        most: HANDLE_LIMIT,
        series: |p| &p.handles,
        unless: &[],
        // The first work of a program opens some hundred handles for libraries and threads.
        least: 150.0,
        // Handles depend on clients: between quiet and busy hours they vary more than memory does.
        share: 0.25,
    },
    Measure {
        subject: Subject::ProcessHandles,
        field: ProcessField::ThreadCount,
        unit: Unit::Threads,
        most: 1e6,
        series: |p| &p.threads,
        unless: &[],
        // The thread pool of a process adds a few threads per processor, and keeps them for minutes.
        least: 12.0,
        // Thread pools grow by half as soon as there is work.
        share: 0.5,
    },
    Measure {
        subject: Subject::ProcessPool,
        field: ProcessField::PoolNonpagedBytes,
        unit: Unit::Bytes,
        most: *PLAUSIBLE_BYTES.end(),
        series: |p| &p.pool_nonpaged,
        unless: &[],
        // Most processes are charged with less than this in total, and no pool is exhausted by it.
        least: MB,
        // Charged pool depends on handles: the same share applies.
        share: 0.25,
    },
    Measure {
        subject: Subject::ProcessPool,
        field: ProcessField::PoolPagedBytes,
        unit: Unit::Bytes,
        most: *PLAUSIBLE_BYTES.end(),
        series: |p| &p.pool_paged,
        unless: &[],
        // As for nonpaged pool.
        least: MB,
        share: 0.25,
    },
    // After private bytes: Windows trims and refills working sets, and they grow together with private bytes.
    Measure {
        subject: Subject::ProcessPrivateBytes,
        field: ProcessField::WorkingSet,
        unit: Unit::Bytes,
        most: *PLAUSIBLE_BYTES.end(),
        series: |p| &p.working_set,
        unless: &[],
        // Code and files that a program maps and touches count too: allow several times the value for private bytes.
        least: 32.0 * MB,
        // Windows trims working sets and processes refill them, so they vary more than private bytes.
        share: 0.3,
    },
    Measure {
        subject: Subject::ProcessPrivateBytes,
        field: ProcessField::WorkingSetPrivate,
        unit: Unit::Bytes,
        most: *PLAUSIBLE_BYTES.end(),
        series: |p| p.get(ProcessField::WorkingSetPrivate),
        unless: &[ProcessField::PrivateBytes],
        // It is trimmed as the working set is.
        least: 32.0 * MB,
        share: 0.3,
    },
    Measure {
        subject: Subject::ProcessPrivateBytes,
        field: ProcessField::VirtualBytes,
        unit: Unit::Bytes,
        // 64-bit programs reserve terabytes of addresses.
        most: 1e15,
        series: |p| p.get(ProcessField::VirtualBytes),
        unless: &[ProcessField::PrivateBytes, ProcessField::WorkingSet, ProcessField::WorkingSetPrivate],
        // Heaps and stacks reserve addresses in blocks of many MB.
        least: 64.0 * MB,
        share: 0.3,
    },
];

impl Measure {
    /// Whether it is judged of a process.
    pub(super) fn applies(&self, process: &Process) -> bool {
        self.unless.iter().all(|field| process.series.get(*field).is_empty())
    }

    /// Whether it shows memory less directly than private bytes do.
    pub(super) fn is_indirect(&self) -> bool {
        matches!(self.field, ProcessField::WorkingSet | ProcessField::WorkingSetPrivate | ProcessField::VirtualBytes)
    }
}

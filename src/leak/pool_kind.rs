//! The two kernel pools.

use crate::counters::MemoryCounter;
use crate::machine::{ProcessSeries, Series};
use crate::verdict::Subject;

/// A kernel pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Memory that is never paged out.
    Nonpaged,
    /// Memory that can be.
    Paged,
}

impl Pool {
    /// What it is called at the begin of a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.subject().name()
    }

    /// The name of its counter, of the `Memory` and of the `Process` object alike.
    #[must_use]
    pub fn counter(self) -> &'static str {
        match self {
            Self::Nonpaged => "Pool Nonpaged Bytes",
            Self::Paged => "Pool Paged Bytes",
        }
    }

    pub(super) fn subject(self) -> Subject {
        match self {
            Self::Nonpaged => Subject::NonpagedPool,
            Self::Paged => Subject::PagedPool,
        }
    }

    pub(super) fn bytes(self) -> MemoryCounter {
        match self {
            Self::Nonpaged => MemoryCounter::PoolNonpagedBytes,
            Self::Paged => MemoryCounter::PoolPagedBytes,
        }
    }

    pub(super) fn allocs(self) -> MemoryCounter {
        match self {
            Self::Nonpaged => MemoryCounter::PoolNonpagedAllocs,
            Self::Paged => MemoryCounter::PoolPagedAllocs,
        }
    }

    /// What is charged to a process.
    pub(super) fn charged(self, process: &ProcessSeries) -> &Series {
        match self {
            Self::Nonpaged => &process.pool_nonpaged,
            Self::Paged => &process.pool_paged,
        }
    }
}

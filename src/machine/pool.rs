//! The counters of the kernel pools.

use super::process::ProcessSeries;
use super::series::Series;
use crate::base::Pool;
use crate::counters::MemoryCounter;

impl Pool {
    /// The counter of the pool's size.
    pub(crate) fn bytes(self) -> MemoryCounter {
        match self {
            Self::Nonpaged => MemoryCounter::PoolNonpagedBytes,
            Self::Paged => MemoryCounter::PoolPagedBytes,
        }
    }

    /// The counter of the pool's allocations.
    pub(crate) fn allocs(self) -> MemoryCounter {
        match self {
            Self::Nonpaged => MemoryCounter::PoolNonpagedAllocs,
            Self::Paged => MemoryCounter::PoolPagedAllocs,
        }
    }

    /// The pool that is charged to a process.
    pub(crate) fn charged(self, process: &ProcessSeries) -> &Series {
        match self {
            Self::Nonpaged => &process.pool_nonpaged,
            Self::Paged => &process.pool_paged,
        }
    }
}

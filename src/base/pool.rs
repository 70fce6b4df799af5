//! The two kernel pools.

/// A kernel pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pool {
    /// Memory that is never paged out.
    Nonpaged,
    /// Memory that can be.
    Paged,
}

impl Pool {
    /// The two of them.
    pub const BOTH: [Self; 2] = [Self::Nonpaged, Self::Paged];

    /// What it is called at the begin of a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nonpaged => "Nonpaged pool",
            Self::Paged => "Paged pool",
        }
    }

    /// The name of its counter, of the `Memory` and of the `Process` object alike.
    #[must_use]
    pub fn counter(self) -> &'static str {
        match self {
            Self::Nonpaged => "Pool Nonpaged Bytes",
            Self::Paged => "Pool Paged Bytes",
        }
    }
}

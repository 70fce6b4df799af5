//! The two kernel pools.

/// A kernel pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pool {
    /// Memory that is never paged out.
    Nonpaged,
    /// Memory that can be paged out.
    Paged,
}

impl Pool {
    /// Both pools.
    pub const BOTH: [Self; 2] = [Self::Nonpaged, Self::Paged];

    /// The pool's name at the start of a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nonpaged => "Nonpaged pool",
            Self::Paged => "Paged pool",
        }
    }

    /// The name of its counter in both the `Memory` and the `Process` object.
    #[must_use]
    pub fn counter(self) -> &'static str {
        match self {
            Self::Nonpaged => "Pool Nonpaged Bytes",
            Self::Paged => "Pool Paged Bytes",
        }
    }
}

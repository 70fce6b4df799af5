//! What of a debugger session was ignored.

use crate::base::units::{bytes, counted};

/// What of a debugger session was ignored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionWarning {
    /// Tables of session pools.
    #[error("ignored {} of session pools, which the pool counters do not include", counted(*.0, "table", "tables"))]
    SessionPools(usize),
    /// Figures of `!vm` that cannot be right.
    #[error(
        "ignored impossible figures of !vm: {}; the debugger extension does not match this Windows version",
        list(.0)
    )]
    ImpossibleFigures(Vec<ImpossibleFigure>),
}

/// A figure of `!vm` that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpossibleFigure {
    /// Its name in the output.
    pub name: String,
    /// Its value, where it is one at all.
    pub bytes: Option<u64>,
}

fn list(figures: &[ImpossibleFigure]) -> String {
    let each = figures.iter().map(|ImpossibleFigure { name, bytes: value }| match value {
        Some(value) => format!("{name} ({})", bytes(*value as f64)),
        None => name.clone(),
    });
    each.collect::<Vec<_>>().join(", ")
}

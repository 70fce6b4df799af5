//! Ignored parts of a debugger session.

use crate::base::units::{bytes, counted};

/// An ignored part of a debugger session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionWarning {
    /// Number of tables of session pools.
    #[error("ignored {} of session pools, which the pool counters do not include", counted(*.0, "table", "tables"))]
    SessionPools(usize),
    /// Impossible figures of `!vm`.
    #[error(
        "ignored impossible figures of !vm: {}; the debugger extension does not match this Windows version",
        list(.0)
    )]
    ImpossibleFigures(Vec<ImpossibleFigure>),
}

/// An impossible figure of `!vm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpossibleFigure {
    /// Name in the output.
    pub name: String,
    /// Value in bytes, if it is a number.
    pub bytes: Option<u64>,
}

fn list(figures: &[ImpossibleFigure]) -> String {
    let each = figures.iter().map(|ImpossibleFigure { name, bytes: value }| match value {
        Some(value) => format!("{name} ({})", bytes(*value as f64)),
        None => name.clone(),
    });
    each.collect::<Vec<_>>().join(", ")
}

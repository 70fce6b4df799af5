//! What is true of a simulated pool, for a verdict to be held against.

/// What is true of a pool.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// Whether it leaks.
    pub leaks: bool,
    /// Bytes an hour while it leaks, the holders' together; of steady leaks alone.
    pub rate: Option<f64>,
    /// Whether drivers hold a good part.
    pub kernel: bool,
    /// Whether processes do.
    pub user: bool,
    /// Name of the process that holds the leak, and its id where it is one process at the end of the log.
    pub holder: Option<(&'static str, Option<u32>)>,
    /// The process while which it leaks.
    pub correlated: Option<&'static str>,
}

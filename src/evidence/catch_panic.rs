//! Panics in the crates that read other people's formats become errors: a damaged file must not end the analysis.
//!
//! The library never replaces the panic hook, which belongs to the whole process: where a reader panics all the same, the
//! program's hook prints its usual message, and the analysis goes on. That is rare: 2,000 event logs and dumps damaged at
//! random caused none. What is known to make a reader panic or run without end is checked before it runs, as
//! `dump::header::check_pages` does.

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
/// When the reader panics.
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

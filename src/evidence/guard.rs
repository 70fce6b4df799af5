//! Readers of other people's formats are other people's code, and files are anybody's: a panic there must not take the
//! report with it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a reader. A panic becomes an error that names it.
///
/// # Errors
/// Those of the reader, and its panics.
pub fn guarded<T>(what: &str, read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                usual(panic);
            }
        }));
    });
    let before = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    done.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("the reader of {what} stumbled over it ({}); it is damaged", text.unwrap_or("no reason given")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let failed: Result<(), String> = guarded("dumps", || panic!("index {}", 7));
        assert!(failed.is_err_and(|e| e.contains("index 7") && e.contains("dumps")));
        assert_eq!(guarded("dumps", || Ok(5)), Ok(5));
    }
}

//! Errors of the operating system in words.

use std::io;

/// What an error of the operating system says, without its number.
#[must_use]
pub fn system_error(error: &io::Error) -> String {
    without_numbers(&error.to_string())
}

/// A text without the numbers of errors in it: `(os error 2)`.
#[must_use]
pub fn without_numbers(text: &str) -> String {
    const BEGIN: &str = " (os error ";
    let mut parts = text.split(BEGIN);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').len();
        match part[digits..].strip_prefix(')') {
            Some(rest) if digits > 0 => plain += rest,
            _ => plain = plain + BEGIN + part,
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_errors_are_left_out() {
        let gone = std::fs::read("/no/such/file").unwrap_err();
        assert!(gone.to_string().contains("os error") && !system_error(&gone).contains("os error"));
        assert_eq!(without_numbers("a: gone (os error 2); b: full (os error 28)"), "a: gone; b: full");
        for text in ["plain", "a (os error x)", "a (os error 2"] {
            assert_eq!(without_numbers(text), text);
        }
    }
}

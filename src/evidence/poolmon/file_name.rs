//! The date or number in a snapshot's file name.

use crate::evidence::dates::{self, AmbiguousDate};
use crate::evidence::text;

/// The date in a file name, else the last number in it.
#[must_use]
pub fn of_file_name(name: &str) -> (Option<AmbiguousDate>, Option<u64>) {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let date = dates::find_date(stem);
    let digits: String =
        stem.chars().rev().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let number: String = digits.chars().rev().collect();
    (date, if date.is_some() { None } else { text::number(&number) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_or_a_number() {
        assert_eq!(of_file_name("logs/poolmonlog12.txt").1, Some(12));
        assert_eq!(of_file_name(r"c:\x\2\snap (3).txt").1, Some(3));
        assert_eq!(of_file_name("poolsnap.log"), (None, None));
        assert!(of_file_name("pool_20260303_0210.txt").0.is_some());
    }
}

//! Which existing files this program wrote, by their content.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes at the beginning of a file that show who wrote it.
const HEAD: u64 = 1 << 14;
const PAGE: &str = "<!doctype html>";
const GENERATOR: &str = r#"<meta name="generator" content="perfverdict "#;
const VERDICT: &str = r#"{"schema":"perfverdict/verdict-"#;
const TAGS: &str = r#"[{"tag":""#;
const TAGS_FIELD: &str = r#""on_behalf_of_others":"#;
const MANUAL: &str = "\n.TH PERFVERDICT";

/// Whether a file is one that this program wrote and makes again from the same input: a report, a verdict, the answer
/// of `tag` or a manual page. Converted logs have no mark.
///
/// # Errors
/// When the file cannot be read.
pub fn is_own_file(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(is_own(&head))
}

/// As [`is_own_file`], by the first bytes of the file.
#[must_use]
pub fn is_own(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(usize::try_from(HEAD).unwrap_or(usize::MAX))];
    // Windows PowerShell redirects as UTF-16.
    let text = encoding_rs::UTF_8.decode(head).0;
    if text.starts_with(PAGE) {
        return text.contains(GENERATOR);
    }
    if text.starts_with(['{', '[']) {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        return compact.starts_with(VERDICT) || compact.starts_with(TAGS) && compact.contains(TAGS_FIELD);
    }
    text.starts_with(".ie") && text.contains(MANUAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Report;
    use crate::report::{to_html, to_json};

    #[test]
    fn reports_and_verdicts_are_known_by_their_content() {
        let json = to_json(&Report::default()).unwrap();
        let redirected: Vec<u8> = std::iter::once(0xFEFF)
            .chain(String::from_utf8(json.clone()).unwrap().encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(is_own(to_html(&Report::default()).unwrap().as_bytes()) && is_own(&json) && is_own(&redirected));
        for text in ["", "{}", "[]", "<!doctype html><title>perfverdict</title>", r#"{"schema":"other/verdict-1"}"#] {
            assert!(!is_own(text.as_bytes()), "{text}");
        }
        assert!(!is_own(br#"[{"tag": "Leak"}]"#) && !is_own(b"\"(PDH-CSV 4.0) (UTC)(0)\""));
    }
}

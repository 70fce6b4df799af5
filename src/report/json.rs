//! Reads and writes the JSON of the contract.

use std::borrow::Cow;

use serde::Deserialize;

use crate::model::{Report, SCHEMA};

/// The report as JSON that follows `docs/verdict.schema.json`, with a line end.
///
/// # Errors
/// None for values from the analysis; errors of serde are passed on.
pub fn to_json(report: &Report) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(report)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Why JSON is not a verdict that this version can read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or not of this contract.
    #[error(
        "is not a verdict that this version of perfverdict can read: {0}. Use a file that perfverdict analyze --json wrote, of this \
             version or an earlier one"
    )]
    NotAVerdict(#[from] serde_json::Error),
    /// JSON with another schema.
    #[error("has the schema \"{0}\"; this version reads \"{SCHEMA}\". Use a newer perfverdict")]
    OtherSchema(String),
}

/// Reads what [`to_json`] writes, in any Unicode encoding with a byte order mark: Windows PowerShell redirects as
/// UTF-16. Ignores fields of later versions; an unknown kind of finding is an error.
///
/// # Errors
/// If the text is not JSON of the contract.
pub fn from_json(bytes: &[u8]) -> Result<Report, JsonError> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    let text = decode(bytes);
    let Head { schema } = serde_json::from_str(&text)?;
    if schema != SCHEMA {
        return Err(JsonError::OtherSchema(schema));
    }
    Ok(serde_json::from_str(&text)?)
}

/// Decodes the text by its byte order mark; without one it is UTF-8.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    encoding_rs::UTF_8.decode(bytes).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_verdict_is_named() {
        let message = |json: &str| from_json(json.as_bytes()).unwrap_err().to_string();
        assert!(message("[1, 2").contains("analyze --json"));
        assert!(message(r#"{"schema": "perfverdict/verdict-9"}"#).contains("verdict-9"));
        assert!(message(r#"{"schema": "perfverdict/verdict-1"}"#).contains("tool"));
    }

    #[test]
    fn an_empty_report_comes_back() {
        let json = to_json(&Report::default()).unwrap();
        assert_eq!(to_json(&from_json(&json).unwrap()).unwrap(), json);
        let text = String::from_utf8(json.clone()).unwrap();
        let redirected: Vec<u8> =
            std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(to_json(&from_json(&redirected).unwrap()).unwrap(), json);
    }
}

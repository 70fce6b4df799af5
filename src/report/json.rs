//! The JSON of the contract.

use crate::model::Report;

/// The report as JSON that follows `docs/verdict.schema.json`, with a line end.
///
/// # Errors
/// None for values that the analysis makes; serde's are passed on.
pub fn to_json(report: &Report) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(report)?;
    bytes.push(b'\n');
    Ok(bytes)
}

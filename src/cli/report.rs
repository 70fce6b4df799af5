//! `perfverdict report`

use anyhow::{Context, anyhow};

use super::args::ReportArgs;
use super::{EXIT_OK, note, put, refuse_input_as_output};
use crate::report::{from_json, to_html};

pub fn run(args: &ReportArgs) -> anyhow::Result<u8> {
    refuse_input_as_output(std::slice::from_ref(&args.verdict), &args.output)?;
    let shown = args.verdict.display();
    let json = std::fs::read(&args.verdict).map_err(|e| anyhow!("{shown}: {e}"))?;
    let report = from_json(&json).with_context(|| shown.to_string())?;
    put(&args.output, to_html(&report)?.as_bytes())?;
    if args.output.as_os_str() != "-" {
        note(&format!("Report: {}", args.output.display()));
    }
    Ok(EXIT_OK)
}

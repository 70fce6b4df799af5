//! `perfverdict report`

use std::fs::File;
use std::io::Read;

use anyhow::{Context, anyhow, bail};

use super::args::ReportArgs;
use super::{EXIT_OK, note, outputs, put};
use crate::report::{from_json, to_html};

/// Maximum size of the JSON: that of thousands of machines. A memory dump given by mistake is not read completely.
const LARGEST: u64 = 1 << 30;

pub fn run(args: &ReportArgs) -> anyhow::Result<u8> {
    let inputs = std::slice::from_ref(&args.verdict);
    let output = outputs::report_path(&args.output, inputs)?;
    outputs::check(&output, inputs, args.overwrite.existing())?;
    let shown = args.verdict.display();
    let mut json = Vec::new();
    let read = File::open(&args.verdict).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut json));
    read.map_err(|e| anyhow!("{shown}: {e}"))?;
    if json.len() as u64 > LARGEST {
        bail!("{shown} is larger than 1 GB. Use a file that perfverdict analyze --json wrote");
    }
    let report = from_json(&json).with_context(|| shown.to_string())?;
    put(&output, to_html(&report)?.as_bytes())?;
    if !outputs::is_stdout(&output) {
        note(&format!("Report: {}", output.display()));
    }
    Ok(EXIT_OK)
}

//! `perfverdict demo`

use std::io::Write;

use anyhow::Context;

use super::args::DemoArgs;
use super::{EXIT_OK, note};
use crate::base::units;
use crate::demo;

pub fn run(args: &DemoArgs) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    if let Some(megabytes) = args.big {
        let written = demo::write_big(&args.folder, u64::from(megabytes) << 20)?;
        for path in written {
            writeln!(out, "{}  {}", path.display(), units::bytes(std::fs::metadata(&path)?.len() as f64))?;
        }
        return Ok(EXIT_OK);
    }
    let written = demo::write_all(&args.folder).context("cannot write the demo logs")?;
    for (path, scenario) in written.iter().zip(demo::SCENARIOS) {
        writeln!(out, "{}  {}", path.display(), scenario.story)?;
    }
    demo::incident::write_incident(&args.folder).context("cannot write the demo incident")?;
    let incident = args.folder.join(demo::incident::FOLDER);
    writeln!(out, "{}  {}", incident.display(), demo::incident::STORY)?;
    note(&format!("Try: perfverdict analyze {} -o report.html", incident.display()));
    Ok(EXIT_OK)
}

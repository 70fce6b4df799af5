//! `perfverdict demo`

use std::path::Path;

use anyhow::Context;

use super::args::DemoArgs;
use super::outputs::{self, Existing};
use super::{EXIT_OK, note, print};
use crate::base::units;
use crate::demo::{self, incident};

pub fn run(args: &DemoArgs) -> anyhow::Result<u8> {
    if let Some(megabytes) = args.big {
        return big(args, u64::from(megabytes) << 20);
    }
    let (logs, incident) = (demo::logs()?, incident::files()?);
    let existing = args.overwrite.existing();
    logs.iter().chain(&incident).try_for_each(|file| refuse_other(&args.folder, file, existing))?;
    let written = demo::write(&args.folder, &logs).context("cannot write the demo logs")?;
    demo::write(&args.folder, &incident).context("cannot write the demo incident")?;
    let mut lines = String::new();
    for (path, scenario) in written.iter().zip(demo::SCENARIOS) {
        lines += &format!("{}  {}\n", path.display(), scenario.story);
    }
    let folder = args.folder.join(incident::FOLDER);
    print(format!("{lines}{}  {}\n", folder.display(), incident::STORY))?;
    note(&format!("Try: perfverdict analyze {} -o report.html", folder.display()));
    Ok(EXIT_OK)
}

fn big(args: &DemoArgs, bytes: u64) -> anyhow::Result<u8> {
    for name in demo::BIG_FILES {
        outputs::refuse_foreign(&args.folder.join(name), args.overwrite.existing())?;
    }
    let mut lines = String::new();
    for path in demo::write_big(&args.folder, bytes)? {
        lines += &format!("{}  {}\n", path.display(), units::bytes(std::fs::metadata(&path)?.len() as f64));
    }
    print(lines)?;
    Ok(EXIT_OK)
}

/// Refuses to replace a file that is not the same demo file.
fn refuse_other(folder: &Path, (name, bytes): &demo::File, existing: Existing) -> anyhow::Result<()> {
    let path = folder.join(name);
    if std::fs::read(&path).is_ok_and(|old| old == *bytes) {
        return Ok(());
    }
    Ok(outputs::refuse_foreign(&path, existing)?)
}

//! One analysis by one program.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use super::cases::Case;

/// An input that takes longer is not compared. (The hostile ones that take the first edition minutes are few.)
const LIMIT: Duration = Duration::from_secs(60);

/// What a program found.
pub struct Outcome {
    /// Its exit code: 1 where it found a leak.
    pub exit: Option<i32>,
    /// Its JSON; null where there is none.
    pub verdict: Value,
}

/// Removes files. The program writes no report of what it cannot read.
fn remove(files: &[&Path]) -> Result<()> {
    let mut existing = files.iter().filter(|file| file.exists());
    existing.try_for_each(|file| Ok(std::fs::remove_file(file)?))
}

/// Analyzes a case; `None` where that takes too long.
pub fn analyze(program: &Path, case: &Case) -> Result<Option<Outcome>> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let json = std::env::temp_dir().join(format!("xtask-compare-{}-{number}.json", std::process::id()));
    // Without a report of its own the program writes one beside the log.
    let report = json.with_extension("html");
    let output = File::create(&json).with_context(|| format!("cannot write {}", json.display()))?;
    let mut child = Command::new(program)
        .arg("analyze")
        .args(&case.inputs)
        .args(case.options)
        .args(["--exit-code", "--json", "-", "-o"])
        .arg(&report)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            remove(&[&json, &report])?;
            return Ok(None);
        }
        sleep(Duration::from_millis(5));
    };
    let bytes = std::fs::read(&json)?;
    remove(&[&json, &report])?;
    let verdict = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes).with_context(|| format!("{} wrote no valid JSON", program.display()))?
    };
    Ok(Some(Outcome { exit: status.code(), verdict }))
}

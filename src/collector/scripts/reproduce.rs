//! A kit to test everything: a deliberate leak on a test machine, logged and detected.

use askama::Template;

use super::filters;
use super::script::{Script, WRITTEN_BY};
use crate::base::units::{GB, KB};
use crate::collector::logman::{Action, CounterLog};
use crate::collector::profile::Profile;
use crate::collector::settings::InvalidSetting;

/// Seconds between samples. With the minutes below they make about 220 samples: enough to detect the leak, in less
/// than an hour.
const INTERVAL: u32 = 15;
/// Maximum size of the log in MB; an hour needs a fraction of it.
const MAX_MEGABYTES: u32 = 200;
/// Minutes before the leak, which show the machine without it.
const QUIET_MINUTES: u32 = 10;
/// Minutes of the leak, by default.
const LEAK_MINUTES: u32 = 45;
/// KB per second to set in NotMyFault. In 45 minutes that is 0.6 GB, which a machine with 4 GB can spare and which is
/// far above the pool variation of a quiet machine.
const LEAK_RATE: u32 = 250;
/// Minutes between PoolMon snapshots, if PoolMon is available.
const SNAPSHOT_MINUTES: u32 = 5;

/// Creates the leak and runs the collector.
#[derive(Template)]
#[template(path = "collector/reproduce.cmd", escape = "none")]
struct Reproduce<'a> {
    log: &'a CounterLog,
}

/// The same script, run from PowerShell.
#[derive(Template)]
#[template(path = "collector/reproduce.ps1", escape = "none")]
struct Powershell;

/// Instructions for the scripts.
#[derive(Template)]
#[template(path = "collector/reproduce.md", escape = "none")]
struct Page<'a> {
    log: &'a CounterLog,
    gigabytes_a_day: String,
}

/// The scripts, and the page that explains them.
pub fn kit(log: &CounterLog) -> Vec<Script> {
    // It never fails: its settings are constants, and the folder was checked before.
    watcher(log).map_or_else(|_| Vec::new(), |watcher| files(&watcher))
}

/// The collector that logs the leak: the lean one with a shorter interval.
fn watcher(log: &CounterLog) -> Result<CounterLog, InvalidSetting> {
    CounterLog::of(Profile::Lean, log.windows())
        .with_name("PerfLog-Reproduce")?
        .with_folder(log.local_folder())?
        .with_interval(INTERVAL)?
        .with_max_megabytes(MAX_MEGABYTES)
        .map(|watcher| watcher.in_subfolder("reproduce"))
}

fn files(log: &CounterLog) -> Vec<Script> {
    let gigabytes_a_day = format!("{:.1}", f64::from(LEAK_RATE) * KB * 86_400.0 / GB);
    vec![
        Script::new("reproduce.cmd", &Reproduce { log }),
        Script::new("reproduce.ps1", &Powershell),
        Script::new("REPRODUCE.md", &Page { log, gigabytes_a_day }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_exists_and_the_collector_is_deleted() {
        let kit = kit(&CounterLog::default());
        let text = &kit[0].text;
        for line in text.lines() {
            for word in ["goto ", "call :"] {
                if let Some((_, label)) = line.split_once(word) {
                    let label = label.split(' ').next().unwrap();
                    assert!(text.lines().any(|line| line == format!(":{label}")), "{line}");
                }
            }
        }
        assert!(text.contains("Logman.exe delete PerfLog-Reproduce") && text.contains("-si 00:00:15"), "{text}");
        assert_eq!(kit.len(), 3);
    }
}

//! Judges logs and other evidence, and prints what it finds.
//!
//! ```text
//! cargo run --example analyze -- server.blg poolmon.txt System.evtx
//! ```

use std::error::Error;
use std::path::PathBuf;

use perfverdict::model::Verdict;
use perfverdict::{Options, TimeRange, analyze};

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if paths.is_empty() {
        return Err("usage: analyze INPUT...".into());
    }
    let report = analyze(&paths, &Options::default(), TimeRange::default());
    for problem in &report.problems {
        eprintln!("{problem}");
    }
    for machine in &report.machines {
        println!("{}", machine.machine);
        for finding in &machine.findings {
            println!("  {} ({:.0} %)", finding.headline, 100.0 * finding.confidence);
            if let (Verdict::Leak | Verdict::SuspectedLeak, Some(growth)) = (finding.verdict, &finding.growth) {
                println!("    {} an hour, {:.0} now", growth.unit.amount(growth.rate_per_hour), growth.last);
            }
            for suspect in &finding.suspects {
                println!("    {:3.0} %  {}: {}", 100.0 * suspect.share, suspect.name.trim_end(), suspect.basis);
            }
        }
    }
    Ok(())
}

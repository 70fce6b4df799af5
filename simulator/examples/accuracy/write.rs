//! Simulated logs as files.

use std::ops::Range;
use std::path::Path;

use perfverdict_simulator::families::{Family, Group};
use perfverdict_simulator::{log, simulation::Simulation};

/// Writes logs into a folder, of one family after another.
pub fn logs(families: &[(Group, &Family)], first: u64, logs: Range<u64>, folder: &Path) -> std::io::Result<()> {
    let seeds = first..;
    let all = seeds.flat_map(|seed| families.iter().map(move |(_, family)| (family, seed)));
    for (number, (family, seed)) in (0..).zip(all).take_while(|(number, _)| *number < logs.end) {
        if number < logs.start {
            continue;
        }
        let plan = family.plan(seed);
        let name = family.name.replace([' ', ','], "-");
        let extension = if plan.csv { "csv" } else { "blg" };
        let path = folder.join(format!("{number:04}-{name}.{extension}"));
        std::fs::write(path, log::bytes(&plan, &Simulation::new(&plan)))?;
    }
    Ok(())
}

//! Single machines.

use perfverdict_simulator::outcome::{Outcome, Run};
use perfverdict_simulator::plan::Plan;
use perfverdict_simulator::score::RATE_TOLERANCE;

use crate::Measured;

/// Prints a machine of which something was judged wrong.
pub fn wrong(plan: &Plan, run: &Run) {
    let wrong = |o: &Outcome| {
        let off = o.rate.is_some_and(|r| (r - 1.0).abs() > RATE_TOLERANCE);
        let misled = [o.origin, o.suspect, o.pid, o.correlated].contains(&Some(false));
        o.is_false_alarm() || (o.leaks && !o.is_alarm()) || off || misled
    };
    if !run.outcomes.iter().any(wrong) && run.false_names == 0 {
        return;
    }
    let mut text = format!("{plan:?}\n{:?} {:?}\n", run.simulation.truth, run.simulation.process);
    for outcome in run.outcomes.iter().filter(|o| wrong(o)) {
        text += &format!("  {outcome:?}\n");
    }
    for finding in &run.report.findings {
        text += &format!("  {} | {:?}\n", finding.headline, finding.growth.as_ref().map(|g| g.since));
        for reason in &finding.reasons {
            text += &format!("      {reason}\n");
        }
        for suspect in &finding.suspects {
            text += &format!("      = {} {:?} {:.2} {}\n", suspect.name, suspect.pid, suspect.share, suspect.basis);
        }
    }
    println!("{text}");
}

/// Prints one line a pool: family, subject, whether it leaks, verdict, confidence, gates in doubt, hours of the log,
/// and the rate over the true one: lower end of its interval, itself, upper end.
pub fn each(measured: &[Measured]) {
    for Measured { family, outcomes, .. } in measured {
        for machine in outcomes {
            for (subject, o) in ["nonpaged", "paged", "processes"].iter().zip(machine) {
                let verdict = o.verdict.map_or_else(|| "none".to_owned(), |verdict| format!("{verdict:?}"));
                let name = family.name.replace(',', "");
                let Outcome { leaks, confidence, hours, .. } = o;
                let [low, high] = o.rate_interval.unwrap_or([f64::NAN; 2]);
                let rate = o.rate.unwrap_or(f64::NAN);
                println!(
                    "{name},{subject},{leaks},{verdict},{confidence:?},{},{hours:.1},{low:.3},{rate:.3},{high:.3}",
                    o.doubts.join("+")
                );
            }
        }
    }
}

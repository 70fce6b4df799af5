//! Sentences about what could not be judged.

use super::{evidence, words};
use crate::base::units;
use crate::checks::Note;
use crate::checks::namesakes::NamesakesJudged;
use crate::checks::note::ProcessesLooked;

pub fn note(note: &Note) -> String {
    match note {
        Note::Evidence(found) => evidence::note(found),
        Note::NoLog => {
            "Growth: without a counter log a leak cannot be confirmed. Add the .blg or CSV of a collector, or several \
                        PoolMon snapshots with their times"
                .to_owned()
        }
        Note::NoPools => {
            "Kernel pools: the log contains neither \\Memory\\Pool Nonpaged Bytes nor \\Memory\\Pool Paged Bytes. Log \
            \\Memory\\* (perfverdict collect create)"
                .to_owned()
        }
        Note::UnknownLanguage => {
            "Language: the counter names are in a language that is not known (perfverdict inspect lists them). Use the \
            .blg itself, which has numbers for names"
                .to_owned()
        }
        Note::NoPool(pool) => format!(r"The log does not contain \Memory\{}", pool.counter()),
        Note::NoProcesses => r"Which process uses the pools: the log contains no \Process(*) counters".to_owned(),
        Note::NoProcessIds => {
            r"Processes of one name: the log contains no \Process(*)\ID Process, so they cannot be told apart"
                .to_owned()
        }
        Note::Namesakes(judged) => namesakes(judged),
        Note::ProcessesOnly => "Memory of the whole machine: the log contains only counters of processes".to_owned(),
        Note::NoRestarts => "Restarts of the machine: the log has no values of \\System\\System Up Time or \
            \\Process(System)\\Elapsed Time, so a restart looks like load that ends"
            .to_owned(),
        Note::NoRam => {
            "Share of RAM: the log does not record how much memory the machine has; set it with --ram 16GB".to_owned()
        }
        Note::NoSnapshots => {
            "The pool tag and the driver: counters do not show them; the next steps find them".to_owned()
        }
        Note::SnapshotsShowNothing => "The pool tag and the driver: the snapshots do not show what grows".to_owned(),
        Note::NoDriverFiles => {
            "Driver files: none were given (--drivers), so drivers are named by lists of pool tags only".to_owned()
        }
        Note::ProcessesLooked(looked) => processes(*looked),
        Note::MoreEvents(count) => format!("{} more events do not fit on the time line", units::count(*count as f64)),
    }
}

fn namesakes(judged: &NamesakesJudged) -> String {
    let each = format!(
        "{}: none of them started or ended within the log, so each was judged on its own",
        words::list(&judged.each)
    );
    let sums = format!("{}: they cannot be told apart, so the sum of each name was judged", words::list(&judged.sums));
    let parts = match (judged.each.is_empty(), judged.sums.is_empty()) {
        (false, false) => format!("{each}. {sums}"),
        (false, true) => each,
        _ => sums,
    };
    format!(r"Processes of one name (the log contains no \Process(*)\ID Process): {parts}")
}

fn processes(looked: ProcessesLooked) -> String {
    let found = match looked.found {
        0 => "none leaks".to_owned(),
        n => format!("there are findings on {n}"),
    };
    let left_out = if looked.left_out > 0 {
        format!("; {} more series grew, but less, and were not judged", units::count(looked.left_out as f64))
    } else {
        String::new()
    };
    format!(
        "Processes: {} of {} were checked for growth of memory, handles, threads and charged pool; {found}{left_out}",
        units::counted(looked.series, "series", "series"),
        units::counted(looked.processes, "process", "processes")
    )
}

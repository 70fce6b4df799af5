//! Logs and hostile files that people and attackers give: what `analyze` says of each.

mod common;

use std::path::Path;

use assert_cmd::Command;

/// Exit codes.
const OK: i32 = 0;
const REFUSED: i32 = 2;

const NO_ZONE: &str = "no time zone is recorded";
const SAMPLES_24_HOURS: &str = "2026-03-02 08:00 to 2026-03-03 07:59";
const LEAK_27: &str = "Nonpaged pool may have been leaking 27 MB/day";
const LEAK_55: &str = "leaking 55 MB/day";

/// By file: its exit code, what is said of it, and what is not said.
const LOGS: [(&str, i32, &[&str], &[&str]); 42] = [
    ("available_only.csv", OK, &["Suspected leak  Available memory", "exhausted in about 12 hours"], &["language"]),
    ("available_runs_out.csv", OK, &["Suspected leak  Available memory", "Now 42 MB"], &[]),
    ("bibtex_sample.blg", REFUSED, &["is a log of BibTeX"], &[]),
    ("clr_only.csv", OK, &["no findings: SRV1"], &["language"]),
    ("collector.xml", REFUSED, &["is a Performance Monitor template"], &[]),
    ("date_fi.csv", OK, &[LEAK_55, "2026-03-02 08:00"], &[]),
    ("date_time_two_columns.csv", OK, &[LEAK_27, SAMPLES_24_HOURS], &[]),
    ("english_not_known.csv", OK, &["cannot be judged"], &["language"]),
    ("es_unknown_counter.csv", OK, &["does not contain \\Memory\\Pool Nonpaged Bytes"], &["language"]),
    ("gc_esmx.csv", OK, &[LEAK_55, NO_ZONE, "300 samples"], &[]),
    ("gc_fi.csv", OK, &[LEAK_55, NO_ZONE, "300 samples"], &[]),
    ("gc_nnbsp.csv", OK, &[LEAK_55, NO_ZONE, "300 samples"], &[]),
    ("gc_zhtw.csv", OK, &[LEAK_55, NO_ZONE, "300 samples"], &[]),
    ("getcounter.clixml", OK, &[LEAK_55, "300 samples"], &[]),
    ("getcounter_console.txt", OK, &["Nonpaged pool", "60 samples", NO_ZONE], &[]),
    ("getcounter_console_utf16.txt", OK, &["Nonpaged pool", "60 samples", NO_ZONE], &[]),
    ("getcounter_full_it.csv", OK, &[LEAK_55, "svc#1 may have been leaking 27 MB/day", "300 samples"], &[]),
    ("getcounter_json.json", OK, &[LEAK_55, "300 samples"], &[]),
    ("getcounter_json_ps7.json", OK, &[LEAK_55, "300 samples"], &[]),
    ("header_only.csv", REFUSED, &["a header of 4 counters but no sample"], &[]),
    ("namesakes_no_pid.csv", OK, &["svc#1 has been leaking 27 MB/day of private bytes"], &["kernel"]),
    ("one_row.csv", OK, &["1 sample", "the log is too short"], &[]),
    ("pandas_index.csv", OK, &[LEAK_27, SAMPLES_24_HOURS], &[]),
    ("processv2.csv", OK, &["app (PID 4242) has been leaking 27 MB/day of private bytes"], &["kernel"]),
    ("processv2_ws.csv", OK, &["llama-server (PID 4242)", "private working set"], &["kernel"]),
    ("pt_names.csv", OK, &[LEAK_55], &["language"]),
    ("resaved_us_mmss.csv", REFUSED, &["a spreadsheet saved only minutes and seconds"], &[]),
    ("resaved_yy.csv", OK, &[LEAK_55, "2026-03-02 08:00"], &[]),
    ("ru_process.csv", OK, &["app has been leaking 27 MB/day", "read as \"RTZ 2 (зима)\""], &["language"]),
    ("step_short.csv", OK, &["the log is too short"], &["MB/day", "without growth"]),
    ("stripped_machine.csv", OK, &[LEAK_27, SAMPLES_24_HOURS], &[]),
    ("stripped_machine_backslash.csv", OK, &[LEAK_27, SAMPLES_24_HOURS], &[]),
    ("typeperf_blank_only.csv", OK, &[LEAK_27, SAMPLES_24_HOURS], &[]),
    ("typeperf_stdout.txt", OK, &[LEAK_27, SAMPLES_24_HOURS], &[]),
    ("typeperf_stdout_utf16.txt", OK, &[LEAK_27, SAMPLES_24_HOURS], &[]),
    ("typeperf_tail_only.csv", OK, &[LEAK_27, SAMPLES_24_HOURS], &[]),
    ("unknown_language.csv", OK, &["the counter names are in a language that is not known"], &[]),
    ("virtualbytes_only.csv", OK, &["Suspected leak  app", "virtual bytes"], &["kernel"]),
    ("vmmap.csv", REFUSED, &["is an export of VMMap"], &[]),
    ("w3wp_no_pid.csv", OK, &["w3wp#1 has been leaking 27 MB/day of private bytes"], &[]),
    ("workingset_only.csv", OK, &["Suspected leak  app", "private working set"], &["kernel"]),
    ("zone2.csv", OK, &[LEAK_55, NO_ZONE], &["UTC)"]),
];

/// By file: its exit code, what is said of it, and what is not said.
const HOSTILE: [(&str, i32, &[&str], &[&str]); 12] = [
    ("commas50m.zip", REFUSED, &["has 50,331,650 columns; the limit is 500,000"], &[]),
    ("conv_crash2.csv", OK, &["skipped 2 rows without a readable time"], &[]),
    ("ctl_1.csv", OK, &["no findings: S."], &[]),
    ("ctrl16.csv", OK, &["no findings: S."], &[]),
    ("dumpcrash.dmp", OK, &["the list of its drivers is not in it"], &[]),
    ("dup.zip", OK, &["is in the archive more than once, and only the last one is read"], &[]),
    ("longname.csv", REFUSED, &["not one counter path"], &[]),
    ("lostcells.csv", OK, &["2 rows with cells that are not numbers", "read as a thousands separator (1000)"], &[]),
    ("ns6000.xml", REFUSED, &["nested more than 64 deep"], &[]),
    ("overlap.zip", REFUSED, &["its files overlap"], &[]),
    ("year22026.csv", OK, &["skipped 1 row without a readable time"], &[]),
    ("zeros512m.zip", REFUSED, &["Skipped 1 file that is not a log"], &[]),
];

/// Whole logs that are easily judged wrong.
const ACCURACY: [(&str, i32, &[&str], &[&str]); 9] = [
    ("01-warm-up-then-day.csv", OK, &["Nonpaged pool rose at first and has levelled off"], &["Leak", "leaking"]),
    ("02-weekend-start.csv", OK, &["load; the log ends while it is high"], &["leak  ", "Single jump"]),
    ("03-dead-zeros-hide-leak.csv", OK, &["Leak  Nonpaged pool has been leaking 27 MB/day"], &[]),
    ("04b-load-rising-commit-names.csv", OK, &["the log ends while it is high"], &["winlogon", "svchost"]),
    ("05-churn-charged-leak.csv", OK, &["No leak (load)  Nonpaged pool"], &["eak  ", "w3wp"]),
    ("06-cache-15-percent.csv", OK, &["Suspected leak  Paged pool may have been leaking"], &["Leak  "]),
    ("07-last-sample-glitch.csv", OK, &["Now 306 MB", "12 % of its limit of 20 GB"], &["30 GB", "237 GB", "page file"]),
    ("08-spike-at-end.csv", OK, &["Leak  Nonpaged pool", "No leak (load)  Paged pool"], &["leak  Paged pool"]),
    ("11-exhaustion-short.csv", OK, &["the log ends while it is high"], &["exhausted"]),
];

/// Files that are not logs but evidence, which `convert` refuses.
const EVIDENCE: [&str; 1] = ["dumpcrash.dmp"];
/// Sources of fuzz targets.
const PROGRAMS: &str = "rs";

/// What the program prints, and its exit code.
fn run(arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("perfverdict").unwrap().args(arguments).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{arguments:?}: {text:?}");
    (output.status.code().unwrap(), text)
}

/// What `analyze` says of a file, without its path.
fn analyze(path: &Path) -> (i32, String) {
    let path = path.to_str().unwrap();
    let (code, text) = run(&["analyze", "--no-report", path]);
    (code, text.replace(path, ""))
}

/// The lines about machines and findings: samples, verdicts, rates.
fn verdicts(text: &str) -> Vec<&str> {
    let of_file = |line: &str| line.starts_with("warning:") || line.starts_with("note:");
    text.lines().filter(|line| !of_file(line)).collect()
}

/// Analyzes each file of a folder of cases, converts those that are logs, and analyzes what was written.
fn check(folder: &str, cases: &[(&str, i32, &[&str], &[&str])]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases").join(folder);
    if !folder.exists() {
        eprintln!("skipped: {} is not beside this checkout", folder.display());
        return;
    }
    let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(PROGRAMS)).collect();
    names.sort();
    assert_eq!(names, cases.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), "every file is a case");

    let made = tempfile::tempdir().unwrap();
    for (name, code, said, not_said) in cases {
        let file = folder.join(name);
        let (found, text) = analyze(&file);
        assert_eq!(found, *code, "{name}: {text}");
        said.iter().for_each(|words| assert!(text.contains(words), "{name}: lacks {words:?}: {text}"));
        not_said.iter().for_each(|words| assert!(!text.contains(words), "{name}: has {words:?}: {text}"));

        let copy = made.path().join(format!("{name}.copy.csv"));
        let (converted, why) = run(&["convert", file.to_str().unwrap(), "-o", copy.to_str().unwrap()]);
        let is_log = *code == OK && !EVIDENCE.contains(name);
        assert_eq!(converted == OK, is_log, "{name}: {why}");
        if is_log {
            let (again, text_again) = analyze(&copy);
            assert_eq!((again, verdicts(&text_again)), (OK, verdicts(&text)), "{name}, converted");
        }
    }
}

#[test]
fn logs_that_people_have() {
    check("logs", &LOGS);
}

#[test]
fn logs_that_are_easily_judged_wrong() {
    check("accuracy", &ACCURACY);
}

#[test]
fn hostile_files() {
    check("hostile", &HOSTILE);
}

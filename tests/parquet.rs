//! Parquet files read back by `DuckDB`, from Python's package index.
#![cfg(feature = "parquet")]

mod common;

use std::path::Path;
use std::process::Command as Process;

use assert_cmd::Command;
use common::fixture;

/// A Python that has `DuckDB`: that of the environment variable `PYTHON`, else `python3`.
fn python() -> Option<String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Process::new(&python).args(["-c", "import duckdb"]).output().is_ok_and(|done| done.status.success());
    if !found {
        eprintln!("skipped: {python} has no duckdb (pip install duckdb)");
    }
    found.then_some(python)
}

fn query(python: &str, folder: &Path, sql: &str) -> String {
    let script = "import sys, duckdb\n\
        duckdb.sql(\"set timezone='UTC'\")\n\
        duckdb.sql(f\"create view t as select * from read_parquet('{sys.argv[1]}/**/*.parquet', hive_partitioning=true)\")\n\
        for row in duckdb.sql(sys.argv[2]).fetchall(): print('|'.join(str(cell) for cell in row))";
    let done = Process::new(python).args(["-c", script]).arg(folder).arg(sql).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().replace("\r\n", "\n")
}

#[test]
fn duckdb_reads_a_fleet_s_folder_as_one_table() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let fleet = folder.path().join("fleet.parquet");
    let convert = |inputs: &[&str]| {
        let inputs = inputs.iter().map(|name| fixture(name));
        Command::cargo_bin("perfverdict").unwrap().arg("convert").args(inputs).arg("-o").arg(&fleet).assert().success();
    };
    convert(&["process-leak.blg", "quiet.blg"]);
    convert(&["load.blg"]);
    let before = query(&python, &fleet, "select count(*) from t");
    convert(&["load.blg"]);
    assert_eq!(query(&python, &fleet, "select count(*) from t"), before, "the same logs again replace themselves");

    assert_eq!(
        query(
            &python,
            &fleet,
            "select machine, count(distinct day), count(distinct time) from t group by 1 order by 1"
        ),
        "DC01|3|90\nFILES01|5|153\nWEB02|2|108\n"
    );
    // The same process under three names, by its id; what the text of the log says.
    let csv = folder.path().join("web.csv");
    let web = fixture("process-leak.blg");
    let mut text = Command::cargo_bin("perfverdict").unwrap();
    text.arg("convert").arg(web).arg("-o").arg(&csv).args(["-c", r"\Process(w3wp*)\Handle Count"]).assert().success();
    let text = std::fs::read_to_string(csv).unwrap();
    let last: f64 = text
        .lines()
        .last()
        .unwrap()
        .split(',')
        .filter_map(|c| c.trim_matches('"').parse::<f64>().ok())
        .fold(0.0, f64::max);
    let sql = "select count(distinct instance), max(value)::double from t where machine = 'WEB02' and pid = 4712 and counter = 'Handle Count'";
    assert_eq!(query(&python, &fleet, sql), format!("2|{last:.1}\n"));
    let sql = "select min(time)::varchar, typeof(any_value(time)) from t where machine = 'FILES01'";
    assert_eq!(query(&python, &fleet, sql), "2026-01-18 23:00:00+00|TIMESTAMP WITH TIME ZONE\n", "midnight in Berlin");
}

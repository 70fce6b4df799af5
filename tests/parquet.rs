//! Parquet files read back: by perfverdict, and by `DuckDB`, from Python's package index.
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

fn run(arguments: &[&str]) -> (i32, String, String) {
    let done = Command::cargo_bin("perfverdict").unwrap().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

/// What a verdict says of each machine, without the times of single samples.
fn verdict(path: &Path) -> Vec<String> {
    let (code, out, err) = run(&["analyze", "--no-report", "--json", "-", path.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let mut lines = Vec::new();
    for machine in report["machines"].as_array().unwrap() {
        lines.push(format!("{} {}", machine["name"], machine["os_version"]));
        for finding in machine["findings"].as_array().unwrap() {
            lines.push(format!("{} {} {}", finding["subject"], finding["verdict"], finding["headline"]));
        }
    }
    lines
}

#[test]
fn what_was_converted_gets_the_same_verdict() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["nonpaged-leak.blg", "process-leak.blg", "load.blg", "quiet.blg"] {
        let log = fixture(name);
        let converted = folder.path().join(format!("{name}.parquet"));
        let (code, _, err) = run(&["convert", log.to_str().unwrap(), "-o", converted.to_str().unwrap()]);
        assert_eq!(code, 0, "{err}");
        assert_eq!(verdict(&converted), verdict(&log), "{name}");
    }
}

#[test]
fn samples_times_and_facts_survive() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let log = fixture("quiet.blg");
    let log = log.to_str().unwrap();
    for (target, from) in [("quiet.parquet", log), ("before.csv", log), ("after.csv", &at("quiet.parquet"))] {
        let (code, _, err) = run(&["convert", from, "-o", &at(target)]);
        assert_eq!(code, 0, "{err}");
    }
    // The zone of a .blg has rules; the digits of a CSV depend on the version of Windows.
    let lines = |name: &str| std::fs::read_to_string(at(name)).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines("before.csv"), lines("after.csv"));
    assert_eq!(before.len(), after.len());
    let time = |line: &String| line.split(',').next().unwrap().to_owned();
    assert_eq!(before.iter().map(time).collect::<Vec<_>>(), after.iter().map(time).collect::<Vec<_>>());
    let sorted = |line: &String| {
        let mut cells: Vec<String> = line.split("\",\"").map(|cell| cell.trim_matches('"').to_owned()).collect();
        cells.sort();
        cells
    };
    assert_eq!(sorted(&before[5]), sorted(&after[5]), "the same values, in another order of columns");
    let (code, out, err) = run(&["inspect", "--json", &at("quiet.parquet")]);
    assert_eq!(code, 0, "{err}");
    let facts: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&facts[0]["format"], &facts[0]["machines"][0]), (&"parquet".into(), &"DC01".into()));
    assert_eq!(facts[0]["first_sample"].as_str().map(|time| &time[23..]), Some("+01:00"), "{out}");
}

#[test]
fn samples_before_1601_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let row = |time: &str| format!("\"01/01/1601 {time}:00.000\",\"5\"\n");
    let header = "\"(PDH-CSV 4.0) (W. Europe Standard Time)(-60)\",\"\\\\S\\Memory\\Pool Nonpaged Bytes\"\n".to_owned();
    std::fs::write(at("a.csv"), header + &row("00:10") + &row("00:20") + &row("01:20")).unwrap();
    let (code, _, err) = run(&["convert", &at("a.csv"), "-o", &at("a.parquet")]);
    assert!(code == 0 && err.contains("left out 2 samples dated before 1601"), "{err}");
    let (code, out, err) = run(&["inspect", "--json", &at("a.parquet")]);
    assert!(code == 0 && out.contains("1601-01-01T01:20:00"), "{out}{err}");
}

/// The first file in a folder.
fn a_file_in(folder: &Path) -> std::path::PathBuf {
    let first = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    if first.is_dir() { a_file_in(&first) } else { first }
}

#[test]
fn damaged_and_foreign_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let converted = at("quiet.parquet");
    run(&["convert", fixture("quiet.blg").to_str().unwrap(), "-o", &converted, "-c", r"\Memory\Pool*"]);
    let bytes = std::fs::read(a_file_in(Path::new(&converted))).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(at("odd.parquet"), bytes).unwrap();
        let (code, _, err) = run(&["inspect", &at("odd.parquet")]);
        (code, err)
    };
    for cut in [4, 100, bytes.len() / 2, bytes.len() - 1] {
        let (code, err) = refused(&bytes[..cut]);
        assert!(code == 2 && err.contains("is a damaged Parquet file"), "{cut}: {err}");
    }
    for at in (0..bytes.len()).step_by(61) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let log = perfverdict::Log::from_vec(Path::new("damaged.parquet"), damaged);
        if let Ok(log) = log {
            let _ = log.samples(perfverdict::log::Selection::All);
        }
    }
    let (code, err) = refused(&foreign());
    assert!(code == 2 && err.contains("is a Parquet file of another program"), "{err}");
}

/// A file with one column of its own.
fn foreign() -> Vec<u8> {
    use parquet::data_type::Int32Type;
    use parquet::file::writer::SerializedFileWriter;
    let schema = parquet::schema::parser::parse_message_type("message other { required int32 number; }").unwrap();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema.into(), std::sync::Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&[1, 2, 3], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

//! The JSON follows its schema, whatever the verdict.
#![cfg(not(windows))]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, NaiveDateTime};
use common::{fixture, real};
use perfverdict::Options;
use perfverdict::TimeRange;
use perfverdict::analyze;
use perfverdict::demo::SCENARIOS;
use perfverdict::report::to_json;
use serde_json::Value;

fn schema(path: &Path) -> jsonschema::Validator {
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    jsonschema::options().should_validate_formats(true).with_format("date-time", is_time).build(&schema).unwrap()
}

/// A time of RFC 3339, or one without a zone, which is how times of an unknown zone are written.
fn is_time(text: &str) -> bool {
    DateTime::parse_from_rfc3339(text).is_ok() || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f").is_ok()
}

fn verdict(paths: &[PathBuf]) -> Value {
    let report = analyze(paths, &Options::default(), TimeRange::default());
    serde_json::from_slice(&to_json(&report).unwrap()).unwrap()
}

fn check(schema: &jsonschema::Validator, paths: &[PathBuf]) {
    let json = verdict(paths);
    let errors: Vec<String> = schema.iter_errors(&json).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{paths:?}: {errors:#?}");
    json["machines"].as_array().unwrap().iter().for_each(check_sentences);
}

/// Sentences are one line of words with a space between them.
fn check_sentences(machine: &Value) {
    let texts = |part: &Value, name: &str| part[name].as_array().cloned().unwrap_or_default();
    let mut all = texts(machine, "not_analysed");
    for finding in texts(machine, "findings") {
        all.push(finding["headline"].clone());
        all.extend(["reasons", "disagreements", "would_change"].iter().flat_map(|name| texts(&finding, name)));
        all.extend(texts(&finding, "next_steps").iter().map(|step| step["text"].clone()));
        all.extend(texts(&finding, "gates").iter().map(|gate| gate["text"].clone()));
    }
    for text in all.iter().filter_map(Value::as_str) {
        assert!(!text.is_empty() && !text.contains(['\n', '\t']) && !text.contains("  "), "{text:?}");
    }
}

/// Our schema, and the one of the first edition where it lies beside the checkout.
fn schemas() -> Vec<jsonschema::Validator> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = vec![schema(&root.join("docs/verdict.schema.json"))];
    let contract = root.join("../shared/contract/verdict.schema.json");
    if contract.exists() {
        all.push(schema(&contract));
    }
    all
}

#[test]
fn fixtures_keep_to_the_schema() {
    for schema in schemas() {
        for scenario in SCENARIOS {
            check(&schema, &[fixture(scenario.file_name)]);
        }
        check(&schema, &[fixture("no-such-file.blg"), fixture("quiet.blg")]);
        check(&schema, &[fixture("incident")]);
    }
}

#[test]
fn real_logs_keep_to_the_schema() {
    for folder in ["blg", "csv", "events", "poolmon", "windbg", "pooltag"] {
        let Some(folder) = real(folder) else { return };
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            for schema in schemas() {
                check(&schema, std::slice::from_ref(&path));
            }
        }
    }
}

#[test]
fn the_schema_finds_what_is_wrong() {
    let mut json = verdict(&[fixture("quiet.blg")]);
    json["machines"][0]["findings"][0]["verdict"] = "guilty".into();
    assert!(!schemas()[0].is_valid(&json));
}

/// The steps name commands of this program: they must exist.
#[test]
fn our_own_commands_are_commands() {
    let all = [&["incident"][..], &["nonpaged-leak.blg"], &["incident/poolmonlog1.txt"], &["quiet.blg"]];
    let reports = all.map(|files| verdict(&files.iter().map(|file| fixture(file)).collect::<Vec<_>>()));
    let steps = reports.iter().flat_map(|report| report["machines"].as_array().unwrap());
    let steps = steps.flat_map(|machine| machine["findings"].as_array().unwrap());
    let steps = steps.flat_map(|finding| finding["next_steps"].as_array().unwrap());
    let lines = steps.flat_map(|step| [step["command"].as_str(), step["undo"].as_str()]).flatten();
    let ours: BTreeSet<&str> = lines.filter_map(|line| line.strip_prefix("perfverdict ")).collect();
    assert!(ours.len() >= 3, "{ours:?}");
    for line in ours {
        // What clap does not know it refuses before it comes to --help.
        let status =
            Command::new(env!("CARGO_BIN_EXE_perfverdict")).args(line.split(' ')).arg("--help").output().unwrap();
        assert!(status.status.success(), "{line}: {}", String::from_utf8_lossy(&status.stderr));
    }
}

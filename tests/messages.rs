//! What the program prints: units, names and questions.

mod common;

use assert_cmd::Command;
use common::fixture;

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("perfverdict").unwrap().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A small log without a time zone.
fn log_without_zone(folder: &std::path::Path) -> String {
    let path = folder.join("a.csv");
    let mut text = String::from("\"(PDH-CSV 4.0)\",\"\\\\SRV\\Memory\\Pool Nonpaged Bytes\"\r\n");
    for minute in (0..4800).map(|sample| sample * 20) {
        let time = chrono::DateTime::from_timestamp(1_772_000_000 / 86_400 * 86_400 + minute * 60, 0).unwrap();
        text += &format!("\"{}\",\"100000000\"\r\n", time.format("%m/%d/%Y %H:%M:%S.000"));
    }
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn sizes_and_times_are_understood_as_people_write_them() {
    let (code, out, err) = run(&["collect", "create", "--print", "--max", "300MB", "--interval", "20min"]);
    assert!(code == 0 && out.contains("-max 300 ") && out.trim_end().ends_with("-si 00:20:00"), "{out}{err}");
    let (code, out, err) = run(&["collect", "create", "--print", "--run-for", "5min"]);
    assert!(code == 0 && out.contains("-rf 00:05:00"), "{out}{err}");
    let begin = ["--begin", "2026-03-03 22:00"];
    let (code, out, err) = run(&[&["collect", "create", "--print", "--run-for", "2d"][..], &begin].concat());
    assert!(code == 0 && out.contains(r#"-e "3/5/2026 10:00:00PM""#) && !out.contains("-rf"), "{out}{err}");
    let (code, _, err) = run(&["collect", "create", "--print", "--run-for", "2d"]);
    assert!(code == 2 && err.contains("2 days is not a valid run time") && err.contains("--begin"), "{err}");
    for (option, value, part) in [
        ("--max", "lots", "300MB or 1GB"),
        ("--run-for", "soon", "5min, 1h, 2d"),
        ("--days", "3x", "\"3x\" is not a whole number"),
        ("--cpus", "0", "0 is not in the range; use 1 to 10,000"),
    ] {
        let (code, _, err) = run(&["collect", "size", option, value]);
        assert!(code == 2 && err.contains(part) && !err.contains("invalid digit"), "{err}");
    }
}

#[test]
fn no_message_has_the_number_of_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no").join("such.blg").display().to_string();
    let json = folder.path().join("missing").join("v.json").display().to_string();
    let log = fixture("quiet.blg").display().to_string();
    for arguments in [
        &["analyze", &missing][..],
        &["inspect", &missing],
        &["convert", &missing, "-o", "-", "-f", "csv"],
        &["convert", &log, "-o", "-", "-f", "csv", "--counter-file", &missing],
        &["report", &missing, "-o", "-"],
        &["analyze", &log, "--json", &json],
        &["analyze", &log, "--no-report", "--pooltag", &missing],
        &["tag", "Leak", "--pooltag", &missing],
        &["man", &format!("{log}/below")],
        &["demo", &format!("{log}/below")],
    ] {
        let (_, out, err) = run(arguments);
        assert!(!err.is_empty() && !err.contains("os error") && !out.contains("os error"), "{arguments:?}: {err}");
    }
}

#[test]
fn a_tag_in_the_wrong_case_is_asked_about() {
    let (code, out, _) = run(&["tag", "leak"]);
    assert!(code == 0 && out.contains("did you mean Leak?"), "{out}");
    let (_, out, _) = run(&["tag", "Leak", "zzzz"]);
    assert!(!out.contains("did you mean"), "{out}");
    let (_, out, _) = run(&["tag", "leak", "--json", "-"]);
    let answers: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answers[0]["did_you_mean"], serde_json::json!(["Leak"]));
    // One that only a list names.
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("tags.txt");
    std::fs::write(&list, "QxZw - example.sys - examples\r\n").unwrap();
    let (_, out, _) = run(&["tag", "QXZW", "--pooltag", list.to_str().unwrap()]);
    assert!(out.contains("did you mean QxZw?"), "{out}");
}

#[test]
fn times_units_and_windows_have_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let log = log_without_zone(folder.path());
    let (code, out, err) = run(&["inspect", &log]);
    assert!(code == 0 && out.contains("samples    4,800, 20 minutes apart"), "{out}{err}");
    assert!(out.contains("(local time, zone not recorded)"), "{out}");
    let page = folder.path().join("page.html").display().to_string();
    let (code, out, err) = run(&["analyze", &log, "-o", &page]);
    assert!(
        code == 0 && out.contains("(local time, zone not recorded)") && out.contains("4,800 samples"),
        "{out}{err}"
    );
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("zone not recorded") && page.contains("every 20 minutes"), "{page}");
    let (_, _, err) = run(&["analyze", &log, "--no-report", "--from", "2030-01-01"]);
    assert!(err.contains("(local time, zone not recorded)"), "{err}");
    let zoned = fixture("nonpaged-leak.blg").display().to_string();
    let (_, out, _) = run(&["analyze", &zoned, "--no-report"]);
    assert!(out.contains("Windows Server 2008 R2 SP1 (6.1.7601)") && !out.contains("not recorded"), "{out}");
    let (_, out, _) = run(&["inspect", &zoned]);
    assert!(out.contains("Windows Server 2008 R2 SP1 (6.1.7601"), "{out}");
}

#[test]
fn quiet_and_verbose() {
    let folder = tempfile::tempdir().unwrap();
    let (log, page) = (fixture("quiet.blg").display().to_string(), folder.path().join("p.html").display().to_string());
    let analyze = |more: &[&str]| run(&[&["analyze", &log, "-o", &page][..], more].concat());
    let (_, out, err) = analyze(&["--quiet"]);
    assert!(out.contains("stable") && err.is_empty(), "{err}");
    let (_, same, err) = analyze(&[]);
    assert!(same == out && err.starts_with("Report: ") && err.lines().count() == 1, "{err}");
    let (_, same, err) = analyze(&["--verbose"]);
    assert!(same == out && err.contains("quiet.blg: binary counter log (.blg), 448 KB, 90 samples"), "{err}");
    let csv = folder.path().join("q.csv").display().to_string();
    let (_, _, err) = run(&["-v", "convert", &log, "-o", &csv]);
    assert!(err.contains("Reading ") && err.contains("Wrote "), "{err}");
    // Warnings and errors are not notes.
    let damaged = folder.path().join("cut.blg");
    let whole = std::fs::read(fixture("nonpaged-leak.blg")).unwrap();
    std::fs::write(&damaged, &whole[..whole.len() - 30_000]).unwrap();
    let (_, _, err) = run(&["analyze", "--no-report", "-q", &damaged.display().to_string()]);
    assert!(err.contains("warning:") && err.contains("cut off"), "{err}");
    let (code, _, err) = run(&["analyze", "-q", "-v", &log]);
    assert!(code == 2 && err.contains("cannot be used with"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn text_is_wrapped_on_a_terminal_alone() {
    let log = fixture("nonpaged-leak.blg");
    let program = assert_cmd::cargo::cargo_bin("perfverdict");
    let command = format!(
        "export NO_COLOR=1; stty rows 40 cols 60; '{}' analyze --no-report '{}'; '{}' analyze /no/such/log/of/that/name.blg",
        program.display(),
        log.display(),
        program.display()
    );
    let Ok(done) = std::process::Command::new("script").args(["-qec", &command, "/dev/null"]).output() else {
        eprintln!("skipped: there is no program script");
        return;
    };
    let out = String::from_utf8(done.stdout).unwrap().replace('\r', "");
    assert!(out.contains("has been leaking") || out.contains("has been\n"), "{out}");
    let is_command = |line: &str| line.starts_with("          ");
    for line in out.lines().filter(|line| !is_command(line)) {
        assert!(line.chars().count() <= 60, "{line}");
    }
    let message = out.split("error:").nth(1).unwrap();
    assert!(message.lines().count() >= 2 && message.contains("/no/such/log/of/that/name.blg"), "{out}");
    let (_, piped, _) = run(&["analyze", "--no-report", &log.display().to_string()]);
    assert!(piped.lines().any(|line| line.chars().count() > 100), "{piped}");
}

#[cfg(target_os = "linux")]
#[test]
fn work_of_more_than_two_seconds_shows_on_a_terminal_how_far_it_is() {
    let program = assert_cmd::cargo::cargo_bin("perfverdict");
    let on_terminal = |options: &str| {
        let command = format!(
            "stty rows 40 cols 100; (sleep 3; cat '{}') | '{}' analyze --no-report {options} /dev/stdin",
            fixture("quiet.blg").display(),
            program.display()
        );
        std::process::Command::new("script").args(["-qec", &command, "/dev/null"]).output()
    };
    let Ok(done) = on_terminal("") else {
        eprintln!("skipped: there is no program script");
        return;
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let out = text(done.stdout);
    assert!(out.contains("Reading /dev/stdin") && out.contains("Nonpaged pool is stable"), "{out}");
    let quiet = text(on_terminal("--quiet").unwrap().stdout);
    assert!(!quiet.contains("Reading") && quiet.contains("Nonpaged pool is stable"), "{quiet}");
}

#[test]
fn a_folder_that_is_too_deep_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let deep = (1..=18).fold(folder.path().to_owned(), |path, number| path.join(format!("d{number}")));
    std::fs::create_dir_all(&deep).unwrap();
    for place in [folder.path(), &deep] {
        std::fs::copy(fixture("quiet.blg"), place.join("quiet.blg")).unwrap();
    }
    let (code, _, err) = run(&["analyze", "--no-report", folder.path().to_str().unwrap()]);
    assert!(code == 0 && err.contains("d17: is more than 16 folders deep and was not read"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_is_named_and_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("quiet.blg"), folder.path().join("quiet.blg")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
    let (code, out, err) = run(&["analyze", "--no-report", folder.path().to_str().unwrap()]);
    assert!(code == 0 && out.contains("DC01") && err.contains("again: is a link to a folder"), "{out}{err}");
}

//! Outputs replace nothing that they must not, and are whole whenever the program is killed.

mod common;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use common::fixture;

fn perfverdict() -> Command {
    Command::cargo_bin("perfverdict").unwrap()
}

fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with a log, and the log.
fn folder_with_log() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("quiet.blg");
    std::fs::copy(fixture("quiet.blg"), &log).unwrap();
    (folder, log)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_output_that_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("missing/report.html");
    let (code, _, err) = run(perfverdict().arg("analyze").arg(fixture("quiet.blg")).arg("-o").arg(&target));
    assert_eq!(code, 2);
    assert!(err.contains("report.html") && !target.exists(), "{err}");
}

#[test]
fn a_log_is_never_replaced_by_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("quiet.blg");
    std::fs::copy(fixture("quiet.blg"), &log).unwrap();
    for command in [&["analyze"][..], &["convert", "-f", "csv"]] {
        for input in [log.clone(), folder.path().to_owned(), folder.path().join("*.blg")] {
            let (code, _, err) = run(perfverdict().args(command).arg(&input).arg("-o").arg(&log));
            assert!(code == 2 && err.contains("is an input"), "{}: {err}", input.display());
        }
    }
    // A report among the logs is written anew.
    for _ in 0..2 {
        let report = folder.path().join("report.html");
        assert_eq!(run(perfverdict().arg("analyze").arg(folder.path()).arg("-o").arg(report)).0, 0);
    }
    assert_eq!(std::fs::read(&log).unwrap(), std::fs::read(fixture("quiet.blg")).unwrap());
}

#[test]
fn scripts_replace_no_file_of_somebody_else() {
    let folder = tempfile::tempdir().unwrap();
    let script = |options: &[&str]| run(perfverdict().args(["collect", "script"]).arg(folder.path()).args(options));
    std::fs::write(folder.path().join("README.md"), "mine").unwrap();
    let (code, out, err) = script(&[]);
    assert!(code == 2 && out.is_empty() && err.contains("README.md: already exists"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    std::fs::remove_file(folder.path().join("README.md")).unwrap();
    assert_eq!(script(&[]).0, 0);
    assert_eq!(script(&["--profile", "fast"]).0, 0, "it replaces its own files");
    let (code, _, err) = script(&["--user", r"CORP\Jürgen"]);
    assert!(code == 2 && err.contains("cannot contain the user name"), "{err}");
}

#[test]
fn a_side_input_is_never_replaced_even_by_force() {
    let (folder, log) = folder_with_log();
    let at = |name: &str| folder.path().join(name);
    let drivers = at("drivers");
    std::fs::create_dir(&drivers).unwrap();
    for (name, text) in [
        ("pooltag.txt", "Leak - nonpaged.sys - leaks"),
        ("drivers/a.sys", "MZ"),
        ("tags.html", "Leak - nonpaged.sys - leaks"),
        ("counters.txt", r"\Memory\*"),
    ] {
        std::fs::write(at(name), text).unwrap();
    }
    std::fs::hard_link(at("pooltag.txt"), at("linked.json")).unwrap();
    std::fs::hard_link(&log, at("linked.csv")).unwrap();
    let analyze: &[&str] = &["analyze", "--no-report", "--pooltag", "pooltag.txt", "--drivers", "drivers", "quiet.blg"];
    let convert: &[&str] = &["convert", "--counter-file", "counters.txt", "quiet.blg", "-f", "csv"];
    let tag: &[&str] = &["tag", "Leak", "--pooltag", "pooltag.txt", "--drivers", "drivers", "--evidence", "quiet.blg"];
    for (command, output) in [
        (analyze, &["--json", "pooltag.txt"][..]),
        (analyze, &["--json", "linked.json"]),
        (analyze, &["--json", "drivers/a.sys"]),
        (&["analyze", "--pooltag", "tags.html", "quiet.blg"], &["-o", "tags.html"]),
        (convert, &["-o", "counters.txt"]),
        (convert, &["-o", "./drivers/../counters.txt"]),
        (convert, &["-o", "linked.csv"]),
        (convert, &["--append", "-o", "linked.csv"]),
        (tag, &["--json", "pooltag.txt"]),
        (tag, &["--json", "drivers/a.sys"]),
        (tag, &["--json", "quiet.blg"]),
    ] {
        let (code, _, err) = run(perfverdict().current_dir(folder.path()).args(command).args(output).arg("--force"));
        assert!(
            code == 2 && err.contains("is an input and cannot also be the output"),
            "{command:?} {output:?}: {err}"
        );
    }
    assert_eq!(std::fs::read(&log).unwrap(), std::fs::read(fixture("quiet.blg")).unwrap());
    assert_eq!(std::fs::read_to_string(at("counters.txt")).unwrap(), r"\Memory\*");
}

#[test]
fn what_others_wrote_is_replaced_only_by_force() {
    let (folder, _log) = folder_with_log();
    let at = |name: &str| folder.path().join(name);
    for (command, output, first) in [
        (&["analyze", "quiet.blg", "-o"][..], "page.html", "<!doctype html><title>Mine</title>"),
        (&["analyze", "quiet.blg", "--no-report", "--json"], "mine.json", "{}"),
        (&["convert", "quiet.blg", "-o"], "mine.csv", "1;2;3"),
        (&["convert", "quiet.blg", "--list", "-o"], "mine.txt", "notes"),
        (&["tag", "Leak", "--json"], "mine.json", "[]"),
    ] {
        std::fs::write(at(output), first).unwrap();
        let run = |more: &[&str]| run(perfverdict().current_dir(folder.path()).args(command).arg(output).args(more));
        let (code, out, err) = run(&[]);
        assert!(code == 2 && out.is_empty() && err.contains("already exists") && err.contains("--force"), "{err}");
        assert_eq!(std::fs::read_to_string(at(output)).unwrap(), first);
        let (code, _, err) = run(&["--force"]);
        assert_eq!(code, 0, "{err}");
        assert_ne!(std::fs::read_to_string(at(output)).unwrap(), first);
        // What it wrote itself it writes again; a converted log could be the only copy of one.
        assert_eq!(run(&[]).0, if command[0] == "convert" { 2 } else { 0 });
    }
    for (command, file) in [("man", "perfverdict.1"), ("demo", "quiet.blg"), ("demo", "incident/System.xml")] {
        let into = at(command);
        std::fs::create_dir_all(into.join("incident")).unwrap();
        let run = |more: &[&str]| run(perfverdict().arg(command).arg(&into).args(more));
        assert_eq!((run(&[]).0, run(&[]).0), (0, 0), "again");
        std::fs::write(into.join(file), "mine").unwrap();
        let (code, _, err) = run(&[]);
        assert!(code == 2 && err.contains("already exists"), "{err}");
        assert_eq!(run(&["--force"]).0, 0);
    }
}

#[test]
fn a_report_is_written_beside_the_log_unless_told_otherwise() {
    let (folder, log) = folder_with_log();
    let (code, _, err) = run(perfverdict().arg("analyze").arg(&log));
    assert!(code == 0 && err.contains("quiet.blg.perfverdict.html"), "{err}");
    assert_eq!(names(folder.path()), ["quiet.blg", "quiet.blg.perfverdict.html"]);
    // It is written anew, and is no evidence in its folder.
    let (code, _, err) = run(perfverdict().args(["analyze", "--no-report"]).arg(folder.path()).arg(&log));
    assert!(code == 0 && !err.contains("Skipped"), "{err}");
    std::fs::write(folder.path().join("quiet.blg.perfverdict.html"), "mine").unwrap();
    let (code, out, err) = run(perfverdict().arg("analyze").arg(&log));
    assert!(code == 0 && out.contains("stable") && err.contains("no report is written: "), "{err}");
    assert_eq!(std::fs::read(folder.path().join("quiet.blg.perfverdict.html")).unwrap(), b"mine");
    // An extension is added, and another one refused.
    let (code, _, err) = run(perfverdict().arg("analyze").arg(&log).arg("-o").arg(folder.path().join("page")));
    assert!(code == 0 && folder.path().join("page.html").is_file(), "{err}");
    let (code, _, err) = run(perfverdict().arg("analyze").arg(&log).arg("-o").arg(folder.path().join("page.pdf")));
    assert!(code == 2 && err.contains("page.pdf: the report is an HTML page"), "{err}");
    let (code, _, err) = run(perfverdict().arg("analyze").arg(&log).args(["--no-report", "-o", "x.html"]));
    assert!(code == 2 && err.contains("cannot be used with"), "{err}");
    let (code, _, err) = run(perfverdict().arg("analyze").arg(&log).args(["-o", "x.html", "--json", "./x.html"]));
    assert!(code == 2 && err.contains("the report and --json"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_costs_only_the_report() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, log) = folder_with_log();
    let permit = |mode| std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    permit(0o555);
    if tempfile::tempfile_in(folder.path()).is_ok() {
        eprintln!("skipped: this user may write everywhere");
    } else {
        let (code, out, err) = run(perfverdict().arg("analyze").arg(&log));
        assert!(code == 0 && out.contains("stable") && err.contains("no report is written"), "{err}");
        let (code, out, _) = run(perfverdict().arg("analyze").arg(&log).arg("-o").arg(folder.path().join("r.html")));
        assert!(code == 2 && out.is_empty(), "before the work");
    }
    permit(0o755);
}

#[test]
fn a_closed_pipe_loses_no_file_and_is_no_error() {
    let (folder, _log) = folder_with_log();
    for arguments in [
        &["analyze", "quiet.blg", "--json", "v.json"][..],
        &["report", "v.json", "-o", "page.html"],
        &["man", "man"],
        &["collect", "script", "scripts"],
        &["demo", "demo"],
        &["inspect", "quiet.blg", "--counters"],
        &["convert", "quiet.blg", "-f", "csv", "-o", "-"],
        &["convert", "quiet.blg", "--list"],
        &["completions", "bash"],
        &["tag", "Leak", "--json", "tag.json"],
    ] {
        let mut child = Process::new(cargo_bin("perfverdict"))
            .args(arguments)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(child.wait().unwrap().success(), "{arguments:?}: {err}");
        assert!(!err.contains("error") && !err.contains("panicked"), "{arguments:?}: {err}");
    }
    let made = ["demo", "man", "page.html", "quiet.blg", "quiet.blg.perfverdict.html", "scripts", "tag.json", "v.json"];
    assert_eq!(names(folder.path()), made);
    assert!(names(&folder.path().join("man")).len() > 10 && names(&folder.path().join("scripts")).len() > 10);
    assert_eq!(names(&folder.path().join("demo")).len(), 5);
    // The exit code is that of the verdict.
    let mut leak = Process::new(cargo_bin("perfverdict"))
        .args(["analyze", "--no-report", "--exit-code"])
        .arg(fixture("nonpaged-leak.blg"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(leak.stdout.take());
    assert_eq!(leak.wait().unwrap().code(), Some(1));
}

/// How the program is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Killed,
    #[cfg(unix)]
    Signal(&'static str),
}

/// Runs the program, and ends it after a time. Says whether it was ended.
fn end_after(delay: Duration, end: End, folder: &Path, arguments: &[&str]) -> bool {
    let mut child = Process::new(cargo_bin("perfverdict"))
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(delay);
    match end {
        End::Killed => child.kill().unwrap(),
        #[cfg(unix)]
        End::Signal(name) => drop(Process::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap()),
    }
    !child.wait().unwrap().success()
}

fn convert_to(output: &Path, log: &Path) {
    assert_eq!(run(perfverdict().arg("convert").arg(log).arg("--force").arg("-o").arg(output)).0, 0);
}

/// Moments of an ending, spread over the time of a run.
const MOMENTS: u32 = 40;

#[test]
fn an_end_at_any_moment_leaves_the_old_output_and_nothing_that_looks_like_a_log() {
    let folder = tempfile::tempdir().unwrap();
    perfverdict::demo::write_big(folder.path(), 6 << 20).unwrap();
    let log = "perflog-long.blg";
    std::fs::remove_file(folder.path().join("perflog-long.csv")).unwrap();
    let (old_page, old_csv) = (folder.path().join("page.html"), folder.path().join("out.csv"));
    let commands: [(&[&str], &Path); 3] = [
        (&["convert", log, "-o", "out.csv", "--force"], &old_csv),
        (&["analyze", log, "-o", "page.html", "--force"], &old_page),
        (&["convert", "first.blg", "-o", "out.csv", "--append"], &old_csv),
    ];
    std::fs::copy(fixture("quiet.blg"), folder.path().join("first.blg")).unwrap();
    convert_to(&old_csv, &folder.path().join("first.blg"));
    let first = std::fs::read(&old_csv).unwrap();
    let mut ended = 0;
    for (arguments, output, old) in commands.map(|(arguments, output)| {
        (arguments, output, if arguments.contains(&"--append") { &first[..] } else { b"old" })
    }) {
        std::fs::write(output, old).unwrap();
        let started = Instant::now();
        assert_eq!(run(perfverdict().current_dir(folder.path()).args(arguments)).0, 0);
        let (whole, new) = (started.elapsed(), std::fs::read(output).unwrap());
        #[cfg(unix)]
        let ends = [End::Killed, End::Signal("TERM"), End::Signal("INT")];
        #[cfg(not(unix))]
        let ends = [End::Killed];
        for number in 0..MOMENTS {
            let end = ends[number as usize % ends.len()];
            std::fs::write(output, old).unwrap();
            ended += u32::from(end_after(whole * number / MOMENTS, end, folder.path(), arguments));
            let now = std::fs::read(output).unwrap();
            assert!(now == old || now == new, "{arguments:?}, {number}");
            let inputs = perfverdict::inputs::expand(
                &[folder.path().to_owned()],
                perfverdict::UnpackLimit::default(),
                &mut Vec::new(),
            );
            let known = ["first.blg", "out.csv", "page.html", log];
            assert!(
                inputs.iter().all(|input| known.iter().any(|name| input.path.ends_with(name))),
                "{:?}",
                names(folder.path())
            );
            let left: Vec<String> = names(folder.path()).into_iter().filter(|name| !known.contains(&&**name)).collect();
            assert!(left.is_empty() || end == End::Killed, "{end:?}: {left:?}");
            left.iter().for_each(|name| std::fs::remove_file(folder.path().join(name)).unwrap());
        }
    }
    assert!(ended > MOMENTS, "only {ended} runs were ended");
}

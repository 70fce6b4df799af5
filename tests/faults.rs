//! What the system does to the program: files that become shorter, full disks, refused threads.
#![cfg(target_os = "linux")]

mod common;

use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use common::fixture;

/// The program, in a folder.
fn perfverdict(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("perfverdict"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_log_that_becomes_shorter_while_it_is_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    perfverdict::demo::write_big(folder.path(), 24 << 20).unwrap();
    let mut shorter = 0;
    for (log, kept) in [("perflog-long.blg", 20_000), ("perflog-long.csv", 70_000)] {
        let path = folder.path().join(log);
        let whole = std::fs::read(&path).unwrap();
        for arguments in [&["analyze", log, "--no-report"][..], &["convert", log, "-o", "out.tsv", "--force"]] {
            std::fs::write(&path, &whole).unwrap();
            let started = Instant::now();
            assert!(perfverdict(folder.path(), arguments).output().unwrap().status.success(), "{arguments:?}");
            let time = started.elapsed();
            for moment in 1..6 {
                std::fs::write(&path, &whole).unwrap();
                let mut command = perfverdict(folder.path(), arguments);
                let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
                std::thread::sleep(time * moment / 6);
                File::options().write(true).open(&path).unwrap().set_len(kept).unwrap();
                let output = child.wait_with_output().unwrap();
                let (status, errors) = (output.status, errors(&output));
                assert!(status.signal().is_none(), "{arguments:?}, {moment}: {status}");
                if errors.contains("became shorter") {
                    assert!(status.code() == Some(2) && errors.contains(log), "{status}: {errors}");
                    shorter += 1;
                }
                let left = names(folder.path());
                assert!(!left.iter().any(|name| name.starts_with(".perfverdict-")), "{left:?}");
            }
        }
    }
    assert!(shorter > 3, "only {shorter} runs read what was missing");
}

#[test]
fn a_full_disk_is_an_error_and_leaves_the_old_output() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("quiet.blg"), folder.path().join("quiet.blg")).unwrap();
    for arguments in [
        &["analyze", "quiet.blg", "--no-report"][..],
        &["analyze", "quiet.blg", "--no-report", "--json", "-"],
        &["analyze", "quiet.blg", "-o", "-"],
        &["convert", "quiet.blg", "-f", "csv", "-o", "-"],
        &["convert", "quiet.blg", "--list"],
        &["inspect", "quiet.blg", "--counters"],
        &["collect", "size"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = perfverdict(folder.path(), arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let errors = errors(&output);
        assert!(output.status.code() == Some(2) && errors.contains("error:"), "{arguments:?}: {errors}");
        assert!(!errors.contains("panicked"), "{arguments:?}: {errors}");
    }
    // No file can have more than 8 KB.
    for (arguments, output) in [
        (&["analyze", "quiet.blg", "--force", "-o", "page.html"][..], "page.html"),
        (&["analyze", "quiet.blg", "--no-report", "--force", "--json", "v.json"], "v.json"),
        (&["convert", "quiet.blg", "--force", "-o", "out.csv"], "out.csv"),
        (&["convert", "quiet.blg", "--force", "-o", "out.blg"], "out.blg"),
    ] {
        let path = folder.path().join(output);
        std::fs::write(&path, "old").unwrap();
        let mut limited = Command::new("sh");
        limited.args(["-c", "ulimit -f 16 && exec \"$@\"", "sh"]).arg(cargo_bin("perfverdict")).args(arguments);
        let run = limited.current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
        let errors = errors(&run);
        assert!(run.status.code() == Some(2) && errors.contains(output), "{arguments:?}: {} {errors}", run.status);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(names(folder.path()), ["quiet.blg"]);
    }
}

#[test]
fn without_threads_there_is_the_same_verdict() {
    // Root may start any number; this user may not, and has no process yet. Shells differ in the name of the limit.
    const NOBODY: u32 = 54_321;
    let folder = tempfile::tempdir().unwrap();
    perfverdict::demo::write_big(folder.path(), 6 << 20).unwrap();
    let program = folder.path().join("perfverdict");
    std::fs::copy(cargo_bin("perfverdict"), &program).unwrap();
    std::os::unix::fs::chown(folder.path(), Some(NOBODY), None).ok();
    let run = |limit: &str, log: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{limit} exec ./perfverdict analyze --no-report {log}")]);
        command.uid(NOBODY).current_dir(folder.path()).stdin(Stdio::null()).output()
    };
    for log in ["perflog-long.blg", "perflog-long.csv"] {
        let Ok(free) = run("", log) else {
            eprintln!("skipped: only root can start a program as another user");
            return;
        };
        let started = Instant::now();
        let limited = run("{ ulimit -p 1 || ulimit -u 1; } 2>/dev/null &&", log).unwrap();
        assert!(free.status.success() && limited.status.success(), "{}: {}", limited.status, errors(&limited));
        assert_eq!(String::from_utf8_lossy(&limited.stdout), String::from_utf8_lossy(&free.stdout));
        assert!(started.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn without_memory_the_old_output_stays_and_nothing_looks_like_a_log() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("quiet.blg"), folder.path().join("quiet.blg")).unwrap();
    for (arguments, output) in [
        (&["analyze", "quiet.blg", "--no-report", "--force", "--json", "v.json"][..], "v.json"),
        (&["convert", "quiet.blg", "--force", "-o", "out.csv"], "out.csv"),
    ] {
        let path = folder.path().join(output);
        assert!(perfverdict(folder.path(), arguments).output().unwrap().status.success());
        let whole = std::fs::read(&path).unwrap();
        let (mut failed, mut done) = (0, 0);
        // Address space, from less than the program itself needs to more than enough.
        for kilobytes in (8_000..60_000).step_by(1_000) {
            std::fs::write(&path, "old").unwrap();
            let mut limited = Command::new("sh");
            limited.args(["-c", &format!("ulimit -c 0; ulimit -v {kilobytes} && exec \"$@\""), "sh"]);
            limited.arg(cargo_bin("perfverdict")).args(arguments).current_dir(folder.path()).stdin(Stdio::null());
            let run = limited.output().unwrap();
            let now = std::fs::read(&path).unwrap();
            if run.status.success() {
                done += 1;
                assert!(now == whole, "{arguments:?} with {kilobytes} KB: another output");
            } else {
                failed += 1;
                assert!(now == b"old" || now == whole, "{arguments:?} with {kilobytes} KB: half an output");
            }
            let odd = |name: &String| name != "quiet.blg" && name != output && !name.starts_with(".perfverdict-");
            assert!(!names(folder.path()).iter().any(odd), "{:?}", names(folder.path()));
        }
        assert!(failed > 0 && done > 0, "{failed} runs failed, {done} did not");
        std::fs::remove_file(&path).unwrap();
        // What a run left that had no memory to remove it is not read as a log.
        let found = perfverdict(folder.path(), &["analyze", "--no-report", "."]).output().unwrap();
        assert!(found.status.success() && !errors(&found).contains(".perfverdict-"), "{}", errors(&found));
    }
}

//! The whole road through the binary.

mod common;

use std::path::Path;

use assert_cmd::Command;
use common::fixture;

fn perfverdict() -> Command {
    let mut command = Command::cargo_bin("perfverdict").unwrap();
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// `analyze` of logs that have no report beside them afterwards.
fn analyze() -> Command {
    let mut command = perfverdict();
    command.args(["analyze", "--no-report"]);
    command
}

fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn analyze_writes_report_and_json_and_says_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let (html, json) = (folder.path().join("report.html"), folder.path().join("verdict.json"));
    let (code, out, err) = run(perfverdict()
        .arg("analyze")
        .arg(fixture("nonpaged-leak.blg"))
        .arg("-o")
        .arg(&html)
        .arg("--json")
        .arg(&json));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("Nonpaged pool has been leaking") && out.contains("allocated by drivers"), "{out}");
    assert!(!out.contains('\x1b'), "plain when piped");
    assert!(std::fs::read_to_string(html).unwrap().starts_with("<!doctype html>"));
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["machines"][0]["findings"][0]["origin"], "kernel");
}

#[test]
fn colours_when_asked_for_and_not_against_no_color() {
    let fixture = fixture("quiet.blg");
    let (_, coloured, _) = run(analyze().env("CLICOLOR_FORCE", "1").arg(&fixture));
    assert!(coloured.contains('\x1b'), "{coloured}");
    let (_, plain, _) = run(analyze().env("NO_COLOR", "1").arg(&fixture));
    assert!(!plain.contains('\x1b'));
}

#[test]
fn json_to_standard_output_is_json_alone() {
    let (code, out, err) = run(analyze().args(["--json", "-"]).arg(fixture("quiet.blg")));
    assert_eq!(code, 0);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["schema"], "perfverdict/verdict-1");
    assert!(err.contains("Nonpaged pool is stable"), "the summary goes to the person: {err}");
}

#[test]
fn exit_codes() {
    let code = |args: &[&str], file: &str| run(analyze().args(args).arg(fixture(file))).0;
    assert_eq!(code(&[], "nonpaged-leak.blg"), 0);
    assert_eq!(code(&["--exit-code"], "nonpaged-leak.blg"), 1);
    assert_eq!(code(&["--exit-code"], "load.blg"), 0);
    assert_eq!(code(&[], "no-such-file.blg"), 2);
    assert_eq!(code(&["--ram", "much"], "quiet.blg"), 2);
    let (code, _, err) = run(analyze().args(["--from", "2030-01-01"]).arg(fixture("quiet.blg")));
    assert!(code == 2 && err.contains("the logs cover 2026-01-12 19:00 to 2026-01-14 15:30"), "{err}");
}

#[test]
fn what_cannot_be_read_is_one_line_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, part) in [
        ("empty.blg", &b""[..], "is empty"),
        ("notes.txt", b"hello\nworld\n", "found \"hello\""),
        ("cut.blg", &std::fs::read(fixture("quiet.blg")).unwrap()[..40_000], "no sample that can be decoded"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let (code, out, err) = run(perfverdict().arg("analyze").arg(&path));
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(name) && err.contains(part) && err.trim_end().lines().count() == 1, "{err}");
    }
    // With something readable beside it, the rest is still judged.
    let (code, out, err) = run(analyze().arg(folder.path()).arg(fixture("quiet.blg")));
    assert_eq!(code, 0);
    assert!(out.contains("stable") && err.contains("notes.txt"), "{out}{err}");
}

#[test]
fn report_makes_the_same_page_from_the_json() {
    let folder = tempfile::tempdir().unwrap();
    let (html, json, again) =
        (folder.path().join("r.html"), folder.path().join("v.json"), folder.path().join("again.html"));
    let (code, _, err) =
        run(perfverdict().arg("analyze").arg(fixture("incident")).arg("-o").arg(&html).arg("--json").arg(&json));
    assert_eq!(code, 0, "{err}");
    let (code, out, err) = run(perfverdict().arg("report").arg(&json).arg("-o").arg(&again));
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert_eq!(std::fs::read(&html).unwrap(), std::fs::read(&again).unwrap());
    let (code, _, err) = run(perfverdict().arg("report").arg(&json).arg("-o").arg(&json));
    assert!(code == 2 && err.contains("is an input"), "{err}");
    let (code, _, err) = run(perfverdict().arg("report").arg(&html).arg("-o").arg(&again));
    assert!(code == 2 && err.contains("r.html") && err.contains("analyze --json"), "{err}");
}

#[test]
fn a_truncated_log_is_judged_and_says_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.blg");
    let whole = std::fs::read(fixture("nonpaged-leak.blg")).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 30_000]).unwrap();
    let (code, out, err) = run(perfverdict().arg("analyze").arg(&path));
    assert_eq!(code, 0);
    assert!(out.contains("has been leaking") && err.contains("cut off"), "{out}{err}");
}

#[test]
fn demo_writes_logs_that_analyze_reads() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = run(perfverdict().arg("demo").arg(folder.path().join("logs")));
    assert_eq!((code, out.lines().count()), (0, 5));
    let (code, out, _) = run(perfverdict().arg("analyze").arg(folder.path().join("logs")));
    assert_eq!(code, 0);
    for machine in ["APPSRV01", "WEB02", "FILES01", "DC01"] {
        assert!(out.contains(machine), "{out}");
    }
}

#[test]
fn convert_and_inspect() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("load.csv");
    let (code, _, err) = run(perfverdict().arg("convert").arg(fixture("load.blg")).arg("-o").arg(&csv));
    assert_eq!(code, 0, "{err}");
    let text = std::fs::read_to_string(&csv).unwrap();
    assert!(
        text.starts_with("\"(PDH-CSV 4.0) (W. Europe Standard Time)(-60)\",\"\\\\FILES01\\Memory\\Available Bytes\"")
    );
    assert_eq!(text.lines().count(), 154);
    let (code, out, _) = run(perfverdict().arg("inspect").arg(&csv).arg(fixture("quiet.blg")));
    assert_eq!(code, 0);
    assert!(out.contains("PDH-CSV") && out.contains("10.0.20348, 64 bit") && out.contains("circular   yes"), "{out}");
    let (code, _, err) = run(perfverdict().arg("convert").arg(fixture("load.blg")).args(["-o", "x.dat"]));
    assert_eq!(code, 2);
    assert!(err.contains("-f"), "{err}");
}

#[test]
fn a_support_case_is_read_as_it_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case 4711.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&case).unwrap());
    for name in ["load.blg", "quiet.blg"] {
        zip.start_file(format!("perflogs/{name}"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, &std::fs::read(fixture(name)).unwrap()).unwrap();
    }
    zip.start_file("readme.txt", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zip, b"it hangs").unwrap();
    zip.finish().unwrap();
    let (code, out, err) = run(perfverdict().arg("analyze").arg(&case));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("FILES01") && out.contains("DC01"), "{out}");
    assert!(err.contains("Skipped 1 file that is not a log") && err.contains("readme.txt"), "{err}");
    let (_, out, _) = run(perfverdict().args(["inspect", "--json"]).arg(&case));
    let facts: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(facts[0]["machines"][0], "FILES01");
    assert_eq!((&facts[0]["samples"], &facts[1]["circular"]), (&153.into(), &true.into()));
    assert!(facts[0]["missing"].as_array().is_some_and(Vec::is_empty), "{out}");
    let pattern = folder.path().join("*.zip");
    let (code, _, err) = run(perfverdict().arg("analyze").arg(&pattern));
    assert_eq!(code, 0, "{err}");
}

#[test]
fn inspect_lists_what_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("finnish.csv");
    let header = "\"(PDH-CSV 4.0) (FLE, normaaliaika)(-120)\",\"\\\\S\\Muisti\\Sivutettu varanto\"";
    std::fs::write(
        &csv,
        format!("{header}\r\n\"01/02/2026 03:00:00.000\",\"1\"\r\n\"01/02/2026 03:05:00.000\",\"2\"\r\n"),
    )
    .unwrap();
    let (code, out, _) = run(perfverdict().arg("inspect").arg(&csv));
    assert_eq!(code, 0);
    assert!(out.contains(r"missing    \Memory\Pool Nonpaged Bytes"), "{out}");
    assert!(out.contains("unknown    Muisti") && out.contains("use the .blg"), "{out}");
    let (_, out, _) = run(perfverdict().arg("analyze").arg(&csv).args(["--json", "-"]));
    assert!(out.contains("in a language that is not known"), "{out}");
}

#[test]
fn convert_writes_what_windows_wrote() {
    let (Some(blg), Some(csv)) = (common::real("blg/counters-win10.blg"), common::real("blg/counters-win10.csv"))
    else {
        return;
    };
    let (code, out, err) = run(perfverdict().args(["convert", "-f", "csv", "-o", "-"]).arg(blg));
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.replace("\r\n", "\n").trim_end(), std::fs::read_to_string(csv).unwrap().trim_end());
}

#[test]
fn printed_commands_make_the_folder_with_its_rights() {
    let lines = |shell: &str| -> Vec<String> {
        let arguments = ["collect", "create", "--folder", r"D:\logs\it's", &format!("--print={shell}")];
        let output = Command::cargo_bin("perfverdict").unwrap().args(arguments).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    };
    let cmd = lines("cmd");
    assert!(
        cmd[0].starts_with(r#"if not exist "D:\logs" mkdir "D:\logs" && (icacls.exe "D:\logs" /inheritance:r"#),
        "{cmd:?}"
    );
    assert!(cmd[1].starts_with(r#"if not exist "D:\logs\it's" mkdir"#) && cmd[2].starts_with("Logman.exe"), "{cmd:?}");
    let powershell = lines("powershell");
    let second = r"if (-not (Test-Path -LiteralPath 'D:\logs\it''s')) { mkdir 'D:\logs\it''s' | Out-Null; & icacls.exe 'D:\logs\it''s' ";
    assert!(powershell[1].starts_with(second) && powershell[1].ends_with('}'), "{powershell:?}");
}

#[test]
fn collect_prints_the_article_s_command() {
    let (code, out, _) = run(perfverdict().args(["collect", "create", "--print"]));
    assert_eq!(code, 0);
    assert!(
        out.starts_with("Logman.exe create counter PerfLog-Long -o \"c:\\perflogs\\%computername%_PerfLog-Long.blg\"")
    );
    assert!(out.trim_end().ends_with("-si 00:05:00"));
    let settings =
        ["--name", "X", "--folder", r"D:\logs", "--interval", "15s", "--max", "50", "--counters", r"\A(*)\*"];
    let (code, out, _) = run(perfverdict().args(["collect", "create", "--print"]).args(settings));
    assert_eq!(code, 0);
    for part in [r#"counter X -o "D:\logs\%computername%_X.blg""#, " -max 50 ", r#" "\A(*)\*" -si 00:00:15"#] {
        assert!(out.contains(part), "{out}");
    }
    let (code, out, _) = run(perfverdict().args(["collect", "stop", "--print", "--name", "My log"]));
    assert_eq!((code, out.trim_end()), (0, "Logman.exe stop \"My log\""));
    let (code, _, err) = run(perfverdict().args(["collect", "create", "--print", "--name", "a & del"]));
    assert_eq!(code, 2);
    assert!(err.contains("collector name"), "{err}");
}

#[test]
fn completions_and_man_pages() {
    for shell in ["powershell", "bash", "zsh", "fish"] {
        let (code, out, _) = run(perfverdict().args(["completions", shell]));
        assert!(code == 0 && out.contains("analyze") && out.contains("drivers"), "{shell}: {out}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = run(perfverdict().arg("man").arg(folder.path()));
    assert!(code == 0 && out.contains("perfverdict-collect-create.1"), "{out}");
    let page = std::fs::read_to_string(folder.path().join("perfverdict-analyze.1")).unwrap();
    assert!(page.starts_with(".ie") && page.contains("nonpaged\\-max"), "{page}");
}

#[test]
fn collect_does_the_whole_life_of_a_collector() {
    let printed = |args: &[&str]| {
        let (code, out, err) = run(perfverdict().arg("collect").args(args));
        assert_eq!(code, 0, "{err}");
        (out.lines().map(str::to_owned).collect::<Vec<_>>(), err)
    };
    let (lines, err) = printed(&[
        "create",
        "--start",
        "--at-boot",
        "--print",
        "--profile",
        "fast",
        "--remote",
        "srv7",
        "--days",
        "30",
    ]);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains("create counter PerfLog-Fast -s srv7") && lines[0].contains("-max 800"), "{lines:?}");
    assert!(lines[1].starts_with("schtasks.exe /create") && lines[1].contains("/s srv7"), "{lines:?}");
    assert_eq!(lines[2], "Logman.exe start PerfLog-Fast -s srv7");
    assert!(err.contains("30 days do not fit") && err.contains("--max"), "{err}");
    let (lines, _) = printed(&["rotate", "--print"]);
    assert_eq!(lines, ["Logman.exe stop PerfLog-Long", "Logman.exe start PerfLog-Long"]);
    let (lines, _) = printed(&["delete", "--print"]);
    assert_eq!(lines[0], "Logman.exe delete PerfLog-Long");
    let (lines, _) =
        printed(&["create", "--print", "--begin", "2026-03-03 22:00", "--run-for", "2h", "--windows", "2003"]);
    assert!(!lines[0].contains("Processor Information"), "{lines:?}");
    assert!(lines[0].ends_with(r#"-b "3/3/2026 10:00:00PM" -rf 02:00:00"#), "{lines:?}");
    let (lines, _) = printed(&["size", "--processes", "230", "--cpus", "16"]);
    assert!(lines[0].contains("230 processes and 16 CPUs: a 300 MB file holds"), "{lines:?}");
    let (lines, err) = printed(&["size", "--profile", "fast", "--begin", "2001-03-03", "--end", "2001-03-20"]);
    assert!(err.contains("17 days do not fit") && err.contains("in the past"), "{err}");
    assert!(lines[0].contains("new file"), "{lines:?}");
    let (_, err) = printed(&["size", "--profile", "fast", "--end", "2099-01-01"]);
    assert!(err.contains("do not fit"), "it may start now: {err}");
    let (_, err) = printed(&["create", "--print", "--end", "2099-01-01"]);
    assert!(err.contains("regional format"), "{err}");
    let (_, err) = printed(&["size", "--counters", r"\MSSQL$A:Locks(*)\*", "--process-v2"]);
    assert!(err.contains("only guessed: MSSQL$A:Locks"), "{err}");
    for (args, why) in [
        (&["create", "--print", "--start", "--begin", "2026-03-03"][..], "cannot be used with"),
        (&["create", "--print", "--at-boot", "--end", "2099-01-01"], "cannot be used with"),
        (&["create", "--print", "--process-v2", "--windows", "2003"], "leave out --process-v2"),
        (&["size", "--cpus", "0"], "0 is not in"),
        (&["create", "--print", "--folder", r"D:\"], "below a drive"),
    ] {
        let (code, _, err) = run(perfverdict().arg("collect").args(args));
        assert!(code == 2 && err.contains(why), "{err}");
    }
}

#[test]
fn the_scripts_in_the_repository_are_what_the_program_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, _) = run(perfverdict().args(["collect", "script"]).arg(folder.path()));
    assert_eq!(code, 0);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("logman-scripts");
    let names = |folder: &Path| {
        let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(folder.path()), names(&kept));
    for name in names(&kept) {
        let read = |folder: &Path| std::fs::read_to_string(folder.join(&name)).unwrap();
        assert_eq!(read(folder.path()), read(&kept), "run `cargo run -- collect script logman-scripts`");
    }
}

/// A folder as people have them.
fn odd_folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("Logs (50%) der Größe 大 & ").tempdir().unwrap()
}

#[test]
fn a_log_dropped_onto_the_program_becomes_a_report_beside_it() {
    let folder = odd_folder();
    let log = folder.path().join("FILES01 März.blg");
    std::fs::copy(fixture("nonpaged-leak.blg"), &log).unwrap();
    let (code, out, err) = run(perfverdict().arg(&log));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("has been leaking") && err.contains("FILES01 März.blg.perfverdict.html"), "{out}{err}");
    let report = std::fs::read_to_string(folder.path().join("FILES01 März.blg.perfverdict.html")).unwrap();
    assert!(report.contains("FILES01 März.blg"));
    // Of a folder beside it, or the next analysis would take the report for evidence.
    let inner = folder.path().join("case");
    std::fs::create_dir(&inner).unwrap();
    std::fs::rename(&log, inner.join("a.blg")).unwrap();
    assert_eq!(run(perfverdict().arg(&inner)).0, 0);
    let report = folder.path().join("case.perfverdict.html");
    assert!(report.is_file());

    let (code, _, err) = run(perfverdict().arg(&report));
    assert!(code == 2 && err.contains("is not a Performance Monitor log"), "{err}");
    let (code, _, err) = run(perfverdict().arg(folder.path().join("missing.blg")));
    assert!(code == 2 && err.contains("missing.blg: ") && !err.contains("subcommand"), "{err}");
    // Typed without the command: patterns, and options behind.
    std::fs::remove_file(&report).unwrap();
    let (code, out, err) = run(perfverdict().arg(inner.join("*.blg")));
    assert!(code == 0 && out.contains("has been leaking") && report.is_file(), "{err}");
    let (code, out, err) = run(perfverdict().arg(inner.join("a.blg")).args(["--json", "-", "--ram", "4GB"]));
    assert!(code == 0 && out.starts_with('{'), "{err}");
    let (code, _, err) = run(perfverdict().arg("analise"));
    assert!(code == 2 && err.contains("analyze"), "{err}");
}

#[test]
fn wildcards_long_paths_and_odd_names() {
    let folder = odd_folder();
    let deep = (0..12).fold(folder.path().to_owned(), |path, n| path.join(format!("{n} einer Tiefe, die nie endet")));
    if std::fs::create_dir_all(&deep).is_err() {
        eprintln!("skipped: this system has no paths of {} letters", deep.as_os_str().len());
        return;
    }
    for name in ["one.blg", "two.blg"] {
        std::fs::copy(fixture("process-leak.blg"), deep.join(name)).unwrap();
    }
    let report = deep.join("report é.html");
    let (code, out, err) = run(perfverdict().arg("analyze").arg(deep.join("*.blg")).arg("-o").arg(&report));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("w3wp") && report.is_file(), "{out}");
    let (code, out, _) = run(perfverdict().arg("inspect").arg(deep.join("o?e.blg")));
    assert!(code == 0 && out.contains("die nie endet"), "as UTF-8: {out}");
    let mut whole = std::path::absolute(deep.join("one.blg")).unwrap().into_os_string();
    if cfg!(windows) {
        whole = format!(r"\\?\{}", whole.to_str().unwrap()).into();
    }
    assert_eq!(run(perfverdict().arg("inspect").arg(whole)).0, 0);
}

#[test]
fn a_log_that_was_not_closed_is_read_and_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("running.blg");
    let mut bytes = std::fs::read(fixture("nonpaged-leak.blg")).unwrap();
    bytes[0x78..0x80].fill(0);
    std::fs::write(&log, bytes).unwrap();
    let (code, out, err) = run(perfverdict().arg("analyze").arg(&log));
    assert!(code == 0 && out.contains("has been leaking"), "{err}");
    assert!(err.contains("was not closed") && err.contains("collect rotate"), "{err}");
    let (_, _, err) = run(analyze().arg(fixture("nonpaged-leak.blg")));
    assert!(!err.contains("was not closed"), "{err}");
}

#[test]
fn commands_for_powershell_and_the_build_s_facts() {
    let (code, out, _) = run(perfverdict().args(["collect", "create", "--print=powershell", "--at-boot"]));
    assert_eq!(code, 0);
    assert!(
        out.starts_with(r"& Logman.exe 'create' 'counter' 'PerfLog-Long' '-o' ('c:\perflogs\' + $env:computername")
    );
    assert!(out.contains("\ncmd.exe /d /s /c 'schtasks.exe /create "), "{out}");
    let (code, out, err) = run(perfverdict().args(["collect", "script", "never-made", "--remote", "GRÖSSE"]));
    assert!(code == 2 && out.is_empty() && err.contains("address"), "{err}");
    assert!(!Path::new("never-made").exists());
    let (_, out, _) = run(perfverdict().arg("--version"));
    for fact in ["commit", "target", "profile", "features", "compiler  rustc"] {
        assert!(out.contains(&format!("\n{fact}")), "{out}");
    }
    let (_, out, _) = run(perfverdict().arg("-V"));
    assert_eq!(out.trim_end(), concat!("perfverdict ", env!("CARGO_PKG_VERSION")));
}

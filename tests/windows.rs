//! What only Windows can show: our scripts in its cmd, and our program before its logman. Programs of Windows are
//! played by `examples/recorder.rs`, which writes down what it is called with.
#![cfg(windows)]

use std::ffi::OsStr;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;

/// A folder with recorders under the names of Windows' programs, and with our scripts.
struct Stage {
    folder: tempfile::TempDir,
}

/// All that our scripts call.
const PROGRAMS: [&str; 7] = ["logman", "schtasks", "poolmon", "wpr", "xperf", "notmyfault64", "ping"];

impl Stage {
    fn new(options: &[&str]) -> Self {
        // A folder as people have them. (No % in it: Wine's cmd would read one in the value of %~dp0 again.)
        let folder = tempfile::Builder::new().prefix("Größe & Söhne^! (2) ").tempdir().unwrap();
        let stage = Self { folder };
        PROGRAMS.iter().for_each(|name| stage.put(&stage.path(&format!("{name}.exe"))));
        let made = Command::new(cargo_bin("perfverdict"))
            .args(["collect", "script"])
            .arg(stage.path(""))
            .args(options)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, at: &Path) {
        let tests = std::env::current_exe().unwrap();
        let recorder = tests.parent().unwrap().parent().unwrap().join("examples").join("recorder.exe");
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::copy(&recorder, at).unwrap_or_else(|e| panic!("{}: {e}; build it first", recorder.display()));
    }

    /// A folder of ours in place of one of Windows'. Wine gives such variables anew to each program; there it is
    /// Wine's own folder, which has nothing worth keeping.
    fn in_place_of(&self, variable: &str) -> PathBuf {
        let ours = self.path("ours");
        let seen = self.command("cmd.exe").env(variable, &ours).args(["/d", "/c", "set", variable]).output().unwrap();
        let heeded = said(&seen).lines().any(|line| line.ends_with("ours"));
        if heeded { ours } else { std::env::var_os(variable).unwrap().into() }
    }

    /// A command that finds the recorders first.
    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut path = self.folder.path().as_os_str().to_owned();
        path.push(";");
        path.push(std::env::var_os("PATH").unwrap());
        let mut command = Command::new(program);
        command.env("PATH", path).env("RECORD", self.path("record")).env("COMPUTERNAME", "WEB02");
        command
    }

    /// A script with arguments, as typed in cmd.
    fn script(&self, name: &str, arguments: &str) -> Command {
        let mut command = self.command("cmd.exe");
        let script = self.path(name);
        command.raw_arg(format!("/d /s /c \"\"{}\" {arguments}\"", script.display()));
        command
    }

    /// What was called since the last question.
    fn record(&self) -> Vec<Vec<String>> {
        let record = std::fs::read_to_string(self.path("record")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("record"));
        record.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Runs a script and gives its exit code and what it called.
    fn run(&self, name: &str, arguments: &str) -> (i32, Vec<Vec<String>>) {
        let done = self.script(name, arguments).output().unwrap();
        (code(&done), self.record())
    }
}

fn code(done: &Output) -> i32 {
    done.status.code().unwrap()
}

fn said(done: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

fn words<'a>(words: impl AsRef<[&'a str]>) -> Vec<String> {
    words.as_ref().iter().map(|word| (*word).to_owned()).collect()
}

/// The article's command, argument by argument: what logman must be given.
fn article(computer: &str) -> Vec<String> {
    let output = format!(r"c:\perflogs\{computer}_PerfLog-Long.blg");
    words([
        "logman",
        "create",
        "counter",
        "PerfLog-Long",
        "-o",
        &output,
        "-f",
        "bincirc",
        "-v",
        "mmddhhmm",
        "-max",
        "300",
        "-c",
        r"\LogicalDisk(*)\*",
        r"\Memory\*",
        r"\Cache\*",
        r"\Network Interface(*)\*",
        r"\Paging File(*)\*",
        r"\PhysicalDisk(*)\*",
        r"\Processor(*)\*",
        r"\Processor Information(*)\*",
        r"\Process(*)\*",
        r"\Redirector\*",
        r"\Server\*",
        r"\System\*",
        r"\Server Work Queues(*)\*",
        r"\Terminal Services\*",
        "-si",
        "00:05:00",
    ])
}

#[test]
fn create_cmd_gives_logman_the_article_s_command() {
    let stage = Stage::new(&[]);
    assert_eq!(stage.run("create.cmd", ""), (0, vec![article("WEB02")]));
    for computer in ["GRÖSSE & Co", "A^B!C", "50%"] {
        let done = stage.script("create.cmd", "").env("COMPUTERNAME", computer).output().unwrap();
        assert_eq!((code(&done), stage.record()), (0, vec![article(computer)]), "{}", said(&done));
    }
}

#[test]
fn scripts_pass_on_logman_s_exit_code_and_say_what_to_do() {
    let stage = Stage::new(&[]);
    for (script, verb) in [("create", "create"), ("start", "start"), ("stop", "stop"), ("delete", "delete")] {
        let done = stage.script(&format!("{script}.cmd"), "").env("EXIT_LOGMAN", "5").output().unwrap();
        assert_eq!(code(&done), 5, "{script}");
        assert!(said(&done).contains("Run this as administrator"), "{script}: {}", said(&done));
        assert_eq!(stage.record()[0][..2], ["logman", verb]);
    }
    // As logman's own codes are: negative, for which `if errorlevel 1` does not hold.
    let done = stage.script("create.cmd", "").env("EXIT_LOGMAN", "-2144337737").output().unwrap();
    assert_eq!((code(&done), stage.record().len()), (-2_144_337_737, 1));
    assert!(said(&done).contains("delete.cmd"), "{}", said(&done));
    let done = stage.script("status.cmd", "").env("EXIT_LOGMAN", "5").output().unwrap();
    assert_eq!((code(&done), stage.record()), (5, vec![words(["logman", "query", "PerfLog-Long"])]));
    let rotated = [words(["logman", "stop", "PerfLog-Long"]), words(["logman", "start", "PerfLog-Long"])];
    assert_eq!(stage.run("rotate.cmd", ""), (0, rotated.to_vec()));
    // Twice within a minute, the second log would have the first one's name.
    let done = stage.script("rotate.cmd", "").env("EXIT_LOGMAN_START", "-2147024713").output().unwrap();
    let called: Vec<_> = stage.record().iter().map(|call| format!("{} {}", call[0], call[1])).collect();
    assert_eq!(
        (code(&done), called),
        (-2_147_024_713, words(["logman stop", "logman start", "ping -n", "logman start"]))
    );
    let done = stage.script("rotate.cmd", "").env("EXIT_LOGMAN", "5").output().unwrap();
    assert_eq!((code(&done), stage.record().len()), (5, 1), "{}", said(&done));
}

#[test]
fn odd_names_folders_and_counters_reach_logman_unchanged() {
    let counters =
        [r"\Processor(*)\% Processor Time", r"\R&D (x^2)(a|b)\Hits! <all>", r"\Cost(*)\%PATH% 'n $env:PATH `; more"];
    let mut options = vec!["--folder", r"c:\logs of R (old)\", "--name", "Pool - long.v2", "--profile", "lean"];
    counters.iter().for_each(|counter| options.extend(["--counters", counter]));
    let stage = Stage::new(&options);
    let (code, called) = stage.run("create.cmd", "");
    assert_eq!(code, 0);
    let arguments = &called[0];
    assert_eq!(arguments[3..6], words(["Pool - long.v2", "-o", r"c:\logs of R (old)\WEB02_Pool - long.v2.blg"]));
    let end = arguments.iter().position(|a| a == "-si").unwrap();
    assert_eq!(arguments[end - 3..end], words(counters));
    assert_eq!(stage.run("start.cmd", "").1, [words(["logman", "start", "Pool - long.v2"])]);
    let _ = std::fs::remove_dir(r"c:\logs of R (old)");
}

#[test]
fn tasks_snapshots_and_traces() {
    let stage = Stage::new(&[]);
    let task = |rest: &[&str]| {
        let mut all = words(["schtasks"]);
        all.extend(words(rest));
        (0, vec![all])
    };
    assert_eq!(
        stage.run("at-boot.cmd", ""),
        task(&[
            "/create",
            "/f",
            "/tn",
            "PerfLog-Long at boot",
            "/sc",
            "onstart",
            "/ru",
            "SYSTEM",
            "/tr",
            r#"logman.exe start "PerfLog-Long""#
        ])
    );
    let (success, called) = stage.run("delete.cmd", "");
    assert_eq!(success, 0);
    let task_goes = vec![words(["schtasks", "/delete", "/f", "/tn", "PerfLog-Long at boot"])];
    assert_eq!(called[1..], task_goes);
    // It stays with a collector that could not be removed, and goes where there is none.
    for (exit, then) in [("5", vec![]), ("-2144337918", task_goes)] {
        let done = stage.script("delete.cmd", "").env("EXIT_LOGMAN", exit).output().unwrap();
        assert_eq!(code(&done).to_string(), exit);
        assert_eq!(stage.record()[1..], then);
    }

    assert_eq!(stage.run("trace-start.cmd", ""), (0, vec![words(["wpr", "-start", "Pool", "-filemode"])]));
    assert_eq!(stage.run("trace-stop.cmd", ""), (0, vec![words(["wpr", "-stop", r"c:\perflogs\pool.etl"])]));
    assert_eq!(stage.run("trace-stop.cmd", "cancel"), (0, vec![words(["wpr", "-cancel"])]));

    // Older Windows has xperf, and a trace in the making.
    std::fs::remove_file(stage.path("wpr.exe")).unwrap();
    let (success, called) = stage.run("trace-start.cmd", "");
    assert_eq!((success, &called[0][..2]), (0, &words(["xperf", "-on"])[..]));
    let raw = called[0].last().unwrap();
    assert_eq!(raw, r"c:\perflogs\pool-raw.etl");
    std::fs::write(raw, "events").unwrap();
    let done = stage.script("trace-stop.cmd", "").env("EXIT_XPERF", "5").output().unwrap();
    assert!(code(&done) == 5 && Path::new(raw).exists(), "{}", said(&done));
    stage.record();
    assert_eq!(stage.run("trace-stop.cmd", ""), (0, vec![words(["xperf", "-d", r"c:\perflogs\pool.etl"])]));
    assert!(!Path::new(raw).exists());
    assert_eq!(stage.run("trace-stop.cmd", "cancel"), (0, vec![words(["xperf", "-stop"])]));
}

#[test]
fn poolmon_snapshots_are_numbered_and_tidied_up() {
    let logs = tempfile::tempdir().unwrap();
    let stage = Stage::new(&["--name", "Pool test", "--folder", logs.path().to_str().unwrap()]);
    for number in 1..=3 {
        let file = logs.path().join(format!("Pool test_poolmonlog{number}.txt"));
        let file = file.to_str().unwrap();
        assert_eq!(stage.run("poolmon-snapshot.cmd", ""), (0, vec![words(["poolmon", "/b", "/n", file])]));
        // PoolMon does not say when it was.
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.starts_with("a snapshot\r\nTaken "), "{text}");
    }
    assert!(stage.path("number.txt").is_file());
    // What SYSTEM runs lies where others cannot write, and nothing beside the logs is run or read.
    stage.put(&logs.path().join("forfiles.exe"));
    let folder = stage.in_place_of("ProgramFiles");
    let script = |name: &str| {
        let done = stage.script(name, "").env("ProgramFiles", &folder).output().unwrap();
        (code(&done), stage.record())
    };
    let (exit, called) = script("poolmon-start.cmd");
    assert_eq!((exit, called.len()), (0, 1));
    let action = called[0].iter().position(|a| a == "/tr").unwrap() + 1;
    let snapshot = PathBuf::from(called[0][action].trim_matches('"'));
    let programs = folder.join("Pool test PoolMon");
    assert_eq!(snapshot, programs.join("poolmon-snapshot.cmd"));
    assert!(programs.join("poolmon.exe").is_file());
    let done = stage.script(snapshot.to_str().unwrap(), "").current_dir(logs.path()).output().unwrap();
    let called: Vec<_> = stage.record().into_iter().map(|call| call[0].clone()).collect();
    assert_eq!((code(&done), called), (0, words(["poolmon"])));
    assert!(logs.path().join("Pool test_poolmonlog4.txt").is_file());

    let called = script("poolmon-stop.cmd");
    assert_eq!(called, (0, vec![words(["schtasks", "/delete", "/f", "/tn", "Pool test PoolMon"])]));
    assert!(!programs.exists());
}

#[test]
fn the_reproduction_runs_to_the_report() {
    let stage = Stage::new(&[]);
    stage.put(&stage.path("perfverdict.exe"));
    let done = stage.script("reproduce.cmd", "").output().unwrap();
    assert_eq!((code(&done), stage.record().len()), (2, 0), "not without the word: {}", said(&done));

    let done = stage.script("reproduce.cmd", "leak 0 0").output().unwrap();
    assert_eq!(code(&done), 0, "{}", said(&done));
    // NotMyFault is not waited for.
    let mut called = stage.record();
    called.retain(|call| call[0] != "notmyfault64");
    let verbs: Vec<_> = called.iter().map(|call| format!("{} {}", call[0], call[1])).collect();
    assert_eq!(verbs, ["logman create", "logman start", "logman stop", "logman delete", "perfverdict analyze"]);
    assert_eq!(called[4][2], r"c:\perflogs\reproduce");

    let done = stage.script("reproduce.cmd", "leak 0 0").env("EXIT_LOGMAN", "5").output().unwrap();
    assert_eq!((code(&done), stage.record().len()), (5, 1), "{}", said(&done));

    let earlier = Path::new(r"c:\perflogs\reproduce\earlier.blg");
    std::fs::write(earlier, "").unwrap();
    let done = stage.script("reproduce.cmd", "leak 0 0").output().unwrap();
    std::fs::remove_file(earlier).unwrap();
    assert_eq!((code(&done), stage.record().len()), (2, 0), "{}", said(&done));
    assert!(said(&done).contains("earlier run"), "{}", said(&done));
}

#[test]
fn the_program_runs_windows_own_logman_and_explains_its_failures() {
    let stage = Stage::new(&[]);
    let root = stage.in_place_of("SystemRoot");
    let programs = ["logman.exe", "schtasks.exe"].map(|name| root.join("System32").join(name));
    programs.iter().for_each(|program| stage.put(program));
    // One that somebody left among the downloads is not what runs.
    std::fs::write(stage.path("logman.exe"), "no program").unwrap();
    let collect = |arguments: &[&str]| {
        let mut command = stage.command(cargo_bin("perfverdict"));
        command.env("SystemRoot", &root).current_dir(stage.path("")).arg("collect").args(arguments);
        command
    };
    let done = collect(&["create", "--windows", "7"]).output().unwrap();
    assert_eq!((code(&done), stage.record()), (0, vec![article("WEB02")]), "{}", said(&done));
    assert!(said(&done).contains("perfverdict collect start"), "{}", said(&done));

    let done = collect(&["create", "--start", "--at-boot"]).output().unwrap();
    let called: Vec<_> = stage.record().iter().map(|call| format!("{} {}", call[0], call[1])).collect();
    let expected = words(["logman create", "schtasks /create", "logman start"]);
    assert_eq!((code(&done), called), (0, expected), "{}", said(&done));

    for (exit, why) in [
        ("5", "run this as administrator"),
        ("-2147024891", "run this as administrator"),
        ("-2144337737", "already exists"),
        ("-2147024713", "wait a minute"),
        ("-2147024893", "folder"),
        ("-1073738824", "counter objects"),
        ("-2147023511", "policy"),
    ] {
        let done = collect(&["create"]).env("EXIT_LOGMAN", exit).output().unwrap();
        assert_eq!((code(&done), stage.record().len()), (2, 1));
        assert!(said(&done).contains(why), "{exit}: {}", said(&done));
    }
    programs.iter().for_each(|program| std::fs::remove_file(program).unwrap());
}

#[test]
fn a_log_that_another_program_writes_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("running.blg");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join("nonpaged-leak.blg");
    std::fs::copy(fixture, &log).unwrap();
    let analyze = || Command::new(cargo_bin("perfverdict")).arg("analyze").arg(&log).output().unwrap();
    assert!(!said(&analyze()).contains("another program"));
    let writer = std::fs::File::options().append(true).open(&log).unwrap();
    let done = analyze();
    assert!(code(&done) == 0 && said(&done).contains("another program is writing to this file"), "{}", said(&done));
    drop(writer);
    // One that lets nobody else read.
    let alone = std::fs::File::options().append(true).share_mode(0).open(&log).unwrap();
    let done = analyze();
    assert!(code(&done) == 2 && said(&done).contains("another program has it open"), "{}", said(&done));
    drop(alone);
}

#[test]
fn paths_of_the_network_and_verbatim_ones() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join("quiet.blg").canonicalize().unwrap();
    let whole = fixture.to_str().unwrap();
    assert!(whole.starts_with(r"\\?\"), "{whole}");
    let inspect = |path: &str| Command::new(cargo_bin("perfverdict")).args(["inspect", path]).output().unwrap();
    assert_eq!(code(&inspect(whole)), 0);
    // The administrative share of this machine, where there is one.
    let share = whole.trim_start_matches(r"\\?\").replacen(':', "$", 1);
    let share = format!(r"\\localhost\{share}");
    if Path::new(&share).exists() {
        assert_eq!(code(&inspect(&share)), 0);
    } else {
        eprintln!("skipped: {share} is not to be reached");
        let done = inspect(&share);
        assert!(code(&done) == 2 && said(&done).contains("localhost"), "{}", said(&done));
    }
}

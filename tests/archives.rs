//! Archives and standard input through the binary.

mod common;

use std::path::Path;

use assert_cmd::Command;
use common::archive::{gzipped, packed, tar};
use common::fixture;

fn run(arguments: &[&str], input: Option<&[u8]>) -> (i32, String, String) {
    let mut command = Command::cargo_bin("perfverdict").unwrap();
    command.args(arguments);
    if let Some(input) = input {
        command.write_stdin(input);
    }
    let done = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

fn analyze(path: &Path) -> (i32, String, String) {
    run(&["analyze", "--no-report", path.to_str().unwrap()], None)
}

fn log(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// A log as text.
fn csv() -> Vec<u8> {
    let done = run(&["convert", fixture("quiet.blg").to_str().unwrap(), "-f", "csv", "-o", "-"], None);
    done.1.into_bytes()
}

#[test]
fn a_case_is_read_from_every_kind_of_archive() {
    let folder = tempfile::tempdir().unwrap();
    let (load, quiet) = (log("load.blg"), log("quiet.blg"));
    let files: &[(&str, &[u8])] = &[
        ("perflogs/load.blg", &load),
        ("perflogs/readme.txt", b"it hangs"),
        ("perflogs/quiet.blg", &quiet),
        ("perflogs/memory.bin", &vec![1; 100_000]),
    ];
    let mut outs = Vec::new();
    for kind in ["zip", "tar", "tar.gz", "cab", "7z"] {
        // The content decides.
        let case = folder.path().join(format!("case.{}", if kind == "cab" { "dat" } else { kind }));
        std::fs::write(&case, packed(kind, files)).unwrap();
        let (code, out, err) = analyze(&case);
        assert_eq!(code, 0, "{kind}: {err}");
        assert!(err.contains("Skipped 2 files that are not logs"), "{kind}: {err}");
        let (_, facts, _) = run(&["inspect", "--json", case.to_str().unwrap()], None);
        let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
        let path = facts[1]["path"].as_str().unwrap().replace('\\', "/");
        assert!(path.ends_with("/perflogs/quiet.blg"), "{kind}: {path}");
        assert_eq!((&facts[0]["machines"][0], &facts[0]["samples"]), (&"FILES01".into(), &153.into()), "{kind}");
        outs.push(out);
    }
    assert!(outs[0].contains("FILES01") && outs.iter().all(|out| *out == outs[0]), "{outs:#?}");
}

#[test]
fn a_single_log_that_is_gzipped() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("quiet.blg.gz", log("quiet.blg")), ("quiet.csv.gz", csv())] {
        let path = folder.path().join(name);
        std::fs::write(&path, gzipped(&bytes)).unwrap();
        let (code, out, err) = analyze(&path);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("Nonpaged pool is stable"), "{out}");
        let target = folder.path().join("copy.csv");
        let target = target.to_str().unwrap();
        let (code, _, err) = run(&["convert", path.to_str().unwrap(), "-o", target, "--force"], None);
        assert_eq!(code, 0, "{err}");
        assert_eq!(std::fs::read(target).unwrap(), csv());
    }
    let path = folder.path().join("notes.txt.gz");
    std::fs::write(&path, gzipped(b"it hangs\n")).unwrap();
    let (code, _, err) = analyze(&path);
    assert!(code == 2 && err.contains("notes.txt.gz: is not a Performance Monitor log"), "{err}");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let quiet = log("quiet.blg");
    let (code, out, err) = analyze(&write(
        "odd.tar",
        &tar(&[("../../../etc/quiet.blg", &quiet), ("inner.7z", b"x"), ("a.csv", b"1"), ("a.csv", b"2")]),
    ));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("DC01"), "{out}");
    assert!(err.contains("inner.7z: is an archive inside an archive"), "{err}");
    assert!(err.contains("a.csv: is in the archive more than once"), "{err}");
    let (_, facts, _) = run(&["inspect", "--json", folder.path().join("odd.tar").to_str().unwrap()], None);
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    let path = facts[0]["path"].as_str().unwrap().replace('\\', "/");
    assert!(path.ends_with("/odd.tar/etc/quiet.blg"), "{path}");

    let load = log("load.blg");
    let whole = packed("tar.gz", &[("quiet.blg", &quiet), ("load.blg", &load)]);
    let (code, out, err) = analyze(&write("cut.tar.gz", &whole[..whole.len() - whole.len() / 4]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("DC01") && !out.contains("FILES01"), "{out}");
    assert!(err.contains("cut.tar.gz: it is damaged or cut off"), "{err}");
    assert!(err.contains("load.blg: cannot be read: is cut off"), "{err}");

    let mut damaged = packed("7z", &[("quiet.blg", &quiet), ("load.blg", &load)]);
    let place = damaged.len() * 3 / 4;
    damaged[place] ^= 0x55;
    let (code, out, err) = analyze(&write("damaged.7z", &damaged));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("DC01") && err.contains("load.blg: cannot be read"), "{out}{err}");

    for name in ["cut.7z", "cut.cab", "cut.tgz"] {
        let kind = if name == "cut.tgz" { "tar.gz" } else { &name[4..] };
        let bytes = packed(kind, &[("quiet.blg", &quiet)]);
        let (code, _, err) = analyze(&write(name, &bytes[..100]));
        assert!(code == 2 && err.contains(name), "{name}: {err}");
    }
}

/// Archives of little size that unpack to much: what is no log is not unpacked, and no text beyond the limit.
#[test]
fn archives_that_are_made_to_exhaust() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = vec![0; 16 << 20];
    let text = b"0123456789abcde\n".repeat(1 << 20);
    for kind in ["tar.gz", "cab", "7z"] {
        let path = folder.path().join(format!("zeros.{kind}"));
        std::fs::write(&path, packed(kind, &[("a.blg", &zeros), ("b.csv", &csv())])).unwrap();
        let (code, out, err) = analyze(&path);
        assert!(code == 0 && out.contains("DC01"), "{kind}: {err}");
    }
    let path = folder.path().join("text.csv.gz");
    std::fs::write(&path, gzipped(&text).repeat(36)).unwrap();
    let (code, _, err) = analyze(&path);
    assert!(code == 2 && err.contains("more than 512 MB, the limit"), "{err}");
}

#[test]
fn the_limit_of_unpacked_bytes_can_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let (load, leak) = (log("load.blg"), log("process-leak.blg"));
    let with = |path: &Path, limit| {
        let (code, out, err) = run(&["analyze", "--no-report", "--unpack-limit", limit, path.to_str().unwrap()], None);
        (code, out, err.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    for kind in ["zip", "7z", "cab", "tar.gz"] {
        let path = folder.path().join(format!("case.{kind}"));
        std::fs::write(&path, packed(kind, &[("load.blg", &load), ("leak.blg", &leak)])).unwrap();
        let (code, _, err) = with(&path, "1MB");
        let why = match kind {
            "tar.gz" => {
                "the files of the archive unpack to more than 1 MB, the limit. If you trust it, unpack it yourself or raise the limit (--unpack-limit)"
            }
            _ => {
                "claims to unpack to 2 MB in all; the limit is 1 MB. If you trust it, unpack it yourself or raise the limit (--unpack-limit)"
            }
        };
        assert!(code == 2 && err.contains(why), "{kind}: {err}");
        assert_eq!(with(&path, "9MB").0, 0, "{kind}");
        let text = path.to_str().unwrap();
        for command in [&["inspect", text][..], &["convert", "--list", text]] {
            assert!(
                run(&[command, &["--unpack-limit", "1MB"]].concat(), None).2.contains("(--unpack-limit)"),
                "{kind}"
            );
        }
    }
    let path = folder.path().join("text.csv.gz");
    std::fs::write(&path, gzipped(&b"0123456789abcde\n".repeat(1 << 20)).repeat(36)).unwrap();
    let (code, _, err) = with(&path, "16MB");
    assert!(code == 2 && err.contains("more than 16 MB, the limit"), "{err}");
    // Beyond the default, it is the content that is wrong.
    let (code, _, err) = with(&path, "1GB");
    assert!(code == 2 && !err.contains("limit"), "{err}");
}

#[test]
fn standard_input_can_be_any_input() {
    let quiet = log("quiet.blg");
    let zip = packed("zip", &[("perflogs/quiet.blg", &quiet)]);
    for (what, bytes) in [("blg", &quiet), ("csv", &csv()), ("zip", &zip), ("gzip", &gzipped(&csv()))] {
        let (code, out, err) = run(&["analyze", "--no-report", "-"], Some(bytes));
        assert_eq!(code, 0, "{what}: {err}");
        assert!(out.contains("DC01") && out.contains("Nonpaged pool is stable"), "{what}: {out}");
        let (code, out, err) = run(&["inspect", "-"], Some(bytes));
        assert_eq!(code, 0, "{what}: {err}");
        let name = if what == "zip" { "perflogs" } else { "standard input\n" };
        assert!(out.starts_with("standard input") && out.contains(name), "{what}: {out}");
        let (code, out, err) = run(&["convert", "-", "-f", "csv", "-o", "-"], Some(bytes));
        assert_eq!(code, 0, "{what}: {err}");
        assert!(out.as_bytes() == csv(), "{what}");
    }
}

#[test]
fn standard_input_is_read_once_even_if_the_output_exists() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("old.csv");
    std::fs::write(&target, "old").unwrap();
    let (code, _, err) = run(&["convert", "-", "-o", target.to_str().unwrap(), "--force"], Some(&log("quiet.blg")));
    assert_eq!(code, 0, "{err}");
    assert_eq!(std::fs::read(target).unwrap(), csv());
}

#[test]
fn an_empty_pipe_is_an_error() {
    for command in [&["analyze", "--no-report", "-"][..], &["inspect", "-"], &["convert", "-", "-f", "csv", "-o", "-"]]
    {
        let (code, _, err) = run(command, Some(b""));
        assert!(code == 2 && err.contains("standard input: is empty"), "{command:?}: {err}");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_that_does_not_read_parquet_says_what_to_give() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    std::fs::write(&path, b"PAR1\x15\x04\x15").unwrap();
    let (code, _, err) = analyze(&path);
    assert!(code == 2 && err.contains("is a Parquet file, not a counter log: provide the log that"), "{err}");
}

//! The files of a release: manifests, filled in as the workflow does it.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn manifests(sums: &str, folder: &Path) -> Output {
    let file = folder.join("SHA256SUMS");
    std::fs::write(&file, sums).unwrap();
    let script = root().join("tools/release/manifests.sh");
    Command::new("bash").arg(script).arg(&file).arg(folder.join("out")).output().unwrap()
}

fn archive(target: &str) -> String {
    format!("perfverdict-{}-{target}.zip", env!("CARGO_PKG_VERSION"))
}

#[test]
fn manifests_name_the_archives_and_their_sums() {
    let folder = tempfile::tempdir().unwrap();
    let (x64, arm64) = ("1a".repeat(32), "2b".repeat(32));
    let of = |sum: &str, target: &str| format!("{sum}  {}\n", archive(target));
    let both = of(&x64, "x86_64-pc-windows-msvc") + &of(&arm64, "aarch64-pc-windows-msvc");
    let done = manifests(&both, folder.path());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    let read = |path: PathBuf| std::fs::read_to_string(folder.path().join("out").join(path)).unwrap();
    let scoop: serde_json::Value = serde_json::from_str(&read("scoop/perfverdict.json".into())).unwrap();
    assert_eq!(scoop["version"], env!("CARGO_PKG_VERSION"));
    let bits = &scoop["architecture"]["64bit"];
    assert_eq!(bits["hash"], x64);
    let url = bits["url"].as_str().unwrap();
    assert!(
        url.starts_with(env!("CARGO_PKG_REPOSITORY")) && url.ends_with(&archive("x86_64-pc-windows-msvc")),
        "{url}"
    );
    assert_eq!(scoop["architecture"]["arm64"]["hash"], arm64);
    assert!(!scoop.to_string().contains('@'), "{scoop}");
    let installer = read("winget/Perfverdict.Perfverdict.installer.yaml".into());
    assert!(installer.contains(&x64) && installer.contains(&arm64) && !installer.contains('@'), "{installer}");
    assert!(installer.contains(&archive("aarch64-pc-windows-msvc")));

    let lacking = manifests(&of(&x64, "x86_64-pc-windows-msvc"), folder.path());
    assert!(!lacking.status.success());
    assert!(String::from_utf8_lossy(&lacking.stderr).contains("no SHA-256 of"));
}

#[test]
fn binstall_asks_for_the_archives_that_are_packed() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let script = std::fs::read_to_string(root().join("tools/release/package.sh")).unwrap();
    let workflow = std::fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let section = manifest.split("[package.metadata.binstall]").nth(1).unwrap();
    let (general, windows) = section.split_once("[package.metadata.binstall.overrides").unwrap();
    let name = "{ name }-{ version }-{ target }";
    assert!(script.contains("name=perfverdict-$version-$target\n"));
    assert!(general.contains(&format!("/v{{ version }}/{name}.tar.gz\"")), "{general}");
    assert!(general.contains(&format!("bin-dir = \"{name}/{{ bin }}{{ binary-ext }}\"")), "{general}");
    assert!(script.contains("tar -czf \"$out/$name.tar.gz\" \"$name\"") && script.contains("$out/$name.zip"));

    // Each target for Windows is a .zip and has its override.
    let targets = workflow.lines().filter_map(|line| line.split_once("target: ")?.1.split([',', ' ']).next());
    let zipped: Vec<_> = targets.filter(|target| target.contains("windows")).collect();
    assert_eq!(zipped.len(), 2, "{zipped:?}");
    for target in zipped {
        let of_target = windows.split(&format!(".{target}]")).nth(1).expect(target);
        let of_target = of_target.split("\n[").next().unwrap();
        assert!(of_target.contains(&format!("{name}.zip\"")) && of_target.contains("\"zip\""), "{of_target}");
    }
}

#[test]
fn every_fuzz_target_runs_at_night() {
    let workflow = std::fs::read_to_string(root().join(".github/workflows/fuzz.yml")).unwrap();
    for target in std::fs::read_dir(root().join("fuzz/fuzz_targets")).unwrap() {
        let name = target.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(workflow.contains(&format!("          - {name}\n")), "{name}");
        let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}

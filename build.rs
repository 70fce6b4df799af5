//! Passes the facts of a build to the program, which prints them with `--version`.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let features: Vec<String> =
        env::vars().filter_map(|(name, _)| Some(name.strip_prefix("CARGO_FEATURE_")?.to_lowercase())).collect();
    let features = if features.is_empty() { "none".to_owned() } else { features.join(", ") };
    let compiler = first_line(Command::new(variable("RUSTC")).arg("--version"));
    for (name, fact) in [
        ("COMMIT", commit(&variable("PROFILE")).unwrap_or_else(|| "not recorded".to_owned())),
        ("TARGET", variable("TARGET")),
        ("PROFILE", variable("PROFILE")),
        ("FEATURES", features),
        ("COMPILER", compiler.unwrap_or_else(|| "not known".to_owned())),
    ] {
        println!("cargo::rustc-env=BUILD_{name}={fact}");
    }
}

/// The commit. A package contains it, as cargo recorded it; a checkout is asked for it in release builds only, because
/// other builds would be rebuilt with each commit.
fn commit(profile: &str) -> Option<String> {
    if let Ok(noted) = std::fs::read_to_string(".cargo_vcs_info.json") {
        return Some(noted.split("\"sha1\":").nth(1)?.split('"').nth(1)?.to_owned());
    }
    if profile != "release" || !Path::new(".git").exists() {
        return None;
    }
    println!("cargo::rerun-if-changed=.git/logs/HEAD");
    first_line(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]))
}

/// The first line that a program prints.
fn first_line(command: &mut Command) -> Option<String> {
    let done = command.output().ok().filter(|done| done.status.success())?;
    Some(String::from_utf8_lossy(&done.stdout).lines().next()?.trim().to_owned())
}

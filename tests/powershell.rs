//! The scripts for PowerShell, parsed: by tree-sitter's grammar, from Python's package index.

use std::process::Command;

/// Prints where a script has what is no PowerShell, or lacks something.
const PARSE: &str = r#"
import sys, tree_sitter, tree_sitter_pwsh
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_pwsh.language()))
def wrong(node):
    if node.is_error or node.is_missing:
        yield node
    for child in node.children:
        yield from wrong(child)
for name in sys.argv[1:]:
    text = open(name, 'rb').read()
    for node in wrong(parser.parse(text).root_node):
        row, column = node.start_point
        print(f'{name}:{row + 1}:{column + 1}: {"missing " + node.type if node.is_missing else "no PowerShell"}')
"#;

fn parse(python: &str, scripts: &[std::path::PathBuf]) -> String {
    let done = Command::new(python).args(["-c", PARSE]).args(scripts).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn the_scripts_for_powershell_parse() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let import = Command::new(&python).args(["-c", "import tree_sitter, tree_sitter_pwsh"]).output();
    if !import.is_ok_and(|done| done.status.success()) {
        eprintln!("skipped: {python} has no parser of PowerShell (pip install tree-sitter tree-sitter-pwsh)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options: [&[&str]; 4] = [
        &[],
        &["--folder", r"d:\it's $env{here} `n (1)", "--name", "A b.c", "--counters", r"\a 'b' $x(*)\% `{ } @{ #"],
        &["--profile", "fast", "--windows", "11", "--user", r"DOM\it$", "--begin", "2026-03-03", "--run-for", "2h"],
        &["--remote", "WEB-02"],
    ];
    let mut scripts = Vec::new();
    for (number, options) in options.iter().enumerate() {
        let into = folder.path().join(number.to_string());
        let mut made = assert_cmd::Command::cargo_bin("perfverdict").unwrap();
        made.args(["collect", "script"]).arg(&into).args(*options).assert().success();
        let written = std::fs::read_dir(&into).unwrap().map(|entry| entry.unwrap().path());
        scripts.extend(written.filter(|path| path.extension().is_some_and(|e| e == "ps1")));
    }
    assert!(scripts.len() >= 13, "{scripts:?}");
    assert_eq!(parse(&python, &scripts), "");

    // The parser sees what is wrong.
    let text = std::fs::read_to_string(folder.path().join("0").join("perflog.ps1")).unwrap();
    for (name, damaged) in [("brace", text.replacen('}', "", 1)), ("quote", text.replacen('\'', "", 1))] {
        let path = folder.path().join(format!("{name}.ps1"));
        std::fs::write(&path, damaged).unwrap();
        assert_ne!(parse(&python, std::slice::from_ref(&path)), "", "{}", path.display());
    }
}

//! Replaces logman.exe and other programs in tests: records how it was called, and ends with a given exit code. The
//! tests copy it under the names of the programs that our scripts call.
//!
//! `RECORD` names the file to which each call adds a line of JSON, with its own name first. `EXIT` is the exit code,
//! `EXIT_LOGMAN` that of one program, `EXIT_LOGMAN_START` that of one of its verbs. As poolmon it also creates its
//! output.

use std::io::Write;

fn main() {
    let mut arguments = std::env::args_os().map(|a| a.to_string_lossy().into_owned());
    let called = std::env::current_exe().unwrap();
    let name = called.file_stem().unwrap().to_string_lossy().into_owned();
    arguments.next();
    let line: Vec<String> = std::iter::once(name.to_lowercase()).chain(arguments).collect();

    let record = std::env::var_os("RECORD").expect("RECORD names the file to write to");
    let mut record = std::fs::File::options().create(true).append(true).open(record).unwrap();
    writeln!(record, "{}", serde_json::to_string(&line).unwrap()).unwrap();
    if name.eq_ignore_ascii_case("poolmon") {
        std::fs::write(line.last().unwrap(), "a snapshot\r\n").unwrap();
    }

    let program = format!("EXIT_{}", name.to_uppercase());
    let verb = format!("{program}_{}", line.get(1).map_or("", String::as_str).to_uppercase());
    let told = [verb, program, "EXIT".to_owned()].iter().find_map(|variable| std::env::var(variable).ok());
    std::process::exit(told.map_or(0, |code| code.parse().unwrap()));
}

//! What is compared: inputs of one analysis each.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::{cargo, root, run};

/// The inputs and options of one analysis.
pub struct Case {
    pub inputs: Vec<PathBuf>,
    pub options: &'static [&'static str],
}

impl Case {
    fn of(path: PathBuf) -> Self {
        Self { inputs: vec![path], options: &[] }
    }

    pub fn name(&self) -> String {
        let inputs: Vec<String> = self.inputs.iter().map(|path| path.display().to_string()).collect();
        format!("{} {}", inputs.join(" "), self.options.join(" ")).trim_end().to_owned()
    }
}

/// Folders of real and made-up inputs beside the project, where there are such.
const SHARED: &[&str] = &[
    "real/blg",
    "real/csv",
    "real/events",
    "real/poolmon",
    "real/pooltag",
    "real/windbg",
    "cases/accuracy",
    "cases/evidence",
    "cases/hostile",
    "cases/logs",
    "cases/tool-outputs",
];

/// Inputs that belong together, with the options they need.
const TOGETHER: &[(&[&str], &[&str])] = &[
    (&["fixtures/nonpaged-leak.blg"], &["--ram", "4GB"]),
    (&["fixtures/nonpaged-leak.blg"], &["--windows", "2008R2", "--nonpaged-max", "255MB"]),
    (&["fixtures/incident"], &["--drivers", "fixtures/incident", "--from", "2026-03-02 20:00"]),
    (&["fixtures/nonpaged-leak.blg", "fixtures/process-leak.blg"], &[]),
    (&["fixtures/nonpaged-leak.blg", "SHARED/cases/evidence/06-snapshot-too-large"], &[]),
    (&["fixtures/incident", "SHARED/cases/evidence/09-findstr"], &[]),
    (&["fixtures/incident", "SHARED/real/pooltag/pooltag.txt"], &[]),
    (&["SHARED/cases/evidence/07-io-trigger"], &["--ram", "32GB"]),
    (&["SHARED/real/windbg/vm-and-poolused-win7.txt", "SHARED/real/pooltag/pooltag.txt"], &[]),
    (&["SHARED/cases/evidence/10-binary-column", "SHARED/real/windbg/vm21-win10.txt"], &[]),
];

/// Fixtures, real and made-up files, each alone and the folders as a whole.
pub fn files(shared: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let mut places = vec![root().join("fixtures")];
    places.extend(SHARED.iter().map(|folder| shared.join(folder)).filter(|folder| folder.is_dir()));
    for place in places {
        add(&place, &mut cases)?;
    }
    // Nobody would analyze these together, and it takes minutes.
    cases.retain(|case| !case.inputs[0].ends_with("cases/hostile"));
    let path = |name: &&str| match name.strip_prefix("SHARED/") {
        Some(rest) => shared.join(rest),
        None => root().join(name),
    };
    let together = TOGETHER.iter().map(|(inputs, options)| Case { inputs: inputs.iter().map(path).collect(), options });
    cases.extend(together.filter(|case| case.inputs.iter().all(|path| path.exists())));
    Ok(cases)
}

/// A file; or a folder, and all that is in it.
fn add(path: &Path, cases: &mut Vec<Case>) -> Result<()> {
    cases.push(Case::of(path.to_owned()));
    if path.is_dir() {
        for inner in sorted(path)? {
            add(&inner, cases)?;
        }
    }
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Logs that the simulator wrote, which are deleted in the end.
pub struct Simulated(PathBuf);

impl Simulated {
    /// Writes some of the simulator's logs, beginning at a number.
    pub fn write(first: usize, count: usize) -> Result<Self> {
        let folder = root().join("target/compare");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let mut simulate =
            cargo(&["run", "--quiet", "--package", "perfverdict-simulator", "--example", "accuracy", "--"]);
        let range = format!("{first}..{}", first + count);
        run(simulate.args(["--logs", &range, "--write"]).arg(&folder))?;
        Ok(Self(folder))
    }

    pub fn cases(&self) -> Result<Vec<Case>> {
        Ok(sorted(&self.0)?.into_iter().map(Case::of).collect())
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

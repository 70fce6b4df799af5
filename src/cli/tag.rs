//! `perfverdict tag`

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow};
use serde::Serialize;

use super::args::TagArgs;
use super::{EXIT_OK, put, warning};
use crate::base::units;
use crate::evidence::Tag;
use crate::evidence::collection::{Collection, Kind, kind_of};
use crate::evidence::owner::{Owner, Ownership};
use crate::inputs;
use crate::output::printable;

/// What is known of one tag.
#[derive(Serialize)]
struct Answer {
    tag: String,
    description: Option<String>,
    /// Whether Windows allocates it for whoever asks.
    on_behalf_of_others: bool,
    drivers_scanned: usize,
    owners: Vec<OwnerAnswer>,
    disagreements: Vec<String>,
}

#[derive(Serialize)]
struct OwnerAnswer {
    file: String,
    confidence: f64,
    basis: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microsoft: Option<bool>,
}

pub fn run(args: &TagArgs) -> anyhow::Result<u8> {
    let mut tags = Vec::new();
    for text in &args.tags {
        let tag = Tag::parse(text).ok_or_else(|| {
            anyhow!("\"{text}\" is no pool tag: a tag has one to four characters, as PoolMon shows it, such as Leak")
        })?;
        tags.push(tag);
    }
    let mut evidence = Collection::default();
    for list in &args.pooltag {
        evidence.add_list(list).map_err(|e| anyhow!(e))?;
    }
    evidence.add_installed_list();
    add_inputs(args, &mut evidence)?;
    args.drivers.iter().for_each(|folder| evidence.add_drivers(folder));
    for problem in evidence.scan(&tags) {
        warning(&problem);
    }
    let sources = evidence.sources(None);
    if sources.files == 0 && !args.drivers.is_empty() {
        return Err(anyhow!("no driver file was found in the folders given with --drivers"));
    }
    let answers: Vec<Answer> = tags.iter().map(|tag| answer(*tag, sources.ownership(*tag), sources.files)).collect();
    if let Some(path) = &args.json {
        let mut json = serde_json::to_vec_pretty(&answers).context("the answer could not be written as JSON")?;
        json.push(b'\n');
        put(path, &json)?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        anstream::stdout().write_all(text(&answers, args).as_bytes())?;
    }
    Ok(EXIT_OK)
}

/// Dumps and debugger text, which tell of drivers too.
fn add_inputs(args: &TagArgs, evidence: &mut Collection) -> anyhow::Result<()> {
    let mut problems = Vec::new();
    for file in inputs::expand(&args.evidence, &mut problems) {
        let bytes = file.bytes().with_context(|| file.path.display().to_string())?;
        match kind_of(&bytes, &file.path) {
            Some(kind @ (Kind::Debugger | Kind::Dump | Kind::PoolMon | Kind::PoolTag | Kind::Driver)) => match evidence
                .add(kind, &file.path, bytes, None)
            {
                Ok(account) => account.warnings.iter().for_each(|w| warning(&format!("{}: {w}", file.path.display()))),
                Err(e) => warning(&format!("{}: {e}", file.path.display())),
            },
            _ if file.named => warning(&format!("{}: tells nothing of tags", file.path.display())),
            _ => {}
        }
    }
    problems.iter().for_each(|problem| warning(problem));
    Ok(())
}

fn answer(tag: Tag, ownership: Ownership, files: usize) -> Answer {
    let Ownership { owners, description, on_behalf, disagreements } = ownership;
    let owner = |owner: Owner| OwnerAnswer {
        file: owner.file,
        confidence: owner.confidence,
        basis: owner.basis,
        maker: (!owner.maker.is_empty()).then_some(owner.maker),
        path: owner.path,
        microsoft: owner.microsoft,
    };
    Answer {
        tag: tag.padded(),
        description,
        on_behalf_of_others: on_behalf,
        drivers_scanned: files,
        owners: owners.into_iter().map(owner).collect(),
        disagreements,
    }
}

fn text(answers: &[Answer], args: &TagArgs) -> String {
    let bold = anstyle::Style::new().bold();
    let dim = anstyle::Style::new().dimmed();
    let mut out = String::new();
    for answer in answers {
        let what = answer.description.as_ref().map_or_else(String::new, |d| format!(": {}", printable(d)));
        let _ = writeln!(out, "{bold}{}{bold:#}{what}", printable(answer.tag.trim_end()));
        if answer.on_behalf_of_others {
            let _ = writeln!(out, "  Windows allocates it for whoever asks: its own file is not to blame");
        }
        for owner in &answer.owners {
            let maker = owner.maker.as_ref().map_or_else(String::new, |maker| format!(" ({})", printable(maker)));
            let _ = writeln!(
                out,
                "  {:>5}  {bold}{}{bold:#}{maker}: {}",
                units::percent(owner.confidence),
                printable(&owner.file),
                printable(&owner.basis.join("; "))
            );
            if let Some(path) = &owner.path {
                let _ = writeln!(out, "         {dim}{}{dim:#}", printable(path));
            }
        }
        for disagreement in &answer.disagreements {
            let _ = writeln!(out, "  But: {}", printable(disagreement));
        }
        if answer.owners.is_empty() {
            let scanned = match answer.drivers_scanned {
                0 => "no driver files were scanned".to_owned(),
                n => format!("none of {} holds it", units::counted(n, "driver file", "driver files")),
            };
            let _ = writeln!(out, "  No owner is known: {scanned}");
        }
    }
    if args.drivers.is_empty() && args.evidence.is_empty() {
        let _ = writeln!(
            out,
            "{dim}Give --drivers with the machine's System32\\drivers, or a copy, to see which driver uses the tag{dim:#}"
        );
    }
    out
}

//! `perfverdict tag`

use std::fmt::Write as _;

use anyhow::{Context, anyhow};
use serde::Serialize;

use super::args::TagArgs;
use super::console::{Stream, watched};
use super::{EXIT_OK, outputs, put, warning};
use crate::base::units;
use crate::evidence::Tag;
use crate::evidence::collection::{Collection, EvidenceKind};
use crate::evidence::owner::{Owner, Ownership};
use crate::explain::evidence as explain;
use crate::explain::inputs::problem;
use crate::inputs::{self, Format, FormatKind};
use crate::output::{printable, wrapped};

/// The owners of one tag, and its purpose.
#[derive(Serialize)]
struct Answer {
    tag: String,
    description: Option<String>,
    /// Whether Windows allocates it on behalf of other components.
    on_behalf_of_others: bool,
    drivers_scanned: usize,
    owners: Vec<OwnerAnswer>,
    disagreements: Vec<String>,
    /// Of a tag that nothing names: tags that differ from it in the case of letters only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    did_you_mean: Vec<String>,
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
    if let Some(output) = &args.json {
        let sources = [&args.drivers[..], &args.pooltag, &args.evidence].concat();
        outputs::check(output, &sources, args.overwrite.existing())?;
    }
    let mut tags = Vec::new();
    for text in &args.tags {
        let tag = Tag::parse(text).ok_or_else(|| {
            anyhow!("\"{text}\" is not a pool tag; use one to four characters as PoolMon shows them, such as Leak")
        })?;
        tags.push(tag);
    }
    let mut evidence = Collection::default();
    for list in &args.pooltag {
        evidence.add_list(list)?;
    }
    evidence.add_installed_list();
    add_inputs(args, &mut evidence)?;
    args.drivers.iter().for_each(|folder| evidence.add_drivers(folder));
    watched(|| evidence.scan(&tags)).iter().for_each(|error| warning(&error.to_string()));
    let sources = evidence.sources(None);
    if sources.files == 0 && !args.drivers.is_empty() {
        return Err(anyhow!("no driver files were found in the folders set with --drivers"));
    }
    let mut answers: Vec<Answer> =
        tags.iter().map(|tag| answer(*tag, sources.ownership(*tag), sources.files)).collect();
    for (tag, answer) in tags.iter().zip(&mut answers) {
        if answer.owners.is_empty() && answer.description.is_none() {
            answer.did_you_mean = known_in_other_cases(*tag, &mut evidence);
        }
    }
    if let Some(path) = &args.json {
        let mut json = serde_json::to_vec_pretty(&answers).context("the answer could not be written as JSON")?;
        json.push(b'\n');
        put(path, &json)?;
    }
    if !args.json.as_deref().is_some_and(outputs::is_stdout) {
        let width = Stream::Output.width();
        let lines = text(&answers, args).lines().map(|line| wrapped(line, width, 2) + "\n").collect::<String>();
        Stream::Output.print(&lines)?;
    }
    Ok(EXIT_OK)
}

/// Tags that the evidence names and that differ from this one in the case of letters only.
fn known_in_other_cases(tag: Tag, evidence: &mut Collection) -> Vec<String> {
    let others = tag.in_other_cases();
    // What cannot be read was reported when the tags themselves were looked for.
    let _ = evidence.scan(&others);
    let sources = evidence.sources(None);
    others.into_iter().filter(|other| sources.names(*other)).map(|other| other.to_string()).collect()
}

/// Adds evidence that can show owners of tags.
fn add_inputs(args: &TagArgs, evidence: &mut Collection) -> anyhow::Result<()> {
    let mut problems = Vec::new();
    for file in inputs::expand(&args.evidence, args.archives.limit(), &mut problems) {
        let bytes = file.bytes().with_context(|| file.path.display().to_string())?;
        let format = Format::of(&bytes, &file.path);
        match format.map(Format::kind) {
            Some(FormatKind::Evidence(kind)) if names_owners(kind) => {
                match evidence.add(kind, &file.path, bytes, None) {
                    Ok(read) => {
                        read.warnings.iter().for_each(|w| warning(&format!("{}: {w}", file.path.display())));
                    }
                    Err(error) => warning(&error.to_string()),
                }
            }
            _ if file.named => {
                let what = format.map_or_else(|| "a file of an unknown format".to_owned(), Format::name);
                warning(&format!("{}: skipped: {what} does not name owners of pool tags", file.path.display()));
            }
            _ => {}
        }
    }
    problems.iter().for_each(|odd| warning(&problem(odd)));
    Ok(())
}

/// Whether a kind of evidence can show owners of tags. Events cannot.
fn names_owners(kind: EvidenceKind) -> bool {
    !matches!(kind, EvidenceKind::EventLog | EvidenceKind::EventXml | EvidenceKind::EventText)
}

fn answer(tag: Tag, ownership: Ownership, files: usize) -> Answer {
    let Ownership { owners, description, on_behalf, disagreements } = ownership;
    let owner = |owner: Owner| OwnerAnswer {
        file: owner.file,
        confidence: owner.confidence,
        basis: owner.basis.iter().map(explain::owner_basis).collect(),
        maker: (!owner.vendor.is_empty()).then(|| explain::vendor(&owner.vendor)),
        path: owner.path,
        microsoft: owner.microsoft,
    };
    Answer {
        tag: tag.padded(),
        description: description.as_ref().map(explain::description),
        on_behalf_of_others: on_behalf,
        drivers_scanned: files,
        owners: owners.into_iter().map(owner).collect(),
        disagreements: disagreements.iter().map(explain::owner_disagreement).collect(),
        did_you_mean: Vec::new(),
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
            let _ =
                writeln!(out, "  Windows allocates it on behalf of other components: the file below is not the cause");
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
            let _ = writeln!(out, "  Disagreement: {}", printable(disagreement));
        }
        if answer.owners.is_empty() {
            let scanned = match answer.drivers_scanned {
                0 => "no driver files were scanned".to_owned(),
                n => format!("none of {} contains the tag", units::counted(n, "driver file", "driver files")),
            };
            let _ = writeln!(out, "  Owner unknown: {scanned}");
            if !answer.did_you_mean.is_empty() {
                let tags = printable(&answer.did_you_mean.join(" or "));
                let _ = writeln!(out, "  Pool tags are case-sensitive: did you mean {bold}{tags}{bold:#}?");
            }
        }
    }
    if args.drivers.is_empty() && args.evidence.is_empty() {
        let _ = writeln!(
            out,
            "{dim}To see which driver uses the tag, add --drivers with the machine's System32\\drivers folder or a copy of it{dim:#}"
        );
    }
    out
}

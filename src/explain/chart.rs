//! Titles, labels and marks of charts.

use super::limits;
use super::subjects::counted;
use super::words::process_name;
use crate::case::Case;
use crate::checks::Finding;
use crate::checks::about::{About, Level, LevelFacts};
use crate::checks::chart::{ChartFacts, Mark, MarkKind};
use crate::forecast::LimitBasis;
use crate::model::{Chart, ChartMark, LimitLine, SecondLine};

/// Maximum number of characters of a mark.
const LONGEST_MARK: usize = 22;

pub fn chart(case: &Case<'_>, finding: &Finding, facts: &ChartFacts) -> Chart {
    let machine = &case.machine.name;
    let (title, label, second) = match &finding.about {
        About::Pool(pool) => (format!("{} of {machine}", pool.pool.name()), "pool", "charged to processes"),
        About::Commit(_) => {
            (format!("Committed memory of {machine}"), "committed bytes", "private bytes of all processes")
        }
        About::SystemPtes(_) => (format!("Free system page table entries of {machine}"), "free entries", ""),
        About::Level(LevelFacts { level: Level::Available, .. }) => {
            (format!("Available memory of {machine}"), "available memory", "")
        }
        About::Level(LevelFacts { level: Level::CommitShare, .. }) => {
            (format!("Committed memory of {machine}, percent of its limit"), "committed memory", "")
        }
        About::Process(process) => {
            let name = process_name(&process.name, process.pid);
            (format!("{} of {name}", process.field.english()), counted(process.field), "")
        }
    };
    let second = SecondLine { label: second.to_owned(), points: facts.second.clone() };
    Chart {
        title,
        label: label.to_owned(),
        unit: finding.unit,
        points: facts.points.clone(),
        second: (!second.points.is_empty()).then_some(second),
        trend: facts.trend,
        limit: facts.limit.as_ref().map(|limit| LimitLine { value: limit.value, label: limit_label(&limit.basis) }),
        marks: facts.marks.iter().map(mark).collect(),
    }
}

fn limit_label(basis: &LimitBasis) -> String {
    match basis {
        LimitBasis::CommitLimit => "commit limit".to_owned(),
        other => limits::basis(other),
    }
}

fn mark(mark: &Mark) -> ChartMark {
    let label = match &mark.kind {
        MarkKind::Restart => "restart".to_owned(),
        MarkKind::GrowthBegins => "growth begins".to_owned(),
        MarkKind::Event(id) => format!("event {id}"),
        MarkKind::Crash => "crash".to_owned(),
        MarkKind::Update => "update".to_owned(),
        MarkKind::Installed(Some(name)) => format!("+ {name}"),
        MarkKind::Installed(None) => "installed".to_owned(),
    };
    ChartMark { time: mark.time, label: label.chars().take(LONGEST_MARK).collect() }
}

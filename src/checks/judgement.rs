//! An assessment with its evidence in words.

use std::ops::{Deref, DerefMut};

use crate::attribute::timing::Trigger;
use crate::detect::{self, Assessed, Assessment, Context, Evidence, Points};
use crate::explain::assessment as words;
use crate::model::Unit;

/// An assessment with its evidence in words.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The facts.
    pub inner: Assessment,
    /// What its figures count.
    pub unit: Unit,
    /// The evidence in words.
    pub reasons: Vec<String>,
    /// What would change the verdict.
    pub would_change: Vec<String>,
    /// The process that the growth comes with.
    pub trigger: Option<Trigger>,
    /// Name of the process that is restarted again and again, and the id that runs now.
    pub heir: Option<(String, Option<u32>)>,
}

impl Deref for Judgement {
    type Target = Assessment;
    fn deref(&self) -> &Assessment {
        &self.inner
    }
}

impl DerefMut for Judgement {
    fn deref_mut(&mut self) -> &mut Assessment {
        &mut self.inner
    }
}

impl Judgement {
    /// With the words of the assessment.
    pub fn new(inner: Assessment, unit: Unit) -> Self {
        let reasons = inner.evidence.iter().map(|e| words::evidence(e, &inner.gates, unit)).collect();
        let would_change = inner.would_change.iter().map(words::would_change).collect();
        Self { inner, unit, reasons, would_change, trigger: None, heir: None }
    }

    /// The checks as reports show them.
    pub fn gates(&self) -> Vec<crate::model::Gate> {
        let gate = |g| words::gate(g, self.unit, None);
        self.inner.gates.iter().map(gate).collect()
    }
}

impl Assessed for Judgement {
    fn assessment(&self) -> &Assessment {
        &self.inner
    }

    fn with_assessment(self, assessment: Assessment) -> Self {
        let replaced = Self::new(assessment, self.unit);
        let mut reasons = replaced.reasons.clone();
        if replaced.inner.evidence.first() == Some(&Evidence::LikeBeforeTheRestart) {
            reasons.truncate(1);
            reasons.extend(self.reasons);
        }
        Self { reasons, ..replaced }
    }

    fn begins_within(&mut self) {
        self.inner.begins_within();
    }
}

/// Judges a series.
pub fn judge(points: Points<'_>, context: Context<'_>) -> Judgement {
    Judgement::new(detect::assess(points, context), points.unit)
}

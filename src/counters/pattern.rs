//! Counter paths with wildcards, typed by people to select counters.

use super::path::CounterPath;

/// A counter path in which any part may contain `*` for any text: `\Process(svc*)\*`.
///
/// As in PDH, case is ignored; a pattern without a machine matches every machine, and one without an instance matches
/// counters without instances.
#[derive(Clone, Debug)]
pub struct PathPattern {
    machine: Option<Glob>,
    object: Glob,
    instance: Option<Glob>,
    counter: Glob,
}

impl PathPattern {
    /// Parses a pattern; `None` if the text does not have the form of a counter path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let path = CounterPath::parse(text.trim())?;
        Some(Self {
            machine: path.machine.as_deref().map(Glob::new),
            object: Glob::new(&path.object),
            instance: path.instance.as_deref().map(Glob::new),
            counter: Glob::new(&path.counter),
        })
    }

    fn holds_counter(&self, machine: &str, object: &str, counter: &str) -> bool {
        self.machine.as_ref().is_none_or(|m| m.matches(machine))
            && self.object.matches(object)
            && self.counter.matches(counter)
    }

    fn holds(&self, path: &CounterPath) -> bool {
        let instance = match (&self.instance, path.instance.as_deref()) {
            (Some(glob), Some(name)) => glob.matches(name),
            (None, None) => true,
            _ => false,
        };
        instance && self.holds_counter(path.machine.as_deref().unwrap_or(""), &path.object, &path.counter)
    }
}

/// Patterns; a path must match one of them.
#[derive(Clone, Debug, Default)]
pub struct PathFilter {
    /// The patterns.
    pub patterns: Vec<PathPattern>,
}

impl PathFilter {
    /// Whether any instance of a counter can match.
    #[must_use]
    pub fn holds_counter(&self, machine: &str, object: &str, counter: &str) -> bool {
        self.patterns.iter().any(|p| p.holds_counter(machine, object, counter))
    }

    /// Whether a path matches.
    #[must_use]
    pub fn holds(&self, path: &CounterPath) -> bool {
        self.patterns.iter().any(|p| p.holds(path))
    }
}

/// A text with `*` for any text, compared without case.
#[derive(Clone, Debug)]
struct Glob {
    /// The text between the stars, in lower case.
    pieces: Vec<String>,
}

impl Glob {
    fn new(text: &str) -> Self {
        Self { pieces: text.to_lowercase().split('*').map(str::to_owned).collect() }
    }

    fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let [first, middle @ .., last] = &self.pieces[..] else { return self.pieces.first() == Some(&text) };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        // The earliest position of each piece leaves the most text for the next.
        for piece in middle {
            match rest.find(piece.as_str()) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let filter = PathFilter { patterns: vec![PathPattern::parse(pattern).unwrap()] };
        filter.holds(&CounterPath::parse(path).unwrap())
    }

    #[test]
    fn stars_stand_for_any_text_and_case_for_nothing() {
        for (pattern, path, expected) in [
            (r"\Memory\*", r"\\SRV\Memory\Available Bytes", true),
            (r"\memory\pool *bytes", r"\\SRV\Memory\Pool Nonpaged Bytes", true),
            (r"\Memory\Pool*", r"\\SRV\Memory\Available Bytes", false),
            (r"\\srv\Process(svc*)\Handle Count", r"\\SRV\Process(svchost#3)\Handle Count", true),
            (r"\\other\Process(*)\*", r"\\SRV\Process(svchost#3)\Handle Count", false),
            (r"\Process(svchost)\*", r"\Process(svchost#3)\Handle Count", false),
            (r"\Process(*#*)\*", r"\Process(svchost#3)\Handle Count", true),
            (r"\Process\Handle Count", r"\\SRV\Process(svchost)\Handle Count", false),
            (r"\*(*)\*", r"\\SRV\Arbeitsspeicher(Ä)\x", true),
            (r"\a*a\x", r"\a\x", false),
            (r"\PROZESS(ä*)\x", r"\Prozess(Äb)\X", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
        assert!(PathPattern::parse("Memory").is_none());
    }
}

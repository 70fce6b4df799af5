//! Counter paths: `\\MACHINE\Object(Parent/Instance#Index)\Counter`.

use std::fmt;
use std::sync::Arc;

/// A parsed counter path.
///
/// Texts are shared, since thousands of columns have the same machine and object. Case is kept as logged; PDH ignores
/// case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CounterPath {
    /// Computer name without the leading backslashes; `None` if the path names none.
    pub machine: Option<Arc<str>>,
    /// Object, such as `Process`.
    pub object: Arc<str>,
    /// Instance as displayed, with parent and number: `svchost#3`, `w3wp/12`.
    pub instance: Option<Arc<str>>,
    /// Counter, such as `Handle Count`.
    pub counter: Arc<str>,
}

impl CounterPath {
    /// Parses a path; `None` if the text is not a counter path.
    ///
    /// Instances may contain backslashes and parentheses, counters may contain parentheses
    /// (`Auslagerungsseiten (Bytes)`), so the instance ends at the last `)\`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (machine, rest) = match text.strip_prefix(r"\\") {
            Some(after) => {
                let (machine, rest) = after.split_at(after.find('\\')?);
                (Some(machine), &rest[1..])
            }
            None => (None, text.strip_prefix('\\')?),
        };
        let object_end = rest.find(['(', '\\'])?;
        let (object, tail) = rest.split_at(object_end);
        let (instance, counter) = if tail.starts_with('(') {
            let close = tail.rfind(r")\")?;
            (Some(&tail[1..close]), &tail[close + 2..])
        } else {
            (None, &tail[1..])
        };
        if object.is_empty() || counter.is_empty() || machine == Some("") {
            return None;
        }
        Some(Self {
            machine: machine.map(Arc::from),
            object: Arc::from(object),
            instance: instance.map(Arc::from),
            counter: Arc::from(counter),
        })
    }

    /// Shares the texts that are equal to those of a neighbour: thousands of columns have one machine and one object.
    pub(crate) fn share(&mut self, neighbour: Self) {
        if self.machine == neighbour.machine {
            self.machine = neighbour.machine;
        }
        if self.object == neighbour.object {
            self.object = neighbour.object;
        }
        if self.counter == neighbour.counter {
            self.counter = neighbour.counter;
        }
    }
}

impl fmt::Display for CounterPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(machine) = &self.machine {
            write!(f, r"\\{machine}")?;
        }
        write!(f, r"\{}", self.object)?;
        if let Some(instance) = &self.instance {
            write!(f, "({instance})")?;
        }
        write!(f, r"\{}", self.counter)
    }
}

/// Splits `svchost#3` into `svchost` and 3; a name without a number has 0.
///
/// `C#` and `a#0` are names, because PDH numbers duplicates from 1.
#[must_use]
pub fn split_instance_number(instance: &str) -> (&str, u32) {
    if let Some((base, digits)) = instance.rsplit_once('#')
        && !base.is_empty()
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
        && let Ok(number) = digits.parse()
    {
        return (base, number);
    }
    (instance, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<String>, String, Option<String>, String) {
        let p = CounterPath::parse(text).unwrap_or_else(|| panic!("not a path: {text}"));
        assert_eq!(p.to_string(), text, "a path is written as it was read");
        (
            p.machine.map(|m| m.to_string()),
            p.object.to_string(),
            p.instance.map(|i| i.to_string()),
            p.counter.to_string(),
        )
    }

    #[test]
    fn takes_the_usual_forms_apart() {
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(
            parts(r"\\SRV\Process(svchost#3)\Pool Nonpaged Bytes"),
            (some("SRV"), "Process".into(), some("svchost#3"), "Pool Nonpaged Bytes".into())
        );
        assert_eq!(parts(r"\Memory\Available MBytes"), (None, "Memory".into(), None, "Available MBytes".into()));
        assert_eq!(
            parts(r"\\S\Arbeitsspeicher\Auslagerungsseiten (Bytes)"),
            (some("S"), "Arbeitsspeicher".into(), None, "Auslagerungsseiten (Bytes)".into())
        );
        assert_eq!(parts(r"\\S\Objekt(a)\Leser (x)"), (some("S"), "Objekt".into(), some("a"), "Leser (x)".into()));
        assert_eq!(parts(r"\\S\Thread(w3wp/12)\ID Thread").2, some("w3wp/12"));
        assert_eq!(parts(r"\\S\Paging File(\??\C:\pagefile.sys)\% Usage").2, some(r"\??\C:\pagefile.sys"));
        assert_eq!(parts(r"\\S\Process(a(b))\x").2, some("a(b)"));
    }

    #[test]
    fn refuses_what_is_not_a_path() {
        for text in ["", "Graph_1", r"\", r"\\", r"\\S", r"\\S\Memory", r"\Memory\", r"\\\Memory\x", r"\A(b\c"] {
            assert_eq!(CounterPath::parse(text), None, "{text}");
        }
    }

    #[test]
    fn splits_instance_numbers() {
        assert_eq!(split_instance_number("svchost#12"), ("svchost", 12));
        for name in ["svchost", "C#", "#1", "a#0", "a#01", "a#b", "a#99999999999"] {
            assert_eq!(split_instance_number(name), (name, 0), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_round_trips(text in r"[\\()a#/* é]{0,24}") {
            if let Some(path) = CounterPath::parse(&text) {
                proptest::prop_assert_eq!(path.to_string(), text);
            }
        }
    }
}

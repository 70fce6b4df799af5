//! The facts of two verdicts, field by field.

use serde_json::{Map, Value};

use super::program::Outcome;

/// Fields that are words for people, or about the program itself.
const WORDS: &[&str] = &[
    "asks",
    "basis",
    "disagreements",
    "headline",
    "limit_basis",
    "next_steps",
    "not_analysed",
    "physical_memory_basis",
    "reasons",
    "schema",
    "text",
    "tool",
    "warnings",
    "would_change",
];

/// What differs between an old and a new outcome. Fields that only the new one has are left alone.
pub fn differences(old: &Outcome, new: &Outcome) -> Vec<String> {
    let mut differences = Vec::new();
    if old.exit != new.exit {
        differences.push(format!("exit code: {:?} → {:?}", old.exit, new.exit));
    }
    compare("", &old.verdict, &new.verdict, &mut differences);
    differences
}

fn compare(place: &str, old: &Value, new: &Value, differences: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => compare_fields(place, old, new, differences),
        // Each names a file that could not be read, in words.
        (Value::Array(old), Value::Array(new)) if place == "problems" => {
            if old.len() != new.len() {
                differences.push(format!("problems: {} → {}", old.len(), new.len()));
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            if old.len() != new.len() {
                differences.push(format!("{place}: {} → {} entries", old.len(), new.len()));
            }
            for (number, (old, new)) in old.iter().zip(new).enumerate() {
                compare(&format!("{place}[{number}{}]", label(old)), old, new, differences);
            }
        }
        _ if old == new || same_time(old, new) || same_format(place, old, new) => {}
        _ => differences.push(format!("{place}: {old} → {new}")),
    }
}

fn compare_fields(place: &str, old: &Map<String, Value>, new: &Map<String, Value>, differences: &mut Vec<String>) {
    for (name, value) in old {
        if !WORDS.contains(&name.as_str()) {
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            // A field that is not written is null.
            compare(&place, value, new.get(name).unwrap_or(&Value::Null), differences);
        }
    }
    // What the old one says nothing of, the new one must not say either, where both could.
    for (name, value) in new.iter().filter(|(name, _)| OPTIONAL.contains(&name.as_str())) {
        if !old.contains_key(name) && !value.is_null() {
            differences.push(format!("{place}.{name}: nothing → {value}"));
        }
    }
}

/// Fields of the first edition that it leaves out where they say nothing.
const OPTIONAL: &[&str] = &["confidence", "culprit", "drivers", "first_sample", "last_sample", "maker"];

/// What an entry of a list is about.
fn label(entry: &Value) -> String {
    let known = ["subject", "name", "path", "machine", "id"];
    let found = known.iter().find_map(|name| Some((*name, entry.get(name)?)));
    found.map_or_else(String::new, |(name, value)| format!(" {name}={value}"))
}

/// A time whose zone is unknown was written as UTC once, and is written without a zone now.
fn same_time(old: &Value, new: &Value) -> bool {
    let zoneless = old.as_str().and_then(|old| old.strip_suffix('Z'));
    zoneless.is_some() && zoneless == new.as_str()
}

/// A kernel dump had the name of a debugger's session once.
fn same_format(place: &str, old: &Value, new: &Value) -> bool {
    place.ends_with(".format") && old == "windbg" && new.as_str().is_some_and(|new| new.contains("dump"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn between(old: Value, new: Value) -> Vec<String> {
        differences(&Outcome { exit: Some(0), verdict: old }, &Outcome { exit: Some(0), verdict: new })
    }

    #[test]
    fn words_and_new_fields_may_differ() {
        let old = json!({"findings": [{"verdict": "leak", "headline": "a"}]});
        let new = json!({"findings": [{"verdict": "leak", "headline": "b", "unit": "bytes"}]});
        assert_eq!(between(old, new), Vec::<String>::new());
    }

    #[test]
    fn facts_may_not() {
        let old = json!({"findings": [{"subject": "commit", "growth": {"first": 1.5}, "since": null}]});
        let new = json!({"findings": [{"subject": "commit", "growth": {"first": 1.25}}]});
        assert_eq!(between(old, new), [r#"findings[0 subject="commit"].growth.first: 1.5 → 1.25"#]);
        assert_eq!(between(json!({"boots": [1]}), json!({"boots": []})), ["boots: 1 → 0 entries"]);
        assert_eq!(between(json!({}), json!({"culprit": "x"})), [r#".culprit: nothing → "x""#]);
        assert_eq!(between(json!({"pid": 4}), json!({})), ["pid: 4 → null"]);
    }

    #[test]
    fn a_time_may_lose_only_a_zone_that_nobody_knows() {
        let time = |text: &str| json!({"at": text});
        assert_eq!(between(time("2026-03-03T17:47:00Z"), time("2026-03-03T17:47:00")), Vec::<String>::new());
        assert_eq!(between(time("2026-03-03T17:47:00+01:00"), time("2026-03-03T17:47:00")).len(), 1);
    }
}

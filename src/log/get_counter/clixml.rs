//! `Get-Counter | Export-Clixml`: sample sets as PowerShell serialises objects.
//!
//! Only simple properties matter, `<S N="Path">…</S>`, so the text is searched for those and no tree is built.

use std::borrow::Cow;

use super::reading::{Reading, iso_time};

/// Whether a text is one, by its beginning.
pub fn is_clixml(start: &[u8]) -> bool {
    let has = |part: &[u8]| memchr::memmem::find(start, part).is_some();
    has(b"<Objs") && (has(b"PerformanceCounterSample") || has(b"N=\"CookedValue\""))
}

/// A reading whose properties are being collected.
#[derive(Default)]
struct Sample<'t> {
    path: Option<Cow<'t, str>>,
    value: &'t str,
    time: Option<&'t str>,
    is_valid: bool,
}

/// Reads all readings.
pub fn read(text: &str, reading: &mut Reading<'_>) {
    let mut sample = Sample::default();
    // The time of the set, and its readings as one text, which is used where they are not there one by one.
    let (mut set_time, mut set_text, mut paths) = (None, None, 0_u64);
    for (name, value) in Properties(text) {
        match name {
            "Path" => {
                end_sample(&mut sample, set_time, reading);
                paths += 1;
                sample = Sample { path: Some(unescaped(value)), is_valid: true, ..Sample::default() };
            }
            "CookedValue" => sample.value = value,
            "Status" => sample.is_valid = matches!(value, "0" | "1"),
            "Timestamp" if sample.path.is_some() && sample.time.is_none() => sample.time = Some(value),
            "Timestamp" => {
                end_sample(&mut sample, set_time, reading);
                end_set(&mut set_text, set_time, paths, reading);
                (set_time, paths) = (Some(value), 0);
            }
            "Readings" => set_text = Some(unescaped(value)),
            _ => {}
        }
    }
    end_sample(&mut sample, set_time, reading);
    end_set(&mut set_text, set_time, paths, reading);
    reading.is_cut = !text.trim_end_matches(['\0', '\r', '\n', ' ']).ends_with("</Objs>");
}

fn end_sample(sample: &mut Sample<'_>, set_time: Option<&str>, reading: &mut Reading<'_>) {
    let Sample { path: Some(path), value, time, is_valid } = std::mem::take(sample) else { return };
    if begin(time.or(set_time), reading) {
        reading.take(&path, if is_valid { value.as_bytes() } else { b"" });
    }
}

fn end_set(text: &mut Option<Cow<'_, str>>, time: Option<&str>, paths: u64, reading: &mut Reading<'_>) {
    if let Some(text) = text.take().filter(|_| paths == 0)
        && begin(time, reading)
    {
        reading.take_text(text.lines());
    }
}

fn begin(time: Option<&str>, reading: &mut Reading<'_>) -> bool {
    let time = time.unwrap_or_default();
    match iso_time(time) {
        Some((time, zone_known)) => {
            reading.zone_known |= zone_known;
            reading.at(time);
            true
        }
        None => {
            reading.timeless(time.as_bytes());
            false
        }
    }
}

/// The simple properties of a text: name and value.
struct Properties<'t>(&'t str);

impl<'t> Iterator for Properties<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (_, rest) = self.0.split_once('<')?;
            let (tag, rest) = rest.split_once('>')?;
            self.0 = rest;
            let name = tag.split_once(" N=\"").and_then(|(_, name)| name.split('"').next());
            if let Some(name) = name.filter(|_| !tag.ends_with('/')) {
                let value = rest.split('<').next().unwrap_or_default();
                if rest[value.len()..].starts_with("</") {
                    self.0 = &rest[value.len()..];
                    return Some((name, value));
                }
            }
        }
    }
}

/// A value without the escapes of XML and of PowerShell.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '_']) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['&', '_']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, len) = escape(rest).unwrap_or_else(|| (rest.chars().next().unwrap_or_default(), 1));
        plain.push(c);
        rest = &rest[len..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The character of an escape that a text begins with, and the bytes of the escape.
fn escape(text: &str) -> Option<(char, usize)> {
    if let Some(digits) = text.strip_prefix("_x") {
        let digits = digits.get(..4).filter(|_| text.as_bytes().get(6) == Some(&b'_'))?;
        return Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, 7));
    }
    let end = text.as_bytes().iter().take(10).position(|b| *b == b';')?;
    let c = match text.get(1..end)? {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        number => match number.strip_prefix("#x") {
            Some(hex) => char::from_u32(u32::from_str_radix(hex, 16).ok()?)?,
            None => char::from_u32(number.strip_prefix('#')?.parse().ok()?)?,
        },
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescaped("a_x000A_b &amp; c_d &#xA;&#65;"), "a\nb & c_d \nA");
        assert_eq!(unescaped("_x00é& &;_"), "_x00é& &;_");
    }

    #[test]
    fn properties_are_found_and_nothing_else() {
        let text = r#"<Obj N="A" RefId="1"><S N="B">1</S><S>2</S><S N="C"/><Nil N="D" /><I32 N="E">-3</I32"#;
        assert_eq!(Properties(text).collect::<Vec<_>>(), [("B", "1"), ("E", "-3")]);
    }
}

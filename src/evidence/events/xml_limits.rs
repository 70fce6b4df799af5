//! Limits of XML that is parsed: the parser's time grows with the square of the depth and of the attributes of an element.

/// Maximum depth of elements. Events have 8.
const DEEPEST: usize = 64;
/// Maximum number of attributes of an element. Events have 6.
const MOST_ATTRIBUTES: usize = 256;

/// A limit that a document exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlLimit {
    /// Elements within elements.
    #[error("its elements are nested more than {DEEPEST} deep")]
    Depth,
    /// Attributes of one element.
    #[error("an element has more than {MOST_ATTRIBUTES} attributes")]
    Attributes,
}

/// The limit that a document exceeds, if any. One pass; of a document that is not well-formed the answer is approximate.
pub fn exceeded(text: &str) -> Option<XmlLimit> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(open) = memchr::memchr(b'<', &bytes[at..]).map(|n| at + n) {
        let rest = &text[open..];
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")];
        if let Some((_, end)) = skipped.iter().find(|(begin, _)| rest.starts_with(begin)) {
            at = open + rest.find(end).map_or(rest.len(), |n| n + end.len());
            continue;
        }
        let tag = tag(&bytes[open + 1..]);
        at = open + 1 + tag.length;
        if tag.attributes > MOST_ATTRIBUTES {
            return Some(XmlLimit::Attributes);
        }
        depth = match tag.kind {
            Kind::Start => depth + 1,
            Kind::Empty => depth,
            Kind::End => depth.saturating_sub(1),
        };
        if depth > DEEPEST {
            return Some(XmlLimit::Depth);
        }
    }
    None
}

enum Kind {
    Start,
    Empty,
    End,
}

struct Tag {
    kind: Kind,
    attributes: usize,
    /// Bytes up to the end of the tag.
    length: usize,
}

/// The tag after a `<`. A `>` in quotes does not end it.
fn tag(bytes: &[u8]) -> Tag {
    let (mut quote, mut attributes, mut last) = (None, 0, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'=') => attributes += 1,
            (None, b'>') => {
                let kind = if bytes[0] == b'/' {
                    Kind::End
                } else if last == b'/' {
                    Kind::Empty
                } else {
                    Kind::Start
                };
                return Tag { kind, attributes, length: at + 1 };
            }
            (None, _) => {}
        }
        last = byte;
    }
    Tag { kind: Kind::Empty, attributes, length: bytes.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_within_the_limits_and_bombs_are_not() {
        let event = "<Event xmlns='x'><System><Provider Name='a > b'/><!-- <a><a> --></System></Event>";
        assert_eq!(exceeded(&format!("<?xml version='1.0'?><Events>{}</Events>", event.repeat(1000))), None);
        let deep = |depth: usize| "<a xmlns:n='u'>".repeat(depth);
        assert_eq!((exceeded(&deep(64)), exceeded(&deep(65))), (None, Some(XmlLimit::Depth)));
        let wide = |count: usize| format!("<a {}/>", "a='' ".repeat(count));
        assert_eq!((exceeded(&wide(256)), exceeded(&wide(257))), (None, Some(XmlLimit::Attributes)));
        assert_eq!((exceeded("<"), exceeded("<![CDATA["), exceeded("a < b")), (None, None, None));
    }
}

//! Reading XML from strangers: limits first, then a tree whose nodes are found by namespace URI and local name.

use quick_xml::Reader;
use quick_xml::events::Event;
use roxmltree::{Document, Node, NodeType, ParsingOptions};
use std::borrow::Cow;

/// How deep elements may nest. Embedded instances in embedded instances need a few levels each.
const MAX_DEPTH: usize = 64;
/// How many attributes, namespace declarations included, an element may have.
const MAX_ATTRIBUTES: usize = 32;
/// How many namespace declarations a document may have; the parser's work grows with their product with the depth.
const MAX_NAMESPACES: usize = 20_000;
/// How many elements and texts a document may have. A DSC document arrives as one element for each of its bytes.
const MAX_NODES: u32 = 4_000_000;

/// Parses a document.
///
/// # Errors
/// A sentence that says what is wrong: the syntax, a document type declaration, or a limit.
pub fn parse(text: &str) -> Result<Document<'_>, String> {
    check_limits(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| format!("the message is not valid XML: {error}"))
}

/// Line and column of a byte, counted from 1.
fn place(text: &str, byte: u64) -> (usize, usize) {
    let before = &text.as_bytes()[..text.len().min(usize::try_from(byte).unwrap_or(usize::MAX))];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (before.iter().filter(|byte| **byte == b'\n').count() + 1, before.len() - line_start + 1)
}

/// Refuses what would cost too much, in one pass without recursion and without memory.
fn check_limits(text: &str) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let (mut depth, mut namespaces) = (0_usize, 0_usize);
    loop {
        let event = reader.read_event().map_err(|error| {
            let (line, column) = place(text, reader.error_position());
            format!("the message is not valid XML at line {line}, column {column}: {error}")
        })?;
        let start = match event {
            Event::Start(start) => {
                depth += 1;
                start
            }
            Event::Empty(start) => start,
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Event::DocType(_) => return Err("the message has a document type declaration, which is not allowed".into()),
            Event::Eof => return Ok(()),
            _ => continue,
        };
        if depth > MAX_DEPTH {
            return Err(format!("the message nests elements more than {MAX_DEPTH} deep"));
        }
        let mut attributes = 0;
        for attribute in start.attributes().with_checks(false).flatten() {
            attributes += 1;
            namespaces += usize::from(attribute.key.as_ref().starts_with("xmlns"));
        }
        if attributes > MAX_ATTRIBUTES {
            return Err(format!("the message has an element with more than {MAX_ATTRIBUTES} attributes"));
        }
        if namespaces > MAX_NAMESPACES {
            return Err(format!("the message declares more than {MAX_NAMESPACES} namespaces"));
        }
    }
}

/// Whether an element has this namespace and local name.
pub fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(namespace)
}

/// The first child element with this namespace and local name.
pub fn child<'a, 'i>(node: Node<'a, 'i>, namespace: &str, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| is(*child, namespace, name))
}

/// The child elements.
pub fn elements<'a, 'i: 'a>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// The text in an element as it stands, CDATA included and comments left out.
pub fn raw_text<'a>(node: Node<'a, '_>) -> Cow<'a, str> {
    let mut texts = node.children().filter(|child| child.node_type() == NodeType::Text).filter_map(|it| it.text());
    let first = texts.next().unwrap_or_default();
    texts.fold(Cow::Borrowed(first), |all, text| all + text)
}

/// The text in an element without the white space around it.
pub fn text<'a>(node: Node<'a, '_>) -> Cow<'a, str> {
    match raw_text(node) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Whether an attribute that is an XML Schema boolean says yes: `true` or `1`.
pub fn is_true(value: Option<&str>) -> bool {
    matches!(value.map(str::trim), Some("true" | "1" | "TRUE" | "True"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_joined_around_comments_and_trimmed() {
        let document = parse("<a>\n 1<!-- no --><![CDATA[7]]>&#48; </a>").unwrap();
        assert_eq!(text(document.root_element()), "170");
    }

    #[test]
    fn document_types_and_deep_nesting_are_refused() {
        assert!(parse("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").unwrap_err().contains("document type declaration"));
        let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        assert_eq!(parse(&deep).unwrap_err(), "the message nests elements more than 64 deep");
        assert!(parse(&format!("{}{}", "<a>".repeat(64), "</a>".repeat(64))).is_ok());
    }

    #[test]
    fn crowded_elements_are_refused() {
        let crowd: String = (0..40).map(|index| format!(" a{index}=''")).collect();
        assert!(parse(&format!("<a{crowd}/>")).unwrap_err().contains("more than 32 attributes"));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(<[a-z:]{0,3}( [a-z]{1,3}='[^']{0,3}')?/?>|</[a-z]>|[^<]|<!|&|\\]){0,20}") {
            let _ = parse(&text);
        }
    }
}

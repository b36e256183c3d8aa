//! YAML, and JSON as the part of YAML that it is, as a tree that knows its lines.

use super::problem::Problems;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// So that a few lines of anchors in anchors do not fill the memory.
const MAX_NODES: usize = 1_000_000;

/// What is nested deeper is refused.
const MAX_DEPTH: usize = 64;

/// A value and the line where it starts.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// `is_plain` is a scalar without quotes, whose text may mean a number, a boolean or null.
    Scalar {
        text: String,
        is_plain: bool,
    },
    Sequence(Vec<Node>),
    /// Names are unique.
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// The text of a string. `None` also for what is plain and means something else.
    pub(super) fn string(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, is_plain } => (!is_plain || Meaning::of(text) == Meaning::String).then_some(text),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, is_plain: true } if Meaning::of(text) == Meaning::Null)
    }

    /// What it is, for messages.
    pub(super) fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "an object",
            Kind::Scalar { is_plain: false, .. } => "a string",
            Kind::Scalar { text, .. } => match Meaning::of(text) {
                Meaning::Null => "null",
                Meaning::Boolean => "a boolean",
                Meaning::Number => "a number",
                Meaning::String => "a string",
            },
        }
    }

    /// How many there are below it, itself included.
    fn size(&self) -> usize {
        match &self.kind {
            Kind::Scalar { .. } => 1,
            Kind::Sequence(nodes) => 1 + nodes.iter().map(Self::size).sum::<usize>(),
            Kind::Mapping(members) => 1 + members.iter().map(|(name, node)| name.size() + node.size()).sum::<usize>(),
        }
    }
}

/// What a scalar without quotes means by the core schema of YAML 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Null,
    Boolean,
    Number,
    String,
}

impl Meaning {
    pub(super) fn of(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Self::Boolean,
            _ if is_number(text) => Self::Number,
            _ => Self::String,
        }
    }
}

fn is_number(text: &str) -> bool {
    let based = |prefix, radix| text.strip_prefix(prefix).is_some_and(|it| i128::from_str_radix(it, radix).is_ok());
    let is_like_one = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    based("0x", 16) || based("0o", 8) || (is_like_one && text.parse::<f64>().is_ok())
}

/// Reads a text of one document.
pub(super) fn parse(text: &str) -> Result<Node, Problems> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        // The place counts from 1, the text is the parser's own.
        let (event, span) = event.map_err(|error| Problems::one(error.marker().line(), error.info()))?;
        tree.take(event, span).map_err(|message| Problems::one(span.start.line(), message))?;
    }
    tree.root.ok_or_else(|| Problems::one(0, "the document is empty"))
}

/// A collection that is not at its end.
struct Open {
    anchor: usize,
    node: Node,
    /// The name whose value comes next.
    name: Option<Node>,
    names: HashSet<String>,
}

#[derive(Default)]
struct Tree {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    count: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = is_text(tag.as_deref())?;
                let is_plain = style == ScalarStyle::Plain && !is_text;
                self.add(anchor, Node { line, kind: Kind::Scalar { text: text.into_owned(), is_plain } })
            }
            Event::SequenceStart(anchor, tag) => self.begin(anchor, line, Kind::Sequence(Vec::new()), tag),
            Event::MappingStart(anchor, tag) => self.begin(anchor, line, Kind::Mapping(Vec::new()), tag),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { anchor, node, .. }) => self.add(anchor, node),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or("this alias stands inside its own anchor")?;
                self.count += node.size();
                self.add(0, Node { line, ..node })
            }
            Event::DocumentStart(_) if self.root.is_some() => Err("there is more than one document in the text".into()),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, line: usize, kind: Kind, tag: Option<Cow<'_, Tag>>) -> Result<(), String> {
        if tag.is_some() {
            return Err("tags of lists and objects are not supported".into());
        }
        if self.open.len() == MAX_DEPTH {
            return Err(format!("this is nested more than {MAX_DEPTH} levels deep"));
        }
        self.open.push(Open { anchor, node: Node { line, kind }, name: None, names: HashSet::new() });
        Ok(())
    }

    fn add(&mut self, anchor: usize, node: Node) -> Result<(), String> {
        self.count += 1;
        if self.count > MAX_NODES {
            return Err(format!("the document has more than {MAX_NODES} values"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.node.kind, open.name.take()) {
            (Kind::Sequence(nodes), _) => nodes.push(node),
            (Kind::Mapping(_), None) => open.name = Some(node),
            (Kind::Mapping(members), Some(name)) => {
                let text = match &name.kind {
                    Kind::Scalar { text, .. } => text.clone(),
                    _ => return Err("a name must be text".into()),
                };
                if !open.names.insert(text.clone()) {
                    return Err(format!("the name `{text}` appears twice"));
                }
                members.push((name, node));
            }
            (Kind::Scalar { .. }, _) => {}
        }
        Ok(())
    }
}

/// Whether a tag makes a string of whatever the text looks like.
fn is_text(tag: Option<&Tag>) -> Result<bool, String> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Ok(true),
        Some(tag) => Err(format!("the tag {}{} is not supported", tag.handle, tag.suffix)),
    }
}

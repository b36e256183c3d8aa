//! Errors and warnings, as a caller gets them.

mod render;
mod sink;

pub(crate) use sink::{Report, Sink};

use crate::json::Json;
use crate::lint::Lint;
use crate::source::{Sources, Span};
use annotate_snippets::Renderer;
use render::render;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How grave a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The input is compiled, but probably not what was meant.
    Warning,
    /// The input is not compiled.
    Error,
}

/// One error or warning. [`Display`](fmt::Display) shows it with the source text underlined.
#[derive(Clone)]
pub struct Diagnostic {
    report: Report,
    place: Option<Place>,
    related: Vec<(Place, String)>,
    sources: Arc<Sources>,
}

/// A range of a source file: the file, and line and column of start and end, counted from 1.
#[derive(Clone)]
struct Place {
    path: PathBuf,
    start: (usize, usize),
    end: (usize, usize),
}

impl Place {
    fn new(span: Span, sources: &Sources) -> Self {
        let path = sources.file(span.file).path.clone();
        let [start, end] = [span, span.after()].map(|span| sources.line_and_column(span));
        Self { path, start, end }
    }

    fn members(&self) -> [(&'static str, Json); 5] {
        [
            ("file", self.path.to_string_lossy().into_owned().into()),
            ("line", self.start.0.into()),
            ("column", self.start.1.into()),
            ("endLine", self.end.0.into()),
            ("endColumn", self.end.1.into()),
        ]
    }
}

impl Diagnostic {
    fn new(report: Report, sources: &Arc<Sources>) -> Self {
        let place = |span: Span| Place::new(span, sources);
        Self {
            place: report.span.map(place),
            related: report.related.iter().map(|(span, label)| (place(*span), label.clone())).collect(),
            report,
            sources: Arc::clone(sources),
        }
    }

    /// How grave it is.
    pub fn severity(&self) -> Severity {
        self.report.severity
    }

    /// What is wrong, in one sentence.
    pub fn message(&self) -> &str {
        &self.report.message
    }

    /// The lint that found it; `None` for what breaks a rule of the language.
    pub fn lint(&self) -> Option<Lint> {
        self.report.lint
    }

    /// The file; `None` when the input itself could not be read.
    pub fn path(&self) -> Option<&Path> {
        self.place.as_ref().map(|place| place.path.as_path())
    }

    /// The line, counted from 1; 0 when there is no file.
    pub fn line(&self) -> usize {
        self.place.as_ref().map_or(0, |place| place.start.0)
    }

    /// The column in characters, counted from 1; 0 when there is no file.
    pub fn column(&self) -> usize {
        self.place.as_ref().map_or(0, |place| place.start.1)
    }

    /// What would be right at the place of the mistake; may be empty.
    pub fn label(&self) -> &str {
        &self.report.label
    }

    /// How to put it right.
    pub fn help(&self) -> Option<&str> {
        self.report.help.as_deref()
    }

    /// As [`Display`](fmt::Display), in the colors of a terminal.
    pub fn colored(&self) -> String {
        render(&self.report, &self.sources, &Renderer::styled())
    }

    fn json(&self) -> Json {
        let severity = match self.severity() {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let mut members = vec![
            ("severity", severity.into()),
            ("lint", self.lint().map(Lint::name).into()),
            ("message", self.message().into()),
        ];
        members.extend(self.place.iter().flat_map(Place::members));
        let related = self.related.iter().map(|(place, label)| {
            let members = place.members().into_iter().chain([("label", label.as_str().into())]);
            Json::Object(members.map(|(name, value)| (name.to_owned(), value)).collect())
        });
        members.push(("label", Some(self.label()).filter(|label| !label.is_empty()).into()));
        members.push(("help", self.help().into()));
        members.push(("related", Json::Array(related.collect())));
        Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(&self.report, &self.sources, &Renderer::plain()))
    }
}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

/// All errors and warnings of a run, in the order of the source text.
///
/// `Display` and `Debug` both show them as a person wants to read them, so a build script may return them from `main`.
#[derive(Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
}

impl Diagnostics {
    /// The single diagnostics.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are, with those that are too many to show.
    pub fn len(&self) -> usize {
        self.errors + self.warnings
    }

    /// How many of them are this grave, with those that are too many to show.
    pub fn count(&self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.warnings,
        }
    }

    /// How many are too many to show: [`iter`](Self::iter) does not give them.
    pub fn omitted(&self) -> usize {
        self.len() - self.list.len()
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// For programs: a JSON array of objects with the members `severity` ("error" or "warning"), `lint` (a name or
    /// null), `message`, `file`, `line`, `column`, `endLine`, `endColumn` (counted from 1, the end exclusive; left out
    /// when no file could be read), `label` and `help` (text or null), and `related`: an array of objects with the
    /// members of a place and `label`.
    pub fn to_json(&self) -> String {
        Json::Array(self.list.iter().map(Diagnostic::json).collect()).pretty()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{diagnostic}")?;
        }
        match self.omitted() {
            0 => Ok(()),
            omitted => write!(f, "\n\nand {omitted} more"),
        }
    }
}

impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Diagnostics {}

//! Errors and warnings: collected while compiling, then rendered with the source text underlined.

use crate::json::Json;
use crate::lint::{Level as LintLevel, Levels, Lint};
use crate::source::{Sources, Span};
use crate::suggest::nearest;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// More errors, or more warnings, than this help nobody; the rest is only counted.
const MAX_REPORTS: usize = 200;

/// Longer messages are cut; they quote names from the text.
const MAX_MESSAGE: usize = 500;

/// A longer excerpt of source text is not shown.
const MAX_EXCERPT: usize = 16 << 10;

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
    severity: Severity,
    lint: Option<Lint>,
    message: String,
    place: Option<Place>,
    label: String,
    related: Vec<(Place, String)>,
    help: Option<String>,
    rendered: String,
    colored: String,
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
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong, in one sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The lint that found it; `None` for what breaks a rule of the language.
    pub fn lint(&self) -> Option<Lint> {
        self.lint
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
        &self.label
    }

    /// How to put it right.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// As [`Display`](fmt::Display), in the colors of a terminal.
    pub fn colored(&self) -> &str {
        &self.colored
    }

    fn json(&self) -> Json {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let mut members = vec![
            ("severity", severity.into()),
            ("lint", self.lint.map(Lint::name).into()),
            ("message", self.message.as_str().into()),
        ];
        members.extend(self.place.iter().flat_map(Place::members));
        let related = self.related.iter().map(|(place, label)| {
            let members = place.members().into_iter().chain([("label", label.as_str().into())]);
            Json::Object(members.map(|(name, value)| (name.to_owned(), value)).collect())
        });
        members.push(("label", Some(self.label.as_str()).filter(|label| !label.is_empty()).into()));
        members.push(("help", self.help.as_deref().into()));
        members.push(("related", Json::Array(related.collect())));
        Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered)
    }
}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.rendered)
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

/// A diagnostic before it is rendered.
#[derive(Debug)]
pub(crate) struct Report {
    severity: Severity,
    lint: Option<Lint>,
    message: String,
    span: Option<Span>,
    label: String,
    related: Vec<(Span, String)>,
    help: Option<String>,
    /// Not one of those that are too many.
    shown: bool,
}

impl Report {
    fn new(severity: Severity, span: Option<Span>, message: String) -> Self {
        Self {
            severity,
            lint: None,
            message: cut(message),
            span,
            label: String::new(),
            related: Vec::new(),
            help: None,
            shown: true,
        }
    }

    /// What stands at the underlined place: usually what would be right there.
    pub(crate) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = cut(label.into());
        self
    }

    /// Another place that matters, for example the first of two declarations.
    pub(crate) fn related(&mut self, span: Span, label: impl Into<String>) -> &mut Self {
        self.related.push((span, cut(label.into())));
        self
    }

    /// How to put it right.
    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(cut(help.into()));
        self
    }

    /// "did you mean", when one of the candidates is near to the name.
    pub(crate) fn suggest<'c>(&mut self, name: &str, candidates: impl IntoIterator<Item = &'c str>) -> &mut Self {
        // The search is worth its time only for a report that somebody will see.
        if self.shown
            && let Some(near) = nearest(name, candidates)
        {
            self.help(format!("did you mean `{near}`?"));
        }
        self
    }

    /// A help for when nothing better was found.
    pub(crate) fn otherwise(&mut self, help: impl Into<String>) -> &mut Self {
        if self.help.is_none() { self.help(help) } else { self }
    }
}

/// Text that is short, and that gives no orders to a terminal: messages quote what stands in the MOF.
fn cut(mut text: String) -> String {
    if text.contains(char::is_control) {
        text = text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.into() }).collect();
    }
    if let Some((end, _)) = text.char_indices().nth(MAX_MESSAGE) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// Collects the reports of a run.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) levels: Levels,
    reports: Vec<Report>,
    omitted: Option<Report>,
    errors: usize,
    warnings: usize,
}

impl Sink {
    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>) -> &mut Report {
        self.push(Report::new(Severity::Error, Some(span), message.into()))
    }

    /// Something that a lint found: an error, a warning or nothing, as its level says.
    pub(crate) fn lint(&mut self, lint: Lint, span: Span, message: impl Into<String>) -> &mut Report {
        let severity = match self.levels.get(lint) {
            LintLevel::Deny => Severity::Error,
            _ => Severity::Warning,
        };
        let report = Report { lint: Some(lint), ..Report::new(severity, Some(span), message.into()) };
        if self.levels.get(lint) == LintLevel::Allow {
            return self.omitted.insert(Report { shown: false, ..report });
        }
        self.push(report)
    }

    /// An error that has no place in a source file.
    pub(crate) fn error_outside(&mut self, message: impl Into<String>) -> &mut Report {
        self.push(Report::new(Severity::Error, None, message.into()))
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are by now.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    fn push(&mut self, report: Report) -> &mut Report {
        let count = match report.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count > MAX_REPORTS {
            return self.omitted.insert(Report { shown: false, ..report });
        }
        self.reports.push(report);
        let last = self.reports.len() - 1;
        &mut self.reports[last]
    }

    /// Renders everything, in the order of the source text.
    pub(crate) fn finish(mut self, sources: &Sources) -> Diagnostics {
        self.reports.sort_by_key(|report| report.span.map(|span| (span.file, span.start)));
        let list: Vec<_> = self.reports.iter().map(|report| render(report, sources)).collect();
        Diagnostics { list, errors: self.errors, warnings: self.warnings }
    }
}

fn render(report: &Report, sources: &Sources) -> Diagnostic {
    let level = match report.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut title = level.primary_title(report.message.as_str());
    if let Some(lint) = report.lint {
        title = title.id(lint.name());
    }
    let mut group = title.elements(None::<Origin<'_>>);
    if let Some(span) = report.span {
        group = match excerpt(report, span, sources) {
            Some(snippet) => group.element(snippet),
            None => group.element(origin(span, sources)),
        };
        for (other, label) in report.related.iter().filter(|(other, _)| other.file != span.file) {
            group = match snippet(*other, sources, &[]) {
                Some(snippet) => group.element(snippet.annotation(context(*other, *other, label, sources))),
                None => group.element(origin(*other, sources)),
            };
        }
    }
    if let Some(help) = &report.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let report_text = [group];
    let [rendered, colored] = [Renderer::plain(), Renderer::styled()].map(|renderer| renderer.render(&report_text));
    let place = |span: Span| Place::new(span, sources);
    Diagnostic {
        severity: report.severity,
        lint: report.lint,
        message: report.message.clone(),
        place: report.span.map(place),
        label: report.label.clone(),
        related: report.related.iter().map(|(span, label)| (place(*span), label.clone())).collect(),
        help: report.help.clone(),
        rendered,
        colored,
    }
}

/// The source lines of a report with everything underlined that lies in the same file.
fn excerpt<'a>(
    report: &'a Report,
    span: Span,
    sources: &'a Sources,
) -> Option<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let near: Vec<_> = report.related.iter().filter(|(other, _)| other.file == span.file).collect();
    let spans: Vec<_> = near.iter().map(|(other, _)| *other).collect();
    let window = lines_around(span, &spans, sources);
    let mut annotation = AnnotationKind::Primary.span(shift(span, window.start, sources));
    if !report.label.is_empty() {
        annotation = annotation.label(report.label.as_str());
    }
    let mut snippet = snippet(span, sources, &spans)?.annotation(annotation);
    for (other, label) in near {
        let range = shift(*other, window.start, sources);
        snippet = snippet.annotation(AnnotationKind::Context.span(range).label(label.as_str()));
    }
    Some(snippet)
}

fn context<'a>(span: Span, start: Span, label: &'a str, sources: &Sources) -> annotate_snippets::Annotation<'a> {
    let window = lines_around(start, &[], sources);
    AnnotationKind::Context.span(shift(span, window.start, sources)).label(label)
}

fn snippet<'a, T: Clone>(span: Span, sources: &'a Sources, others: &[Span]) -> Option<Snippet<'a, T>> {
    let source = sources.file(span.file);
    let window = lines_around(span, others, sources);
    if window.len() > MAX_EXCERPT {
        return None;
    }
    let first_line = source.text[..window.start].matches('\n').count() + 1;
    let path = source.path.to_string_lossy();
    Some(Snippet::source(&source.text[window]).line_start(first_line).path(path))
}

fn origin<'a>(span: Span, sources: &'a Sources) -> Origin<'a> {
    let (line, column) = sources.line_and_column(span);
    Origin::path(sources.file(span.file).path.to_string_lossy()).line(line).char_column(column)
}

/// The whole lines that contain a span and some others of the same file.
fn lines_around(span: Span, others: &[Span], sources: &Sources) -> Range<usize> {
    let text = &sources.file(span.file).text;
    let start = others.iter().map(|other| other.start).fold(span.start, u32::min) as usize;
    let end = others.iter().map(|other| other.end).fold(span.end, u32::max) as usize;
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |length| end + length);
    line_start..line_end
}

/// The place of a span within an excerpt; an empty one covers the next character, so that something is underlined.
fn shift(span: Span, base: usize, sources: &Sources) -> Range<usize> {
    let mut range = span.range();
    if range.is_empty() {
        let next = sources.file(span.file).text[range.start..].chars().next();
        range.end += next.filter(|next| !next.is_whitespace()).map_or(0, char::len_utf8);
    }
    range.start - base..range.end - base
}

//! Errors and warnings as text, with the source underlined.

use super::Severity;
use super::sink::Report;
use crate::source::{Sources, Span};
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::ops::Range;

/// A longer excerpt of source text is not shown.
const MAX_EXCERPT: usize = 16 << 10;

pub(super) fn render(report: &Report, sources: &Sources, renderer: &Renderer) -> String {
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
    renderer.render(&[group])
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

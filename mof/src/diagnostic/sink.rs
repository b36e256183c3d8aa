//! The collection of errors and warnings while compiling.

use super::{Diagnostic, Diagnostics, Severity};
use crate::lint::{Level, Levels, Lint};
use crate::source::{Sources, Span};
use crate::suggest::nearest;
use std::sync::Arc;

/// More errors, or more warnings, than this help nobody; the rest is only counted.
const MAX_REPORTS: usize = 200;

/// Longer messages are cut; they quote names from the text.
const MAX_MESSAGE: usize = 500;

/// What a diagnostic says, by spans of the source text.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(super) severity: Severity,
    pub(super) lint: Option<Lint>,
    pub(super) message: String,
    pub(super) span: Option<Span>,
    pub(super) label: String,
    pub(super) related: Vec<(Span, String)>,
    pub(super) help: Option<String>,
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
            Level::Deny => Severity::Error,
            _ => Severity::Warning,
        };
        let report = Report { lint: Some(lint), ..Report::new(severity, Some(span), message.into()) };
        if self.levels.get(lint) == Level::Allow {
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

    /// Everything, in the order of the source text.
    pub(crate) fn finish(mut self, sources: Sources) -> Diagnostics {
        self.reports.sort_by_key(|report| report.span.map(|span| (span.file, span.start)));
        let sources = Arc::new(sources);
        let list = self.reports.into_iter().map(|report| Diagnostic::new(report, &sources)).collect();
        Diagnostics { list, errors: self.errors, warnings: self.warnings }
    }
}

//! Indented text.

use std::fmt::Display;

/// Builds text line by line.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    /// One line at the current indentation.
    pub(super) fn line(&mut self, line: impl Display) {
        let line = line.to_string();
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.depth));
            self.text.push_str(&line);
        }
        self.text.push('\n');
    }

    /// A line, then what `inside` writes, indented, then a closing line.
    pub(super) fn block(&mut self, open: impl Display, close: &str, inside: impl FnOnce(&mut Self)) {
        self.line(open);
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.line(close);
    }

    /// A writer for text that will stand inside a block of this one.
    pub(super) fn nested(outer: &Self) -> Self {
        Self { text: String::new(), depth: outer.depth + 1 }
    }

    /// Takes over what a [nested](Self::nested) writer has, without a blank line at its start.
    pub(super) fn append(&mut self, nested: Self) {
        self.text.push_str(nested.text.trim_start_matches('\n'));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How many characters fit behind the indentation.
    pub(super) fn width(&self) -> usize {
        120 - 4 * self.depth
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

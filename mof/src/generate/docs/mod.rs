//! The class reference: every class with its inheritance, properties and methods, as Markdown and as an HTML page.
//!
//! Texts of the schema are text in the result, too: no markup in a description has an effect.

mod entry;
mod html;
mod markdown;

pub use html::html;
pub use markdown::markdown;

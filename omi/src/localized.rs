//! Texts in several languages.

/// A text in several languages, as constant data. The first one is for everybody whose language is not there.
///
/// ```
/// use omi::localized::Localized;
///
/// static COPYING: Localized = Localized::new(&[("en", "Copying"), ("de", "Kopieren"), ("de-CH", "Kopiere")]);
///
/// assert_eq!(COPYING.text(Some("de-AT")), "Kopieren");
/// assert_eq!(COPYING.text(Some("de-CH")), "Kopiere");
/// assert_eq!(COPYING.text(Some("fr-FR")), "Copying");
/// assert_eq!(COPYING.text(None), "Copying");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Localized(&'static [(&'static str, &'static str)]);

impl Localized {
    /// Pairs of a language tag (BCP 47) and the text in that language.
    pub const fn new(texts: &'static [(&'static str, &'static str)]) -> Self {
        Self(texts)
    }

    /// The text for a locale: the one whose tag is the locale or its longest beginning (RFC 4647, lookup); else the first
    /// one.
    pub fn text(&self, locale: Option<&str>) -> &'static str {
        let best = locale.and_then(|locale| {
            let fitting = self.0.iter().filter(|(tag, _)| is_prefix(tag, locale));
            fitting.max_by_key(|(tag, _)| tag.len())
        });
        best.or(self.0.first()).map_or("", |(_, text)| text)
    }
}

/// Whether the tag is the locale or a beginning of it that ends between subtags.
fn is_prefix(tag: &str, locale: &str) -> bool {
    let Some((head, rest)) = locale.split_at_checked(tag.len()) else { return false };
    head.eq_ignore_ascii_case(tag) && (rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_fits_whole_subtags_without_regard_to_case() {
        assert!(is_prefix("de", "DE-at") && is_prefix("de-at", "de-AT"));
        assert!(!is_prefix("de", "den") && !is_prefix("de-AT", "de"));
    }
}

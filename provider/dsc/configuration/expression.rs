//! The expressions of DSC v3 documents, of which there is one here: `[resourceId('Lumi/nxFile', 'motd')]`.

/// What a text of a document means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// Itself.
    Text(String),
    /// A resource of the document.
    ResourceId { kind: String, name: String },
}

/// Reads a text. `[[` at the start stands for a bracket that begins no expression.
pub(super) fn read(text: &str) -> Result<Expression, String> {
    if let Some(rest) = text.strip_prefix("[[") {
        return Ok(Expression::Text(format!("[{rest}")));
    }
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Ok(Expression::Text(text.to_owned()));
    };
    let name: String = inner.trim_start().chars().take_while(char::is_ascii_alphanumeric).collect();
    let arguments = inner
        .trim()
        .strip_prefix(name.as_str())
        .and_then(|rest| rest.trim_start().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')));
    match (name.eq_ignore_ascii_case("resourceId"), arguments) {
        (true, Some(arguments)) => {
            let [kind, name] = <[String; 2]>::try_from(quoted(arguments).unwrap_or_default())
                .map_err(|_| "must give resourceId two strings: [resourceId('Lumi/nxFile', 'name')]".to_owned())?;
            Ok(Expression::ResourceId { kind, name })
        }
        (false, Some(_)) if !name.is_empty() => {
            Err(format!("uses the function `{name}`, which is not supported: only resourceId is, in dependsOn"))
        }
        _ => Err("is an expression that is not supported; text that begins with [ is written with [[".to_owned()),
    }
}

/// The strings of a list such as `'a', 'it''s'`; `None` if it is anything else.
fn quoted(text: &str) -> Option<Vec<String>> {
    let (mut rest, mut all) = (text.trim(), Vec::new());
    loop {
        let (mut one, mut inside) = (String::new(), rest.strip_prefix('\'')?);
        loop {
            let end = inside.find('\'')?;
            one.push_str(&inside[..end]);
            inside = &inside[end + 1..];
            match inside.strip_prefix('\'') {
                Some(behind) => {
                    one.push('\'');
                    inside = behind;
                }
                None => break,
            }
        }
        all.push(one);
        match inside.trim_start() {
            "" => return Some(all),
            more => rest = more.strip_prefix(',')?.trim_start(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_named_by_type_and_name() {
        let of = |kind: &str, name: &str| Ok(Expression::ResourceId { kind: kind.into(), name: name.into() });
        assert_eq!(read("[resourceId('Lumi/nxFile','motd')]"), of("Lumi/nxFile", "motd"));
        assert_eq!(read("[ resourceid ( 'nxFile' , 'it''s (one)' ) ]"), of("nxFile", "it's (one)"));
    }

    #[test]
    fn text_is_itself_and_a_bracket_can_begin_it() {
        assert_eq!(read("[main"), Ok(Expression::Text("[main".into())));
        assert_eq!(read("[[main]"), Ok(Expression::Text("[main]".into())));
        assert_eq!(read("a [b]"), Ok(Expression::Text("a [b]".into())));
    }

    #[test]
    fn other_functions_are_refused_by_name() {
        assert!(read("[parameters('x')]").unwrap_err().contains("uses the function `parameters`"));
        for wrong in ["[resourceId('a')]", "[resourceId('a', b)]", "[resourceId('a', 'b', 'c')]", "[resourceId('a','b]"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("[main]").unwrap_err().contains("written with [["));
    }
}

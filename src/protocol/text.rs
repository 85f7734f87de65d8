//! How a value that a stranger sent is quoted in a sentence of ours.

const LONGEST: usize = 80;

/// The value between single quotes, shortened, with every character that RFC 6749 §5.2 bans from an `error_description`
/// (controls, non-ASCII, `"` and `\`) replaced by `?`.
pub(crate) fn quoted(value: &str) -> String {
    let mut out = String::from("'");
    out.extend(value.chars().take(LONGEST).map(|c| match c {
        '"' | '\\' => '?',
        ' '..='~' => c,
        _ => '?',
    }));
    if value.chars().nth(LONGEST).is_some() {
        out.push_str("...");
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    /// RFC 6749 §5.2: the characters that an `error_description` may hold; and a long value is cut.
    #[test]
    fn a_quoted_value_is_short_and_printable_ascii() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("a\r\n\0\"\\é\u{202e}"), "'a???????'");
        assert_eq!(quoted(&"x".repeat(LONG)), format!("'{}...'", "x".repeat(80)));
    }

    const LONG: usize = 5000;
}

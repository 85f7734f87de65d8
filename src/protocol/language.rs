//! Which of several languages a person reads. RFC 5646, RFC 4647 §3.4, OpenID Connect Core §3.1.2.1 `ui_locales`.

use std::collections::BTreeMap;

/// The words in the first of the wanted languages that there is, or in English, or in any.
///
/// `wanted` are language tags, most wanted first: `de-AT` also finds `de`.
#[must_use]
pub fn pick<'a>(words: &'a BTreeMap<String, String>, wanted: &[String]) -> Option<&'a str> {
    let of = |tag: &str| words.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag));
    let found = wanted.iter().find_map(|tag| of(tag).or_else(|| of(tag.split('-').next().unwrap_or(tag))));
    found.or_else(|| of("en")).or_else(|| words.iter().next()).map(|(_, text)| text.as_str())
}

/// The tags of an `Accept-Language` header, most wanted first. RFC 9110 §12.5.4.
#[must_use]
pub fn accepted(header: &str) -> Vec<String> {
    let mut tags: Vec<(f32, &str)> = header
        .split(',')
        .take(20)
        .filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().filter(|tag| !tag.is_empty() && *tag != "*")?;
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            (weight > 0.0).then_some((weight, tag))
        })
        .collect();
    // Stable: what weighs the same stays in its order.
    tags.sort_by(|a, b| b.0.total_cmp(&a.0));
    tags.into_iter().map(|(_, tag)| tag.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(tags: &[&str]) -> BTreeMap<String, String> {
        tags.iter().map(|tag| ((*tag).to_owned(), format!("in {tag}"))).collect()
    }

    /// RFC 4647 §3.4: a longer tag finds a shorter one, and English is what is left.
    #[test]
    fn a_wanted_language_is_found_by_its_shorter_tag() {
        let known = words(&["en", "de", "pt-BR"]);
        let of = |wanted: &[&str]| {
            pick(&known, &wanted.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>()).unwrap().to_owned()
        };
        assert_eq!(of(&["de-AT", "en"]), "in de");
        assert_eq!(of(&["PT-br"]), "in pt-BR");
        assert_eq!(of(&["fr"]), "in en");
        assert_eq!(of(&[]), "in en");
        assert_eq!(pick(&words(&["ja"]), &[]), Some("in ja"));
        assert_eq!(pick(&words(&[]), &[]), None);
    }

    /// RFC 9110 §12.5.4: by weight, then by order; what weighs nothing is not wanted.
    #[test]
    fn an_accept_language_header_is_read_by_weight() {
        assert_eq!(accepted("da, en-gb;q=0.8, en;q=0.7, fr;q=0, *;q=0.1"), ["da", "en-gb", "en"]);
        assert_eq!(accepted("a;q=0.5,b,c;q=x,;,;;q="), ["b", "c", "a"]);
    }
}

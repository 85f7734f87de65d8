//! Which of several languages a person reads. RFC 5646, RFC 4647 §3.4, OpenID Connect Core §3.1.2.1 `ui_locales`.

use std::collections::BTreeMap;

/// The words in the first of the wanted languages that there is, or in English, or in any; and which language it is.
///
/// `wanted` are language tags, most wanted first: `de-AT` also finds `de`.
#[must_use]
pub fn pick<'a>(words: &'a BTreeMap<String, String>, wanted: &[String]) -> Option<(&'a str, &'a str)> {
    let of = |tag: &str| words.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag));
    let found = wanted.iter().find_map(|tag| of(tag).or_else(|| of(tag.split('-').next().unwrap_or(tag))));
    found
        .or_else(|| of("en"))
        .or_else(|| words.iter().next())
        .map(|(tag, text)| (tag.as_str(), text.as_str()))
}

/// The text in the first of the wanted languages that there is: `ja-JP` finds `ja` by losing its end (RFC 4647 §3.4), and `ja`
/// finds `ja-Jpan-JP` (RFC 4647 §3.3.1).
#[must_use]
pub fn find<'a>(tagged: &[(&str, &'a str)], wanted: &[String]) -> Option<&'a str> {
    let of = |is: &dyn Fn(&str) -> bool| tagged.iter().find(|(tag, _)| is(tag)).map(|(_, text)| *text);
    wanted.iter().filter(|wanted| !wanted.is_empty()).find_map(|wanted| {
        let shorter = std::iter::successors(Some(wanted.as_str()), |tag| Some(tag.rsplit_once('-')?.0));
        let lookup = |range: &str| of(&|tag| tag.eq_ignore_ascii_case(range));
        let filter = || of(&|tag| begins_with(tag, wanted));
        shorter.map(lookup).find_map(|found| found).or_else(filter)
    })
}

/// Whether the tag is the range with more subtags. RFC 4647 §3.3.1.
fn begins_with(tag: &str, range: &str) -> bool {
    tag.split_at_checked(range.len())
        .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(range) && rest.starts_with('-'))
}

/// The longest tag that [`is_tag`] takes; RFC 5646 §4.4.1 finds 35 enough for any that is not made up.
const LONGEST_TAG: usize = 64;

/// Whether a text has the shape of a language tag: subtags of up to eight letters and digits, of which the first is a language,
/// or the `x` of a private one. RFC 5646 §2.1.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    if text.len() > LONGEST_TAG {
        return false;
    }
    let mut subtags = text.split('-');
    let first = subtags.next().unwrap_or_default();
    let is_private = matches!(first, "x" | "X" | "i" | "I");
    let is_language = (2..=8).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_subtag = |subtag: &str| {
        (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    (is_language || (is_private && text.len() > first.len())) && subtags.all(is_subtag)
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
            pick(&known, &wanted.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
                .unwrap()
                .1
                .to_owned()
        };
        assert_eq!(of(&["de-AT", "en"]), "in de");
        assert_eq!(of(&["PT-br"]), "in pt-BR");
        assert_eq!(of(&["fr"]), "in en");
        assert_eq!(of(&[]), "in en");
        assert_eq!(pick(&words(&["ja"]), &[]), Some(("ja", "in ja")));
        assert_eq!(pick(&words(&[]), &[]), None);
    }

    /// RFC 7591 §2.2: `client_name#ja-Jpan-JP` is for whoever reads Japanese; a longer wish finds a shorter tag.
    #[test]
    fn a_tagged_text_is_found_by_a_longer_and_by_a_shorter_wish() {
        let tagged = [("de", "de"), ("ja-Jpan-JP", "ja"), ("zh-Hant", "zh"), ("pt-BR", "br")];
        let of =
            |wanted: &[&str]| find(&tagged, &wanted.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
        for (wanted, found) in [
            (vec!["ja"], Some("ja")),
            (vec!["JA-jpan"], Some("ja")),
            (vec!["de-AT-1996"], Some("de")),
            (vec!["zh-Hant-TW"], Some("zh")),
            (vec!["fr", "pt"], Some("br")),
            (vec!["fr", "de", "ja"], Some("de")),
            (vec!["zh-Hans"], None),
            (vec!["j"], None),
            (vec!["d", "", "*", "\u{e9}\u{e9}"], None),
            (vec![], None),
        ] {
            assert_eq!(of(&wanted), found, "{wanted:?}");
        }
    }

    /// RFC 5646 §2.1: the shape of a tag.
    #[test]
    fn a_language_tag_has_the_shape_of_one() {
        for tag in [
            "en",
            "ja-Jpan-JP",
            "de-CH-1996",
            "zh-cmn-Hans-CN",
            "sl-rozaj-biske-1994",
            "es-419",
            "x-pirate",
            "i-klingon",
            "en-u-islamcal",
            "qaa-Qaaa-QM-x-southern",
        ] {
            assert!(is_tag(tag), "{tag}");
        }
        let long = format!("en{}", "-abcdefgh".repeat(8));
        for text in [
            "",
            "e",
            "x",
            "-",
            "en-",
            "-en",
            "en--us",
            "en_US",
            "e1",
            "1a",
            "en-abcdefghi",
            "en us",
            "en#ja",
            "\u{e9}n",
            "javascript",
            &long,
        ] {
            assert!(!is_tag(text), "{text}");
        }
    }

    /// RFC 9110 §12.5.4: by weight, then by order; what weighs nothing is not wanted.
    #[test]
    fn an_accept_language_header_is_read_by_weight() {
        assert_eq!(accepted("da, en-gb;q=0.8, en;q=0.7, fr;q=0, *;q=0.1"), ["da", "en-gb", "en"]);
        assert_eq!(accepted("a;q=0.5,b,c;q=x,;,;;q="), ["b", "c", "a"]);
    }
}

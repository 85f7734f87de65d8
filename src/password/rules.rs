//! Whether a new password will do. NIST SP 800-63B-4 §3.1.1.2: its length counts and that nobody expects it, not what it is
//! composed of.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{MAX_BYTES, MAX_LENGTH, MIN_LENGTH, MIN_LENGTH_BESIDE, normalised};
use crate::texts::{Message, Texts, say};

/// The most common passwords of the list that zxcvbn ranks its own by (MIT, Dropbox), most common first.
static BLOCKLIST: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("blocklist.txt").lines().collect());

/// A password that so many guesses find is expected, whatever it is made of: 10 to this power.
const LEAST_GUESSES: f64 = 8.0;

/// So many characters must be the person's own when a password holds words that anybody would try first.
const OWN_CHARACTERS: usize = 8;

/// Words of an address or of a name that are shorter are in too many other words.
const SHORTEST_WORD: usize = 4;

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    TooShort,
    TooShortBeside,
    TooLong,
    IsName,
    IsEmail,
    OfExpectedWords,
    TooCommon,
    TooEasy,
}

impl PasswordFault {
    /// A sentence for the person who chose it.
    #[must_use]
    pub fn said(self) -> Message {
        let message = match self {
            Self::TooShort => say("password-too-short").with("least", MIN_LENGTH),
            Self::TooShortBeside => say("password-too-short").with("least", MIN_LENGTH_BESIDE),
            Self::TooLong => say("password-too-long").with("most", MAX_LENGTH),
            Self::IsName => say("password-is-name"),
            Self::IsEmail => say("password-is-email"),
            Self::OfExpectedWords => say("password-expected-words"),
            Self::TooCommon => say("password-too-common"),
            Self::TooEasy => say("password-too-easy"),
        };
        message.about("password")
    }

    /// The sentence in the language of the person.
    #[must_use]
    pub fn in_words(self, texts: Texts) -> String {
        self.said().in_words(texts)
    }
}

/// Whose password it is to be.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    pub name: &'a str,
    pub email: Option<&'a str>,
    /// The issuer, whose name is among the first guesses.
    pub issuer: &'a str,
    /// Nobody signs in to this account by a password alone.
    pub has_second_factor: bool,
}

/// Whether a new password will do.
pub fn check_new(password: &str, owner: &Owner<'_>) -> Result<(), PasswordFault> {
    if password.len() > MAX_BYTES {
        return Err(PasswordFault::TooLong);
    }
    let password = normalised(password);
    let length = password.chars().count();
    if length > MAX_LENGTH {
        return Err(PasswordFault::TooLong);
    }
    if owner.has_second_factor && length < MIN_LENGTH_BESIDE {
        return Err(PasswordFault::TooShortBeside);
    }
    if !owner.has_second_factor && length < MIN_LENGTH {
        return Err(PasswordFault::TooShort);
    }
    let folded = fold(&password);
    if folded == fold(owner.name) {
        return Err(PasswordFault::IsName);
    }
    if owner.email.is_some_and(|email| folded == fold(email)) {
        return Err(PasswordFault::IsEmail);
    }
    if BLOCKLIST.contains(folded.as_str()) || BLOCKLIST.contains(core(&folded)) {
        return Err(PasswordFault::TooCommon);
    }
    let words = expected_words(owner);
    if is_of(&folded, &words) {
        return Err(PasswordFault::OfExpectedWords);
    }
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    if zxcvbn::zxcvbn(&folded, &words).guesses_log10() < LEAST_GUESSES {
        return Err(PasswordFault::TooEasy);
    }
    Ok(())
}

fn fold(text: &str) -> String {
    normalised(text.trim()).to_lowercase()
}

/// The password without the digits and signs around it.
fn core(password: &str) -> &str {
    password.trim_matches(|c: char| !c.is_alphabetic())
}

/// Name, address and issuer, whole and in parts, the longest first.
fn expected_words(owner: &Owner<'_>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let host =
        url::Url::parse(owner.issuer).ok().and_then(|url| url.host_str().map(fold)).unwrap_or_default();
    for text in [fold(owner.name), owner.email.map(fold).unwrap_or_default(), host, "grantor".to_owned()] {
        words.extend(text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        words.push(text);
    }
    words.retain(|word| word.chars().count() >= SHORTEST_WORD);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    words
}

/// Whether little is left of the password once the words that anybody expects are taken out of it.
fn is_of(password: &str, words: &[String]) -> bool {
    let rest = words.iter().fold(password.to_owned(), |rest, word| rest.replace(word.as_str(), ""));
    rest.len() < password.len() && rest.chars().filter(|c| c.is_alphabetic()).count() < OWN_CHARACTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(has_second_factor: bool) -> Owner<'static> {
        Owner {
            name: "alice.liddell",
            email: Some("alice.liddell-hargreaves@wonderland.example"),
            issuer: "https://login.lookingglass.example/auth",
            has_second_factor,
        }
    }

    fn check(password: &str) -> Result<(), PasswordFault> {
        check_new(password, &owner(false))
    }

    /// `count` different letters of no order.
    fn letters(count: usize) -> String {
        "kqzvhwbnxjrtpdmgcylfosaeiu"
            .chars()
            .cycle()
            .zip(0_u32..)
            .take(count)
            .map(|(c, at)| if at > 25 { char::from_u32(0x3b1 + at * 7 % 400).unwrap_or(c) } else { c })
            .collect()
    }

    /// P01: 15 to 128 code points after normalisation, at most 4 KiB.
    #[test]
    fn length_is_counted_in_code_points() {
        assert_eq!(check(&letters(14)), Err(PasswordFault::TooShort));
        assert_eq!(check(&letters(15)), Ok(()));
        assert_eq!(check(&"e\u{301}".repeat(14)), Err(PasswordFault::TooShort));
        assert_eq!(check(&letters(128)), Ok(()));
        assert_eq!(check(&letters(129)), Err(PasswordFault::TooLong));
        assert_eq!(check(&"e\u{301}".repeat(2000)), Err(PasswordFault::TooLong));
    }

    /// P01: 8 characters are enough beside an enforced second factor, and only there.
    #[test]
    fn beside_a_second_factor_eight_are_enough() {
        let beside = |password: &str| check_new(password, &owner(true));
        assert_eq!(beside("kqzvhwb"), Err(PasswordFault::TooShortBeside));
        assert_eq!(beside("kqzvhwbn"), Ok(()));
        assert_eq!(check("kqzvhwbn"), Err(PasswordFault::TooShort));
    }

    /// P02: no rule about what a password is composed of.
    #[test]
    fn one_kind_of_character_is_enough() {
        for good in [
            "correct horse battery staple",
            "vier grüne elefanten",
            "8402719365518264",
            "寿限無寿限無五劫の擦り切れ海砂利水魚の",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    /// P04: the list has at least 3000 entries, all in the form in which they are compared.
    #[test]
    fn the_blocklist_is_long_and_compared_as_it_stands() {
        assert!(BLOCKLIST.len() >= 3000, "{}", BLOCKLIST.len());
        assert!(BLOCKLIST.iter().all(|word| fold(word) == *word));
    }

    /// P04: what is on the lists is refused, in capitals, too, and with digits or signs around it.
    #[test]
    fn common_passwords_are_refused() {
        let beside = |password: &str| check_new(password, &owner(true));
        for bad in [
            "password",
            "iloveyou",
            "PASSWORD",
            "1234567890",
            "qwertyuiop",
            "12345678",
            "dragon2019!!",
            "  sunshine  ",
        ] {
            assert_eq!(beside(bad), Err(PasswordFault::TooCommon), "{bad}");
        }
        for bad in ["password1234567!", "!!!!!!!!Football!!!!!!!!"] {
            assert_eq!(check(bad), Err(PasswordFault::TooCommon), "{bad}");
        }
        for bad in [
            "aaaaaaaaaaaaaaaa",
            "passwordpassword",
            "123456789012345678",
            "abcabcabcabcabcabc",
            "asdfghjklasdfghjkl",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    /// P04: the name, the address, the name of the server and their parts are the first guesses.
    #[test]
    fn name_address_and_issuer_are_no_passwords() {
        assert_eq!(
            check_new(
                "Alice Liddell-Hargreaves",
                &Owner { name: "alice liddell-hargreaves", ..owner(false) }
            ),
            Err(PasswordFault::IsName)
        );
        assert_eq!(check("Alice.Liddell-Hargreaves@Wonderland.example"), Err(PasswordFault::IsEmail));
        for bad in [
            "alice.liddell2026!",
            "lookingglass-2026",
            "hargreaves-hargreaves",
            "wonderland.example.1",
            "grantor grantor 1",
            "alice liddell 1865!!",
        ] {
            assert_eq!(check(bad), Err(PasswordFault::OfExpectedWords), "{bad}");
        }
        assert_eq!(check("alice fell down a rabbit hole"), Ok(()));
    }

    /// Every fault is a sentence in every language.
    #[test]
    fn faults_are_said_in_every_language() {
        for tag in crate::texts::tags() {
            for fault in [
                PasswordFault::TooShort,
                PasswordFault::TooShortBeside,
                PasswordFault::TooLong,
                PasswordFault::IsName,
                PasswordFault::IsEmail,
                PasswordFault::OfExpectedWords,
                PasswordFault::TooCommon,
                PasswordFault::TooEasy,
            ] {
                let text = fault.in_words(Texts::of(&[tag]));
                assert!(!text.starts_with("password-") && text.len() > 10, "{tag}: {text}");
                assert_eq!(tag == "en", text == fault.said().to_string(), "{tag}: {text}");
            }
        }
    }
}

//! What pages and e-mails say, in every language that they speak. Project Fluent syntax; one folder in `locales/` for each
//! language, one file for each part of the product.
//!
//! English is complete by definition; `texts/tests.rs` holds the others to it.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::Datelike as _;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::clock::Seconds;

mod message;
#[cfg(test)]
mod tests;

pub use message::{Message, say};

/// One language.
struct Language {
    tag: &'static str,
    /// What it calls itself, for the choice of languages.
    name: &'static str,
    sources: &'static [&'static str],
}

macro_rules! language {
    ($tag:literal, $name:literal) => {
        Language {
            tag: $tag,
            name: $name,
            sources: &[
                include_str!(concat!("../locales/", $tag, "/common.ftl")),
                include_str!(concat!("../locales/", $tag, "/errors.ftl")),
                include_str!(concat!("../locales/", $tag, "/sign_in.ftl")),
                include_str!(concat!("../locales/", $tag, "/consent.ftl")),
                include_str!(concat!("../locales/", $tag, "/factors.ftl")),
                include_str!(concat!("../locales/", $tag, "/accounts.ftl")),
                include_str!(concat!("../locales/", $tag, "/account.ftl")),
                include_str!(concat!("../locales/", $tag, "/emails.ftl")),
                include_str!(concat!("../locales/", $tag, "/upstream.ftl")),
                include_str!(concat!("../locales/", $tag, "/people.ftl")),
                include_str!(concat!("../locales/", $tag, "/refused.ftl")),
                include_str!(concat!("../locales/", $tag, "/desk.ftl")),
            ],
        }
    };
}

/// Every language, English first: what another one lacks is said in English.
static LANGUAGES: [Language; 5] = [
    language!("en", "English"),
    language!("de", "Deutsch"),
    language!("fr", "Français"),
    language!("es", "Español"),
    language!("ja", "日本語"),
];

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<Bundle>> = LazyLock::new(|| LANGUAGES.iter().map(bundle).collect());

fn bundle(language: &Language) -> Bundle {
    let id: LanguageIdentifier = language.tag.parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // The templates isolate what may be of another direction by `bdi`.
    bundle.set_use_isolating(false);
    for source in language.sources {
        // A fault in a file costs the entry, not the page; the tests find it.
        let source = typeset(language.tag, source);
        let resource = FluentResource::try_new(source).unwrap_or_else(|(resource, _)| resource);
        let _ = bundle.add_resource(resource);
    }
    bundle
}

/// The spaces that French has inside quotation marks and before high marks end no line. In the files they are plain ones, which
/// are easier to write and to see.
fn typeset(tag: &str, source: &str) -> String {
    if tag != "fr" {
        return source.to_owned();
    }
    let mut text = source.replace("« ", "«\u{a0}").replace(" »", "\u{a0}»").replace(" :", "\u{a0}:");
    for mark in [';', '?', '!'] {
        text = text.replace(&format!(" {mark}"), &format!("\u{202f}{mark}"));
    }
    text
}

/// The tags of the languages that pages speak. OpenID Connect Discovery 1.0 §3, `ui_locales_supported`.
pub fn tags() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|language| language.tag)
}

/// Tag and own name of each language, for whoever chooses one.
pub fn choices() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.iter().map(|language| (language.tag, language.name))
}

/// The texts in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts(usize);

impl Default for Texts {
    /// English.
    fn default() -> Self {
        Self(0)
    }
}

impl Texts {
    /// The first of the wanted languages that there is; otherwise English.
    #[must_use]
    pub fn of<T: AsRef<str>>(wanted: &[T]) -> Self {
        Self::find(wanted).unwrap_or_default()
    }

    /// The first of the wanted languages that there is (RFC 4647 §3.4: `de-AT` finds `de`).
    #[must_use]
    pub fn find<T: AsRef<str>>(wanted: &[T]) -> Option<Self> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        wanted.iter().find_map(|tag| {
            let wanted = primary(tag.as_ref());
            LANGUAGES.iter().position(|language| language.tag == wanted).map(Self)
        })
    }

    /// The tag of the language, for `lang`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        LANGUAGES.get(self.0).map_or("en", |language| language.tag)
    }

    /// The text of this key.
    #[must_use]
    pub fn t(self, key: &str) -> String {
        self.format(key, None)
    }

    /// The text of this key with one value in it.
    #[must_use]
    pub fn with(self, key: &str, name: &str, value: &str) -> String {
        self.with_all(key, &[(name, value)])
    }

    /// The text of this key with several values in it.
    #[must_use]
    pub fn with_all(self, key: &str, values: &[(&str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set((*name).to_owned(), FluentValue::String(Cow::Owned((*value).to_owned())));
        }
        self.format(key, Some(&args))
    }

    /// The text of this key for so many: `$count` chooses the plural and is shown.
    #[must_use]
    pub fn count(self, key: &str, count: i64) -> String {
        let mut args = FluentArgs::new();
        args.set("count", count);
        self.format(key, Some(&args))
    }

    /// What stands before and behind `$it` in the text of this key: for templates that set `it` in markup of its own.
    #[must_use]
    pub fn around(self, key: &str) -> (String, String) {
        const HERE: &str = "\u{fffc}";
        let text = self.with(key, "it", HERE);
        text.split_once(HERE)
            .map_or((text.clone(), String::new()), |(before, after)| (before.to_owned(), after.to_owned()))
    }

    /// A day, for example `21 November 2026`.
    #[must_use]
    pub fn day(self, seconds: Seconds) -> String {
        let Some(time) = chrono::DateTime::from_timestamp(seconds, 0) else { return String::new() };
        let months = self.t("date-months");
        let month = months.split(' ').nth(time.month0() as usize).unwrap_or_default();
        let (day, year) = (time.day().to_string(), time.year().to_string());
        self.with_all("date-day", &[("day", &day), ("month", month), ("year", &year)])
    }

    /// A day and the time of day, to the minute.
    #[must_use]
    pub fn moment(self, seconds: Seconds) -> String {
        let time = chrono::DateTime::from_timestamp(seconds, 0);
        let time = time.map(|time| time.format("%H:%M").to_string()).unwrap_or_default();
        self.with_all("date-moment", &[("day", &self.day(seconds)), ("time", &time)])
    }

    /// A length of time in the largest unit that says it exactly.
    #[must_use]
    pub fn length(self, seconds: Seconds) -> String {
        match seconds {
            days if days >= 86_400 && days % 86_400 == 0 => self.count("length-days", days / 86_400),
            hours if hours >= 3_600 && hours % 3_600 == 0 => self.count("length-hours", hours / 3_600),
            minutes if minutes >= 60 && minutes % 60 == 0 => self.count("length-minutes", minutes / 60),
            seconds => self.count("length-seconds", seconds),
        }
    }

    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let own = BUNDLES.get(self.0).into_iter().chain(BUNDLES.first());
        for bundle in own {
            let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { continue };
            return bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned();
        }
        key.to_owned()
    }
}

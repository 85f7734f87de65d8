//! Members in several languages: `client_name#ja` beside `client_name`. RFC 7591 §2.2, OpenID Connect Dynamic Client
//! Registration 1.0 §2.1.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::members::Members;
use super::metadata::ClientMetadata;
use super::refusal::RegistrationRefusal;
use crate::protocol::language;

/// The members that people see or follow, and that may therefore come with a language tag. RFC 7591 §2.2.
pub const LANGUAGE_MEMBERS: [&str; 5] = ["client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri"];

/// One member may come in so many languages.
const MAX_LANGUAGES: usize = 30;

/// Members with a language tag, by their whole name, exactly as they were sent. RFC 7591 §2.2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Localized(BTreeMap<String, String>);

impl Localized {
    /// The tag and the text of every language that this member came in. RFC 7591 §2.2.
    pub fn of_member(&self, member: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(move |(name, text)| {
            let (base, tag) = name.split_once('#')?;
            (base == member).then_some((tag, text.as_str()))
        })
    }
}

/// What a row holds beside the members of known names. Others than tagged texts are passed over: a later version wrote them.
impl<'de> Deserialize<'de> for Localized {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tagged;
        impl<'de> Visitor<'de> for Tagged {
            type Value = Localized;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("members with a language tag")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Localized, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some(name) = members.next_key::<String>()? {
                    if name.contains('#') {
                        texts.insert(name, members.next_value()?);
                    } else {
                        members.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Localized(texts))
            }
        }
        deserializer.deserialize_map(Tagged)
    }
}

/// Every tagged member, under the rules of the member without a tag. RFC 7591 §2.2, RFC 5646 §2.1.
pub(super) fn tagged(submitted: Members<'_>) -> Result<Localized, RegistrationRefusal> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (name, base, tag) in submitted.0.keys().filter_map(|name| language_member(name)) {
        if submitted.get(name).is_none() {
            continue;
        }
        if !language::is_tag(tag) {
            return Err(RegistrationRefusal::value(base, tag, "after '#' is not a language tag (BCP 47)"));
        }
        let text = if base == "client_name" { submitted.text(name)? } else { submitted.web_uri(name)? };
        if texts.keys().any(|earlier| earlier.eq_ignore_ascii_case(name)) {
            return Err(RegistrationRefusal::metadata(name, "appears twice: letters' case does not count"));
        }
        let earlier = texts.keys().filter_map(|name| language_member(name));
        if earlier.filter(|(_, earlier, _)| *earlier == base).count() == MAX_LANGUAGES {
            return Err(RegistrationRefusal::metadata(
                base,
                format_args!("comes in more than {MAX_LANGUAGES} languages"),
            ));
        }
        texts.extend(text.map(|text| (name.to_owned(), text)));
    }
    Ok(Localized(texts))
}

/// A tagged name, the name without the tag, and the tag.
fn language_member(name: &str) -> Option<(&str, &str, &str)> {
    let (base, tag) = name.split_once('#')?;
    LANGUAGE_MEMBERS.contains(&base).then_some((name, base, tag))
}

impl ClientMetadata {
    /// A member of [`LANGUAGE_MEMBERS`] in the first of the wanted languages that there is; else without a tag, else in
    /// English, else in any. `wanted` are language tags, most wanted first. RFC 7591 §2.2.
    #[must_use]
    pub fn localized(&self, member: &str, wanted: &[String]) -> Option<&str> {
        let tagged: Vec<(&str, &str)> = self.tagged.of_member(member).collect();
        language::find(&tagged, wanted)
            .or_else(|| self.untagged(member))
            .or_else(|| language::find(&tagged, &["en".to_owned()]))
            .or_else(|| tagged.first().map(|(_, text)| *text))
    }

    /// The member without a tag and in every language, for whoever has to look at all of them. RFC 7591 §2.2.
    pub fn in_all_languages(&self, member: &str) -> impl Iterator<Item = &str> {
        self.untagged(member).into_iter().chain(self.tagged.of_member(member).map(|(_, text)| text))
    }

    fn untagged(&self, member: &str) -> Option<&str> {
        match member {
            "client_name" => self.client_name.as_deref(),
            "client_uri" => self.client_uri.as_deref(),
            "logo_uri" => self.logo_uri.as_deref(),
            "tos_uri" => self.tos_uri.as_deref(),
            "policy_uri" => self.policy_uri.as_deref(),
            _ => None,
        }
    }
}

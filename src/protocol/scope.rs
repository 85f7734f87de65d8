//! Scopes: what they are called, and which of them somebody may have. RFC 6749 §3.3.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::claims::GROUPS;
use super::text::quoted;

/// Whoever has an access token for the server itself with this scope, and is an administrator, may use the admin API.
pub const ADMIN: &str = "grantor:admin";
/// With this, a person's access token for the server itself registers clients. RFC 7591 §3.
pub const REGISTER_SCOPE: &str = "grantor:register";

/// Scopes with this prefix are for the server itself. They are had by name only, never by leaving `scope` out.
pub const OWN_PREFIX: &str = "grantor:";

/// A scope the server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeDefinition {
    /// A scope-token, RFC 6749 §3.3.
    pub name: String,
    /// The consent page's words, by language tag (`en`, `de`, …).
    pub description: BTreeMap<String, String>,
    /// The claims about the user that it opens at userinfo.
    pub claims: Vec<String>,
    /// Only an operator may give it to a client; open registration never does.
    pub operator_only: bool,
}

/// A set of scope-tokens, in alphabetical order; written as one space-separated string. RFC 6749 §3.3.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Scopes(BTreeSet<String>);

/// A scope-token with a character that RFC 6749 §3.3 does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The scope {0} holds a character that a scope cannot have.")]
pub struct ScopeFault(String);

impl Scopes {
    /// Reads a space-separated list; more than one space between two tokens is no fault. RFC 6749 §3.3.
    pub fn parse(list: &str) -> Result<Self, ScopeFault> {
        let tokens = list.split(' ').filter(|token| !token.is_empty());
        tokens
            .map(|token| if is_scope_token(token) { Ok(token) } else { Err(ScopeFault(quoted(token))) })
            .collect()
    }

    /// All of these but one.
    #[must_use]
    pub fn without(mut self, token: &str) -> Self {
        self.0.remove(token);
        self
    }

    /// Whether the other set holds every one of these. RFC 6749 §6.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// All but those for the server itself. RFC 6749 §3.3.
    #[must_use]
    pub fn without_own(&self) -> Self {
        self.iter().filter(|token| !token.starts_with(OWN_PREFIX)).collect()
    }

    /// What both sets hold. RFC 6749 §3.3: the server may issue less than was asked for.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// What either set holds: an earlier consent and a new one. RFC 6749 §3.3.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Whether the set holds this scope-token. RFC 6749 §3.3.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.contains(token)
    }

    /// The scope-tokens in alphabetical order. RFC 6749 §3.3.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is none. RFC 6749 §3.3.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether this is one scope-token: printable ASCII without space, `"` and `\`. RFC 6749 §3.3.
#[must_use]
pub fn is_scope_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, token) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{token}")?;
        }
        Ok(())
    }
}

/// From scope-tokens that are known to be ones: defined scopes, or parts of other sets.
impl<T: Into<String>> FromIterator<T> for Scopes {
    fn from_iter<I: IntoIterator<Item = T>>(tokens: I) -> Self {
        Self(tokens.into_iter().map(Into::into).collect())
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The scopes that every server has, with the claims of OpenID Connect Core 1.0 §5.4 and words for the consent page.
#[must_use]
pub fn built_in_scopes() -> Vec<ScopeDefinition> {
    BUILT_IN.iter().map(BuiltIn::definition).collect()
}

struct BuiltIn {
    name: &'static str,
    claims: &'static [&'static str],
    /// In the order of [`LANGUAGES`].
    words: [&'static str; 5],
}

const LANGUAGES: [&str; 5] = ["en", "de", "fr", "es", "ja"];

impl BuiltIn {
    fn definition(&self) -> ScopeDefinition {
        let words = LANGUAGES.iter().zip(self.words);
        ScopeDefinition {
            name: self.name.to_owned(),
            description: words.map(|(language, words)| ((*language).to_owned(), words.to_owned())).collect(),
            claims: self.claims.iter().map(|claim| (*claim).to_owned()).collect(),
            // Who belongs where is nothing for clients that nobody knows.
            operator_only: self.name == GROUPS,
        }
    }
}

const BUILT_IN: [BuiltIn; 7] = [
    BuiltIn {
        name: "openid",
        claims: &["sub"],
        words: [
            "Know who you are when you sign in",
            "Bei der Anmeldung erkennen, wer Sie sind",
            "Savoir qui vous êtes lorsque vous vous connectez",
            "Saber quién es usted cuando inicia sesión",
            "サインインしたあなたが誰かを識別する",
        ],
    },
    BuiltIn {
        name: "profile",
        claims: &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
        words: [
            "See your name and the other details of your profile",
            "Ihren Namen und die übrigen Angaben Ihres Profils sehen",
            "Voir votre nom et les autres informations de votre profil",
            "Ver su nombre y los demás datos de su perfil",
            "あなたの名前とプロフィールの情報を見る",
        ],
    },
    BuiltIn {
        name: "email",
        claims: &["email", "email_verified"],
        words: [
            "See your e-mail address",
            "Ihre E-Mail-Adresse sehen",
            "Voir votre adresse e-mail",
            "Ver su dirección de correo electrónico",
            "あなたのメールアドレスを見る",
        ],
    },
    BuiltIn {
        name: "address",
        claims: &["address"],
        words: [
            "See your postal address",
            "Ihre Postanschrift sehen",
            "Voir votre adresse postale",
            "Ver su dirección postal",
            "あなたの住所を見る",
        ],
    },
    BuiltIn {
        name: "phone",
        claims: &["phone_number", "phone_number_verified"],
        words: [
            "See your phone number",
            "Ihre Telefonnummer sehen",
            "Voir votre numéro de téléphone",
            "Ver su número de teléfono",
            "あなたの電話番号を見る",
        ],
    },
    BuiltIn {
        name: "offline_access",
        claims: &[],
        words: [
            "Keep this access while you are away, until you withdraw it",
            "Diesen Zugriff behalten, auch wenn Sie nicht da sind, bis Sie ihn widerrufen",
            "Conserver cet accès en votre absence, jusqu’à ce que vous le retiriez",
            "Conservar este acceso cuando usted no esté, hasta que lo retire",
            "あなたが取り消すまで、不在のときもこのアクセスを続ける",
        ],
    },
    BuiltIn {
        name: GROUPS,
        claims: &[GROUPS],
        words: [
            "See which groups you are in",
            "Sehen, in welchen Gruppen Sie sind",
            "Voir les groupes dont vous faites partie",
            "Ver a qué grupos pertenece usted",
            "あなたが所属するグループを見る",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scopes(list: &str) -> Scopes {
        Scopes::parse(list).unwrap()
    }

    /// RFC 6749 §3.3: order carries no meaning, and a repeat adds nothing.
    #[test]
    fn scopes_are_a_set() {
        assert_eq!(scopes("b a  b ").to_string(), "a b");
        assert_eq!(scopes(""), Scopes::default());
        assert!(scopes("").is_empty());
        assert_eq!(scopes("a b").iter().collect::<Vec<_>>(), ["a", "b"]);
        assert!(scopes("a").is_subset(&scopes("a b")));
        assert!(!scopes("a c").is_subset(&scopes("a b")));
        assert_eq!(scopes("a c").intersection(&scopes("a b")), scopes("a"));
        assert_eq!(scopes("a c").union(&scopes("a b")), scopes("a b c"));
        assert!(scopes("A").contains("A") && !scopes("A").contains("a"));
    }

    /// RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ).
    #[test]
    fn a_scope_token_has_the_characters_of_the_rfc() {
        for good in ["!", "#", "[", "]", "~", "https://api.test/read:all"] {
            assert!(is_scope_token(good), "{good}");
        }
        for bad in ["a\"", "a\\", "a\tb", "a\n", "é", "\u{7f}", "\0"] {
            let fault = Scopes::parse(&format!("ok {bad}")).unwrap_err().to_string();
            assert!(fault.starts_with("The scope '") && fault.is_ascii(), "{bad:?}");
            assert!(!is_scope_token(bad), "{bad:?}");
        }
        assert!(!is_scope_token("") && !is_scope_token("a b"));
    }

    /// OpenID Connect Core 1.0 §5.4; and every scope has words in every language of the pages.
    #[test]
    fn built_in_scopes_have_their_claims_and_words() {
        let all = built_in_scopes();
        let names: Vec<_> = all.iter().map(|scope| scope.name.as_str()).collect();
        assert_eq!(names, ["openid", "profile", "email", "address", "phone", "offline_access", "groups"]);
        for scope in &all {
            let languages: Vec<_> = scope.description.keys().map(String::as_str).collect();
            assert_eq!(languages, ["de", "en", "es", "fr", "ja"], "{}", scope.name);
            assert_eq!(scope.operator_only, scope.name == "groups");
        }
        let claims = |name: &str| all.iter().find(|scope| scope.name == name).map(|scope| scope.claims.len());
        assert_eq!((claims("profile"), claims("email"), claims("phone")), (Some(14), Some(2), Some(2)));
    }

    proptest! {
        /// What is written is read back, and no text makes the reader panic.
        #[test]
        fn scopes_round_trip(list in ".{0,60}") {
            if let Ok(read) = Scopes::parse(&list) {
                prop_assert_eq!(&scopes(&read.to_string()), &read);
                prop_assert_eq!(serde_json::from_value::<Scopes>(serde_json::json!(read)).unwrap(), read);
            }
        }
    }
}

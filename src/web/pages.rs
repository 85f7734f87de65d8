//! What the browser pages say: structs of finished strings. The templates hold markup, `if` and `for`.
//!
//! Every value is escaped by askama; no template may use its `safe` filter (`pages/tests.rs` looks). A name that a
//! client chose goes through [`crate::protocol::display::display_name`] before it comes here.

use askama::Template;
use serde::{Serialize, Serializer};

use super::assets;
use crate::brand::{self, Branding};
use crate::texts::{self, Texts};

pub mod account;
pub mod account_parts;
pub mod accounts;
pub mod desk;
pub mod desk_blocks;
pub mod factors;
pub mod own_attributes;
pub mod sign_in;
pub mod upstream;

pub use sign_in::{EnrolPage, EnrolledPage, SecondFactorPage, SignInPage};

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod theme_tests;

/// A page that a template of the operator can take the place of. What it holds is what the template can show.
pub trait Replaceable: Template + Serialize {
    /// The name of the file.
    const FILE: &'static str;
}

/// What all pages share.
#[derive(Debug, Clone, Serialize)]
pub struct Chrome {
    /// What the page says, in the language of the person: a template sees its tag, as `lang`.
    #[serde(rename = "lang", serialize_with = "tag_of")]
    pub texts: Texts,
    /// The path of the issuer without a slash at its end: empty, or for example `/auth`.
    pub base_path: String,
    /// Changes when a static file changes, so that these may be cached for ever.
    pub css_version: String,
    /// What people know this service as.
    pub name: String,
    /// The address of the operator's picture, on this server.
    pub logo: Option<String>,
    /// The address of the operator's colours, on this server.
    pub colours: Option<String>,
    /// The operator's own pages, for the foot.
    pub help: Option<String>,
    pub privacy: Option<String>,
    pub terms: Option<String>,
    /// The page where another language is chosen, on pages that one can come back to.
    pub languages: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn tag_of<S: Serializer>(texts: &Texts, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(texts.tag())
}

impl Chrome {
    /// The frame of a page below the issuer's path.
    #[must_use]
    pub fn new(base_path: &str, texts: Texts) -> Self {
        Self {
            texts,
            base_path: base_path.trim_end_matches('/').to_owned(),
            css_version: assets::version().to_owned(),
            name: "Grantor".to_owned(),
            logo: None,
            colours: None,
            help: None,
            privacy: None,
            terms: None,
            languages: None,
        }
    }

    /// As the operator wants it to look, with a way to another language if there is one.
    #[must_use]
    pub fn of(self, branding: &Branding, languages: Option<String>) -> Self {
        let address = |file: &str, version: &str| format!("{}/static/{file}?v={version}", self.base_path);
        let sheet = branding.style_sheet();
        Self {
            name: branding.name.clone(),
            logo: branding.logo.as_ref().map(|logo| address("brand.png", &logo.version)),
            colours: sheet.map(|sheet| address("brand.css", &brand::version(sheet.as_bytes()))),
            help: branding.help.clone(),
            privacy: branding.privacy.clone(),
            terms: branding.terms.clone(),
            languages,
            ..self
        }
    }

    /// Whether anything stands at the foot.
    fn has_foot(&self) -> bool {
        [&self.help, &self.privacy, &self.terms, &self.languages].iter().any(|link| link.is_some())
    }

    /// What the language of the page calls itself.
    fn language_name(&self) -> &'static str {
        texts::choices().find(|(tag, _)| *tag == self.texts.tag()).map_or("English", |(_, name)| name)
    }

    /// The text of this key: short, because templates are full of it.
    fn t(&self, key: &str) -> String {
        self.texts.t(key)
    }
}

/// A way back that was checked before it came here: a registered redirect URI or post-logout redirect URI.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    pub href: String,
    /// What is shown of it.
    pub host: String,
}

/// The same, by a form if there is something to post.
#[derive(Debug, Clone, Serialize)]
pub struct WayBack {
    pub href: String,
    /// What is shown of it.
    pub host: String,
    pub fields: Option<Vec<(String, String)>>,
}

/// A text that is not in the language of the page, if it says which one it is in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Spoken {
    pub text: String,
    /// A language tag.
    pub lang: Option<String>,
}

/// Who vouches for a client, in a line.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    pub is_warning: bool,
    pub text: String,
    /// A name or host that ends the line.
    pub who: Option<String>,
}

/// Who vouches for a client, in a notice.
#[derive(Debug, Clone, Serialize)]
pub struct Voucher {
    /// `good`, `plain` or `warn`: a class of the style sheet. The badge says the same in words.
    pub look: &'static str,
    pub badge: String,
    pub before: String,
    /// An issuer or a host, between the two texts.
    pub who: Option<String>,
    pub after: String,
    /// The name of a product that the client goes by, as any may.
    pub any_app: Option<String>,
}

/// Whose name it is that the client's looks like.
#[derive(Debug, Clone, Serialize)]
pub struct LookalikeLine {
    pub of: String,
    pub is_of_this_server: bool,
}

/// A host that looks like another one, or mixes scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OddHost {
    pub host: String,
    pub looks_like: Option<String>,
}

/// Where the answer goes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Target {
    /// A host in A-labels; on this computer with its port.
    pub host: String,
    /// The same host as its owner writes it, if that differs: shown beside it and never instead.
    pub in_letters: Option<String>,
    /// An app on the person's own computer (RFC 8252 §7.3).
    pub is_loopback: bool,
    /// Whatever app claims this scheme (RFC 8252 §7.1).
    pub app_scheme: Option<String>,
    pub odd_hosts: Vec<OddHost>,
    /// Hosts of the client's own links that are not a redirect host (RFC 7591 §5).
    pub foreign_hosts: Vec<String>,
    /// The host of the client's metadata document, if the answer goes to another site.
    pub other_site: Option<String>,
}

/// A scope in words.
#[derive(Debug, Clone, Serialize)]
pub struct ScopeLine {
    pub name: String,
    pub description: Spoken,
}

/// A resource server that the tokens are for (RFC 8707).
#[derive(Debug, Clone, Serialize)]
pub struct ResourceLine {
    pub name: Option<String>,
    pub identifier: String,
}

/// Who wants what, and where the answer goes. Posts `decision` = `allow` or `deny`, `thread`, `shown` and `csrf`.
#[derive(Template, Serialize)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    pub chrome: Chrome,
    pub time: Option<TimeLimit>,
    pub action: String,
    /// Where "Use another account" posts `thread` and `csrf` to.
    pub switch_action: String,
    pub thread: String,
    /// A digest of what the page shows: what is allowed is that, even if the client changes meanwhile.
    pub shown: String,
    pub csrf: String,
    pub client_name: Spoken,
    /// Where its picture is, on this server. Without one, its initial stands in its place.
    pub logo: Option<String>,
    pub client_initial: String,
    pub client_uri_host: Option<String>,
    pub target: Target,
    pub lookalike: Option<LookalikeLine>,
    pub voucher: Voucher,
    pub scopes: Vec<ScopeLine>,
    pub resources: Vec<ResourceLine>,
    pub duration: Duration,
    pub user_name: String,
    pub user_email: Option<String>,
    pub user_initial: String,
    pub links: ClientLinks,
}

impl Replaceable for ConsentPage {
    const FILE: &'static str = "consent.html";
}

/// What a client publishes about itself, for whoever is asked to trust it. RFC 7591 §2.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ClientLinks {
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
}

/// How long the access lasts. The lengths are in words.
#[derive(Debug, Clone, Serialize)]
pub enum Duration {
    /// It is refreshed while the person is away.
    Away { at_most: String },
    /// It is refreshed until the person signs out.
    Session { at_most: String },
    /// One access token.
    Once { length: String },
}

impl ClientLinks {
    /// The privacy policy, if its address is one of the web: no other scheme ever becomes a link.
    fn policy(&self) -> Option<&str> {
        self.policy_uri.as_deref().filter(|uri| is_web_address(uri))
    }

    /// The terms of service, under the same condition.
    fn terms(&self) -> Option<&str> {
        self.tos_uri.as_deref().filter(|uri| is_web_address(uri))
    }
}

fn is_web_address(uri: &str) -> bool {
    uri.starts_with("https://") || uri.starts_with("http://")
}

/// Asks before signing out, since a link alone must not do it. Posts `csrf` and the hidden fields.
#[derive(Template, Serialize)]
#[template(path = "sign_out.html")]
pub struct SignOutPage {
    pub chrome: Chrome,
    pub action: String,
    pub csrf: String,
    pub user_name: Option<String>,
    pub client_name: Option<Spoken>,
    /// What is wrong with the request of the client that sent the person here.
    pub fault: Option<String>,
    pub hidden: Vec<(String, String)>,
}

impl Replaceable for SignOutPage {
    const FILE: &'static str = "sign_out.html";
}

/// Says that the session is over.
#[derive(Template, Serialize)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    pub chrome: Chrome,
    pub back: Option<Link>,
    /// Whether the browser goes back by itself once the frames are loaded.
    pub goes_on: bool,
    /// What is wrong with the request of the client that sent the person here.
    pub fault: Option<String>,
    /// Where clients are told through this browser. OpenID Connect Front-Channel Logout 1.0 §2.
    pub frames: Vec<String>,
}

impl Replaceable for SignedOutPage {
    const FILE: &'static str = "signed_out.html";
}

/// A sentence with something in it that was written for developers, in English.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Said {
    pub before: String,
    pub detail: String,
    pub behind: String,
}

impl Said {
    /// Nothing of that kind in it.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self { before: text.to_owned(), ..Self::default() }
    }

    /// The text of this key with the detail for `$it`.
    #[must_use]
    pub fn of(texts: Texts, key: &str, detail: String) -> Self {
        let (before, behind) = texts.around(key);
        Self { before, detail, behind }
    }

    /// With a sentence before it.
    #[must_use]
    pub fn after(self, sentence: &str) -> Self {
        Self { before: format!("{sentence} {}", self.before), ..self }
    }
}

/// What happened, what to do, and the number to find it by in the log.
#[derive(Clone, Template, Serialize)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub chrome: Chrome,
    pub status: u16,
    pub heading: String,
    /// The client that it is about, where there is one to name.
    pub client_name: Option<String>,
    pub what_happened: Said,
    pub what_to_do: String,
    pub request_id: String,
    pub back: Option<WayBack>,
    pub again: Option<Again>,
    pub onward: Option<Onward>,
}

/// A way on to another page of ours.
#[derive(Clone, Serialize)]
pub struct Onward {
    pub href: String,
    pub label: String,
}

/// A button by which something that is over begins again.
#[derive(Clone, Serialize)]
pub struct Again {
    pub action: String,
    pub hidden: Vec<(String, String)>,
}

/// What a page ends by, so that whoever is on it is warned and can have more time. WCAG 2.2.1.
#[derive(Clone, Serialize)]
pub struct TimeLimit {
    pub action: String,
    pub hidden: Vec<(String, String)>,
    /// Until it ends.
    pub seconds: i64,
}

impl Replaceable for ErrorPage {
    const FILE: &'static str = "error.html";
}

/// Makes the first account. Posts `token`, `csrf`, `name`, `email` and `password`.
#[derive(Template)]
#[template(path = "setup.html")]
pub struct SetupPage {
    pub chrome: Chrome,
    pub action: String,
    pub token: String,
    pub csrf: String,
    pub name: String,
    pub email: String,
    pub error: Option<String>,
}

/// Says that the first account exists.
#[derive(Template)]
#[template(path = "setup_done.html")]
pub struct SetupDonePage {
    pub chrome: Chrome,
    pub name: String,
    pub sign_in_href: String,
}

/// The languages to choose from. Posts `locale`, `to` and `csrf`.
#[derive(Template)]
#[template(path = "language.html")]
pub struct LanguagePage {
    pub chrome: Chrome,
    pub action: String,
    pub csrf: String,
    /// The page that it leads back to.
    pub to: String,
    pub choices: Vec<LanguageChoice>,
}

/// A language, as it calls itself.
#[derive(Debug, Clone)]
pub struct LanguageChoice {
    pub tag: &'static str,
    pub name: &'static str,
    pub is_current: bool,
}

/// Carries the authorization response to the client as a POST (OAuth 2.0 Form Post Response Mode).
#[derive(Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage {
    pub chrome: Chrome,
    /// The redirect URI, which may have a scheme of its own.
    pub action: String,
    pub fields: Vec<(String, String)>,
    pub host: String,
}

/// What a person sees who opens the issuer's address.
#[derive(Template, Serialize)]
#[template(path = "home.html")]
pub struct HomePage {
    pub chrome: Chrome,
    pub issuer: String,
    pub signed_in_as: Option<String>,
    pub sign_in_href: String,
    pub sign_out_href: String,
    pub metadata_href: String,
}

impl Replaceable for HomePage {
    const FILE: &'static str = "home.html";
}

//! How a client is put in words: who vouches for it, where its answers go, and what it looks like but is not.

use super::page::Visit;
use super::pages::{ClientLinks, LookalikeLine, OddHost, Spoken, Standing, Target, Voucher};
use crate::flow::vouching::tier;
use crate::flow::{Client, Source, client_pictures};
use crate::protocol::client::links;
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::client::tier::Tier;
use crate::protocol::display::display_name;
use crate::protocol::lookalike::{self, HostConcern, Known, Likeness, is_within};
use crate::protocol::redirect_uri::{self, RedirectTarget};
use crate::texts::Texts;

/// The client's name in the person's language. A name that shows nothing is no name.
#[must_use]
pub fn client_name(client: &Client, languages: &[String]) -> Spoken {
    let name = in_language(&client.metadata, "client_name", languages);
    let shown = name.map(|name| Spoken { text: display_name(&name.text), ..name });
    shown
        .filter(|name| !name.text.is_empty())
        .unwrap_or_else(|| Spoken { text: client.client_id.clone(), lang: None })
}

/// Its privacy policy and its terms, in the person's language.
#[must_use]
pub fn published_links(client: &Client, languages: &[String]) -> ClientLinks {
    let link = |member| in_language(&client.metadata, member, languages).map(|link| link.text);
    ClientLinks { policy_uri: link("policy_uri"), tos_uri: link("tos_uri") }
}

/// Where its picture is, in the person's language, if this server has it and the app does not pass itself off as another.
pub async fn logo(
    visit: &Visit<'_>,
    client: &Client,
    redirect_uri: &str,
    languages: &[String],
) -> Option<String> {
    let uri = in_language(&client.metadata, "logo_uri", languages)?;
    let name = client_name(client, languages);
    let tier = tier(visit.config(), client);
    if matches!(resemblance(&tier, redirect_uri, &name.text, &[]), Some(Resemblance::Faked(_))) {
        return None;
    }
    let name = client_pictures::name_of(visit.means, client, Some(&uri.text)).await?;
    Some(visit.path(&format!("/pictures/{name}")))
}

/// A member in the person's language, with the tag if it has one. RFC 7591 §2.2.
#[must_use]
pub fn in_language(metadata: &ClientMetadata, member: &str, languages: &[String]) -> Option<Spoken> {
    let tagged: Vec<(&str, &str)> = metadata.tagged.of_member(member).collect();
    let is_english = |tag: &str| tag.get(..2).is_some_and(|tag| tag.eq_ignore_ascii_case("en"));
    // Nobody says which language a member without a tag is in. Whoever reads English before the languages that there are is
    // better served by it.
    let before_english = languages.iter().take_while(|tag| !is_english(tag)).count();
    let wanted = if tagged.iter().any(|(tag, _)| is_english(tag)) { languages.len() } else { before_english };
    let text = metadata.localized(member, languages.get(..wanted).unwrap_or_default())?;
    let untagged = metadata
        .in_all_languages(member)
        .next()
        .filter(|_| metadata.in_all_languages(member).count() > tagged.len());
    let lang = tagged.iter().find(|(_, known)| *known == text).map(|(tag, _)| (*tag).to_owned());
    Some(Spoken { text: text.to_owned(), lang: lang.filter(|_| untagged != Some(text)) })
}

/// Who vouches for it, in a notice. `any_app` is the known name that it goes by without proof.
#[must_use]
pub fn voucher(texts: Texts, tier: &Tier, client: &Client, any_app: Option<String>) -> Voucher {
    let day = texts.day(client.created_at);
    let voucher = |look, badge: &str, (before, after): (String, String), who| Voucher {
        look,
        badge: texts.t(badge),
        before,
        who,
        after,
        any_app,
    };
    let known_since = |key: &str| (texts.with(key, "day", &day), String::new());
    match tier {
        Tier::Operator => {
            let text = known_since("client-voucher-operator-text");
            voucher("good", "client-voucher-operator", text, None)
        }
        Tier::VerifiedByIssuer(issuer) => {
            let text = texts.around("client-voucher-verified-text");
            voucher("good", "client-voucher-verified", text, Some(issuer.clone()))
        }
        Tier::DomainVerified(host) => {
            let text = texts.around("client-voucher-domain-text");
            voucher("plain", "client-voucher-domain", text, Some(host.clone()))
        }
        Tier::SelfRegistered => {
            let text = known_since(match client.source {
                Source::InitialAccessToken => "client-voucher-token-text",
                Source::User => "client-voucher-user-text",
                _ => "client-voucher-self-text",
            });
            voucher("warn", "client-voucher-self", text, None)
        }
    }
}

/// The same in a line, for the sign-in page.
#[must_use]
pub fn standing(visit: &Visit<'_>, client: &Client, redirect_uri: &str, name: &str) -> Standing {
    let tier = tier(visit.config(), client);
    if let Some(Resemblance::Faked(line)) = resemblance(&tier, redirect_uri, name, &[]) {
        let text = visit.texts.t("client-standing-lookalike");
        return Standing { is_warning: true, text, who: Some(line.of) };
    }
    let (is_warning, text, who) = match tier {
        Tier::Operator => (false, "client-standing-operator", None),
        Tier::VerifiedByIssuer(issuer) => (false, "client-standing-verified", Some(issuer)),
        Tier::DomainVerified(host) => (false, "client-standing-domain", Some(host)),
        Tier::SelfRegistered => (true, "client-standing-self", None),
    };
    Standing { is_warning, text: visit.texts.t(text), who }
}

/// What a name resembles.
pub enum Resemblance {
    /// It is not the one that it looks like.
    Faked(LookalikeLine),
    /// It may be the product of this name, as any app may say.
    Unproven(String),
}

/// Whether the name looks like one that the client has no claim to: first of this server's own names, then of the products
/// that everybody knows. Whoever gets the answer, or publishes the client's document, may go by the name of that site.
#[must_use]
pub fn resemblance(tier: &Tier, redirect_uri: &str, name: &str, own: &[Known]) -> Option<Resemblance> {
    let mut hosts = Vec::new();
    match tier {
        Tier::Operator | Tier::VerifiedByIssuer(_) => return None,
        Tier::DomainVerified(host) => hosts.push(host.clone()),
        Tier::SelfRegistered => {}
    }
    if let RedirectTarget::Web { host } = redirect_uri::host_for_display(redirect_uri) {
        hosts.push(host);
    }
    if let Some(found) = lookalike::of_name(name, &hosts, own) {
        return Some(Resemblance::Faked(LookalikeLine { of: found.of, is_of_this_server: true }));
    }
    lookalike::of_name(name, &hosts, &lookalike::products()).map(|found| match found.likeness {
        Likeness::Disguised => Resemblance::Faked(LookalikeLine { of: found.of, is_of_this_server: false }),
        Likeness::SameName => Resemblance::Unproven(found.of),
    })
}

/// Where the answer goes, and all that is odd about it.
#[must_use]
pub fn target(visit: &Visit<'_>, client: &Client, redirect_uri: &str) -> Target {
    let document_host = match tier(visit.config(), client) {
        Tier::DomainVerified(host) => Some(host),
        _ => None,
    };
    let mut target = Target { odd_hosts: odd_hosts(visit, document_host.as_deref()), ..Target::default() };
    match redirect_uri::host_for_display(redirect_uri) {
        // On this computer there is no host to compare the links with, and every one would look wrong.
        RedirectTarget::Loopback => {
            target.is_loopback = true;
            target.host =
                url::Url::parse(redirect_uri).map(|url| url.authority().to_owned()).unwrap_or_default();
        }
        RedirectTarget::App { scheme } => target.app_scheme = Some(scheme),
        RedirectTarget::Web { host } => {
            let odd = odd_hosts(visit, Some(&host));
            // Letters that are there to deceive are not shown.
            target.in_letters = lookalike::unicode_host(&host).filter(|_| odd.is_empty());
            target.odd_hosts.extend(odd);
            target.odd_hosts.dedup();
            target.foreign_hosts = links::foreign_hosts(&client.metadata);
            if let Some(document_host) = document_host {
                target.foreign_hosts.retain(|foreign| *foreign != document_host);
                let is_one_site = is_within(&host, &document_host) || is_within(&document_host, &host);
                target.other_site = (!is_one_site).then_some(document_host);
            }
            target.host = host;
        }
    }
    target
}

fn odd_hosts(visit: &Visit<'_>, host: Option<&str>) -> Vec<OddHost> {
    let own = links::host(visit.config().issuer.as_str());
    let known: Vec<String> =
        lookalike::products().into_iter().flat_map(|known| known.hosts).chain(own).collect();
    let concern = host.and_then(|host| Some((host, lookalike::of_host(host, &known)?)));
    concern
        .map(|(host, concern)| OddHost {
            host: host.to_owned(),
            looks_like: match concern {
                HostConcern::LooksLike(other) => Some(other),
                HostConcern::MixedScripts => None,
            },
        })
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7591 §2.2: the person's language, then the member without a tag, which somebody who reads English prefers.
    #[test]
    fn a_member_is_read_in_the_persons_language() {
        let metadata = |members: serde_json::Value| {
            let mut all = serde_json::json!({
                "token_endpoint_auth_method": "none", "grant_types": [], "application_type": "web",
            });
            all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            serde_json::from_value::<ClientMetadata>(all).unwrap()
        };
        let both = metadata(
            serde_json::json!({"client_name": "Notes", "client_name#ja": "メモ", "client_name#de": "Notizen"}),
        );
        let of = |metadata: &ClientMetadata, wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|tag| (*tag).to_owned()).collect();
            let found = in_language(metadata, "client_name", &wanted).unwrap();
            (found.text, found.lang.unwrap_or_default())
        };
        let pair = |text: &str, lang: &str| (text.to_owned(), lang.to_owned());
        assert_eq!(of(&both, &["ja"]), pair("メモ", "ja"));
        assert_eq!(of(&both, &["fr", "de-AT", "ja"]), pair("Notizen", "de"));
        assert_eq!(of(&both, &["en-US", "en", "ja"]), pair("Notes", ""));
        assert_eq!(of(&both, &["fr"]), pair("Notes", ""));
        assert_eq!(of(&both, &[]), pair("Notes", ""));
        let tagged = metadata(serde_json::json!({"client_name#ja": "メモ", "client_name#en": "Notes"}));
        assert_eq!(of(&tagged, &["en-GB", "ja"]), pair("Notes", "en"));
        assert_eq!(of(&tagged, &["ko", "ja"]), pair("メモ", "ja"));
        let same = metadata(serde_json::json!({"client_name": "Notes", "client_name#de": "Notes"}));
        assert_eq!(of(&same, &["de"]), pair("Notes", ""));
        assert!(in_language(&metadata(serde_json::json!({})), "client_name", &[]).is_none());
    }

    /// D06: who gets the answer or publishes the document may go by the name; who is vouched for by any.
    #[test]
    fn a_name_is_compared_with_where_the_answer_goes() {
        let of = |tier: &Tier, uri: &str| match resemblance(tier, uri, "Claude", &[]) {
            None => "none",
            Some(Resemblance::Unproven(_)) => "unproven",
            Some(Resemblance::Faked(_)) => "faked",
        };
        let domain = |host: &str| Tier::DomainVerified(host.to_owned());
        let (self_registered, loopback) = (Tier::SelfRegistered, "http://localhost:3118/callback");
        assert_eq!(of(&self_registered, "https://claude.ai/api/mcp/auth_callback"), "none");
        assert_eq!(of(&self_registered, "https://evil.example/cb"), "unproven");
        assert_eq!(of(&self_registered, loopback), "unproven");
        assert_eq!(of(&domain("claude.ai"), loopback), "none");
        assert_eq!(of(&domain("evil.example"), loopback), "unproven");
        assert_eq!(of(&Tier::Operator, loopback), "none");
        assert_eq!(of(&Tier::VerifiedByIssuer(String::new()), loopback), "none");
        let own = [Known { name: "Claude".to_owned(), hosts: Vec::new(), as_word: true }];
        let faked = resemblance(&self_registered, loopback, "claude", &own);
        assert!(matches!(faked, Some(Resemblance::Faked(line)) if line.is_of_this_server));
    }
}

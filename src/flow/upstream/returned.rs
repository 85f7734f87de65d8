//! Somebody comes back from another provider: with a code, which is exchanged for an ID token. OpenID Connect Core §3.1.2.5 to §3.1.3.7.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::depart::{Secrets, find};
use super::provider::{self, Published};
use super::settle::{self, Arrival};
use super::{Done, UpstreamRefusal, distrust, refuse};
use crate::entropy::Token;
use crate::fetch::{FetchError, Purpose};
use crate::flow::attempts::{Guess, place, site};
use crate::flow::{BrowserSession, Means, Origin};
use crate::protocol::json::parse_object;
use crate::protocol::jwt::{JoseHeader, JwtFault};
use crate::protocol::upstream::{Expected, Identity, UpstreamFault, subject};
use crate::storage::Failure;
use crate::storage::upstream_providers::UpstreamProvider;
use crate::storage::upstream_requests::{self, UpstreamRequest};

/// Codes that are none from one place in a minute, before the provider is not asked any more.
const BAD_CODES_PER_PLACE: u32 = 10;
/// The same from one IPv6 site, which has many places.
const BAD_CODES_PER_SITE: u32 = 30;

/// What came with the browser.
pub struct Returned {
    pub state: Option<Token>,
    pub code: Option<String>,
    /// Who says that it answers. RFC 9207 §2.
    pub iss: Option<String>,
    /// There is a fault instead of a code. OpenID Connect Core §3.1.2.6.
    pub is_error: bool,
    /// Tells this browser from others.
    pub browser: Token,
    /// Who is signed in in it.
    pub session: Option<BrowserSession>,
    pub origin: Origin,
}

/// What this browser began: a sign-in, or to link an account. It is taken, so that nobody comes back from it again.
pub struct Begun {
    /// The authorization request that the sign-in is for.
    pub thread: Option<Token>,
    /// A page of ours.
    pub return_to: Option<String>,
    /// The row id of who links an account; `None` = somebody signs in.
    pub links_to: Option<i64>,
    provider: UpstreamProvider,
    nonce: String,
    verifier: String,
}

/// What came of it.
pub enum Outcome {
    /// This person proved who they are; they are not signed in yet.
    Proven { user_id: i64 },
    /// The account elsewhere is linked to who is signed in.
    Linked,
}

/// What the provider answered for a code. OpenID Connect Core §3.1.3.3.
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

/// Takes what this browser began, once. RFC 9700 §4.7: the state is of this browser and this provider.
pub async fn take(means: &Means, name: &str, returned: &Returned) -> Done<Begun> {
    let provider = find(means, name).await?;
    let from = returned.origin.address;
    let now = means.clock.now();
    // Before anything is taken: whoever waits can come back with the same answer.
    if let Some(seconds) =
        bad_codes(from).find_map(|(place, most)| means.attempts.wait(Guess::UpstreamCode, &place, most, now))
    {
        return refuse(UpstreamRefusal::TooMany(seconds));
    }
    let Some(state) = &returned.state else { return refuse(UpstreamRefusal::Stale) };
    let (digest, browser, id) = (state.digest(), returned.browser.digest(), provider.id);
    let taken = means
        .database
        .write(move |conn| {
            Ok::<_, Failure<UpstreamRefusal>>(upstream_requests::take(conn, &digest, &browser, id, now)?)
        })
        .await?;
    let Some(UpstreamRequest { user_id, return_to, sealed, .. }) = taken else {
        return refuse(UpstreamRefusal::Stale);
    };
    let Secrets { nonce, verifier, thread } = Secrets::open(means, &sealed, state)?;
    Ok(Begun {
        thread: thread.map(Token::presented),
        return_to,
        links_to: user_id,
        provider,
        nonce,
        verifier,
    })
}

/// Believes the provider as far as it proves what it says.
pub async fn complete(means: &Means, begun: &Begun, returned: Returned) -> Done<Outcome> {
    let provider = &begun.provider;
    let name = provider.name.as_str();
    if let Some(user_id) = begun.links_to
        && returned.session.as_ref().is_none_or(|session| session.user.id != user_id)
    {
        return refuse(UpstreamRefusal::OtherPerson);
    }
    let Ok(published) = provider::published(means, &provider.issuer).await else {
        return refuse(UpstreamRefusal::Provider);
    };
    if let Err(fault) = published.metadata.check_answer(&provider.issuer, returned.iss.as_deref()) {
        return distrust(name, fault);
    }
    let code = match returned.code {
        Some(code) if !returned.is_error => code,
        _ => return refuse(UpstreamRefusal::Denied),
    };
    let Some(tokens) = exchange(means, provider, &published, &code, &begun.verifier).await? else {
        for (place, _) in bad_codes(returned.origin.address) {
            means.attempts.failed(Guess::UpstreamCode, &place, means.clock.now());
        }
        return refuse(UpstreamRefusal::Provider);
    };
    let (header, claims) = verify(means, provider, &published, &tokens.id_token).await?;
    let expected = Expected {
        issuer: &provider.issuer,
        client_id: &provider.client_id,
        nonce: &begun.nonce,
        now: means.clock.now(),
    };
    let subject = match subject(&header, &claims, &expected) {
        Ok(subject) => subject,
        Err(fault) => return distrust(name, fault),
    };
    let claims = completed(means, name, &published, &tokens, &subject, claims).await?;
    let identity = Identity::of(subject, &claims);
    let arrival =
        Arrival { provider_id: provider.id, identity, links_to: begun.links_to, origin: returned.origin };
    let user_id = settle::settle(means, arrival).await?;
    Ok(if begun.links_to.is_some() { Outcome::Linked } else { Outcome::Proven { user_id } })
}

/// Where codes come from that are none, and how many of them in a minute are enough: each costs a request to the provider.
fn bad_codes(from: Option<IpAddr>) -> impl Iterator<Item = (String, u32)> {
    let site = site(from).map(|site| (site, BAD_CODES_PER_SITE));
    std::iter::once((place(from), BAD_CODES_PER_PLACE)).chain(site)
}

/// OpenID Connect Core §3.1.3.1: by the secret, or as a public client; always with the verifier. RFC 7636 §4.5. `None` = the provider has
/// nothing for this code.
async fn exchange(
    means: &Means,
    provider: &UpstreamProvider,
    published: &Published,
    code: &str,
    verifier: &str,
) -> Done<Option<Tokens>> {
    let secret = provider::secret(means, provider)?;
    let redirect_uri = provider::redirect_uri(means, &provider.name);
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", verifier),
    ];
    // RFC 6749 §2.3.1: both are encoded as in a form before they stand in the header.
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let in_header = match &secret {
        Some(secret) if !published.metadata.posts_secret => {
            Some((encoded(&provider.client_id), encoded(secret)))
        }
        _ => None,
    };
    if in_header.is_none() {
        fields.push(("client_id", &provider.client_id));
        fields.extend(secret.as_deref().map(|secret| ("client_secret", secret)));
    }
    let basic = in_header.as_ref().map(|(name, password)| (name.as_str(), password.as_str()));
    let endpoint = &published.metadata.token_endpoint;
    let answer = means.fetcher.post_form(endpoint, Purpose::Upstream, &fields, basic).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(FetchError::Status(400..500)) => return Ok(None),
        Err(_) => return refuse(UpstreamRefusal::Provider),
    };
    let members = parse_object(&answer.body).unwrap_or_default();
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(text("id_token").map(|id_token| Tokens { id_token, access_token: text("access_token") }))
}

/// The signature, by a key that the provider publishes now. OpenID Connect Core §3.1.3.7.
async fn verify(
    means: &Means,
    provider: &UpstreamProvider,
    published: &Published,
    id_token: &str,
) -> Done<(JoseHeader, Map<String, Value>)> {
    let mut verified = published.keys.verify(id_token);
    if let Err(JwtFault::UnknownKey | JwtFault::Algorithm | JwtFault::Signature) = &verified
        && let Ok(newer) = provider::published_again(means, &provider.issuer).await
    {
        verified = newer.keys.verify(id_token);
    }
    verified.or_else(|fault| {
        tracing::warn!(provider = %provider.name, "an ID token of an upstream provider is not believed: {fault}");
        refuse(UpstreamRefusal::Provider)
    })
}

/// With what the userinfo endpoint says, where the ID token does not name an address. OpenID Connect Core §5.3.2.
async fn completed(
    means: &Means,
    name: &str,
    published: &Published,
    tokens: &Tokens,
    subject: &str,
    claims: Map<String, Value>,
) -> Done<Map<String, Value>> {
    let (Some(endpoint), Some(token)) = (&published.metadata.userinfo_endpoint, &tokens.access_token) else {
        return Ok(claims);
    };
    if claims.contains_key("email") {
        return Ok(claims);
    }
    let answer = means.fetcher.get_with_token(endpoint, Purpose::Upstream, token).await;
    // Whoever is linked needs no more than the subject; whoever is not is told what lacks.
    let Ok(answer) = answer else { return Ok(claims) };
    let said = parse_object(&answer.body).unwrap_or_default();
    if said.get("sub").and_then(Value::as_str) != Some(subject) {
        return distrust(name, UpstreamFault::OtherSubject);
    }
    Ok(merged(said, claims))
}

/// The claims of the ID token, and of the userinfo endpoint what those do not name. Whether an address is verified says who names
/// the address. OpenID Connect Core §5.1.
fn merged(said: Map<String, Value>, mut id_token: Map<String, Value>) -> Map<String, Value> {
    let mut all = said;
    id_token.remove("email_verified");
    all.extend(id_token);
    all
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::merged;

    /// P21: that some address is verified, as the ID token says, does not verify the one that the userinfo endpoint names.
    #[test]
    fn an_address_is_verified_by_who_names_it() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let said =
            object(json!({"sub": "1", "email": "ada@example.com", "email_verified": false, "name": "A"}));
        let all = merged(said, object(json!({"sub": "1", "email_verified": true, "name": "Ada"})));
        assert_eq!(all["email_verified"], false);
        assert_eq!(all["name"], "Ada");
    }
}

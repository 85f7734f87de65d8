//! Mints and signs tokens. Nothing is written here: the rows go into the one write of the flow that asked.

use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::flow::Means;
use crate::flow::registration_policy::{access_token_format, access_token_lifetime};
use crate::flow::settings::Published;
use crate::flow::{authorize, subjects, userinfo};
use crate::protocol::access_token::AccessTokenClaims;
use crate::protocol::acr::Acr;
use crate::protocol::authorization::claims::told_acr;
use crate::protocol::authorization::request::scopes_of;
use crate::protocol::claims;
use crate::protocol::id_token::{IdTokenClaims, at_hash};
use crate::protocol::jwt::Audience;
use crate::protocol::resource::{AccessTokenFormat, Resource};
use crate::protocol::scope::Scopes;
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};
use crate::protocol::token::response::TokenResponse;
use crate::storage::StorageError;
use crate::storage::access_tokens::NewAccessToken;
use crate::storage::clients::Client;
use crate::storage::grants::Grant;
use crate::storage::groups::Membership;
use crate::storage::users::User;
use crate::telemetry::{self, TokenKind};

/// What an access token is to say.
pub struct Order<'a> {
    pub client: &'a Client,
    pub grant_id: Option<i64>,
    pub subject: &'a str,
    pub scopes: &'a Scopes,
    /// Registered identifiers; empty = the server itself.
    pub resources: &'a [String],
    /// When the person authenticated; `None` where no person is involved.
    pub authenticated_at: Option<Seconds>,
}

/// An access token in clear, and its row.
pub struct MintedAccessToken {
    pub token: Token,
    pub row: NewAccessToken,
    pub lifetime: Seconds,
}

/// Mints an access token, JWT (RFC 9068) or opaque: the resource decides, then the client, then the server.
pub fn access_token(means: &Means, order: &Order<'_>) -> Result<MintedAccessToken, StorageError> {
    let (now, published) = (means.clock.now(), means.published());
    let resources: Vec<&Resource> =
        order.resources.iter().filter_map(|identifier| published.resource(identifier)).collect();
    let of_resources = resources.iter().filter_map(|resource| resource.access_token_lifetime).min();
    let lifetime = access_token_lifetime(means, order.client, of_resources);
    let issuer = means.config.issuer.as_str();
    let audiences =
        if order.resources.is_empty() { vec![issuer.to_owned()] } else { order.resources.to_vec() };
    let (token_id, scope) = (means.entropy.identifier(), order.scopes.to_string());
    let token = match format(means, order.client, &resources) {
        AccessTokenFormat::Opaque => means.entropy.token(),
        AccessTokenFormat::Jwt => {
            let claims = AccessTokenClaims {
                iss: issuer,
                aud: Audience(&audiences),
                sub: order.subject,
                client_id: &order.client.client_id,
                iat: now,
                exp: now + lifetime,
                jti: &token_id,
                scope: &scope,
                auth_time: order.authenticated_at,
            };
            let algorithm = means.config.tokens.access_token_algorithm;
            Token::presented(
                published.keys.sign(algorithm, "at+jwt", &claims, now).map_err(|error| unsigned(&error))?,
            )
        }
    };
    let row = NewAccessToken {
        digest: token.digest(),
        client_key: order.client.key,
        grant_id: order.grant_id,
        token_id,
        subject: order.subject.to_owned(),
        scopes: scope,
        audiences: audiences.join(" "),
        issued_at: now,
        expires_at: now + lifetime,
    };
    Ok(MintedAccessToken { token, row, lifetime })
}

fn format(means: &Means, client: &Client, resources: &[&Resource]) -> AccessTokenFormat {
    let wanted = |format| resources.iter().any(|resource| resource.access_token_format == Some(format));
    // Of several resources, one that wants no readable token has the last word, whatever their order.
    if wanted(AccessTokenFormat::Opaque) {
        AccessTokenFormat::Opaque
    } else if wanted(AccessTokenFormat::Jwt) {
        AccessTokenFormat::Jwt
    } else {
        access_token_format(means, client)
    }
}

/// Signs an ID token with the algorithm that the client registered. OpenID Connect Core §2.
fn id_token(
    means: &Means,
    order: &PersonOrder<'_>,
    subject: &str,
    access_token: &Token,
) -> Result<String, StorageError> {
    let (now, algorithm, grant) =
        (means.clock.now(), order.client.metadata.id_token_algorithm(), order.grant);
    let (published, hash) = (means.published(), at_hash(algorithm, access_token.expose()));
    let usable = published.usable_scopes(order.client);
    let person = userinfo::person(&published, order.user, order.groups, subject);
    let sid =
        grant.sid.as_deref().map(|sid| subjects::session_of(&means.derived, &order.client.metadata, sid));
    let claims = IdTokenClaims {
        iss: means.config.issuer.as_str(),
        sub: subject,
        aud: &order.client.client_id,
        azp: &order.client.client_id,
        exp: now + means.config.tokens.id_token_lifetime,
        iat: now,
        auth_time: grant.authenticated_at,
        acr: acr_told(grant),
        amr: &grant.amr,
        nonce: order.nonce,
        at_hash: Some(&hash),
        sid: sid.as_deref(),
        requested: claims::requested(&person, &grant.claims.id_token, &usable, &published.scopes),
    };
    published.keys.sign(algorithm, "JWT", &claims, now).map_err(|error| unsigned(&error))
}

/// A client that demands a lower value of a surer sign-in is told that one. OpenID Connect Core §5.5.1.1.
fn acr_told(grant: &Grant) -> Option<&str> {
    let stored = grant.acr.as_deref()?;
    Some(Acr::from_name(stored).map_or(stored, |reached| told_acr(&grant.claims, reached).as_str()))
}

/// Whether the sign-in of a grant is as sure as the client, the person, their groups and the scopes ask for now. Security
/// statement T16.
pub fn is_sure_enough(
    means: &Means,
    client: &Client,
    grant: &Grant,
    user: &User,
    membership: &Membership,
    scopes: &Scopes,
) -> bool {
    let must_have_two = user.requires_second_factor || membership.requires_second_factor;
    let least = client
        .least_acr
        .max(must_have_two.then_some(Acr::Two))
        .max(authorize::least_acr_of_scopes(means, scopes));
    grant.acr.as_deref().and_then(Acr::from_name) >= least
}

fn unsigned(error: &crate::keys::KeyError) -> StorageError {
    StorageError::Internal(format!("a token could not be signed: {error}"))
}

/// The successor of a refresh token is derived from it, so that a lost answer can be given again without storing a
/// secret. Security statement T13.
#[must_use]
pub fn refresh_successor(means: &Means, predecessor: &Token) -> Token {
    use base64::Engine as _;
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &means.derived.refresh_successor);
    let tag = aws_lc_rs::hmac::sign(&key, predecessor.expose().as_bytes());
    Token::presented(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// The idle end of a refresh token, which its grant's absolute end bounds.
#[must_use]
pub fn refresh_expiry(means: &Means, grant_expires_at: Seconds) -> Seconds {
    (means.clock.now() + means.config.refresh.idle_lifetime).min(grant_expires_at)
}

/// The audience of the new token: what the token request names, which must be part of what was granted. RFC 8707 §2.2.
pub fn narrow_resources(
    published: &Published,
    granted: &[String],
    requested: &[String],
) -> Result<Vec<String>, TokenRefusal> {
    if requested.is_empty() {
        let known: Vec<String> =
            granted.iter().filter(|identifier| published.resource(identifier).is_some()).cloned().collect();
        return if known.is_empty() && !granted.is_empty() {
            Err(TokenRefusal::new(
                TokenErrorCode::InvalidTarget,
                "the resource that this was granted for is not known here any more",
            ))
        } else {
            Ok(known)
        };
    }
    let named =
        crate::protocol::resource::resolve(requested.iter().map(String::as_str), &published.resources)
            .map_err(|fault| TokenRefusal::new(TokenErrorCode::InvalidTarget, fault.0))?;
    if named.iter().all(|resource| granted.contains(&resource.identifier)) {
        Ok(named.into_iter().map(|resource| resource.identifier.clone()).collect())
    } else {
        Err(TokenRefusal::new(
            TokenErrorCode::InvalidTarget,
            "resource names something that the authorization request did not ask for",
        ))
    }
}

/// What was granted, as far as the client still may have it and the resources of this token know it.
/// Security statements T04, T08.
pub fn usable_scopes(
    published: &Published,
    client: &Client,
    granted: &Scopes,
    resources: &[String],
) -> Result<Scopes, TokenRefusal> {
    let resources: Vec<&Resource> =
        resources.iter().filter_map(|identifier| published.resource(identifier)).collect();
    let usable = granted.intersection(&published.usable_scopes(client));
    let usable = scopes_of(&resources).map_or_else(|| usable.clone(), |known| usable.intersection(&known));
    if usable.is_empty() && !granted.is_empty() {
        let text = "the client may not have any of the granted scopes here, or not any more";
        return Err(TokenRefusal::new(TokenErrorCode::InvalidScope, text));
    }
    Ok(usable)
}

/// What the tokens of a grant are to say: to a client, about a person.
pub struct PersonOrder<'a> {
    pub client: &'a Client,
    pub grant: &'a Grant,
    pub user: &'a User,
    /// The groups that the person is in.
    pub groups: &'a [String],
    pub scopes: &'a Scopes,
    pub resources: &'a [String],
    /// Only in the first answer: it is that request's. OpenID Connect Core §12.2.
    pub nonce: Option<&'a str>,
    pub refresh_token: Option<&'a Token>,
}

/// The answer with access token, refresh token and ID token as they are due, and the row of the access token.
pub fn for_person(
    means: &Means,
    order: &PersonOrder<'_>,
) -> Result<(TokenResponse, NewAccessToken), StorageError> {
    let subject = subjects::of(&means.derived, &order.client.metadata, &order.user.subject);
    let MintedAccessToken { token, row, lifetime } = access_token(
        means,
        &Order {
            client: order.client,
            grant_id: Some(order.grant.id),
            subject: &subject,
            scopes: order.scopes,
            resources: order.resources,
            authenticated_at: Some(order.grant.authenticated_at),
        },
    )?;
    let id_token =
        order.scopes.contains("openid").then(|| id_token(means, order, &subject, &token)).transpose()?;
    let response = TokenResponse {
        access_token: token.expose().to_owned(),
        token_type: "Bearer",
        expires_in: lifetime,
        refresh_token: order.refresh_token.map(|token| token.expose().to_owned()),
        id_token,
        scope: order.scopes.to_string(),
    };
    Ok((response, row))
}

/// Counts what an answer holds, once its rows are written.
pub fn count(response: &TokenResponse) {
    telemetry::count_token(TokenKind::AccessToken);
    if response.refresh_token.is_some() {
        telemetry::count_token(TokenKind::RefreshToken);
    }
    if response.id_token.is_some() {
        telemetry::count_token(TokenKind::IdToken);
    }
}

/// What a write needs of a minted pair.
#[derive(Clone)]
pub struct RefreshRow {
    pub digest: Digest,
    pub expires_at: Seconds,
}

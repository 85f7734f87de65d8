//! Tells a client about the person who let it. OpenID Connect Core §5.3.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Means;
use super::settings::Published;
use crate::entropy::Token;
use crate::protocol::bearer::BearerRefusal;
use crate::protocol::claims::{self, GROUPS, Person};
use crate::protocol::jwt::TYP_JWT;
use crate::protocol::scope::Scopes;
use crate::storage::access_tokens::AccessToken;
use crate::storage::clients::Client;
use crate::storage::grants::Grant;
use crate::storage::users::User;
use crate::storage::{DbConnection, Failure, StorageError, access_tokens, clients, grants, groups};

/// The claims, as the client registered to have them. OpenID Connect Core §5.3.2.
pub enum Userinfo {
    Json(Map<String, Value>),
    /// Signed, `application/jwt`.
    Jwt(String),
}

struct Found {
    access: AccessToken,
    scopes: Scopes,
    client: Client,
    grant: Grant,
    user: User,
    /// Empty if nobody may be told of them.
    groups: Vec<String>,
}

/// The claims that the token's scopes open and those that the request asked for, always with `sub`.
pub async fn userinfo(means: &Means, token: Token) -> Result<Userinfo, Failure<BearerRefusal>> {
    let published = means.published();
    let Found { access, scopes, client, grant, user, groups } = find(means, &published, token).await?;
    if !access.audiences.iter().any(|audience| audience == means.config.issuer.as_str()) {
        return Err(Failure::Refused(BearerRefusal::InvalidToken));
    }
    if !scopes.contains("openid") {
        return Err(Failure::Refused(BearerRefusal::InsufficientScope("openid")));
    }
    // The one of the ID token, whatever the client registered since.
    let (person, definitions) = (person(&published, &user, &groups, &access.subject), &published.scopes);
    let usable = published.usable_scopes(&client);
    let mut answer = claims::requested(&person, &grant.claims.userinfo, &usable, definitions);
    answer.extend(claims::userinfo(&person, &scopes, definitions));
    sign_if_registered(means, &client, answer)
}

async fn find(
    means: &Means,
    published: &Arc<Published>,
    token: Token,
) -> Result<Found, Failure<BearerRefusal>> {
    let (now, published) = (means.clock.now(), Arc::clone(published));
    let found = move |conn: &mut DbConnection| {
        let Some(access) = access_tokens::find_live(conn, &token.digest(), now)? else { return Ok(None) };
        let Some(grant_id) = access.grant_id else { return Ok(None) };
        let Some((grant, user)) = grants::find_with_user(conn, grant_id)? else { return Ok(None) };
        let Some(client) = clients::find_by_key(conn, access.client_key)? else { return Ok(None) };
        let scopes =
            Scopes::parse(&access.scopes).map_err(|_| StorageError::Corrupt("access_tokens.scopes"))?;
        let tells_groups = claims::may_tell(GROUPS, &grant.claims.userinfo, &scopes, &published.scopes);
        let groups = if tells_groups { groups::names_of(conn, user.id)? } else { Vec::new() };
        Ok(Some(Found { access, scopes, client, grant, user, groups }))
    };
    let found: Option<Found> =
        means.database.read(move |conn| found(conn).map_err(Failure::<BearerRefusal>::Broken)).await?;
    found.ok_or(Failure::Refused(BearerRefusal::InvalidToken))
}

/// A person as claims are made of them.
pub(super) fn person<'a>(
    published: &'a Published,
    user: &'a User,
    groups: &'a [String],
    subject: &'a str,
) -> Person<'a> {
    Person {
        subject,
        name: &user.name,
        email: user.email.as_deref(),
        email_verified: user.email_verified,
        updated_at: user.updated_at,
        claims: &user.claims,
        groups,
        attributes: claims::of_attributes(&published.attributes, &user.attributes),
    }
}

/// Signed, it says by whom and for whom. OpenID Connect Core §5.3.2.
fn sign_if_registered(
    means: &Means,
    client: &Client,
    mut claims: Map<String, Value>,
) -> Result<Userinfo, Failure<BearerRefusal>> {
    let Some(algorithm) = client.metadata.userinfo_signed_response_alg else {
        return Ok(Userinfo::Json(claims));
    };
    let now = means.clock.now();
    claims.insert("iss".to_owned(), means.config.issuer.as_str().into());
    claims.insert("aud".to_owned(), client.client_id.as_str().into());
    claims.insert("iat".to_owned(), now.into());
    let signed = means.published().keys.sign(algorithm, TYP_JWT, &claims, now);
    signed.map(Userinfo::Jwt).map_err(|error| {
        Failure::Broken(StorageError::Internal(format!("userinfo could not be signed: {error}")))
    })
}

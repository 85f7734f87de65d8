//! Tells a client about the person who let it. OpenID Connect Core §5.3.

use serde_json::{Map, Value};

use super::Means;
use crate::entropy::Token;
use crate::protocol::bearer::BearerRefusal;
use crate::protocol::claims;
use crate::protocol::scope::Scopes;
use crate::storage::{Failure, StorageError, access_tokens, users};

/// The claims that the token's scopes open, always with `sub`.
pub async fn userinfo(means: &Means, token: Token) -> Result<Map<String, Value>, Failure<BearerRefusal>> {
    let now = means.clock.now();
    let (access, user) = means
        .database
        .read(move |conn| {
            let invalid = || Failure::Refused(BearerRefusal::InvalidToken);
            let access = access_tokens::find_live(conn, &token.digest(), now)?.ok_or_else(invalid)?;
            let user_id = access.user_id.ok_or_else(invalid)?;
            let user = users::find(conn, user_id)?.ok_or_else(invalid)?;
            Ok::<_, Failure<BearerRefusal>>((access, user))
        })
        .await?;
    if !access.audiences.iter().any(|audience| audience == means.config.issuer.as_str()) {
        return Err(Failure::Refused(BearerRefusal::InvalidToken));
    }
    let scopes = Scopes::parse(&access.scopes).map_err(|_| StorageError::Corrupt("access_tokens.scopes"))?;
    if !scopes.contains("openid") {
        return Err(Failure::Refused(BearerRefusal::InsufficientScope("openid")));
    }
    let person = claims::Person {
        subject: &user.subject,
        name: &user.name,
        email: user.email.as_deref(),
        email_verified: user.email_verified,
        updated_at: user.updated_at,
        claims: &user.claims,
    };
    Ok(claims::userinfo(&person, &scopes, &means.config.scopes))
}

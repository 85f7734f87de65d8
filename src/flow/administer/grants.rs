//! Grants: what people allowed a client, which an operator may take back.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::clients::{find, locked};
use super::{Administered, not_found};
use crate::clock::Seconds;
use crate::flow::Means;
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::grant_list::{self, StandingGrant};
use crate::storage::{clients, grants, users};
use crate::texts::say;

/// More than this many are not listed at once.
const MOST: i64 = 1000;

/// Who allowed what, since when, and when it was last used.
#[derive(Serialize, ToSchema)]
pub struct GrantView {
    pub id: i64,
    /// The sign-in name of the person.
    pub user: String,
    pub subject: String,
    pub scopes: Vec<String>,
    /// Empty = the server itself. RFC 8707.
    pub resources: Vec<String>,
    pub created_at: Seconds,
    pub expires_at: Seconds,
    /// When its last token was issued, as far as that is still known.
    pub last_used_at: Option<Seconds>,
}

impl From<StandingGrant> for GrantView {
    fn from(grant: StandingGrant) -> Self {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Self {
            id: grant.id,
            scopes: words(&grant.scopes),
            resources: words(&grant.resources),
            user: grant.user_name,
            subject: grant.subject,
            created_at: grant.created_at,
            expires_at: grant.expires_at,
            last_used_at: grant.access_token_at.max(grant.refresh_token_at),
        }
    }
}

/// The grants of a client that stand.
#[derive(Serialize, ToSchema)]
pub struct Grants {
    /// The newest thousand, newest first.
    pub grants: Vec<GrantView>,
}

/// What a revocation took.
#[derive(Serialize, ToSchema)]
pub struct RevokedGrants {
    pub grants: usize,
    pub consents: usize,
}

/// The grants of a client that are neither revoked nor expired.
pub async fn list(means: &Means, client_id: String) -> Administered<Grants> {
    let now = means.clock.now();
    means
        .database
        .read(move |conn| {
            let client = find(conn, &client_id)?;
            let found = grant_list::standing(conn, client.key, now, MOST)?;
            Ok(Grants { grants: found.into_iter().map(GrantView::from).collect() })
        })
        .await
}

/// Takes back everything that anybody allowed the client: its tokens die, and people are asked again.
pub async fn revoke_all(means: &Means, client_id: String, origin: Origin) -> Administered<RevokedGrants> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let client = locked(conn, &client_id)?;
            let revoked = RevokedGrants {
                grants: grant_list::revoke_all(conn, client.key, now)?,
                consents: grant_list::forget_consents(conn, client.key, None)?,
            };
            let details = json!({ "grants": revoked.grants, "consents": revoked.consents });
            let (kind, client_id) = (EventKind::ConsentRevoked, Some(client_id.as_str()));
            audit_events::record(conn, &Event { kind, origin: &origin, client_id, details }, now)?;
            Ok(revoked)
        })
        .await
}

/// Takes back one grant: its tokens die, and the person is asked again.
pub async fn revoke(means: &Means, id: i64, origin: Origin) -> Administered<RevokedGrants> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let unknown = || not_found(say("refused-no-grant").with("id", id));
            let Some((client_key, user_id)) = grant_list::parties(conn, id)? else { return unknown() };
            let Some(client) = clients::lock(conn, client_key)? else { return unknown() };
            if !grants::revoke(conn, id, now)? {
                return unknown();
            }
            let consents = grant_list::forget_consents(conn, client_key, Some(user_id))?;
            let subject = users::find(conn, user_id)?.map(|user| user.subject);
            let details = json!({ "sub": subject, "grant": id, "grants": 1, "consents": consents });
            let (kind, client_id) = (EventKind::ConsentRevoked, Some(client.client_id.as_str()));
            audit_events::record(conn, &Event { kind, origin: &origin, client_id, details }, now)?;
            Ok(RevokedGrants { grants: 1, consents })
        })
        .await
}

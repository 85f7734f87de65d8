//! What a person sees of their own account: what they allowed which client, and what happened.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::audit_events::{COLUMNS, StoredEvent};
use super::clients::{Client, Row as ClientRow};
use super::schema::{audit_events, clients, consents, users};
use super::{DbConnection, StorageError, stored_scopes};
use crate::clock::Seconds;
use crate::protocol::scope::Scopes;

/// A client that a person lets do something.
pub struct Application {
    pub client: Client,
    pub scopes: Scopes,
    /// Identifiers of the resources it is for. RFC 8707.
    pub resources: Vec<String>,
    pub since: Seconds,
    /// When its last token was issued, as far as that is still known.
    pub last_used_at: Option<Seconds>,
}

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = BigInt)]
    client_key: i64,
    #[diesel(sql_type = Text)]
    scopes: String,
    #[diesel(sql_type = Text)]
    resources: String,
    #[diesel(sql_type = BigInt)]
    created_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    access_token_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    refresh_token_at: Option<i64>,
}

/// More grants than this of one person are not looked at.
const MOST_GRANTS: i64 = 1000;

#[derive(Default)]
struct Allowed {
    scopes: Scopes,
    resources: Vec<String>,
    since: Seconds,
    last_used_at: Option<Seconds>,
}

impl Allowed {
    fn add(&mut self, scopes: &str, resources: &str, since: Seconds) -> Result<(), StorageError> {
        self.scopes = self.scopes.union(&stored_scopes(scopes)?);
        for resource in resources.split_whitespace() {
            if !self.resources.iter().any(|known| known == resource) {
                self.resources.push(resource.to_owned());
            }
        }
        self.since = if self.since == 0 { since } else { self.since.min(since) };
        Ok(())
    }
}

/// The clients that a person lets do something: by a consent that is remembered, or by a grant that stands. By name of the row.
pub fn applications(
    conn: &mut DbConnection,
    user_id: i64,
    now: Seconds,
) -> Result<Vec<Application>, StorageError> {
    let mut by_client: BTreeMap<i64, Allowed> = BTreeMap::new();
    let remembered: Vec<(i64, String, String, i64)> = consents::table
        .filter(consents::user_id.eq(user_id))
        .select((consents::client_key, consents::scopes, consents::resources, consents::granted_at))
        .load(conn)?;
    for (key, scopes, resources, since) in remembered {
        by_client.entry(key).or_default().add(&scopes, &resources, since)?;
    }
    let standing: Vec<Standing> = diesel::sql_query(
        "SELECT g.client_key, g.scopes, g.resources, g.created_at, \
         (SELECT MAX(a.issued_at) FROM access_tokens a WHERE a.grant_id = g.id) AS access_token_at, \
         (SELECT MAX(r.issued_at) FROM refresh_tokens r WHERE r.grant_id = g.id) AS refresh_token_at \
         FROM grants g WHERE g.user_id = $1 AND g.revoked_at IS NULL AND g.expires_at > $2 \
         ORDER BY g.id DESC LIMIT $3",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(MOST_GRANTS)
    .load(conn)?;
    for grant in standing {
        let allowed = by_client.entry(grant.client_key).or_default();
        allowed.add(&grant.scopes, &grant.resources, grant.created_at)?;
        allowed.last_used_at = allowed.last_used_at.max(grant.access_token_at).max(grant.refresh_token_at);
    }
    let keys: Vec<i64> = by_client.keys().copied().collect();
    let found: Vec<ClientRow> = clients::table
        .filter(clients::id.eq_any(keys))
        .order(clients::id)
        .select(ClientRow::as_select())
        .load(conn)?;
    let mut applications = Vec::with_capacity(found.len());
    for row in found {
        let client = Client::try_from(row)?;
        let Some(allowed) = by_client.remove(&client.key) else { continue };
        let Allowed { scopes, resources, since, last_used_at } = allowed;
        applications.push(Application { client, scopes, resources, since, last_used_at });
    }
    Ok(applications)
}

/// Revokes every grant of a person to a client; how many.
pub fn revoke_grants(
    conn: &mut DbConnection,
    user_id: i64,
    client_key: i64,
    now: Seconds,
) -> Result<usize, StorageError> {
    Ok(diesel::sql_query(
        "UPDATE grants SET revoked_at = $1 WHERE user_id = $2 AND client_key = $3 AND revoked_at IS NULL",
    )
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(client_key)
    .execute(conn)?)
}

/// The newest events that this person caused or that are about them, before the one with this id.
pub fn events(
    conn: &mut DbConnection,
    subject: &str,
    before_id: Option<i64>,
    limit: i64,
) -> Result<Vec<StoredEvent>, StorageError> {
    let by_them = audit_events::actor.eq(format!("user:{subject}"));
    let about_them = audit_events::subject.eq(subject).assume_not_null();
    let own = audit_events::table.filter(by_them.or(about_them)).into_boxed();
    let own = match before_id {
        Some(id) => own.filter(audit_events::id.lt(id)),
        None => own,
    };
    Ok(own.order(audit_events::id.desc()).limit(limit).select(COLUMNS).load(conn)?)
}

/// Sets the claims of a person that they wrote themselves, and the language of their pages.
pub fn set_profile(
    conn: &mut DbConnection,
    user_id: i64,
    claims: &str,
    locale: Option<&str>,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::update(users::table.find(user_id))
        .set((users::claims.eq(claims), users::locale.eq(locale), users::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// The password hash of a person, and when it was last changed.
pub fn password(
    conn: &mut DbConnection,
    user_id: i64,
) -> Result<(Option<String>, Option<Seconds>), StorageError> {
    Ok(users::table.find(user_id).select((users::password_hash, users::password_changed_at)).first(conn)?)
}

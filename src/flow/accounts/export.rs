//! A person takes along what the server knows of them, as JSON. No secret is among it.

use std::convert::Infallible;

use serde_json::{Value, json};

use crate::flow::{BrowserSession, Failure, Means, audit, factors};
use crate::storage::audit_events::StoredEvent;
use crate::storage::{StorageError, browser_sessions, exports, groups, person_view};

/// So many of the newest events that the person caused or that are about them are among it.
const EVENTS: i64 = 1000;

/// Everything about whoever is signed in here.
pub async fn of_own(means: &Means, session: &BrowserSession) -> Result<Value, StorageError> {
    let (now, user) = (means.clock.now(), session.user.clone());
    let idle_since = now - means.config.session.idle_lifetime;
    let issuer = means.config.issuer.as_str().to_owned();
    let read = means.database.read(move |conn| {
        let sessions = browser_sessions::of_user(conn, user.id, now, idle_since)?;
        let events = person_view::events(conn, &user.subject, None, EVENTS)?;
        let allowed = exports::allowed(conn, user.id, now)?;
        let linked = exports::linked(conn, user.id)?;
        Ok::<_, Failure<Infallible>>(json!({
            "issuer": issuer,
            "exported_at": now,
            "account": {
                "sub": user.subject, "name": user.name, "email": user.email, "email_verified": user.email_verified,
                "locale": user.locale, "claims": user.claims, "attributes": user.attributes,
                "is_administrator": user.is_administrator, "origin": user.origin,
                "created_at": user.created_at, "updated_at": user.updated_at,
                "password_changed_at": user.password_changed_at, "signed_in_at": user.signed_in_at,
            },
            "groups": groups::names_of(conn, user.id)?,
            "factors": factors::of(conn, user.id)?,
            "sessions": sessions.iter().map(|it| json!({
                "sid": it.sid, "created_at": it.created_at, "authenticated_at": it.authenticated_at,
                "last_used_at": it.seen_at, "expires_at": it.expires_at, "address": it.address,
                "user_agent": it.user_agent, "clients": it.clients,
            })).collect::<Vec<_>>(),
            "applications": allowed.iter().map(|it| json!({
                "client_id": it.client_id, "scopes": it.scopes, "resources": it.resources,
                "allowed_at": it.created_at, "expires_at": it.expires_at,
            })).collect::<Vec<_>>(),
            "linked_accounts": linked.iter().map(|it| json!({
                "issuer": it.issuer, "sub": it.subject, "linked_at": it.created_at,
            })).collect::<Vec<_>>(),
            "activity": events.iter().map(as_told).collect::<Vec<_>>(),
        }))
    });
    read.await.map_err(|failure| match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    })
}

/// An event as the person may know it: what an operator did without who it was and where from.
fn as_told(event: &StoredEvent) -> Value {
    if !audit::is_of_operator(&event.actor) {
        return audit::as_json(event);
    }
    json!({ "id": event.id, "at": event.at, "kind": event.kind, "actor": "operator", "client_id": event.client_id })
}

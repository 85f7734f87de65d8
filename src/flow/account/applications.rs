//! What a person lets clients do, and how they take it back. Security statement U03.

use std::collections::BTreeSet;

use serde_json::json;

use super::{AccountRefusal, Done, record, refuse};
use crate::flow::log_out::Never;
use crate::flow::{BrowserSession, Client, Failure, Means, Origin};
use crate::storage::audit_events::EventKind;
use crate::storage::person_view::Application;
use crate::storage::{clients, grant_list, person_view};

/// The clients that a person lets do something.
pub type Applications = Vec<Application>;

/// What the person allowed, to whom, since when, and when it was last used.
pub async fn applications(means: &Means, session: &BrowserSession) -> Result<Applications, Failure<Never>> {
    let (user_id, now) = (session.user.id, means.clock.now());
    means.database.read(move |conn| Ok(person_view::applications(conn, user_id, now)?)).await
}

/// The clients of these identifiers, as far as they are still there.
pub async fn clients_of(means: &Means, client_ids: BTreeSet<String>) -> Result<Vec<Client>, Failure<Never>> {
    means
        .database
        .read(move |conn| {
            let mut found = Vec::with_capacity(client_ids.len());
            for client_id in client_ids {
                found.extend(clients::find(conn, &client_id)?);
            }
            Ok(found)
        })
        .await
}

/// Takes everything back that the person allowed a client: its tokens die, and they are asked again. Security statement T17.
pub async fn revoke(
    means: &Means,
    session: &BrowserSession,
    client_id: String,
    origin: Origin,
) -> Done<Client> {
    let (now, session) = (means.clock.now(), session.clone());
    means
        .database
        .write(move |conn| {
            let found = clients::find(conn, &client_id)?;
            let locked = match found {
                Some(client) => clients::lock(conn, client.key)?,
                None => None,
            };
            let Some(client) = locked else { return refuse(AccountRefusal::Gone) };
            let grants = person_view::revoke_grants(conn, session.user.id, client.key, now)?;
            let consents = grant_list::forget_consents(conn, client.key, Some(session.user.id))?;
            if grants == 0 && consents == 0 {
                return refuse(AccountRefusal::Gone);
            }
            let details = json!({ "sub": session.user.subject, "grants": grants, "consents": consents });
            let event = (EventKind::ConsentRevoked, Some(client.client_id.as_str()), details);
            record(conn, &session, &origin, event, now)?;
            Ok(client)
        })
        .await
}

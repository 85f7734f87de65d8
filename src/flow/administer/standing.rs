//! Who is signed in, and what people allow: of everybody or of one person, a page at a time.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::grants::RevokedGrants;
use super::people::{self, Who};
use super::{Administered, clients, record};
use crate::clock::Seconds;
use crate::flow::Means;
use crate::storage::DbConnection;
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::standing::{self, GrantRow, Part, SessionRow};

/// A browser in which somebody is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StandingSession {
    pub sid: String,
    pub subject: String,
    /// What the person signs in with.
    pub name: String,
    /// How sure the sign-in was.
    pub acr: String,
    pub authenticated_at: Seconds,
    pub last_used_at: Seconds,
    pub expires_at: Seconds,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

impl From<SessionRow> for StandingSession {
    fn from(row: SessionRow) -> Self {
        Self {
            sid: row.sid,
            subject: row.subject,
            name: row.user_name,
            acr: row.acr,
            authenticated_at: row.authenticated_at,
            last_used_at: row.seen_at,
            expires_at: row.expires_at,
            address: row.address,
            user_agent: row.user_agent,
        }
    }
}

/// Sessions that go on, newest first.
#[derive(Serialize, ToSchema)]
pub struct SessionPage {
    pub sessions: Vec<StandingSession>,
    /// Asks for the page after this one; null = there is none.
    pub next_page_token: Option<String>,
}

/// What somebody allows a client.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AllowedClient {
    /// The grant, by which it is taken back.
    pub id: i64,
    pub subject: String,
    /// What the person signs in with.
    pub name: String,
    pub client_id: String,
    /// What the client calls itself.
    pub client_name: Option<String>,
    /// Through which door the client came.
    pub source: String,
    pub scopes: Vec<String>,
    /// Empty = the server itself. RFC 8707.
    pub resources: Vec<String>,
    pub created_at: Seconds,
    pub expires_at: Seconds,
    /// When its last access token was issued, as far as that is still known.
    pub last_used_at: Option<Seconds>,
}

impl From<GrantRow> for AllowedClient {
    fn from(row: GrantRow) -> Self {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let metadata: Value = serde_json::from_str(&row.metadata).unwrap_or_default();
        Self {
            id: row.id,
            scopes: words(&row.scopes),
            resources: words(&row.resources),
            client_name: metadata.get("client_name").and_then(Value::as_str).map(str::to_owned),
            subject: row.subject,
            name: row.user_name,
            client_id: row.client_id,
            source: row.source,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.access_token_at,
        }
    }
}

/// Grants that stand, newest first.
#[derive(Serialize, ToSchema)]
pub struct GrantPage {
    pub grants: Vec<AllowedClient>,
    /// Asks for the page after this one; null = there is none.
    pub next_page_token: Option<String>,
}

fn part(
    conn: &mut DbConnection,
    who: Option<&Who>,
    (before_id, size, now): (Option<i64>, i64, Seconds),
) -> Administered<Part> {
    let user_id = who.map(|who| Administered::Ok(people::find(conn, who)?.id)).transpose()?;
    Ok(Part { user_id, before_id, limit: size + 1, now })
}

/// What belongs on the page, and the token for the one after it.
fn cut<T>(mut rows: Vec<T>, size: i64, id: impl Fn(&T) -> i64) -> (Vec<T>, Option<String>) {
    let size = usize::try_from(size).unwrap_or_default();
    let has_more = rows.len() > size;
    rows.truncate(size);
    let token = rows.last().filter(|_| has_more).map(|row| clients::page_token_of(id(row)));
    (rows, token)
}

/// The sessions that go on, of somebody or of everybody.
pub async fn sessions(
    means: &Means,
    who: Option<Who>,
    size: i64,
    page_token: Option<&str>,
) -> Administered<SessionPage> {
    let (before, now) = (page_token.map(clients::read_page_token).transpose()?, means.clock.now());
    let idle_since = now - means.config.session.idle_lifetime;
    let found = means
        .database
        .read(move |conn| {
            let part = part(conn, who.as_ref(), (before, size, now))?;
            Administered::Ok(standing::sessions(conn, part, idle_since)?)
        })
        .await?;
    let (rows, next_page_token) = cut(found, size, |row| row.id);
    Ok(SessionPage { sessions: rows.into_iter().map(StandingSession::from).collect(), next_page_token })
}

/// The grants that stand, of somebody or of everybody.
pub async fn grants(
    means: &Means,
    who: Option<Who>,
    size: i64,
    page_token: Option<&str>,
) -> Administered<GrantPage> {
    let (before, now) = (page_token.map(clients::read_page_token).transpose()?, means.clock.now());
    let found = means
        .database
        .read(move |conn| {
            let part = part(conn, who.as_ref(), (before, size, now))?;
            Administered::Ok(standing::grants(conn, part)?)
        })
        .await?;
    let (rows, next_page_token) = cut(found, size, |row| row.id);
    Ok(GrantPage { grants: rows.into_iter().map(AllowedClient::from).collect(), next_page_token })
}

/// Takes back everything that somebody allowed: the tokens die, and they are asked again.
pub async fn withdraw_all(means: &Means, who: Who, origin: Origin) -> Administered<RevokedGrants> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let user = people::find(conn, &who)?;
            let (grants, consents) = standing::withdraw_all(conn, user.id, now)?;
            let details =
                json!({ "sub": user.subject, "name": user.name, "grants": grants, "consents": consents });
            record(conn, EventKind::ConsentRevoked, &origin, details, now)?;
            Ok(RevokedGrants { grants, consents })
        })
        .await
}

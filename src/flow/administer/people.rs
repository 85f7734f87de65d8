//! People: where they are signed in, and what ends when they are signed out, get another password or are switched off.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Administered, Refusal, conflict, hashed, invalid, not_found, persons, record};
use crate::clock::Seconds;
use crate::flow::log_in::canonical_name;
use crate::flow::sign_in::guesses;
use crate::flow::{Failure, Means};
use crate::password::{self, Owner};
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::browser_sessions::{self, SessionView};
use crate::storage::users::{self, User};
use crate::storage::{DbConnection, StorageError, grants};
use crate::texts::say;

/// Whom an operator means.
#[derive(Clone, Debug)]
pub enum Who {
    /// By `sub`.
    Subject(String),
    /// By the name that they sign in with.
    Name(String),
}

/// A browser in which somebody is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    /// As in ID and logout tokens; clients with pairwise subjects know it by another name.
    pub sid: String,
    pub created_at: Seconds,
    /// When the person last proved who they are.
    pub authenticated_at: Seconds,
    pub last_used_at: Seconds,
    pub expires_at: Seconds,
    /// Where the person last signed in from.
    pub address: Option<String>,
    /// What the browser called itself then.
    pub user_agent: Option<String>,
    /// The clients that the person went on to.
    pub clients: Vec<String>,
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        Self {
            sid: view.sid,
            created_at: view.created_at,
            authenticated_at: view.authenticated_at,
            last_used_at: view.seen_at,
            expires_at: view.expires_at,
            address: view.address,
            user_agent: view.user_agent,
            clients: view.clients,
        }
    }
}

/// Where somebody is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Sessions {
    pub subject: String,
    /// The one that was used last first.
    pub sessions: Vec<Session>,
}

/// What ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ended {
    pub sessions: usize,
    /// Beside those that ended with the sessions.
    pub grants: usize,
}

/// The sessions of somebody.
pub async fn sessions(means: &Means, who: Who) -> Administered<Sessions> {
    let now = means.clock.now();
    let idle_since = now - means.config.session.idle_lifetime;
    means
        .database
        .read(move |conn| {
            let user = find(conn, &who)?;
            let found = browser_sessions::of_user(conn, user.id, now, idle_since)?;
            Ok(Sessions { subject: user.subject, sessions: found.into_iter().map(Session::from).collect() })
        })
        .await
}

/// Signs somebody out everywhere, or in the one session of this `sid`. What they allowed for the time when they are away
/// stays.
pub async fn sign_out(means: &Means, who: Who, sid: Option<String>, origin: Origin) -> Administered<Ended> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let user = find(conn, &who)?;
            let sessions = match &sid {
                None => browser_sessions::end_all_of_user(conn, user.id, now)?,
                Some(sid) => {
                    let of_user = browser_sessions::of_user(conn, user.id, now, Seconds::MIN)?;
                    let Some(session) = of_user.into_iter().find(|session| session.sid == *sid) else {
                        return not_found(say("refused-no-session"));
                    };
                    usize::from(browser_sessions::end(conn, session.id, now)?)
                }
            };
            let details = json!({ "sub": user.subject, "name": user.name, "sessions": sessions });
            record(conn, EventKind::SignedOut, &origin, details, now)?;
            Ok(Ended { sessions, grants: 0 })
        })
        .await
}

/// People of one transaction.
const BATCH: i64 = 50;

/// Signs everybody out.
pub async fn sign_everybody_out(means: &Means, origin: Origin) -> Administered<Ended> {
    let (now, mut ended, mut after) = (means.clock.now(), Ended::default(), 0);
    loop {
        let (origin, begun) = (origin.clone(), after);
        let (last, sessions) = means
            .database
            .write(move |conn| {
                let people = browser_sessions::signed_in_people(conn, now, begun, BATCH)?;
                let mut sessions = 0;
                for id in &people {
                    sessions += browser_sessions::end_all_of_user(conn, *id, now)?;
                }
                if sessions > 0 {
                    let details = json!({ "people": people.len(), "sessions": sessions });
                    record(conn, EventKind::SignedOut, &origin, details, now)?;
                }
                Ok::<_, Failure<Refusal>>((people.last().copied(), sessions))
            })
            .await?;
        ended.sessions += sessions;
        match last {
            None => return Ok(ended),
            Some(last) => after = last,
        }
    }
}

/// Switches somebody off: they cannot sign in, and everything that was issued for them is dead at once and stays so.
/// Security statement T17.
pub async fn disable(means: &Means, who: Who, origin: Origin) -> Administered<Ended> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let user = find(conn, &who)?;
            persons::refuse_the_last_administrator(conn, &user)?;
            if !users::set_disabled(conn, user.id, Some(now))? {
                return conflict(say("refused-person-disabled"));
            }
            let ended = sever(conn, &user, now)?;
            record(conn, EventKind::UserDisabled, &origin, told(&user, ended), now)?;
            Ok(ended)
        })
        .await
}

/// Lets somebody sign in again. Nothing that died comes back.
pub async fn enable(means: &Means, who: Who, origin: Origin) -> Administered<()> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let user = find(conn, &who)?;
            if !users::set_disabled(conn, user.id, None)? {
                return conflict(say("refused-person-enabled"));
            }
            let details = json!({ "sub": user.subject, "name": user.name });
            Ok(record(conn, EventKind::UserEnabled, &origin, details, now)?)
        })
        .await
}

/// Lets somebody try to sign in at once, however often that failed. NIST SP 800-63B-4 §3.2.2.
pub async fn unblock(means: &Means, who: Who, origin: Origin) -> Administered<()> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let user = find(conn, &who)?;
            if !guesses::forget(conn, user.id)? {
                return conflict(say("refused-nothing-blocked"));
            }
            let details = json!({ "sub": user.subject, "name": user.name });
            Ok(record(conn, EventKind::SignInUnblocked, &origin, details, now)?)
        })
        .await
}

/// Gives somebody another password. Whoever knew the old one loses everything that they got by it.
/// Security statement T17.
pub async fn change_password(
    means: &Means,
    who: Who,
    password: String,
    origin: Origin,
) -> Administered<Ended> {
    let now = means.clock.now();
    let wanted = who.clone();
    let user = means.database.read(move |conn| find(conn, &wanted)).await?;
    let has_second_factor = user.requires_second_factor;
    let issuer = means.config.issuer.as_str();
    let owner = Owner { name: &user.name, email: user.email.as_deref(), issuer, has_second_factor };
    if let Err(fault) = password::check_new(&password, &owner) {
        return invalid(fault.said());
    }
    let hash = hashed(means, &password).await?;
    means
        .database
        .write(move |conn| {
            let user = find(conn, &who)?;
            users::set_password(conn, user.id, &hash, now)?;
            let ended = sever(conn, &user, now)?;
            record(conn, EventKind::PasswordChanged, &origin, told(&user, ended), now)?;
            Ok(ended)
        })
        .await
}

/// Ends every session and every grant of a person. The consents stay: what they say was the person's own wish.
fn sever(conn: &mut DbConnection, user: &User, now: Seconds) -> Result<Ended, StorageError> {
    let sessions = browser_sessions::end_all_of_user(conn, user.id, now)?;
    Ok(Ended { sessions, grants: grants::revoke_all_of_user(conn, user.id, now)? })
}

fn told(user: &User, ended: Ended) -> serde_json::Value {
    json!({ "sub": user.subject, "name": user.name, "sessions": ended.sessions, "grants": ended.grants })
}

/// Whom the operator means.
pub(super) fn find(conn: &mut DbConnection, who: &Who) -> Administered<User> {
    let found = match who {
        Who::Subject(subject) => users::find_by_subject(conn, subject)?,
        Who::Name(name) => users::find_by_name(conn, &canonical_name(name))?.map(|(user, _)| user),
    };
    match (found, who) {
        (Some(user), _) => Ok(user),
        (None, Who::Subject(_)) => not_found(say("refused-no-sub")),
        (None, Who::Name(name)) => not_found(say("refused-nobody-called").with("name", name.trim())),
    }
}

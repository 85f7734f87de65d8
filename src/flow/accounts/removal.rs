//! A person leaves: their account and what belongs to it are gone at once.

use serde_json::json;

use super::{AccountRefusal, Accounted, refuse};
use crate::clock::Seconds;
use crate::flow::{BrowserSession, Means};
use crate::mail::{self, Email, EmailKind, Mailer};
use crate::storage::audit_events::{self, Actor, Event, EventKind, Origin};
use crate::storage::users::User;
use crate::storage::{DbConnection, browser_sessions, grants, users};

/// Deletes the account of whoever is signed in here.
pub async fn delete_own(means: &Means, session: &BrowserSession, origin: Origin) -> Accounted<()> {
    if !means.config.accounts.self_deletion {
        return refuse(AccountRefusal::Off);
    }
    let (now, user, mailer) = (means.clock.now(), session.user.clone(), means.mailer.clone());
    let origin = Origin { actor: Actor::User(user.subject.clone()), ..origin };
    means.database.write(move |conn| delete(conn, &user, &mailer, &origin, now)).await
}

/// Ends every session, so that clients are told, and every grant; then the person is gone, and told so. The last
/// administrator stays.
fn delete(
    conn: &mut DbConnection,
    user: &User,
    mailer: &Mailer,
    origin: &Origin,
    now: Seconds,
) -> Accounted<()> {
    if user.is_administrator && users::other_administrators(conn, user.id)? == 0 {
        return refuse(AccountRefusal::LastAdministrator);
    }
    let sessions = browser_sessions::end_all_of_user(conn, user.id, now)?;
    let grants = grants::revoke_all_of_user(conn, user.id, now)?;
    if let Some(reached) = users::reached(conn, user.id)? {
        let (recipient, name, locale) = (reached.email, Some(reached.name), reached.locale);
        // Of nobody: it outlives the person.
        let email = Email { user_id: None, recipient, name, locale, kind: EmailKind::AccountDeleted };
        mail::queue(conn, mailer, &email, now)?;
    }
    users::delete(conn, user.id)?;
    let details = json!({ "sub": user.subject, "name": user.name, "sessions": sessions, "grants": grants });
    let kind = EventKind::UserRemoved;
    Ok(audit_events::record(conn, &Event { kind, origin, client_id: None, details }, now)?)
}

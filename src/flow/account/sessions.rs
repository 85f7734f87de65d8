//! Where a person is signed in, and how they end that. Security statement S03.

use serde_json::json;

use super::{AccountRefusal, Done, record, refuse};
use crate::clock::Seconds;
use crate::flow::log_out::Never;
use crate::flow::{BrowserSession, Failure, Means, Origin};
use crate::storage::audit_events::EventKind;
use crate::storage::browser_sessions::{self, SessionView};

/// The sessions of this person, the one that was used last first.
pub async fn sessions(means: &Means, session: &BrowserSession) -> Result<Vec<SessionView>, Failure<Never>> {
    let (user_id, now) = (session.user.id, means.clock.now());
    let idle_since = now - means.config.session.idle_lifetime;
    means.database.read(move |conn| Ok(browser_sessions::of_user(conn, user_id, now, idle_since)?)).await
}

/// Ends one session of this person, and what hangs on it.
pub async fn end_session(means: &Means, session: &BrowserSession, sid: String, origin: Origin) -> Done<()> {
    let (now, session) = (means.clock.now(), session.clone());
    means
        .database
        .write(move |conn| {
            let all = browser_sessions::of_user(conn, session.user.id, now, Seconds::MIN)?;
            let Some(found) = all.into_iter().find(|known| known.sid == sid) else {
                return refuse(AccountRefusal::Gone);
            };
            if !browser_sessions::end(conn, found.id, now)? {
                return refuse(AccountRefusal::Gone);
            }
            let details = json!({ "sub": session.user.subject, "sessions": 1 });
            Ok(record(conn, &session, &origin, (EventKind::SignedOut, None, details), now)?)
        })
        .await
}

/// Ends every other session of this person; how many.
pub async fn end_others(means: &Means, session: &BrowserSession, origin: Origin) -> Done<usize> {
    let (now, session) = (means.clock.now(), session.clone());
    means
        .database
        .write(move |conn| {
            let ended = super::password::end_all_but(conn, &session, now)?;
            if ended > 0 {
                let details = json!({ "sub": session.user.subject, "sessions": ended });
                record(conn, &session, &origin, (EventKind::SignedOut, None, details), now)?;
            }
            Ok(ended)
        })
        .await
}

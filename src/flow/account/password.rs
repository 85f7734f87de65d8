//! A person chooses another password, or their first one. Security statements P01, P07 and P19, T17.

use serde_json::json;

use super::{AccountRefusal, Done, record, refuse};
use crate::clock::Seconds;
use crate::flow::authorize::Browser;
use crate::flow::log_out::Never;
use crate::flow::sign_in::SignInRefusal;
use crate::flow::sign_in::guesses::{self, Subject};
use crate::flow::{BrowserSession, Failure, Means, Origin, factors};
use crate::mail::{self, EmailKind};
use crate::password::{self, Owner, PasswordError};
use crate::storage::audit_events::EventKind;
use crate::storage::{DbConnection, StorageError, browser_sessions, grants, person_view, users};

/// Whether there is a password, and since when it is this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordState {
    pub is_set: bool,
    pub changed_at: Option<Seconds>,
    /// Nobody signs in by the password alone, so that it may be shorter.
    pub is_beside_second_factor: bool,
}

/// What was typed.
pub struct PasswordChange {
    /// Empty if there was none.
    pub current: String,
    pub new: String,
    pub again: String,
}

/// Whether the person has a password.
pub async fn password_state(
    means: &Means,
    session: &BrowserSession,
) -> Result<PasswordState, Failure<Never>> {
    let user_id = session.user.id;
    means
        .database
        .read(move |conn| {
            let (hash, changed_at) = person_view::password(conn, user_id)?;
            let is_beside_second_factor = factors::is_required(conn, user_id)?;
            Ok(PasswordState { is_set: hash.is_some(), changed_at, is_beside_second_factor })
        })
        .await
}

/// Replaces the password of whoever knows the old one. Every other session ends and every grant with it: whoever knew the old
/// password has nothing by it any more.
pub async fn change_password(
    means: &Means,
    session: &BrowserSession,
    browser: &Browser,
    change: PasswordChange,
    origin: Origin,
) -> Done<usize> {
    if change.new != change.again {
        return refuse(AccountRefusal::Unequal);
    }
    let user = &session.user;
    let user_id = user.id;
    let is_beside = means
        .database
        .read(move |conn| Ok::<_, Failure<AccountRefusal>>(factors::is_required(conn, user_id)?))
        .await?;
    let owner = Owner {
        name: &user.name,
        email: user.email.as_deref(),
        issuer: means.config.issuer.as_str(),
        has_second_factor: is_beside,
    };
    if let Err(fault) = password::check_new(&change.new, &owner) {
        return refuse(AccountRefusal::Password(fault));
    }
    let old = prove(means, session, browser, &change.current).await?;
    let hash = means.passwords.hash(&change.new).await.map_err(hashing)?;
    let (now, session, mailer) = (means.clock.now(), session.clone(), means.mailer.clone());
    means
        .database
        .write(move |conn| {
            let user = &session.user;
            if !users::lock(conn, user.id)? {
                return refuse(AccountRefusal::Gone);
            }
            // It may have been changed elsewhere since it was proven.
            if person_view::password(conn, user.id)?.0 != old {
                return refuse(AccountRefusal::WrongPassword);
            }
            users::set_password(conn, user.id, &hash, now)?;
            let sessions = end_all_but(conn, &session, now)?;
            let grants = grants::revoke_all_of_user(conn, user.id, now)?;
            let details =
                json!({ "sub": user.subject, "name": user.name, "sessions": sessions, "grants": grants });
            record(conn, &session, &origin, (EventKind::PasswordChanged, None, details), now)?;
            mail::notify(conn, &mailer, user.id, EmailKind::PasswordChanged, now)?;
            Ok(sessions)
        })
        .await
}

/// The stored hash of the current password, which was typed right. The guess counts as every other one does.
async fn prove(
    means: &Means,
    session: &BrowserSession,
    browser: &Browser,
    typed: &str,
) -> Done<Option<String>> {
    let user_id = session.user.id;
    let found = means
        .database
        .read(move |conn| Ok::<_, Failure<AccountRefusal>>(person_view::password(conn, user_id)?.0))
        .await?;
    let Some(hash) = found else { return Ok(None) };
    let subject = Subject { user_id: Some(user_id), name: session.user.name.clone() };
    let guess = guesses::begin(means, &subject, browser).await.map_err(|failure| {
        failure.map_refusal(|refusal| match refusal {
            SignInRefusal::TooMany(seconds) => AccountRefusal::TooMany(seconds),
            SignInRefusal::Busy => AccountRefusal::Busy,
            _ => AccountRefusal::Locked,
        })
    })?;
    let is_right = means.passwords.verify(typed, Some(&hash)).await;
    if is_right != Ok(false) {
        guesses::take_back(means, guess).await?;
    }
    if is_right.map_err(hashing)? { Ok(Some(hash)) } else { refuse(AccountRefusal::WrongPassword) }
}

fn hashing(error: PasswordError) -> Failure<AccountRefusal> {
    match error {
        PasswordError::Busy => Failure::Refused(AccountRefusal::Busy),
        other @ PasswordError::Failed => Failure::Broken(StorageError::Internal(other.to_string())),
    }
}

/// Ends every session of a person but this one; how many.
pub(super) fn end_all_but(
    conn: &mut DbConnection,
    session: &BrowserSession,
    now: Seconds,
) -> Result<usize, StorageError> {
    let mut ended = 0;
    for other in browser_sessions::of_user(conn, session.user.id, now, Seconds::MIN)? {
        if other.id != session.id {
            ended += usize::from(browser_sessions::end(conn, other.id, now)?);
        }
    }
    Ok(ended)
}

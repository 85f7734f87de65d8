//! A person signs in with name and password.

use serde_json::json;

use super::Means;
use super::attempts::{Guess, place};
use super::authorize::Browser;
use super::set_up::MAX_NAME;
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::password::PasswordError;
use crate::storage::audit_events::{self, Actor, Event, EventKind, Origin};
use crate::storage::browser_sessions::{Place, SignIn};
use crate::storage::users::{self, User};
use crate::storage::{Failure, StorageError, authorization_threads, browser_sessions};
use crate::telemetry::{self, Outcome};

/// Failures from one place, or at one name from one place, per minute.
const LIMIT_PER_NAME: u32 = 10;
const LIMIT_PER_PLACE: u32 = 50;

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogInRefusal {
    /// Unknown name or wrong password: the same answer, after the same work.
    WrongNameOrPassword,
    /// Seconds to wait.
    TooMany(Seconds),
    /// Too many passwords are being checked at once.
    Busy,
}

/// Name and password as typed, and where.
pub struct Credentials {
    pub name: String,
    pub password: String,
    pub origin: Origin,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

/// Names are compared without regard to case and surrounding space; they are stored so.
#[must_use]
pub fn canonical_name(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Verifies the password outside any transaction, then starts a session under a new id. RFC 9700 §4.7 is why the old id
/// is dead: one fixed before the sign-in must not become a signed-in one.
pub async fn log_in(
    means: &Means,
    credentials: Credentials,
    thread: Option<&Token>,
    browser: &Browser,
) -> Result<Token, Failure<LogInRefusal>> {
    let (now, name) = (means.clock.now(), canonical_name(&credentials.name));
    let (place, refused) = (place(credentials.origin.address), Failure::Refused);
    let per_name = format!("{place} {}", name.chars().take(MAX_NAME).collect::<String>());
    let wait = means
        .attempts
        .wait(Guess::Password, &place, LIMIT_PER_PLACE, now)
        .or_else(|| means.attempts.wait(Guess::Password, &per_name, LIMIT_PER_NAME, now));
    if let Some(seconds) = wait {
        telemetry::count_login(Outcome::Refused);
        return Err(refused(LogInRefusal::TooMany(seconds)));
    }
    let found = means
        .database
        .read(move |conn| Ok::<_, Failure<LogInRefusal>>(users::find_by_name(conn, &name)?))
        .await?;
    let hash = found.as_ref().and_then(|(_, hash)| hash.as_deref());
    let is_right =
        means.passwords.verify(&credentials.password, hash).await.map_err(|error| match error {
            PasswordError::Busy => refused(LogInRefusal::Busy),
            other @ PasswordError::Failed => Failure::Broken(StorageError::Internal(other.to_string())),
        })?;
    let right = found.filter(|(user, _)| is_right && user.disabled_at.is_none());
    let Some((user, Some(hash))) = right else {
        means.attempts.failed(Guess::Password, &place, now);
        means.attempts.failed(Guess::Password, &per_name, now);
        telemetry::count_login(Outcome::Refused);
        return Err(refused(LogInRefusal::WrongNameOrPassword));
    };
    let proof = Proof { user, hash, origin: credentials.origin, user_agent: credentials.user_agent };
    let session = start(means, proof, thread, browser, now).await?;
    telemetry::count_login(Outcome::Ok);
    Ok(session)
}

/// Somebody who knew the password of this hash.
struct Proof {
    user: User,
    hash: String,
    origin: Origin,
    user_agent: Option<String>,
}

/// What a browser calls itself may be of any length; more than this is not kept.
const MAX_USER_AGENT: usize = 256;

impl Proof {
    fn place(&self) -> Place {
        Place {
            address: self.origin.address.map(|address| address.to_string()),
            user_agent: self.user_agent.as_ref().map(|text| text.chars().take(MAX_USER_AGENT).collect()),
        }
    }
}

/// A new session for this person; the session that this browser had before ends, unless it is the same person's: then it
/// goes on under the new id, with what depends on it.
async fn start(
    means: &Means,
    proof: Proof,
    thread: Option<&Token>,
    browser: &Browser,
    now: Seconds,
) -> Result<Token, Failure<LogInRefusal>> {
    let (session, sid) = (means.entropy.token(), means.entropy.identifier());
    let (digest, expires_at) = (session.digest(), now + means.config.session.absolute_lifetime);
    let before = browser.session.as_ref().map(Token::digest);
    let thread = thread.map(Token::digest);
    let owner = browser.browser.digest();
    let (user_id, place) = (proof.user.id, proof.place());
    let origin = Origin { actor: Actor::User(proof.user.subject), ..proof.origin };
    means
        .database
        .write(move |conn| {
            // Since the password was checked, it may have been changed, or the person switched off.
            if !users::hold(conn, user_id, &proof.hash)? {
                return Err(Failure::Refused(LogInRefusal::WrongNameOrPassword));
            }
            let sign_in = SignIn { user_id, now, expires_at, place: &place };
            let before = match &before {
                Some(digest) => browser_sessions::find_unended(conn, digest, now)?,
                None => None,
            };
            let mut goes_on = false;
            if let Some(old) = before {
                if old.user.id == user_id {
                    goes_on = browser_sessions::renew(conn, old.id, &digest, &sign_in)?;
                } else {
                    browser_sessions::end(conn, old.id, now)?;
                }
            }
            if !goes_on {
                browser_sessions::insert(conn, &digest, &sid, &sign_in)?;
            }
            if let Some(thread) = &thread {
                authorization_threads::mark_signed_in(conn, thread, &owner, now)?;
            }
            let (kind, details) = (EventKind::SignedIn, json!({ "same_session": goes_on }));
            Ok(audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?)
        })
        .await?;
    Ok(session)
}

//! The session that a sign-in starts, or goes on with under a new id. Security statement S01.

use serde_json::json;

use super::{Proof, SignInRefusal, Way, guesses};
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::flow::{Actor, Failure, Means, Origin};
use crate::mail::{self, EmailKind, Mailer};
use crate::protocol::acr::{self, Acr, Method};
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::browser_sessions::{self, Place, SignIn};
use crate::storage::{
    DbConnection, StorageError, authorization_threads, known_devices, sign_in_failures, users,
};

/// What a browser calls itself may be of any length; more than this is not kept.
const MAX_USER_AGENT: usize = 256;

/// Since it was proven, the password may have been changed, or the person switched off.
pub(super) fn hold(conn: &mut DbConnection, proof: &Proof) -> Result<(), Failure<SignInRefusal>> {
    if users::hold(conn, proof.user_id, proof.password_hash.as_deref())? {
        return Ok(());
    }
    Err(Failure::Refused(match proof.password_hash {
        Some(_) => SignInRefusal::Wrong,
        None => SignInRefusal::Disabled,
    }))
}

/// The name of somebody whose row is held.
pub(super) fn name(conn: &mut DbConnection, user_id: i64) -> Result<String, StorageError> {
    Ok(users::find(conn, user_id)?.map(|user| user.name).unwrap_or_default())
}

/// A session about to be written.
pub(super) struct Started {
    pub token: Token,
    pub remembered_for: Option<Seconds>,
    digest: Digest,
    sid: String,
    user_id: i64,
    methods: Vec<Method>,
    expires_at: Seconds,
    place: Place,
    browser: Digest,
    before: Option<Digest>,
    thread: Option<Digest>,
    origin: Origin,
    mailer: Mailer,
}

impl Started {
    pub(super) fn new(means: &Means, proof: &Proof, way: &Way, now: Seconds) -> Self {
        let token = means.entropy.token();
        let remembered = means.config.session.remembered_lifetime;
        let remembered_for = (way.remember && remembered > 0).then_some(remembered);
        Self {
            digest: token.digest(),
            token,
            sid: means.entropy.identifier(),
            user_id: proof.user_id,
            methods: proof.methods.clone(),
            expires_at: now + remembered_for.unwrap_or(means.config.session.absolute_lifetime),
            remembered_for,
            place: Place {
                address: way.origin.address.map(|address| address.to_string()),
                user_agent: way.user_agent.as_ref().map(|text| text.chars().take(MAX_USER_AGENT).collect()),
            },
            browser: way.browser.browser.digest(),
            before: way.browser.session.as_ref().map(Token::digest),
            thread: way.thread.as_ref().map(Token::digest),
            origin: way.origin.clone(),
            mailer: means.mailer.clone(),
        }
    }

    /// A new session for this person; the session that this browser had before ends, unless it is the same person's: then
    /// it goes on under the new id, with what depends on it. The person's row is held.
    pub(super) fn write(&self, conn: &mut DbConnection, now: Seconds) -> Result<(), StorageError> {
        let acr = acr::of(&self.methods);
        let goes_on = self.write_session(conn, acr, now)?;
        if let Some(thread) = &self.thread {
            authorization_threads::mark_signed_in(conn, thread, &self.browser, now)?;
        }
        self.remember_device(conn, now)?;
        sign_in_failures::clear(conn, &guesses::of_person(self.user_id))?;
        users::note_sign_in(conn, self.user_id, now)?;
        self.record(conn, goes_on, acr, now)
    }

    fn write_session(&self, conn: &mut DbConnection, acr: Acr, now: Seconds) -> Result<bool, StorageError> {
        let amr = acr::amr(&self.methods);
        let sign_in = SignIn {
            user_id: self.user_id,
            now,
            expires_at: self.expires_at,
            place: &self.place,
            amr: &amr,
            acr,
            remembered: self.remembered_for.is_some(),
        };
        let before = match &self.before {
            Some(digest) => browser_sessions::find_unended(conn, digest, now)?,
            None => None,
        };
        if let Some(old) = before {
            if old.user.id != self.user_id {
                browser_sessions::end(conn, old.id, now)?;
            } else if browser_sessions::renew(conn, old.id, &self.digest, &sign_in)? {
                return Ok(true);
            }
        }
        browser_sessions::insert(conn, &self.digest, &self.sid, &sign_in)?;
        Ok(false)
    }

    /// A browser that nobody knows is told of, unless it is the first one. Security statement P19.
    fn remember_device(&self, conn: &mut DbConnection, now: Seconds) -> Result<(), StorageError> {
        let Some(method) = self.methods.first() else { return Ok(()) };
        let is_known = known_devices::find(conn, self.user_id, &self.browser)?.is_some();
        if !is_known && known_devices::has_any(conn, self.user_id)? {
            let kind = EmailKind::NewDevice {
                when: now,
                place: self.place.address.clone().unwrap_or_default(),
                browser: self.place.user_agent.clone().unwrap_or_default(),
            };
            mail::notify(conn, &self.mailer, self.user_id, kind, now)?;
        }
        known_devices::note(conn, self.user_id, &self.browser, *method, now)
    }

    fn record(
        &self,
        conn: &mut DbConnection,
        goes_on: bool,
        acr: Acr,
        now: Seconds,
    ) -> Result<(), StorageError> {
        let subject = users::find(conn, self.user_id)?.map(|user| user.subject).unwrap_or_default();
        let origin = Origin { actor: Actor::User(subject), ..self.origin.clone() };
        let methods: Vec<&str> = self.methods.iter().map(|method| method.as_str()).collect();
        let details = json!({ "same_session": goes_on, "methods": methods, "acr": acr.as_str() });
        let event = Event { kind: EventKind::SignedIn, origin: &origin, client_id: None, details };
        audit_events::record(conn, &event, now)
    }
}

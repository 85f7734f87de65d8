//! What an operator's examination of the running server needs: a person who is signed in and whom nobody else can be, and
//! initial access tokens. All of it is gone at the end but for what the audit log says.

use super::{Means, set_up};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::protocol::acr::{Acr, Method};
use crate::storage::browser_sessions::{Place, SignIn};
use crate::storage::initial_access_tokens::{self, NewInitialAccessToken};
use crate::storage::users::{self, NewUser};
use crate::storage::{Failure, StorageError, browser_sessions, clients, tombstones};

/// Longer than any examination takes: what is left of one that was cut short is of no use after it.
const LIFETIME: Seconds = 600;

/// A person who has no password, and the session by which they are signed in.
pub struct Examiner {
    pub session: Token,
    user_id: i64,
}

type Examined<T> = Result<T, Failure<std::convert::Infallible>>;

/// Makes the person and signs them in.
pub fn begin(means: &Means) -> Examined<Examiner> {
    let (session, now) = (means.entropy.token(), means.clock.now());
    let (digest, sid) = (session.digest(), means.entropy.identifier());
    let (name, subject) =
        (format!("doctor-{}", means.entropy.identifier()).to_lowercase(), set_up::new_subject(means));
    let user_id = means.database.write_blocking(move |conn| -> Examined<i64> {
        let person = NewUser {
            subject: &subject,
            name: &name,
            email: None,
            email_verified: false,
            password_hash: None,
            is_administrator: false,
            claims: &serde_json::Map::new(),
        };
        let user_id =
            users::insert(conn, &person, now)?.map_err(|_| StorageError::Busy("a name is taken"))?;
        let sign_in = SignIn {
            user_id,
            now,
            expires_at: now + LIFETIME,
            place: &Place::default(),
            amr: Method::Password.amr(),
            acr: Acr::One,
            remembered: false,
        };
        browser_sessions::insert(conn, &digest, &sid, &sign_in)?;
        Ok(user_id)
    })?;
    Ok(Examiner { session, user_id })
}

/// A token that registers one client as open registration would.
pub fn initial_access_token(means: &Means) -> Examined<Token> {
    let (token, now) = (means.entropy.token(), means.clock.now());
    let digest = token.digest();
    means.database.write_blocking(move |conn| -> Examined<i64> {
        let new = NewInitialAccessToken {
            digest: &digest,
            name: "grantor doctor",
            scopes: None,
            grant_types: None,
            policy: None,
            issued_by: Some("grantor"),
            uses: Some(1),
            expires_at: Some(now + LIFETIME),
        };
        Ok(initial_access_tokens::insert(conn, &new, now)?)
    })?;
    Ok(token)
}

/// Removes the person with all that they allowed, and the client that was registered, should it not have come to its own end, with the
/// tombstone that it has if it did. What happened stays in the audit log, from which nothing is taken.
pub fn end(means: &Means, examiner: &Examiner, registered: Option<String>) -> Examined<()> {
    let user_id = examiner.user_id;
    means.database.write_blocking(move |conn| {
        if let Some(client_id) = &registered {
            if let Some(client) = clients::find(conn, client_id)? {
                clients::delete(conn, client.key)?;
            }
            tombstones::forget(conn, client_id)?;
        }
        users::delete(conn, user_id)?;
        Ok(())
    })
}
